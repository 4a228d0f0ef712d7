"""/v1/audio/transcriptions and /v1/audio/translations."""

from starlette.routing import Route

import formats
from decode import decode
from languages import chosen_language
from roundhouse_engine import ApiError, sse
from roundhouse_engine.body import Form
from transcript import Wish, piece

# whisper.cpp splits a prompt with a recursive regular expression, and a model looks at its last 224 tokens only.
LONGEST_PROMPT = 2000


def endpoints(engine, line, max_seconds):
    """Routes on an engine with `multilingual`, `default_language` and `hear(samples, wish, on_segment, left)`."""

    def endpoint(task):
        async def handle(request):
            async with Form(request) as form:
                shape, granularities, streamed = read_shape(form)
                wish = read_wish(form.fields, engine, task, "word" in granularities)
                file = form.take("file")

            def work(left, on_segment=None):
                with file:
                    samples = decode(file, max_seconds, left)
                return engine.hear(samples, wish, on_segment, left)

            if streamed:
                return await line.stream(request, streamer(work), sse.MEDIA_TYPE, sse.failed)
            return formats.answer(await line.run(request, work), shape, task, granularities)
        return handle

    return [
        Route("/v1/audio/transcriptions", endpoint("transcribe"), methods=["POST"]),
        Route("/v1/audio/translations", endpoint("translate"), methods=["POST"])]


def read_shape(form):
    """The response format, the granularities (never empty) and whether the answer is a stream."""
    shape = form.fields.choice("response_format", formats.FORMATS, "json")
    asked = form.lists.get("timestamp_granularities", [])
    for each in asked:
        if each not in ("word", "segment"):
            raise ApiError(f"timestamp_granularities {each!r} is unknown; it can be word, segment",
                           param="timestamp_granularities", code="invalid_value")
    if asked and shape != "verbose_json":
        raise ApiError("timestamp_granularities needs response_format verbose_json", param="timestamp_granularities")
    streamed = form.fields.flag("stream")
    if streamed and shape not in ("json", "text"):
        raise ApiError(f"response_format {shape} cannot be streamed; json and text can", param="stream", code="invalid_value")
    return shape, asked or ["segment"], streamed


def read_wish(fields, engine, task, words):
    translate = task == "translate"
    if translate and not engine.multilingual:
        raise ApiError("this model knows English only and cannot translate; use /v1/audio/transcriptions",
                       param="model", code="unsupported_task")
    asked = fields.text("language", None)
    language = engine.default_language if asked is None else chosen_language(asked, engine.multilingual)
    prompt = fields.text("prompt", "")[-LONGEST_PROMPT:]
    return Wish(language, translate, prompt, fields.number("temperature", 0, 1, 0.0), words)


def streamer(work):
    """OpenAI's events: a delta for every segment as it is heard, then all of the text."""
    def stream(emit, left):
        heard = 0

        def on_segment(segment):
            nonlocal heard
            emit(sse.event({"type": "transcript.text.delta", "delta": piece(segment, heard == 0)}))
            heard += 1

        transcript = work(left, on_segment)
        emit(sse.event({
            "type": "transcript.text.done", "text": transcript.text(), "usage": formats.usage(transcript)}))
    return stream
