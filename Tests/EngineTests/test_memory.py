"""What a transcribing engine keeps: nothing of its requests."""

import numpy

from conftest import EAR
from sound import RATE, encoded, silence, spoken, wav

TRANSCRIPTIONS = "/v1/audio/transcriptions"


def test_resident_memory(own):
    engine = own("whisper", "--model", EAR, "--threads", 1).start()
    sound = ("file", wav(spoken("yes")), "a.wav")

    def hear(part):
        assert engine.post_form(TRANSCRIPTIONS, part).json()["text"] == "yes"

    figures = {"ready": engine.resident_mb()}
    hear(sound)
    figures["one"] = engine.resident_mb()
    for _ in range(49):
        hear(sound)
    figures["fifty"] = engine.resident_mb()
    # 25 MB, of which a second is speech and the rest is quickly done with.
    seconds = 25e6 / (96000 * 8 * 4)
    large = encoded(numpy.concatenate([spoken("yes"), silence(seconds - len(spoken("yes")) / RATE)]), "wav", "pcm_s32le", 96000, "7.1")
    assert 24e6 < len(large) < 26e6
    hear(("file", large, "large.wav"))
    figures["large"] = engine.resident_mb()
    for _ in range(2):
        hear(("file", large, "large.wav"))
    figures["three large"] = engine.resident_mb()
    print("MB resident:", {name: round(value) for name, value in figures.items()})
    assert figures["fifty"] < figures["one"] + 10
    assert figures["large"] < figures["fifty"] + 40
    assert figures["three large"] < figures["large"] + 10
