"""Clients that leave, in each phase, in front of the real engine: its own slots say whether it still generates."""

import http.client
import json

import pytest

from conftest import GUIDE_YAML, wait_for

LONG = {"model": "guide", "messages": [{"role": "user", "content": "How do I add a model?"}], "max_tokens": 900,
        "ignore_eos": True, "temperature": 1}


def ask(gateway, **more):
    host, port = gateway.url.removeprefix("http://").rsplit(":", 1)
    connection = http.client.HTTPConnection(host, int(port), timeout=60)
    connection.request("POST", "/v1/chat/completions", json.dumps(LONG | more), {"content-type": "application/json"})
    return connection


def busy(gateway):
    status, body = gateway.ask_engine("GET", "/slots")
    assert status == 200
    return sum(slot["is_processing"] for slot in json.loads(body))


def leave(connection):
    """Closes the socket, also while a stream is being read."""
    connection.sock.close()
    connection.close()


def ended(gateway, outcome, count=1):
    lines = [one for one in map(json.loads, gateway.log) if one["http"].endswith("completions")]
    return [one for one in lines if one["outcome"] == outcome][count - 1:]


@pytest.mark.parametrize("stream", [True, False])
def test_the_engine_stops_for_who_has_left(own, stream):
    gateway = own([GUIDE_YAML]).start().ready()
    connection = ask(gateway, stream=stream)
    wait_for("the engine is at it", lambda: busy(gateway) == 1)
    if stream:
        assert b"data:" in connection.getresponse().read(40)
    leave(connection)
    wait_for("the engine has stopped", lambda: busy(gateway) == 0, 5)
    line = wait_for("its line", lambda: ended(gateway, "cancelled"))[0]
    assert line["status"] == 499 and (line["output_tokens"] or 0) < 900


def test_who_waits_for_a_place_is_never_sent(own):
    gateway = own([GUIDE_YAML.replace("parallel: 2", "parallel: 1")]).start().ready()
    first = ask(gateway, stream=True)
    wait_for("the engine is at it", lambda: busy(gateway) == 1)
    second = ask(gateway, stream=True)
    wait_for("it waits", lambda: gateway.worker()["waiting"] == 1)
    leave(second)
    wait_for("it waits no more", lambda: gateway.worker()["waiting"] == 0)
    leave(first)
    wait_for("the engine has stopped", lambda: busy(gateway) == 0, 5)
    lines = wait_for("both lines", lambda: ended(gateway, "cancelled", 2) and ended(gateway, "cancelled"))
    assert sorted(line["output_tokens"] is None for line in lines) == [False, True]


def test_an_answer_that_is_to_be_finished_is(own):
    gateway = own([GUIDE_YAML + "on_disconnect: finish\n"]).start().ready()
    connection = ask(gateway, stream=True)
    wait_for("the engine is at it", lambda: busy(gateway) == 1)
    leave(connection)
    line = wait_for("its line", lambda: ended(gateway, "ok"), 60)[0]
    assert line["usage_source"] == "provider" and line["output_tokens"] == 900


def test_a_shutdown_ends_who_waits_for_a_load(own):
    gateway = own([GUIDE_YAML.replace("warm_up: true\n", "")]).start()
    connection = ask(gateway)
    wait_for("it loads", lambda: gateway.worker()["state"] == "loading")
    gateway.process.terminate()
    answer = connection.getresponse()
    assert answer.status in (200, 503)
    if answer.status == 503:
        assert json.loads(answer.read())["error"]["code"] == "shutting_down"
    assert gateway.process.wait(timeout=60) == 0
