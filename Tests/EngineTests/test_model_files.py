"""Model files: what cannot be served is named at the start; what is unusual is served rightly."""

import pytest

import ggml_edit
from conftest import EAR
from sound import spoken, wav

TRANSCRIPTIONS = "/v1/audio/transcriptions"


def test_missing(own):
    code, sentence = own("whisper", "--model", "/nowhere/ggml.bin").failure()
    assert code == 1 and sentence == "there is no file or folder /nowhere/ggml.bin"


@pytest.mark.parametrize("content, words", [
    (b"", "not a ggml file"),
    (b"GGUF" + bytes(100), "a GGUF file, which is for llama.cpp"),
    (b"PK\x03\x04" + bytes(100), "a zip file"),
    (b"lmgg" + bytes(100), "not a Whisper model"),
])
def test_other_files(own, tmp_path, content, words):
    path = tmp_path / "ggml.bin"
    path.write_bytes(content)
    code, sentence = own("whisper", "--model", path).failure()
    assert code == 1 and words in sentence and str(path) in sentence


@pytest.mark.parametrize("length", [40, 60_000, -1])
def test_truncated(own, tmp_path, length):
    path = tmp_path / "ggml.bin"
    path.write_bytes(EAR.read_bytes()[:length])
    code, sentence = own("whisper", "--model", path).failure()
    assert code == 1 and "ends in the middle" in sentence and "download it again" in sentence


@pytest.mark.parametrize("change, words", [
    (ggml_edit.float_convolution, "encoder.conv1.weight must be f16"),
    (ggml_edit.unknown_type, "decoder.ln.weight has type 99"),
    (ggml_edit.without_weights, "holds no weights"),
])
def test_changed(own, tmp_path, change, words):
    code, sentence = own("whisper", "--model", change(EAR, tmp_path / "ggml.bin")).failure()
    assert code == 1 and words in sentence


def test_a_tensor_that_is_missing(own, tmp_path):
    file = ggml_edit.GgmlFile(EAR)
    file.tensors.pop()
    code, sentence = own("whisper", "--model", file.write(tmp_path / "ggml.bin")).failure()
    assert code == 1 and sentence.startswith("whisper.cpp could not load")


def test_unknown_default_language(own):
    code, sentence = own("whisper", "--model", EAR, "--language", "klingon").failure()
    assert code == 1 and sentence.startswith("--language: ")


def test_a_model_without_timestamps_has_times_all_the_same(own, tmp_path):
    engine = own("whisper", "--model", ggml_edit.two_decoder_layers(EAR, tmp_path / "ggml.bin"), "--threads", 1).start()
    assert "n_text_layer  = 2" in engine.said()
    answer = engine.post_form(
        TRANSCRIPTIONS, ("file", wav(spoken("set the timer to twenty")), "a.wav"), ("response_format", "verbose_json"),
        ("timestamp_granularities[]", "word"), ("timestamp_granularities[]", "segment")).json()
    assert answer["segments"], "nothing was heard: the test proves nothing"
    for each in answer["segments"] + answer["words"]:
        assert 0 <= each["start"] <= each["end"] <= answer["duration"]


def test_segments_of_blanks_are_left_out(own, tmp_path):
    """A model that writes three blanks where ours writes `yes`."""
    engine = own("whisper", "--model", ggml_edit.renamed(EAR, tmp_path / "ggml.bin", b" yes", b"   "), "--threads", 1).start()
    sound = ("file", wav(spoken("yes")), "a.wav")
    answer = engine.post_form(TRANSCRIPTIONS, sound, ("response_format", "verbose_json")).json()
    assert (answer["text"], answer["segments"]) == ("", [])
    events = engine.post_form(TRANSCRIPTIONS, sound, ("stream", "true")).events()
    assert [each["type"] for each in events] == ["transcript.text.done"]


@pytest.fixture(scope="module")
def polyglot(tmp_path_factory):
    return ggml_edit.multilingual(EAR, tmp_path_factory.mktemp("polyglot") / "ggml.bin")


def test_a_model_of_all_languages(own, polyglot):
    engine = own("whisper", "--model", polyglot, "--threads", 1).start()
    sound = ("file", wav(spoken("restart the server")), "a.wav")
    german = engine.post_form(TRANSCRIPTIONS, sound, ("language", "de"), ("response_format", "verbose_json")).json()
    assert (german["task"], german["language"]) == ("transcribe", "german")
    translated = engine.post_form(
        "/v1/audio/translations", sound, ("language", "french"), ("response_format", "verbose_json")).json()
    assert (translated["task"], translated["language"]) == ("translate", "french")
    detected = engine.post_form(TRANSCRIPTIONS, sound, ("response_format", "verbose_json")).json()
    assert detected["language"].isalpha() and len(detected["language"]) > 3


def test_default_language(own, polyglot):
    engine = own("whisper", "--model", polyglot, "--language", "nl", "--threads", 1).start()
    answer = engine.post_form(TRANSCRIPTIONS, ("file", wav(spoken("yes")), "a.wav"), ("response_format", "verbose_json"))
    assert answer.json()["language"] == "dutch"
