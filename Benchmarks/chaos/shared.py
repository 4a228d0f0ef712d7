"""What the soak and the benchmark of the hop already have: clients, processes, the reader of the ledger, tables."""

import pathlib
import sys

BENCHMARKS = pathlib.Path(__file__).resolve().parents[1]
sys.path += [str(BENCHMARKS / "soak"), str(BENCHMARKS / "hop")]

from books import rows
from client import Client
from fixture import Failure, ROOT, clean_environment, end_of, free_port, raise_open_files, start, stop, wait_for_address
from running import measure, measure_steady
from tables import aligned

__all__ = [
    "Client", "Failure", "ROOT", "aligned", "clean_environment", "end_of", "free_port", "measure", "measure_steady", "raise_open_files", "rows", "start",
    "stop", "wait_for_address"]
