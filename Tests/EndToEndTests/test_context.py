"""Prompts that do not fit: refused by the gateway where that is certain, else by the real engine, and the client cannot tell which."""

import openai
import pytest

from conftest import GUIDE_YAML
from test_engines import running

CONTEXT = 1024
SENTENCE = "tokens; this model's context has 1024 (context_size of the model). Shorten it"


@pytest.fixture
def house(engine, tmp_path):
    yield from running(tmp_path, [GUIDE_YAML.replace("warm_up: true", "warm_up: false")])


def refusal(call, **body):
    with pytest.raises(openai.BadRequestError) as refused:
        call(model="guide", **body)
    error = refused.value.body
    assert (error["code"], error["type"]) == ("context_length_exceeded", "invalid_request_error") and SENTENCE in error["message"]
    return error["message"]


def said(words):
    return [{"role": "user", "content": "word " * words}]


def test_what_cannot_fit_starts_no_engine(house):
    chat, completion = house.client.chat.completions.create, house.client.completions.create
    assert "at least 2250 tokens" in refusal(chat, messages=said(9000))
    assert "at least 2250 tokens" in refusal(completion, prompt="word " * 9000)
    assert "at least 5000 tokens" in refusal(completion, prompt=[7] * 5000)
    assert "pid" not in house.worker("guide")


def test_what_may_fit_is_the_engines_to_count(house):
    chat = house.client.chat.completions.create
    assert "at least" not in refusal(chat, messages=said(2000))
    answer = chat(model="guide", messages=said(CONTEXT // 4), max_tokens=1)
    assert CONTEXT // 4 <= answer.usage.prompt_tokens < CONTEXT


def test_a_long_body_with_a_short_prompt_passes(house):
    """Earlier answers may be left out by a template, and spaces may be one token; here neither is, and the engine says so."""
    dropped = [{"role": "assistant", "content": "word " * 9000}, *said(3)]
    assert "at least" not in refusal(house.client.chat.completions.create, messages=dropped)
    passed = house.client.chat.completions.create(model="guide", messages=said(3), user="word " * 9000, max_tokens=1)
    assert passed.usage.prompt_tokens < 50
