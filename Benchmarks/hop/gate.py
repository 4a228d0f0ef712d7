"""Counts the user instructions of a request and of an event, and fails when they are over the limits.

    python3 Benchmarks/hop/gate.py [--binary .build/release/roundhouse] [--annotate FOLDER]

Time depends on what else the machine does, instructions do not. Callgrind counts them on a stripped copy of the binary
(valgrind 3.19 cannot read Swift's DWARF 5), once with a small and once with a large load: the slope between the two has
no start-up in it. A key is checked, the access log is a file, there are 50 models and 1,000 keys, and the streams are
those of a client that did not ask for usage, so that the gateway asks for it and takes it out again.
"""

import argparse
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import fixture

LIMIT_REQUEST, LIMIT_EVENT = 95_000, 2_800
# A streamed event that is made into one of another dialect, and the dialects' paths.
LIMIT_TRANSLATED = 12_000
PATHS = {"messages": "/v1/messages", "lines": "/api/chat", "responses": "/v1/responses"}
ENDINGS = {"messages": 'data: {"type":"message_stop"}', "responses": '"total_tokens":362}}}'}
# What all checks of limits, budgets and prices together may take, and the functions that hold them.
LIMIT_GOVERNANCE = 6_000
CHECKS = ("ExchangeC10takeLimits", "ExchangeC12settleLimits")
# A decision of a route with 50 rules over 100 models, and the function that makes it.
LIMIT_DECISION = 25_000
DECISION = ("RouteTableV6decide",)
LEAST_ANSWERED = 1_000
CONNECTIONS = 8
EVENTS = 50
SMALL, LARGE = 200, 1_700


def instructions(path):
    """The total of a callgrind file."""
    for line in pathlib.Path(path).read_text(errors="replace").splitlines():
        if line.startswith(("summary:", "totals:")):
            return int(line.split()[1])
    raise fixture.Failure(f"{path} has no total")


def measure(binary, programs, folder, kind, requests, governed=False, connections=CONNECTIONS):
    """One run under callgrind; returns its instructions, and requests and events by the upstream's count."""
    upstream_program, load_program = programs
    folder = pathlib.Path(folder) / f"{kind}-{requests}-{governed}-{connections}"
    folder.mkdir()
    log, out = folder / "roundhouse.log", folder / "callgrind.out"
    upstream = fixture.Upstream(upstream_program, log)
    try:
        upstream.set(EVENTS)
        arguments = fixture.write_configuration(folder, upstream.port, governed, ledger=False, routed=kind == "routed")
        bodies = fixture.write_bodies(folder)
        command = ["valgrind", "--tool=callgrind", "--collect-atstart=yes", f"--callgrind-out-file={out}"]
        gateway = fixture.start(command + [binary, "serve"] + arguments, log)
        try:
            port = fixture.wait_for_address(gateway, log, 120)
            result = fixture.load(
                load_program, port, bodies[kind], log=log, connections=connections, requests=requests,
                path=PATHS.get(kind, "/v1/chat/completions"), ending=ENDINGS.get(kind, "data: [DONE]")
            )
            # The access log is written a tenth of a second late.
            time.sleep(0.5)
        finally:
            fixture.stop(gateway, 60)
        counted = upstream.count()
    finally:
        upstream.stop()
    if result["errors"] or result["non2xx"] or result["requests"] != requests:
        raise fixture.Failure(f"the run of {requests} requests ({kind}) did not go well: {result}; {fixture.end_of(log)}")
    lines = (folder / "access.log").read_text().count("\n")
    if lines != requests:
        raise fixture.Failure(f"{requests} requests made {lines} lines of access log")
    return instructions(out), counted["requests"], counted["events"], out


def slope(binary, programs, folder, kind, governed=False, connections=CONNECTIONS):
    """Instructions for each request and, if it is a stream, for each event; and the output of both runs."""
    small, large = (measure(binary, programs, folder, kind, requests, governed, connections)
                    for requests in (SMALL, LARGE))
    answered = large[1] - small[1]
    if answered < LEAST_ANSWERED:
        raise fixture.Failure(f"only {answered} requests were answered; at least {LEAST_ANSWERED} are needed")
    spent, events = large[0] - small[0], large[2] - small[2]
    return spent / answered, spent / events if events else None, answered, (small[3], large[3])


def functions(out, inclusive):
    """The instructions of each function in a callgrind file."""
    listing = subprocess.run(
        ["callgrind_annotate", "--threshold=100", f"--inclusive={'yes' if inclusive else 'no'}", str(out)],
        capture_output=True, text=True, check=True,
    ).stdout
    found = {}
    for line in listing.splitlines():
        match = re.match(r"\s*([\d,]+) \([ \d.]+%\)\s+(\S.*)$", line)
        if match and match[2] != "PROGRAM TOTALS":
            name = re.sub(r" \[.*/", " [", match[2].removeprefix("???:"))
            found[name] = found.get(name, 0) + int(match[1].replace(",", ""))
    return found


def spent_in(names, outputs, answered):
    """Instructions of each request in functions, by a part of their mangled names, with all that they call."""
    small, large = (functions(out, True) for out in outputs)
    total = 0
    for name in names:
        found = [cost - small.get(each, 0) for each, cost in large.items() if name in each]
        if not found:
            raise fixture.Failure(f"callgrind saw no function with {name} in its name")
        total += max(found) / answered
    return total


