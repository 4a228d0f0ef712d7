"""What the benchmark of the hop already has: processes, their output, a clean environment."""

import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "hop"))

from fixture import (
    Failure, ROOT, clean_environment, end_of, raise_open_files, start, stop, wait_for_address)

__all__ = ["Failure", "ROOT", "clean_environment", "end_of", "raise_open_files", "start", "stop", "wait_for_address"]
