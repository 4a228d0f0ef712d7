"""What every end-to-end test stands on. All that the tests assume of the gateway's outside is in this file:

- `serve` writes `listening on http://HOST:PORT` to stderr; the access log is JSON lines on stdout;
- `ps --json` gives a list of objects with `model`, `address` (path of a Unix socket) and `pid` (of the engine).
"""

import json
import os
import pathlib
import queue
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

import http.client
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("ROUNDHOUSE_BINARY", ROOT / ".build/debug/roundhouse"))
ENGINES = ROOT / ".build/e2e/data/engines"
GUIDE = ROOT / "models/roundhouse-guide.Q8_0.gguf"
answered = {}

GUIDE_YAML = f"""name: guide
aliases: [default, team/guide]
backend: llama-cpp
parameters: {{model: {GUIDE}, temperature: 0}}
context_size: 1024
parallel: 2
threads: 1
capabilities: [chat, completion]
warm_up: true
"""


def wait_for(what, condition, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.02)
    raise AssertionError(f"after {seconds} s still not: {what}")


def processes_naming(text):
    """Processes whose arguments contain the text, zombies left out."""
    found = []
    for folder in pathlib.Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and int(folder.name) != os.getpid() and text in (folder / "cmdline").read_text():
                found.append(int(folder.name))
        except (OSError, UnicodeDecodeError):
            continue
    return found


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=30)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(30)
        self.sock.connect(self.path)


class Gateway:
    """A running `roundhouse serve` with folders of its own."""

    def __init__(self, folder, models, arguments=(), environment=()):
        self.folder = folder
        for name in ("models", "config", "data"):
            (folder / name).mkdir(exist_ok=True)
        if not (folder / "data/engines").exists():
            (folder / "data/engines").symlink_to(ENGINES)
        for number, text in enumerate(models):
            (folder / f"models/{number}.yaml").write_text(text)
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("ROUNDHOUSE_SERVER")}
        self.environment |= dict(environment)
        self.arguments = list(arguments)
        self.log, self.errors, self.url = [], [], None
        self.sockets = set()

    def command(self, name, *more):
        folders = [f"--{each}={self.folder / each}" for each in ("models", "config", "data")]
        return [str(BINARY), *name.split(), *more, *folders]

    def run(self, name, *more):
        return subprocess.run(
            self.command(name, *more), env=self.environment, capture_output=True, text=True, timeout=60)

    def start(self):
        self.process = subprocess.Popen(
            self.command("serve", "--port=0", *self.arguments), env=self.environment,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        address = queue.Queue()
        threading.Thread(target=self._read_errors, args=(address,), daemon=True).start()
        threading.Thread(target=self._read_log, daemon=True).start()
        self.url = address.get(timeout=30)
        assert self.url, "the gateway did not start:\n" + "".join(self.errors)
        return self

    def _read_errors(self, address):
        for line in self.process.stderr:
            self.errors.append(line)
            if found := re.search(r"listening on (https?://\S+)", line):
                address.put(found[1])
        address.put(None)

    def _read_log(self):
        for line in self.process.stdout:
            self.log.append(line)

    def get(self, path, headers=(), method="GET", body=None):
        host, port = self.url.removeprefix("http://").rsplit(":", 1)
        connection = http.client.HTTPConnection(host, int(port), timeout=60)
        try:
            payload = None if body is None else json.dumps(body)
            connection.request(method, path, payload, {"content-type": "application/json"} | dict(headers))
            answer = connection.getresponse()
            if answer.status == 200 and (backend := answer.headers.get("x-roundhouse-backend")):
                answered[backend] = answered.get(backend, 0) + 1
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def ready(self):
        wait_for("ready", lambda: self.get("/readyz")[0] == 200, 60)
        return self

    def workers(self):
        result = self.run("ps", "--json")
        assert result.returncode == 0, result.stderr
        found = json.loads(result.stdout)
        self.sockets |= {each["address"] for each in found if each.get("address")}
        return found

    def worker(self, model="guide"):
        return next(each for each in self.workers() if each["model"] == model)

    def ask_engine(self, method, path, body=None):
        """Asks the engine itself, past the gateway."""
        connection = UnixConnection(self.worker()["address"])
        try:
            connection.request(
                method, path, None if body is None else json.dumps(body), {"content-type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def logged(self, request_id):
        """The access-log line of a request; it is written in batches, a moment after the answer."""
        def find():
            lines = [json.loads(line) for line in list(self.log)]
            return next((line for line in lines if line["request_id"] == request_id), None)
        return wait_for(f"log line of {request_id}", find)

    def leftovers(self):
        """Processes that should not outlive the gateway: engines name their socket, or the folder, in their arguments."""
        found = processes_naming(str(self.folder))
        return found + [pid for socket_path in self.sockets for pid in processes_naming(socket_path)]

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=60)
        wait_for("no process left", lambda: not self.leftovers())
        return code


def pytest_addoption(parser):
    parser.addoption("--engine", help="the engine that large_text.py is run for")


@pytest.fixture(scope="session")
def engine():
    """The real engine; missing, it is a skip, or a failure if $ROUNDHOUSE_REQUIRE_ENGINES is set."""
    if os.environ.get("ROUNDHOUSE_LLAMA_SERVER") or shutil.which("llama-server") or (ENGINES / "llama-cpp/bin/python").exists():
        return "llama-cpp"
    if os.environ.get("ROUNDHOUSE_REQUIRE_ENGINES"):
        pytest.fail("the engine llama-cpp is missing; `make test-e2e` installs it")
    pytest.skip("the engine llama-cpp is not installed")


@pytest.fixture(scope="session")
def gateway(engine, tmp_path_factory):
    """One gateway for all tests that leave it as it was."""
    running = Gateway(tmp_path_factory.mktemp("gateway"), [GUIDE_YAML]).start()
    try:
        running.ready()
        yield running
    finally:
        running.stop()


@pytest.fixture
def own(engine, tmp_path):
    """Makes gateways that a test may stop or break."""
    made = []

    def make(models=(GUIDE_YAML,), name="own", **more):
        folder = tmp_path / name
        folder.mkdir()
        made.append(Gateway(folder, models, **more))
        return made[-1]

    yield make
    for each in made:
        if hasattr(each, "process"):
            each.stop()


def pytest_terminal_summary(terminalreporter):
    names = ", ".join(f"{name} ({count} answers)" for name, count in sorted(answered.items())) or "none"
    terminalreporter.write_line(f"engines that answered: {names}")


@pytest.fixture
def note_engine():
    """Counts an answer by the engine that the gateway names in its header."""
    def note(headers):
        name = headers["x-roundhouse-backend"]
        answered[name] = answered.get(name, 0) + 1
    return note
