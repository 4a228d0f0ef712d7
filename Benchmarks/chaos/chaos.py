"""A house in which everything fails, under steady load.

    python3 Benchmarks/chaos/chaos.py [--seconds 300] [--clients 32] [--seed 1] [--binary FILE] [--fake-engine FILE]

Clients stream from the real llama.cpp engine and from fake engines while workers are killed, stopped, crash and run out of memory,
the gateway is killed and started again, the disk is full, files change and clients storm. Then each request has to have had an end
that its client was told of, and the ledger a record of it; nothing may be left. Exit code 1 if anything else is found.

data/ is a small file system of its own for this, in a namespace of this process; that takes root, or a kernel that lets others
have namespaces. Without it the disk does not become full, and the last lines say so.
"""

import argparse
import asyncio
import collections
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import deeds
import report
from house import House, processes_of, zombies_of
from load import Load
from reckoning import Reckoning
from shared import Failure, ROOT, raise_open_files, rows

# Whether this process is inside its namespace already: `yes`, or `no` where there can be none.
INSIDE = "CHAOS_INSIDE"
DISK = "48m"
# Seconds of load before the first deed and behind the last one.
CALM = 3


def has_disk():
    return os.environ[INSIDE] == "yes"


async def rage(house, load, seconds, journal):
    """Does one deed after the other, in rounds, for as long as there is time, and at least one round."""
    deeds_here = [deed for deed in deeds.ROUND if deed is not deeds.fill_disk or has_disk()]
    end = time.monotonic() + seconds
    await asyncio.sleep(CALM)
    while True:
        for deed in deeds_here:
            if time.monotonic() >= end and all(each in journal for each in deeds_here):
                return
            print(f"{time.monotonic() - end + seconds:6.1f} s  {deed.__doc__}", file=sys.stderr, flush=True)
            journal[deed].append(await deed(house, load))
            await asyncio.sleep(0.5)


async def run(house, options, journal):
    """The whole run; returns the load, memory and descriptors before and after it, zombies, and what put an end to it too early."""
    await asyncio.to_thread(house.start)
    await house.all_ready()
    before = await house.steady()
    load = Load(house, options.seed)
    clients = asyncio.create_task(load.run(options.clients))
    watch = asyncio.create_task(house.watch())
    trouble = None
    try:
        raging = asyncio.create_task(rage(house, load, options.seconds, journal))
        await asyncio.wait({raging, clients}, return_when=asyncio.FIRST_COMPLETED)
        await raging if raging.done() else clients.result()
        await asyncio.sleep(CALM)
    except Failure as failure:
        trouble = failure
    load.stops = True
    await clients
    watch.cancel()
    if trouble is None:
        await house.all_ready()
        await deeds.wait_for("clients and engines have left", lambda: report.descriptors(house) <= before[2])
    after = await house.steady()
    zombies = zombies_of(house.folder)
    return load, before, after, zombies, trouble


def chaos(folder, options):
    house, journal = House(folder, options), collections.defaultdict(list)
    try:
        load, before, after, zombies, trouble = asyncio.run(run(house, options, journal))
        code = house.finish()
        left = processes_of(folder)
        records = Reckoning(load.requests, rows(folder), house.kills)
    finally:
        house.clean()
    verdict = report.Verdict(load.requests, records, house, before, after)
    verdict.expect(trouble is None, str(trouble))
    verdict.expect(code == 0, f"the gateway ended with {code}")
    verdict.expect(not left, f"processes are left: {left}")
    verdict.expect(not zombies, f"nobody has waited for these processes: {zombies}")
    report.show(journal, verdict, left, zombies)
    if not has_disk():
        print("The disk was never full: this machine lets nobody mount a small one (unshare --mount); run this as root.")
    if verdict.complaints and options.keep:
        shutil.copytree(folder, options.keep, symlinks=True, ignore=lambda *_: ["engines"], dirs_exist_ok=True)
    return len(verdict.complaints)


def enter_namespace():
    """Runs this program again where it may mount, if it can."""
    as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    unshare = ["unshare", "--mount", *as_root]
    trial = [*unshare, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    if shutil.which("unshare") is None or subprocess.run(trial, capture_output=True, check=False).returncode:
        os.environ[INSIDE] = "no"
        return
    os.environ[INSIDE] = "yes"
    os.execvp(unshare[0], [*unshare, sys.executable, *sys.argv])


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / ".build/release/roundhouse")
    parser.add_argument("--fake-engine", type=pathlib.Path, default=ROOT / ".build/release/fake-engine")
    parser.add_argument("--keep", type=pathlib.Path, help="where to leave files and logs of a run that found something")
    options = parser.parse_args()
    for file in (options.binary, options.fake_engine):
        if not file.exists():
            parser.error(f"{file} is not there; `make chaos` makes it")
    return options


def main(options):
    raise_open_files()
    with tempfile.TemporaryDirectory(prefix="roundhouse-chaos-") as name:
        data = pathlib.Path(name) / "data"
        data.mkdir()
        if has_disk():
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", data], check=True)
        try:
            return 1 if chaos(pathlib.Path(name), options) else 0
        except Failure as failure:
            return f"chaos: {failure}"
        finally:
            if has_disk():
                subprocess.run(["umount", "--lazy", data], check=True)


if __name__ == "__main__":
    given = arguments()
    if INSIDE not in os.environ:
        enter_namespace()
    sys.exit(main(given))
