"""Large programs that people use, each in an environment of its own (`make test-clients`), in front of the real engine and with no
internet to ask: aider, and Open WebUI by both of its ways."""

import json
import os
import socket
import subprocess
import urllib.request

import pytest

from conftest import ROOT, wait_for

CLIENTS = ROOT / ".build/clients"
QUESTION = "How do I add a model?"


def test_aider(gateway, tmp_path):
    done = subprocess.run(
        [CLIENTS / "aider/bin/aider", "--model", "openai/guide", "--message", QUESTION, "--edit-format", "ask", "--no-git",
         "--yes-always", "--no-check-update", "--analytics-disable", "--no-show-model-warnings", "--map-tokens", "0"],
        cwd=tmp_path, capture_output=True, text=True, timeout=120,
        env=os.environ | {"OPENAI_API_BASE": gateway.url + "/v1", "OPENAI_API_KEY": "unused", "HOME": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    line = wait_for("its request", lambda: [one for one in map(json.loads, gateway.log)
                                            if one["http"] == "POST /v1/chat/completions"])[-1]
    # What it says after the answer, with its own count of tokens.
    assert line["outcome"] == "ok" and " received." in done.stdout


@pytest.fixture(scope="module")
def web(gateway, tmp_path_factory):
    """Open WebUI, and how it is asked."""
    folder = tmp_path_factory.mktemp("web")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {
        "OPENAI_API_BASE_URL": gateway.url + "/v1", "OPENAI_API_KEY": "unused", "OLLAMA_BASE_URL": gateway.url,
        "WEBUI_AUTH": "False", "WEBUI_SECRET_KEY": "x", "DATA_DIR": str(folder), "HOME": str(folder),
        "OFFLINE_MODE": "true", "HF_HUB_OFFLINE": "1", "RAG_EMBEDDING_ENGINE": "openai", "DO_NOT_TRACK": "true"}
    log = open(folder / "log", "w")
    process = subprocess.Popen(
        [CLIENTS / "open-webui/bin/open-webui", "serve", "--host", "127.0.0.1", "--port", str(port)],
        env=os.environ | settings, stdout=log, stderr=log, cwd=folder)

    def ask(path, body=None, token=None):
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}{path}", None if body is None else json.dumps(body).encode(),
            {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {}))
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def is_up():
        assert process.poll() is None, (folder / "log").read_text()[-2000:]
        try:
            return ask("/health")
        except OSError:
            return None

    try:
        wait_for("Open WebUI", is_up, 180)
        token = ask("/api/v1/auths/signin", {"email": "admin@localhost", "password": "admin"})["token"]
        yield lambda path, body=None: ask(path, body, token)
    finally:
        process.terminate()
        process.wait(timeout=60)
        log.close()


@pytest.mark.parametrize("model, path", [("guide", "POST /v1/chat/completions"), ("guide:latest", "POST /api/chat")])
def test_open_webui(gateway, web, model, path):
    assert model in {one["id"] for one in web("/api/models")["data"]}
    answer = web("/api/chat/completions", {"model": model, "messages": [{"role": "user", "content": QUESTION}], "stream": False})
    assert "YAML" in answer["choices"][0]["message"]["content"]
    wait_for("its request", lambda: [one for one in map(json.loads, gateway.log) if one["http"] == path])
