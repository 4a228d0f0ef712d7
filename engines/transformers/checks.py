"""Checks of requests that the server inside transformers would answer with a bare 500, or obey to somebody's harm."""

from roundhouse_engine import ApiError
from roundhouse_engine.fields import Fields

NUMBERS = {"temperature": (0, 2), "top_p": (0, 1), "frequency_penalty": (-2, 2), "presence_penalty": (-2, 2)}
COUNTS = ["max_tokens", "max_completion_tokens", "max_output_tokens"]


def check_request(body):
    """Raises ApiError for the first thing that is wrong."""
    fields = Fields(body)
    for name, (low, high) in NUMBERS.items():
        fields.number(name, low, high, default=None)
    for name in COUNTS:
        fields.number(name, 1, 1 << 31, default=None, whole=True)
    fields.number("seed", -(1 << 63), (1 << 63) - 1, default=None, whole=True)
    fields.flag("stream")
    if "generation_config" in fields.values:
        raise ApiError("generation_config is not accepted; send temperature, top_p and the like", param="generation_config")
    stop = fields.get("stop", None)
    if not (stop is None or isinstance(stop, str) or isinstance(stop, list) and all(isinstance(each, str) for each in stop)):
        raise ApiError("stop must be a string or a list of strings", param="stop", code="invalid_type")


def check_messages(messages):
    """A list of at least one message, each with a role, its content text or parts."""
    if not isinstance(messages, list) or not messages:
        raise ApiError("messages must be a list of at least one message", param="messages")
    for number, message in enumerate(messages):
        where = f"messages[{number}]"
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            raise ApiError(f"{where} must be an object with a role", param=where)
        content = message.get("content")
        if isinstance(content, list):
            check_parts(content, where)
        elif not isinstance(content, (str, type(None))):
            raise ApiError(f"the content of {where} must be a string or a list of parts", param=where, code="invalid_type")


def check_parts(parts, where):
    """Images and sounds must come with the request: an address would be fetched, or a file of this machine read."""
    for part in parts:
        if not isinstance(part, dict) or not isinstance(part.get("type"), str):
            raise ApiError(f"every part of {where} must be an object with a type", param=where, code="invalid_type")
        kind = part["type"]
        if kind == "text" and not isinstance(part.get("text"), str):
            raise ApiError(f"a text part of {where} has no text", param=where, code="invalid_type")
        if kind not in ("image_url", "video_url", "audio_url"):
            continue
        address = part.get(kind)
        address = address.get("url") if isinstance(address, dict) else address
        if not isinstance(address, str) or not address.startswith("data:"):
            raise ApiError(f"{kind} in {where} must be a data: URL with the bytes in it", param=where)
