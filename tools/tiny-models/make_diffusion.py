"""Makes a tiny Stable Diffusion pipeline with random weights, for tests of the diffusers engine.

    pip install -r requirements.txt              # torch: a CPU build
    python make_diffusion.py OUT                 # OUT: a folder that is absent or empty, some 7 MB

Its pictures are coloured noise, made by the real pipeline: text encoder, U-Net, scheduler and decoder all run. The weights are the
same on every machine that has the same version of torch; nothing is downloaded.
"""

import argparse
import pathlib
import sys

import torch
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from tokenizers import pre_tokenizers
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

CHANNELS = (32, 64)
GROUPS = 8  # must divide every number of channels
TEXT_WIDTH = 32


def make_tokenizer():
    """Every byte is a token, once inside a word and once at its end; there are no merges."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokens = letters + [letter + "</w>" for letter in letters] + ["<|startoftext|>", "<|endoftext|>"]
    return CLIPTokenizer(vocab={token: number for number, token in enumerate(tokens)}, merges=[], model_max_length=77)


def make_pipeline():
    torch.manual_seed(0)
    tokenizer = make_tokenizer()
    text = CLIPTextConfig(
        vocab_size=len(tokenizer), hidden_size=TEXT_WIDTH, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        max_position_embeddings=77, bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id)
    unet = UNet2DConditionModel(
        sample_size=32, block_out_channels=CHANNELS, layers_per_block=1, norm_num_groups=GROUPS, cross_attention_dim=TEXT_WIDTH,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"))
    vae = AutoencoderKL(
        block_out_channels=CHANNELS, norm_num_groups=GROUPS, latent_channels=4, sample_size=64,
        down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2)
    scheduler = DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False, set_alpha_to_one=False,
        steps_offset=1)
    return StableDiffusionPipeline(
        vae=vae, text_encoder=CLIPTextModel(text), tokenizer=tokenizer, unet=unet, scheduler=scheduler, safety_checker=None,
        feature_extractor=None, requires_safety_checker=False)


def main():
    options = argparse.ArgumentParser(description="Makes a tiny Stable Diffusion pipeline for tests.")
    options.add_argument("out", type=pathlib.Path, help="a folder that is absent or empty")
    given = options.parse_args()
    if given.out.exists() and (not given.out.is_dir() or any(given.out.iterdir())):
        sys.exit(f"{given.out} exists; name a folder that is absent or empty")
    make_pipeline().save_pretrained(given.out)
    size = sum(file.stat().st_size for file in given.out.rglob("*") if file.is_file())
    print(given.out, size, "bytes")


if __name__ == "__main__":
    main()
