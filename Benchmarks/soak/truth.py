"""What the ledger must hold of each request, from what the client got and what the upstream says it has sent."""

import configuration
from kinds import COUNTED, GAP, KINDS, REFUSED_BY_LIMIT, REPORTED, UNKNOWN

# As far as the input of a request is estimated: no tokenizer makes more tokens of a byte (UsageEstimator).
TOKENS_PER_BYTE = 4
BODY_NOT_READ = {"wrong key", "client leaves inside its body", "broken body"}
NAMELESS = BODY_NOT_READ | {"unknown model", "model of others"}
# Where the client is told another error than the ledger: none, or the upstream's own.
SAID_OTHERWISE = {"upstream ends inside an answer": None, "upstream says an error in a stream": "soak"}


class Truth:
    """One request as its two ends saw it."""

    def __init__(self, request, answer, deliveries):
        self.request, self.answer, self.deliveries = request, answer, deliveries
        kind = KINDS[request.kind]
        self.outcome, self.status, self.error, self.source = kind.outcome, kind.status, kind.error, kind.source
        if request.kind == "limited" and answer.error in REFUSED_BY_LIMIT and not deliveries:
            self.outcome, self.status, self.error, self.source = "refused", 429, answer.error, UNKNOWN
        self.model = None if request.kind in NAMELESS else request.served_by
        self.leaves = self.model == "far" and configuration.outer_address() is not None

    def ends(self):
        """What is wrong with the two ends themselves, before any ledger is asked: sentences."""
        request, answer, kind = self.request, self.answer, KINDS[self.request.kind]
        # An answer that is no stream cannot say in its middle why it ends: its bytes are missing.
        trouble = (answer.trouble or "").split(" ")[0]
        if trouble != ("IncompleteReadError" if request.kind == "upstream ends inside an answer" else ""):
            yield f"the client had trouble: {answer.trouble}"
        seen = len(self.deliveries)
        if seen not in (kind.deliveries if self.outcome != "refused" else (0,)):
            yield f"the upstream saw it {seen} times"
        left = self.outcome == "cancelled"
        if not left and answer.status != self.status:
            yield f"the client got {answer.status} and not {self.status}"
        error = SAID_OTHERWISE.get(request.kind, self.error)
        if not left and answer.error != error:
            yield f"the client got the error {answer.error} and not {error}"
        for line in self.deliveries:
            if line["leaks"] or line["authorization"] != f"Bearer {configuration.UPSTREAM_KEY}":
                yield "the upstream got other credentials than its own"
            if line["model"] != f"upstream-{self.model}":
                yield f"the upstream was asked for {line['model']}"
        if self.outcome == "ok":
            if kind.stream and (answer.events != request.events or not answer.done):
                yield f"of {request.events} events the client got {answer.events}, done: {answer.done}"
            if kind.stream and (answer.usage is not None) != (request.asks_for_usage and self.source == REPORTED):
                yield f"asked for usage: {request.asks_for_usage}; the client got {answer.usage}"

    def tokens(self):
        """Input, cached and output tokens as ranges; None is unknown."""
        if self.source == REPORTED:
            usage = self.deliveries[0]["usage"]
            return tuple(range(count, count + 1) for count in usage)
        if self.source == COUNTED:
            sent = max(line["events"] for line in self.deliveries)
            # An error that the upstream says in its stream may count as an event.
            more = 1 if self.request.kind == "upstream says an error in a stream" else 0
            most = len(self.request.body()) * TOKENS_PER_BYTE
            return range(1, most + 1), None, range(self.answer.events, sent + more + 1)
        return None, None, None

    def row(self, row):
        """What is wrong with the ledger's row: sentences."""
        request, key = self.request, self.request.key
        kind = KINDS[request.kind]
        expected = {
            "route": f"POST {kind.path}", "key": key.id if key else None, "team": key.team if key else None,
            "model": self.model, "outcome": self.outcome, "status": self.status, "error": self.error,
            "usage_source": self.source, "escalated": int(self.leaves and bool(self.deliveries)),
            "requested_model": None if request.kind in BODY_NOT_READ else request.model,
            "stream": int(kind.stream)}
        if request.kind == "client leaves before the answer" and self.leaves:
            expected["escalated"] = row["escalated"]  # It may have gone out and not have come there.
        feature_is_lost = request.feature_in_body and request.kind in BODY_NOT_READ
        expected["feature"] = None if feature_is_lost else request.feature
        for name, value in expected.items():
            if row[name] != value:
                yield f"{name} is {row[name]} and not {value}"
        for name, allowed in zip(("input_tokens", "cached_tokens", "output_tokens"), self.tokens()):
            if (row[name] is None) != (allowed is None) or allowed is not None and row[name] not in allowed:
                shown = allowed and (f"{allowed.start}" if len(allowed) == 1 else f"{allowed.start} to {allowed.stop - 1}")
                yield f"{name} is {row[name]} and not {shown}"
        yield from self.distance(row)
        if (row["cost"], row["currency"]) != self.cost(row):
            yield f"it cost {row['cost']} {row['currency']} and not {self.cost(row)}"

    def distance(self, row):
        """A stream that was cut is known to within one event of what was sent, or of what was read; to that come those that the
        upstream sent while it did not know yet that the client had left."""
        if self.source != COUNTED or row["output_tokens"] is None:
            return
        line = max(self.deliveries, key=lambda line: line["events"])
        late = line["lost"] - self.answer.left if self.answer.left and "lost" in line else 0
        off = min(abs(row["output_tokens"] - end) for end in (line["events"], self.answer.events))
        if off > 1 + max(0, late) / GAP:
            yield f"{row['output_tokens']} events; {line['events']} were sent and {self.answer.events} read"

    def cost(self, row):
        """Billionths and currency of the row's own tokens; the prices are whole billionths for a token."""
        if self.model not in configuration.PRICES or self.source == UNKNOWN:
            return None, None
        currency, fresh, from_cache, output = configuration.PRICES[self.model]
        cached = row["cached_tokens"] or 0
        return (row["input_tokens"] - cached) * fresh + cached * from_cache + row["output_tokens"] * output, currency
