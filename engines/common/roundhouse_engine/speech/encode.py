"""From an engine's samples to a sound file, piece by piece, with ffmpeg's libraries as PyAV carries them."""

import struct

import av

RATE = 24000  # what OpenAI's pcm is documented as; the other formats have it too
CONTENT_TYPES = {
    "mp3": "audio/mpeg", "opus": "audio/opus", "aac": "audio/aac", "flac": "audio/flac", "wav": "audio/wav", "pcm": "audio/pcm"}
# Container, codec, bits per second, options of the container. Where a container would go back to its start at the end it must not.
FILES = {
    "mp3": ("mp3", "libmp3lame", 64000, {"write_xing": "0"}),
    "opus": ("ogg", "libopus", 48000, {"page_duration": "100000"}),
    "aac": ("adts", "aac", 64000, {}),
    "flac": ("flac", "flac", None, {}),
}
SILENCE = bytes(RATE // 10 * 2)


def encoder(form):
    """An object with `push(samples) -> bytes` and `finish() -> bytes`; samples are 16-bit mono at 24 kHz."""
    return {"pcm": Pcm, "wav": Wav}[form]() if form not in FILES else Compressed(*FILES[form])


class Pcm:
    def push(self, samples):
        return samples

    def finish(self):
        return b""


class Wav:
    """Held back until the end: a header that says how long the sound is cannot be written before."""

    def __init__(self):
        self.samples = bytearray()

    def push(self, samples):
        self.samples += samples
        return b""

    def finish(self):
        size = len(self.samples)
        header = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + size, b"WAVE", b"fmt ", 16, 1, 1, RATE, 2 * RATE, 2, 16,
                             b"data", size)
        return header + bytes(self.samples)


class Compressed:
    def __init__(self, container, codec, bit_rate, options):
        self.sink = _Sink()
        self.container = av.open(self.sink, "w", format=container, container_options={"flush_packets": "1", **options})
        self.stream = self.container.add_stream(codec, rate=RATE, layout="mono")
        if bit_rate:
            self.stream.bit_rate = bit_rate
        self.position = 0

    def push(self, samples):
        frame = frame_of(samples, RATE)
        frame.pts = self.position
        self.position += frame.samples
        self.container.mux(self.stream.encode(frame))
        return self.sink.taken()

    def finish(self):
        self.container.mux(self.stream.encode(None))
        self.container.close()
        return self.sink.taken()


class _Sink:
    """A file that can only be written to its end."""

    def __init__(self):
        self.bytes = bytearray()

    def write(self, data):
        self.bytes += data
        return len(data)

    def taken(self):
        found, self.bytes = bytes(self.bytes), bytearray()
        return found


def frame_of(samples, rate):
    frame = av.AudioFrame(format="s16", layout="mono", samples=len(samples) // 2)
    frame.planes[0].update(samples)
    frame.sample_rate = rate
    return frame
