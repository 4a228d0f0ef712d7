"""A client that leaves takes its work with it; measured by what the engine's process still uses up."""

import contextlib
import time

import numpy
import pytest

from engine import wait_for
from sound import silence, spoken, wav

TRANSCRIPTIONS = "/v1/audio/transcriptions"


@pytest.fixture(scope="module")
def long_sound():
    """Two minutes: work that takes long enough to be stopped in its middle."""
    return wav(numpy.concatenate([spoken("set the timer to twenty"), silence(6)] * 16))


def settled(engine):
    """Processor seconds after the engine has done all that it has to do: a short request came through the line."""
    heard = engine.post_form(TRANSCRIPTIONS, ("file", wav(spoken("yes")), "a.wav"))
    assert heard.json()["text"] == "yes"
    return engine.cpu_seconds()


@pytest.fixture(scope="module")
def whole(whisper, long_sound):
    """What the whole of the work costs."""
    before = settled(whisper)
    assert whisper.post_form(TRANSCRIPTIONS, ("file", long_sound, "a.wav")).status == 200
    return settled(whisper) - before


@pytest.mark.parametrize("streamed", ["true", "false"])
def test_transcription_stops(whisper, long_sound, whole, streamed):
    before = settled(whisper)
    connection = whisper.send_form(TRANSCRIPTIONS, ("file", long_sound, "a.wav"), ("stream", streamed))
    with contextlib.closing(connection):
        if streamed == "true":
            connection.getresponse().readline()
        else:
            wait_for("work", lambda: whisper.cpu_seconds() > before + whole / 8)
    assert settled(whisper) - before < 0.7 * whole


def test_work_that_was_not_begun_is_never_done(whisper, long_sound, whole):
    before = settled(whisper)
    connections = [whisper.send_form(TRANSCRIPTIONS, ("file", long_sound, "a.wav")) for _ in range(4)]
    wait_for("work", lambda: whisper.cpu_seconds() > before + whole / 8)
    for each in connections:
        each.close()
    assert settled(whisper) - before < whole


def test_speech_stops_and_its_program_ends(espeak):
    text = "a very long text, " * 200
    connection = espeak.send("/v1/audio/speech", {"input": text, "speed": 0.25, "response_format": "flac"})
    with contextlib.closing(connection):
        answer = connection.getresponse()
        assert answer.read(4) == b"fLaC"
        assert espeak.children(), "espeak-ng had ended already: the test proves nothing"
    wait_for("end of espeak-ng", lambda: not espeak.children(), 5)


def test_speech_of_a_signalled_engine_ends(own):
    engine = own("espeak").start()
    connection = engine.send(
        "/v1/audio/speech", {"input": "a very long text, " * 200, "speed": 0.25, "response_format": "flac"})
    with contextlib.closing(connection):
        connection.getresponse().read(4)
        children = engine.children()
        assert children, "espeak-ng had ended already: the test proves nothing"
        start = time.monotonic()
        assert engine.stop() == 0
        assert time.monotonic() - start < 5
    wait_for("end of espeak-ng", lambda: not any(is_running(pid) for pid in children), 5)


def is_running(pid):
    """Whether there is a process of that number that is no zombie; its new parent may be slow to collect it."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False
