"""The upstream's answers as bytes, and what it does for each kind of request."""

import json
import socket
import struct

STREAM_HEAD = (b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
LAST_CHUNK = b"0\r\n\r\n"
# What a stream that flows still has to say after the longest part that is read of it; its reader has left by then.
MORE = 400


def whole(status, document):
    body = json.dumps(document).encode()
    return b"HTTP/1.1 %d Soak\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (status, len(body), body)


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def event(text):
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    return data({"id": "soak", "object": "chat.completion.chunk", "created": 0, "model": "soak", "choices": [choice]})


def data(document):
    return chunk(b"data: " + json.dumps(document).encode() + b"\n\n")


def usage(tokens):
    prompt, cached, completion = tokens
    return {
        "prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": cached}}


def plain(to, tokens):
    message = {"role": "assistant", "content": "word " * tokens[2]}
    to.line["usage"] = tokens
    to.write(whole(200, {
        "id": "soak", "object": "chat.completion", "created": 0, "model": "soak", "usage": usage(tokens),
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}))
    to.end("whole")


def stream(to, events, tokens):
    """A stream to its proper end, each event in a write of its own."""
    begin(to, events)
    if tokens:
        to.line["usage"] = tokens
        to.write(data({
            "id": "soak", "object": "chat.completion.chunk", "created": 0, "model": "soak", "choices": [],
            "usage": usage(tokens)}))
    to.write(chunk(b"data: [DONE]\n\n") + LAST_CHUNK)
    to.end("whole")


def begin(to, events):
    to.write(STREAM_HEAD)
    for _ in range(events):
        to.say()


def waiting(to, events, *_):
    begin(to, events)
    to.hold()


def flowing(to, events, *_):
    to.write(STREAM_HEAD)
    to.flow(events + MORE)


def broken_off(to, events, *_):
    begin(to, events)
    to.end("ended", closes=True)


def broken_event(to, events, *_):
    begin(to, events)
    to.write(event("word")[:-40])
    to.end("ended", closes=True)


def reset(to, events, *_):
    begin(to, events)
    to.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    to.end("reset", resets=True)


def never_done(to, events, *_):
    begin(to, events)
    to.write(LAST_CHUNK)
    to.end("ended")


def half_answer(to, *_):
    text = whole(200, {"choices": [{"message": {"content": "word " * 40}}], "usage": usage((1, 0, 1))})
    to.write(text[:200])
    to.end("ended", closes=True)


def error_in_stream(to, events, *_):
    begin(to, events)
    to.write(data({"error": {"message": "out of words", "code": "soak"}}) + chunk(b"data: [DONE]\n\n") + LAST_CHUNK)
    to.end("whole")


def refusal(status):
    def say(to, *_):
        to.write(whole(status, {"error": {"message": "as ordered", "type": "soak", "code": "bad_soak"}}))
        to.end("whole")
    return say


# What is not listed gets its whole answer.
STEPS = {
    "client leaves a waiting stream": waiting,
    "client leaves a flowing stream": flowing,
    "client leaves before the answer": lambda to, *_: to.hold(),
    "upstream ends inside a stream": broken_off,
    "upstream ends inside an event": broken_event,
    "upstream resets a stream": reset,
    "upstream never says done": never_done,
    "upstream ends inside an answer": half_answer,
    "upstream says an error in a stream": error_in_stream,
    "upstream hangs up": lambda to, *_: to.end("hung up", closes=True),
    "upstream error 500": refusal(500),
    "upstream error 429": refusal(429),
    "upstream error 400": refusal(400),
}
