"""Pictures by the real diffusers, from a tiny pipeline with random weights."""

import contextlib
import itertools
import re

import numpy
import pytest

from engine import wait_for
from pictures import GENERATIONS, SMALL, coded, opened, painted


def test_a_picture_is_a_png_of_the_wished_size(painter):
    picture = opened(painted(painter, size="96x64"))
    assert (picture.format, picture.size, picture.mode) == ("PNG", (96, 64), "RGB")
    assert len(set(map(tuple, numpy.asarray(picture).reshape(-1, 3)))) > 1000  # noise, and no plain ground


def test_the_answer_has_openais_shape(painter):
    answer = painter.post(GENERATIONS, SMALL | {"n": 2, "model": "painter", "user": "me"}).json()
    assert set(answer) == {"created", "data", "size", "output_format", "background", "usage"}
    assert answer["usage"] == {"images": 2} and [each["seed"] for each in answer["data"]] == [7, 8]


def test_the_same_seed_makes_the_same_bytes(painter):
    first = painted(painter)
    assert painted(painter) == first and painted(painter, seed=8) != first
    assert painted(painter, seed=0) == painted(painter, seed=0)
    second = painter.post(GENERATIONS, SMALL | {"n": 2}).json()["data"][1]["b64_json"]
    assert coded(second) == painted(painter, seed=8)


def test_what_is_asked_for_has_effect(painter):
    changes = [{}, {"steps": 3}, {"num_inference_steps": 3}, {"guidance_scale": 1.0}, {"negative_prompt": "blue"}, {"prompt": "sea"}]
    made = [painted(painter, **{"steps": None, **change}) for change in changes]
    assert made[1] == made[2] and len(set(made)) == len(made) - 1


def test_quality_is_a_matter_of_steps(painter):
    by_quality = {quality: painted(painter, steps=None, quality=quality) for quality in ("low", "medium", "high", "auto")}
    assert by_quality["low"] == painted(painter, steps=2) and by_quality["high"] == painted(painter, steps=6)
    assert by_quality["medium"] == by_quality["auto"] == painted(painter, steps=4)


@pytest.mark.parametrize("form, kind", [("png", "PNG"), ("jpeg", "JPEG"), ("webp", "WEBP")])
def test_formats(painter, form, kind):
    assert opened(painted(painter, output_format=form)).format == kind


def test_compression_makes_smaller(painter):
    assert len(painted(painter, output_format="jpeg", output_compression=10)) < len(painted(painter, output_format="jpeg")) / 2


def test_the_usual_size_is_the_models(painter):
    assert opened(painted(painter, size="auto")).size == (64, 64)


@pytest.mark.parametrize("body, sentence", [
    ({}, "prompt is missing"),
    ({"prompt": "  "}, "prompt is empty"),
    ({"prompt": "x", "n": 11}, "n must be between 1 and 10"),
    ({"prompt": "x", "size": "large"}, "size 'large' is not of the form WxH, as 512x512, or auto"),
    ({"prompt": "x", "size": "100x200"}, "size 100x200 cannot be made: width and height must be multiples of 8, at least 64, and at "
     "most 65536 pixels together; 96x200 is near"),
    ({"prompt": "x", "size": "1024x512"}, "size 1024x512 cannot be made: width and height must be multiples of 8, at least 64, and at "
     "most 65536 pixels together; 360x176 is near"),
    ({"prompt": "x", "steps": 151}, "steps must be between 1 and 150"),
    ({"prompt": "x", "seed": -1}, "seed must be between 0 and 9007199254740982"),
    ({"prompt": "x", "output_format": "gif"}, "output_format 'gif' is unknown; it can be png, jpeg, webp"),
    ({"prompt": "x", "quality": "best"}, "quality 'best' is unknown; it can be auto, standard, medium, low, high, hd"),
    ({"prompt": "x", "partial_images": 1}, "partial_images needs stream true"),
])
def test_mistakes_are_named(painter, body, sentence):
    assert painter.post(GENERATIONS, body).error()["message"] == sentence


def test_a_near_size_is_an_allowed_one(painter):
    for width, height in itertools.product((1, 64, 333, 9999), repeat=2):
        asked = {"prompt": "x", "size": f"{width}x{height}", "steps": 1}
        message = painter.post(GENERATIONS, asked | {"n": 11}).error()["message"]
        if (found := re.search(r"(\d+)x(\d+) is near", message)) is None:
            assert (width, height) == (64, 64)
            continue
        near = int(found[1]), int(found[2])
        assert all(side % 8 == 0 and side >= 64 for side in near) and near[0] * near[1] <= 65536


def events(painter, **more):
    return painter.post(GENERATIONS, SMALL | {"stream": True, **more}).events()


def test_a_stream_tells_its_steps_and_ends_with_the_same_picture(painter):
    told = events(painter)
    assert [(each["step"], each["steps"]) for each in told[:-1]] == [(0, 2), (1, 2), (2, 2)]
    assert {each["type"] for each in told[:-1]} == {"image_generation.progress"}
    assert told[-1]["type"] == "image_generation.completed" and coded(told[-1]["b64_json"]) == painted(painter)
    assert told[-1]["usage"] == {"images": 1} and told[-1]["size"] == "64x64" and told[-1]["output_format"] == "png"


def test_partial_pictures_are_looks_at_the_way(painter):
    told = events(painter, partial_images=2, steps=6, size="96x64")
    partial = [each for each in told if each["type"] == "image_generation.partial_image"]
    assert [each["partial_image_index"] for each in partial] == [0, 1]
    pictures = [coded(each["b64_json"]) for each in (*partial, told[-1])]
    assert len(set(pictures)) == 3 and {opened(each).size for each in pictures} == {(96, 64)}
    assert pictures[-1] == painted(painter, steps=6, size="96x64")


def test_several_pictures_in_a_stream(painter):
    told = events(painter, n=2)
    assert [each["index"] for each in told if each["type"] == "image_generation.completed"] == [0, 1]


@pytest.mark.parametrize("streamed", [True, False])
def test_a_client_that_leaves_stops_the_next_step(painter, streamed):
    asked = SMALL | {"size": "256x256", "steps": 100, "stream": streamed}
    before = painter.cpu_seconds()
    painted(painter, size="256x256", steps=2)
    share = painter.cpu_seconds() - before  # two steps, the text and the decoder
    before = painter.cpu_seconds()
    with contextlib.closing(painter.send(GENERATIONS, asked)) as connection:
        if streamed:
            connection.getresponse().readline()
        else:
            wait_for("work", lambda: painter.cpu_seconds() > before + share)
    painted(painter)
    assert painter.cpu_seconds() - before < 6 * share  # the 100 steps would be some 40
