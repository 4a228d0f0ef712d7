"""Official clients of four dialects in front of a cloud that does what a real engine will not do on demand: thoughts, tools in parallel,
characters that are cut in pieces, cached tokens, errors before and after the first byte, streams that break off."""

import json

import anthropic
import ollama
import openai
import pytest
from langchain_openai import ChatOpenAI

from conftest import Gateway
from upstream import Upstream

TEXT = "Grüße, 世界 🚂 done"
MESSAGES = [{"role": "user", "content": "hi"}]
WEATHER = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
OPENAI_TOOL = {"type": "function", "function": {"name": "weather", "description": "Tells it", "parameters": WEATHER}}


@pytest.fixture(scope="module")
def cloud():
    upstream = Upstream()
    yield upstream
    upstream.stop()


@pytest.fixture(scope="module")
def house(cloud, tmp_path_factory):
    gateway = Gateway(
        tmp_path_factory.mktemp("house"), [f"name: far\nbackend: openai\nendpoint: {cloud.url}\n"]).start()
    key = {"api_key": "unused", "max_retries": 0}
    gateway.openai = openai.OpenAI(base_url=gateway.url + "/v1", **key)
    gateway.anthropic = anthropic.Anthropic(base_url=gateway.url, **key)
    gateway.ollama = ollama.Client(host=gateway.url)
    gateway.langchain = ChatOpenAI(model="far", base_url=gateway.url + "/v1", **key)
    yield gateway
    gateway.stop()


def chunk(delta=None, finish=None, **more):
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    return {"id": "chatcmpl-7", "object": "chat.completion.chunk", "created": 1, "model": "x", "choices": choices, **more}


USAGE = chunk(usage={"prompt_tokens": 20, "completion_tokens": 6, "total_tokens": 26,
                     "prompt_tokens_details": {"cached_tokens": 12}})
ANSWER = [chunk({"role": "assistant", "content": ""}), chunk({"reasoning_content": "Think "}), chunk({"reasoning_content": "hard."}),
          chunk({"content": TEXT[:9]}), chunk({"content": TEXT[9:]}), chunk({}, "stop"), USAGE]


def call(index, name, city):
    text = json.dumps({"city": city}, ensure_ascii=False)
    first = {"index": index, "id": f"call_{index}", "type": "function", "function": {"name": name, "arguments": text[:5]}}
    return [chunk({"tool_calls": [first]}), chunk({"tool_calls": [{"index": index, "function": {"arguments": text[5:]}}]})]


CALLS = [chunk({"role": "assistant", "content": None})] + call(0, "weather", "Köln") + call(1, "weather", "Lyon") + [
    chunk({}, "tool_calls"), USAGE]
CITIES = ["Köln", "Lyon"]


def by_openai(house, **more):
    stream = house.openai.chat.completions.create(model="far", messages=MESSAGES, stream=True, **more)
    text, calls = "", {}
    for each in stream:
        for choice in each.choices:
            text += choice.delta.content or ""
            for one in choice.delta.tool_calls or []:
                calls[one.index] = calls.get(one.index, "") + (one.function.arguments or "")
    return text, [json.loads(arguments)["city"] for _, arguments in sorted(calls.items())]


def by_anthropic(house, tools=False):
    more = {"tools": [{"name": "weather", "input_schema": WEATHER}]} if tools else {}
    with house.anthropic.messages.stream(model="far", max_tokens=99, messages=MESSAGES, **more) as stream:
        message = stream.get_final_message()
    text = "".join(part.text for part in message.content if part.type == "text")
    return text, [part.input["city"] for part in message.content if part.type == "tool_use"]


def by_ollama(house, tools=False):
    text, calls = "", []
    for each in house.ollama.chat("far", messages=MESSAGES, stream=True, tools=[OPENAI_TOOL] if tools else None):
        text += each.message.content or ""
        calls += [one.function.arguments["city"] for one in each.message.tool_calls or []]
    return text, calls


def by_responses(house, tools=False):
    more = {"tools": [{"type": "function", "name": "weather", "parameters": WEATHER, "strict": False}]} if tools else {}
    *_, last = house.openai.responses.create(model="far", input="hi", stream=True, **more)
    assert last.type == "response.completed"
    calls = [json.loads(item.arguments)["city"] for item in last.response.output if item.type == "function_call"]
    return last.response.output_text, calls


