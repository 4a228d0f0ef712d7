"""A transcript in the five response formats of OpenAI."""

import math

from starlette.responses import JSONResponse, Response

from languages import NAMES

CONTENT_TYPES = {"text": "text/plain; charset=utf-8", "srt": "application/x-subrip; charset=utf-8", "vtt": "text/vtt; charset=utf-8"}
FORMATS = ["json", "text", "srt", "verbose_json", "vtt"]


def usage(transcript):
    """Whole seconds, rounded up, as OpenAI counts them."""
    return {"type": "duration", "seconds": math.ceil(transcript.duration)}


def answer(transcript, form, task, granularities):
    if form == "json":
        return JSONResponse({"text": transcript.text(), "usage": usage(transcript)})
    if form == "verbose_json":
        return JSONResponse(verbose(transcript, task, granularities))
    text = {"text": plain, "srt": srt, "vtt": vtt}[form](transcript)
    return Response(text, headers={"content-type": CONTENT_TYPES[form]})


def plain(transcript):
    return transcript.text() + "\n"


def srt(transcript):
    cues = (
        f"{number}\n{clock(each.start, ',')} --> {clock(each.end, ',')}\n{cue_text(each)}\n\n"
        for number, each in enumerate(transcript.segments, 1))
    return "".join(cues)


def vtt(transcript):
    cues = (f"{clock(each.start, '.')} --> {clock(each.end, '.')}\n{cue_text(each)}\n\n" for each in transcript.segments)
    return "WEBVTT\n\n" + "".join(cues)


def cue_text(segment):
    # An arrow in a text would be read as the times of a cue.
    return segment.text.strip().replace("-->", "->")


def clock(seconds, point):
    """hours:minutes:seconds with thousandths."""
    thousandths = round(seconds * 1000)
    minutes, thousandths = divmod(thousandths, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{thousandths // 1000:02}{point}{thousandths % 1000:03}"


def verbose(transcript, task, granularities):
    found = {
        "task": task, "language": NAMES.get(transcript.language, transcript.language),
        "duration": round(transcript.duration, 3), "text": transcript.text()}
    if "word" in granularities:
        found["words"] = [
            {"word": word.text, "start": round(word.start, 3), "end": round(word.end, 3)}
            for segment in transcript.segments for word in segment.words]
    if "segment" in granularities:
        found["segments"] = [verbose_segment(number, each) for number, each in enumerate(transcript.segments)]
    return found | {"usage": usage(transcript)}


def verbose_segment(number, segment):
    return {
        "id": number, "seek": segment.seek, "start": round(segment.start, 3), "end": round(segment.end, 3),
        "text": segment.text, "tokens": segment.tokens, "temperature": segment.temperature,
        "avg_logprob": segment.avg_logprob, "compression_ratio": segment.compression_ratio(),
        "no_speech_prob": segment.no_speech_prob}
