"""A gateway in front of a gateway in front of the real engine, as in a house with several machines."""

import openai
import pytest

from conftest import GUIDE_YAML, Gateway
from test_engines import record

MESSAGES = [{"role": "user", "content": "How do I add a model?"}]


@pytest.fixture(scope="module")
def houses(engine, tmp_path_factory):
    inner = Gateway(tmp_path_factory.mktemp("inner"), [GUIDE_YAML])
    made = inner.run("keys create", "outer")
    assert made.returncode == 0, made.stderr
    inner.start().ready()
    outer = Gateway(
        tmp_path_factory.mktemp("outer"),
        [f"name: far-guide\nbackend: cloud-proxy\nendpoint: {inner.url}\napi_key: ${{env:INNER_KEY}}\n"
         "parameters: {model: guide}\ncost: {input_per_million: 1, output_per_million: 2}\n"],
        environment={"INNER_KEY": made.stdout.split()[-1]}).start()
    outer.client = openai.OpenAI(base_url=outer.url + "/v1", api_key="mine", max_retries=0)
    try:
        yield inner, outer
    finally:
        outer.stop()
        inner.stop()


def test_an_answer_passes_both(houses):
    inner, outer = houses
    raw = outer.client.chat.completions.with_raw_response.create(model="far-guide", messages=MESSAGES, max_tokens=64)
    assert "YAML" in raw.parse().choices[0].message.content
    assert raw.headers["x-roundhouse-model"] == "far-guide" and raw.headers["x-roundhouse-backend"] == "openai"
    outside, inside = record(outer, raw), record(inner, raw)
    assert inside["key"] == "outer" and inside["model"] == "guide" and outside["model"] == "far-guide"
    assert (inside["input_tokens"], inside["output_tokens"]) == (outside["input_tokens"], outside["output_tokens"])
    assert outside["cost"] > 0


def test_a_stream_passes_both(houses):
    _, outer = houses
    chunks = list(outer.client.chat.completions.create(
        model="far-guide", messages=MESSAGES, max_tokens=64, stream=True, stream_options={"include_usage": True}))
    assert "YAML" in "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert chunks[-1].usage.completion_tokens > 0


def test_errors_pass_both(houses):
    _, outer = houses
    with pytest.raises(openai.BadRequestError) as refused:
        outer.client.chat.completions.create(
            model="far-guide", messages=[{"role": "user", "content": "word " * 3000}], max_tokens=8)
    assert refused.value.code == "context_length_exceeded"


def test_logprobs_and_json_of_the_real_engine(houses):
    _, outer = houses
    answer = outer.client.chat.completions.create(
        model="far-guide", messages=MESSAGES, max_tokens=8, logprobs=True, top_logprobs=2)
    assert len(answer.choices[0].logprobs.content[0].top_logprobs) == 2
    schema = {"type": "object", "properties": {"port": {"type": "integer"}}, "required": ["port"]}
    shaped = outer.client.chat.completions.create(
        model="far-guide", messages=MESSAGES, max_tokens=40, temperature=0,
        response_format={"type": "json_schema", "json_schema": {"name": "port", "schema": schema}})
    assert shaped.choices[0].message.content.lstrip().startswith("{")


def test_a_chain_of_gateways_is_told(gateway, own):
    outer = own([f"name: far\nbackend: openai\nendpoint: {gateway.url}/v1\n"])
    shown = outer.run("check")
    assert shown.returncode == 0 and "is a Roundhouse, which only passes requests on" in shown.stdout
