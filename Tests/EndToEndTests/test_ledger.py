"""Every request to a model is one record, whatever becomes of it, and the records outlive what can happen to a process."""

import contextlib
import http.client
import json
import resource
import socket
import sqlite3
import threading
import time

import pytest

from books import MESSAGES, Books, attached
from conftest import wait_for
from upstream import Upstream

CONFIGURATION = """
server: {max_body: 64KiB, body_timeout: 1s}
teams:
  kitchen: {models: [near]}
  slow: {limits: {requests_per_minute: 1}}
  poor: {budget: {amount: 0.000001, per: month}}
"""
PRICE = "cost: {input_per_million: 1, output_per_million: 2}"


@pytest.fixture
def upstream():
    running = Upstream()
    yield running
    running.stop()


@pytest.fixture
def house(tmp_path, upstream):
    """A gateway with teams, a model that answers, one that costs, one that is not there and one that must not be slow."""
    made = Books(tmp_path / "house", [
        attached("near", upstream.url, "aliases: [default]"), attached("priced", upstream.url, PRICE),
        attached("gone", "http://127.0.0.1:1/v1"), attached("hasty", upstream.url, "timeouts: {first_byte: 1s, idle: 1s}"),
        attached("talker", upstream.url, "capabilities: [completion]")], CONFIGURATION)
    for name, options in (("open", []), ("admin", ["--class", "admin"]), ("metrics", ["--class", "metrics"]),
                          *((team, ["--team", team]) for team in ("kitchen", "slow", "poor"))):
        made.make_key(name, *options)
    made.start()
    yield made
    made.stop()


def said(house, name, expected, model="near", key="open", **more):
    """Asks with an id, and checks the status that the client sees."""
    status, _, answer = house.ask(model, key, name, **more)
    assert status == expected, answer


def begin(house, name, body, length=None):
    """Sends a request and leaves the rest to the caller; gives the socket."""
    host, port = house.url.removeprefix("http://").rsplit(":", 1)
    made = socket.create_connection((host, int(port)), 30)
    head = [f"{key}: {value}" for key, value in house.headers("open", name).items()]
    text = "\r\n".join(["POST /v1/chat/completions HTTP/1.1", "host: localhost", *head,
                        f"content-length: {length or len(body)}"]) + "\r\n\r\n"
    made.sendall(text.encode() + body)
    return made


def body_of(model, **more):
    return json.dumps({"model": model, "messages": MESSAGES} | more).encode()


