"""A look at a ggml file before whisper.cpp sees it, which aborts, crashes or says nothing where this says a sentence."""

import math
import os
import struct

from roundhouse_engine import LoadError

MAGIC = 0x67676D6C
# What ggml calls its types: values of a block, bytes of a block.
TYPES = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210)}
F32, F16 = 0, 1
OTHERS = {
    b"GGUF": "a GGUF file, which is for llama.cpp", b"PK\x03\x04": "a zip file, perhaps a PyTorch checkpoint",
    b"RIFF": "a sound, not a model", b"<htm": "a web page", b"<!DO": "a web page"}


def check(path):
    """Raises LoadError unless the file is a whole Whisper model of whisper.cpp. Reads headers, not weights."""
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        start = file.read(4)
        if len(start) < 4 or struct.unpack("<I", start)[0] != MAGIC:
            what = OTHERS.get(start, "not a ggml file")
            raise LoadError(f"{path} is {what}; whisper.cpp needs a file as ggml-base.bin")
        try:
            _walk(file, path, size)
        except struct.error:
            raise LoadError(f"{path} ends in the middle at {size} bytes: download it again") from None


def _walk(file, path, size):
    vocabulary, context, *_, mels, _ = _ints(file, 11)
    if not (1000 < vocabulary < 1_000_000 and 0 < context <= 100_000 and mels in (80, 128)):
        raise LoadError(f"{path} is a ggml file, but not a Whisper model")
    rows, columns = _ints(file, 2)
    _skip(file, path, rows * columns * 4)
    words, = _ints(file, 1)
    for _ in range(words):
        _skip(file, path, *_ints(file, 1))
    tensors = 0
    while file.tell() < size:
        _skip_tensor(file, path)
        tensors += 1
    if file.tell() != size:
        raise LoadError(f"{path} ends in the middle at {size} bytes of {file.tell()} or more: download it again")
    if not tensors:
        raise LoadError(f"{path} holds no weights: it is one of whisper.cpp's files for tests")


def _skip_tensor(file, path):
    dimensions, length, kind = _ints(file, 3)
    if not (0 < dimensions <= 4 and 0 < length < 256):
        raise damaged(file, path)
    values = math.prod(_ints(file, dimensions))
    _check_type(path, file.read(length).decode(errors="replace"), kind)
    per_block, block = TYPES[kind]
    _skip(file, path, values // per_block * block)


def _skip(file, path, length):
    if length < 0:
        raise damaged(file, path)
    file.seek(length, os.SEEK_CUR)


def damaged(file, path):
    return LoadError(f"{path} is damaged near byte {file.tell()}: download it again")


def _check_type(path, name, kind):
    if kind not in TYPES:
        raise LoadError(f"{path}: the tensor {name} has type {kind}, which whisper.cpp does not run")
    if kind != F16 and name in ("encoder.conv1.weight", "encoder.conv2.weight"):
        # ggml's im2col asserts this and aborts the process.
        raise LoadError(f"{path}: the tensor {name} must be f16 for whisper.cpp; convert the model to f16 or quantise that")


def _ints(file, count):
    return struct.unpack(f"<{count}i", file.read(4 * count))
