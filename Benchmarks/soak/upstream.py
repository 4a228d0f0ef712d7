"""The upstream of a soak: does what the prompt orders, and counts what it has sent for each request.

    python3 Benchmarks/soak/upstream.py REPORT HOST...

Listens on a port of each host and prints `HOST:PORT` for each. On SIGTERM it writes the report, a line of JSON for each
request that it has seen: its x-request-id, the model, events with text, the usage that was sent or null, and how it ended.
"""

import asyncio
import json
import signal
import sys
import time

import answers
from kinds import GAP

# A stream that waits for its reader to leave says no more, and is given up after so long.
HELD = 60


class Connection(asyncio.Protocol):
    def __init__(self, report):
        self.report = report
        self.bytes = b""
        self.line = self.timer = None

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.bytes += data
        while self.line is None and (request := self.next_request()):
            self.answer(*request)

    def next_request(self):
        head, end, rest = self.bytes.partition(b"\r\n\r\n")
        if not end:
            return None
        fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])
        length = int(fields[b"content-length"])
        if len(rest) < length:
            return None
        self.bytes = rest[length:]
        return head, fields, json.loads(rest[:length])

    def answer(self, head, fields, body):
        prompt = body["input"] if "input" in body else body["messages"][0]["content"]
        kind, events, *tokens = json.loads(prompt)
        self.line = {
            "id": fields[b"x-request-id"].decode(), "model": body["model"], "events": 0, "usage": None, "end": "open",
            "authorization": fields.get(b"authorization", b"").decode(), "leaks": b"rh-" in head}
        self.report.append(self.line)
        steps = answers.STEPS.get(kind)
        asked = (body.get("stream_options") or {}).get("include_usage", False)
        if steps:
            steps(self, events, tokens, asked)
        elif body.get("stream"):
            answers.stream(self, events, tokens if asked and kind != "stream without usage" else None)
        else:
            answers.plain(self, tokens)

    def write(self, data):
        self.transport.write(data)

    def say(self, text="word"):
        """One event with text."""
        self.line["events"] += 1
        self.write(answers.event(text))

    def flow(self, left):
        """Says something every few milliseconds until the reader leaves."""
        self.say()
        if left:
            self.timer = asyncio.get_running_loop().call_later(GAP, self.flow, left - 1)
        else:
            self.end("ended unread")

    def hold(self):
        self.timer = asyncio.get_running_loop().call_later(HELD, self.end, "held too long", True)

    def end(self, how, closes=False, resets=False):
        self.line["end"] = how
        self.line = None
        if resets:
            self.transport.abort()
        elif closes:
            self.transport.close()

    def connection_lost(self, error):
        if self.timer:
            self.timer.cancel()
        if self.line:
            self.line |= {"end": "left", "lost": time.monotonic()}


async def serve(report, hosts):
    loop = asyncio.get_running_loop()
    ending = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ending.set)
    lines = []
    servers = [await loop.create_server(lambda: Connection(lines), host, 0, backlog=4096) for host in hosts]
    for server in servers:
        print("%s:%d" % server.sockets[0].getsockname()[:2], flush=True)
    await ending.wait()
    with open(report, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    asyncio.run(serve(sys.argv[1], sys.argv[2:]))
