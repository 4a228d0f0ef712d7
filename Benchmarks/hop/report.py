"""docs/benchmarks.md from what was measured."""

import datetime
import platform
import re
import shlex
import statistics
import sys

# Ratios to nginx: what must be reached, what is aimed at.
GOALS = {
    "json16": (1.7, 1.3),
    "json1k": (1.4, 1.15),
    "big16": (1.8, 1.3),
    "sse16": (1.2, 1.0),
    "sse16-framed": (1.2, 1.0),
    "ssegap64": (1.5, 1.2),
    "ssegap64-framed": (1.5, 1.2),
}
# The most that governance may cost, as a factor.
GOVERNANCE_GOAL = 1.15
MEMORY_GOALS = {
    "idle": "40 MB",
    "1,000 open streams": "100 MB",
    "10,000 open streams": "500 MB",
    "1,000 stalled": "150 MB",
    "start to accepting": "150 ms",
}


def median(results, name):
    values = [result[name] for result in results if result.get(name) is not None]
    return statistics.median(values) if values else None


def ratios(results, target, unit):
    """The ratio to nginx in each round."""
    pairs = zip(results.get(target, []), results.get("nginx", []))
    return [one[unit] / other[unit] for one, other in pairs if one.get(unit) and other.get(unit)]


def ratio_text(values):
    if not values:
        return "-"
    return f"{statistics.median(values):.2f} ({min(values):.2f}–{max(values):.2f})"


def cost_text(results):
    us, event = median(results, "us"), median(results, "us_event")
    return f"{us:.1f}" + (f" [{event:.2f}]" if event else "")


def added(results, target, name):
    """Median over rounds of what a target adds to direct."""
    pairs = zip(results[target], results["direct"])
    return statistics.median(one[name] - other[name] for one, other in pairs)


def goal_table(results):
    lines = [
        "| scenario | unit | Roundhouse / nginx, median (range) | must | aim | |",
        "|---|---|---|---|---|---|",
    ]
    for scenario, (must, aim) in GOALS.items():
        stream = scenario.startswith("sse")
        values = ratios(results.get(scenario, {}), "roundhouse", "us_event" if stream else "us")
        if not values:
            continue
        middle = statistics.median(values)
        verdict = "aim met" if middle <= aim else "must met" if middle <= must else "**missed**"
        unit = "event" if stream else "request"
        lines.append(f"| {scenario} | {unit} | {ratio_text(values)} | {must} | {aim} | {verdict} |")
    return lines


def cost_table(results, names):
    lines = [
        "| scenario | target | CPU µs/request [µs/event] | / nginx, median (range) | requests/s, best (median) | RSS MB |",
        "|---|---|---|---|---|---|",
    ]
    for scenario, by_target in results.items():
        unit = "us_event" if scenario.startswith("sse") else "us"
        for name in names:
            found = by_target.get(name)
            if not found:
                continue
            speeds = [one["requests"] / one["seconds"] for one in found]
            speed = f"{max(speeds):,.0f} ({statistics.median(speeds):,.0f})"
            if name == "direct":
                lines.append(f"| {scenario} | direct | | | {speed} | |")
                continue
            ratio = "1" if name == "nginx" else ratio_text(ratios(by_target, name, unit))
            rss = f"{median(found, 'rss'):.0f}"
            lines.append(f"| {scenario} | {name} | {cost_text(found)} | {ratio} | {speed} | {rss} |")
    return lines


def governance_table(results):
    """What limits, budgets and ledger add to a request, round by round."""
    lines = [
        "| scenario | unit | with limits, budget and ledger / without, median (range) | at most | |",
        "|---|---|---|---|---|",
    ]
    for scenario, by_target in results.items():
        stream = scenario.startswith("sse")
        unit = "us_event" if stream else "us"
        pairs = zip(by_target.get("roundhouse-governed", []), by_target.get("roundhouse", []))
        values = [one[unit] / other[unit] for one, other in pairs if one.get(unit) and other.get(unit)]
        if not values:
            continue
        verdict = "met" if statistics.median(values) <= GOVERNANCE_GOAL else "**missed**"
        lines.append(
            f"| {scenario} | {'event' if stream else 'request'} | {ratio_text(values)} | {GOVERNANCE_GOAL} | {verdict} |")
    return lines


