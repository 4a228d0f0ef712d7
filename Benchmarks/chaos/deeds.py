"""What is done to the house. Each deed waits until the harm is over and returns how many seconds that took."""

import asyncio
import contextlib
import errno
import os
import signal
import time
import urllib.request

import models
from shared import Failure, measure
from house import processes_of

# Requests of a storm, which come at once and beside the steady load.
STORM = 300


async def wait_for(what, condition, seconds=30):
    """Waits until a condition holds, which is looked at ten times a second; returns how long that took."""
    begin = time.monotonic()
    while not condition():
        if time.monotonic() - begin > seconds:
            raise Failure(f"after {seconds} s still not: {what}")
        await asyncio.sleep(0.1)
    return time.monotonic() - begin


async def harm(house, load, number):
    """Sends a signal to the engine of the next victim."""
    model = next(load.victims)
    pid = await house.pid(model)
    since = time.monotonic()
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
    return await load.answered(model, since)


async def kill_worker(house, load):
    """kill -9 of a worker"""
    return await harm(house, load, signal.SIGKILL)


async def stop_worker(house, load):
    """SIGSTOP of a worker"""
    return await harm(house, load, signal.SIGSTOP)


async def crash(house, load):
    """a worker crashes inside a request"""
    await house.pid("fragile")
    since = time.monotonic()
    request = await load.once("fragile", prompt=load.chance.choice(["segfault", "exit 0", "exit 3"]))
    if request.answer.status == 200 and not request.answer.error:
        raise Failure("an engine that was told to crash has answered")
    return await load.answered("fragile", since)


async def stall(house, load):
    """one request hangs in an engine that is well"""
    pid = await house.pid("fragile")
    since = time.monotonic()
    request = await load.once("fragile", prompt="stall")
    if request.answer.error != "upstream_timeout":
        raise Failure(f"a request that hangs ended with {request.answer}")
    if await house.pid("fragile") != pid:
        raise Failure("an engine that answers others was ended because one request hung in it")
    return await load.answered("fragile", since)


async def run_out_of_memory(house, load):
    """a worker takes more memory than it may"""
    await house.pid("hungry")
    since = time.monotonic()
    await load.once("hungry", prompt=f"grow {models.GREED}")
    if "out of memory" not in (problem := (await house.worker("hungry")).get("problem") or ""):
        raise Failure(f"an engine that took {models.GREED} MiB is said to have failed so: {problem}")
    return await load.answered("hungry", since)


def is_ledger_failing(house):
    with urllib.request.urlopen(f"http://127.0.0.1:{house.port}/metrics", timeout=10) as answer:
        return b"\nroundhouse_ledger_failing 1" in answer.read()


async def fill_disk(house, load):
    """no space left under data/"""
    filler = house.folder / "data/filler"
    try:
        with open(filler, "wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)):
                    pass
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
        await wait_for("the ledger notices that the disk is full", lambda: is_ledger_failing(house))
        await asyncio.sleep(2)
        since = time.monotonic()
        # Answers go on meanwhile, and so do new requests.
        for model in (models.CALM, "words"):
            await load.answered(model, since)
    finally:
        filler.unlink(missing_ok=True)
    return await wait_for("the ledger has written everything", lambda: not is_ledger_failing(house))


async def kill_gateway(house, load):
    """kill -9 of the gateway, and a new one at the same port"""
    since = time.monotonic()
    had = house.kill()
    await asyncio.to_thread(house.start)
    await wait_for("the engines of the killed gateway are gone", lambda: not set(had) & set(processes_of(house.folder)))
    return await load.answered("words", since)


async def rewrite(house, load):
    """a model's file changes"""
    words = load.chance.randint(5, 25)
    house.write({"spare": models.files(house.folder, house.options.fake_engine, words)["spare"]})
    since = time.monotonic()
    result = await house.ask("reload")
    if result.returncode:
        raise Failure(f"a good file was refused: {result.stderr}")
    return await load.answered("spare", since, wanted=lambda request: request.stream and request.answer.events == words + 1)


async def rewrite_badly(house, load):
    """a model's file becomes broken, and good again"""
    since = time.monotonic()
    broken = load.chance.choice(["name: words\nbackend: command\ncommand: [x]\n", "name: [\n", "nmae: x\n", "\0\xff\n"])
    file = house.folder / "models/broken.yaml"
    try:
        file.write_text(broken, encoding="latin-1")
        if not (result := await house.ask("reload")).returncode:
            raise Failure(f"a broken file was taken: {broken!r}")
        if "broken.yaml" not in result.stderr:
            raise Failure(f"the refusal does not name the file: {result.stderr}")
        await load.answered("words", since)
    finally:
        file.unlink()
    if (result := await house.ask("reload")).returncode:
        raise Failure(f"the good files are refused after a broken one: {result.stderr}")
    return time.monotonic() - since


async def storm(house, load):
    """a storm of clients, two of three of whom leave"""
    since = time.monotonic()

    def one(number):
        if number % 3 == 0:
            return load.once("words")
        if number % 3 == 1:
            return load.once("words", kind="client leaves before the answer", resets=False)
        return load.once("words", kind="client leaves a flowing stream", stays_for=1, resets=number % 2 == 0)

    await asyncio.gather(*(one(number) for number in range(STORM)))
    return await load.answered("words", since)


# In this order in each round, so that a gateway that is killed has the rest of its round, and its successor a round's beginning.
ROUND = (
    kill_worker, kill_gateway, storm, run_out_of_memory, fill_disk, rewrite, stop_worker, rewrite_badly, stall, crash,
    kill_worker)
