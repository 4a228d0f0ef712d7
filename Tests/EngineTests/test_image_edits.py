"""Edits of pictures by the real diffusers: with and without a mask."""

import numpy
import pytest
from PIL import Image

from pictures import EDITS, coded, file_of, opened

FORM = [("prompt", "a red engine"), ("steps", "4"), ("seed", "7"), ("response_format", "b64_json")]


def test_an_edit_redraws_the_whole_picture(painter):
    picture = file_of(Image.new("RGB", (70, 90), "red"))
    made = edited(painter, ("image", picture, "a.png"))
    assert made.size == (64, 88) and made.format == "PNG"
    assert edited(painter, ("image", picture, "a.png")).tobytes() == made.tobytes()
    weak = edited(painter, ("image", picture, "a.png"), ("strength", "0.25"))
    assert weak.tobytes() != made.tobytes()


def edited(painter, *parts):
    answer = painter.post_form(EDITS, *FORM, *parts)
    assert answer.status == 200, answer.body
    return opened(coded(answer.json()["data"][0]["b64_json"]))


@pytest.mark.parametrize("transparent", [True, False])
def test_a_mask_keeps_the_rest(painter, transparent):
    picture = Image.new("RGB", (64, 64), (200, 30, 30))
    mask = Image.new("L", (64, 64), 0)
    mask.paste(255, (0, 0, 32, 64))
    if transparent:
        alpha = Image.eval(mask, lambda value: 255 - value)
        mask = Image.new("RGBA", (64, 64), "black")
        mask.putalpha(alpha)
    made = [edited(painter, ("image", file_of(picture), "a.png"), ("mask", file_of(mask), "m.png"), ("seed", seed))
            for seed in ("1", "2")]
    left, right = (numpy.abs(numpy.asarray(made[0], int) - numpy.asarray(made[1], int))[:, side].mean()
                   for side in (slice(0, 24), slice(40, 64)))
    assert left > 4 * right, (left, right)  # two seeds differ where the mask says so


def test_edits_are_streamed_too(painter):
    picture = file_of(Image.new("RGB", (64, 64), "blue"), "JPEG")
    told = painter.post_form(EDITS, *FORM, ("image", picture, "a.jpg"), ("stream", "true"), ("strength", "0.5")).events()
    assert [(each["step"], each["steps"]) for each in told[:-1]] == [(0, 2), (1, 2), (2, 2)]
    assert told[-1]["type"] == "image_edit.completed"


@pytest.mark.parametrize("parts, sentence", [
    ([], "the part image is missing: send it as a file"),
    ([("image", b"no picture", "a.png")], "image is no picture in PNG, JPEG or WebP"),
    ([("image", file_of(Image.new("RGB", (64, 64))), "a.png"), ("mask", file_of(Image.new("L", (32, 64))), "m.png")],
     "mask is 32x64 and image 64x64; they must be of one size"),
    ([("image", file_of(Image.new("RGB", (64, 64))), "a.png"), ("strength", "0.1")],
     "strength 0.1 of 4 steps is less than one step; raise one of them"),
    ([("image", b"\x89PNG\r\n\x1a\n" + b"\0" * 20, "a.png")], "image is no picture in PNG, JPEG or WebP"),
])
def test_mistakes_in_edits_are_named(painter, parts, sentence):
    assert painter.post_form(EDITS, *FORM, *parts).error()["message"] == sentence


def test_a_cut_off_picture_is_refused(painter):
    whole = file_of(Image.effect_noise((64, 64), 50))
    error = painter.post_form(EDITS, *FORM, ("image", whole[:len(whole) // 2], "a.png")).error()
    assert error["message"].startswith("image is broken") and error["param"] == "image"
