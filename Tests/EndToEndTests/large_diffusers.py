"""diffusers with a tiny pipeline of random weights: the real engine, the official client. Not among the usual tests:
`make test-diffusers` installs it and runs this."""

import base64
import io
import struct
import urllib.error
import urllib.request

import openai
import pytest

from conftest import wait_for
from test_engines import record, running
from weights import make

YAML = """name: painter
backend: diffusers
parameters: {{model: {folder}}}
threads: 1
args: [--steps, "2", --max-pixels, "65536", --files-ttl, "{ttl}"]
cost: {{per_image: 0.01}}
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    folder = make("diffusers", "make_diffusion.py", tmp_path_factory.mktemp("weights") / "tiny")
    yield from running(tmp_path_factory.mktemp("house"), [YAML.format(folder=folder, ttl=4)])


def paint(house, **more):
    return house.client.images.generate(**({"model": "painter", "prompt": "a house", "size": "64x64"} | more))


def size(png):
    assert png.startswith(b"\x89PNG")
    return struct.unpack(">II", png[16:24])


def test_a_picture(house):
    raw = house.client.images.with_raw_response.generate(
        model="painter", prompt="a house", size="96x64", response_format="b64_json", n=2, extra_body={"seed": 7})
    data = raw.parse().data
    assert [size(base64.b64decode(each.b64_json)) for each in data] == [(96, 64)] * 2
    line = record(house, raw)
    assert line["cost"] == pytest.approx(0.02) and line["outcome"] == "ok"
    again = paint(house, size="96x64", response_format="b64_json", extra_body={"seed": 7})
    assert again.data[0].b64_json == data[0].b64_json


def test_a_picture_behind_a_url_that_ends(house):
    url = paint(house, response_format="url").data[0].url
    assert url.startswith(house.url + "/v1/files/images/painter/")
    with urllib.request.urlopen(url) as answer:
        assert answer.headers["content-type"] == "image/png" and size(answer.read()) == (64, 64)

    def is_gone():
        try:
            urllib.request.urlopen(url).close()
            return False
        except urllib.error.HTTPError as error:
            return error.code == 404

    wait_for("the picture is gone", is_gone, 30)
    assert not list((house.folder / "data/files/painter").iterdir())


def test_no_other_file_can_be_had(house):
    for path in ("/v1/files/images/painter/../../ledger.sqlite", "/v1/files/images/../config/keys.yaml",
                 "/v1/files/images/painter/%2e%2e%2fx.png", "/v1/files/images/painter/", "/v1/files/images/painter/.png"):
        assert house.get(path)[0] == 404


def test_an_edit(house):
    png = base64.b64decode(paint(house, response_format="b64_json").data[0].b64_json)
    edited = house.client.images.edit(
        model="painter", image=("a.png", io.BytesIO(png)), prompt="a house at night", response_format="b64_json", size="64x64")
    assert size(base64.b64decode(edited.data[0].b64_json)) == (64, 64)


def test_progress(house):
    with house.client.images.with_streaming_response.generate(
            model="painter", prompt="a house", size="64x64", response_format="b64_json", extra_body={"stream": True}) as answer:
        text = answer.read().decode()
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert "image_generation.progress" in text and "image_generation.completed" in text


@pytest.mark.parametrize("more, word", [({"size": "65x64"}, "8"), ({"size": "4096x4096"}, "65536"), ({"n": 11}, "n"),
                                        ({"prompt": ""}, "prompt")])
def test_mistakes(house, more, word):
    with pytest.raises(openai.BadRequestError) as refused:
        paint(house, **more)
    assert word in str(refused.value) and house.worker("painter")["restarts"] == 0