def by_langchain(house, tools=False):
    model = house.langchain.bind_tools([OPENAI_TOOL]) if tools else house.langchain
    whole = None
    for each in model.stream("hi"):
        whole = each if whole is None else whole + each
    return whole.content, [one["args"]["city"] for one in whole.tool_calls]


CLIENTS = {
    "openai": lambda house, tools=False: by_openai(house, **({"tools": [OPENAI_TOOL]} if tools else {})),
    "anthropic": by_anthropic, "ollama": by_ollama, "responses": by_responses, "langchain": by_langchain,
}
ERRORS = {
    "openai": openai.APIError, "anthropic": anthropic.APIError, "ollama": ollama.ResponseError, "responses": openai.APIError,
    "langchain": openai.APIError,
}


@pytest.fixture(params=CLIENTS)
def client(request):
    return request.param


@pytest.mark.parametrize("cut_every", [None, 7, 1])
def test_characters_come_whole_however_they_are_cut(house, cloud, client, cut_every):
    cloud.stream_next(*ANSWER, cut_every=cut_every)
    assert CLIENTS[client](house) == (TEXT, [])


@pytest.mark.parametrize("cut_every", [None, 11])
def test_tools_are_called_side_by_side(house, cloud, client, cut_every):
    cloud.stream_next(*CALLS, cut_every=cut_every)
    assert CLIENTS[client](house, True) == ("", CITIES)
    assert cloud.bodies[-1]["tools"][0]["function"]["parameters"]["required"] == ["city"]


def test_an_error_before_the_first_byte_is_that_clients_own(house, cloud, client):
    cloud.answer_next(429, {"error": {"message": "slow down"}}, [("retry-after", "7")])
    with pytest.raises(ERRORS[client]) as failed:
        CLIENTS[client](house)
    assert "slow down" in str(failed.value) and getattr(failed.value, "status_code") == 429
    if client != "ollama":
        assert failed.value.response.headers["retry-after"] == "7"


@pytest.mark.parametrize("breaks_off", [True, False])
def test_an_error_in_the_stream_is_seen(house, cloud, client, breaks_off):
    words = [] if breaks_off else [{"error": {"message": "out of memory", "code": 500}}]
    cloud.stream_next(chunk({"content": "Half"}), *words, breaks_off=breaks_off)
    with pytest.raises((ERRORS[client], AssertionError, anthropic.APIError)) as failed:
        CLIENTS[client](house)
    if client in ("openai", "anthropic", "ollama") and not breaks_off:
        assert "out of memory" in str(failed.value)


def test_thoughts_are_told_apart(house, cloud):
    cloud.stream_next(*ANSWER)
    message = house.anthropic.messages.create(
        model="far", max_tokens=2000, messages=MESSAGES, thinking={"type": "enabled", "budget_tokens": 1024})
    assert [part.type for part in message.content] == ["thinking", "text"] and message.content[0].thinking == "Think hard."
    cloud.stream_next(*ANSWER)
    answer = house.ollama.chat("far", messages=MESSAGES, think=True)
    assert answer.message.thinking == "Think hard." and answer.message.content == TEXT
    cloud.stream_next(*ANSWER)
    response = house.openai.responses.create(model="far", input="hi")
    assert [item.type for item in response.output] == ["reasoning", "message"]
    assert response.output[0].content[0].text == "Think hard."


def test_cached_tokens_are_told(house, cloud):
    cloud.stream_next(*ANSWER)
    usage = house.anthropic.messages.create(model="far", max_tokens=9, messages=MESSAGES).usage
    assert (usage.input_tokens, usage.cache_read_input_tokens, usage.output_tokens) == (8, 12, 6)
    cloud.stream_next(*ANSWER)
    usage = house.openai.responses.create(model="far", input="hi").usage
    assert (usage.input_tokens, usage.input_tokens_details.cached_tokens, usage.output_tokens) == (20, 12, 6)
    cloud.stream_next(*ANSWER)
    answer = house.ollama.chat("far", messages=MESSAGES)
    assert (answer.prompt_eval_count, answer.eval_count) == (20, 6)
