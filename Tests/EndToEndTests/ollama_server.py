"""An Ollama for tests: answers its own API and `/v1` with the bodies that its documentation shows (`Tests/Transcripts/ollama`)."""

import http.server
import json
import pathlib
import threading

TRANSCRIPTS = pathlib.Path(__file__).resolve().parents[1] / "Transcripts/ollama"


class OllamaServer(http.server.ThreadingHTTPServer):
    """Has the models that `tags.json` names; `loaded` is the name of the one in memory, if any. `asked` has paths and bodies."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.names = {each["name"] for each in json.loads(body("tags.json"))["models"]}
        self.loaded = None
        self.asked = []
        self.thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def has(self, name):
        return name in self.names or f"{name}:latest" in self.names

    def bodies(self, path):
        return [sent for where, sent in list(self.asked) if where == path]

    def stop(self):
        self.shutdown()
        self.thread.join()
        self.server_close()


def body(name):
    return (TRANSCRIPTS / name).read_bytes()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.server.asked.append((self.path, None))
        match self.path:
            case "/api/tags": self.answer(200, body("tags.json"))
            case "/api/ps": self.answer(200, self.running())
            case _: self.answer(404, body("error.json"))

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked.append((self.path, request))
        if not self.server.has(request["model"]):
            self.answer(404, body("error.json"))
            return
        match self.path:
            case "/api/show": self.answer(200, body("show.json"))
            case "/api/generate": self.answer(200, body("load.json"))
            case "/v1/chat/completions":
                self.server.loaded = request["model"]
                if request.get("stream"):
                    self.answer(200, body("chat-stream-usage.sse"), "text/event-stream")
                else:
                    self.answer(200, body("chat.json"))
            case _: self.answer(404, body("error.json"))

    def running(self):
        """The documented answer with the name of what is loaded here; without it, an empty list."""
        answer = json.loads(body("ps.json"))
        if self.server.loaded is None:
            answer["models"] = []
        else:
            answer["models"][0]["name"] = self.server.loaded
        return json.dumps(answer).encode()

    def answer(self, status, text, kind="application/json"):
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
