"""The gateway in front of an Ollama: the official OpenAI package, `ps` and `check`."""

import json

import openai
import pytest

from conftest import Gateway, wait_for
from ollama_server import OllamaServer

MESSAGES = [{"role": "user", "content": "Hello!"}]


@pytest.fixture
def server():
    made = OllamaServer()
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture
def house(server, tmp_path):
    """A gateway with a model that the server has, and one that it has not."""
    models = [
        f"name: llama\nbackend: ollama\nendpoint: {server.url}\nparameters: {{model: llama3}}\nkeep_alive: 10m\n",
        f"name: lost\nbackend: ollama\nendpoint: {server.url}\nparameters: {{model: codelama:13b}}\n"]
    running = Gateway(tmp_path, models).start()
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture
def client(house):
    with openai.OpenAI(base_url=house.url + "/v1", api_key="unused", max_retries=0) as made:
        yield made


def state(house, model):
    return next(each for each in json.loads(house.run("ps", "--json").stdout) if each["model"] == model)


def test_chat(house, client, server):
    raw = client.chat.completions.with_raw_response.create(model="llama", messages=MESSAGES)
    assert raw.parse().choices[0].message.content.startswith("Hello! I'm here to help")
    assert server.bodies("/v1/chat/completions")[0]["model"] == "llama3"
    line = house.logged(raw.headers["x-request-id"])
    assert (line["input_tokens"], line["output_tokens"], line["usage_source"]) == (16, 24, "provider")


def test_stream(house, client):
    raw = client.chat.completions.with_raw_response.create(model="llama", messages=MESSAGES, stream=True)
    chunks = list(raw.parse())
    assert chunks[0].choices[0].delta.content == "Hello" and all(chunk.usage is None for chunk in chunks)
    line = house.logged(raw.headers["x-request-id"])
    assert (line["input_tokens"], line["output_tokens"], line["outcome"]) == (17, 40, "ok")


def test_a_model_that_the_server_has_not(client):
    with pytest.raises(openai.InternalServerError, match="Fetch it on its machine with `ollama pull codelama:13b`") as caught:
        client.chat.completions.create(model="lost", messages=MESSAGES)
    assert caught.value.status_code == 502


def test_what_the_server_says_a_model_can_do(house, client):
    wait_for("capabilities", lambda: state(house, "llama").get("capabilities") == ["chat", "completion", "vision"])
    tools = [{"type": "function", "function": {"name": "f", "parameters": {}}}]

    def refused():
        try:
            client.chat.completions.create(model="llama", messages=MESSAGES, tools=tools)
        except openai.BadRequestError as error:
            return "cannot do tools" in str(error)
    wait_for("tools are refused", refused)
    assert state(house, "llama")["context_length"] == 131072


def test_ps_and_keep_alive(house, client, server):
    wait_for("the first look", lambda: state(house, "llama")["state"] == "not loaded")
    assert state(house, "lost")["state"] == "missing" and "`codellama:13b`" in state(house, "lost")["problem"]
    client.chat.completions.create(model="llama", messages=MESSAGES)
    wait_for("it is loaded", lambda: state(house, "llama")["state"] == "loaded")
    assert state(house, "llama")["size_vram"] == 5137025024
    told = wait_for("keep_alive is told", lambda: server.bodies("/api/generate"))
    assert told == [{"model": "llama3", "keep_alive": 600, "stream": False}]
    table = house.run("ps").stdout
    assert "4.8 GiB" in table and "2024-06-04T14:38:31.83753-07:00" in table and "ollama pull codelama:13b" in table


def test_check_says_what_is_missing(house, server):
    found = house.run("check")
    assert found.returncode == 1
    assert "The server has no model `codelama:13b`. It has `codellama:13b`." in found.stdout
    assert "\n    ollama pull codelama:13b\n" in found.stdout
    report = json.loads(house.run("check", "--json").stdout)
    llama = next(each for each in report["models"] if each["name"] == "llama")
    assert llama["capabilities"] == ["chat", "completion", "vision"]
    assert not server.bodies("/api/generate")


def test_check_without_a_server(server, house):
    server.stop()
    found = house.run("check")
    assert found.returncode == 0, found.stdout
    assert "cannot be asked about its models" in found.stdout and "start the server, or correct the endpoint" in found.stdout