def annotate(outputs, answered, path):
    """Writes what each function costs for a request, by the slope between the two runs: own, then inclusive. Beside it
    goes callgrind's file of the large run, for `callgrind_annotate --tree=caller`; that one has the start in it."""
    shutil.copy(outputs[1], pathlib.Path(path).with_suffix(".callgrind"))
    text = []
    for title, inclusive in (("own instructions", False), ("with what it calls", True)):
        small, large = (functions(out, inclusive) for out in outputs)
        costs = {name: (cost - small.get(name, 0)) / answered for name, cost in large.items()}
        text.append(f"\n{title}, for each request; {sum(costs.values()):,.0f} in all\n")
        for name, cost in sorted(costs.items(), key=lambda item: -item[1])[:70]:
            text.append(f"{cost:10,.0f}  {name}")
    readable = subprocess.run(
        ["swift", "demangle", "--simplified"], input="\n".join(text), capture_output=True, text=True, check=True
    ).stdout
    pathlib.Path(path).write_text(readable)


def link_order(outputs, path):
    """Writes the symbols of all functions that run for each request, the costliest first: the linker lays them side by side
    (see the Makefile), since a request that finds the caches cold pays for each page that it touches."""
    costs = {}
    for small, large, answered in outputs:
        known = [symbols(out) for out in (small, large)]
        for name, cost in known[1].items():
            spent = (cost - known[0].get(name, 0)) / answered
            if spent >= 2:
                costs[name] = costs.get(name, 0) + spent
    names = sorted(costs, key=lambda name: -costs[name])
    pathlib.Path(path).write_text("\n".join(names) + "\n")


def symbols(out):
    """Own instructions by symbol, as the linker knows it."""
    names, costs, current, is_call = {}, {}, None, False
    for line in pathlib.Path(out).read_text(errors="replace").splitlines():
        if match := re.match(r"(c?)fn=\((\d+)\)(?: (.*))?$", line):
            if match[3]:
                names[match[2]] = match[3].split("'")[0]
            if not match[1]:
                current = names[match[2]]
        elif line.startswith("calls="):
            is_call = True
        elif current and re.match(r"[+\-*\d]", line):
            fields = line.split()
            if not is_call and len(fields) > 1:
                costs[current] = costs.get(current, 0) + int(fields[1])
            is_call = False
    return {name: cost for name, cost in costs.items() if re.match(r"[\w$.]+$", name)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=str(fixture.ROOT / ".build/release/roundhouse"))
    parser.add_argument("--annotate", help="keep symbols, and write what each function costs into this folder")
    parser.add_argument("--order", help="keep symbols, and write the order for the linker into this file")
    options = parser.parse_args()
    for tool in ("valgrind", "strip"):
        if not shutil.which(tool):
            raise fixture.Failure(f"{tool} was not found; on Debian: apt-get install valgrind binutils")
    if not pathlib.Path(options.binary).exists():
        raise fixture.Failure(f"{options.binary} is not there; swift build -c release --product roundhouse makes it")
    programs = fixture.compile_programs()
    with tempfile.TemporaryDirectory(prefix="roundhouse-gate-") as folder:
        binary = pathlib.Path(folder) / "roundhouse"
        subprocess.run(["strip", "--strip-debug", "-o", str(binary), options.binary], check=True)
        began = time.monotonic()
        request, _, answered, json_out = slope(binary, programs, folder, "json")
        governed, _, checked, governed_out = slope(binary, programs, folder, "json", governed=True)
        checks = spent_in(CHECKS, governed_out, checked)
        stream, event, streams, sse_out = slope(binary, programs, folder, "framed")
        routed, _, decided, routed_out = slope(binary, programs, folder, "routed")
        decision = spent_in(DECISION, routed_out, decided)
        translated = {}
        for kind in PATHS:
            whole, each, count, outputs = slope(binary, programs, folder, kind)
            if options.annotate:
                pathlib.Path(options.annotate).mkdir(parents=True, exist_ok=True)
                annotate(outputs, count, pathlib.Path(options.annotate) / f"{kind}.txt")
            # Without what any request costs, of which the limit of a request takes care.
            translated[kind] = each * (whole - request) / whole
        if options.order:
            link_order([(*json_out, answered), (*governed_out, checked), (*sse_out, streams)], options.order)
        if options.annotate:
            pathlib.Path(options.annotate).mkdir(parents=True, exist_ok=True)
            annotate(json_out, answered, pathlib.Path(options.annotate) / "json.txt")
            annotate(routed_out, decided, pathlib.Path(options.annotate) / "routed.txt")
            annotate(sse_out, streams, pathlib.Path(options.annotate) / "sse.txt")
    print(f"user instructions, {CONNECTIONS} connections, {time.monotonic() - began:.0f} s in all")
    print(f"json request: {request:10,.0f}   limit {LIMIT_REQUEST:,}   over {answered} requests")
    print(f"SSE event:    {event:10,.0f}   limit {LIMIT_EVENT:,}   over {streams} streams, {stream:,.0f} each")
    print(f"              {(stream - request) / (stream / event):10,.0f}   of it without what a json request costs")
    for kind, cost in translated.items():
        print(f"translated:   {cost:10,.0f}   limit {LIMIT_TRANSLATED:,}   of an event for {PATHS[kind]}, without what a json request costs")
    print(f"governance:   {checks:10,.0f}   limit {LIMIT_GOVERNANCE:,}   limits of key, team and model, budget, price: taken and settled")
    print(f"              {governed - request:10,.0f}   with headers, records and log; a difference of two counts, thousands up or down")
    print(f"decision:     {decision:10,.0f}   limit {LIMIT_DECISION:,}   of a route with 50 rules over 100 models")
    print(f"              {routed - request:10,.0f}   more than a request that names its model; a difference of two counts")
    costliest = max(translated.values())
    if costliest > LIMIT_TRANSLATED or request > LIMIT_REQUEST or event > LIMIT_EVENT or checks > LIMIT_GOVERNANCE or decision > LIMIT_DECISION:
        print("over the limit", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main())
    except fixture.Failure as failure:
        print(f"gate: {failure}", file=sys.stderr)
        sys.exit(1)
