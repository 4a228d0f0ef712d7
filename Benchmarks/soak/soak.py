"""A soak in which the ledger must tell the truth.

    python3 Benchmarks/soak/soak.py [--requests 200000] [--connections 64] [--seed 1] [--binary .build/release/roundhouse]

A gateway with teams, limits, budgets and prices gets requests of every kind, good and bad, cut by either side, in front of an
upstream that counts. Each carries an id of its own, by which the records of client, upstream and ledger are compared one by one
when the gateway has stopped; then the sums of `roundhouse usage`, the access log and `/metrics`. Exit code 1 on any difference.
"""

import argparse
import asyncio
import collections
import json
import pathlib
import signal
import sys
import tempfile
import time

import books
import client
import plan
import configuration
import tables
from hop import Failure, ROOT, raise_open_files
from running import Gateway, Upstream
from truth import Truth
from verdict import Verdict

PARTS = 10
# What the gateway may have grown by from the first tenth of the requests to their end, in MB: its caches are full by then.
GROWTH = 32


def send(gateway, folder, options):
    """Sends all requests; after each tenth of them memory is measured and a model is added to the files."""
    requests = plan.make(options.requests, options.seed)
    done = 0

    def note(_):
        nonlocal done
        done += 1
        if done * PARTS % options.requests < PARTS:
            part = done * PARTS // options.requests
            gateway.take_sample()
            (folder / f"models/more-{part}.yaml").write_text(
                f"name: more-{part}\nbackend: openai\nendpoint: http://127.0.0.1:9/v1\n")
            gateway.reload()
            print(f"{done:,} requests", file=sys.stderr, flush=True)

    return requests, asyncio.run(client.run(gateway.port, requests, options.connections, note))


def soak(folder, options):
    upstream, gateway = Upstream(folder), None
    try:
        gateway = Gateway(options.binary, folder, upstream)
        began = time.monotonic()
        requests, answers = send(gateway, folder, options)
        seconds = time.monotonic() - began
        upstream.finish()
        gateway.settle()
        samples = books.metrics(gateway.port, configuration.METRICS_KEY.secret)
        code = gateway.finish()
    finally:
        upstream.stop()
        if gateway:
            gateway.stop()
    deliveries = collections.defaultdict(list)
    for line in upstream.report.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        deliveries[entry["id"]].append(entry)
    truths = [Truth(request, answer, deliveries.pop(request.id, [])) for request, answer in zip(requests, answers)]
    verdict = judge(folder, gateway, truths, samples)
    verdict.equal("exit code of the gateway", code, 0)
    verdict.equal("requests that only the upstream knows", list(deliveries)[:3], [])
    show(verdict, gateway.samples, options.requests, seconds)
    return verdict.count


def judge(folder, gateway, truths, samples):
    verdict = Verdict(truths, books.rows(folder))
    verdict.compare_records()
    verdict.compare_totals()
    verdict.compare_usage(lambda by: books.usage(gateway.binary, gateway.arguments, by))
    verdict.compare_log(books.access_log(folder))
    verdict.compare_metrics(samples)
    audit = books.ask(gateway.binary, gateway.arguments, "usage", "audit", "--verify", "--json")
    verdict.equal("escalations in the audit", audit["count"], sum(row["escalated"] for _, row in verdict.pairs))
    _, first, *_, last, end = gateway.samples
    verdict.equal("descriptors when everybody has left", end[2], gateway.samples[0][2])
    if last[0] > first[0] + GROWTH:
        verdict.differ(f"memory grew from {first[0]:.0f} to {last[0]:.0f} MB, by more than {GROWTH}")
    return verdict


def show(verdict, samples, requests, seconds):
    print(f"{requests:,} requests in {seconds:.0f} s, {requests / seconds:,.0f} a second\n")
    print(tables.by_kind(verdict), tables.by_model(verdict), tables.streams(verdict), tables.machine(samples), sep="\n\n")
    print()
    for difference in verdict.differences:
        print(difference)
    print(f"{verdict.count} differences" if verdict.count else "The ledger tells the truth: no difference.")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=200_000)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / ".build/release/roundhouse")
    options = parser.parse_args()
    if options.requests < 100 or options.connections < 1:
        parser.error("at least 100 requests over 1 connection are needed")
    if not options.binary.exists():
        parser.error(f"{options.binary} is not there; `make release` makes it")
    return options


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    given = arguments()
    raise_open_files()
    with tempfile.TemporaryDirectory(prefix="roundhouse-soak-") as name:
        try:
            sys.exit(1 if soak(pathlib.Path(name), given) else 0)
        except Failure as failure:
            sys.exit(f"soak: {failure}")
