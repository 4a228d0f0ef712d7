"""A running engine server, and HTTP over its socket."""

import contextlib
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import time
import uuid


def wait_for(what, condition, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.01)
    raise AssertionError(f"after {seconds} s still not: {what}")


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(self.path)


class Answer:
    def __init__(self, answer):
        self.status, self.headers = answer.status, answer.headers
        self.type = answer.headers["content-type"]
        self.body = answer.read()

    def json(self):
        return json.loads(self.body)

    def events(self):
        """The values of a stream of `data:` events."""
        assert self.type.startswith("text/event-stream"), self.type
        parts = self.body.decode().split("\n\n")
        assert parts.pop() == ""
        return [json.loads(part.removeprefix("data: ")) for part in parts]

    def error(self, status=400):
        """The error of an answer that must be one, in OpenAI's shape."""
        assert self.status == status, (self.status, self.body[:300])
        error = self.json()["error"]
        assert self.type == "application/json" and set(error) == {"message", "type", "param", "code"}
        return error


class Engine:
    def __init__(self, python, script, folder, arguments):
        self.folder = pathlib.Path(folder)
        self.socket = self.folder / "engine.sock"
        if "--alias" not in arguments:
            arguments = [*arguments, "--alias", "tested"]
        self.command = [str(python), str(script), "--host", str(self.socket), *arguments]
        self.process = None

    def launch(self):
        """Starts the process without waiting for it."""
        with open(self.folder / "log", "wb") as log:
            environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": str(self.folder)}
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, cwd=self.folder)
        return self

    def start(self):
        self.launch()
        wait_for("ready", self.ready_or_ended, 60)
        assert self.process.poll() is None, f"the engine did not start:\n{self.said()}"
        return self

    def ready_or_ended(self):
        if self.process.poll() is not None:
            return True
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.get("/health").status == 200

    def failure(self, seconds=30):
        """Code and last line of a start that must fail."""
        self.launch()
        code = self.process.wait(timeout=seconds)
        assert not self.socket.exists(), "the socket was left behind"
        return code, self.said().strip().splitlines()[-1]

    def said(self):
        return (self.folder / "log").read_text(errors="replace")

    def stop(self):
        """Ends the engine as a gateway does. Returns its exit code."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

    def request(self, method, path, body=None, headers=None):
        with contextlib.closing(UnixConnection(self.socket)) as connection:
            connection.request(method, path, body, headers or {})
            return Answer(connection.getresponse())

    def get(self, path):
        return self.request("GET", path)

    def post(self, path, value):
        return self.request("POST", path, json.dumps(value), {"content-type": "application/json"})

    def send(self, path, value):
        """A connection on which the JSON request was sent and no answer read; the caller closes it."""
        connection = UnixConnection(self.socket)
        connection.request("POST", path, json.dumps(value), {"content-type": "application/json"})
        return connection

    def post_form(self, path, *parts):
        body, kind = form(*parts)
        return self.request("POST", path, body, {"content-type": kind})

    def send_form(self, path, *parts):
        """Like `send`, with a form."""
        body, kind = form(*parts)
        connection = UnixConnection(self.socket)
        connection.request("POST", path, body, {"content-type": kind})
        return connection

    def cpu_seconds(self):
        """What the process used up to now."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_mb(self):
        pages = int(pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def children(self):
        path = pathlib.Path(f"/proc/{self.process.pid}/task")
        return [int(pid) for task in path.iterdir() for pid in (task / "children").read_text().split()]


def form(*parts):
    """Body and content type of a form. A part is (name, text) or (name, bytes, file name)."""
    boundary, body = uuid.uuid4().hex, b""
    for name, value, *file in parts:
        named = f'; filename="{file[0]}"' if file else ""
        head = f'--{boundary}\r\ncontent-disposition: form-data; name="{name}"{named}\r\n\r\n'
        body += head.encode() + (value if isinstance(value, bytes) else value.encode()) + b"\r\n"
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"
