"""What clients and operators are promised, on the real engine."""

import concurrent.futures
import http.server
import json
import os
import re
import signal
import subprocess
import threading

import openai
import pytest

from conftest import GUIDE, GUIDE_YAML, wait_for

MESSAGES = [{"role": "user", "content": "What is Roundhouse?"}]
COLD_YAML = GUIDE_YAML.replace("warm_up: true", "warm_up: false")


def client_of(gateway, key="unused"):
    return openai.OpenAI(base_url=gateway.url + "/v1", api_key=key, max_retries=0)


def stream_body(usage):
    body = {"model": "guide", "messages": MESSAGES, "stream": True, "temperature": 0, "seed": 1}
    return body | ({"stream_options": {"include_usage": True}} if usage else {})


def without_what_differs(stream):
    """A stream's bytes without ids, times and cache counts, which two runs of one question do not share."""
    stream = re.sub(rb'"(id|created|system_fingerprint)":("[^"]*"|\d+)', rb'"\1":0', stream)
    stream = re.sub(rb',?"prompt_tokens_details":\{[^}]*\}', b"", stream)
    return re.sub(rb',?"timings":\{[^}]*\}', b"", stream)


@pytest.mark.parametrize("usage", [True, False])
def test_a_stream_is_the_engines_own_bytes(gateway, usage):
    _, theirs = gateway.ask_engine("POST", "/v1/chat/completions", stream_body(usage))
    status, headers, ours = gateway.get("/v1/chat/completions", method="POST", body=stream_body(usage))
    assert status == 200 and headers["content-type"].startswith("text/event-stream")
    assert without_what_differs(ours) == without_what_differs(theirs)
    assert ours.endswith(b"data: [DONE]\n\n")


def test_headers_say_who_answered(gateway):
    _, headers, _ = gateway.get(
        "/v1/chat/completions", method="POST", body={"model": "default", "messages": MESSAGES},
        headers={"x-roundhouse-feature": "doc-summary"})
    assert headers["x-roundhouse-model"] == "guide" and headers["x-roundhouse-backend"] == "llama-cpp"
    assert headers["x-roundhouse-route"] == "alias"
    assert all(part in headers["server-timing"] for part in ("queue;dur=", "load;dur=", "upstream;dur=", "overhead;dur="))
    line = gateway.logged(headers["x-request-id"])
    assert line["feature"] == "doc-summary" and line["requested_model"] == "default" and line["model"] == "guide"
    assert line["inference.gateway"] == "roundhouse" and line["inference.backend"] == "llama-cpp"
    assert line["ttft_ms"] >= 0 and line["overhead_us"] > 0 and line["cost"] is None


def test_unprefixed_paths_serve_too(gateway):
    status, _, body = gateway.get("/chat/completions", method="POST", body={"model": "guide", "messages": MESSAGES})
    assert status == 200 and json.loads(body)["choices"]
    status, _, body = gateway.get("/v1/completions", method="POST", body={"model": "guide", "prompt": "x", "max_tokens": 2})
    assert status == 200 and json.loads(body)["usage"]["completion_tokens"] <= 2


def test_a_client_gets_the_whole_context(gateway):
    slots = json.loads(gateway.ask_engine("GET", "/slots")[1])
    assert [slot["n_ctx"] for slot in slots] == [1024, 1024]
    with pytest.raises(openai.BadRequestError) as caught:
        client_of(gateway).chat.completions.create(
            model="guide", messages=[{"role": "user", "content": "word " * 3000}])
    assert caught.value.code == "context_length_exceeded" and "1024" in str(caught.value)


def test_metrics_count_what_was_answered(gateway):
    client_of(gateway).chat.completions.create(model="guide", messages=MESSAGES)
    status, headers, text = gateway.get("/metrics")
    assert status == 200 and headers["content-type"].startswith("text/plain; version=0.0.4")
    assert re.search(rb'roundhouse_tokens_total\{model="guide",backend="llama-cpp",direction="output",source="provider"\} [1-9]', text)
    assert b'roundhouse_worker_state{model="guide",state="ready"} 1' in text


def test_a_hundred_first_requests_are_one_start(own):
    gateway = own([COLD_YAML]).start()
    body = {"model": "guide", "messages": MESSAGES, "max_tokens": 4}
    with concurrent.futures.ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(lambda _: gateway.get("/v1/chat/completions", method="POST", body=body)[0], range(100)))
    assert answers == [200] * 100
    assert sum("starting engine" in line for line in gateway.errors) == 1


