"""What Tests/Transcripts keeps of an engine is what the installed engine still answers: status, framing, and which keys hold what."""

import json
import os
import re
import signal
import subprocess
import sys

import pytest

from conftest import ROOT, need_large
from engine import UnixConnection, wait_for
from tiny_models import run

TRANSCRIPTS = ROOT / "Tests/Transcripts"
RECORDER = ROOT / "tools/transcripts/record.py"
OFFLINE = {"HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1", "VLLM_CPU_KVCACHE_SPACE": "1",
           "PYTHONDONTWRITEBYTECODE": "1"}
# The model's folder, of which the answers of `transformers serve` and the model lists of both tell the path.
FOLDER = "/tmp/models/tiny-llama"


def launched(command, folder):
    """The process, leader of a group of its own: vLLM's other processes outlive it if it is killed."""
    with open(folder / "log", "wb") as log:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder, start_new_session=True,
                                env={**os.environ, **OFFLINE, "HF_HOME": str(folder / "hf"), "TMPDIR": str(folder)})


def stopped(process):
    process.send_signal(signal.SIGTERM)
    try:
        return process.wait(timeout=20)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def recorded(engine, where, model, out):
    done = subprocess.run(
        [sys.executable, str(RECORDER), engine, *where, "--model", model, "--out", str(out)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return out


def model_folder(engine, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    run(need_large(engine), "tiny-models/make_hf_llama.py", folder)
    return folder


@pytest.fixture(scope="module")
def vllm(tmp_path_factory):
    python, model = need_large("vllm"), model_folder("vllm", tmp_path_factory)
    folder = tmp_path_factory.mktemp("v")
    socket = folder / "v.sock"
    process = launched(
        [str(python), "-m", "vllm.entrypoints.openai.api_server", "--model", str(model), "--uds", str(socket), "--served-model-name",
         "tiny", "--dtype", "float32", "--enforce-eager", "--max-model-len", "1024", "--max-num-seqs", "4"], folder)

    def ready():
        assert process.poll() is None, (folder / "log").read_text(errors="replace")[-3000:]
        try:
            connection = UnixConnection(socket)
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        finally:
            connection.close()

    try:
        wait_for("vLLM ready", ready, 240)
        yield recorded("vllm", ["--socket", str(socket)], "tiny", tmp_path_factory.mktemp("vllm")), model
    finally:
        assert stopped(process) == 0


@pytest.fixture(scope="module")
def transformers(tmp_path_factory):
    python, model = need_large("transformers"), model_folder("transformers", tmp_path_factory)
    folder = tmp_path_factory.mktemp("t")
    (folder / "hf/hub").mkdir(parents=True)
    process = launched([str(python.parent / "transformers"), "serve", str(model), "--port", "0", "--device", "cpu"], folder)

    def port():
        assert process.poll() is None, (folder / "log").read_text(errors="replace")[-3000:]
        return re.search(r"running on http://localhost:(\d+)", (folder / "log").read_text(errors="replace"))

    try:
        number = wait_for("transformers serve ready", port, 120)[1]
        yield recorded("transformers", ["--port", number], str(model), tmp_path_factory.mktemp("transformers")), model
    finally:
        stopped(process)


def body_of(answer):
    """Status line, names of the head's fields, and the body without its chunk framing."""
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *fields = head.decode().split("\r\n")
    names = {field.split(":")[0].lower() for field in fields}
    if "transfer-encoding" in names:
        assert body.endswith(b"0\r\n\r\n")
        rest, body = body, b""
        while (size := int(rest.partition(b"\r\n")[0], 16)) > 0:
            start = rest.index(b"\r\n") + 2
            body, rest = body + rest[start:start + size], rest[start + size + 2:]
    return status, names, body.decode()


def shape(value):
    """The keys, and of what kind each value is; texts and numbers that mean something stay."""
    if isinstance(value, dict):
        return {key: each if key in ("finish_reason", "object", "type", "param", "code") else shape(each)
                for key, each in value.items()}
    if isinstance(value, list):
        return [shape(each) for each in value]
    return type(value).__name__


def compared(answer):
    """What must not change from one recording to the next. Of a stream each kind of event counts once: how many tokens
    share one is a matter of luck."""
    status, names, text = body_of(answer)
    if "data: " not in text:
        try:
            return status, names, shape(json.loads(text))
        except ValueError:
            return status, names, text
    kinds = []
    for event in filter(None, text.split("\n\n")):
        data = event.removeprefix("data: ")
        kind = data if data == "[DONE]" else shape(json.loads(data))
        if kind not in kinds:
            kinds.append(kind)
    return status, names, kinds


@pytest.mark.parametrize("name", sorted(each.stem for each in (TRANSCRIPTS / "vllm").glob("*.http") if "sig" not in each.stem
                                        and each.stem != "error-key"))
def test_vllm(vllm, name):
    folder, _ = vllm
    assert compared((folder / f"{name}.http").read_bytes()) == compared((TRANSCRIPTS / "vllm" / f"{name}.http").read_bytes())


@pytest.mark.parametrize("name", sorted(
    each.stem for each in (TRANSCRIPTS / "transformers").glob("*.http") if "sig" not in each.stem))
def test_transformers(transformers, name):
    folder, model = transformers
    ours = (folder / f"{name}.http").read_bytes()
    kept = (TRANSCRIPTS / "transformers" / f"{name}.http").read_bytes()
    assert compared(ours) == compared(kept)
    assert (str(model).encode() in ours) == (FOLDER.encode() in kept)
