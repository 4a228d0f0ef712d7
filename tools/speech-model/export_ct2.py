"""Turns an English-only whisper.cpp file into a CTranslate2 folder, for faster-whisper.

    pip install ctranslate2 tokenizers numpy
    python export_ct2.py ../../models/roundhouse-ear.bin roundhouse-ear-ct2
"""
import argparse
import json
import pathlib
import struct

import ctranslate2.specs
import numpy as np
import tokenizers

F32, F16, Q8_0 = 0, 1, 8
EOT, POSITIONS = 50256, 448
# What faster-whisper looks up by name, at whisper.cpp's fixed places.
NAMES = {EOT: "<|endoftext|>", 50257: "<|startoftranscript|>", 50357: "<|translate|>", 50358: "<|transcribe|>",
         50359: "<|startoflm|>", 50360: "<|startofprev|>", 50361: "<|nospeech|>", 50362: "<|notimestamps|>"}
STAMPS = 50363


def read(path):
    """The header, the strings and the tensors as float32 arrays."""
    with open(path, "rb") as f:
        def ints(n):
            return struct.unpack(f"<{n}i", f.read(4 * n))

        _, *header = ints(12)
        rows, columns = ints(2)
        f.read(rows * columns * 4)
        strings = [f.read(*ints(1)).decode() for _ in range(*ints(1))]
        tensors = {}
        while start := f.read(12):
            dims, length, kind = struct.unpack("<3i", start)
            shape = ints(dims)[::-1]
            name, count = f.read(length).decode(), int(np.prod(shape))
            if kind == Q8_0:
                blocks = np.frombuffer(f.read(count // 32 * 34), np.dtype([("scale", "<f2"), ("values", "i1", 32)]))
                x = blocks["scale"][:, None].astype(np.float32) * blocks["values"]
            elif kind in (F32, F16):
                x = np.frombuffer(f.read(count * (2 if kind else 4)), "<f2" if kind else "<f4").astype(np.float32)
            else:
                raise SystemExit(f"{name}: type {kind} is not read here; export f16 or q8_0")
            tensors[name] = x.reshape(shape)
        return header, strings, tensors


def fill(spec, t, encoder_layers, decoder_layers):
    for side, target in (("encoder", spec.encoder), ("decoder", spec.decoder)):
        target.position_encodings.encodings = t[f"{side}.positional_embedding"]
        norm(target.layer_norm, t, "encoder.ln_post" if side == "encoder" else "decoder.ln")
    for number in (1, 2):
        conv = getattr(spec.encoder, f"conv{number}")
        conv.weight, conv.bias = t[f"encoder.conv{number}.weight"], t[f"encoder.conv{number}.bias"].reshape(-1)
    table = t["decoder.token_embedding.weight"]
    spec.decoder.embeddings.weight = spec.decoder.projection.weight = table
    # faster-whisper takes every decoder for one of 448 positions; those that the model was not trained for are never reached.
    short = spec.decoder.position_encodings.encodings
    spec.decoder.position_encodings.encodings = np.pad(short, ((0, POSITIONS - len(short)), (0, 0)))
    for side, target, count in (("encoder", spec.encoder, encoder_layers), ("decoder", spec.decoder, decoder_layers)):
        for number in range(count):
            block(target.layer[number], t, f"{side}.blocks.{number}")


def block(layer, t, name):
    norm(layer.self_attention.layer_norm, t, f"{name}.attn_ln")
    joined(layer.self_attention.linear[0], t, f"{name}.attn", ["query", "key", "value"])
    joined(layer.self_attention.linear[1], t, f"{name}.attn", ["out"])
    if f"{name}.cross_attn.query.weight" in t:
        norm(layer.attention.layer_norm, t, f"{name}.cross_attn_ln")
        for target, parts in zip(layer.attention.linear, (["query"], ["key", "value"], ["out"])):
            joined(target, t, f"{name}.cross_attn", parts)
    norm(layer.ffn.layer_norm, t, f"{name}.mlp_ln")
    joined(layer.ffn.linear_0, t, f"{name}.mlp", ["0"])
    joined(layer.ffn.linear_1, t, f"{name}.mlp", ["2"])


def norm(target, t, name):
    target.gamma, target.beta = t[f"{name}.weight"], t[f"{name}.bias"]


def joined(target, t, name, parts):
    """Whisper's keys have no bias: zeros where it is missing."""
    weights = [t[f"{name}.{part}.weight"] for part in parts]
    biases = [t.get(f"{name}.{part}.bias", np.zeros(len(w), np.float32)) for part, w in zip(parts, weights)]
    target.weight, target.bias = np.concatenate(weights), np.concatenate(biases)


def vocabulary(strings, size):
    words = strings + [f"[_extra_token_{i}]" for i in range(len(strings), size)]
    for place, name in NAMES.items():
        words[place] = name
    words[STAMPS:] = [f"<|{i * 0.02:.2f}|>" for i in range(size - STAMPS)]
    return words


def main():
    p = argparse.ArgumentParser()
    p.add_argument("model")
    p.add_argument("out", type=pathlib.Path)
    a = p.parse_args()
    header, strings, tensors = read(a.model)
    size, _, _, encoder_heads, encoder_layers, _, _, decoder_heads, decoder_layers, _, _ = header
    spec = ctranslate2.specs.WhisperSpec(encoder_layers, encoder_heads, decoder_layers, decoder_heads)
    fill(spec, tensors, encoder_layers, decoder_layers)
    words = vocabulary(strings, size)
    spec.register_vocabulary(words)
    spec.config.suppress_ids, spec.config.suppress_ids_begin, spec.config.lang_ids = [], [EOT], []
    spec.config.alignment_heads = [[decoder_layers - 1, head] for head in range(decoder_heads)]
    spec.validate()
    spec.optimize()
    a.out.mkdir(parents=True, exist_ok=True)
    spec.save(str(a.out))
    model = tokenizers.models.WordLevel({word: i for i, word in enumerate(words)}, unk_token=words[len(strings)])
    tokenizer = tokenizers.Tokenizer(model)
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Split(tokenizers.Regex(r" ?[a-z]+|."), "isolated")
    tokenizer.decoder = tokenizers.decoders.Fuse()
    tokenizer.save(str(a.out / "tokenizer.json"))
    (a.out / "preprocessor_config.json").write_text(json.dumps({"feature_size": 80}))


if __name__ == "__main__":
    main()
