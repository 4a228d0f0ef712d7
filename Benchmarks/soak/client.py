"""The clients of a soak: each has a connection, sends one request after the other, and takes down what it got."""

import asyncio
import dataclasses
import json
import socket
import struct
import time

# Far above what any answer takes here; what hangs must end the soak and not last for ever.
PATIENCE = 120


@dataclasses.dataclass(slots=True)
class Answer:
    """What came back. `events` are those with text: no usage, no error and no [DONE]."""

    status: int | None = None
    error: str | None = None
    events: int = 0
    usage: dict | None = None
    done: bool = False
    trouble: str | None = None
    left: float | None = None

    @property
    def broke_off(self):
        """Whether a stream ended with the gateway's error, after which its connection is closed."""
        return self.status == 200 and self.error is not None and not self.done


class Left(Exception):
    """The client goes away, as its request says."""


class Client:
    """`patience` is how many seconds an answer may take."""

    def __init__(self, port, patience=PATIENCE):
        self.port, self.patience = port, patience
        self.reader = self.writer = None

    async def connect(self):
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)

    async def ask(self, request):
        """Sends a request and reads its answer to the end, or to where the client leaves."""
        answer = Answer()
        try:
            await asyncio.wait_for(self.exchange(request, answer), self.patience)
        except Left:
            answer.left = time.monotonic()
            self.leave(request.resets)
        except (OSError, EOFError, asyncio.TimeoutError, ValueError) as error:
            answer.trouble = f"{type(error).__name__} {error}"
            self.leave(resets=False)
        return answer

    async def exchange(self, request, answer):
        if self.writer is None:
            await self.connect()
        body = request.body()
        if request.kind == "client leaves inside its body":
            self.writer.write(request.head(len(body)) + body[:len(body) // 2])
            raise Left
        self.writer.write(request.head(len(body)) + body)
        if request.kind == "client leaves before the answer":
            # Some leave before the gateway has read their request, some long after.
            await asyncio.sleep(request.output / 2000)
            raise Left
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        answer.status = int(head[9:12])
        if b"\r\ntransfer-encoding: chunked" in head:
            await self.read_chunks(request, answer)
        else:
            await self.read_counted(head, answer)
        if b"\r\nconnection: close" in head or answer.broke_off:
            if rest := await self.reader.read():
                raise ValueError(f"more than an answer: {rest[:80]}")
            self.leave(resets=False)

    async def read_counted(self, head, answer):
        length = int(head.split(b"\r\ncontent-length: ", 1)[1].split(b"\r\n", 1)[0])
        document = json.loads(await self.reader.readexactly(length))
        answer.usage = document.get("usage")
        answer.error = document.get("error", {}).get("code")

    async def read_chunks(self, request, answer):
        """Reads a stream, whose events may lie across chunks."""
        rest = b""
        while size := int(await self.reader.readuntil(b"\r\n"), 16):
            rest += (await self.reader.readexactly(size + 2))[:-2]
            *events, rest = rest.split(b"\n\n")
            for event in events:
                self.take(event, answer)
                if answer.events == request.stays_for:
                    raise Left
        await self.reader.readexactly(2)
        if rest:
            raise ValueError(f"a stream that ends inside an event: {rest[:80]}")

    def take(self, event, answer):
        data = event.removeprefix(b"data: ")
        if data == b"[DONE]":
            answer.done = True
            return
        document = json.loads(data)
        if "error" in document:
            answer.error = document["error"].get("code")
        elif not document["choices"]:
            answer.usage = document["usage"]
        else:
            answer.events += 1

    def leave(self, resets):
        """Closes the connection, with a reset (RST) or an end (FIN, unless unread bytes make it a reset too)."""
        if self.writer is None:
            return
        if resets:
            self.writer.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()
        self.reader = self.writer = None


async def run(port, requests, connections, note):
    """Sends all requests over so many connections, and returns their answers; `note` is told of each."""
    answers = [None] * len(requests)
    waiting = iter(requests)

    async def work():
        client = Client(port)
        for request in waiting:
            answers[request.number] = await client.ask(request)
            note(request)
        client.leave(resets=False)

    await asyncio.gather(*(work() for _ in range(connections)))
    return answers
