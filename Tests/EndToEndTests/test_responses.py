"""OpenAI's official client and its newer API in front of the real engine: as it speaks it itself, and translated where it does not."""

import openai
import pytest

from conftest import GUIDE_YAML, Gateway

QUESTION = "How do I add a model?"


@pytest.fixture(scope="module")
def houses(engine, tmp_path_factory):
    """The engine has the API; the second gateway only knows chat completions of the first."""
    inner = Gateway(tmp_path_factory.mktemp("inner"), [GUIDE_YAML]).start().ready()
    outer = Gateway(
        tmp_path_factory.mktemp("outer"),
        [f"name: guide\nbackend: openai\nendpoint: {inner.url}\nparameters: {{model: guide}}\n"]).start()
    for gateway in (inner, outer):
        gateway.client = openai.OpenAI(base_url=gateway.url + "/v1", api_key="unused", max_retries=0)
    try:
        yield {"native": inner, "translated": outer}
    finally:
        outer.stop()
        inner.stop()


@pytest.fixture(params=["native", "translated"])
def house(houses, request):
    return houses[request.param]


def test_a_response(house):
    raw = house.client.responses.with_raw_response.create(model="guide", input=QUESTION, max_output_tokens=64)
    response = raw.parse()
    assert "YAML" in response.output_text and response.status == "completed"
    line = house.logged(raw.headers["x-request-id"])
    assert (line["outcome"], line["http"], line["usage_source"]) == ("ok", "POST /v1/responses", "provider")
    assert line["output_tokens"] == response.usage.output_tokens > 0


def test_a_stream(house):
    events = list(house.client.responses.create(model="guide", input=QUESTION, stream=True))
    assert events[0].type == "response.created" and events[-1].type == "response.completed"
    assert "YAML" in "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert events[-1].response.usage.output_tokens > 0


def test_events_are_numbered(houses):
    events = list(houses["translated"].client.responses.create(model="guide", input=QUESTION, stream=True))
    assert [event.sequence_number for event in events] == list(range(len(events)))


def test_the_longest_answer(houses):
    response = houses["translated"].client.responses.create(model="guide", input=QUESTION, max_output_tokens=3)
    assert response.status == "incomplete" and response.incomplete_details.reason == "max_output_tokens"


def test_what_is_not_stored_is_refused(houses):
    with pytest.raises(openai.BadRequestError) as refused:
        houses["translated"].client.responses.create(model="guide", input=QUESTION, previous_response_id="resp_1")
    assert refused.value.param == "previous_response_id"


def test_an_unknown_model(house):
    with pytest.raises(openai.NotFoundError):
        house.client.responses.create(model="nobody", input=QUESTION)
