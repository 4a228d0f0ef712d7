"""What a thousand models cost a gateway that has just started."""

import os
import pathlib
import statistics
import tempfile
import time

from shared import ROOT, free_port, measure_steady, start, stop, wait_for_address

GUIDE = ROOT / "models/roundhouse-guide.Q8_0.gguf"
MANY, ROUNDS = 1_000, 9


def attached(number):
    return f"name: model-{number}\nbackend: openai\nendpoint: http://127.0.0.1:9/v1\n"


def launched(number):
    return (f"name: model-{number}\nbackend: llama-cpp\nparameters: {{model: weights-{number}.gguf}}\n"
            "context_size: 1024\nmemory: 1GiB\n")


KINDS = {"attached models": attached, "models of llama.cpp": launched}


def begin(binary, folder, port):
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
    """Medians of several starts with so many models, each in a file of its own, as are their weights."""
    with tempfile.TemporaryDirectory(prefix="roundhouse-many-") as name:
        folder, port = pathlib.Path(name), free_port()
        for part in ("models", "config", "data"):
            (folder / part).mkdir()
        (folder / "data/engines").symlink_to(ROOT / ".build/e2e/data/engines")
        (folder / "config/roundhouse.yaml").write_text(f"server: {{port: {port}}}\nlog: {{access: off}}\n")
        for number in range(count):
            (folder / f"models/{number}.yaml").write_text(KINDS[kind](number))
            if KINDS[kind] is launched:
                os.symlink(GUIDE, folder / f"models/weights-{number}.gguf")
        starts = [begin(binary, folder, port) for _ in range(ROUNDS + 1)][1:]
        return tuple(statistics.median(each) for each in zip(*starts))


def compare(binary):
    """One model of each kind, and a thousand."""
    few, many = ({(kind, count): several(binary, kind, count) for kind in KINDS} for count in (1, MANY))
    return few, many
