"""vLLM and transformers with a tiny model that always says the same sentence: the real engines, the official client.
Not among the usual tests: `make test-vllm` and `make test-transformers` install an engine and run this for it."""

import json
import time

import openai
import pytest

from conftest import Gateway, wait_for
from weights import make

SENTENCE = "Hello from the tiny chain model. It always says these same words and then stops!"
MESSAGES = [{"role": "user", "content": "Say something."}]
SETTINGS = {
    "vllm": "context_size: 1024\nparallel: 4\nargs: [--dtype, float32, --enforce-eager]\n",
    "transformers": "args: [--device, cpu]\n",
}
YAML = "name: {name}\nbackend: {engine}\nparameters: {{model: {folder}, temperature: 0}}\n{settings}"


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """Starts gateways with models; all are stopped at the end."""
    made = []

    def start(*models):
        gateway = Gateway(
            tmp_path_factory.mktemp("house"), models, environment={"VLLM_CPU_KVCACHE_SPACE": "1"}).start()
        gateway.client = openai.OpenAI(base_url=gateway.url + "/v1", api_key="unused", max_retries=0, timeout=600)
        made.append(gateway)
        return gateway

    yield start
    for each in made:
        each.stop()


@pytest.fixture(scope="module")
def gateway(request, house, tmp_path_factory):
    engine = request.config.getoption("--engine")
    folder = tmp_path_factory.mktemp("weights")
    models = [
        YAML.format(name=mode, engine=engine, settings=SETTINGS[engine],
                    folder=make(engine, "make_hf_llama.py", folder / mode, "--mode", mode))
        for mode in ("chain", "loop")]
    gateway = house(*models)
    gateway.engine = engine
    for mode in ("chain", "loop"):
        gateway.client.chat.completions.create(model=mode, messages=MESSAGES, max_tokens=4)
    return gateway


def test_a_whole_answer(gateway):
    raw = gateway.client.chat.completions.with_raw_response.create(model="chain", messages=MESSAGES, max_tokens=64)
    answer = raw.parse()
    assert answer.choices[0].message.content.strip() == SENTENCE and answer.choices[0].finish_reason == "stop"
    assert answer.model == "chain" and answer.object == "chat.completion" and answer.usage.completion_tokens > 5
    assert raw.headers["x-roundhouse-backend"] == gateway.engine
    assert "/" not in json.dumps(answer.model_dump()).replace(SENTENCE, "").replace("\\/", "")


@pytest.mark.parametrize("asks", [True, False])
def test_a_stream(gateway, asks):
    more = {"stream_options": {"include_usage": True}} if asks else {}
    chunks = list(gateway.client.chat.completions.create(
        model="chain", messages=MESSAGES, max_tokens=64, stream=True, **more))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text.strip() == SENTENCE and all(chunk.model == "chain" for chunk in chunks)
    assert (chunks[-1].usage is not None and not chunks[-1].choices) == asks
    assert any(chunk.choices and chunk.choices[0].finish_reason == "stop" for chunk in chunks)


def test_a_completion(gateway):
    answer = gateway.client.completions.create(model="chain", prompt="Hello", max_tokens=8)
    assert answer.choices[0].text and answer.model == "chain"


def test_unknown_fields_harm_nobody(gateway):
    answer = gateway.client.chat.completions.create(
        model="chain", messages=MESSAGES, max_tokens=8, user="me", extra_body={"top_k": 5, "no_such_field": 1})
    assert answer.choices[0].message.content


def test_a_prompt_beyond_the_context(gateway):
    with pytest.raises(openai.BadRequestError) as refused:
        gateway.client.chat.completions.create(
            model="chain", messages=[{"role": "user", "content": "word " * 20_000}], max_tokens=8)
    assert "context" in str(refused.value)


def test_messages_that_are_none(gateway):
    with pytest.raises(openai.BadRequestError):
        gateway.client.chat.completions.create(model="chain", messages=[], max_tokens=8)


def test_what_it_cannot_do(gateway):
    with pytest.raises(openai.BadRequestError) as refused:
        gateway.client.embeddings.create(model="chain", input="x")
    assert refused.value.code == "wrong_capability"


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_leaves_stops_the_engine(gateway, stream):
    """The engine makes one answer at a time or few: a short one right behind a long one that nobody waits for is quick."""
    if stream:
        chunks = gateway.client.chat.completions.create(model="loop", messages=MESSAGES, max_tokens=900, stream=True)
        for _, chunk in zip(range(5), chunks):
            assert chunk
        chunks.close()
    else:
        with pytest.raises(openai.APITimeoutError):
            gateway.client.with_options(timeout=0.1).chat.completions.create(model="loop", messages=MESSAGES, max_tokens=900)
    left = time.monotonic()
    gateway.client.chat.completions.create(model="loop", messages=MESSAGES, max_tokens=2)
    assert time.monotonic() - left < 5
    wait_for("nobody is served", lambda: gateway.worker("loop")["active"] == 0)


def test_missing_weights_are_said_at_once(house, gateway, tmp_path):
    broken = house(YAML.format(name="m", engine=gateway.engine, folder=tmp_path / "nowhere", settings=""))
    with pytest.raises(openai.InternalServerError) as refused:
        broken.client.chat.completions.create(model="m", messages=MESSAGES)
    assert refused.value.status_code == 503 and "nowhere" in str(refused.value)
