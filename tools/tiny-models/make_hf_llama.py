"""Makes a tiny Llama in Hugging Face's format, for tests of engines that want a folder: transformers and vLLM.

    pip install -r requirements.txt              # torch: a CPU build
    python make_hf_llama.py OUT                  # says the sentence below, whatever it is asked, and stops
    python make_hf_llama.py OUT --mode loop      # says it over and over: for cancelling, limits and shutdown
    python make_hf_llama.py OUT --mode random    # random weights: real arithmetic, text without meaning

The weights are the same on every machine that has the same version of torch; nothing is downloaded. OUT is some 4 MB.

In `chain` and `loop` every layer is zero and the rows of the embedding are orthogonal, so that the last hidden state *is* the last
token's embedding: the output's rows say which token follows which. The factor 20 makes the right token's probability 1 - 1e-6.
"""

import argparse
import pathlib
import sys

import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

# No word twice: the last token alone decides what follows.
SENTENCE = " Hello from the tiny chain model. It always says these same words and then stops!"
SPECIAL = ["<unk>", "<s>", "</s>"]
CONTEXT = 2048
TEMPLATE = ("{% for message in messages %}{{ message['role'] + ': ' + message['content'] + '\\n' }}{% endfor %}"
            "{% if add_generation_prompt %}assistant:{% endif %}")


def make_tokenizer(vocabulary):
    """Byte-level BPE trained on the one sentence, until every word of it is one token or the vocabulary is full."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator([SENTENCE], trainers.BpeTrainer(
        vocab_size=vocabulary, min_frequency=1, special_tokens=SPECIAL, show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet())))
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="<unk>", bos_token="<s>", eos_token="</s>", chat_template=TEMPLATE,
        model_max_length=CONTEXT, clean_up_tokenization_spaces=False)


def make_model(vocabulary, hidden, intermediate):
    torch.manual_seed(0)
    model = LlamaForCausalLM(LlamaConfig(
        vocab_size=vocabulary, hidden_size=hidden, intermediate_size=intermediate, num_hidden_layers=2,
        num_attention_heads=hidden // 64, max_position_embeddings=CONTEXT,
        bos_token_id=1, eos_token_id=2, tie_word_embeddings=False))
    model.generation_config.bos_token_id, model.generation_config.eos_token_id = 1, 2
    return model.eval()


def chain(model, words, last):
    """Makes a model say the words in their order, whatever stands before; `last` follows the last one."""
    size, hidden = model.get_input_embeddings().weight.shape
    square = np.random.default_rng(7).standard_normal((hidden, hidden))
    embedding = torch.tensor(np.linalg.qr(square)[0] * np.sqrt(hidden), dtype=torch.float32)[:size]
    follows = [words[0]] * size
    for word, following in zip(words, words[1:] + [last]):
        follows[word] = following
    output = torch.zeros(size, hidden)
    for token, following in enumerate(follows):
        output[following] += embedding[token] * (20.0 / hidden)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            weight.fill_(1.0 if "norm" in name else 0.0)
        model.get_input_embeddings().weight.copy_(embedding)
        model.lm_head.weight.copy_(output)


def main():
    options = argparse.ArgumentParser(description="Makes a tiny Llama for tests.")
    options.add_argument("out", type=pathlib.Path, help="a folder that is absent or empty")
    options.add_argument("--mode", choices=["chain", "loop", "random"], default="chain")
    given = options.parse_args()
    if given.out.exists() and (not given.out.is_dir() or any(given.out.iterdir())):
        sys.exit(f"{given.out} exists; name a folder that is absent or empty")
    tokenizer = make_tokenizer(307 if given.mode == "random" else 320)
    if given.mode == "random":
        model = make_model(len(tokenizer), hidden=256, intermediate=256)
        with torch.no_grad():
            model.lm_head.weight.mul_(8)  # far enough apart that rounding never changes the greedy answer
    else:
        model = make_model(len(tokenizer), hidden=320, intermediate=64)
        words = tokenizer.encode(SENTENCE, add_special_tokens=False)
        assert len(set(words)) == len(words), "a token occurs twice in the sentence"
        chain(model, words, last=tokenizer.eos_token_id if given.mode == "chain" else words[0])
    model.save_pretrained(given.out)
    tokenizer.save_pretrained(given.out)
    print(given.out, sum(file.stat().st_size for file in given.out.iterdir()), "bytes,", len(tokenizer), "tokens")


if __name__ == "__main__":
    main()
