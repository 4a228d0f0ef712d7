"""Audio and images through the real program: OpenAI's client and curl in front, a server that reads forms behind."""

import hashlib
import http.client
import json
import os
import pathlib
import random
import resource
import subprocess
import time

import openai
import pytest

from conftest import Gateway, wait_for
from forms import TRANSCRIPTS
from tools import tool
from upstream import Upstream

MODEL = """name: ears
aliases: [whisper-1]
backend: openai
endpoint: {url}
parameters: {{model: org/whisper-large, temperature: 0.5}}
capabilities: [transcription, translation, image_edit]
cost: {{per_second: 0.001}}
---
name: talker
backend: openai
endpoint: {url}
capabilities: [chat]
"""
SERVER = "server: {max_upload: 300MiB, max_body: 1MiB}\n"
RECORDING = b"RIFF" + random.Random(1).randbytes(100_000)
LONG_RECORDING = b"RIFF" + random.Random(2).randbytes(8_000_000)


@pytest.fixture
def upstream():
    made = Upstream()
    yield made
    made.stop()


@pytest.fixture
def gateway(upstream, tmp_path):
    running = Gateway(tmp_path, [MODEL.format(url=upstream.url)])
    (tmp_path / "config/roundhouse.yaml").write_text(SERVER)
    running.start()
    yield running
    running.stop()
    assert list((tmp_path / "data/uploads").glob("*")) == []


@pytest.fixture
def client(gateway):
    return openai.OpenAI(base_url=gateway.url + "/v1", api_key="any", max_retries=2)


def spools(gateway):
    """The files of uploads that the gateway has open."""
    found = []
    for descriptor in pathlib.Path(f"/proc/{gateway.process.pid}/fd").iterdir():
        try:
            target = os.readlink(descriptor)
        except OSError:
            continue
        if target.startswith(str(gateway.folder / "data/uploads")):
            found.append(target)
    return found


