"""`server.tls`: a listener of the gateway's own with a certificate, which is replaced while streams go on."""

import http.client
import json
import re
import socket
import ssl

import httpx
import openai
import pytest

import certificates
from conftest import Gateway, wait_for
from upstream import Upstream

NAME = "llm.test"
MESSAGES = [{"role": "user", "content": "hello"}]


@pytest.fixture
def house(tmp_path):
    upstream = Upstream()
    gateway = Gateway(tmp_path, [f"name: far\nbackend: openai\nendpoint: {upstream.url}\n"])
    gateway.upstream = upstream
    gateway.certificate, gateway.key_file = certificates.make(tmp_path, NAME, days=40)
    (tmp_path / "config/roundhouse.yaml").write_text(
        f"server:\n  allowed_hosts: [{NAME}]\n"
        f"  tls: {{certificate: {gateway.certificate}, key: {gateway.key_file}}}\n")
    try:
        gateway.start()
        yield gateway
    finally:
        upstream.stop()
        gateway.stop()


def connect(gateway, trusted, version=None):
    """A connection to the gateway whose certificate is checked against the trusted one, and for its name."""
    host, port = gateway.url.removeprefix("https://").rsplit(":", 1)
    context = ssl.create_default_context(cafile=trusted)
    if version:
        context.set_ciphers("DEFAULT:@SECLEVEL=0")  # Else this side refuses by itself.
        context.minimum_version, context.maximum_version = ssl.TLSVersion.MINIMUM_SUPPORTED, version
    plain = socket.create_connection((host, int(port)), timeout=30)
    try:
        secure = context.wrap_socket(plain, server_hostname=NAME)
    except BaseException:
        plain.close()
        raise
    connection = http.client.HTTPConnection(NAME)
    connection.sock = secure
    return connection


def ask(connection, method, path, body=None):
    connection.request(method, path, body and json.dumps(body), {"content-type": "application/json"})
    return connection.getresponse()


def test_the_official_client_over_tls(house):
    address = house.url.removeprefix("https://")
    transport = httpx.HTTPTransport(verify=ssl.create_default_context(cafile=house.certificate))
    with httpx.Client(transport=transport, event_hooks={"request": [lambda request: request.extensions.update(
            sni_hostname=NAME)]}, headers={"host": NAME}) as client:
        sdk = openai.OpenAI(base_url=f"https://{address}/v1", api_key="unused", http_client=client)
        assert sdk.chat.completions.create(model="far", messages=MESSAGES).choices[0].message.content == "hello"


def test_plain_http_is_not_answered(house):
    host, port = house.url.removeprefix("https://").rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=30) as plain:
        plain.sendall(b"GET /healthz HTTP/1.1\r\nhost: llm.test\r\n\r\n")
        received = b""
        try:
            while piece := plain.recv(4096):
                received += piece
        except ConnectionResetError:
            pass
    assert not received.startswith(b"HTTP/")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
def test_old_versions_are_refused(house):
    with pytest.raises(ssl.SSLError, match="alert protocol version"):
        connect(house, house.certificate, ssl.TLSVersion.TLSv1_1)


def test_the_certificate_is_replaced_under_a_stream(house, tmp_path):
    first = house.certificate.with_name("first.pem")
    first.write_bytes(house.certificate.read_bytes())
    before = expiry(house, first)
    streaming = connect(house, first)
    try:
        house.upstream.say("one")
        answer = ask(streaming, "POST", "/v1/chat/completions", {"model": "far", "messages": MESSAGES, "stream": True})
        assert b"one" in answer.readline()
        certificates.make(tmp_path, NAME, days=80)
        reloaded = house.run("reload")
        assert reloaded.returncode == 0, reloaded.stderr
        with pytest.raises(ssl.SSLCertVerificationError):
            connect(house, first)
        assert expiry(house, house.certificate) - before == pytest.approx(40 * 86_400, abs=120)
        house.upstream.say("two")
        house.upstream.finish()
        rest = answer.read()
        assert b"two" in rest and b"[DONE]" in rest
    finally:
        streaming.close()


def test_a_key_that_does_not_belong_changes_nothing(house, tmp_path):
    _, other = certificates.make(tmp_path, NAME, stem="other-")
    house.key_file.write_bytes(other.read_bytes())
    reloaded = house.run("reload")
    assert reloaded.returncode != 0
    assert "server.tls" in reloaded.stderr and str(house.certificate) in reloaded.stderr
    assert "PRIVATE KEY" not in reloaded.stderr + "".join(house.errors)
    connection = connect(house, house.certificate)
    assert ask(connection, "GET", "/healthz").status == 200
    connection.close()
    wait_for("the refusal in the metrics", lambda: reading(house, "roundhouse_config_reload_success") == 0)


def test_a_certificate_that_is_missing_at_the_start(tmp_path):
    gateway = Gateway(tmp_path, [])
    (tmp_path / "config/roundhouse.yaml").write_text("server:\n  tls: {certificate: /nowhere/c.pem, key: /nowhere/k.pem}\n")
    result = gateway.run("serve", "--port=0")
    assert result.returncode != 0 and "/nowhere/c.pem" in result.stderr and "server.tls" in result.stderr


def reading(gateway, name):
    connection = connect(gateway, gateway.certificate)
    try:
        text = ask(connection, "GET", "/metrics").read().decode()
    finally:
        connection.close()
    return float(re.search(rf"^{name} (\S+)$", text, re.M)[1])


def expiry(gateway, trusted):
    return reading(gateway, "roundhouse_tls_certificate_expiry_timestamp_seconds")
