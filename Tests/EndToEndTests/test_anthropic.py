"""Anthropic's official client in front of the real engine: as it speaks the dialect itself, and translated where it does not."""

import anthropic
import httpx
import pytest

from conftest import GUIDE_YAML, Gateway

MESSAGES = [{"role": "user", "content": "How do I add a model?"}]


@pytest.fixture(scope="module")
def houses(engine, tmp_path_factory):
    """The engine speaks the dialect; the second gateway only knows OpenAI's API of the first."""
    inner = Gateway(tmp_path_factory.mktemp("inner"), [GUIDE_YAML]).start().ready()
    outer = Gateway(
        tmp_path_factory.mktemp("outer"),
        [f"name: guide\naliases: [default]\nbackend: openai\nendpoint: {inner.url}\nparameters: {{model: guide}}\n"
         "cost: {input_per_million: 1, output_per_million: 2}\n"]).start()
    try:
        yield {"native": inner, "translated": outer}
    finally:
        outer.stop()
        inner.stop()


@pytest.fixture(params=["native", "translated"])
def house(houses, request):
    gateway = houses[request.param]
    gateway.anthropic = anthropic.Anthropic(base_url=gateway.url, api_key="unused", max_retries=0)
    return gateway


def test_a_message(house):
    raw = house.anthropic.messages.with_raw_response.create(
        model="default", max_tokens=64, system="You help.", messages=MESSAGES)
    message = raw.parse()
    assert "YAML" in message.content[0].text and message.role == "assistant"
    assert message.stop_reason == "end_turn" and message.usage.output_tokens > 0
    line = house.logged(raw.headers["x-request-id"])
    assert (line["outcome"], line["http"], line["usage_source"]) == ("ok", "POST /v1/messages", "provider")
    cached = message.usage.cache_read_input_tokens or 0
    assert line["input_tokens"] == message.usage.input_tokens + cached
    assert line["output_tokens"] == message.usage.output_tokens


def test_a_stream(house):
    kinds = []
    with house.anthropic.messages.stream(model="guide", max_tokens=64, messages=MESSAGES) as stream:
        for event in stream:
            kinds.append(event.type)
        message = stream.get_final_message()
        identifier = stream.response.headers["x-request-id"]
    assert kinds[0] == "message_start" and kinds[-1] == "message_stop"
    assert "content_block_start" in kinds and "content_block_delta" in kinds and "message_delta" in kinds
    assert "YAML" in message.content[0].text and message.stop_reason == "end_turn"
    line = house.logged(identifier)
    assert (line["outcome"], line["stream"], line["usage_source"]) == ("ok", True, "provider")
    assert line["output_tokens"] == message.usage.output_tokens > 0


def test_the_longest_answer(house):
    message = house.anthropic.messages.create(model="guide", max_tokens=3, messages=MESSAGES)
    assert message.stop_reason == "max_tokens" and message.usage.output_tokens == 3


def test_tokens_are_counted(house):
    few = house.anthropic.messages.count_tokens(model="guide", messages=MESSAGES).input_tokens
    many = house.anthropic.messages.count_tokens(
        model="guide", messages=[{"role": "user", "content": "one two three " * 40}]).input_tokens
    assert 0 < few < many


def test_mistakes_have_their_classes(house):
    with pytest.raises(anthropic.NotFoundError) as missing:
        house.anthropic.messages.create(model="nobody", max_tokens=8, messages=MESSAGES)
    assert missing.value.body["type"] == "error" and missing.value.body["error"]["type"] == "not_found_error"
    wrong = httpx.post(house.url + "/v1/messages", content=b'{"model":"guide",', headers={"content-type": "application/json"})
    assert wrong.status_code == 400 and wrong.json()["type"] == "error"
    assert wrong.json()["error"]["type"] == "invalid_request_error"


def test_what_cannot_be_translated_is_refused(houses):
    client = anthropic.Anthropic(base_url=houses["translated"].url, api_key="unused", max_retries=0)
    with pytest.raises(anthropic.BadRequestError) as wrong:
        client.messages.create(model="guide", max_tokens=8, messages=[{"role": "judge", "content": "x"}])
    assert wrong.value.body["error"]["type"] == "invalid_request_error" and "role" in str(wrong.value)


def test_no_key_no_answer(engine, tmp_path):
    gateway = Gateway(tmp_path, [GUIDE_YAML])
    made = gateway.run("keys create", "me")
    gateway.start()
    try:
        secret = made.stdout.split()[-1]
        with pytest.raises(anthropic.AuthenticationError) as refused:
            anthropic.Anthropic(base_url=gateway.url, api_key="sk-wrong", max_retries=0).messages.create(
                model="guide", max_tokens=8, messages=MESSAGES)
        assert refused.value.body["error"]["type"] == "authentication_error"
        client = anthropic.Anthropic(base_url=gateway.url, api_key=secret, max_retries=0)
        raw = client.messages.with_raw_response.create(model="guide", max_tokens=8, messages=MESSAGES)
        assert gateway.logged(raw.headers["x-request-id"])["key"] == "me"
    finally:
        gateway.stop()
