"""What is sent: a list of requests that is the same for the same seed."""

import dataclasses
import json
import random

import configuration
from kinds import KINDS

# Fewer than the ledger tells apart in a day (1,000; docs/operations.md), and one in five requests has none.
FEATURES = [f"feature-{i}" for i in range(40)]


@dataclasses.dataclass(slots=True)
class Request:
    """One request. The upstream does what `order` says; `taken` is what a client that leaves reads before."""

    number: int
    kind: str
    key: configuration.Key | None
    model: str
    feature: str | None
    feature_in_body: bool
    asks_for_usage: bool
    events: int
    taken: int
    input: int
    cached: int
    output: int
    resets: bool

    @property
    def id(self):
        return f"soak-{self.number:07}"

    @property
    def served_by(self):
        """The model behind the name that the client sends."""
        return configuration.ALIASES.get(self.model, self.model)

    @property
    def order(self):
        return json.dumps([self.kind, self.events, self.input, self.cached, self.output])

    @property
    def stays_for(self):
        """After how many events its client leaves; None is never."""
        if self.kind == "client leaves a waiting stream":
            return self.events
        return self.taken if self.kind == "client leaves a flowing stream" else None

    def body(self):
        """The request's body; of a broken one, what is left of it."""
        kind = KINDS[self.kind]
        fields = {"model": self.model}
        if kind.path.endswith("embeddings"):
            fields["input"] = self.order
        else:
            fields |= {"messages": [{"role": "user", "content": self.order}], "max_tokens": 64}
        if kind.stream:
            fields["stream"] = True
        if self.asks_for_usage:
            fields["stream_options"] = {"include_usage": True}
        if self.feature and self.feature_in_body:
            fields["metadata"] = {"feature": self.feature}
        text = json.dumps(fields).encode()
        return text[:-1] if self.kind == "broken body" else text

    def head(self, length):
        """The head that goes before a body of this length."""
        lines = [
            f"POST {KINDS[self.kind].path} HTTP/1.1", "host: 127.0.0.1", "content-type: application/json",
            f"x-request-id: {self.id}", f"content-length: {length}",
            f"authorization: Bearer {self.key.secret if self.key else 'rh-nobody'}"]
        if self.feature and not self.feature_in_body:
            lines.append(f"x-roundhouse-feature: {self.feature}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


def make(count, seed):
    """The requests of a soak, in the order in which they start."""
    chance = random.Random(seed)
    names = chance.choices(list(KINDS), [kind.share for kind in KINDS.values()], k=count)
    return [one(number, name, chance) for number, name in enumerate(names)]


def one(number, kind, chance):
    key = chance.choice(configuration.FREE_KEYS)
    model = chance.choice(configuration.MODELS_OF[key.team])
    # Half of the streams end here or there, the others within their first events.
    events = chance.choice([chance.randint(1, 4), chance.randint(5, 40)])
    if kind == "limited":
        key, model = chance.choice(configuration.LIMITED_KEYS), "priced"
    elif kind == "model of others":
        key, model = configuration.KITCHEN_KEY, "priced"
    elif kind == "wrong key":
        key = None
    elif kind == "unknown model":
        model = f"nothing-{number % 97}"
    elif chance.random() < 0.2:
        model = chance.choice([alias for alias, name in configuration.ALIASES.items() if name == model] or [model])
    feature = chance.choice(FEATURES) if chance.random() < 0.8 else None
    tokens = chance.randint(1, 4000)
    return Request(
        number, kind, key, model, feature, chance.random() < 0.5,
        asks_for_usage=KINDS[kind].stream and chance.random() < 0.5, events=events, taken=chance.randint(1, events),
        input=tokens, cached=chance.choice([0, chance.randint(0, tokens)]),
        output=0 if kind == "embedding" else chance.randint(1, 64), resets=chance.random() < 0.5)
