"""The gateway of a chaos run: it is started, killed, started again at the same port, and watched."""

import asyncio
import json
import os
import pathlib
import signal
import subprocess
import time

import models
from shared import Failure, ROOT, clean_environment, end_of, free_port, measure, measure_steady, start, stop, wait_for_address

ENGINES = ROOT / ".build/e2e/data/engines"


def processes(file, wanted):
    """All processes but this one of whose file in /proc that holds."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and int(entry.name) != os.getpid() and wanted((entry / file).read_bytes()):
                found.append(int(entry.name))
        except OSError:
            continue  # It has just ended.
    return found


def processes_of(folder):
    """Those that name the folder in their arguments: gateway, launchers, engines and what these have started."""
    return processes("cmdline", lambda text: str(folder).encode() in text)


def zombies_of(folder):
    """Ended ones for which their parent, one of the folder's processes, has not waited."""
    parents = {str(pid).encode() for pid in processes_of(folder)}

    def is_zombie(text):
        # The second field, the name, may hold any character; state and parent come behind it.
        state, parent = text.rpartition(b")")[2].split()[:2]
        return state == b"Z" and parent in parents

    return processes("stat", is_zombie)


class House:
    def __init__(self, folder, options):
        self.folder, self.options, self.port = folder, options, free_port()
        self.arguments = [f"--{name}={folder / name}" for name in ("models", "config", "data")]
        # Which gateway it is, counted from 1; a killed one is none any more.
        self.generation, self.kills = 0, []
        self.readings = []
        for name in ("models", "config", "data"):
            (folder / name).mkdir(exist_ok=True)
        (folder / "data/engines").symlink_to(ENGINES)
        (folder / "config/roundhouse.yaml").write_text(models.settings(folder, self.port))
        self.write(models.files(folder, options.fake_engine))
        # Sockets lie there, so that engines name the folder in their arguments.
        os.environ["XDG_RUNTIME_DIR"] = str(folder)

    def write(self, files):
        for name, text in files.items():
            (self.folder / f"models/{name}.yaml").write_text(text)

    def start(self):
        """Starts the gateway and waits until it listens; its models are not warm yet."""
        self.generation += 1
        log = self.log = self.folder / f"gateway-{self.generation}.log"
        self.process = start([self.options.binary, "serve", *self.arguments], log)
        wait_for_address(self.process, log)
        self.started = time.monotonic()

    def kill(self):
        """Kills it with signal 9; returns the processes that it had."""
        had = processes_of(self.folder)
        self.generation += 1
        self.kills.append(time.monotonic())
        self.process.kill()
        self.process.wait()
        return had

    def run(self, *command):
        """Runs a command of the program's."""
        return subprocess.run(
            [self.options.binary, *command, *self.arguments], env=clean_environment(), capture_output=True, text=True, timeout=60,
            check=False)

    async def ask(self, *command):
        """The same beside the load."""
        return await asyncio.to_thread(self.run, *command)

    async def worker(self, model):
        """What `roundhouse ps` says of a model."""
        result = await self.ask("ps", "--json")
        if result.returncode:
            raise Failure(f"roundhouse ps failed: {result.stderr.strip()}; {end_of(self.log)}")
        return next(each for each in json.loads(result.stdout) if each["model"] == model)

    async def pid(self, model, seconds=60):
        """The process of a model's engine, once it is ready."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            worker = await self.worker(model)
            if worker["state"] == "ready" and worker.get("pid"):
                return worker["pid"]
            await asyncio.sleep(0.1)
        raise Failure(f"{model} is not ready after {seconds} s: {worker}")

    async def all_ready(self):
        for name in models.LAUNCHED:
            await self.pid(name)

    async def watch(self):
        """Reads memory and descriptors, once a second, for as long as it is not cancelled."""
        while True:
            try:
                self.readings.append((self.generation, time.monotonic() - self.started, *measure(self.process.pid)))
            except (OSError, TypeError):
                pass  # It is being killed or started.
            await asyncio.sleep(1)

    async def steady(self):
        return await asyncio.to_thread(measure_steady, self.process.pid)

    def finish(self):
        """Stops it gracefully; returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            raise Failure(f"the gateway does not stop; {end_of(self.log)}") from None

    def clean(self):
        """Ends what is left, whatever has happened."""
        if self.generation:
            stop(self.process)
        for pid in processes_of(self.folder):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
