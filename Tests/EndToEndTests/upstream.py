"""A model's server for tests: answers chat requests and forms, and sends each event of a stream when it is told to."""

import http.server
import json
import queue
import socket
import sys
import threading

import forms


def outer_address():
    """An address of this machine that is not loopback, so that a model there counts as elsewhere; else loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        try:
            made.connect(("192.0.2.1", 9))  # Nothing is sent: it only asks for the way there (RFC 5737).
            return made.getsockname()[0]
        except OSError:
            return "127.0.0.1"


class Upstream(http.server.ThreadingHTTPServer):
    """Listens at `url`. A streamed answer has one event for each text that `say` is given, and ends with `finish` or
    `break_off`.

    `requests` and `heads` tell what came, in its order: lengths and headers, and all header lines. `before` is called with
    the handler of each request before it is answered, and may wait. What becomes of uploads stands in `forms.take`.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, host="127.0.0.1"):
        super().__init__((host, 0), Handler)
        self.url = f"http://{host}:{self.server_address[1]}/v1"
        self.texts = queue.Queue()
        self.answers = queue.Queue()
        self.streams = queue.Queue()
        self.requests, self.heads, self.bodies = [], [], []
        self.before = lambda handler: None
        self.forms, self.uploads = [], []
        self.reads = lambda count: None
        self.left = threading.Event()
        self.thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def say(self, text):
        self.texts.put(text)

    def finish(self):
        self.texts.put(None)

    def break_off(self):
        """Closes the connection of the stream that is being said."""
        self.texts.put(BREAK_OFF)

    def answer_next(self, status, body, headers=()):
        """The next request for a whole answer gets this one: a status, a text or what becomes JSON, and header lines."""
        self.answers.put((status, body, headers))

    def stream_next(self, *chunks, cut_every=None, breaks_off=False):
        """The next streamed answer: what becomes JSON, an event each, or bytes as they are. `cut_every` sends so many bytes at a
        time, whatever they belong to; `breaks_off` closes the connection where the end would be."""
        events = b"".join(each if isinstance(each, bytes) else b"data: %s\n\n" % json.dumps(each, ensure_ascii=False).encode()
                          for each in chunks)
        if not breaks_off:
            events += b"data: [DONE]\n\n"
        size = cut_every or len(events)
        self.streams.put(([events[at:at + size] for at in range(0, len(events), size)], breaks_off))

    def handle_error(self, request, client_address):
        """A gateway that is killed leaves its connections as they are."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def stop(self):
        self.finish()
        self.shutdown()
        self.thread.join()
        self.server_close()


ANSWER = {
    "id": "x", "object": "chat.completion", "created": 0, "model": "far",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "hello"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100},
}
BREAK_OFF = object()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def do_POST(self):
        if forms.is_form(self):
            self.take_form()
            return
        body = self.rfile.read(int(self.headers["content-length"]))
        request = json.loads(body)
        self.server.bodies.append(request)
        self.server.heads.append(self.headers.items())
        self.server.requests.append((len(body), dict(self.headers)))
        self.server.before(self)
        try:
            if request.get("stream") and self.server.answers.empty():
                self.stream()
            else:
                self.answer()
        except OSError:
            self.server.left.set()
            self.close_connection = True
        self.connection.settimeout(None)

    def take_form(self):
        try:
            forms.take(self)
        except OSError:
            self.server.left.set()
            self.close_connection = True

    def answer(self):
        try:
            status, body, headers = self.server.answers.get_nowait()
        except queue.Empty:
            status, body, headers = 200, ANSWER, ()
        text = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def stream(self):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        if not self.server.streams.empty():
            self.stream_as_told()
            return
        while (text := self.next_text()) is not None:
            if text is BREAK_OFF:
                self.close_connection = True
                return
            self.event(json.dumps({
                "id": "x", "object": "chat.completion.chunk", "created": 0, "model": "far",
                "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}))
        self.event("[DONE]")
        self.wfile.write(b"0\r\n\r\n")

    def stream_as_told(self):
        pieces, breaks_off = self.server.streams.get()
        for piece in pieces:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.flush()
        if breaks_off:
            self.close_connection = True
        else:
            self.wfile.write(b"0\r\n\r\n")

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
