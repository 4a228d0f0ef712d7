"""The official OpenAI package, and Node, through the gateway to the real engine."""

import asyncio
import json
import pathlib
import subprocess

import openai
import pytest

from conftest import wait_for

QUESTION = "How do I add a model?"
MESSAGES = [{"role": "user", "content": QUESTION}]


@pytest.fixture
def client(gateway):
    with openai.OpenAI(base_url=gateway.url + "/v1", api_key="unused", max_retries=0) as made:
        yield made


def test_answer_is_the_engines_own(gateway, client, note_engine):
    raw = client.chat.completions.with_raw_response.create(model="guide", messages=MESSAGES)
    note_engine(raw.headers)
    _, body = gateway.ask_engine(
        "POST", "/v1/chat/completions", {"model": "guide", "temperature": 0, "messages": MESSAGES})
    assert raw.parse().choices[0].message.content == json.loads(body)["choices"][0]["message"]["content"]
    line = gateway.logged(raw.headers["x-request-id"])
    assert (line["status"], line["outcome"], line["usage_source"]) == (200, "ok", "provider")
    assert line["output_tokens"] == raw.parse().usage.completion_tokens


def test_stream_without_asking_for_usage(gateway, client):
    raw = client.chat.completions.with_raw_response.create(model="default", messages=MESSAGES, stream=True)
    chunks = list(raw.parse())
    assert chunks and all(chunk.usage is None and chunk.choices for chunk in chunks)
    line = gateway.logged(raw.headers["x-request-id"])
    assert line["input_tokens"] > 0 and line["output_tokens"] > 0 and line["model"] == "guide"


def test_stream_asking_for_usage(client):
    chunks = list(client.chat.completions.create(
        model="guide", messages=MESSAGES, stream=True, stream_options={"include_usage": True}))
    assert chunks[-1].usage.completion_tokens > 0


def test_async(gateway):
    async def ask():
        async with openai.AsyncOpenAI(base_url=gateway.url + "/v1", api_key="unused") as made:
            stream = await made.chat.completions.create(model="guide", messages=MESSAGES, stream=True)
            return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])
    assert asyncio.run(ask())


def test_unknown_model_names_the_nearest(client):
    with pytest.raises(openai.NotFoundError, match="guide") as caught:
        client.chat.completions.create(model="giude", messages=MESSAGES)
    assert caught.value.code == "model_not_found"


def test_embeddings_of_a_chat_model_say_what_it_can_do(client):
    with pytest.raises(openai.BadRequestError, match="chat"):
        client.embeddings.create(model="guide", input="x")


def test_leaving_stops_the_engine(gateway, client):
    stream = client.chat.completions.create(
        model="guide", messages=MESSAGES, stream=True, max_tokens=900, extra_body={"ignore_eos": True})
    next(iter(stream))
    stream.close()
    wait_for("no busy slot", lambda: not any(
        slot["is_processing"] for slot in json.loads(gateway.ask_engine("GET", "/slots")[1])))


def test_models(client, gateway):
    assert "guide" in [model.id for model in client.models.list()]
    assert gateway.get("/v1/models/team/guide")[0] == 200
    assert gateway.get("/models")[0] == 200


def test_node(gateway, client):
    script = pathlib.Path(__file__).parent / "stream.mjs"
    result = subprocess.run(["node", script, gateway.url, QUESTION], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    whole = client.chat.completions.create(model="guide", messages=MESSAGES)
    assert result.stdout == whole.choices[0].message.content


def test_details_of_completions(gateway, client):
    answer = client.completions.create(model="guide", prompt=["One", "Two"], n=2, max_tokens=3, temperature=0)
    assert [choice.index for choice in answer.choices] == [0, 1, 2, 3]
    scored = client.completions.create(model="guide", prompt="One", logprobs=2, max_tokens=3)
    assert scored.choices[0].logprobs is not None
    for more in ({"echo": True}, {"suffix": "end"}, {"best_of": 2}):
        with pytest.raises(openai.BadRequestError, match="does nothing with"):
            client.completions.create(model="guide", prompt="One", max_tokens=3, **more)
