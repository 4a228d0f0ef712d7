"""The kinds of requests of a soak: how often each comes, and what the ledger must say of it."""

import dataclasses

# How exactly the output tokens of a request are known.
REPORTED, COUNTED, UNKNOWN = "provider", "estimated", "none"
# Seconds between two events of a stream that goes on until its reader leaves.
GAP = 0.02


@dataclasses.dataclass(frozen=True)
class Kind:
    """What is sent and what must come of it.

    `share` is relative to the others'. `deliveries` says how often the upstream may have seen such a request: a connection
    that was kept may close under a request, which is then sent once more, and a client can leave before its request went out.
    """

    share: int
    outcome: str
    status: int
    error: str | None = None
    source: str = UNKNOWN
    stream: bool = False
    deliveries: tuple = (1,)
    path: str = "/v1/chat/completions"


CUT = {"outcome": "cut", "status": 200, "error": "upstream_failed"}
LEFT = {"outcome": "cancelled", "status": 499, "error": "client_closed"}
FAILED = {"outcome": "failed", "status": 502, "error": "upstream_failed"}

KINDS = {
    "plain": Kind(420, "ok", 200, source=REPORTED),
    "embedding": Kind(40, "ok", 200, source=REPORTED, path="/v1/embeddings"),
    "stream": Kind(200, "ok", 200, source=REPORTED, stream=True),
    "stream without usage": Kind(20, "ok", 200, source=COUNTED, stream=True),
    "client leaves a waiting stream": Kind(40, **LEFT, source=COUNTED, stream=True),
    "client leaves a flowing stream": Kind(40, **LEFT, source=COUNTED, stream=True),
    "client leaves before the answer": Kind(15, **LEFT, deliveries=(0, 1)),
    "client leaves inside its body": Kind(5, **LEFT, deliveries=(0,)),
    "upstream ends inside a stream": Kind(30, **CUT, source=COUNTED, stream=True),
    "upstream ends inside an event": Kind(15, **CUT, source=COUNTED, stream=True),
    "upstream resets a stream": Kind(15, **CUT, source=COUNTED, stream=True),
    "upstream never says done": Kind(15, **CUT, source=COUNTED, stream=True),
    "upstream ends inside an answer": Kind(15, **CUT),
    "upstream says an error in a stream": Kind(15, **CUT, source=COUNTED, stream=True),
    "upstream hangs up": Kind(10, **FAILED, deliveries=(1, 2)),
    "upstream error 500": Kind(30, **FAILED),
    "upstream error 429": Kind(10, "failed", 429, "rate_limit_exceeded"),
    "upstream error 400": Kind(10, "failed", 400, "bad_soak"),
    "unknown model": Kind(30, "refused", 404, "model_not_found", deliveries=(0,)),
    "model of others": Kind(15, "refused", 403, "model_not_allowed", deliveries=(0,)),
    "wrong key": Kind(15, "refused", 401, "invalid_api_key", deliveries=(0,)),
    "broken body": Kind(10, "refused", 400, "invalid_body", deliveries=(0,)),
    # Answered, or refused by a limit: which of the two, the client is told.
    "limited": Kind(100, "ok", 200, source=REPORTED, deliveries=(0, 1)),
}

REFUSED_BY_LIMIT = {"rate_limit_exceeded", "insufficient_quota"}
