"""Requests for transcription that must be refused, with a sentence, by an engine that goes on."""

import struct

import numpy
import pytest

from conftest import EAR
from sound import encoded, silence, spoken, wav

TRANSCRIPTIONS = "/v1/audio/transcriptions"
SECRET = "restart the server"


def refused(engine, *parts, path=TRANSCRIPTIONS):
    return engine.post_form(path, *parts).error(400)


def sound_part():
    return ("file", wav(spoken("yes")), "a.wav")


@pytest.mark.parametrize("name, sound", [
    ("no bytes", b""),
    ("a header alone", wav(numpy.zeros(0, numpy.float32))),
    ("one sample", wav(numpy.zeros(1, numpy.float32))),
    ("a header that promises a second", struct.pack(
        "<4sI4s4sIHHIIHH4sI", b"RIFF", 32036, b"WAVE", b"fmt ", 16, 1, 1, 16000, 32000, 2, 16, b"data", 32000)),
])
def test_privacy_without_sound_nobody_hears_what_was_said_before(whisper, name, sound):
    heard = whisper.post_form(TRANSCRIPTIONS, ("file", wav(spoken(SECRET)), "a.wav"))
    assert heard.json()["text"] == SECRET
    answer = whisper.post_form(TRANSCRIPTIONS, ("file", sound, "a.wav"))
    assert answer.status == 400 and b"restart" not in answer.body, name
    assert answer.error()["param"] == "file"


def test_too_short(whisper):
    error = refused(whisper, ("file", wav(silence(0.09)), "a.wav"))
    assert error["code"] == "audio_too_short" and "0.090 s" in error["message"]
    assert whisper.post_form(TRANSCRIPTIONS, ("file", wav(silence(0.11)), "a.wav")).json()["text"] == ""


def test_too_long(own):
    engine = own("whisper", "--model", EAR, "--max-seconds", 3, "--threads", 1).start()
    error = refused(engine, ("file", wav(silence(4)), "a.wav"))
    assert error["code"] == "audio_too_long" and "3 s" in error["message"]
    assert engine.post_form(TRANSCRIPTIONS, sound_part()).json()["text"] == "yes"


@pytest.mark.parametrize("name, data", [
    ("text", b"Dear sir or madam,\n" * 200),
    ("noise", numpy.random.default_rng(1).bytes(20_000)),
    ("a picture", b"\x89PNG\r\n\x1a\n" + bytes(100)),
    ("an empty container", encoded(silence(1), "flac", "flac", 16000)[:60]),
    # Files that would have ffmpeg open something else: another file, an address, a port.
    ("a list of files", b"ffconcat version 1.0\nfile roundhouse-ear.bin\n"),
    ("a playlist", b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1/a.ts\n#EXT-X-ENDLIST\n"),
    ("a session", b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 45454 RTP/AVP 0\n"),
])
def test_files_that_are_no_audio(whisper, name, data):
    error = refused(whisper, ("file", data, "a.mp3"))
    assert error["code"] == "invalid_audio" and "wav, mp3" in error["message"], name


def test_a_list_of_files_opens_none_of_them(own):
    engine = own("whisper", "--model", EAR, "--threads", 1).start()
    (engine.folder / "secret.wav").write_bytes(wav(spoken(SECRET)))
    answer = engine.post_form(TRANSCRIPTIONS, ("file", b"ffconcat version 1.0\nfile secret.wav\n", "a.wav"))
    assert answer.error()["code"] == "invalid_audio" and b"restart" not in answer.body


def test_a_sound_with_damage_in_it_is_heard_around_the_damage(whisper):
    sound = bytearray(encoded(numpy.concatenate([spoken(SECRET), silence(4)]), "mp3", "libmp3lame", 24000))
    place = len(sound) * 3 // 4
    sound[place:place + 500] = b"\0" * 500
    assert whisper.post_form(TRANSCRIPTIONS, ("file", bytes(sound), "a.mp3")).json()["text"] == SECRET


def test_samples_that_are_no_numbers(whisper):
    sound = encoded(numpy.concatenate([spoken("yes"), silence(2)]), "wav", "pcm_f32le", 16000)
    head, tail = sound[:-16000 * 4], numpy.frombuffer(sound[-16000 * 4:], "<f4").copy()
    tail[::2], tail[1::4], tail[3::4] = numpy.nan, numpy.inf, -1e30
    answer = whisper.post_form(TRANSCRIPTIONS, ("file", head + tail.tobytes(), "a.wav"))
    assert answer.status == 200 and answer.json()["text"].startswith("yes")


@pytest.mark.parametrize("parts, param", [
    ([("model", "ear")], "file"),
    ([("file", "not a file")], "file"),
    ([("response_format", "xml")], "response_format"),
    ([("temperature", "1.5")], "temperature"),
    ([("temperature", "warm")], "temperature"),
    ([("temperature", "nan")], "temperature"),
    ([("language", "klingon")], "language"),
    ([("language", "de")], "language"),
    ([("stream", "perhaps")], "stream"),
    ([("stream", "true"), ("response_format", "srt")], "stream"),
    ([("timestamp_granularities[]", "word")], "timestamp_granularities"),
    ([("response_format", "verbose_json"), ("timestamp_granularities[]", "syllable")], "timestamp_granularities"),
])
def test_fields(whisper, parts, param):
    file = [] if param == "file" else [sound_part()]
    error = refused(whisper, *file, *parts)
    assert error["param"] == param and param in error["message"]


def test_near_names_of_languages(whisper):
    assert "did you mean german" in refused(whisper, sound_part(), ("language", "germn"))["message"]


def test_bodies_that_are_no_form(whisper):
    assert "multipart/form-data" in whisper.post(TRANSCRIPTIONS, {"file": "x"}).error()["message"]
    for kind in ("multipart/form-data", "multipart/form-data; boundary=x"):
        whisper.request("POST", TRANSCRIPTIONS, b"--y\r\nbroken", {"content-type": kind}).error()


def test_translation_needs_a_model_of_more_languages(whisper):
    error = refused(whisper, sound_part(), path="/v1/audio/translations")
    assert error["code"] == "unsupported_task" and "English only" in error["message"]


@pytest.mark.parametrize(
    "prompt", ["a" * 1_000_000, "\0", "🚂" * 1000, " " * 5000, "<|endoftext|>"], ids=["long", "zero", "wide", "blank", "special"])
def test_prompts_that_break_nothing(whisper, prompt):
    assert whisper.post_form(TRANSCRIPTIONS, sound_part(), ("prompt", prompt)).status == 200


def test_a_file_name_of_any_kind(whisper):
    answer = whisper.post_form(TRANSCRIPTIONS, ("file", wav(spoken("yes")), "../../etc/пример.wav"))
    assert answer.json()["text"] == "yes"