def test_a_broken_file_is_a_503_that_says_why_and_harms_nobody(own, tmp_path):
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(GUIDE.read_bytes()[:500_000])
    gateway = own([GUIDE_YAML, f"name: broken\nbackend: llama-cpp\nparameters: {{model: {broken}}}\n"]).start().ready()
    with pytest.raises(openai.InternalServerError) as caught:
        client_of(gateway).chat.completions.create(model="broken", messages=MESSAGES)
    assert caught.value.status_code == 503 and "broken.gguf are cut off" in str(caught.value)
    assert caught.value.response.headers["retry-after"]
    assert str(tmp_path) not in str(caught.value), "folders are nobody's business"
    assert client_of(gateway).chat.completions.create(model="guide", messages=MESSAGES).choices
    failed = gateway.worker("broken")
    assert failed["state"] == "failed" and "are cut off" in failed["problem"]


def test_missing_weights_make_one_model_unavailable(own):
    models = [GUIDE_YAML, "name: gone\nbackend: llama-cpp\nparameters: {model: gone.gguf}\n"]
    gateway = own(models).start()
    with pytest.raises(openai.InternalServerError, match="gone.gguf") as caught:
        client_of(gateway).chat.completions.create(model="gone", messages=MESSAGES)
    assert caught.value.status_code == 503 and caught.value.code == "model_unavailable"
    assert gateway.run("check").returncode == 1
    assert "gone" not in [model.id for model in client_of(gateway).models.list()]


def test_an_engine_that_dies_before_its_answer_is_a_502_that_says_how(own):
    gateway = own().start().ready()
    pid = gateway.worker()["pid"]
    os.kill(pid, signal.SIGSTOP)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        answer = pool.submit(
            gateway.get, "/v1/chat/completions", method="POST", body={"model": "guide", "messages": MESSAGES})
        wait_for("the request is in the engine", lambda: gateway.worker()["active"] == 1)
        os.kill(pid, signal.SIGKILL)
        status, _, body = answer.result(timeout=30)
    assert status == 502 and "signal 9" in json.loads(body)["error"]["message"]
    wait_for("started again by itself", lambda: gateway.worker()["state"] == "ready")


def test_key_classes_and_revoking(own):
    gateway = own()
    secrets = {
        name: gateway.run("keys create", name, "--class", name).stdout.strip()
        for name in ("inference", "metrics", "admin")}
    gateway.start().ready()

    def status(path, name):
        return gateway.get(path, {"authorization": f"Bearer {secrets[name]}"})[0]

    assert [status("/v1/models", name) for name in secrets] == [200, 403, 200]
    assert [status("/metrics", name) for name in secrets] == [403, 200, 200]
    assert [status("/admin/workers", name) for name in secrets] == [403, 403, 200]
    assert gateway.get("/v1/models", {"x-api-key": secrets["inference"]})[0] == 200
    assert gateway.get("/healthz")[0] == 200
    assert gateway.run("keys revoke", "inference").returncode == 0
    wait_for("the key is revoked", lambda: status("/v1/models", "inference") == 401)


class Recorder(http.server.BaseHTTPRequestHandler):
    """Stands where a cloud would, and keeps what it was sent."""

    seen = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.seen.append((dict(self.headers), body))
        answer = json.dumps({"object": "chat.completion", "model": "x", "choices": [], "usage": {
            "prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}}).encode()
        self.send_response(200)
        for name, value in {"content-type": "application/json", "content-length": len(answer), "set-cookie": "a=b"}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


def test_credentials_stay_on_their_side(own):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        cloud = (
            f"name: cloud\nbackend: openai\nendpoint: http://127.0.0.1:{server.server_port}/v1\n"
            "api_key: ${env:CLOUD_KEY}\nparameters: {model: theirs}\n"
            "cost: {input_per_million: 1, output_per_million: 2, currency: EUR}\n")
        gateway = own([cloud], environment={"CLOUD_KEY": "upstream-secret"})
        secret = gateway.run("keys create", "me").stdout.strip()
        gateway.start()
        raw = client_of(gateway, secret).chat.completions.with_raw_response.create(model="cloud", messages=MESSAGES)
        headers, body = Recorder.seen[-1]
        assert headers["authorization"] == "Bearer upstream-secret" and secret not in str(headers)
        assert json.loads(body)["model"] == "theirs"
        assert "set-cookie" not in raw.headers
        line = gateway.logged(raw.headers["x-request-id"])
        assert line["cost"] == pytest.approx(19e-6) and line["key"] == "me"
        with pytest.raises(openai.APIError):
            client_of(gateway, "upstream-secret").models.list()
        gateway.stop()
        written = "".join(gateway.log + gateway.errors) + gateway.run("check").stdout
        assert secret not in written and "upstream-secret" not in written
    finally:
        server.shutdown()


def test_terminal_chat_through_a_pipe(gateway):
    result = subprocess.run(
        gateway.command("chat", "guide", "--url", gateway.url)[:5], input="What is Roundhouse?\n/quit\n",
        capture_output=True, text=True, timeout=60)
    assert result.returncode == 0 and "gateway" in result.stdout, result.stderr
    assert ">" not in result.stdout
