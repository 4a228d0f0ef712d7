"""vLLM and transformers with a tiny model that always says the same sentence: the real engines, the official client.
Not among the usual tests: `make test-vllm` and `make test-transformers` install an engine and run this for it."""

import http.client
import json
import time

import anthropic
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
        host, port = gateway.url.removeprefix("http://").rsplit(":", 1)
        connection = http.client.HTTPConnection(host, int(port))
        body = {"model": "loop", "messages": MESSAGES, "max_tokens": 900}
        connection.request("POST", "/v1/chat/completions", json.dumps(body), {"content-type": "application/json"})
        # Not by `ps`, which takes longer than the answer on a machine that the engine keeps busy.
        active = b'roundhouse_worker_active_requests{model="loop"} 1'
        wait_for("the engine has it", lambda: active in gateway.get("/metrics")[2])
        connection.close()
    left = time.monotonic()
    gateway.client.chat.completions.create(model="loop", messages=MESSAGES, max_tokens=2)
    assert time.monotonic() - left < 5
    wait_for("nobody is served", lambda: gateway.worker("loop")["active"] == 0)


def test_missing_weights_are_said_at_once(house, gateway, tmp_path):
    broken = house(YAML.format(name="m", engine=gateway.engine, folder=tmp_path / "nowhere", settings=""))
    with pytest.raises(openai.InternalServerError) as refused:
        broken.client.chat.completions.create(model="m", messages=MESSAGES)
    assert refused.value.status_code == 503 and "nowhere" in str(refused.value)


def logged(gateway, identifier):
    return wait_for("its line", lambda: [one for one in map(json.loads, gateway.log) if one["request_id"] == identifier])[0]


def test_anthropics_dialect(gateway):
    client = anthropic.Anthropic(base_url=gateway.url, api_key="unused", max_retries=0, timeout=600)
    raw = client.messages.with_raw_response.create(model="chain", max_tokens=64, messages=MESSAGES)
    message = raw.parse()
    assert message.content[0].text.strip() == SENTENCE and message.stop_reason == "end_turn" and message.model == "chain"
    line = logged(gateway, raw.headers["x-request-id"])
    assert (line["outcome"], line["usage_source"]) == ("ok", "provider")
    assert line["output_tokens"] == message.usage.output_tokens > 5
    with client.messages.stream(model="chain", max_tokens=64, messages=MESSAGES) as stream:
        text = "".join(stream.text_stream)
        identifier = stream.response.headers["x-request-id"]
    assert text.strip() == SENTENCE
    line = logged(gateway, identifier)
    assert (line["outcome"], line["usage_source"]) == ("ok", "provider") and line["output_tokens"] > 5
    assert client.messages.count_tokens(model="chain", messages=MESSAGES).input_tokens > 0


def test_responses(gateway):
    raw = gateway.client.responses.with_raw_response.create(model="chain", input="Say something.", max_output_tokens=64)
    response = raw.parse()
    assert response.output_text.strip() == SENTENCE and response.status == "completed"
    line = logged(gateway, raw.headers["x-request-id"])
    assert (line["outcome"], line["usage_source"]) == ("ok", "provider")
    assert line["output_tokens"] == response.usage.output_tokens > 5
    *_, last = gateway.client.responses.create(model="chain", input="Say something.", max_output_tokens=64, stream=True)
    assert last.type == "response.completed" and last.response.output_text.strip() == SENTENCE
