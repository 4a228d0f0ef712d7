"""Asking for pictures, and reading them."""

import base64
import io

from PIL import Image

GENERATIONS, EDITS, FILES = "/v1/images/generations", "/v1/images/edits", "/v1/files/images"
SMALL = {"prompt": "a red engine", "size": "64x64", "steps": 2, "seed": 7, "response_format": "b64_json"}


def coded(value):
    return base64.b64decode(value, validate=True)


def painted(engine, **more):
    """The bytes of the first picture."""
    answer = engine.post(GENERATIONS, SMALL | more)
    assert answer.status == 200, answer.body
    return coded(answer.json()["data"][0]["b64_json"])


def opened(data):
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def file_of(picture, kind="PNG"):
    out = io.BytesIO()
    picture.save(out, kind)
    return out.getvalue()
