"""Engines other than llama.cpp behind the gateway, asked by the official client."""

import io
import json
import os
import pathlib
import signal
import subprocess
import sys
import wave

import openai
import pytest

from conftest import BINARY, ENGINES, GUIDE, ROOT, Gateway, wait_for
from tools import tool

OWN = pathlib.Path(__file__).with_name("own_server.py")
EAR = ROOT / "models/roundhouse-ear.bin"
MESSAGES = [{"role": "user", "content": "hello"}]

SPEAKER = "name: speaker\nbackend: espeak\ncost: {characters_per_million: 15}\n"
OWN_YAML = """name: own-{where}
backend: command
command: ["{python}", "{program}", "${{{where}}}", --weights, "${{MODEL}}", --called, "${{NAME}}"]
parameters: {{model: {model}}}
probe: /ready
"""


def need(name):
    """An engine that `make test-e2e` installs; missing, it is a skip, or a failure if $ROUNDHOUSE_REQUIRE_ENGINES is set."""
    if not (ENGINES / name / "bin/python").exists():
        why = f"the engine {name} is not installed; `make test-e2e` installs it"
        pytest.fail(why) if os.environ.get("ROUNDHOUSE_REQUIRE_ENGINES") else pytest.skip(why)


@pytest.fixture(scope="module")
def speaker(tmp_path_factory):
    need("espeak")
    tool("espeak-ng", "espeak-ng")
    yield from running(tmp_path_factory.mktemp("speaker"), [SPEAKER])


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    yield from running(tmp_path_factory.mktemp("own"), [
        OWN_YAML.format(where=where, python=sys.executable, program=OWN, model=GUIDE) for where in ("PORT", "SOCKET")
    ], environment={"SOME_API_KEY": "sk-not-for-engines"})


def running(folder, models, **more):
    gateway = Gateway(folder, models, **more).start()
    gateway.client = openai.OpenAI(base_url=gateway.url + "/v1", api_key="unused", max_retries=0)
    try:
        yield gateway
    finally:
        gateway.stop()


def record(gateway, answer):
    return gateway.logged(answer.headers["x-request-id"])


def test_speech(speaker):
    text = "Restart the server, please. Grüße!"
    answer = speaker.client.audio.speech.with_raw_response.create(
        model="speaker", voice="alloy", input=text, response_format="wav")
    assert answer.headers["content-type"] == "audio/wav" and answer.headers["x-roundhouse-backend"] == "espeak"
    with wave.open(io.BytesIO(answer.content)) as sound:
        assert 1 < sound.getnframes() / sound.getframerate() < 6 and sound.getnchannels() == 1
    line = record(speaker, answer)
    assert (line["outcome"], line["status"], line["model"]) == ("ok", 200, "speaker")
    assert line["cost"] == pytest.approx(len(text) * 15 / 1e6)


@pytest.mark.parametrize("form, start", [
    ("mp3", (b"ID3", b"\xff\xfb", b"\xff\xf3")), ("opus", (b"OggS",)), ("flac", (b"fLaC",)), ("pcm", (b"",))])
def test_formats_of_speech(speaker, form, start):
    with speaker.client.audio.speech.with_streaming_response.create(
            model="speaker", voice="en-gb", input="Hello.", response_format=form) as answer:
        sound = b"".join(answer.iter_bytes())
    assert len(sound) > 1000 and sound.startswith(start)


@pytest.mark.parametrize("body, word", [
    ({"voice": "no-such-voice"}, "no-such-voice"), ({"response_format": "midi"}, "midi"), ({"input": ""}, "input"),
    ({"speed": 9}, "speed"), ({"input": "x" * 5000}, "4096")])
def test_mistakes_about_speech(speaker, body, word):
    with pytest.raises(openai.BadRequestError) as refused:
        speaker.client.audio.speech.create(**({"model": "speaker", "voice": "alloy", "input": "Hello."} | body))
    assert word in str(refused.value)
    assert speaker.worker("speaker")["restarts"] == 0


