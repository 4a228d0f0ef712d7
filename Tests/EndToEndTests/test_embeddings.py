"""Real embeddings by the real llama.cpp: MiniLM as GGUF, beside what the original says (Tests/Transcripts/minilm)."""

import base64
import json
import struct

import openai
import pytest

import minilm
from minilm import SENTENCES, cosine
from test_engines import running


@pytest.fixture(scope="module")
def house(engine, tmp_path_factory):
    weights = minilm.gguf(tmp_path_factory.mktemp("weights"))
    yield from running(tmp_path_factory.mktemp("house"), [
        f"name: minilm\nbackend: llama-cpp\nembeddings: true\nparameters: {{model: {weights}, pooling: mean}}\n"
        "context_size: 512\nthreads: 2\n"])


def vectors(house, texts, **more):
    answer = house.client.embeddings.create(model="minilm", input=texts, encoding_format="float", **more)
    assert [each.index for each in answer.data] == list(range(len(answer.data)))
    return [each.embedding for each in answer.data]


def test_they_are_the_originals(house):
    reference = json.loads(minilm.REFERENCE.read_text())
    assert reference["sentences"] == SENTENCES
    for ours, theirs in zip(vectors(house, SENTENCES), reference["vectors"], strict=True):
        assert cosine(ours, theirs) > 0.99


def test_what_is_alike_is_near(house):
    made = vectors(house, SENTENCES)
    assert cosine(made[0], made[1]) > 0.5 and cosine(made[2], made[3]) > 0.5 and abs(cosine(made[0], made[2])) < 0.2


def test_one_text_and_many_and_tokens(house):
    one = vectors(house, SENTENCES[0])
    assert len(one) == 1 and cosine(one[0], vectors(house, SENTENCES[:2])[0]) > 0.9999
    # What BERT's tokenizer makes of "hello world", between [CLS] and [SEP].
    assert cosine(vectors(house, [[101, 7592, 2088, 102]])[0], vectors(house, "hello world")[0]) > 0.999


def test_base64_is_the_same_in_other_letters(house):
    raw = house.client.embeddings.with_raw_response.create(model="minilm", input=SENTENCES[0], encoding_format="base64")
    coded = json.loads(raw.content)["data"][0]["embedding"]
    assert isinstance(coded, str)
    floats = struct.unpack("<384f", base64.b64decode(coded))
    assert cosine(floats, vectors(house, SENTENCES[0])[0]) > 0.9999


def test_usage_is_counted(house):
    raw = house.client.embeddings.with_raw_response.create(model="minilm", input="hello world", encoding_format="float")
    line = house.logged(raw.headers["x-request-id"])
    assert line["input_tokens"] == raw.parse().usage.prompt_tokens == 4


def test_what_an_embedder_cannot_do(house):
    with pytest.raises(openai.BadRequestError) as refused:
        house.client.chat.completions.create(model="minilm", messages=[{"role": "user", "content": "x"}])
    assert refused.value.code == "wrong_capability" and "embeddings" in str(refused.value)


def test_a_text_beyond_the_context(house):
    with pytest.raises(openai.BadRequestError) as refused:
        vectors(house, "word " * 2000)
    assert "512" in str(refused.value)
    assert vectors(house, "x")