def test_every_ending_is_one_record(house, upstream):
    said(house, "whole", 200, "default")
    for word in ("a", "b"):
        upstream.say(word)
    upstream.finish()
    said(house, "stream", 200, stream=True)
    said(house, "no-key", 401, key=None)
    said(house, "wrong-key", 401, key="rh-nobody")
    said(house, "two-models", 403, "priced", "kitchen")
    said(house, "other-class", 403, key="metrics")
    said(house, "unknown", 404, "nothing")
    said(house, "no-model", 400, model=None)
    said(house, "too-large", 413, user="x" * 70_000)
    said(house, "cannot", 400, "talker")
    said(house, "first", 200, key="slow")
    said(house, "limit", 429, key="slow")
    said(house, "budget", 429, "priced", "poor")
    for status, seen in ((500, 502), (401, 502), (400, 400), (429, 429), (503, 503)):
        upstream.answer_next(status, {"error": {"message": "as ordered", "code": "ordered"}})
        said(house, f"upstream-{status}", seen)
    said(house, "gone", 502, "gone")
    said(house, "silent", 504, "hasty", stream=True)
    gone(upstream)
    for word in ("a", "b", "c"):
        upstream.say(word)
    upstream.break_off()
    said(house, "broken", 200, stream=True)
    upstream.say("a")
    said(house, "fell-silent", 200, "hasty", stream=True)
    gone(upstream)
    cancelled(house, upstream)
    with begin(house, "slow-body", b'{"model": "near"', length=200) as made:
        assert made.recv(4096).startswith(b"HTTP/1.1 408")
    for path in ("/v1/models", "/healthz", "/metrics", "/v1/nothing"):
        house.get(path, house.headers("open"))
    assert house.stop() == 0

    rows = {row["request_id"]: row for row in house.rows()}
    expected = {
        # outcome, status, error, key, model, usage source, output tokens
        "whole": ("ok", 200, None, "open", "near", "provider", 100),
        "stream": ("ok", 200, None, "open", "near", "estimated", 2),
        "no-key": ("refused", 401, "invalid_api_key", None, None, "none", None),
        "wrong-key": ("refused", 401, "invalid_api_key", None, None, "none", None),
        "two-models": ("refused", 403, "model_not_allowed", "kitchen", None, "none", None),
        "other-class": ("refused", 403, "key_not_allowed", None, None, "none", None),
        "unknown": ("refused", 404, "model_not_found", "open", None, "none", None),
        "no-model": ("refused", 400, "invalid_body", "open", None, "none", None),
        "too-large": ("refused", 413, "body_too_large", "open", None, "none", None),
        "cannot": ("refused", 400, "wrong_capability", "open", "talker", "none", None),
        "first": ("ok", 200, None, "slow", "near", "provider", 100),
        "limit": ("refused", 429, "rate_limit_exceeded", "slow", "near", "none", None),
        "budget": ("refused", 429, "insufficient_quota", "poor", "priced", "none", None),
        "upstream-500": ("failed", 502, "upstream_failed", "open", "near", "none", None),
        "upstream-401": ("failed", 502, "upstream_failed", "open", "near", "none", None),
        "upstream-400": ("failed", 400, "ordered", "open", "near", "none", None),
        "upstream-429": ("failed", 429, "rate_limit_exceeded", "open", "near", "none", None),
        "upstream-503": ("failed", 503, "engine_failed", "open", "near", "none", None),
        "gone": ("failed", 502, "upstream_failed", "open", "gone", "none", None),
        "silent": ("failed", 504, "upstream_timeout", "open", "hasty", "estimated", 0),
        "broken": ("cut", 200, "upstream_failed", "open", "near", "estimated", 3),
        "fell-silent": ("cut", 200, "upstream_timeout", "open", "hasty", "estimated", 1),
        "left-stream": ("cancelled", 499, "client_closed", "open", "near", "estimated", 1),
        "left-waiting": ("cancelled", 499, "client_closed", "open", "near", "none", None),
        "left-sending": ("cancelled", 499, "client_closed", "open", None, "none", None),
        "slow-body": ("refused", 408, "request_timeout", "open", None, "none", None),
    }
    columns = ("outcome", "status", "error", "key", "model", "usage_source", "output_tokens")
    found = {name: tuple(row[column] for column in columns) for name, row in rows.items()}
    assert len(house.rows()) == len(rows) == len(expected)
    assert found == expected
    assert [rows[name]["team"] for name in ("limit", "budget", "two-models")] == ["slow", "poor", "kitchen"]
    shown = json.loads(house.run("usage", "--by", "key", "--format", "json").stdout)["rows"]
    assert sum(row["requests"] for row in shown) == len(expected)
    assert sum(row["errors"] for row in shown) == sum(outcome[0] != "ok" for outcome in expected.values())


def gone(upstream):
    """Waits until the upstream knows that nobody reads its stream any more: it would give it the next one's words."""
    assert upstream.left.wait(20)
    upstream.left.clear()


def cancelled(house, upstream):
    """Three clients that leave: in a stream, before the answer, inside their own request."""
    with begin(house, "left-stream", body_of("near", stream=True)) as made:
        upstream.say("a")
        seen = b""
        while b"data:" not in seen:
            seen += made.recv(4096)
    gone(upstream)
    came, goes_on = threading.Event(), threading.Event()
    upstream.before = lambda _: (came.set(), goes_on.wait(20))
    with begin(house, "left-waiting", body_of("near")):
        assert came.wait(20)
    wait_for("its record", lambda: any(row["request_id"] == "left-waiting" for row in house.rows("request_id")))
    upstream.before = lambda _: None
    goes_on.set()
    with begin(house, "left-sending", b'{"model": "near"', length=200):
        pass
    wait_for("its record", lambda: any(row["request_id"] == "left-sending" for row in house.rows("request_id")))


