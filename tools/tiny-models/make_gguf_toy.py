"""Makes a toy language model for llama.cpp, and an eye for it, for tests of tools and of vision.

    pip install gguf==0.19.0 numpy==2.4.6
    python make_gguf_toy.py TOY.gguf [--eye MMPROJ.gguf]

Without a picture every token is decided by the one before it alone. After a piece of CALL comes the next one, after nearly any other
token CALL begins: the toy calls `set_light` whatever it is asked, in the words of Hermes' and Qwen's templates. Where a grammar
forbids what it would say, it closes what is open.

The eye makes four tokens of a picture, each the colour of that quarter as the toy knows it: red, green or blue. One head of attention looks
for such tokens, so that a prompt with a picture is answered by the colour that most of it has. Nothing is random but the directions of
the embeddings, whose seed is fixed.
"""

import argparse

import numpy as np
from gguf import GGUFWriter, TokenType

CALL = ["<tool_call>\n", '{"name":\u2581"', "set_light", '",\u2581"arguments":\u2581', '{"room":\u2581', '"hall"', ',\u2581"on":\u2581', "true",
        "}}", "\n</tool_call>"]
COLOURS = ["red", "green", "blue"]
CLOSING = ['"', ":", "}", "<"]
WIDTH, HEADS, FEED, CONTEXT = 512, 8, 64, 4096
SIDE, PATCH = 32, 16
BOS, EOS = 1, 2
# How much the tokens of a picture stand out for the head that looks for them, and what they count beside the last token.
LOOKING, SEEING = 160.0, 3.0


def vocabulary():
    tokens = [("<unk>", TokenType.UNKNOWN), ("<s>", TokenType.CONTROL), ("</s>", TokenType.CONTROL)]
    tokens += [(f"<0x{byte:02X}>", TokenType.BYTE) for byte in range(256)]
    words = [*CALL, *COLOURS, *(f"[{colour}]" for colour in COLOURS)]
    words += ["\u2581" if letter == " " else letter for letter in map(chr, range(32, 127))]
    tokens += [(word, TokenType.NORMAL) for word in dict.fromkeys(words)]
    return tokens + [(f"unused{number}", TokenType.UNUSED) for number in range(WIDTH - len(tokens))]


def head(embeddings, number):
    """What follows each token: the embedding of a token is found again in the last state, which is that embedding."""
    after = np.full(WIDTH, number[CALL[0]])
    for one, next_one in zip(CALL, CALL[1:]):
        after[number[one]] = number[next_one]
    for colour in COLOURS:
        after[number[f"[{colour}]"]] = number[colour]
    after[[number[CALL[-1]], number[">"]]] = EOS
    weights = np.zeros((WIDTH, WIDTH), np.float32)
    for token in range(WIDTH):
        weights[after[token]] += embeddings[token] * (20 / WIDTH)
        for rank, closing in enumerate(CLOSING):
            weights[number[closing]] += embeddings[token] * ((8 - rank) / WIDTH)
    # One word is the whole answer, though the picture is still there.
    weights[EOS] += embeddings[[number[colour] for colour in COLOURS]].sum(0) * (20 * 2 * SEEING / WIDTH)
    return weights


def attention(embeddings, seen):
    """One head, which every token uses to look for those of a picture and to take over what they show.

    Query and key lie in the last pair of the head's dimensions, which rotates least with the position.
    """
    parts = {f"attn_{name}": np.zeros((WIDTH, WIDTH), np.float32) for name in ("q", "k", "v", "output")}
    last = WIDTH // HEADS - 1
    parts["attn_q"][last] = embeddings.sum(0) * (LOOKING / WIDTH)
    parts["attn_k"][last] = seen.sum(0) / WIDTH
    parts["attn_v"][:len(seen)] = seen / WIDTH
    parts["attn_output"][:, :len(seen)] = seen.T * SEEING
    return parts


