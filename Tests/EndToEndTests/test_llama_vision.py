"""Pictures with the real llama.cpp, a projector (mmproj) made on the spot, and a toy that names the colour which most of a picture has."""

import base64
import struct
import zlib

import openai
import pytest

import toy
from test_engines import running

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
PICTURE_TOKENS = 4


@pytest.fixture(scope="module")
def house(engine, tmp_path_factory):
    folder = toy.made(tmp_path_factory.mktemp("weights"))
    yield from running(tmp_path_factory.mktemp("house"), [toy.with_an_eye("seer", folder), toy.without_tools("blind", folder)])


def png(*rows, width=32):
    """A picture of 32 rows in colours from top to bottom."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    lines = b"".join((b"\0" + bytes(colour) * width) * (32 // len(rows)) for colour in rows)
    head = struct.pack(">IIBBBBB", width, 32, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def showing(*pictures, text="Which colour is this?"):
    parts = [{"type": "image_url", "image_url": {"url": url if isinstance(url, str) else coded(url)}} for url in pictures]
    return [{"role": "user", "content": [*parts, {"type": "text", "text": text}]}]


def coded(data):
    return "data:image/png;base64," + base64.b64encode(data).decode()


def asked(house, messages, model="seer", **more):
    return house.client.chat.completions.with_raw_response.create(model=model, messages=messages, max_tokens=16, **more)


@pytest.mark.parametrize("picture, colour", [
    (png(RED), "red"), (png(GREEN), "green"), (png(BLUE, width=64), "blue"), (png((200, 60, 60)), "red")])
def test_what_is_seen(house, picture, colour):
    answer = asked(house, showing(picture)).parse().choices[0]
    assert answer.message.content.strip() == colour and answer.finish_reason == "stop"


def test_a_stream(house):
    chunks = asked(house, showing(png(GREEN)), stream=True).parse()
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks).strip() == "green"


def test_the_pictures_tokens_are_counted(house):
    def line(messages):
        raw = asked(house, messages)
        found = house.logged(raw.headers["x-request-id"])
        assert found["input_tokens"] == raw.parse().usage.prompt_tokens
        return found["input_tokens"]
    one, two = line(showing(png(RED))), line(showing(png(RED), png(GREEN)))
    assert two - one == PICTURE_TOKENS


@pytest.mark.parametrize("broken", [b"no picture at all", png(RED)[:40], b""], ids=["text", "cut", "empty"])
def test_a_broken_picture_is_the_clients_mistake(house, broken):
    asked(house, showing(png(RED)))
    with pytest.raises(openai.BadRequestError) as refused:
        asked(house, showing(broken))
    assert "PNG" in str(refused.value) and "image_url" in str(refused.value)
    assert house.worker("seer")["restarts"] == 0
    assert asked(house, showing(png(BLUE))).parse().choices[0].message.content.strip() == "blue"


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/x.png", "HTTPS://example.com/x.png", "file:///etc/hostname"])
def test_an_engine_fetches_nothing_for_a_client(house, url):
    with pytest.raises(openai.BadRequestError) as refused:
        asked(house, showing(url))
    assert refused.value.code == "remote_media_refused" and "fetch_media" in str(refused.value)


def test_a_model_without_eyes_says_so(house):
    with pytest.raises(openai.BadRequestError) as refused:
        asked(house, showing(png(RED)), model="blind")
    assert refused.value.code == "wrong_capability" and "mmproj" in str(refused.value)
