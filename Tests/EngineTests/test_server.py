"""What all engine servers do alike: start, answer in OpenAI's shapes, end."""

import contextlib
import os
import signal
import socket

import numpy
import pytest

from conftest import EAR
from engine import UnixConnection, wait_for
from sound import silence, spoken, wav


def test_health_and_models(espeak):
    assert espeak.get("/health").json() == {"status": "ok"}
    models = espeak.get("/v1/models").json()
    assert models["object"] == "list" and [each["id"] for each in models["data"]] == ["speaker"]


@pytest.mark.parametrize("method, path, status, code", [
    ("GET", "/v1/nothing", 404, "not_found"),
    ("POST", "/", 404, "not_found"),
    ("GET", "/v1/audio/speech", 405, "method_not_allowed"),
])
def test_wrong_paths_and_methods(espeak, method, path, status, code):
    error = espeak.request(method, path).error(status)
    assert error["code"] == code and path in error["message"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"[" * 100_000])
def test_body_that_is_no_json_object(espeak, body):
    error = espeak.request("POST", "/v1/audio/speech", body, {"content-type": "application/json"}).error()
    assert "JSON" in error["message"] and error["type"] == "invalid_request_error"


def test_body_over_the_limit(own):
    engine = own("espeak", "--max-body", 1000).start()
    assert engine.post("/v1/audio/speech", {"input": "a" * 2000}).error(413)["code"] == "request_too_large"

    def unannounced():
        yield b'{"input": "'
        yield b"a" * 2000

    answer = engine.request("POST", "/v1/audio/speech", unannounced())
    assert answer.error(413)["code"] == "request_too_large"
    assert engine.post("/v1/audio/speech", {"input": "yes"}).status == 200


def test_a_connection_is_kept(espeak):
    with contextlib.closing(UnixConnection(espeak.socket)) as connection:
        for body, status in (('{"input": "yes"}', 200), ("{", 400), ('{"input": "no"}', 200)):
            connection.request("POST", "/v1/audio/speech", body)
            kept = connection.sock
            answer = connection.getresponse()
            answer.read()
            assert answer.status == status and connection.sock is kept is not None


def test_only_this_user_may_connect(espeak):
    assert espeak.socket.stat().st_mode & 0o777 == 0o600


def test_a_signal_ends_an_idle_engine(own):
    engine = own("espeak").start()
    engine.process.send_signal(signal.SIGINT)
    assert engine.process.wait(timeout=5) == 0
    assert not engine.socket.exists()


def test_a_signal_ends_an_engine_that_loads(own):
    # The socket is there before loading begins, and refuses connections until it is over.
    engine = own("whisper", "--model", EAR, "--threads", 1).launch()
    wait_for("socket", lambda: engine.socket.exists() or engine.process.poll() is not None)
    engine.process.send_signal(signal.SIGTERM)
    assert engine.process.wait(timeout=5) == 0, engine.said()
    assert not engine.socket.exists()


def test_a_signal_ends_an_engine_at_work(own):
    engine = own("whisper", "--model", EAR, "--threads", 1).start()
    before = engine.cpu_seconds()
    sound = wav(numpy.concatenate([spoken("set the timer to twenty"), silence(2)] * 30))
    connection = engine.send_form("/v1/audio/transcriptions", ("file", sound, "long.wav"))
    wait_for("work", lambda: engine.cpu_seconds() > before + 0.2)
    engine.process.send_signal(signal.SIGTERM)
    assert engine.process.wait(timeout=5) == 0, engine.said()
    with pytest.raises(ConnectionError):
        connection.getresponse()
    connection.close()


def test_folder_of_the_socket_is_missing(own):
    engine = own("espeak")
    engine.command[engine.command.index("--host") + 1] = str(engine.folder / "none/engine.sock")
    code, sentence = engine.failure()
    assert code == 1 and sentence.startswith("cannot listen on ") and "No such file" in sentence


def test_path_of_the_socket_is_too_long(own):
    engine = own("espeak")
    engine.command[engine.command.index("--host") + 1] = str(engine.folder / ("a" * 120 + ".sock"))
    code, sentence = engine.failure()
    assert code == 1 and "too long" in sentence


def test_socket_of_a_living_engine_is_left_alone(own, espeak):
    engine = own("espeak")
    engine.command[engine.command.index("--host") + 1] = str(espeak.socket)
    code, sentence = engine.failure()
    assert code == 1 and "Address already in use" in sentence
    assert espeak.get("/health").status == 200


def test_socket_of_a_killed_engine_is_taken_over(own):
    engine = own("espeak").start()
    engine.process.kill()
    engine.process.wait()
    assert engine.socket.exists()
    engine.start()
    assert engine.get("/health").status == 200


def test_a_file_in_the_place_of_the_socket_is_kept(own):
    engine = own("espeak")
    engine.socket.write_text("precious")
    engine.launch()
    assert engine.process.wait(timeout=10) == 1
    assert engine.socket.read_text() == "precious"


def test_a_request_that_is_no_http_does_not_end_the_engine(espeak):
    with socket.socket(socket.AF_UNIX) as raw:
        raw.connect(str(espeak.socket))
        raw.sendall(os.urandom(500) + b"\r\n\r\n")
        assert raw.recv(12) == b"HTTP/1.1 400"
    assert espeak.get("/health").status == 200
