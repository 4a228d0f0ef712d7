"""Embeddings by sentence-transformers with the real weights of all-MiniLM-L6-v2, beside those of llama.cpp."""

import base64
import importlib.util
import sys

import numpy
import pytest

from conftest import need_large, need_python, session_engine
from tiny_models import minilm_wheel, run

TEXTS = ["The cat sits on the mat.", "A kitten rests on a rug.", "restart the inference server", "reboot the model gateway",
         "Überraschung: naïve café, 東京!", "word " * 100]
# What the tokenizer of BERT makes of "hello world".
HELLO_WORLD = [7592, 2088]


@pytest.fixture(scope="module")
def llama(minilm_folder, tmp_path_factory):
    """llama.cpp's own server with the same weights as GGUF."""
    need_python("llama-cpp")
    if not importlib.util.find_spec("gguf"):
        pytest.skip("the package gguf of Tests/EngineTests/requirements.txt is not installed")
    gguf = tmp_path_factory.mktemp("gguf") / "minilm.F16.gguf"
    run(sys.executable, "embedding-model/make_embed_gguf.py", minilm_wheel(), gguf, "--type", "F16")
    yield from session_engine("llama-cpp", "--model", gguf, "--embeddings", "--pooling", "mean", "--threads", "1")


def rows(engine, texts, **more):
    answer = engine.post("/v1/embeddings", {"input": texts, **more})
    assert answer.status == 200, answer.body
    data = answer.json()["data"]
    assert [each["index"] for each in data] == list(range(len(data)))
    return numpy.array([each["embedding"] for each in data])


def test_agree_with_llama_cpp(minilm, llama):
    ours, theirs = rows(minilm, TEXTS), rows(llama, TEXTS)
    cosines = (ours * theirs).sum(axis=1) / numpy.linalg.norm(theirs, axis=1)
    assert cosines.min() > 0.999, cosines
    assert minilm.post("/v1/embeddings", {"input": TEXTS}).json()["usage"] == llama.post(
        "/v1/embeddings", {"input": TEXTS}).json()["usage"]


def test_know_what_is_alike(minilm):
    vectors = rows(minilm, TEXTS)
    assert numpy.allclose(numpy.linalg.norm(vectors, axis=1), 1, atol=1e-5) and vectors.shape == (6, 384)
    alike = vectors @ vectors.T
    assert alike[0, 1] > 0.5 and alike[2, 3] > 0.5 and abs(alike[0, 2]) < 0.2


def test_answer_has_openais_shape(minilm):
    answer = minilm.post("/v1/embeddings", {"input": "hello world", "model": "minilm", "user": "me"}).json()
    assert answer["object"] == "list" and answer["model"] == "minilm"
    assert answer["usage"] == {"prompt_tokens": 4, "total_tokens": 4}  # two words between [CLS] and [SEP]
    assert answer["data"][0]["object"] == "embedding"


def test_tokens_are_decoded(minilm):
    of_text = rows(minilm, "hello world")
    assert numpy.array_equal(rows(minilm, HELLO_WORLD), of_text)
    assert numpy.allclose(rows(minilm, [HELLO_WORLD, [101, *HELLO_WORLD, 102], HELLO_WORLD]), of_text, atol=1e-6)


def test_base64_is_the_same_numbers(minilm):
    coded = minilm.post("/v1/embeddings", {"input": "hello world", "encoding_format": "base64"}).json()["data"][0]["embedding"]
    assert numpy.array_equal(numpy.frombuffer(base64.b64decode(coded), "<f4"), rows(minilm, "hello world")[0].astype("<f4"))


def test_dimensions_are_cut_and_have_length_one(minilm):
    whole, cut = rows(minilm, TEXTS), rows(minilm, TEXTS, dimensions=64)
    expected = whole[:, :64] / numpy.linalg.norm(whole[:, :64], axis=1, keepdims=True)
    assert numpy.allclose(cut, expected, atol=1e-6)


def test_long_text_is_cut_as_the_card_says(minilm):
    long = "word " * 1000
    answer = minilm.post("/v1/embeddings", {"input": long}).json()
    assert answer["usage"]["prompt_tokens"] == 256
    assert numpy.allclose(rows(minilm, long), rows(minilm, "word " * 254), atol=1e-5)


def test_long_text_is_refused_if_told_so(own, minilm_folder):
    engine = own("sentence-transformers", "--model", minilm_folder, "--truncate", "never").start()
    error = engine.post("/v1/embeddings", {"input": ["short", "word " * 1000]}).error()
    assert error["code"] == "context_length_exceeded" and error["message"] == "input[1] has 1002 tokens; this model reads 256 at most"
    assert engine.post("/v1/embeddings", {"input": "word " * 254}).json()["usage"]["prompt_tokens"] == 256
    assert engine.stop() == 0


@pytest.mark.parametrize("body, sentence", [
    ({}, "input is missing"),
    ({"input": ""}, "input[0] is empty"),
    ({"input": []}, "input must be a string, a list of strings, or a list of token numbers"),
    ({"input": ["a", 1]}, "input[1] is neither a string nor a list of token numbers"),
    ({"input": [30522]}, "token 30522 is not of this model, whose tokens are 0 to 30521; send text"),
    ({"input": ["a"] * 2049}, "input has 2049 texts; 2048 at most are taken at once"),
    ({"input": "a", "dimensions": 385}, "dimensions must be between 1 and 384"),
    ({"input": "a", "encoding_format": "int8"}, "encoding_format 'int8' is unknown; it can be float, base64"),
])
def test_mistakes_are_named(minilm, body, sentence):
    assert minilm.post("/v1/embeddings", body).error()["message"] == sentence


def test_a_client_that_leaves_takes_its_work_along(minilm):
    texts = ["a sentence of some length that is not like the others, number %d" % number for number in range(2048)]
    before = minilm.cpu_seconds()
    rows(minilm, texts[:128])
    share = minilm.cpu_seconds() - before
    before = minilm.cpu_seconds()
    minilm.send("/v1/embeddings", {"input": texts}).close()
    rows(minilm, "after it in the line")
    assert minilm.cpu_seconds() - before < 8 * share  # all of it would be 16 shares


@pytest.mark.parametrize("make, sentence", [
    (lambda folder: folder / "absent", "there is no file or folder {}"),
    (lambda folder: folder, "{} is no model's folder: it has neither modules.json nor config.json"),
])
def test_a_wrong_folder_is_said_at_once(own, tmp_path, make, sentence):
    need_large("sentence-transformers")
    engine = own("sentence-transformers", "--model", make(tmp_path))
    assert engine.failure(seconds=5) == (1, sentence.format(make(tmp_path)))
