"""Starting, breaking and stopping: processes, keys, files."""

import json
import os
import signal

import openai
import pytest

from conftest import GUIDE_YAML, processes_naming, wait_for

MESSAGES = [{"role": "user", "content": "hello"}]


def client_of(gateway, key="unused"):
    return openai.OpenAI(base_url=gateway.url + "/v1", api_key=key, max_retries=0)


def test_sigterm_lets_a_stream_finish(own):
    gateway = own().start().ready()
    stream = client_of(gateway).chat.completions.create(
        model="guide", messages=MESSAGES, stream=True, max_tokens=300, extra_body={"ignore_eos": True})
    chunks = iter(stream)
    next(chunks)
    gateway.process.send_signal(signal.SIGTERM)
    assert list(chunks)[-1].choices[0].finish_reason == "length"
    assert gateway.process.wait(timeout=30) == 0
    gateway.stop()


def test_killing_the_gateway_leaves_no_engine(own):
    gateway = own().start().ready()
    assert len(processes_naming(str(gateway.worker()["address"]))) >= 1
    gateway.process.kill()
    assert gateway.stop() == -signal.SIGKILL


def test_a_killed_engine_is_started_again(own):
    gateway = own().start().ready()
    client = client_of(gateway)
    # Looked up before: the toy answers faster than `ps` starts.
    pid = gateway.worker()["pid"]
    stream = client.chat.completions.create(
        model="guide", messages=MESSAGES, stream=True, max_tokens=900, extra_body={"ignore_eos": True})
    chunks = iter(stream)
    next(chunks)
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(openai.APIError):
        list(chunks)
    assert client.chat.completions.create(model="guide", messages=MESSAGES).choices[0].message.content


def test_an_engine_that_hangs_is_replaced(own):
    gateway = own([GUIDE_YAML + "timeouts: {first_byte: 1s}\n"]).start().ready()
    client = client_of(gateway)
    pid = gateway.worker()["pid"]
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(openai.APIStatusError) as raised:
        client.chat.completions.create(model="guide", messages=MESSAGES)
    assert raised.value.code == "upstream_timeout" and "timeouts.first_byte" in str(raised.value)
    wait_for("another engine", lambda: gateway.worker().get("pid") not in (None, pid))
    assert gateway.worker()["problem"].startswith("stopped answering")
    assert client.chat.completions.create(model="guide", messages=MESSAGES).choices[0].message.content


def test_keys(own):
    gateway = own()
    made = gateway.run("keys create", "laptop", "--class", "inference")
    assert made.returncode == 0, made.stderr
    secret = next(word for word in made.stdout.split() if word.startswith("rh-"))
    gateway.start().ready()
    with pytest.raises(openai.AuthenticationError):
        client_of(gateway, "wrong").models.list()
    raw = client_of(gateway, secret).chat.completions.with_raw_response.create(model="guide", messages=MESSAGES)
    assert gateway.logged(raw.headers["x-request-id"])["key"]
    assert gateway.stop() == 0
    written = [*gateway.log, *gateway.errors, (gateway.folder / "config/keys.yaml").read_text()]
    assert not any(secret in text for text in written)


def test_open_to_everybody_is_refused(own):
    result = own().run("serve", "--port=0", "--host=0.0.0.0")
    assert result.returncode == 1 and "--allow-anonymous" in result.stderr


def test_a_second_gateway_on_the_same_data_is_refused(own):
    gateway = own().start()
    result = gateway.run("serve", "--port=0")
    assert result.returncode == 1 and str(gateway.folder / "data") in result.stderr


def test_check(own):
    good = own(name="good").run("check", "--json")
    assert good.returncode == 0 and json.loads(good.stdout)
    bad = own([GUIDE_YAML + "contex_size: 5\n"], name="bad").run("check")
    assert bad.returncode == 1 and "context_size" in bad.stdout


def test_roundhouse_before_roundhouse(own):
    behind = own(name="behind").start().ready()
    front = own(
        [f"name: far\nbackend: openai\nendpoint: {behind.url}/v1\nparameters: {{model: guide}}\n"], name="front").start()
    near = client_of(front).chat.completions.create(model="far", messages=MESSAGES, temperature=0)
    there = client_of(behind).chat.completions.create(model="guide", messages=MESSAGES)
    assert near.choices[0].message.content == there.choices[0].message.content


def test_not_ready_until_warm(own):
    gateway = own().start()
    first = gateway.get("/readyz")[0]
    assert first == 503 and gateway.get("/healthz")[0] == 200
    wait_for("ready", lambda: gateway.get("/readyz")[0] == 200, 60)
