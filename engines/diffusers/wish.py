"""What a client wants painted, read from a request's fields."""

import dataclasses
import math
import re
import secrets

from roundhouse_engine import ApiError

MOST_PICTURES = 10
LONGEST_PROMPT = 32_000
SMALLEST_SIDE = 64
# How many times the usual steps.
QUALITIES = {"auto": 1, "standard": 1, "medium": 1, "low": 0.5, "high": 1.5, "hd": 1.5}
FORMATS = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}


@dataclasses.dataclass
class Wish:
    prompt: str
    count: int
    seed: int
    steps: int
    guidance: float | None
    negative: str | None
    width: int
    height: int
    format: str
    compression: int
    as_url: bool
    partials: int
    streamed: bool
    strength: float | None = None
    image: object = None
    mask: object = None

    @property
    def size(self):
        return f"{self.width}x{self.height}"


def read_wish(fields, limits, has_store, picture_size=None):
    """The wish of a generation or, with the size of the client's picture, of an edit. `limits` is the painter's."""
    prompt = fields.text("prompt")
    if not prompt.strip():
        raise ApiError("prompt is empty", param="prompt", code="invalid_value")
    if len(prompt) > LONGEST_PROMPT:
        raise ApiError(f"prompt has {len(prompt)} characters; {LONGEST_PROMPT} at most are read", param="prompt", code="invalid_value")
    form = fields.choice("response_format", ("url", "b64_json"), "url" if has_store else "b64_json")
    if form == "url" and not has_store:
        raise ApiError("this server keeps no pictures (it runs without --files); ask for response_format b64_json",
                       param="response_format", code="invalid_value")
    streamed, partials = fields.flag("stream"), fields.number("partial_images", 0, 3, default=0, whole=True)
    if partials and not streamed:
        raise ApiError("partial_images needs stream true", param="partial_images", code="invalid_value")
    # Of a size that n more of it still fits, and that JavaScript can read.
    seed = fields.number("seed", 0, (1 << 53) - MOST_PICTURES, default=None, whole=True)
    width, height = read_size(fields.text("size", "auto"), limits, picture_size or limits.usual_size)
    return Wish(
        prompt=prompt, count=fields.number("n", 1, MOST_PICTURES, default=1, whole=True),
        seed=secrets.randbits(32) if seed is None else seed,
        steps=read_steps(fields, limits), guidance=fields.number("guidance_scale", 0, 50, default=None),
        negative=fields.text("negative_prompt", None), width=width, height=height,
        format=fields.choice("output_format", FORMATS, "png"),
        compression=fields.number("output_compression", 0, 100, default=100, whole=True),
        as_url=form == "url", partials=partials, streamed=streamed)


def read_steps(fields, limits):
    factor = QUALITIES[fields.choice("quality", QUALITIES, "auto")]
    for name in ("steps", "num_inference_steps"):
        asked = fields.number(name, 1, limits.max_steps, default=None, whole=True)
        if asked:
            return asked
    return max(1, min(limits.max_steps, round(limits.usual_steps * factor)))


def read_size(text, limits, usual):
    """Width and height; `auto` is the usual size, made to fit."""
    if text == "auto":
        return fitting(*usual, limits)
    found = re.fullmatch(r"(\d{1,5})x(\d{1,5})", text)
    if not found:
        raise ApiError(f"size {text!r} is not of the form WxH, as 512x512, or auto", param="size", code="invalid_value")
    width, height = int(found[1]), int(found[2])
    if fitting(width, height, limits) != (width, height):
        near = "x".join(map(str, fitting(width, height, limits)))
        raise ApiError(
            f"size {text} cannot be made: width and height must be multiples of {limits.factor}, at least {SMALLEST_SIDE}, and at most "
            f"{limits.max_pixels} pixels together; {near} is near", param="size", code="invalid_value")
    return width, height


def fitting(width, height, limits):
    """The allowed size that is near: both sides rounded down, the shape kept as far as that goes."""
    def down(side):
        return max(SMALLEST_SIDE, math.floor(side) // limits.factor * limits.factor)

    scale = min(1, math.sqrt(limits.max_pixels / max(1, width * height)))
    width, height = down(width * scale), down(height * scale)
    # One side may have been lifted to the smallest.
    return min(width, down(limits.max_pixels / height)), min(height, down(limits.max_pixels / width))
