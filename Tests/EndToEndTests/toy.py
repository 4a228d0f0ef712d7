"""The toy of tools/tiny-models/make_gguf_toy.py: it calls a tool, and names the colour of a picture."""

import pathlib
import subprocess
import sys

from conftest import ROOT

TEMPLATES = pathlib.Path(__file__).parent / "templates"
YAML = """name: {name}
backend: llama-cpp
parameters: {{model: {folder}/toy.gguf, temperature: 0}}
context_size: 1024
threads: 1
"""


def made(folder):
    """The folder, with toy.gguf and eye.gguf in it."""
    done = subprocess.run(
        [sys.executable, ROOT / "tools/tiny-models/make_gguf_toy.py", folder / "toy.gguf", "--eye", folder / "eye.gguf"],
        capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return folder


def with_tools(name, folder):
    return YAML.format(name=name, folder=folder) + f"chat_template: {TEMPLATES / 'tools.jinja'}\n"


def without_tools(name, folder):
    return YAML.format(name=name, folder=folder) + f"chat_template: {TEMPLATES / 'plain.jinja'}\n"


def with_an_eye(name, folder):
    return without_tools(name, folder) + f"mmproj: {folder / 'eye.gguf'}\n"
