"""The part of the tests' model server that takes uploads: reads forms with Python's mail parser, and answers as OpenAI does."""

import email
import email.policy
import hashlib
import json

PIECE = 65_536
# Forms up to here are kept and taken apart; of larger ones the length and the SHA-256 are.
LARGE = 16 << 20
TRANSCRIPTS = {
    "json": ("application/json", json.dumps({"text": "hello", "usage": {"type": "duration", "seconds": 9}})),
    "verbose_json": ("application/json", json.dumps({
        "task": "transcribe", "language": "english", "duration": 8.25, "text": "hello", "segments": [], "words": []})),
    "text": ("text/plain; charset=utf-8", "hello\n"),
    "srt": ("application/x-subrip", "1\n00:00:00,000 --> 00:00:08,250\nhello\n"),
    "vtt": ("text/vtt", "WEBVTT\n\n00:00.000 --> 00:08.250\nhello\n"),
}
STREAM = [
    {"type": "transcript.text.delta", "delta": "hello "},
    {"type": "transcript.text.delta", "delta": "world"},
    {"type": "transcript.text.done", "text": "hello world",
     "usage": {"type": "tokens", "input_tokens": 14, "output_tokens": 2, "total_tokens": 16}},
]


def is_form(handler):
    return handler.headers.get_content_type() == "multipart/form-data"


def parts_of(content_type, body):
    """The parts of a form by name: content, type and file name of each."""
    head = f"content-type: {content_type}\r\n\r\n".encode()
    message = email.message_from_bytes(head + body, policy=email.policy.HTTP)
    assert not message.defects, message.defects
    parts = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        assert name not in parts, f"{name} came twice"
        parts[name] = (part.get_payload(decode=True), part.get_content_type(), part.get_filename())
    return parts


def take(handler):
    """Reads a form and answers it. Path, length and SHA-256 of each go to the server's `uploads`, its parts to `forms`;
    `reads` is called with what has been read so far, and may take its time."""
    server, length = handler.server, int(handler.headers["content-length"])
    digest, kept, done = hashlib.sha256(), [], 0
    while done < length:
        piece = handler.rfile.read(min(PIECE, length - done))
        if not piece:
            raise ConnectionResetError
        done += len(piece)
        digest.update(piece)
        if length <= LARGE:
            kept.append(piece)
        server.reads(done)
    server.uploads.append((handler.path, length, digest.hexdigest()))
    if length > LARGE:
        send(handler, "text/plain", str(length))
        return
    form = parts_of(handler.headers["content-type"], b"".join(kept))
    server.forms.append(form)
    answer(handler, {name: content.decode() for name, (content, _, file) in form.items() if not file})


def answer(handler, fields):
    if "/images/" in handler.path:
        send(handler, "application/json", json.dumps({"created": 0, "data": [{"b64_json": "aGVsbG8="}]}))
    elif fields.get("stream") == "true":
        # As OpenAI's speech models send it, without [DONE].
        send(handler, "text/event-stream", "".join(f"data: {json.dumps(event)}\n\n" for event in STREAM))
    else:
        send(handler, *TRANSCRIPTS[fields.get("response_format", "json")])


def send(handler, kind, text):
    handler.send_response(200)
    handler.send_header("content-type", kind)
    handler.send_header("content-length", str(len(text.encode())))
    handler.end_headers()
    handler.wfile.write(text.encode())
