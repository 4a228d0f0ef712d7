"""A GGUF file whose header is as long as those of today's models, and which has no tensors."""

import struct

# As of Llama 3: tokens, and merges of its tokenizer.
TOKENS, MERGES = 128_256, 280_147
TEXT, LIST = 8, 9


def text(value):
    return struct.pack("<Q", len(value)) + value


def entry(key, kind, value):
    return text(key.encode()) + struct.pack("<I", kind) + value


def texts(values, count):
    return struct.pack("<IQ", TEXT, count) + b"".join(map(text, values))


def make(path):
    """Writes the file (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md)."""
    entries = [
        entry("general.architecture", TEXT, text(b"llama")),
        entry("tokenizer.ggml.tokens", LIST, texts((b"token-%d" % number for number in range(TOKENS)), TOKENS)),
        entry("tokenizer.ggml.merges", LIST, texts((b"to ken-%d" % number for number in range(MERGES)), MERGES)),
        entry("tokenizer.chat_template", TEXT, text(b"{% if tools %}{{ tools }}{% endif %}{{ messages }}"))]
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, len(entries)) + b"".join(entries))
