"""Tools with the real llama.cpp: what the toy says is parsed by the engine, and what it must say is forced by the engine's grammar."""

import json

import openai
import pytest

import toy
from test_engines import running

MESSAGES = [{"role": "user", "content": "Light the hall."}]


@pytest.fixture(scope="module")
def house(engine, tmp_path_factory):
    folder = toy.made(tmp_path_factory.mktemp("weights"))
    yield from running(tmp_path_factory.mktemp("house"), [
        toy.with_tools("toy", folder), toy.without_tools("plain", folder), toy.YAML.format(name="bare", folder=folder),
        toy.without_tools("declared", folder) + "capabilities: [chat, tools]\n"])


def tool(name="set_light", rooms=("kitchen", "hall")):
    return {"type": "function", "function": {"name": name, "description": "Sets a light.", "parameters": {
        "type": "object", "additionalProperties": False, "required": ["room", "on"],
        "properties": {"room": {"type": "string", "enum": list(rooms)}, "on": {"type": "boolean"}}}}}


def asked(house, tools, choice, **more):
    return house.client.chat.completions.with_raw_response.create(
        model="toy", messages=MESSAGES, tools=tools, tool_choice=choice, **more)


@pytest.mark.parametrize("choice", ["auto", "required", {"type": "function", "function": {"name": "set_light"}}],
                         ids=["auto", "required", "named"])
def test_a_call(house, choice):
    raw = asked(house, [tool()], choice)
    answer = raw.parse().choices[0]
    assert answer.finish_reason == "tool_calls" and not answer.message.content
    [call] = answer.message.tool_calls
    assert call.id and call.type == "function" and call.function.name == "set_light"
    assert json.loads(call.function.arguments) == {"room": "hall", "on": True}
    line = house.logged(raw.headers["x-request-id"])
    assert (line["outcome"], line["usage_source"]) == ("ok", "provider") and line["output_tokens"] == raw.parse().usage.completion_tokens


@pytest.mark.parametrize("choice", ["auto", "required", {"type": "function", "function": {"name": "set_light"}}],
                         ids=["auto", "required", "named"])
def test_a_call_that_is_streamed(house, choice):
    raw = asked(house, [tool()], choice, stream=True)
    name, arguments, reasons, identifiers = "", "", [], set()
    for chunk in raw.parse():
        for each in chunk.choices:
            reasons += [each.finish_reason] if each.finish_reason else []
            for call in each.delta.tool_calls or []:
                assert call.index == 0
                identifiers |= {call.id} - {None}
                name += call.function.name or ""
                arguments += call.function.arguments or ""
    assert reasons == ["tool_calls"] and len(identifiers) == 1 and name == "set_light"
    assert json.loads(arguments) == {"room": "hall", "on": True}
    assert house.logged(raw.headers["x-request-id"])["output_tokens"] > 5


def test_what_the_toy_would_never_say_is_forced(house):
    [call] = asked(house, [tool("dim", rooms=["attic"])], "required").parse().choices[0].message.tool_calls
    assert call.function.name == "dim" and json.loads(call.function.arguments)["room"] == "attic"


def test_no_call_where_none_is_wanted(house):
    answer = asked(house, [tool()], "none").parse().choices[0]
    assert answer.finish_reason == "stop" and not answer.message.tool_calls and "set_light" in answer.message.content


def test_a_result_goes_back(house):
    call = asked(house, [tool()], "required").parse().choices[0].message
    answer = house.client.chat.completions.create(model="toy", tools=[tool()], tool_choice="none", messages=[
        *MESSAGES, call.model_dump(exclude_none=True), {"role": "tool", "tool_call_id": call.tool_calls[0].id, "content": "done"}])
    assert answer.choices[0].message.content and answer.usage.prompt_tokens > 0


def test_a_choice_that_does_not_exist_is_the_clients_mistake(house):
    with pytest.raises(openai.BadRequestError, match="perhaps"):
        asked(house, [tool()], "perhaps")


@pytest.mark.parametrize("model", ["plain", "bare"])
def test_a_template_without_tools_is_refused(house, model):
    """`plain` is given such a template; in `bare` there is none, and llama.cpp takes ChatML."""
    with pytest.raises(openai.BadRequestError, match="chat_template") as refused:
        house.client.chat.completions.create(model=model, messages=MESSAGES, tools=[tool()])
    assert refused.value.code == "wrong_capability" and "cannot do tools" in str(refused.value)
    assert house.client.chat.completions.create(model=model, messages=MESSAGES).choices[0].message.content


def test_why_it_is_refused(house):
    """llama.cpp leaves tools out where the template has no place for them, though a call is required."""
    without = house.client.chat.completions.create(model="declared", messages=MESSAGES)
    answer = house.client.chat.completions.create(model="declared", messages=MESSAGES, tools=[tool()], tool_choice="required")
    assert answer.usage.prompt_tokens == without.usage.prompt_tokens and not answer.choices[0].message.tool_calls
    assert "knows no tools" in "".join(house.errors) + house.run("check").stdout
