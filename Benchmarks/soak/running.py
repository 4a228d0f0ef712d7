"""The two processes of a soak, the gateway and its upstream, and what they take of the machine."""

import os
import pathlib
import re
import signal
import subprocess
import sys
import time

import configuration
from hop import Failure, end_of, start, stop, wait_for_address

HERE = pathlib.Path(__file__).resolve().parent


def measure(pid):
    """MB of memory (of 1,000,000 bytes), the most there were, and open descriptors."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    resident, highest = (int(re.search(rf"^{name}:\s+(\d+) kB", status, re.M)[1]) * 1024 / 1e6
                         for name in ("VmRSS", "VmHWM"))
    return resident, highest, len(os.listdir(f"/proc/{pid}/fd"))


def measure_steady(pid):
    """The first measurement in which nothing has been opened for half a second: some timers of a gateway come a moment after
    it says that it listens."""
    before = None
    while before is None or before[2] != measure(pid)[2]:
        before = measure(pid)
        time.sleep(0.5)
    return before


class Upstream:
    """The counting upstream; `near` and `far` are its addresses, of which the latter is not loopback if there is one."""

    def __init__(self, folder):
        self.report, log = folder / "upstream.jsonl", folder / "upstream.log"
        hosts = ["127.0.0.1", configuration.outer_address() or "127.0.0.1"]
        self.process = start([sys.executable, HERE / "upstream.py", self.report, *hosts], log, stdout=subprocess.PIPE)
        addresses = [self.process.stdout.readline().decode().strip() for _ in hosts]
        if not all(addresses):
            raise Failure(f"the upstream did not start; {end_of(log)}")
        self.near, self.far = addresses

    def finish(self):
        """Ends it and has its report written."""
        self.process.terminate()
        if self.process.wait(60):
            raise Failure("the upstream did not write its report")

    def stop(self):
        stop(self.process)


class Gateway:
    """The real one, running."""

    def __init__(self, binary, folder, upstream):
        self.binary, self.log = binary, folder / "roundhouse.log"
        self.arguments = configuration.write(folder, upstream.near, upstream.far)
        self.process = start([binary, "serve", *self.arguments], self.log)
        self.port = wait_for_address(self.process, self.log)
        self.samples = [measure_steady(self.process.pid)]

    def take_sample(self):
        self.samples.append(measure(self.process.pid))

    def reload(self):
        """Has changed files taken up, without waiting for it."""
        self.process.send_signal(signal.SIGHUP)

    def settle(self):
        """Waits until it holds no more descriptors than at its start: no client and no upstream is there any more."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and measure(self.process.pid)[2] > self.samples[0][2]:
            time.sleep(0.1)
        self.take_sample()

    def finish(self):
        """Stops it gracefully; returns its exit code."""
        self.process.terminate()
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            raise Failure(f"the gateway does not stop; {end_of(self.log)}") from None

    def stop(self):
        stop(self.process)
