"""What a thousand models cost a gateway that has just started."""

import os
import pathlib
import statistics
import tempfile
import time

import weights
from shared import ROOT, free_port, measure_steady, start, stop, wait_for_address

MANY, ROUNDS = 1_000, 9


def attached(number):
    return f"name: model-{number}\nbackend: openai\nendpoint: http://127.0.0.1:9/v1\n"


def launched(number):
    return (f"name: model-{number}\nbackend: llama-cpp\nparameters: {{model: weights-{number}.gguf}}\n"
            "context_size: 1024\nmemory: 1GiB\n")


KINDS = {"attached models": attached, "models of llama.cpp": launched}


def begin(binary, folder):
    """Starts a gateway; returns milliseconds until it listens, and MB resident when it has come to rest."""
    log = folder / "log"
    log.unlink(missing_ok=True)
    started = time.monotonic()
    process = start([binary, "serve", *(f"--{name}={folder / name}" for name in ("models", "config", "data"))], log)
    try:
        wait_for_address(process, log)
        milliseconds = (time.monotonic() - started) * 1000
        return milliseconds, measure_steady(process.pid)[0]
    finally:
        stop(process)


def several(binary, kind, count):
    """Medians of several starts with so many models, each in a file of its own, and milliseconds of the very first one, which reads the
    heads of all weights."""
    with tempfile.TemporaryDirectory(prefix="roundhouse-many-") as name:
        folder = pathlib.Path(name)
        for part in ("models", "config", "data"):
            (folder / part).mkdir()
        (folder / "data/engines").symlink_to(ROOT / ".build/e2e/data/engines")
        (folder / "config/roundhouse.yaml").write_text(f"server: {{port: {free_port()}}}\nlog: {{access: off}}\n")
        weights.make(folder / "weights.gguf")
        for number in range(count):
            (folder / f"models/{number}.yaml").write_text(KINDS[kind](number))
            if KINDS[kind] is launched:
                os.symlink(folder / "weights.gguf", folder / f"models/weights-{number}.gguf")
        first, *starts = [begin(binary, folder) for _ in range(ROUNDS + 1)]
        return (*(statistics.median(each) for each in zip(*starts)), first[0])


def compare(binary):
    """One model of each kind, and a thousand."""
    few, many = ({(kind, count): several(binary, kind, count) for kind in KINDS} for count in (1, MANY))
    return few, many
