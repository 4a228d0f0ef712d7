"""How long it takes from nothing to an engine's first token."""

import json
import socket
import subprocess
import time

from shared import Failure, end_of

PATIENCE = 60


def connect(address):
    """A connection to a host and port, or to the path of a Unix socket."""
    made = socket.socket(socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX)
    made.settimeout(PATIENCE)
    made.connect(address if isinstance(address, tuple) else str(address))
    return made


def first_token(address, model, begin):
    """Asks for a short stream; returns how many seconds after `begin` its first event with text came."""
    body = json.dumps({
        "model": model, "messages": [{"role": "user", "content": "Hello"}], "stream": True, "max_tokens": 4}).encode()
    with connect(address) as connection:
        connection.sendall(
            b"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\n"
            b"content-length: %d\r\n\r\n" % len(body) + body)
        data, came = b"", None
        while part := connection.recv(65536):
            data += part
            if came is None and b'"content":"' in data.replace(b'": "', b'":"'):
                came = time.monotonic() - begin
    if came is None or not data.startswith(b"HTTP/1.1 200"):
        raise Failure(f"no token came: {data[:300]}")
    return came


class Direct:
    """The engine without a gateway: the command that the gateway starts it with, at a socket of its own."""

    def __init__(self, command, environment, gateway_socket, own_socket, log):
        self.command = [str(own_socket) if part == gateway_socket else part for part in command]
        self.environment, self.socket, self.log = environment, own_socket, log

    def first_token(self):
        self.socket.unlink(missing_ok=True)
        begin = time.monotonic()
        with open(self.log, "wb") as output:
            process = subprocess.Popen(
                self.command, env=self.environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            while not self.is_ready():
                if process.poll() is not None or time.monotonic() > begin + PATIENCE:
                    raise Failure(f"the engine did not start; {end_of(self.log)}")
                time.sleep(0.001)
            return first_token(self.socket, "guide", begin)
        finally:
            process.terminate()
            process.wait(PATIENCE)

    def is_ready(self):
        try:
            with connect(self.socket) as connection:
                connection.sendall(b"GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
                return connection.recv(64).startswith(b"HTTP/1.1 200")
        except OSError:
            return False
