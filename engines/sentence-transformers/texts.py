"""Counting tokens, and what happens to text that is longer than the model reads."""

from roundhouse_engine import ApiError
from roundhouse_engine.errors import ClientLeft

# What a tokenizer says that knows no limit.
ENDLESS = 1_000_000


def limit_of(length, tokenizer):
    """The most tokens that the model reads, special ones included; None without a limit."""
    found = length or getattr(tokenizer, "model_max_length", None)
    return found if found and found < ENDLESS else None


def read_tokens(counts, limit, truncate, name):
    """The sum of the tokens that the model reads. Raises ApiError for the first text that is too long, unless it is cut."""
    for number, count in enumerate(counts):
        if limit and count > limit and not truncate:
            where = name if len(counts) == 1 else f"{name}[{number}]"
            raise ApiError(f"{where} has {count} tokens; this model reads {limit} at most", param=name,
                           code="context_length_exceeded")
    return sum(min(count, limit) if limit else count for count in counts)


def in_batches(items, size, left):
    """The items in lists of `size`; raises ClientLeft between two of them when the client has gone."""
    for start in range(0, len(items), size):
        if left.is_set():
            raise ClientLeft
        yield items[start:start + size]