def resident(gateway):
    """Resident memory of the gateway, in MiB."""
    for line in pathlib.Path(f"/proc/{gateway.process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("the gateway is gone")


def form_around(size):
    """What stands before and behind a file of that size in a form, and the length of it all."""
    before = b"--Bound\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\n"
    behind = b"\r\n--Bound\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nears\r\n--Bound--\r\n"
    return before, behind, len(before) + size + len(behind)


def begin_upload(gateway, size):
    """A connection on which the head and the beginning of a form have been sent."""
    host, port = gateway.url.removeprefix("http://").rsplit(":", 1)
    connection = http.client.HTTPConnection(host, int(port), timeout=60)
    before, _, length = form_around(size)
    connection.putrequest("POST", "/v1/audio/transcriptions")
    connection.putheader("content-type", "multipart/form-data; boundary=Bound")
    connection.putheader("content-length", str(length))
    connection.endheaders(before)
    return connection


@pytest.mark.parametrize("recording", [RECORDING, LONG_RECORDING], ids=["short", "long"])
def test_transcripts_come_in_every_format(client, gateway, upstream, recording):
    for form, (kind, text) in TRANSCRIPTS.items():
        answer = client.audio.transcriptions.with_raw_response.create(
            model="whisper-1", file=("talk.wav", recording, "audio/wav"), response_format=form)
        assert answer.headers["content-type"] == kind
        assert answer.http_response.text == text
        assert answer.headers["x-roundhouse-model"] == "ears"
        sent = upstream.forms.pop()
        assert sent["model"][0] == b"org/whisper-large"
        assert sent["file"] == (recording, "audio/wav", "talk.wav")
        assert sent["response_format"][0] == form.encode()
        assert sent["temperature"][0] == b"0.5", "a default of the model"
        assert upstream.uploads.pop()[0] == "/v1/audio/transcriptions"
    wait_for("the files are closed", lambda: spools(gateway) == [])


def test_a_transcript_may_be_streamed(client, gateway):
    with client.audio.transcriptions.with_raw_response.create(
            model="ears", file=("talk.wav", RECORDING), stream=True).parse() as stream:
        events = list(stream)
    assert [event.type for event in events] == ["transcript.text.delta"] * 2 + ["transcript.text.done"]
    assert events[-1].text == "hello world"
    line = wait_for("the log line", lambda: [json.loads(line) for line in gateway.log])[0]
    assert (line["outcome"], line["input_tokens"], line["output_tokens"], line["stream"]) == ("ok", 14, 2, True)


def test_a_file_on_disk_is_translated(client, upstream, tmp_path):
    (tmp_path / "talk.mp3").write_bytes(LONG_RECORDING)
    with (tmp_path / "talk.mp3").open("rb") as file:
        assert client.audio.translations.create(model="ears", file=file, prompt="names: Ann").text == "hello"
    assert upstream.uploads[0][0] == "/v1/audio/translations"
    assert upstream.forms[0]["file"][0] == LONG_RECORDING
    assert upstream.forms[0]["prompt"][0] == b"names: Ann"


def test_images_are_edited(client, upstream):
    picture, mask = (random.Random(seed).randbytes(1_500_000) for seed in (3, 4))
    answer = client.images.edit(
        model="ears", image=("a.png", picture, "image/png"), mask=("b.png", mask, "image/png"), prompt="a hat", n=1)
    assert answer.data[0].b64_json == "aGVsbG8="
    assert upstream.uploads[0][0] == "/v1/images/edits"
    assert upstream.forms[0]["image"] == (picture, "image/png", "a.png")
    assert upstream.forms[0]["mask"][0] == mask


def test_what_was_heard_is_billed(client, gateway):
    for form in ("json", "verbose_json"):
        client.audio.transcriptions.create(model="ears", file=("a.wav", RECORDING), response_format=form)

    def rows():
        shown = gateway.run("usage", "--format", "json", "--by", "model")
        assert shown.returncode == 0, shown.stderr
        found = json.loads(shown.stdout)["rows"]
        return found if found and found[0]["requests"] == 2 else None

    row = wait_for("both requests in the ledger", rows)[0]
    assert row["audio_seconds"] == 17.25
    assert row["cost"]["USD"] == pytest.approx(0.01725)


def test_mistakes_are_the_exceptions_that_callers_know(client, gateway, upstream):
    file = ("a.wav", RECORDING)
    with pytest.raises(openai.NotFoundError) as unknown:
        client.audio.transcriptions.create(model="whisper-2", file=file)
    assert "whisper-1" in unknown.value.message
    with pytest.raises(openai.BadRequestError) as wrong:
        client.audio.transcriptions.create(model="talker", file=file)
    assert wrong.value.code == "wrong_capability"
    with pytest.raises(openai.BadRequestError) as empty:
        client.audio.transcriptions.create(model="ears", file=("a.wav", b""))
    assert empty.value.param == "file" and "empty" in empty.value.message
    with pytest.raises(openai.BadRequestError) as json_instead:
        client.post("/audio/transcriptions", body={"model": "ears"}, cast_to=object)
    assert "takes a form" in json_instead.value.message
    with pytest.raises(openai.BadRequestError) as form_instead:
        client.post("/chat/completions", body={"model": "ears"}, files={"file": file}, cast_to=object,
                    options={"headers": {"content-type": "multipart/form-data"}})
    assert "takes a JSON object" in form_instead.value.message
    assert upstream.uploads == []
    assert spools(gateway) == []


def test_an_upload_over_the_limit_is_refused_before_it_is_sent(gateway, upstream):
    connection = begin_upload(gateway, 301 << 20)
    answer = connection.getresponse()
    assert answer.status == 413
    assert "server.max_upload" in json.loads(answer.read())["error"]["message"]
    connection.close()
    assert upstream.uploads == []


def test_curl_waits_to_be_told_to_go_on(gateway, upstream, tmp_path):
    (tmp_path / "talk.wav").write_bytes(LONG_RECORDING)
    shown = subprocess.run(
        [tool("curl", "curl"), "--silent", "--verbose", "--expect100-timeout", "30", "-H", "Expect: 100-continue",
         "-F", f"file=@{tmp_path / 'talk.wav'};type=audio/wav", "-F", "model=ears", "-F", "response_format=text",
         gateway.url + "/v1/audio/transcriptions"], capture_output=True, text=True, timeout=60)
    assert shown.stdout == "hello\n", shown.stderr
    assert "100 Continue" in shown.stderr
    assert upstream.forms[0]["file"][0] == LONG_RECORDING


def test_two_hundred_mebibytes_take_little_memory(gateway, upstream):
    size, block = 200 << 20, random.Random(5).randbytes(1 << 20)
    before, behind, length = form_around(size)
    most = [0]

    def reads(count):
        most[0] = max(most[0], resident(gateway))
        if count < 5_000_000:  # A model that is busy at first.
            time.sleep(0.01)

    upstream.reads = reads
    connection = begin_upload(gateway, size)
    first = resident(gateway)
    digest = hashlib.sha256(before)
    for _ in range(size // len(block)):
        connection.send(block)
        digest.update(block)
        most[0] = max(most[0], resident(gateway))
    assert len(spools(gateway)) == 1
    assert list((gateway.folder / "data/uploads").iterdir()) == [], "the file has no name"
    connection.send(behind)
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    renamed = behind.replace(b"\r\n\r\nears\r\n", b"\r\n\r\norg/whisper-large\r\n")
    added = b'--Bound\r\nContent-Disposition: form-data; name="temperature"\r\n\r\n0.5\r\n'
    whole = hashlib.sha256(added + before)
    for _ in range(size // len(block)):
        whole.update(block)
    whole.update(renamed)
    assert upstream.uploads == [
        ("/v1/audio/transcriptions", length + len(added) + len(renamed) - len(behind), whole.hexdigest())]
    assert most[0] - first < 40, f"{most[0] - first:.0f} MiB more"
    print(f"200 MiB took {most[0] - first:.1f} MiB of memory")
    wait_for("the file is closed", lambda: spools(gateway) == [])
    connection.close()


def test_nothing_is_left_when_the_client_leaves(gateway, upstream):
    connection = begin_upload(gateway, 50 << 20)
    connection.send(LONG_RECORDING)
    wait_for("the upload is in a file", lambda: spools(gateway))
    connection.close()
    wait_for("the file is closed", lambda: spools(gateway) == [])
    line = wait_for("the log line", lambda: [json.loads(line) for line in gateway.log])[0]
    assert (line["status"], line["outcome"]) == (499, "cancelled")
    assert line["bytes_in"] >= len(LONG_RECORDING) // 2
    assert upstream.uploads == []


def test_nothing_is_left_when_the_gateway_is_killed(gateway):
    connection = begin_upload(gateway, 50 << 20)
    connection.send(LONG_RECORDING)
    wait_for("the upload is in a file", lambda: spools(gateway))
    gateway.process.kill()
    gateway.process.wait(timeout=30)
    connection.close()
    assert list((gateway.folder / "data/uploads").iterdir()) == []


def test_a_disk_that_takes_no_more_is_said_and_survived(client, gateway, upstream):
    limit = resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE, (4 << 20, resource.RLIM_INFINITY))
    with pytest.raises(openai.InternalServerError) as full:
        client.audio.transcriptions.create(model="ears", file=("a.wav", LONG_RECORDING))
    assert full.value.status_code == 503 and full.value.code == "upload_not_stored"
    assert "too large" in full.value.message and "uploads" in full.value.message
    assert upstream.uploads == []
    wait_for("the file is closed", lambda: spools(gateway) == [])
    lines = wait_for("the log line", lambda: [json.loads(line) for line in gateway.log])
    assert [line["error"] for line in lines] == ["upload_not_stored"], "it was not tried again"
    assert client.audio.transcriptions.create(model="ears", file=("a.wav", RECORDING)).text == "hello"
    resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE, limit)
    assert client.audio.transcriptions.create(model="ears", file=("a.wav", LONG_RECORDING)).text == "hello"
