"""The shipped configurations of reverse proxies, run in front of the gateway with their addresses exchanged."""

import json
import os
import pathlib
import socket
import ssl
import subprocess

import http.client
import pytest

import certificates
from conftest import ROOT, Gateway, wait_for
from tools import tool
from upstream import Upstream

PROXIES = ROOT / "docs/proxies"
NAME = "llm.example.com"
MESSAGES = [{"role": "user", "content": "hello"}]


def free_port():
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return made.getsockname()[1]


def exchanged(text, *pairs):
    """The text with other texts in it; each must be there."""
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


class Proxy:
    """A running proxy with a certificate of its own, or what is needed to start it."""

    def __init__(self, folder, port):
        self.folder, self.port = folder, port
        self.certificate, self.key = certificates.make(folder, NAME)

    def start(self, command, **environment):
        log = (self.folder / "proxy.log").open("w")
        self.process = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | environment)
        wait_for("the proxy", self.listens)
        return self

    def listens(self):
        assert self.process.poll() is None, (self.folder / "proxy.log").read_text()
        try:
            with socket.create_connection(("127.0.0.1", self.port)):
                return True
        except OSError:
            return False

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

    def connect(self):
        """A connection to the proxy, whose certificate is checked for its name."""
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        secure = ssl.create_default_context(cafile=self.certificate).wrap_socket(plain, server_hostname=NAME)
        connection = http.client.HTTPConnection(NAME)
        connection.sock = secure
        return connection

    def ask(self, method, path, key=None, body=None, **headers):
        connection = self.connect()
        try:
            connection.request(method, path, body, self.headers(key) | headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    @staticmethod
    def headers(key):
        return {"content-type": "application/json"} | ({"authorization": f"Bearer {key}"} if key else {})


def nginx(folder, gateway_address):
    proxy = Proxy(folder, free_port())
    (folder / "site.conf").write_text(exchanged(
        (PROXIES / "nginx.conf").read_text(),
        ("127.0.0.1:8080", gateway_address), ("listen 443 ", f"listen 127.0.0.1:{proxy.port} "),
        ("listen 80;", f"listen 127.0.0.1:{free_port()};"),
        ("/etc/ssl/roundhouse/fullchain.pem", str(proxy.certificate)),
        ("/etc/ssl/roundhouse/privkey.pem", str(proxy.key))))
    paths = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in (
        "client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; {paths} include {folder}/site.conf; }}\n")
    return proxy.start([tool("nginx", "nginx"), "-e", "stderr", "-p", folder, "-c", folder / "nginx.conf"])


def caddy(folder, gateway_address):
    program = tool("caddy", "caddy", required=False)
    proxy = Proxy(folder, free_port())
    options = f"{{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n\thttps_port {proxy.port}\n}}\n"
    (folder / "Caddyfile").write_text(options + exchanged(
        (PROXIES / "Caddyfile").read_text(), ("127.0.0.1:8080", gateway_address),
        (f"\n{NAME} {{\n", f"\n{NAME} {{\n\ttls {proxy.certificate} {proxy.key}\n")))
    return proxy.start(
        [program, "run", "--adapter", "caddyfile", "--config", folder / "Caddyfile"],
        HOME=str(folder), XDG_DATA_HOME=str(folder), XDG_CONFIG_HOME=str(folder))


@pytest.fixture(scope="module", params=[nginx, caddy], ids=lambda made: made.__name__)
def house(request, tmp_path_factory):
    """A gateway with a model far away, as docs/operations.md sets it up behind a proxy, and the proxy."""
    folder = tmp_path_factory.mktemp(request.param.__name__)
    upstream = Upstream()
    gateway = Gateway(folder, [f"name: far\nbackend: openai\nendpoint: {upstream.url}\nlocal: true\n"])
    gateway.upstream = upstream
    (folder / "config/roundhouse.yaml").write_text(
        f"server:\n  allowed_hosts: [{NAME}]\n  trusted_proxies: [127.0.0.1]\n")
    made = gateway.run("keys create", "laptop")
    assert made.returncode == 0, made.stderr
    gateway.key = made.stdout.split()[-1]
    proxy_folder = folder / "proxy"
    proxy_folder.mkdir()
    gateway.start()
    try:
        gateway.proxy = request.param(proxy_folder, gateway.url.removeprefix("http://"))
        try:
            yield gateway
        finally:
            gateway.proxy.stop()
    finally:
        upstream.stop()
        gateway.stop()


def chat(**more):
    return json.dumps({"model": "far", "messages": MESSAGES} | more)


def test_a_request_passes_and_so_does_the_key(house):
    status, headers, body = house.proxy.ask("POST", "/v1/chat/completions", house.key, chat())
    assert status == 200 and json.loads(body)["choices"][0]["message"]["content"] == "hello"
    line = house.logged(headers["x-request-id"])
    assert (line["key"], line["outcome"], line["client"]) == ("laptop", "ok", "127.0.0.1")


def test_what_a_client_says_of_its_address_is_not_believed(house):
    _, headers, _ = house.proxy.ask(
        "POST", "/v1/chat/completions", house.key, chat(), **{"x-forwarded-for": "203.0.113.9"})
    # The proxy is trusted, and so is this machine, which is who came to it: nginx hands on what the client wrote before it.
    expected = {"nginx.conf": "203.0.113.9", "Caddyfile": "127.0.0.1"}
    kind = "nginx.conf" if (house.proxy.folder / "nginx.conf").exists() else "Caddyfile"
    assert house.logged(headers["x-request-id"])["client"] == expected[kind]


def test_events_come_one_by_one(house):
    """The upstream says the next word only when the one before has arrived here."""
    connection = house.proxy.connect()
    try:
        connection.request("POST", "/v1/chat/completions", chat(stream=True), house.proxy.headers(house.key))
        house.upstream.say("word 0")
        answer = connection.getresponse()
        assert answer.status == 200 and answer.headers["content-type"].startswith("text/event-stream")
        for number in range(5):
            assert json.loads(next_event(answer))["choices"][0]["delta"]["content"] == f"word {number}"
            if number < 4:
                house.upstream.say(f"word {number + 1}")
        house.upstream.finish()
        assert next_event(answer) == "[DONE]"
        assert answer.read().strip() == b""
    finally:
        connection.close()


def next_event(answer):
    while line := answer.readline():
        if line.startswith(b"data: "):
            return line.decode().removeprefix("data: ").strip()
    raise AssertionError("the stream has ended")


def test_a_client_that_leaves_ends_the_request(house):
    house.upstream.left.clear()
    connection = house.proxy.connect()
    connection.request("POST", "/v1/chat/completions", chat(stream=True), house.proxy.headers(house.key))
    house.upstream.say("word")
    answer = connection.getresponse()
    next_event(answer)
    request_id = answer.headers["x-request-id"]
    answer.close()
    connection.close()
    assert house.upstream.left.wait(20)
    assert house.logged(request_id)["outcome"] == "cancelled"


def test_errors_pass_as_they_are(house):
    for key, body, expected in [
        ("wrong", chat(), "invalid_api_key"), (house.key, chat(model="none"), "model_not_found"),
        (house.key, "{", None),
    ]:
        status, headers, there = house.proxy.ask("POST", "/v1/chat/completions", key, body)
        straight, _, here = house.get(
            "/v1/chat/completions", house.proxy.headers(key), "POST", json.loads(body) if body != "{" else [])
        assert status == straight and headers["content-type"].startswith("application/json")
        assert expected is None or json.loads(there)["error"]["code"] == json.loads(here)["error"]["code"] == expected


def test_a_large_request_passes(house):
    size = 20 << 20
    status, _, body = house.proxy.ask(
        "POST", "/v1/chat/completions", house.key, chat(messages=[{"role": "user", "content": "x" * size}]))
    assert status == 200, body
    assert house.upstream.requests[-1][0] > size


def test_a_request_that_the_gateway_finds_too_large(house):
    body = chat(messages=[{"role": "user", "content": "x" * (33 << 20)}])
    try:
        status, _, answer = house.proxy.ask("POST", "/v1/chat/completions", house.key, body)
    except (ConnectionError, ssl.SSLError):
        return  # Refused while it was being sent, by closing.
    assert status == 413 and json.loads(answer)["error"]["code"] == "body_too_large"


def test_health_needs_no_key(house):
    assert house.proxy.ask("GET", "/healthz")[0] == 200


def test_metrics_need_one(house):
    assert house.proxy.ask("GET", "/metrics")[0] == 401


def test_another_name_is_refused(house):
    assert house.get("/healthz", {"host": "evil.example"})[0] in (403, 421)


def test_a_gateway_that_is_gone_is_an_error_of_the_api(house, tmp_path):
    port = free_port()
    folder = tmp_path / "proxy"
    folder.mkdir()
    kind = nginx if (house.proxy.folder / "nginx.conf").exists() else caddy
    proxy = kind(folder, f"127.0.0.1:{port}")
    try:
        status, headers, body = proxy.ask("POST", "/v1/chat/completions", house.key, chat())
        assert status == 503 and headers["content-type"].startswith("application/json")
        assert json.loads(body)["error"]["code"] == "gateway_unavailable"
    finally:
        proxy.stop()
