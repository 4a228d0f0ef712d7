"""Reranking by sentence-transformers: cosine of real embeddings, and a tiny cross-encoder whose scores are computed here again."""

import json
import subprocess

import pytest

from conftest import need_large, session_engine
from tiny_models import run

DOCUMENTS = ["To restart the server, run systemctl.", "The cat sat on the mat.", {"text": "Bananas are yellow."}]
SCORES = """
import json, sys, torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer
folder, query, *documents = sys.argv[1:]
tokens = AutoTokenizer.from_pretrained(folder)([query] * len(documents), documents, padding=True, return_tensors="pt")
model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
print(json.dumps([torch.sigmoid(model(**tokens).logits).flatten().tolist(), tokens["attention_mask"].sum().item()]))
"""


@pytest.fixture(scope="module")
def cross_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cross")
    run(need_large("sentence-transformers"), "tiny-models/make_cross_encoder.py", folder)
    return folder


@pytest.fixture(scope="module")
def cross(cross_folder):
    yield from session_engine("sentence-transformers", "--model", cross_folder, "--alias", "judge", "--threads", "1")


def test_a_bi_encoder_ranks_by_cosine(minilm):
    asked = {"query": "how do I reboot the machine?", "documents": DOCUMENTS, "top_n": 2, "return_documents": True}
    answer = minilm.post("/v1/rerank", asked).json()
    first, second = answer["results"]
    assert first["index"] == 0 and first["document"] == {"text": DOCUMENTS[0]} and answer["model"] == "minilm"
    assert 1 > first["relevance_score"] > 0.3 > second["relevance_score"] > -1
    assert answer["usage"]["prompt_tokens"] == answer["usage"]["total_tokens"] > 20


def test_documents_are_left_out_unless_asked_for(minilm):
    answer = minilm.post("/v1/rerank", {"query": "cat", "documents": DOCUMENTS, "top_n": 9}).json()
    assert [each["index"] for each in answer["results"]][0] == 1 and len(answer["results"]) == 3
    assert all(set(each) == {"index", "relevance_score"} for each in answer["results"])


def test_a_cross_encoder_gives_the_models_own_scores(cross, cross_folder):
    documents = ["a dog", "a cat on the mat", "a train", "feline"]
    done = subprocess.run(
        [need_large("sentence-transformers"), "-c", SCORES, cross_folder, "feline", *documents], capture_output=True, text=True)
    expected, tokens = json.loads(done.stdout)
    answer = cross.post("/v1/rerank", {"query": "feline", "documents": documents}).json()
    scores = [each["relevance_score"] for each in answer["results"]]
    assert scores == sorted(scores, reverse=True) and len(set(scores)) == 4
    assert {each["index"]: pytest.approx(each["relevance_score"], abs=1e-5) for each in answer["results"]} == dict(
        enumerate(expected))
    assert answer["usage"]["prompt_tokens"] == tokens


def test_a_cross_encoder_makes_no_embeddings(cross):
    error = cross.post("/v1/embeddings", {"input": "x"}).error()
    assert error["message"] == "judge ranks documents and makes no embeddings; ask /v1/rerank"


def test_what_is_too_long_is_refused(cross):
    error = cross.post("/v1/rerank", {"query": "x", "documents": ["short", "a " * 200]}).error()
    assert error["message"] == "documents[1] has 204 tokens; this model reads 128 at most"
    assert error["code"] == "context_length_exceeded"


@pytest.mark.parametrize("body, sentence", [
    ({"documents": ["a"]}, "query is missing"),
    ({"query": 3, "documents": ["a"]}, "query must be a string"),
    ({"query": "x"}, "documents is missing"),
    ({"query": "x", "documents": []}, 'documents must be a list of at least one string or {"text": ...}'),
    ({"query": "x", "documents": ["a", {"title": "b"}]}, "documents[1] is neither a string nor an object with a text"),
    ({"query": "x", "documents": ["a"], "top_n": 0}, "top_n must be between 1 and 2147483648"),
])
def test_mistakes_are_named(cross, body, sentence):
    assert cross.post("/v1/rerank", body).error()["message"] == sentence


def test_a_classifier_is_no_reranker(own, cross_folder, tmp_path):
    config = json.loads((cross_folder / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"id2label": {"0": "bad", "1": "good"}}))
    engine = own("sentence-transformers", "--model", tmp_path)
    assert engine.failure(seconds=5) == (1, f"{tmp_path} sorts texts into 2 classes; a reranker has one label")
