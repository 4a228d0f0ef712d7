"""Rerank with the real llama.cpp and a cross-encoder made on the spot, which counts the words that two texts have in common."""

import json
import subprocess
import sys

import pytest

from conftest import ROOT
from test_engines import running

QUERY = "how do i add a model"
DOCUMENTS = ["cats sleep on warm roofs all day", "to add a model put a yaml file into the folder of models", "how do i add a model",
             "restart the gateway"]
BEST_FIRST = [2, 1]


@pytest.fixture(scope="module")
def house(engine, tmp_path_factory):
    weights = tmp_path_factory.mktemp("weights") / "reranker.gguf"
    done = subprocess.run(
        [sys.executable, ROOT / "tools/tiny-models/make_gguf_reranker.py", weights], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    yield from running(tmp_path_factory.mktemp("house"), [
        f"name: judge\nbackend: llama-cpp\nreranking: true\nparameters: {{model: {weights}}}\ncontext_size: 256\nthreads: 1\n"])


def asked(house, expected=200, path="/v1/rerank", **more):
    body = {"model": "judge", "query": QUERY, "documents": DOCUMENTS} | more
    status, headers, answer = house.get(path, method="POST", body={key: value for key, value in body.items() if value is not None})
    assert status == expected, answer
    return headers, json.loads(answer)


@pytest.mark.parametrize("path", ["/v1/rerank", "/rerank"])
def test_the_right_document_wins(house, path):
    headers, answer = asked(house, path=path)
    results = answer["results"]
    assert headers["x-roundhouse-backend"] == "llama-cpp" and answer["model"] == "judge"
    assert sorted(each["index"] for each in results) == [0, 1, 2, 3] and [each["index"] for each in results][:2] == BEST_FIRST
    scores = [each["relevance_score"] for each in results]
    assert scores == sorted(scores, reverse=True) and scores[1] > 0 > scores[2]


def test_it_goes_by_the_query(house):
    _, answer = asked(house, query="cats on roofs")
    assert answer["results"][0]["index"] == 0


def test_only_the_best(house):
    _, answer = asked(house, top_n=2)
    assert [each["index"] for each in answer["results"]] == BEST_FIRST


def test_usage_is_counted(house):
    headers, answer = asked(house)
    # [CLS] query [SEP] [SEP] document [SEP], for each document.
    words = sum(len(QUERY.split()) + len(document.split()) + 4 for document in DOCUMENTS)
    line = house.logged(headers["x-request-id"])
    assert line["input_tokens"] == answer["usage"]["prompt_tokens"] == words
    assert (line["outcome"], line["usage_source"]) == ("ok", "provider")


@pytest.mark.parametrize("body, word", [
    ({"query": None}, "query"), ({"documents": []}, "documents"), ({"documents": None}, "documents")])
def test_mistakes(house, body, word):
    _, answer = asked(house, 400, **body)
    assert word in answer["error"]["message"] and answer["error"]["type"] == "invalid_request_error"


def test_a_document_beyond_the_context(house):
    _, answer = asked(house, 400, documents=["cats " * 400])
    assert answer["error"]["code"] == "context_length_exceeded" and "256" in answer["error"]["message"]
    assert asked(house) and house.worker("judge")["restarts"] == 0


def test_a_reranker_does_not_chat(house):
    status, _, answer = house.get("/v1/chat/completions", method="POST", body={"model": "judge", "messages": [
        {"role": "user", "content": "x"}]})
    error = json.loads(answer)["error"]
    assert status == 400 and error["code"] == "wrong_capability" and "It can do: rerank" in error["message"]