def test_kill_loses_the_last_second_at_most(tmp_path, upstream):
    """Four clients ask as fast as they can while the gateway is killed; what was answered a second before is in the file."""
    house = Books(tmp_path / "house", [attached("near", upstream.url)])
    house.make_key("open")
    answered, stop = [], threading.Event()

    def ask(client):
        number = 0
        with contextlib.suppress(OSError, http.client.HTTPException):
            while not stop.is_set():
                number += 1
                assert house.ask("near", "open", f"{client}-{number}")[0] == 200
                answered.append((time.monotonic(), f"{client}-{number}"))

    for repetition in range(3):
        house.start()
        answered.clear()
        clients = [threading.Thread(target=ask, args=(f"{repetition}-{client}",)) for client in range(4)]
        began = time.monotonic()
        for client in clients:
            client.start()
        wait_for("two seconds of requests", lambda: answered and answered[-1][0] > began + 2)
        killed = time.monotonic()
        house.process.kill()
        house.process.wait()
        for client in clients:
            client.join()
        house.check_integrity()
        kept = [row["request_id"] for row in house.rows()]
        assert len(kept) == len(set(kept))
        assert not [(killed - at, name) for at, name in answered if at < killed - 1 and name not in kept]
        assert len(answered) > 50
    house.start()
    assert house.ask("near", "open", "after")[0] == 200
    assert house.stop() == 0
    assert house.rows()[-1]["request_id"] == "after"
    assert house.run("usage", "--by", "key").returncode == 0


def test_after_a_stop_the_database_alone_is_complete(house):
    """Nothing is left in SQLite's own log: whoever copies the one file has all of it."""
    for number in range(3):
        said(house, f"request-{number}", 200)
    assert house.stop() == 0
    with contextlib.closing(sqlite3.connect(f"file:{house.database}?immutable=1", uri=True)) as alone:
        assert alone.execute("SELECT count(*) FROM requests").fetchone() == (3,)


class Choked(Books):
    """A gateway that can be forbidden to make any file longer, which is what a full disk does."""

    def command(self, name, *more):
        # A limit of file size sends a signal that ends programs that do not ignore it; a full disk does not.
        ignoring = ["/bin/sh", "-c", "trap '' XFSZ; exec \"$0\" \"$@\""] if name == "serve" else []
        return ignoring + super().command(name, *more)

    def choke(self, size):
        hard = resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (hard if size is None else size, hard))


@pytest.fixture(params=["on", "required"])
def choked(request, tmp_path, upstream):
    made = Choked(tmp_path / "house", [attached("near", upstream.url)], f"ledger: {request.param}\n")
    made.mode = request.param
    made.make_key("open")
    made.make_key("admin", "--class", "admin")
    made.start()
    yield made
    made.stop()


def test_a_full_disk(choked, upstream):
    assert choked.ask("near", "open", "before")[0] == 200
    choked.rows_when(1)
    assert choked.metric("roundhouse_ledger_failing") == 0
    choked.choke(0)
    assert choked.ask("near", "open", "meanwhile")[0] == 200
    wait_for("the ledger says that it fails", lambda: choked.metric("roundhouse_ledger_failing") == 1)
    wait_for("the log says so", lambda: any("cannot be written" in line for line in choked.errors))
    seen = len(upstream.requests)
    status, headers, answer = choked.ask("near", "open", "failing")
    if choked.mode == "required":
        assert status == 503 and answer["error"]["code"] == "ledger_unavailable" and int(headers["retry-after"]) > 0
        assert len(upstream.requests) == seen
    else:
        assert status == 200
    wait_for("both wait", lambda: choked.metric("roundhouse_ledger_records_waiting") == 2)
    assert choked.metric("roundhouse_ledger_lag_seconds") > 0
    choked.choke(None)
    wait_for("it is written again", lambda: choked.metric("roundhouse_ledger_failing") == 0)
    assert choked.ask("near", "open", "after")[0] == 200
    assert choked.stop() == 0
    kept = {row["request_id"]: row["status"] for row in choked.rows()}
    assert kept == {"before": 200, "meanwhile": 200, "failing": 503 if choked.mode == "required" else 200, "after": 200}


def test_a_ledger_that_cannot_be_opened(tmp_path, upstream):
    """There is a folder in its place: a gateway that requires it does not start, another one serves and says so."""
    house = Books(tmp_path / "house", [attached("near", upstream.url)], "ledger: required\n")
    house.make_key("open")
    house.make_key("admin", "--class", "admin")
    house.database.mkdir()
    refused = house.run("serve", "--port=0")
    assert refused.returncode == 1 and "Not started" in refused.stderr and "ledger.sqlite" in refused.stderr
    (house.folder / "config/roundhouse.yaml").write_text("ledger: on\n")
    house.start()
    try:
        assert house.ask("near", "open")[0] == 200
        assert house.metric("roundhouse_ledger_failing") == 1
        house.database.rmdir()
        wait_for("the ledger is made", lambda: house.metric("roundhouse_ledger_failing") == 0)
        wait_for("what waited is written", lambda: house.metric("roundhouse_ledger_records_written_total") == 1)
    finally:
        assert house.stop() == 0
    assert [row["status"] for row in house.rows()] == [200]
