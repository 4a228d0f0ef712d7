"""Ollama's official client in front of the real engine."""

import ollama
import pytest

from conftest import GUIDE, GUIDE_YAML, Gateway, wait_for

MESSAGES = [{"role": "user", "content": "How do I add a model?"}]


@pytest.fixture(scope="module")
def house(engine, tmp_path_factory):
    deaf = f"name: deaf\nbackend: llama-cpp\nparameters: {{model: {GUIDE}}}\nthreads: 1\nembeddings: true\n"
    gateway = Gateway(tmp_path_factory.mktemp("house"), [GUIDE_YAML, deaf]).start().ready()
    gateway.ollama = ollama.Client(host=gateway.url)
    try:
        yield gateway
    finally:
        gateway.stop()


def test_chat(house):
    answer = house.ollama.chat(model="guide:latest", messages=MESSAGES, options={"num_predict": 64})
    assert "YAML" in answer.message.content and answer.done and answer.done_reason == "stop"
    assert answer.model == "guide:latest" and answer.eval_count > 0 and answer.prompt_eval_count > 0
    assert answer.total_duration >= answer.eval_duration > 0


def test_a_stream(house):
    pieces = list(house.ollama.chat(model="guide", messages=MESSAGES, stream=True))
    assert "YAML" in "".join(piece.message.content for piece in pieces)
    assert [piece.done for piece in pieces] == [False] * (len(pieces) - 1) + [True]


def test_generate(house):
    answer = house.ollama.generate(model="default", prompt="How do I add a model?", options={"num_predict": 3})
    assert answer.response and answer.done_reason == "length" and answer.eval_count == 3


def test_lists_and_cards(house):
    assert {model.model for model in house.ollama.list().models} == {"guide:latest", "deaf:latest"}
    card = house.ollama.show("guide")
    assert "completion" in card.capabilities and card.modelinfo["general.context_length"] == 1024
    assert house.ollama._request_raw("HEAD", "/").status_code == 200


def test_loading_and_unloading(house):
    house.ollama.generate(model="guide", keep_alive="2m")
    loaded = house.ollama.ps().models
    assert [model.model for model in loaded] == ["guide:latest"] and loaded[0].expires_at is not None
    assert house.ollama.generate(model="guide", keep_alive=0).done_reason == "unload"
    wait_for("unloaded", lambda: house.worker("guide")["state"] == "stopped")
    assert house.ollama.ps().models == []
    assert house.ollama.generate(model="guide").done_reason == "load"
    assert house.worker("guide")["state"] == "ready"


def test_a_model_that_does_not_chat_is_shown_loaded_and_unloaded(house):
    """Of the model it says what it can do; only a question to it is refused."""
    assert list(house.ollama.show("deaf").capabilities) == ["embedding"]
    assert house.ollama.generate(model="deaf").done_reason == "load"
    assert house.worker("deaf")["state"] == "ready"
    house.ollama.generate(model="deaf", keep_alive=0)
    wait_for("unloaded", lambda: house.worker("deaf")["state"] == "stopped")
    with pytest.raises(ollama.ResponseError) as refused:
        house.ollama.chat(model="deaf", messages=MESSAGES)
    assert refused.value.status_code == 400 and "chat" in refused.value.error


def test_mistakes(house):
    with pytest.raises(ollama.ResponseError) as missing:
        house.ollama.chat(model="nobody", messages=MESSAGES)
    assert missing.value.status_code == 404 and "nobody" in missing.value.error
    with pytest.raises(ollama.ResponseError) as large:
        house.ollama.chat(model="guide", messages=MESSAGES, options={"num_ctx": 1 << 20})
    assert large.value.status_code == 400 and "num_ctx" in large.value.error
    with pytest.raises(ollama.ResponseError) as pulled:
        house.ollama.pull("llama3")
    assert pulled.value.status_code == 501 and "models" in pulled.value.error
