"""What the gateway adds to a start: to an engine's own until its first token, and what a thousand models cost it.

    python3 Benchmarks/start/start.py [--rounds 25] [--binary .build/release/roundhouse]

The engine is llama.cpp with our own tiny model, started in turns by the gateway (a request for a model that is not loaded) and
directly (the same command, asked every millisecond whether it is ready, then for the same stream). Prints medians and exits with 1
where they are over the limits: 50 ms for the first token, 300 ms and 20 MB for a thousand models.
"""

import argparse
import json
import os
import pathlib
import signal
import statistics
import sys
import tempfile
import time

from many import compare
from shared import Failure, ROOT, aligned, free_port, start, stop, wait_for_address
from token_time import Direct, first_token

GUIDE = ROOT / "models/roundhouse-guide.Q8_0.gguf"
ADDED_MS, START_MS, GROWTH_MB = 50, 300, 20
MODEL = f"""name: guide
backend: llama-cpp
parameters: {{model: {GUIDE}, temperature: 0}}
context_size: 1024
threads: 1
"""


class Gateway:
    """One with a single model, which is not loaded."""

    def __init__(self, binary, folder):
        self.binary, self.port, self.log = binary, free_port(), folder / "log"
        for name in ("models", "config", "data"):
            (folder / name).mkdir()
        (folder / "data/engines").symlink_to(ROOT / ".build/e2e/data/engines")
        (folder / "models/guide.yaml").write_text(MODEL)
        (folder / "config/roundhouse.yaml").write_text(f"server: {{port: {self.port}}}\nlog: {{access: off}}\n")
        self.arguments = [f"--{name}={folder / name}" for name in ("models", "config", "data")]
        self.process = start([binary, "serve", *self.arguments], self.log)
        wait_for_address(self.process, self.log)

    def ask(self, *command):
        process = start([self.binary, *command, *self.arguments], self.log, stdout=-1)
        output = process.communicate(timeout=60)[0]
        if process.returncode:
            raise Failure(f"roundhouse {' '.join(command)} failed")
        return output

    def worker(self):
        return json.loads(self.ask("ps", "--json"))[0]

    def first_token(self):
        """Seconds from a request for the model, which is not loaded, to its first token."""
        return first_token(("127.0.0.1", self.port), "guide", time.monotonic())

    def unload(self):
        self.ask("models", "unload", "guide")
        deadline = time.monotonic() + 30
        while self.worker()["state"] != "stopped":
            if time.monotonic() > deadline:
                raise Failure("the model is not unloaded")
            time.sleep(0.02)


def measure(binary, folder, rounds):
    """Seconds to the first token through the gateway and directly, in turns; the first round only warms the caches."""
    gateway = Gateway(binary, folder)
    try:
        gateway.first_token()
        pid = gateway.worker()["pid"]
        command = pathlib.Path(f"/proc/{pid}/cmdline").read_text().split("\0")[:-1]
        environment = dict(line.split("=", 1) for line in pathlib.Path(f"/proc/{pid}/environ").read_text().split("\0") if line)
        direct = Direct(command, environment, gateway.worker()["address"], folder / "direct.sock", folder / "direct.log")
        pairs = []
        for _ in range(rounds + 1):
            gateway.unload()
            pairs.append((direct.first_token(), gateway.first_token()))
        return pairs[1:]
    finally:
        stop(gateway.process)


def show(pairs, few, many):
    direct, through = (statistics.median(times) * 1000 for times in zip(*pairs))
    added = statistics.median((b - a) * 1000 for a, b in pairs)
    print(aligned([
        ["from nothing to the first token, ms", "median", "least", "most"],
        *([name, *(f"{1000 * value(times):.1f}" for value in (statistics.median, min, max))]
          for name, times in zip(("llama.cpp directly", "through the gateway"), zip(*pairs)))]))
    print(f"added, median of {len(pairs)} pairs: {added:.1f} ms (at most {ADDED_MS}); {through / direct:.3f} times\n")
    print(aligned([
        ["from nothing to listening", "ms (median)", "MB resident", "ms, the first time"],
        *([f"{count:,} {kind}", f"{ms:.0f}", f"{mb:.1f}", f"{first:.0f}"]
          for (kind, count), (ms, mb, first) in {**few, **many}.items())]))
    bad = [f"the gateway adds {added:.1f} ms"] if added > ADDED_MS else []
    for (kind, count), (ms, mb, _) in many.items():
        grown = mb - few[kind, 1][1]
        print(f"{count:,} {kind}: {ms:.0f} ms (at most {START_MS}), {grown:.1f} MB more than one (at most {GROWTH_MB})")
        if ms > START_MS or grown > GROWTH_MB:
            bad.append(f"{count:,} {kind} are over a limit")
    return bad


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / ".build/release/roundhouse")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="roundhouse-start-") as name:
        os.environ["XDG_RUNTIME_DIR"] = name
        try:
            sys.exit("; ".join(show(measure(given.binary, pathlib.Path(name), given.rounds), *compare(given.binary))) or 0)
        except Failure as failure:
            sys.exit(f"start: {failure}")
