"""What an engine heard, whichever library did the hearing. All times are in seconds."""

import dataclasses
import unicodedata
import zlib


@dataclasses.dataclass
class Word:
    text: str
    start: float
    end: float


@dataclasses.dataclass
class Segment:
    """A piece of a transcript. `text` is as the model wrote it, with a leading space where words are separated by one."""

    text: str
    start: float
    end: float
    tokens: list
    avg_logprob: float
    no_speech_prob: float
    temperature: float
    seek: int
    words: list = dataclasses.field(default_factory=list)

    def compression_ratio(self):
        """As OpenAI's whisper computes it: high means that a text repeats itself."""
        raw = self.text.encode()
        return len(raw) / len(zlib.compress(raw))


@dataclasses.dataclass
class Transcript:
    """Segments in order of time, none blank, all between 0 and `duration`; `language` is a code."""

    language: str
    duration: float
    segments: list

    def text(self):
        return "".join(piece(each, number == 0) for number, each in enumerate(self.segments))


def piece(segment, is_first):
    """The segment's part of the whole text; parts follow each other without anything between."""
    text = segment.text.rstrip()
    return text.lstrip() if is_first else text


@dataclasses.dataclass
class Wish:
    """What a request wants of the engine. `language` is a code or `auto`."""

    language: str
    translate: bool
    prompt: str
    temperature: float
    words: bool


def bare(text):
    """A word without blanks and punctuation around it, as OpenAI gives words."""
    text = text.strip()
    while text and unicodedata.category(text[0]).startswith("P"):
        text = text[1:]
    while text and unicodedata.category(text[-1]).startswith("P"):
        text = text[:-1]
    return text.strip()