def latency_table(results, names):
    found = results.get("json1k", {})
    lines = [
        "| target | p50 µs | p99 µs | added p50 | added p99 |",
        "|---|---|---|---|---|",
    ]
    for name in names:
        if name not in found:
            continue
        row = [median(found[name], "p50"), median(found[name], "p99")]
        row += [added(found, name, "p50"), added(found, name, "p99")] if name != "direct" else [0, 0]
        lines.append(f"| {name} | " + " | ".join(f"{value:,.0f}" for value in row) + " |")
    return lines


def memory_table(rows):
    lines = ["| | target | measured | at most | |", "|---|---|---|---|---|"]
    for what, target, figure in rows:
        goal = next((goal for prefix, goal in MEMORY_GOALS.items() if what.startswith(prefix)), "")
        verdict = ""
        if target != "roundhouse":
            goal = ""
        elif goal:
            number = re.match(r"[\d.]+", figure)
            met = number and float(number[0]) <= float(goal.split()[0])
            verdict = "met" if met else "**missed**"
        lines.append(f"| {what} | {target} | {figure} | {goal} | {verdict} |")
    return lines


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def markdown(results, rows, targets, absent, options, cores):
    names = [target.name for target in targets]
    command = shlex.join(["python3", "Benchmarks/hop/run.py"] + sys.argv[1:])
    versions = ", ".join(filter(None, (target.version() for target in targets)))
    day = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    lines = [
        "# What the hop costs",
        "",
        f"Written by `{command}` (`make bench`) on {day}; do not edit. {options.rounds} rounds with load windows of "
        f"{options.seconds:g} s; {versions}. Machine: {processor()}, {cores} cores, Linux {platform.release()}.",
        "",
    ]
    lines += [f"**Left out:** {problem}." for problem in absent]
    lines += ["", *goal_table(results), "", "## What governance costs", "", *governance_table(results), ""]
    lines += ["## All figures", "", *cost_table(results, names), ""]
    lines += ["## Latency at 1,000 requests/s", "", *latency_table(results, names), ""]
    if rows:
        lines += ["## Memory and start", "", *memory_table(rows), ""]
    lines += [
        "## How it is measured",
        "",
        "- **CPU time** is what the kernel counted for the target's process tree (schedstat) over the load window, by",
        "  answers (or by events that the client got). The target has one core, load and upstream another. A ratio is to",
        "  nginx in the same scenario of the same round; the table shows the median over the rounds, and the range.",
        "- **Roundhouse**: release build, one event loop, a key checked, 1,000 keys and 50 models configured, the model's",
        "  name replaced, usage metered, the access log on, into a file. Clients ask for usage (its bytes are passed on as",
        "  they are) except in the scenarios *framed*, where Roundhouse asks for it and takes the event out again.",
        "- **roundhouse-governed**: the same, and limits of requests, tokens and concurrency for key, team and model, a",
        "  budget for the team, prices, and every request in the ledger (SQLite).",
        "- **nginx**: one worker, `proxy_pass` with keep-alive, `proxy_buffering off`, `access_log off`, bodies in memory.",
        "  haproxy: one thread. Neither checks or logs anything. In the scenarios *framed* no event with usage is sent",
        "  to them; the cost is by events that the client got.",
        "- **Scenarios**: `json16` and `json64` are closed loops with 16 and 64 connections, bodies of 1.4 KB, answers of",
        "  574 bytes; `json1k` is an open loop of 1,000 requests/s, latency counted from when each was due; `big16` has",
        "  bodies of 101 KB; `sse16` has streams of 50 events of 183 bytes, usage and `[DONE]`, one write() each without a",
        "  pause; `ssegap64` has 64 streams with 5 ms between events. `model` and `stream` come last in the bodies,",
        "  whose text has three escapes and a letter outside ASCII in 200 characters.",
        "- **Memory**: RSS is the highest seen while the streams are held. Stalled readers have read 4 KB and read no",
        "  more. What the kernel holds in socket buffers, of both ends of all connections of the machine, is not in RSS",
        "  and is shown beside it. An upstream that has finished has sent 183 KB of stream.",
        "- **Trust**: other load on the machine moves all figures but the ratios, and those by 15 % and more in one",
        "  round. A p99 needs an idle machine.",
        "",
    ]
    return "\n".join(lines)