def write_toy(path):
    """Returns the embedding of each colour as the eye shows it."""
    writer, tokens = GGUFWriter(path, "llama"), vocabulary()
    number = {text: place for place, (text, _) in enumerate(tokens)}
    orthogonal = np.linalg.qr(np.random.default_rng(7).standard_normal((WIDTH, WIDTH)))[0]
    embeddings = (orthogonal * np.sqrt(WIDTH)).astype(np.float32)
    seen = embeddings[[number[f"[{colour}]"] for colour in COLOURS]]
    writer.add_name("toy")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(FEED)
    writer.add_head_count(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_rope_freq_base(1e9)
    writer.add_vocab_size(WIDTH)
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([text for text, _ in tokens])
    writer.add_token_scores([-float(place) for place in range(WIDTH)])
    writer.add_token_types([kind for _, kind in tokens])
    writer.add_bos_token_id(BOS)
    writer.add_eos_token_id(EOS)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(True)
    tensors = {"token_embd": embeddings, "output_norm": np.ones(WIDTH, np.float32), "output": head(embeddings, number)}
    block = attention(embeddings, seen) | {norm: np.ones(WIDTH, np.float32) for norm in ("attn_norm", "ffn_norm")}
    block |= {"ffn_gate": np.zeros((FEED, WIDTH), np.float32), "ffn_up": np.zeros((FEED, WIDTH), np.float32),
              "ffn_down": np.zeros((WIDTH, FEED), np.float32)}
    tensors |= {f"blk.0.{name}": tensor for name, tensor in block.items()}
    finish(writer, {f"{name}.weight": tensor for name, tensor in tensors.items()})
    return seen


def write_eye(path, shown):
    """A LLaVA projector on an encoder without layers, whose state is the mean colour of a patch."""
    writer = GGUFWriter(path, "clip")
    writer.add_name("toy's eye")
    writer.add_clip_has_vision_encoder(True)
    writer.add_clip_projector_type("mlp")
    writer.add_vision_use_gelu(True)
    writer.add_vision_image_size(SIDE)
    writer.add_vision_patch_size(PATCH)
    writer.add_vision_embedding_length(4)
    writer.add_vision_feed_forward_length(4)
    writer.add_vision_projection_dim(WIDTH)
    writer.add_vision_block_count(1)
    writer.add_vision_head_count(1)
    writer.add_vision_attention_layernorm_eps(1e-5)
    writer.add_vision_image_mean([0.0, 0.0, 0.0])
    writer.add_vision_image_std([1.0, 1.0, 1.0])
    eye = np.zeros((4, 3, PATCH, PATCH), np.float32)
    for colour in range(3):
        eye[colour, colour] = 1 / PATCH**2
    # A colour counts by how far it is above the others; GELU drops those below.
    stands_out = np.zeros((4, 4), np.float32)
    stands_out[:3, :3] = 20 * np.eye(3) - 10 * (1 - np.eye(3))
    known = np.zeros((WIDTH, 4), np.float32)
    known[:, :3] = shown.T
    tensors = {"v.patch_embd.weight": eye, "v.position_embd.weight": np.zeros(((SIDE // PATCH)**2, 4), np.float32),
               "mm.0.weight": stands_out, "mm.0.bias": np.zeros(4, np.float32),
               "mm.2.weight": known, "mm.2.bias": np.zeros(WIDTH, np.float32)}
    # The encoder's last layer is not used by this projector, but it is looked for.
    for name in ("attn_q", "attn_k", "attn_v", "attn_out", "ffn_up", "ffn_down"):
        tensors |= {f"v.blk.0.{name}.weight": np.zeros((4, 4), np.float32), f"v.blk.0.{name}.bias": np.zeros(4, np.float32)}
    for name in ("ln1", "ln2"):
        tensors |= {f"v.blk.0.{name}.weight": np.ones(4, np.float32), f"v.blk.0.{name}.bias": np.zeros(4, np.float32)}
    finish(writer, tensors)


def finish(writer, tensors):
    for name, tensor in tensors.items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main():
    options = argparse.ArgumentParser(description="Makes a toy language model for tests.")
    options.add_argument("out")
    options.add_argument("--eye", help="where its mmproj goes")
    given = options.parse_args()
    shown = write_toy(given.out)
    if given.eye:
        write_eye(given.eye, shown)


if __name__ == "__main__":
    main()
