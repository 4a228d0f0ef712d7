"""What a gateway holds in memory, and how long it takes to start."""

import json
import pathlib
import re
import resource
import select
import statistics
import subprocess
import time

import fixture
import targets as all_targets

# name: streams, stalled, events of each stream, gap in microseconds
HELD = {
    "1,000 open streams": (1_000, False, 1_000, 2_000_000),
    "10,000 open streams": (10_000, False, 1_000, 10_000_000),
    "1,000 stalled readers of an endless stream": (1_000, True, 10_000_000, 0),
    "1,000 stalled readers, upstream has finished": (1_000, True, 1_000, 0),
}
# How long streams are held, and how long they are watched: an upstream that writes to 1,000 streams answers late.
SECONDS, WATCHED = 10, 6
OPENING_SECONDS = 60
# What a gateway keeps open besides two sockets for each stream.
SPARE_FILES = 300


def socket_buffers():
    """MB that the kernel holds for TCP on this machine: not in anybody's RSS."""
    match = re.search(r"^TCP:.* mem (\d+)", pathlib.Path("/proc/net/sockstat").read_text(), re.M)
    return int(match[1]) * 4096 / 1e6


def hold(bench, port, process, body, streams, stalled):
    """Holds streams open; returns the highest RSS, and the kernel's buffers at that time."""
    command = [
        bench.load_program, "--port", port, "--body", bench.bodies[fixture.MODEL][body], "--key", fixture.KEY,
        "--seconds", SECONDS, "--stalled" if stalled else "--idle-streams", streams]
    if stalled:
        # The kernel would else take most of a stream for the client, and the gateway be left with nothing to hold.
        command += ["--receive-buffer", 4096]
    before = socket_buffers()
    load = fixture.start(command, bench.log, bench.load_core, bench.nice, stdout=subprocess.PIPE)
    try:
        opened, _, _ = select.select([load.stdout], [], [], OPENING_SECONDS)
        line = load.stdout.readline() if opened else b""
        ready = json.loads(line)["ready"] if line else 0
        if ready != streams:
            raise fixture.Failure(f"only {ready} of {streams} streams could be opened; {fixture.end_of(bench.log)}")
        deadline, highest, buffers = time.monotonic() + WATCHED, 0, 0
        while time.monotonic() < deadline:
            highest = max(highest, all_targets.memory(process.pid))
            buffers = max(buffers, socket_buffers() - before)
            time.sleep(0.2)
        still = bench.upstream.count()["open"]
        result = json.loads(load.stdout.readline())
        if result["errors"] or result["non2xx"]:
            raise fixture.Failure(f"streams were lost: {result}; {fixture.end_of(bench.log)}")
        return highest, buffers, still
    finally:
        fixture.stop(load)


def start_ms(bench, target, times=9):
    """Milliseconds from exec to a port that accepts."""
    taken = []
    for _ in range(times):
        began = time.monotonic()
        process, _ = bench.start(target)
        taken.append((time.monotonic() - began) * 1000)
        fixture.stop(process)
    return statistics.median(taken), max(taken)


def rows(bench, targets):
    """(what, target, figure as text) for nginx and Roundhouse; a row that failed says why."""
    found = []

    def add(what, target, function):
        try:
            found.append((what, target.name, function()))
        except fixture.Failure as failure:
            found.append((what, target.name, f"failed: {failure}"))
        print(*found[-1], flush=True)

    def idle(target):
        process, _ = bench.start(target)
        try:
            time.sleep(1)
            return f"{all_targets.memory(process.pid):.1f} MB"
        finally:
            fixture.stop(process)

    def held(target, body, streams, stalled, events, gap):
        bench.upstream.set(events, gap)
        process, port = bench.start(target)
        try:
            highest, buffers, still = hold(bench, port, process, body, streams, stalled)
            return f"{highest:.1f} MB (kernel buffers {buffers:.0f} MB, {still} upstreams open)"
        finally:
            fixture.stop(process)

    for target in targets:
        if target.name not in ("nginx", "roundhouse"):
            continue
        add("idle", target, lambda: idle(target))
        bodies = ("raw", "framed") if target.name == "roundhouse" else ("raw",)
        room = (resource.getrlimit(resource.RLIMIT_NOFILE)[0] - SPARE_FILES) // 2
        for what, (streams, *parameters) in HELD.items():
            parameters = [min(streams, room)] + parameters
            if streams > room:
                what += f" (here {room:,}: the limit of open files)"
            for body in bodies:
                label = f"{what}, {body}" if len(bodies) > 1 else what
                add(label, target, lambda: held(target, body, *parameters))
        add("start to accepting", target, lambda: "{:.0f} ms (slowest {:.0f})".format(*start_ms(bench, target)))
    return found
