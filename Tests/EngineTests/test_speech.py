"""Speech out: the real espeak-ng, every format decoded again and heard by our own model."""

import base64
import http.client
import struct

import pytest

from engine import wait_for
from sound import Sound

SPEECH = "/v1/audio/speech"
SENTENCE = "restart the server"
FORMATS = {
    "mp3": ("audio/mpeg", "mp3", {"mp3", "mp3float"}),
    "opus": ("audio/opus", "ogg", {"opus", "libopus"}),
    "aac": ("audio/aac", "aac", {"aac"}),
    "flac": ("audio/flac", "flac", {"flac"}),
    "wav": ("audio/wav", "wav", {"pcm_s16le"}),
}


def speech(engine, text=SENTENCE, **more):
    answer = engine.post(SPEECH, {"model": "speaker", "input": text, "voice": "en-us", **more})
    assert answer.status == 200, answer.body
    return answer


def heard(whisper, sound):
    return whisper.post_form("/v1/audio/transcriptions", ("file", sound, "a")).json()["text"]


def as_wav(pcm):
    return struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(pcm), b"WAVE", b"fmt ", 16, 1, 1, 24000, 48000, 2, 16,
                       b"data", len(pcm)) + pcm


@pytest.fixture(scope="module")
def pcm(espeak):
    return speech(espeak, response_format="pcm")


def test_pcm(pcm, whisper):
    assert pcm.type == "audio/pcm" and len(pcm.body) % 2 == 0
    assert 0.8 < len(pcm.body) / 48000 < 2.5
    assert heard(whisper, as_wav(pcm.body)) == SENTENCE


@pytest.mark.parametrize("form", FORMATS)
def test_formats(espeak, whisper, pcm, form):
    content_type, container, codecs = FORMATS[form]
    answer = speech(espeak, response_format=form)
    assert answer.type == content_type
    sound = Sound(answer.body)
    assert (sound.container, sound.channels) == (container, 1)
    assert sound.codec in codecs
    # Opus files are always decoded at 48 kHz.
    assert sound.rate == (48000 if form == "opus" else 24000)
    # The lossy ones begin and end with up to three frames of their own.
    assert abs(sound.seconds - len(pcm.body) / 48000) < (0.01 if form in ("wav", "flac") else 0.15)
    assert heard(whisper, answer.body) == SENTENCE


def test_mp3_is_the_default(espeak):
    assert speech(espeak).type == "audio/mpeg"


def test_the_header_of_a_wav_says_how_long_it_is(espeak, pcm):
    sound = speech(espeak, response_format="wav").body
    riff, data = struct.unpack_from("<I", sound, 4)[0], struct.unpack_from("<I", sound, 40)[0]
    assert (riff, data) == (len(sound) - 8, len(sound) - 44) and sound[44:] == pcm.body


def test_chunks_come_while_it_speaks(espeak):
    connection = espeak.send(SPEECH, {"input": "a long text, " * 100, "response_format": "mp3"})
    answer = connection.getresponse()
    assert answer.headers["transfer-encoding"] == "chunked"
    first = answer.read1(65536)
    running = espeak.children()
    rest = answer.read()
    connection.close()
    assert running, "the first bytes came after the last were spoken"
    assert len(first) < len(rest) / 4 and Sound(first + rest).seconds > 30


def test_events(espeak, whisper):
    answer = speech(espeak, stream_format="sse", response_format="flac")
    *deltas, done = answer.events()
    assert deltas and all(each["type"] == "speech.audio.delta" for each in deltas)
    sound = b"".join(base64.b64decode(each["audio"]) for each in deltas)
    assert heard(whisper, sound) == SENTENCE
    assert done["type"] == "speech.audio.done"
    assert done["usage"]["input_characters"] == len(SENTENCE)
    assert abs(done["usage"]["seconds"] - Sound(sound).seconds) < 0.01


@pytest.mark.parametrize("speed, low, high", [(0.25, 3.4, 4.6), (0.5, 1.7, 2.4), (2, 0.4, 0.6), (4, 0.2, 0.33)])
def test_speed(espeak, speed, low, high):
    usual = Sound(speech(espeak, "set the timer to twenty", response_format="wav").body).loud_seconds()
    sound = Sound(speech(espeak, "set the timer to twenty", response_format="wav", speed=speed).body)
    assert low < sound.loud_seconds() / usual < high


@pytest.mark.parametrize("speed", [0.8, 1.25])
def test_other_speeds_are_understood(espeak, whisper, speed):
    assert heard(whisper, speech(espeak, speed=speed).body) == SENTENCE


@pytest.mark.parametrize("voice", [
    "alloy", "nova", "onyx", "ECHO", "en-gb", "EN-US", "en-us+f3", {"id": "en-us+m3"}])
def test_voices(espeak, whisper, voice):
    text = heard(whisper, speech(espeak, voice=voice).body)
    # Our model was not trained with every variant: it must be this sentence rather than another one.
    assert len(set(text.split()) & set(SENTENCE.split())) >= 2, text


def test_voices_differ(espeak):
    sounds = {voice: speech(espeak, voice=voice, response_format="pcm").body for voice in ("alloy", "onyx", "de", "en-us")}
    assert len(set(sounds.values())) == 4


