"""What the benchmark and the gate share: the C programs, the request bodies, a configuration of Roundhouse, processes."""

import hashlib
import json
import os
import pathlib
import resource
import signal
import socket
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = ROOT / ".build" / "bench"
KEY = "rh-bench-500-" + "k" * 43
MODELS, KEYS = 50, 1000
MODEL = "model-25"


class Failure(Exception):
    """Something without which there is no figure; its text is for people."""


def end_of(log):
    """The last lines of what a process wrote: its folder may be gone when somebody reads the message."""
    try:
        lines = pathlib.Path(log).read_text(errors="replace").splitlines()
    except OSError:
        return "it wrote nothing"
    return "it wrote: " + (" / ".join(lines[-4:]) or "nothing")


def compile_programs():
    """Builds upstream and load into .build/bench, and returns their paths."""
    BUILD.mkdir(parents=True, exist_ok=True)
    for name in ("upstream", "load"):
        program = BUILD / name
        files = [file for folder in ("common", name) for file in (HERE / folder).glob("*.[ch]")]
        if program.exists() and program.stat().st_mtime > max(file.stat().st_mtime for file in files):
            continue
        sources = sorted(str(file) for file in files if file.suffix == ".c")
        command = ["cc", "-std=gnu11", "-O2", "-Wall", "-o", str(program), *sources, "-lm"]
        try:
            subprocess.run(command, check=True)
        except FileNotFoundError:
            raise Failure("cc was not found; on Debian: apt-get install gcc libc6-dev") from None
        except subprocess.CalledProcessError:
            raise Failure(f"{HERE / name} does not compile") from None
    return BUILD / "upstream", BUILD / "load"


def raise_open_files(wanted=65536):
    """Raises the limit of open files for this process and what it starts, as far as it may; returns what it became."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for value in (max(hard, wanted), hard):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (value, value))
            return value
        except (ValueError, OSError):
            continue
    return soft


def filler(size):
    """Prose, the same every time: in 200 characters three that JSON escapes and one outside ASCII."""
    words = (
        'A gateway stands between those who ask and the machines that answer, and it should cost neither of them more '
        'than a "moment".\nEvery café has a menu, and whoever orders from it need not know the kitchen. '
    )
    return (words * (size // len(words) + 1))[:size]


def body(size, model, stream=False, usage=False, metadata=None):
    """A chat request of `size` bytes; `model` and `stream` come after messages and tools, the bad case for a scan."""
    tool = {
        "type": "function",
        "function": {
            "name": "look_up",
            "description": "Finds an entry",
            "parameters": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
        },
    }

    def text(length):
        request = {
            "messages": [
                {"role": "system", "content": "You are helpful."},
                {"role": "user", "content": filler(length)},
            ],
            "tools": [tool],
            "temperature": 0.7,
            "max_tokens": 256,
            "model": model,
        }
        if stream:
            request["stream"] = True
        if metadata:
            request["metadata"] = metadata
        if usage:
            request["stream_options"] = {"include_usage": True}
        return json.dumps(request, separators=(",", ":"), ensure_ascii=False).encode()

    empty, length = len(text(0)), max(0, size - len(text(0)))
    while length > 0 and len(text(length)) > size:
        length -= max(1, (len(text(length)) - size) // 2)
    assert abs(len(text(length)) - size) < 16 or empty > size
    return text(length)


def dialect(size, model, **more):
    """A request of about `size` bytes as Anthropic and Ollama have it; the answer's path tells them apart."""
    request = {"messages": [{"role": "user", "content": filler(size - 150)}], "model": model, **more}
    return json.dumps(request, separators=(",", ":"), ensure_ascii=False).encode()


def write_bodies(folder, model=MODEL):
    """The bodies as files: json, big, raw (a stream whose client asks for usage), framed (one that does not), and streams in
    the dialects of Anthropic (messages), Ollama (lines) and OpenAI's Responses (responses)."""
    bodies = {
        "json": body(1400, model),
        "big": body(101_000, model),
        "raw": body(1400, model, stream=True, usage=True),
        "framed": body(1400, model, stream=True),
        "messages": dialect(1400, model, max_tokens=256, stream=True),
        "lines": dialect(1400, model),
        "responses": json.dumps({"input": filler(1250), "model": model, "max_output_tokens": 256, "stream": True}).encode(),
        "routed": body(1400, "route", metadata={"feature": "doc-summary"}),
    }
    paths = {}
    for name, content in bodies.items():
        paths[name] = pathlib.Path(folder) / f"{name}-{model}.json"
        paths[name].write_bytes(content)
    return paths


GOVERNED = """\
teams:
  bench:
    models: ["model-*"]
    limits: {requests_per_minute: 100000000, tokens_per_minute: 2000000000, concurrent: 100000}
    budget: {amount: 1000000000, per: month}
"""
LIMITS = "limits: {requests_per_minute: 100000000, tokens_per_minute: 2000000000, concurrent: 100000}"


# A route whose first 49 rules do not hold: each kind of condition, and what they look at is there.
def rules():
    conditions = (
        [f"feature: [task-{i}, 'legal-{i}-*']" for i in range(20)]
        + [f"key: team-{i}-ci" for i in range(10)]
        + [f"header: {{user-agent: 'client-{i}*'}}" for i in range(5)]
        + [f"input_tokens_over: {100_000 + i}, needs: tools" for i in range(14)]
    )
    return "".join(f"  - {{when: {{{each}}}, to: model-{i}}}\n" for i, each in enumerate(conditions))


