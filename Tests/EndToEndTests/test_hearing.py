"""Whisper behind the gateway: our own tiny model hears what the real espeak-ng says, asked by the official client."""

import http.client
import io
import subprocess
import wave

import openai
import pytest

from conftest import ROOT, Gateway
from test_engines import need, record, running
from tools import tool

EAR = ROOT / "models/roundhouse-ear.bin"
SENTENCE = "restart the server"
YAML = f"""name: ear
aliases: [whisper-1]
backend: whisper
parameters: {{model: {EAR}}}
threads: 1
cost: {{per_second: 0.01}}
---
name: speaker
backend: espeak
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    need("whisper")
    need("espeak")
    tool("espeak-ng", "espeak-ng")
    yield from running(tmp_path_factory.mktemp("hearing"), [YAML])


@pytest.fixture(scope="module")
def spoken():
    """The sentence as a WAV file, by the program itself."""
    done = subprocess.run(
        [tool("espeak-ng", "espeak-ng"), "-v", "en-us", "-s", "160", "--stdout"], input=SENTENCE.encode(),
        capture_output=True, check=True)
    return done.stdout


def hear(house, sound, name="speech.wav", **more):
    return house.client.audio.transcriptions.create(model="ear", file=(name, sound), **more)


def test_words_are_heard(house, spoken):
    raw = house.client.audio.transcriptions.with_raw_response.create(model="whisper-1", file=("speech.wav", spoken))
    assert raw.parse().text.strip() == SENTENCE
    assert raw.headers["x-roundhouse-backend"] == "whisper" and raw.headers["x-roundhouse-model"] == "ear"
    line = record(house, raw)
    seconds = len(spoken) / 2 / 22050
    assert (line["outcome"], line["model"]) == ("ok", "ear")
    assert line["cost"] == pytest.approx(seconds * 0.01, rel=0.5)


def test_verbose_with_word_times(house, spoken):
    answer = hear(house, spoken, response_format="verbose_json", timestamp_granularities=["word", "segment"])
    assert answer.text.strip() == SENTENCE and answer.duration == pytest.approx(len(spoken) / 2 / 22050, abs=0.2)
    assert [word.word.strip() for word in answer.words] == SENTENCE.split()
    assert all(0 <= word.start <= word.end <= answer.duration + 0.2 for word in answer.words)
    assert answer.segments


@pytest.mark.parametrize("form, sign", [("text", SENTENCE), ("srt", "-->"), ("vtt", "WEBVTT")])
def test_formats(house, spoken, form, sign):
    assert sign in hear(house, spoken, response_format=form)


def test_the_model_may_come_behind_the_file(house, spoken):
    boundary = "a-boundary"
    part = f"--{boundary}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\n".encode() + spoken
    body = part + f"\r\n--{boundary}\r\ncontent-disposition: form-data; name=\"model\"\r\n\r\near\r\n--{boundary}--\r\n".encode()
    host, port = house.url.removeprefix("http://").rsplit(":", 1)
    connection = http.client.HTTPConnection(host, int(port), timeout=60)
    connection.request("POST", "/v1/audio/transcriptions", body, {"content-type": f"multipart/form-data; boundary={boundary}"})
    answer = connection.getresponse()
    assert answer.status == 200 and SENTENCE in answer.read().decode()
    connection.close()


@pytest.mark.parametrize("form", ["mp3", "flac", "opus"])
def test_what_was_said_by_one_engine_is_heard_by_the_other(house, form):
    sound = house.client.audio.speech.create(model="speaker", voice="en-us", input=SENTENCE, response_format=form).content
    assert hear(house, sound, f"speech.{form}").text.strip() == SENTENCE


def test_a_stream(house, spoken):
    events = list(hear(house, spoken, stream=True))
    assert events[-1].type == "transcript.text.done" and events[-1].text.strip() == SENTENCE


def silence(seconds):
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(16000)
        writer.writeframes(b"\0\0" * int(16000 * seconds))
    return file.getvalue()


@pytest.mark.parametrize("sound", [b"", b"this is text, no sound", silence(0)], ids=["nothing", "text", "no samples"])
def test_what_is_no_sound_is_refused_and_nobody_hears_of_others(house, spoken, sound):
    assert SENTENCE in hear(house, spoken).text
    with pytest.raises(openai.BadRequestError) as refused:
        hear(house, sound)
    assert SENTENCE not in str(refused.value) and len(str(refused.value)) > 30
    assert house.worker("ear")["restarts"] == 0


def test_silence_has_no_words(house):
    assert hear(house, silence(1)).text.strip() == ""


def test_what_an_ear_cannot_do(house):
    with pytest.raises(openai.BadRequestError) as refused:
        house.client.audio.speech.create(model="ear", voice="alloy", input="x")
    assert refused.value.code == "wrong_capability" and "transcription" in str(refused.value)


def test_weights_that_are_none_are_said(tmp_path, spoken):
    (tmp_path / "models").mkdir()
    (tmp_path / "models/broken.bin").write_bytes(EAR.read_bytes()[:3_000_000])
    gateway = Gateway(tmp_path, ["name: ear\nbackend: whisper\nparameters: {model: broken.bin}\n"]).start()
    try:
        client = openai.OpenAI(base_url=gateway.url + "/v1", api_key="x", max_retries=0)
        with pytest.raises(openai.InternalServerError) as refused:
            client.audio.transcriptions.create(model="ear", file=("a.wav", spoken))
        assert refused.value.status_code == 503 and "broken.bin" in str(refused.value)
    finally:
        gateway.stop()
