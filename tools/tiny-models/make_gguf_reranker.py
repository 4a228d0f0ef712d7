"""Makes a toy cross-encoder for llama.cpp, for tests of reranking.

    pip install gguf==0.19.0 numpy==2.4.6
    python make_gguf_reranker.py OUT.gguf

It is a BERT of two layers with a classifier on [CLS], whose score is the higher the more words query and document have in common, for
its size: in the first layer every word looks at its like and at [CLS], and so learns whether it is alone; in the second one [CLS] takes
the mean. It knows the words in WORDS. Nothing is random but the directions of the embeddings, whose seed is fixed.
"""

import sys

import numpy as np
from gguf import GGUFWriter, PoolingType, TokenType

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = ("how do i add a model to the gateway restart server put yaml file into folder of models cats sleep on warm roofs all day trains "
         "leave at noon from old station").split()
WIDTH, FEED, CONTEXT = 128, 32, 256
CLS = SPECIAL.index("[CLS]")
# How sharply a word tells its like from the others, and how much of what it learns stays.
LOOKING, LEARNING = 1.5, 2.0
# How much the mean counts, and which mean has the score 0: there are a few words in common.
STEEPNESS, MIDDLE = 50.0, 0.545


def directions():
    """Orthogonal ones without a mean, of the length that makes a layer norm leave them as they are."""
    start = np.random.default_rng(7).standard_normal((WIDTH, WIDTH))
    start[:, 0] = 1
    return (np.linalg.qr(start)[0].T[1:] * np.sqrt(WIDTH)).astype(np.float32)


def tensors():
    known = directions()
    tokens, alone = known[:len(SPECIAL) + len(WORDS)], known[-1]
    words = tokens[len(SPECIAL):]
    on_words = words.T @ words / WIDTH
    nothing = np.zeros((WIDTH, WIDTH), np.float32)
    yield "token_embd.weight", tokens
    yield "position_embd.weight", np.zeros((CONTEXT, WIDTH), np.float32)
    yield from norm("token_embd_norm")
    # A word's key is itself; the key of [CLS] is all words together.
    first = {"attn_q": LOOKING * on_words, "attn_k": on_words + np.outer(words.sum(0), tokens[CLS]) / WIDTH,
             "attn_v": np.outer(alone, tokens[CLS]) / WIDTH, "attn_output": LEARNING * np.outer(alone, alone) / WIDTH}
    # Without query and key all are looked at alike.
    second = {"attn_q": nothing, "attn_k": nothing, "attn_v": np.outer(alone, alone) / WIDTH,
              "attn_output": np.outer(alone, alone) / WIDTH}
    for number, layer in enumerate([first, second]):
        for name, weights in layer.items():
            yield f"blk.{number}.{name}.weight", weights.astype(np.float32)
            yield f"blk.{number}.{name}.bias", np.zeros(WIDTH, np.float32)
        for name, shape in (("ffn_up", (FEED, WIDTH)), ("ffn_down", (WIDTH, FEED))):
            yield f"blk.{number}.{name}.weight", np.zeros(shape, np.float32)
            yield f"blk.{number}.{name}.bias", np.zeros(shape[0], np.float32)
        yield from norm(f"blk.{number}.attn_output_norm")
        yield from norm(f"blk.{number}.layer_output_norm")
    yield "cls.output.weight", (-STEEPNESS * alone / WIDTH).reshape(1, WIDTH)
    yield "cls.output.bias", np.array([STEEPNESS * MIDDLE], np.float32)


def norm(name):
    yield f"{name}.weight", np.ones(WIDTH, np.float32)
    yield f"{name}.bias", np.zeros(WIDTH, np.float32)


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: python make_gguf_reranker.py OUT.gguf")
    writer = GGUFWriter(sys.argv[1], "bert")
    writer.add_name("toy reranker")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(2)
    writer.add_feed_forward_length(FEED)
    writer.add_head_count(1)
    writer.add_layer_norm_eps(1e-12)
    writer.add_causal_attention(False)
    writer.add_pooling_type(PoolingType.RANK)
    writer.add_token_type_count(1)
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([*SPECIAL, *("\u2581" + word for word in WORDS)])
    writer.add_token_types([TokenType.CONTROL] * len(SPECIAL) + [TokenType.NORMAL] * len(WORDS))
    writer.add_bos_token_id(CLS)
    writer.add_eos_token_id(SPECIAL.index("[SEP]"))
    writer.add_sep_token_id(SPECIAL.index("[SEP]"))
    writer.add_unk_token_id(SPECIAL.index("[UNK]"))
    writer.add_pad_token_id(SPECIAL.index("[PAD]"))
    writer.add_mask_token_id(SPECIAL.index("[MASK]"))
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(True)
    for name, tensor in tensors():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main()
