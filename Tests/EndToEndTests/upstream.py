"""A model's server for tests: answers chat requests and forms, and sends each event of a stream when it is told to."""

import email
import email.policy
import hashlib
import http.server
import json
import queue
import socket
import threading

PIECE = 65_536
LARGE = 16 << 20
TRANSCRIPTS = {
    "json": ("application/json", json.dumps({"text": "hello", "usage": {"type": "duration", "seconds": 9}})),
    "verbose_json": ("application/json", json.dumps({
        "task": "transcribe", "language": "english", "duration": 8.25, "text": "hello", "segments": [], "words": []})),
    "text": ("text/plain; charset=utf-8", "hello\n"),
    "srt": ("application/x-subrip", "1\n00:00:00,000 --> 00:00:08,250\nhello\n"),
    "vtt": ("text/vtt", "WEBVTT\n\n00:00.000 --> 00:08.250\nhello\n"),
}


def outer_address():
    """An address of this machine that is not loopback, so that a model there counts as elsewhere; else loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        try:
            made.connect(("192.0.2.1", 9))  # Nothing is sent: it only asks for the way there (RFC 5737).
            return made.getsockname()[0]
        except OSError:
            return "127.0.0.1"


def parts_of(content_type, body):
    """The parts of a form by name, as Python's mail parser reads them: content, type and file name of each."""
    head = f"content-type: {content_type}\r\n\r\n".encode()
    message = email.message_from_bytes(head + body, policy=email.policy.HTTP)
    assert not message.defects, message.defects
    parts = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        assert name not in parts, f"{name} came twice"
        parts[name] = (part.get_payload(decode=True), part.get_content_type(), part.get_filename())
    return parts


class Upstream(http.server.ThreadingHTTPServer):
    """Listens at `url`. A streamed answer has one event for each text that `say` is given, and ends with `finish`.

    A form's parts are kept in `forms` unless it is larger than LARGE; path, length and SHA-256 of each go to `uploads`.
    `reads` is called with what has been read of a form so far, and may take its time.
    """

    daemon_threads = True

    def __init__(self, host="127.0.0.1"):
        super().__init__((host, 0), Handler)
        self.url = f"http://{host}:{self.server_address[1]}/v1"
        self.texts = queue.Queue()
        self.requests = []
        self.forms = []
        self.uploads = []
        self.reads = lambda count: None
        self.left = threading.Event()
        self.thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def say(self, text):
        self.texts.put(text)

    def finish(self):
        self.texts.put(None)

    def stop(self):
        self.finish()
        self.shutdown()
        self.thread.join()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        if self.headers.get_content_type() == "multipart/form-data":
            self.take_form()
            return
        body = self.rfile.read(int(self.headers["content-length"]))
        request = json.loads(body)
        self.server.requests.append((len(body), dict(self.headers)))
        if request.get("stream"):
            self.stream()
        else:
            self.answer(request)

    def take_form(self):
        length = int(self.headers["content-length"])
        digest, kept, done = hashlib.sha256(), [], 0
        while done < length:
            piece = self.rfile.read(min(PIECE, length - done))
            if not piece:
                self.server.left.set()
                self.close_connection = True
                return
            done += len(piece)
            digest.update(piece)
            if length <= LARGE:
                kept.append(piece)
            self.server.reads(done)
        self.server.uploads.append((self.path, length, digest.hexdigest()))
        if length > LARGE:
            self.send("text/plain", str(length))
            return
        form = parts_of(self.headers["content-type"], b"".join(kept))
        self.server.forms.append(form)
        self.answer_form({name: content.decode() for name, (content, kind, file) in form.items() if not file})

    def answer_form(self, fields):
        if "/images/" in self.path:
            self.send("application/json", json.dumps({"created": 0, "data": [{"b64_json": "aGVsbG8="}]}))
        elif fields.get("stream") == "true":
            self.transcribe()
        else:
            self.send(*TRANSCRIPTS[fields.get("response_format", "json")])

    def transcribe(self):
        """A stream as OpenAI's speech models send it: it ends without [DONE]."""
        self.begin_stream()
        for text in ("hello ", "world"):
            self.event(json.dumps({"type": "transcript.text.delta", "delta": text}))
        self.event(json.dumps({
            "type": "transcript.text.done", "text": "hello world", "usage": {
                "type": "tokens", "input_tokens": 14, "output_tokens": 2, "total_tokens": 16}}))
        self.wfile.write(b"0\r\n\r\n")

    def send(self, kind, text):
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def answer(self, request):
        text = json.dumps({
            "id": "x", "object": "chat.completion", "created": 0, "model": "far",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": "hello"}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100},
        })
        self.send("application/json", text)

    def begin_stream(self):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()

    def stream(self):
        self.begin_stream()
        try:
            while (text := self.next_text()) is not None:
                self.event(json.dumps({
                    "id": "x", "object": "chat.completion.chunk", "created": 0, "model": "far",
                    "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}))
            self.event("[DONE]")
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.server.left.set()
            self.close_connection = True

    def next_text(self):
        """The next text; while there is none, looks whether the other side has gone."""
        self.connection.settimeout(0.05)
        while True:
            try:
                return self.server.texts.get(timeout=0.05)
            except queue.Empty:
                pass
            try:
                if self.connection.recv(1) == b"":
                    raise ConnectionResetError
            except TimeoutError:
                pass

    def event(self, data):
        text = f"data: {data}\n\n".encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(text), text))
        self.wfile.flush()
