"""whisper.cpp's results, read out of its context."""

from languages import SPACELESS
from transcript import Segment, Transcript, Word, bare


class Segments:
    """Collects the segments of one transcription, as they come or at the end. Blank ones are left out."""

    def __init__(self, library, context, wish, duration):
        self.library, self.context, self.wish, self.duration = library, context, wish, duration
        self.read, self.end, self.found = 0, 0.0, []
        self.specials = library.whisper_token_eot(context)

    def take(self, count):
        """The next `count` segments that whisper.cpp has, without blank ones."""
        fresh = [self._segment(self.read + number) for number in range(count)]
        self.read += count
        fresh = [each for each in fresh if each.text.strip()]
        self.found += fresh
        return fresh

    def transcript(self):
        self.take(self.library.whisper_full_n_segments(self.context) - self.read)
        return Transcript(self._language(), self.duration, self.found)

    def _language(self):
        return self.library.whisper_lang_str(self.library.whisper_full_lang_id(self.context))

    def _segment(self, index):
        text = self.library.whisper_full_get_segment_text(self.context, index).decode(errors="replace")
        start = self._clamped(self.library.whisper_full_get_segment_t0(self.context, index) / 100, self.end)
        end = self._clamped(self.library.whisper_full_get_segment_t1(self.context, index) / 100, start)
        self.end = end
        count = self.library.whisper_full_n_tokens(self.context, index)
        tokens = [self.library.whisper_full_get_token_data(self.context, index, number) for number in range(count)]
        spoken = [each for each in tokens if each.id < self.specials]
        return Segment(
            text, start, end, [each.id for each in tokens], sum(each.plog for each in tokens) / max(1, count), 0.0,
            self.wish.temperature, round(start * 100), self._words(spoken, start, end) if self.wish.words else [])

    def _clamped(self, seconds, least):
        """A model without timestamps (whisper.cpp takes every one with two decoder layers for that) says -1007 s."""
        return min(max(seconds, least, 0.0), self.duration)

    def _words(self, tokens, start, end):
        """Tokens joined to words: a word begins at a blank. A character may be spread over several tokens."""
        everywhere = self._language() in SPACELESS
        words, raw, first = [], b"", 0
        for token in tokens:
            first = first if raw else token.t0
            raw += self.library.whisper_token_to_bytes(self.context, token.id)
            try:
                text = raw.decode()
            except UnicodeDecodeError:
                continue
            raw = b""
            if everywhere or not words or text.startswith(" "):
                words.append([text, first, token.t1])
            else:
                words[-1] = [words[-1][0] + text, words[-1][1], token.t1]
        found = (self._word(bare(text), first / 100, last / 100, start, end) for text, first, last in words)
        return [each for each in found if each.text]

    @staticmethod
    def _word(text, first, last, start, end):
        first = min(max(first, start), end)
        return Word(text, first, min(max(last, first), end))
