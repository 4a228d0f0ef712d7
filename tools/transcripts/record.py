"""Records what an engine answers, byte for byte, for tests that must know an engine's habits without starting it.

    python record.py vllm --socket v.sock --model tiny --out Tests/Transcripts/vllm
    python record.py transformers --port 8000 --model /tmp/models/tiny-llama --out Tests/Transcripts/transformers
    python record.py vllm --socket v.sock --model tiny --out ... --only interrupted --signal TERM --pid PID

The engine serves a model of `tools/tiny-models/make_hf_llama.py` and runs already. Each `NAME.http` is one response as it came from
the socket, head and chunk framing included; `requests.txt` says what was asked. `--only interrupted` wants the `--mode loop` model: it
signals the process PID after the tenth event of a stream and keeps what came until the connection closed.
"""

import argparse
import json
import os
import pathlib
import signal
import socket

HI = [{"role": "user", "content": "Say something."}]
COMPLETIONS, CHAT = "/v1/completions", "/v1/chat/completions"


def requests(model):
    """Name, method, path and body of every request; a body that is no object is sent as it is."""
    chat = {"model": model, "messages": HI, "temperature": 0, "max_tokens": 64}
    stream = chat | {"stream": True}
    return [
        ("health", "GET", "/health", None),
        ("models", "GET", "/v1/models", None),
        ("chat", "POST", CHAT, chat),
        ("chat-length", "POST", CHAT, chat | {"max_tokens": 5}),
        ("chat-without-model", "POST", CHAT, {name: value for name, value in chat.items() if name != "model"}),
        ("chat-stream", "POST", CHAT, stream),
        ("chat-stream-usage", "POST", CHAT, stream | {"stream_options": {"include_usage": True}}),
        ("chat-stream-length", "POST", CHAT, stream | {"max_tokens": 5}),
        ("completion", "POST", COMPLETIONS, {"model": model, "prompt": "Hello", "temperature": 0, "max_tokens": 8}),
        ("completion-stream", "POST", COMPLETIONS,
         {"model": model, "prompt": "Hello", "temperature": 0, "max_tokens": 8, "stream": True}),
        ("error-bad-json", "POST", CHAT, b'{"model": '),
        ("error-no-messages", "POST", CHAT, {"model": model}),
        ("error-empty-messages", "POST", CHAT, chat | {"messages": []}),
        ("error-wrong-type", "POST", CHAT, chat | {"temperature": "hot"}),
        ("chat-extra-fields", "POST", CHAT, chat | {"top_k": 5, "no_such_field": 1}),
        ("error-unknown-model", "POST", CHAT, chat | {"model": "nope"}),
        ("error-context", "POST", CHAT, chat | {"messages": [{"role": "user", "content": "word " * 3000}]}),
        ("error-path", "POST", "/v1/embeddings", {"model": model, "input": "Hello"}),
        ("error-method", "GET", CHAT, None),
    ]


def connect(given):
    connection = socket.socket(socket.AF_UNIX if given.socket else socket.AF_INET)
    connection.settimeout(120)
    connection.connect(given.socket or ("127.0.0.1", given.port))
    return connection


def encode(method, path, body, key=None):
    payload = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json", f"Content-Length: {len(payload)}"]
    if key:
        lines.append(f"Authorization: Bearer {key}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + payload


def is_complete(answer):
    head, separator, body = answer.partition(b"\r\n\r\n")
    if not separator:
        return False
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
    if b"content-length" in fields:
        return len(body) >= int(fields[b"content-length"])
    return body.endswith(b"\r\n0\r\n\r\n")


def exchange(given, request):
    """The bytes of one response on a connection that is kept alive, as a gateway keeps it."""
    with connect(given) as connection:
        connection.sendall(request)
        answer = b""
        while not is_complete(answer):
            part = connection.recv(65536)
            if not part:
                break
            answer += part
        return answer


def interrupted(given, request):
    """Everything until the connection closed, or was silent for 20 s, the engine having been signalled in the middle of it."""
    with connect(given) as connection:
        connection.settimeout(20)
        connection.sendall(request)
        answer, signalled = b"", False
        try:
            while part := connection.recv(65536):
                answer += part
                if not signalled and answer.count(b"data: ") >= 10:
                    os.kill(given.pid, getattr(signal, "SIG" + given.signal))
                    signalled = True
        except (ConnectionResetError, TimeoutError) as error:
            print("the stream ended with", type(error).__name__)
        return answer


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("engine")
    where = options.add_mutually_exclusive_group(required=True)
    where.add_argument("--socket")
    where.add_argument("--port", type=int)
    options.add_argument("--model", required=True, help="the model's name, as the engine wants it in requests")
    options.add_argument("--out", type=pathlib.Path, required=True)
    options.add_argument("--key", help="the engine's key; a request with a wrong one is recorded too")
    options.add_argument("--only", choices=["interrupted"])
    options.add_argument("--signal", choices=["TERM", "KILL"], default="TERM")
    options.add_argument("--pid", type=int)
    given = options.parse_args()
    if given.only and not given.pid:
        options.error("--only interrupted needs --pid, the process to signal")
    given.out.mkdir(parents=True, exist_ok=True)
    asked = requests(given.model)
    if given.only:
        body = {"model": given.model, "messages": HI, "temperature": 0, "max_tokens": 900, "stream": True}
        name = f"chat-stream-sig{given.signal.lower()}"
        (given.out / f"{name}.http").write_bytes(interrupted(given, encode("POST", CHAT, body, given.key)))
        return print(name, "POST", CHAT, json.dumps(body))
    if given.key:
        wrong = exchange(given, encode("POST", CHAT, {"model": given.model, "messages": HI}, key="wrong"))
        return (given.out / "error-key.http").write_bytes(wrong)
    lines = []
    for name, method, path, body in asked:
        (given.out / f"{name}.http").write_bytes(exchange(given, encode(method, path, body)))
        shown = "" if body is None else body.decode() if isinstance(body, bytes) else json.dumps(body)
        lines.append(f"{name}: {method} {path} {shown if len(shown) < 400 else shown[:200] + ' ...'}".rstrip())
    (given.out / "requests.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
