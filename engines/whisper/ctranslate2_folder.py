"""Hearing with CTranslate2, through the faster-whisper package."""

import os

from roundhouse_engine import LoadError
from transcript import Segment, Transcript, Wish, Word, bare

# Without tokenizer.json the package would fetch one.
NEEDED = ("model.bin", "config.json", "tokenizer.json")


def load(given):
    """The engine, warm. Raises LoadError."""
    missing = [name for name in NEEDED if not os.path.isfile(os.path.join(given.model, name))]
    if missing:
        raise LoadError(f"{given.model} is not a whole CTranslate2 folder of a Whisper model: {', '.join(missing)} is missing")
    os.environ["HF_HUB_OFFLINE"] = "1"
    try:
        import faster_whisper
    except ModuleNotFoundError:
        raise LoadError(
            f"{given.model} is a folder, which needs faster-whisper; install engines/faster-whisper/requirements.txt, "
            "or name a ggml file") from None
    import numpy

    try:
        engine = FasterWhisper(faster_whisper, given)
        engine.hear(numpy.zeros(16000, numpy.float32), Wish("en", False, "", 0.0, False), None, None)
    except (RuntimeError, ValueError) as error:
        raise LoadError(f"CTranslate2 could not load {given.model}: {error}") from None
    return engine


class FasterWhisper:
    """One model for all threads: CTranslate2 has `--parallel` workers of its own."""

    def __init__(self, package, given):
        self.model = package.WhisperModel(
            given.model, device=given.device, compute_type=given.compute_type, cpu_threads=given.threads,
            num_workers=given.parallel, local_files_only=True)
        self.multilingual = self.model.model.is_multilingual
        self.beam_size = given.beam_size or 5

    def hear(self, samples, wish, on_segment, left):
        """The transcript. Stops between two segments when the event `left` is set."""
        options = {"temperature": wish.temperature} if wish.temperature else {}
        heard, about = self.model.transcribe(
            samples, language=None if wish.language == "auto" else wish.language, beam_size=self.beam_size,
            task="translate" if wish.translate else "transcribe", initial_prompt=wish.prompt or None,
            word_timestamps=wish.words, **options)
        found = []
        for each in heard:
            if left and left.is_set():
                break
            if each.text.strip():
                found.append(_segment(each, about.duration))
                if on_segment:
                    on_segment(found[-1])
        return Transcript(about.language, about.duration, found)


def _segment(each, duration):
    def clamped(seconds):
        return min(max(float(seconds), 0.0), duration)

    words = [Word(bare(word.word), clamped(word.start), clamped(word.end)) for word in each.words or ()]
    return Segment(
        each.text, clamped(each.start), clamped(each.end), list(each.tokens), float(each.avg_logprob), float(each.no_speech_prob),
        float(each.temperature), each.seek, [word for word in words if word.text])
