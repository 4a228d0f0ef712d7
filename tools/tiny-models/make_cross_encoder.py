"""Makes a tiny cross-encoder with random weights, for tests of reranking by the sentence-transformers engine.

    pip install -r requirements.txt              # torch: a CPU build
    python make_cross_encoder.py OUT             # OUT: a folder that is absent or empty, some 0.2 MB

Its scores mean nothing, but they are spread between 0 and 1 and depend on both texts. Every character is a token, of which it reads
128. The weights are the same on every machine that has the same version of torch; nothing is downloaded.
"""

import argparse
import pathlib
import string
import sys

import torch
from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

LENGTH = 128


def make_tokenizer():
    letters = string.ascii_lowercase + string.digits + string.punctuation
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *("##" + letter for letter in letters)]
    return BertTokenizer(vocab={token: number for number, token in enumerate(tokens)}, model_max_length=LENGTH)


def make_model(vocabulary):
    torch.manual_seed(0)
    model = BertForSequenceClassification(BertConfig(
        vocab_size=vocabulary, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        max_position_embeddings=LENGTH, num_labels=1, initializer_range=0.2))
    return model.eval()


def main():
    options = argparse.ArgumentParser(description="Makes a tiny cross-encoder for tests.")
    options.add_argument("out", type=pathlib.Path, help="a folder that is absent or empty")
    given = options.parse_args()
    if given.out.exists() and (not given.out.is_dir() or any(given.out.iterdir())):
        sys.exit(f"{given.out} exists; name a folder that is absent or empty")
    tokenizer = make_tokenizer()
    make_model(len(tokenizer)).save_pretrained(given.out)
    tokenizer.save_pretrained(given.out)
    print(given.out, sum(file.stat().st_size for file in given.out.iterdir()), "bytes,", len(tokenizer), "tokens")


if __name__ == "__main__":
    main()
