"""A server for `backend: command`: listens where it is told, and says in its answers what it was started with."""

import http.server
import json
import os
import socketserver
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def address_string(self):
        return "client"

    def do_GET(self):
        self.answer(200 if self.path == "/ready" else 404, {})

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        told = {"arguments": sys.argv[1:], "key": os.environ.get("SOME_API_KEY"), "model": request["model"]}
        self.answer(200, {
            "id": "x", "object": "chat.completion", "created": 0, "model": request["model"],
            "choices": [{"index": 0, "finish_reason": "stop",
                         "message": {"role": "assistant", "content": json.dumps(told)}}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}})

    def answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


class OnSocket(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


where = sys.argv[1]
if where.startswith("/"):
    server = OnSocket(where, Handler)
else:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(where)), Handler)
server.serve_forever()
