"""The server inside transformers on our socket, with a tiny Llama that says one sentence."""

import contextlib

import pytest

from conftest import need_large, session_engine
from tiny_models import run

CHAT = "/v1/chat/completions"
SENTENCE = " Hello from the tiny chain model. It always says these same words and then stops!"
HI = {"messages": [{"role": "user", "content": "hi"}], "temperature": 0}


def made(tmp_path_factory, mode):
    folder = tmp_path_factory.mktemp(mode)
    run(need_large("transformers"), "tiny-models/make_hf_llama.py", folder, "--mode", mode)
    return folder


@pytest.fixture(scope="module")
def chain(tmp_path_factory):
    yield from session_engine("transformers", "--model", made(tmp_path_factory, "chain"), "--alias", "team/tiny", "--device", "cpu")


@pytest.fixture(scope="module")
def loop(tmp_path_factory):
    yield from session_engine("transformers", "--model", made(tmp_path_factory, "loop"), "--alias", "loop", "--device", "cpu")


def test_chat_under_its_public_name(chain):
    answer = chain.post(CHAT, HI | {"model": "team/tiny"}).json()
    assert answer["model"] == "team/tiny"
    assert answer["choices"][0]["message"]["content"] == SENTENCE and answer["choices"][0]["finish_reason"] == "stop"
    assert answer["usage"]["completion_tokens"] == 18
    assert [each["id"] for each in chain.get("/v1/models").json()["data"]] == ["team/tiny"]


def test_stream_ends_with_usage_and_no_done(chain):
    chunks = chain.post(CHAT, HI | {"stream": True}).events()
    assert "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks) == SENTENCE
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop" and chunks[-1]["usage"]["completion_tokens"] == 18
    assert {chunk["model"] for chunk in chunks} == {"team/tiny"}


def test_completions_and_responses(chain):
    answer = chain.post("/v1/completions", {"prompt": "Hi", "max_tokens": 5, "temperature": 0}).json()
    assert answer["choices"][0]["text"] == " Hello from the tiny chain" and answer["model"] == "team/tiny"
    answer = chain.post("/v1/responses", {"input": "Hi", "temperature": 0}).json()
    assert answer["output"][0]["content"][0]["text"] == SENTENCE and answer["model"] == "team/tiny"


def image(url):
    return {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}]}


@pytest.mark.parametrize("body, part", [
    ({}, "messages must be a list of at least one message"),
    ({"messages": []}, "messages must be a list of at least one message"),
    ({"messages": ["hi"]}, "messages[0] must be an object with a role"),
    (HI | {"temperature": "hot"}, "temperature must be a number"),
    (HI | {"max_tokens": 0}, "max_tokens must be between 1 and"),
    (HI | {"stop": [1]}, "stop must be a string or a list of strings"),
    (HI | {"top_k": 3}, "Unexpected fields in the request: {'top_k'}"),
    (HI | {"generation_config": "{}"}, "generation_config is not accepted"),
    ({"messages": [{"role": "user", "content": "word " * 3000}]}, "the model's context is 2048 tokens, the messages are 6"),
    (image("file:///etc/passwd"), "image_url in messages[0] must be a data: URL"),
    (image("http://127.0.0.1:1/a.png"), "image_url in messages[0] must be a data: URL"),
])
def test_mistakes_are_named(chain, body, part):
    assert part in chain.post(CHAT, body).error()["message"]


def test_other_models_and_paths_are_not_here(chain):
    assert chain.post(CHAT, HI | {"model": "nope"}).error(404)["code"] == "model_not_found"
    for path in ("/load_model", "/reset", "/v1/embeddings"):
        chain.post(path, {"model": "x"}).error(404)


def test_an_answer_ends_where_the_context_does(loop):
    words = "word " * 1015
    answer = loop.post(CHAT, {"messages": [{"role": "user", "content": words}], "temperature": 0, "max_tokens": 5000}).json()
    assert answer["usage"]["total_tokens"] == 2048 and answer["choices"][0]["finish_reason"] == "length"


def test_a_streamed_answer_stops_when_its_client_leaves(loop):
    before = loop.cpu_seconds()
    loop.post(CHAT, HI | {"max_tokens": 200})
    share = loop.cpu_seconds() - before
    before = loop.cpu_seconds()
    with contextlib.closing(loop.send(CHAT, HI | {"max_tokens": 2000, "stream": True})) as connection:
        connection.getresponse().readline()
    loop.post(CHAT, HI | {"max_tokens": 20})
    assert loop.cpu_seconds() - before < 3 * share  # all of it would be more than 10


def test_it_ends_at_once_in_the_middle_of_an_answer(own, tmp_path_factory):
    engine = own("transformers", "--model", made(tmp_path_factory, "loop"), "--device", "cpu").start()
    with contextlib.closing(engine.send(CHAT, HI | {"max_tokens": 2000, "stream": True})) as connection:
        connection.getresponse().readline()
        assert engine.stop() == 0


@pytest.mark.parametrize("make, sentence", [
    (lambda folder: folder / "absent", "there is no file or folder {}"),
    (lambda folder: folder, "{} is no folder in Hugging Face's format: it has no config.json"),
])
def test_wrong_folders_are_said_at_once(own, tmp_path, make, sentence):
    need_large("transformers")
    assert own("transformers", "--model", make(tmp_path)).failure(seconds=5) == (1, sentence.format(make(tmp_path)))
