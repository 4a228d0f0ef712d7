"""LangChain's client of OpenAI's API in front of the real engine."""

import pytest
from langchain_openai import ChatOpenAI

from conftest import GUIDE_YAML, Gateway


@pytest.fixture(scope="module")
def model(engine, tmp_path_factory):
    gateway = Gateway(tmp_path_factory.mktemp("house"), [GUIDE_YAML]).start().ready()
    try:
        yield ChatOpenAI(model="guide", base_url=gateway.url + "/v1", api_key="unused", max_retries=0)
    finally:
        gateway.stop()


def test_an_answer(model):
    answer = model.invoke("How do I add a model?")
    assert "YAML" in answer.content and answer.usage_metadata["output_tokens"] > 0


def test_a_stream(model):
    assert "YAML" in "".join(chunk.content for chunk in model.stream("How do I add a model?"))
