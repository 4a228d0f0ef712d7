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


def test_what_is_not_stored_is_refused(house):
    with pytest.raises(openai.BadRequestError) as refused:
        house.client.responses.create(model="guide", input=QUESTION, previous_response_id="resp_1")
    assert refused.value.param == "previous_response_id"


def test_an_unknown_model(house):
    with pytest.raises(openai.NotFoundError):
        house.client.responses.create(model="nobody", input=QUESTION)


@pytest.fixture
def keeping(own):
    gateway = own()
    (gateway.folder / "config/roundhouse.yaml").write_text("responses: {store: true, retention: 7d}\n")
    gateway.start().ready()
    gateway.client = openai.OpenAI(base_url=gateway.url + "/v1", api_key="unused", max_retries=0)
    return gateway


def test_stored_responses_are_found_gone_on_from_and_deleted(keeping):
    responses = keeping.client.responses
    first = responses.create(model="guide", input=QUESTION, max_output_tokens=64)
    assert first.output_text and first.store
    assert responses.retrieve(first.id).output_text == first.output_text
    events = list(responses.create(
        model="guide", input="And then?", previous_response_id=first.id, max_output_tokens=16, stream=True))
    second = events[-1].response
    assert second.previous_response_id == first.id and second.usage.input_tokens > first.usage.input_tokens
    items = responses.input_items.list(second.id, order="asc").data
    assert [item.role for item in items] == ["user", "assistant", "user"]
    assert items[2].content[0].text == "And then?"
    with pytest.raises(openai.BadRequestError, match="is finished"):
        responses.cancel(first.id)
    responses.delete(first.id)
    for call in (responses.retrieve, responses.delete, responses.input_items.list):
        with pytest.raises(openai.NotFoundError):
            call(first.id)
    with pytest.raises(openai.BadRequestError) as gone:
        responses.create(model="guide", input="x", previous_response_id=first.id)
    assert gone.value.code == "previous_response_not_found"
    assert keeping.stop() == 0
    keeping.start().ready()
    again = openai.OpenAI(base_url=keeping.url + "/v1", api_key="unused", max_retries=0).responses.retrieve(second.id)
    assert again.output_text == second.output_text
