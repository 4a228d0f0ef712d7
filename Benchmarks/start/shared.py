"""What the benchmark of the hop and the soak already have: processes, a clean environment, tables."""

import pathlib
import sys

BENCHMARKS = pathlib.Path(__file__).resolve().parents[1]
sys.path += [str(BENCHMARKS / "soak"), str(BENCHMARKS / "hop")]

from fixture import Failure, ROOT, end_of, free_port, start, stop, wait_for_address
from running import measure_steady
from tables import aligned

__all__ = ["Failure", "ROOT", "aligned", "end_of", "free_port", "measure_steady", "start", "stop", "wait_for_address"]
