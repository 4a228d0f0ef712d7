"""The same server on CTranslate2: our own model, converted on the spot."""

import shutil
import subprocess

import numpy
import pytest

from conftest import EAR, ROOT, need_python, session_engine
from sound import silence, spoken, wav

TRANSCRIPTIONS = "/v1/audio/transcriptions"
SENTENCE = "set the timer to twenty"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    found = tmp_path_factory.mktemp("ct2") / "ear"
    convert = ROOT / "tools/speech-model/export_ct2.py"
    subprocess.run([need_python("faster-whisper"), convert, EAR, found], check=True)
    return found


@pytest.fixture(scope="module")
def faster(folder):
    yield from session_engine(
        "whisper", "--model", folder, "--alias", "ear", "--threads", 1, environment="faster-whisper")


@pytest.mark.parametrize("sentence", [SENTENCE, "restart the server", "open the window"])
def test_sentences(faster, sentence):
    assert faster.post_form(TRANSCRIPTIONS, ("file", wav(spoken(sentence)), "a.wav")).json()["text"] == sentence


def test_verbose_with_words(faster):
    answer = faster.post_form(
        TRANSCRIPTIONS, ("file", wav(spoken(SENTENCE)), "a.wav"), ("response_format", "verbose_json"),
        ("timestamp_granularities[]", "word"), ("timestamp_granularities[]", "segment")).json()
    assert (answer["language"], answer["text"]) == ("english", SENTENCE)
    assert [each["word"] for each in answer["words"]] == SENTENCE.split()
    edges = [edge for each in answer["words"] for edge in (each["start"], each["end"])]
    assert edges == sorted(edges) and 0 <= edges[0] and edges[-1] <= answer["duration"]
    assert 0 <= answer["segments"][0]["no_speech_prob"] < 0.5


def test_stream_and_silence(faster):
    events = faster.post_form(TRANSCRIPTIONS, ("file", wav(spoken(SENTENCE)), "a.wav"), ("stream", "true")).events()
    assert [each["type"] for each in events] == ["transcript.text.delta", "transcript.text.done"]
    assert events[0]["delta"] == events[1]["text"] == SENTENCE
    assert faster.post_form(TRANSCRIPTIONS, ("file", wav(silence(2)), "a.wav")).json()["text"] == ""


def test_refused(faster):
    sound = ("file", wav(spoken("yes")), "a.wav")
    assert faster.post_form(TRANSCRIPTIONS, ("file", wav(numpy.zeros(0)), "a.wav")).error()["param"] == "file"
    assert faster.post_form(TRANSCRIPTIONS, sound, ("language", "de")).error()["code"] == "unsupported_language"
    assert faster.post_form("/v1/audio/translations", sound).error()["code"] == "unsupported_task"


def test_folders_that_are_no_model(own, folder, tmp_path):
    def failure(path):
        return own("whisper", "--model", path, environment="faster-whisper").failure()[1]

    assert "model.bin, config.json, tokenizer.json is missing" in failure(tmp_path)
    broken = tmp_path / "broken"
    shutil.copytree(folder, broken)
    (broken / "model.bin").write_bytes((folder / "model.bin").read_bytes()[:1_000_000])
    assert failure(broken).startswith(f"CTranslate2 could not load {broken}")


def test_each_environment_names_the_other(own, folder):
    assert "install engines/faster-whisper/requirements.txt" in own("whisper", "--model", folder).failure()[1]
    wrong = own("whisper", "--model", EAR, environment="faster-whisper")
    assert "install engines/whisper/requirements.txt" in wrong.failure()[1]
