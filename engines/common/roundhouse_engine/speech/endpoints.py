"""The two routes."""

import base64

from starlette.responses import JSONResponse
from starlette.routing import Route

from .. import sse
from ..body import json_fields
from .encode import CONTENT_TYPES, RATE, encoder
from .shape import Shaper
from .text import speakable


def endpoints(engine, line):
    async def voices(request):
        return JSONResponse(engine.voices.listing())

    async def speech(request):
        fields = await json_fields(request)
        text = speakable(fields.text("input"))
        voice = engine.voices.chosen(fields.get("voice", None))
        form = fields.choice("response_format", CONTENT_TYPES, "mp3")
        speed = fields.number("speed", 0.25, 4.0, 1.0)
        as_events = fields.choice("stream_format", ["audio", "sse"], "audio") == "sse"

        def work(emit, left):
            for samples, sound in spoken(engine, text, voice, speed, form, left):
                seconds.append(samples / 2 / RATE)
                if sound:
                    emit(sse.event(delta(sound)) if as_events else sound)
            if as_events:
                emit(sse.event({"type": "speech.audio.done", "usage": {
                    "input_characters": len(text), "seconds": round(sum(seconds), 3)}}))

        seconds = []
        if as_events:
            return await line.stream(request, work, sse.MEDIA_TYPE, sse.failed)
        return await line.stream(request, work, CONTENT_TYPES[form])

    return [
        Route("/v1/audio/speech", speech, methods=["POST"]),
        Route("/v1/audio/voices", voices)]


def delta(sound):
    return {"type": "speech.audio.delta", "audio": base64.b64encode(sound).decode()}


def spoken(engine, text, voice, speed, form, left):
    """Pairs of how many bytes of samples went in and what bytes of the file came out."""
    low, high = engine.speed_range
    own = min(max(speed, low), high)
    shaper, file = Shaper(engine.rate, speed / own), encoder(form)
    for samples in engine.speak(text, voice.engine_name, own, left):
        if left.is_set():
            return
        shaped = shaper.push(samples)
        if shaped:
            yield len(shaped), file.push(shaped)
    shaped = shaper.finish()
    if shaped:
        yield len(shaped), file.push(shaped)
    yield 0, file.finish()
