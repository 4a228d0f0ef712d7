"""The steady load: clients that ask the models, one request after the other, and what became of each request."""

import asyncio
import collections
import dataclasses
import itertools
import json
import random
import time

import models
from shared import Client, Failure

# Seconds after which an answer has not come at all: more than all timeouts of the models together.
PATIENCE = 50
ANSWERED, REFUSED, CUT, LEFT, KILLED, LOST = "answered", "refused", "cut with an error event", "left by clients", "cut by gateway kills", "lost"
FATES = (ANSWERED, REFUSED, CUT, LEFT, KILLED, LOST)


@dataclasses.dataclass(slots=True)
class Request:
    """One request, in the form that the soak's client sends, and its fate."""

    number: int
    model: str
    prompt: str = "Hello"
    stream: bool = True
    kind: str = "whole"
    stays_for: int | None = None
    resets: bool = False
    # Half of this in milliseconds is how long a client waits before it leaves without having read anything.
    output: int = 600
    answer: object = None
    fate: str = LOST
    sent: float = 0
    ended: float = 0

    @property
    def words(self):
        """How many words its stream must have; None is unknown."""
        return models.WORDS.get(self.model)

    @property
    def id(self):
        return f"chaos-{self.number:07}"

    def body(self):
        fields = {"model": self.model, "messages": [{"role": "user", "content": self.prompt}], "stream": self.stream}
        return json.dumps(fields).encode()

    def head(self, length):
        return (f"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
                f"x-request-id: {self.id}\r\ncontent-length: {length}\r\n\r\n").encode()


class Load:
    """`spacing` is the longest pause in seconds between two requests of a client."""

    def __init__(self, house, seed, spacing=0.15):
        self.house, self.spacing = house, spacing
        self.chance = random.Random(seed)
        self.victims = itertools.cycle(models.VICTIMS)
        self.requests, self.answers = [], collections.defaultdict(list)
        self.heard = asyncio.Condition()
        self.stops = False

    def make(self, model=None, **more):
        """A new request; without a model one of the steady load."""
        if model is None:
            model = self.chance.choices(list(models.SHARES), list(models.SHARES.values()))[0]
            more["stream"] = self.chance.random() < 0.8
            if more["stream"] and self.chance.random() < 0.05:
                more |= {"kind": "client leaves a flowing stream", "stays_for": self.chance.randint(1, 5),
                         "resets": self.chance.random() < 0.5}
        request = Request(len(self.requests), model, **more)
        self.requests.append(request)
        return request

    async def send(self, client, request):
        """Sends a request over a client's connection, or a new one if that is of a gateway that has been killed."""
        generation = await self.connect(client)
        request.sent = time.monotonic()
        request.answer = await client.ask(request)
        request.ended = time.monotonic()
        request.fate = fate(request, self.house.generation != generation)
        if request.fate == ANSWERED:
            self.answers[request.model].append(request)
            async with self.heard:
                self.heard.notify_all()
        return request

    async def connect(self, client):
        """Has the client connected to the gateway that there is; a request counts as made from then on."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            generation = self.house.generation
            if client.writer is not None and client.generation == generation:
                return generation
            client.leave(resets=False)
            try:
                await client.connect()
                client.generation = generation
            except OSError:
                await asyncio.sleep(0.05)
        raise Failure("the gateway accepts no connections")

    def client(self):
        return Client(self.house.port, PATIENCE)

    async def once(self, model, **more):
        """A request of its own, over a connection of its own."""
        client = self.client()
        try:
            return await self.send(client, self.make(model, **more))
        finally:
            client.leave(resets=False)

    async def answered(self, model, since, seconds=60, wanted=lambda request: True):
        """Waits for the first whole answer to a request that was sent after that moment; returns how long it took."""
        begin = time.monotonic()
        async with self.heard:
            while True:
                late = itertools.takewhile(lambda request: request.ended >= since, reversed(self.answers[model]))
                for request in late:
                    if request.sent >= since and wanted(request):
                        return request.ended - since
                left = begin + seconds - time.monotonic()
                if left <= 0:
                    raise Failure(f"{model} has not answered for {seconds} s after it was harmed")
                try:
                    await asyncio.wait_for(self.heard.wait(), left)
                except asyncio.TimeoutError:
                    pass

    async def run(self, clients):
        """Goes on until `stops` is set."""
        async def work():
            client = self.client()
            while not self.stops:
                await self.send(client, self.make())
                await asyncio.sleep(self.chance.random() * self.spacing)
            client.leave(resets=False)

        await asyncio.gather(*(work() for _ in range(clients)))


def fate(request, gateway_died):
    """What became of a request. Whoever is told nothing, neither an end nor an error, is lost. Behind the words of a
    stream comes an event that says why it ends."""
    answer = request.answer
    if answer.left:
        return LEFT
    if answer.trouble:
        return KILLED if gateway_died else LOST
    if answer.status != 200:
        return REFUSED if answer.error else LOST
    if answer.error:
        return CUT
    return ANSWERED if not request.stream or answer.done and request.words in (None, answer.events - 1) else LOST
