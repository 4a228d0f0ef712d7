"""Pictures by the real diffusers, from a tiny pipeline with random weights."""

import base64
import contextlib
import io
import itertools
import os
import re

import numpy
import pytest

from conftest import need_large, session_engine
from engine import wait_for
from tiny_models import run

Image = pytest.importorskip("PIL.Image", reason="pillow of Tests/EngineTests/requirements.txt is not installed")

GENERATIONS, EDITS = "/v1/images/generations", "/v1/images/edits"
SMALL = {"prompt": "a red engine", "size": "64x64", "steps": 2, "seed": 7, "response_format": "b64_json"}
FORM = [("prompt", "a red engine"), ("steps", "4"), ("seed", "7"), ("response_format", "b64_json")]


@pytest.fixture(scope="session")
def pipeline(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pipeline")
    run(need_large("diffusers"), "tiny-models/make_diffusion.py", folder)
    return folder


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    return tmp_path_factory.mktemp("files")


@pytest.fixture(scope="session")
def painter(pipeline, files):
    yield from session_engine(
        "diffusers", "--model", pipeline, "--alias", "painter", "--threads", "1", "--max-pixels", "65536", "--steps", "4",
        "--files", files, "--files-url", "http://gateway/v1/files/images/")


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


def test_urls_show_the_picture(painter, files):
    answer = painter.post(GENERATIONS, SMALL | {"response_format": None, "output_format": "jpeg"}).json()
    url = answer["data"][0]["url"]
    assert re.fullmatch(r"http://gateway/v1/files/images/[0-9a-f]{32}\.jpeg", url)
    name = url.rsplit("/", 1)[1]
    assert (files / name).stat().st_mode & 0o777 == 0o600
    got = painter.get(f"/v1/files/images/{name}")
    assert got.status == 200 and got.type == "image/jpeg" and got.body == (files / name).read_bytes()
    assert got.body == painted(painter, output_format="jpeg")


@pytest.mark.parametrize("name", ["0" * 32 + ".png", "..%2f..%2fetc%2fpasswd", "secret.txt"])
def test_other_files_are_not_shown(painter, files, name):
    (files / "secret.txt").write_text("secret")
    assert painter.get(f"/v1/files/images/{name}").error(404)["code"] == "not_found"


def test_pictures_expire_and_go_at_the_end(own, pipeline, tmp_path):
    old, other = tmp_path / ("a" * 32 + ".png"), tmp_path / "notes.txt"
    for each in (old, other):
        each.write_text("left from before")
        os.utime(each, (0, 0))
    engine = own("diffusers", "--model", pipeline, "--threads", "1", "--files", tmp_path, "--files-ttl", "3").start()
    assert not old.exists() and other.exists()
    names = [each["url"].rsplit("/", 1)[1] for each in
             engine.post(GENERATIONS, SMALL | {"response_format": "url"}).json()["data"]]
    path = f"/v1/files/images/{names[0]}"
    assert engine.get(path).status == 200
    wait_for("expired", lambda: engine.get(path).status == 404, 10)
    wait_for("deleted", lambda: not (tmp_path / names[0]).exists(), 10)
    engine.post(GENERATIONS, SMALL | {"response_format": "url"})
    assert len(list(tmp_path.glob("*.png"))) == 1
    assert engine.stop() == 0
    assert [each.name for each in tmp_path.iterdir()] == ["notes.txt"]


def test_without_a_folder_there_are_no_urls(own, pipeline):
    engine = own("diffusers", "--model", pipeline, "--threads", "1").start()
    assert "b64_json" in engine.post(GENERATIONS, SMALL | {"response_format": None}).json()["data"][0]
    error = engine.post(GENERATIONS, SMALL | {"response_format": "url"}).error()
    assert error["message"] == "this server keeps no pictures (it runs without --files); ask for response_format b64_json"
    assert engine.get("/v1/files/images/" + "0" * 32 + ".png").error(404)
    assert engine.stop() == 0


def test_wrong_folders_are_said_at_once(own, tmp_path):
    need_large("diffusers")
    (tmp_path / "model.safetensors").write_bytes(b"")
    for path, sentence in [
            (tmp_path / "absent", f"there is no file or folder {tmp_path / 'absent'}"),
            (tmp_path, f"{tmp_path} is no folder of a diffusers pipeline: it has no model_index.json"),
            (tmp_path / "model.safetensors", f"{tmp_path / 'model.safetensors'} is a file; diffusers wants the folder of a pipeline, "
             "with a model_index.json in it")]:
        assert own("diffusers", "--model", path).failure(seconds=5) == (1, sentence)


def test_a_damaged_pipeline_is_said_in_a_sentence(own, pipeline, tmp_path):
    for file in pipeline.rglob("*"):
        if file.is_file():
            target = tmp_path / file.relative_to(pipeline)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes()[:1000] if file.suffix == ".safetensors" else file.read_bytes())
    code, last = own("diffusers", "--model", tmp_path).failure(seconds=60)
    assert code == 1 and last.startswith(f"diffusers could not load {tmp_path}: ")
