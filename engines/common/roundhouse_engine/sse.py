"""Server-sent events."""

import json
import sys
import traceback

from .errors import ApiError, as_api_error

MEDIA_TYPE = "text/event-stream"


def event(value):
    """One `data:` event, as OpenAI's audio and image streams have them."""
    return b"data: " + json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"


def failed(error):
    """The last event of a stream that broke. The traceback of a real failure goes to stderr."""
    if not isinstance(error, ApiError):
        traceback.print_exception(error, file=sys.stderr)
    return event({"type": "error", **as_api_error(error).body()})
