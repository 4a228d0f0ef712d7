"""From an upload to samples, with ffmpeg's libraries as PyAV carries them."""

import av
import numpy

from roundhouse_engine import ApiError

RATE = 16000
SHORTEST = 0.1
# Formats that hold their sound themselves. ffmpeg knows others that name files and addresses for it to open: a concat list
# was seen to read files of this machine, and an SDP file to listen on a port.
FORMATS = (
    "aac,ac3,aiff,amr,amrnb,amrwb,ape,asf,au,avi,caf,dsf,eac3,flac,flv,matroska,mov,mp3,mpeg,mpegts,ogg,tta,voc,w64,wav,wv")


def broken(what):
    message = f"the file {what}; send audio such as wav, mp3, m4a, ogg, webm or flac"
    return ApiError(message, param="file", code="invalid_audio")


def decode(file, max_seconds, left):
    """All samples of a file object: 16 kHz, mono, float32 in -1 … 1, no NaN, at least 0.1 s of them.

    The lower limit is OpenAI's and a matter of privacy: whisper.cpp hears the previous audio again when it is given none.
    Damage in the middle is skipped. Stops with what it has when the event `left` is set. Raises ApiError.
    """
    try:
        container = av.open(
            file, "r", metadata_errors="ignore", options={"format_whitelist": FORMATS, "protocol_whitelist": "none"})
    except av.FFmpegError:
        raise broken("is not audio that can be read") from None
    with container:
        if not container.streams.audio:
            raise broken("has no sound in it")
        samples = _samples(container, max_seconds, left)
    found = numpy.frombuffer(samples, numpy.float32)
    if len(found) == 0:
        raise broken("holds no sound that can be decoded")
    if len(found) < SHORTEST * RATE:
        message = f"the audio is {len(found) / RATE:.3f} s long; at least {SHORTEST} s is needed"
        raise ApiError(message, param="file", code="audio_too_short")
    numpy.nan_to_num(found, copy=False, nan=0, posinf=0, neginf=0)
    return numpy.clip(found, -1, 1, out=found)


def _samples(container, max_seconds, left):
    # A bytearray grows in place: an array made of parts would need twice the memory at the end.
    samples, most = bytearray(), int(max_seconds * RATE) * 4
    for frame in _resampled(container):
        samples += frame.to_ndarray().tobytes()
        if len(samples) > most:
            message = f"the audio is longer than {max_seconds} s, the limit of this server; send it in parts"
            raise ApiError(message, param="file", code="audio_too_long")
        if left.is_set():
            break
    return samples


def _resampled(container):
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
    layout = None
    for frame in _frames(container):
        # A resampler is made for the first frame's kind; a file may change it (concatenated mp3s do).
        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        if layout not in (None, kind):
            yield from resampler.resample(None)
            resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
        layout, frame.pts = kind, None
        yield from resampler.resample(frame)
    if layout:
        yield from resampler.resample(None)


def _frames(container):
    packets = container.demux(container.streams.audio[0])
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.FFmpegError):
            return
        try:
            yield from packet.decode()
        except av.FFmpegError:
            continue