def test_what_a_voice_cannot_do(speaker):
    for call in (lambda c: c.chat.completions.create(model="speaker", messages=MESSAGES),
                 lambda c: c.embeddings.create(model="speaker", input="x"),
                 lambda c: c.images.generate(model="speaker", prompt="x")):
        with pytest.raises(openai.BadRequestError) as refused:
            call(speaker.client)
        assert refused.value.code == "wrong_capability" and "speech" in str(refused.value)


def test_an_engine_that_is_killed_starts_again(speaker):
    def say():
        return speaker.client.audio.speech.create(model="speaker", voice="alloy", input="Hi.").content
    assert say()
    os.kill(speaker.worker("speaker")["pid"], signal.SIGKILL)
    wait_for("the end is noticed", lambda: speaker.worker("speaker")["state"] != "ready" or speaker.worker("speaker")["restarts"])
    assert say()


@pytest.mark.parametrize("where", ["PORT", "SOCKET"])
def test_a_program_of_ones_own(own, where):
    model = f"own-{where}"
    answer = own.client.chat.completions.create(model=model, messages=MESSAGES)
    told = json.loads(answer.choices[0].message.content)
    place, *rest = told["arguments"]
    assert rest == ["--weights", str(GUIDE), "--called", model] and told["model"] == model
    assert place.endswith(".sock") if where == "SOCKET" else 1024 <= int(place) < 65536
    assert told["key"] is None
    shown = own.worker(model)["address"]
    assert shown == (place if where == "SOCKET" else f"127.0.0.1:{place}")


def test_check_says_how_to_install(tmp_path):
    gateway = Gateway(tmp_path, ["name: m\nbackend: piper\nparameters: {model: voice.onnx}\n"])
    (tmp_path / "data/engines").unlink()
    (tmp_path / "models/voice.onnx").write_bytes(b"x")
    checked = gateway.run("check")
    assert checked.returncode == 1 and "roundhouse engines install piper" in checked.stdout + checked.stderr


def test_the_list_of_engines(tmp_path):
    need("espeak")
    gateway = Gateway(tmp_path, [])
    shown = gateway.run("engines list")
    assert shown.returncode == 0, shown.stderr
    rows = {line.split()[0]: line for line in shown.stdout.splitlines()[1:]}
    assert rows["espeak"].rstrip().endswith("ready") and "MB" in rows["espeak"]
    assert "roundhouse engines install" in rows["sentence-transformers"] or "ready" in rows["sentence-transformers"]
    assert rows["openai"].rstrip().endswith("needs an endpoint")


def test_the_doctor(tmp_path):
    need("espeak")
    tool("espeak-ng", "espeak-ng")
    gateway = Gateway(tmp_path, [])
    examined = gateway.run("engines doctor", "espeak", "llama-cpp")
    assert examined.returncode == 0, examined.stdout + examined.stderr
    assert "espeak: ready after" in examined.stdout and "llama-cpp: ready after" in examined.stdout
    missing = gateway.run("engines doctor", "bark")
    assert missing.returncode != 0 and "bark" in missing.stderr


def test_an_environment_comes_from_wheels_and_goes(tmp_path):
    """With a folder that holds nothing the install fails, says so, and leaves nothing that counts as installed."""
    gateway = Gateway(tmp_path, [])
    (tmp_path / "data/engines").unlink()
    (tmp_path / "wheels").mkdir()
    failed = gateway.run("engines install", "espeak", f"--wheels={tmp_path / 'wheels'}")
    assert failed.returncode == 1 and "must hold a wheel of every package" in failed.stderr
    assert "ready" not in next(line for line in gateway.run("engines list").stdout.splitlines() if line.startswith("espeak "))
    assert gateway.run("engines remove", "espeak").returncode == 0
    again = gateway.run("engines remove", "espeak")
    assert again.returncode == 1 and "not installed" in again.stderr


def test_the_documented_matrix_is_the_table_that_the_code_uses(tmp_path):
    shown = subprocess.run([BINARY, "engines", "list", "--markdown"], capture_output=True, text=True, timeout=60)
    assert shown.returncode == 0 and shown.stdout.strip() in (ROOT / "docs/backends.md").read_text()