ROUTE = "- name: route\n  route:\n{rules}  - to: {{capability: chat, prefer: cheapest}}\n"
ROUTED_MODELS = 100


def write_configuration(folder, upstream_port, governed=False, ledger=True, routed=False):
    """Folders with 50 models that are attached to the upstream, and 1,000 keys; returns the arguments for `serve`.

    `governed` puts the keys into a team, gives limits to key, team and model, a budget to the team, prices to the models, and
    keeps a ledger if that is wanted. `routed` makes it 100 models, and a route of 50 rules.
    """
    folder = pathlib.Path(folder)
    for name in ("models", "config", "data"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    models = "".join(
        f"- name: model-{i}\n  backend: openai\n  endpoint: http://127.0.0.1:{upstream_port}/v1\n"
        f"  parameters: {{model: upstream}}\n"
        + (
            "  limits: {requests_per_minute: 100000000, tokens_per_minute: 2000000000}\n"
            "  cost: {input_per_million: 0.15, output_per_million: 0.60}\n"
            if governed
            else ""
        )
        for i in range(ROUTED_MODELS if routed else MODELS)
    )
    if routed:
        models += ROUTE.format(rules=rules())
    (folder / "models" / "bench.yaml").write_text(models)
    secrets = [f"rh-bench-{i}-" + "k" * 43 for i in range(KEYS)]
    keys = "".join(
        f"- {{id: bench-{i}, class: inference, sha256: {hashlib.sha256(secret.encode()).hexdigest()}"
        + (f", team: bench, {LIMITS}" if governed else "")
        + "}\n"
        for i, secret in enumerate(secrets)
    )
    path = folder / "config" / "keys.yaml"
    path.write_text(keys)
    path.chmod(0o600)
    (folder / "config" / "roundhouse.yaml").write_text(
        f"server: {{port: 0, loops: 1}}\nlog: {{access: {folder}/access.log}}\n" + (GOVERNED if governed else "")
        + f"ledger: {'on' if governed and ledger else 'off'}\n"
    )
    return [f"--{name}={folder / name}" for name in ("models", "config", "data")]


def clean_environment():
    """This environment without settings of a gateway, which would win over the files."""
    names = ("ADDRESS", "MODELS_PATH", "API_KEY")
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ROUNDHOUSE_", "LOCALAI_")) and name not in names
    }


def start(command, log, core=None, nice=0, **options):
    """Starts a process in a group of its own, on one core if that is given, with its output in a file."""

    def prepare():
        if core is not None:
            os.sched_setaffinity(0, {core})
        if nice:
            try:
                os.nice(nice)
            except OSError:
                pass  # Only root may ask for more than others get; the ratios hold without it.

    with open(log, "ab") as output:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stderr=output,
            stdout=options.pop("stdout", output),
            start_new_session=True,
            preexec_fn=prepare,
            env=clean_environment(),
            **options,
        )


def stop(process, seconds=15):
    """Ends a process that `start` made, and its group."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            pass
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
    if process.stdout:
        process.stdout.close()


def wait_for_port(port, process, log, seconds=60):
    """Waits until a port accepts."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.001)
    raise Failure(f"{process.args[0]} does not accept on port {port}; {end_of(log)}")


def wait_for_address(process, log, seconds=60):
    """Waits for Roundhouse's `listening on`, and returns the port."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for line in pathlib.Path(log).read_text(errors="replace").splitlines():
            if "listening on http://" in line:
                return int(line.rsplit(":", 1)[1])
        if process.poll() is not None:
            break
        time.sleep(0.005)
    raise Failure(f"{process.args[0]} did not start; {end_of(log)}")


def free_port():
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Upstream:
    """The mock upstream, running."""

    def __init__(self, program, log, core=None, nice=0):
        self.process = start([program], log, core, nice, stdout=subprocess.PIPE)
        line = self.process.stdout.readline()
        if not line:
            raise Failure(f"the mock upstream did not start; {end_of(log)}")
        self.port = int(line)

    def get(self, path):
        with socket.create_connection(("127.0.0.1", self.port), 10) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            data = b""
            while not data.endswith(b"}"):
                part = connection.recv(65536)
                if not part:
                    raise Failure("the mock upstream closed its connection")
                data += part
        return json.loads(data.split(b"\r\n\r\n", 1)[1])

    def count(self):
        return self.get("/count")

    def set(self, events, gap_us=0):
        self.get(f"/set?events={events}&gap_us={gap_us}")

    def stop(self):
        stop(self.process)


def load(program, port, body_file, core=None, nice=0, log=os.devnull, timeout=120, **options):
    """Runs the load generator to its end, and returns what it measured."""
    command = [program, "--port", port, "--body", body_file, "--key", KEY]
    for name, value in options.items():
        command += ["--" + name.replace("_", "-"), value]
    process = start(command, log, core, nice, stdout=subprocess.PIPE)
    try:
        output = process.communicate(timeout=timeout)[0]
    except subprocess.TimeoutExpired:
        stop(process)
        raise Failure("the load generator did not come to an end") from None
    try:
        return json.loads(output.splitlines()[-1])
    except (IndexError, ValueError):
        raise Failure(f"the load generator failed; {end_of(log)}") from None
