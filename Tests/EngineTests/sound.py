"""Sounds for tests: spoken by the real espeak-ng, and written in the formats that clients send."""

import functools
import io
import subprocess
import wave

import av
import numpy

from conftest import need_program

RATE = 22050


@functools.cache
def spoken(text, voice="en-us", words_per_minute=160):
    """Samples of a sentence, float32 at 22,050 Hz."""
    program = need_program("espeak-ng")
    command = [program, "-v", voice, "-s", str(words_per_minute), "--stdin", "--stdout"]
    written = subprocess.run(command, input=text.encode(), capture_output=True, check=True).stdout
    return numpy.frombuffer(written[44:], "<i2").astype(numpy.float32) / 32768


def silence(seconds):
    return numpy.zeros(int(seconds * RATE), numpy.float32)


def wav(samples, rate=RATE):
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes((numpy.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return file.getvalue()


def encoded(samples, container, codec, rate, layout="mono"):
    """The samples as a file of any format that ffmpeg writes."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as writer:
        stream = writer.add_stream(codec, rate=rate, layout=layout)
        frame = av.AudioFrame.from_ndarray(samples[None], format="flt", layout="mono")
        frame.sample_rate = RATE
        resampler = av.AudioResampler(format=stream.format, layout=layout, rate=rate)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            writer.mux(stream.encode(part))
        writer.mux(stream.encode(None))
    return file.getvalue()


class Sound:
    """A sound file, decoded: its format as ffmpeg sees it, and its samples as float32."""

    def __init__(self, data):
        with av.open(io.BytesIO(data)) as file:
            stream = file.streams.audio[0]
            self.container, self.codec, self.rate = file.format.name, stream.codec_context.name, stream.rate
            self.channels = stream.codec_context.channels
            self.stated = None if file.duration is None else file.duration / av.time_base
            resampler = av.AudioResampler(format="flt", layout="mono", rate=self.rate)
            frames = [part for frame in file.decode(audio=0) for part in resampler.resample(frame)]
        self.samples = numpy.concatenate([frame.to_ndarray()[0] for frame in frames])

    @property
    def seconds(self):
        return len(self.samples) / self.rate

    def loud_seconds(self):
        """From the first to the last sample that can be heard."""
        loud = numpy.flatnonzero(numpy.abs(self.samples) > 0.02)
        return (loud[-1] - loud[0]) / self.rate if len(loud) else 0
