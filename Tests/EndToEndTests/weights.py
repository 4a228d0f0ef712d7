"""Weights for engines of a gigabyte and more, made on the spot with the engine's own Python."""

import subprocess

import pytest

from conftest import ENGINES, ROOT


def python_of(engine):
    if not (ENGINES / engine / "roundhouse-requirements.txt").exists():
        pytest.skip(f"the engine {engine} is not installed (torch may not be to be had here): roundhouse engines install {engine}")
    return ENGINES / engine / "bin/python"


def make(engine, program, folder, *arguments):
    """What a program in tools/tiny-models writes."""
    done = subprocess.run(
        [python_of(engine), ROOT / "tools/tiny-models" / program, folder, *arguments], capture_output=True, text=True,
        timeout=300)
    assert done.returncode == 0, done.stderr
    return folder
