"""sentence-transformers with the real MiniLM: the real engine, the official client. Not among the usual tests:
`make test-sentence-transformers` installs it and runs this."""

import pytest

from conftest import ENGINES
from minilm import SENTENCES, cosine, folder_of
from test_engines import running
from weights import python_of


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    python_of("sentence-transformers")
    folder = folder_of(tmp_path_factory.mktemp("weights"))
    yield from running(tmp_path_factory.mktemp("house"), [
        f"name: minilm\nbackend: sentence-transformers\nparameters: {{model: {folder}}}\nthreads: 1\n"])


def test_embeddings(house):
    answer = house.client.embeddings.create(model="minilm", input=SENTENCES)
    vectors = [each.embedding for each in answer.data]
    assert all(len(vector) == 384 for vector in vectors) and answer.usage.prompt_tokens > 10
    assert cosine(vectors[0], vectors[1]) > 0.6 > 0.2 > cosine(vectors[0], vectors[2])
    short = house.client.embeddings.create(model="minilm", input=SENTENCES[0], dimensions=64).data[0].embedding
    assert len(short) == 64


def test_rerank(house):
    status, _, body = house.get("/v1/rerank", method="POST", body={
        "model": "minilm", "query": SENTENCES[0], "documents": [SENTENCES[2], SENTENCES[1]], "top_n": 1})
    assert status == 200 and b'"index":1' in body.replace(b" ", b"")


def test_the_environment_is_the_engines_own():
    assert (ENGINES / "sentence-transformers/bin/python").exists()