def test_without_a_voice_the_default_speaks(own, espeak):
    engine = own("espeak", "--model", "de").start()
    german = speech(espeak, voice="de", response_format="pcm").body
    assert engine.post(SPEECH, {"input": SENTENCE, "response_format": "pcm"}).body == german
    assert speech(engine, voice="alloy", response_format="pcm").body == speech(espeak, voice="de+f1", response_format="pcm").body


def test_list_of_voices(espeak):
    listing = espeak.get("/v1/audio/voices").json()
    names = {each["id"]: each for each in listing["voices"]}
    assert {"en-us", "de", "fr-fr", "alloy", "nova"} <= set(names) and not any("mb" in each.split("-") for each in names)
    assert names["de"]["name"] == "German" and names["alloy"]["stands_for"] == "en-us+f1"
    assert {"f3", "m3"} <= set(listing["variants"])
    for each in listing["voices"][::20]:
        assert Sound(speech(espeak, voice=each["id"]).body).seconds > 0.3


@pytest.mark.parametrize("text", [
    "-v de", "--version", "-w /tmp/x", "`id` $(id) ; id", "<speak><break time='9s'/>yes</speak>", "\x0180S yes", "yes \x00 no",
    "[[h@l'oU]]", "[[[[", "half a \ud800", "🚂", "...", "٣", "a" * 4096, "\n" * 100 + "a"])
def test_text_is_only_read(espeak, text):
    sound = Sound(speech(espeak, text, response_format="wav").body)
    assert sound.seconds >= 0.1
    assert len(text) > 1000 or sound.seconds < 20


def test_commands_in_a_text_change_nothing(espeak):
    # To espeak-ng \x01 and a number are a change of speed.
    plain = speech(espeak, "  80S yes", response_format="pcm").body
    assert speech(espeak, "\x01 80S yes", response_format="pcm").body == plain


@pytest.mark.parametrize("change, param", [
    ({"input": None}, "input"), ({"input": ""}, "input"), ({"input": " \n\t "}, "input"), ({"input": 5}, "input"),
    ({"input": "\x01\x02"}, "input"), ({"input": "a" * 4097}, "input"),
    ({"voice": "alloi"}, "voice"), ({"voice": "en-us+nobody"}, "voice"), ({"voice": "--help"}, "voice"), ({"voice": 7}, "voice"),
    ({"voice": {"id": "/etc/passwd"}}, "voice"), ({"voice": ""}, "voice"),
    ({"response_format": "ogg"}, "response_format"), ({"response_format": 1}, "response_format"),
    ({"speed": 0.2}, "speed"), ({"speed": 4.1}, "speed"), ({"speed": "fast"}, "speed"), ({"speed": True}, "speed"),
    ({"stream_format": "chunks"}, "stream_format"),
])
def test_refused(espeak, change, param):
    error = espeak.post(SPEECH, {"input": "yes", "voice": "alloy", **change}).error()
    assert error["param"] == param and error["type"] == "invalid_request_error"
    assert param in error["message"]


def test_near_names_of_voices(espeak):
    assert "did you mean alloy" in espeak.post(SPEECH, {"input": "yes", "voice": "alloi"}).error()["message"]


def test_instructions_and_unknown_fields_are_ignored(espeak):
    assert speech(espeak, instructions="Whisper.", something="else").status == 200


def test_the_program_is_missing(own):
    code, sentence = own("espeak", "--program", "/nowhere/espeak-ng").failure()
    assert code == 1 and "apt-get install espeak-ng" in sentence


def test_the_default_voice_is_missing(own):
    code, sentence = own("espeak", "--model", "klingon").failure()
    assert code == 1 and "no voice klingon" in sentence


@pytest.fixture
def fragile(own, tmp_path):
    """The real program behind a script that does something else once it is told to; gives the engine and the telling."""
    script, switch = tmp_path / "espeak-ng", tmp_path / "instead"
    script.write_text(f'#!/bin/sh\n[ -e {switch} ] && . {switch}\nexec espeak-ng "$@"\n')
    script.chmod(0o755)
    return own("espeak", "--program", script).start(), switch


def test_a_program_that_fails_is_a_failure_of_the_engine(fragile):
    engine, switch = fragile
    switch.write_text('echo "no data" >&2; exit 3')
    error = engine.post(SPEECH, {"input": "yes"}).error(500)
    assert error["type"] == "server_error" and "no data" not in error["message"]
    wait_for("a line in the log", lambda: "espeak-ng ended with 3: no data" in engine.said())
    switch.unlink()
    assert engine.post(SPEECH, {"input": "yes"}).status == 200


def test_a_program_that_fails_in_the_middle_breaks_the_answer(fragile):
    engine, switch = fragile
    switch.write_text('espeak-ng "$@" | head -c 60000; exit 3')
    long = {"input": "a long text, " * 20, "response_format": "pcm"}
    with pytest.raises(http.client.IncompleteRead):
        engine.post(SPEECH, long)
    *deltas, last = engine.post(SPEECH, {**long, "stream_format": "sse"}).events()
    assert deltas and last["type"] == "error" and last["error"]["type"] == "server_error"
    switch.unlink()
    assert engine.post(SPEECH, long).status == 200
