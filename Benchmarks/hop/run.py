"""Measures what the hop through a gateway costs, against nginx, and writes docs/benchmarks.md.

    python3 Benchmarks/hop/run.py [--rounds 9] [--all] [--binary .build/release/roundhouse]

Targets are started one after another, interleaved in every round, anew for each scenario, and warmed up for 0.4 s. CPU
time is what the kernel counted for the target's process tree (schedstat) over the load window; the target has one core,
load and upstream another. A ratio is to nginx in the same scenario of the same round.
"""

import argparse
import os
import pathlib
import signal
import sys
import tempfile

import fixture
import memory
import report
import targets as all_targets

# name: body, connections, events, gap between events in microseconds, requests a second (None: closed loop)
SCENARIOS = {
    "json16": ("json", 16, 0, 0, None),
    "json64": ("json", 64, 0, 0, None),
    "json1k": ("json", 16, 0, 0, 1000),
    "big16": ("big", 16, 0, 0, None),
    "sse16": ("raw", 16, 50, 0, None),
    "sse16-framed": ("framed", 16, 50, 0, None),
    "ssegap64": ("raw", 64, 50, 5000, None),
    "ssegap64-framed": ("framed", 64, 50, 5000, None),
}
# litellm takes 10 ms and more for a request.
SLOW_RATE = 20


class Bench:
    """The cores, programs and folders of one run."""

    def __init__(self, options, folder):
        self.options, self.folder = options, pathlib.Path(folder)
        self.upstream_program, self.load_program = fixture.compile_programs()
        cores = sorted(os.sched_getaffinity(0))
        self.load_core, self.target_core = cores[0], cores[1] if len(cores) > 1 else cores[0]
        self.cores = len(cores)
        self.nice = -5
        self.log = self.folder / "output.log"
        self.upstream = fixture.Upstream(self.upstream_program, self.log, self.load_core, self.nice)
        self.bodies = {
            model: fixture.write_bodies(self.folder, model) for model in (fixture.MODEL, "upstream")
        }

    def start(self, target):
        return target.start(self.folder, self.upstream.port, self.target_core, self.nice)

    def load(self, port, body, model=fixture.MODEL, **options):
        return fixture.load(
            self.load_program, port, self.bodies[model][body], self.load_core, self.nice, self.log, **options)

    def measure(self, target, process, port, scenario):
        """One load window; None if the target cannot do it."""
        body, connections, events, gap, rate = SCENARIOS[scenario]
        self.upstream.set(events or 50, gap)
        extra = {"connections": connections}
        if rate:
            extra["rate"] = SLOW_RATE if target.name == "litellm" else rate
        self.load(port, body, target.model, seconds=self.options.warm_up, **extra)
        before = all_targets.cpu_ns(process.pid) if process else 0
        result = self.load(port, body, target.model, seconds=self.options.seconds, **extra)
        after = all_targets.cpu_ns(process.pid) if process else 0
        if result["errors"] or result["non2xx"] or not result["requests"]:
            raise fixture.Failure(f"{target.name} in {scenario}: {result}; {fixture.end_of(self.log)}")
        result["us"] = (after - before) / 1000 / result["requests"]
        result["us_event"] = (after - before) / 1000 / result["events"] if result["events"] else None
        result["rss"] = all_targets.memory(process.pid) if process else 0
        return result

    def one(self, target, scenario):
        process, port = self.start(target)
        try:
            return self.measure(target, process, port, scenario)
        finally:
            if process:
                fixture.stop(process)

    def round(self, number, targets, results):
        def keep(target, scenario, result):
            results.setdefault(scenario, {}).setdefault(target.name, []).append(result)
            cost = f"{result['us']:8.1f} us" if target.name != "direct" else " " * 11
            print(
                f"round {number} {scenario:16}{target.name:14}{cost} {result['requests'] / result['seconds']:9.0f}/s"
                f"  p50 {result['p50']:.0f} us", flush=True)

        for scenario in self.options.scenarios:
            for target in (target for target in targets if not target.slow):
                keep(target, scenario, self.one(target, scenario))
        for target in (target for target in targets if target.slow):
            try:
                process, port = self.start(target)
            except fixture.Failure as failure:
                print(f"left out in this round: {failure}", file=sys.stderr)
                continue
            try:
                for scenario in self.options.scenarios:
                    keep(target, scenario, self.measure(target, process, port, scenario))
            except fixture.Failure as failure:
                print(f"left out from here on in this round: {failure}", file=sys.stderr)
            finally:
                fixture.stop(process)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=1.5, help="of each load window")
    parser.add_argument("--warm-up", type=float, default=0.4)
    parser.add_argument("--binary", default=str(fixture.ROOT / ".build/release/roundhouse"))
    parser.add_argument("--all", action="store_true", help="also vllm-router, sglang-router and litellm, from PyPI")
    parser.add_argument(
        "--scenarios", type=lambda text: text.split(","), default=list(SCENARIOS), help="some of: " + ",".join(SCENARIOS))
    parser.add_argument("--no-memory", action="store_true", help="leave the memory rows out")
    parser.add_argument("--output", default=str(fixture.ROOT / "docs/benchmarks.md"))
    options = parser.parse_args()
    unknown = [name for name in options.scenarios if name not in SCENARIOS]
    if unknown:
        parser.error(f"there is no scenario {unknown[0]}")
    return options


def main():
    options = arguments()
    fixture.raise_open_files()
    targets, absent = [], []
    for target in all_targets.targets(options.binary, options.all):
        problem = target.problem()
        if problem is None:
            targets.append(target)
        elif isinstance(target, all_targets.Roundhouse):
            raise fixture.Failure(problem)
        else:
            print(f"LEFT OUT: {problem}", file=sys.stderr)
            absent.append(problem)
    with tempfile.TemporaryDirectory(prefix="roundhouse-bench-") as folder:
        bench = Bench(options, folder)
        try:
            results = {}
            for number in range(1, options.rounds + 1):
                bench.round(number, targets, results)
            rows = [] if options.no_memory else memory.rows(bench, targets)
        finally:
            bench.upstream.stop()
    text = report.markdown(results, rows, targets, absent, options, bench.cores)
    pathlib.Path(options.output).write_text(text)
    print(text)
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main())
    except fixture.Failure as failure:
        print(f"bench: {failure}", file=sys.stderr)
        sys.exit(1)
