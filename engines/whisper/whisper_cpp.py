"""Hearing with whisper.cpp, through the pywhispercpp wheel."""

import os
import queue

import ggml_file
from roundhouse_engine import LoadError
from transcript import Wish
from whisper_cpp_segments import Segments


def load(given):
    """The engine, warm. Raises LoadError."""
    ggml_file.check(given.model)
    try:
        import _pywhispercpp as library
    except ModuleNotFoundError:
        raise LoadError(
            f"{given.model} is a ggml file, which needs pywhispercpp; install engines/whisper/requirements.txt, "
            "or name a CTranslate2 folder") from None
    import numpy

    engine = WhisperCpp(library, given)
    # A second of silence for every copy: a tensor of a wrong type aborts the process at first use, and must do so before readiness.
    silence = numpy.zeros(16000, numpy.float32)
    for _ in range(given.parallel):
        engine.hear(silence, Wish("en", False, "", 0.0, True), None, None)
    return engine


class WhisperCpp:
    """As many contexts as may hear at once: whisper.cpp's are for one thread at a time.

    The wheel's functions are used directly, not its `Model`: that keeps parameters, a client's prompt among them, for the
    next call. Here every call has parameters of its own.
    """

    def __init__(self, library, given):
        self.library, self.given = library, given
        self.contexts = queue.LifoQueue()
        for _ in range(given.parallel):
            self.contexts.put(self._context())

    def _context(self):
        parameters = self.library.whisper_context_default_params()
        context = self.library.whisper_init_from_file_with_params(os.fspath(self.given.model), parameters)
        if not _is_usable(lambda: self.library.whisper_is_multilingual(context)):
            raise LoadError(f"whisper.cpp could not load {self.given.model}; the lines above say why")
        self.multilingual = bool(self.library.whisper_is_multilingual(context))
        return context

    def hear(self, samples, wish, on_segment, left):
        """The transcript of at least 0.1 s of samples. Stops early when the event `left` is set."""
        if len(samples) == 0:
            raise ValueError("whisper.cpp would hear the previous audio again")
        context = self.contexts.get()
        try:
            return self._hear(context, samples, wish, on_segment, left)
        finally:
            self.contexts.put(context)

    def _hear(self, context, samples, wish, on_segment, left):
        duration = len(samples) / 16000
        found = Segments(self.library, context, wish, duration)
        parameters = self._parameters(wish)

        def on_new(_, count):
            for segment in found.take(count):
                on_segment(segment)

        if on_segment:
            self.library.assign_new_segment_callback(parameters, on_new)
        if left:
            self.library.assign_abort_callback(parameters, left.is_set)
        failed = self.library.whisper_full(context, parameters, samples, len(samples))
        if failed and not (left and left.is_set()):
            raise RuntimeError(f"whisper_full failed with {failed}")
        return found.transcript()

    def _parameters(self, wish):
        strategy = self.library.whisper_sampling_strategy
        width = self.given.beam_size
        parameters = self.library.whisper_full_default_params(
            strategy.WHISPER_SAMPLING_BEAM_SEARCH if width else strategy.WHISPER_SAMPLING_GREEDY)
        if width:
            parameters.beam_search = {"beam_size": width, "patience": -1.0}
        parameters.n_threads = self.given.threads
        parameters.print_progress = parameters.print_realtime = False
        parameters.no_context = True
        parameters.language = wish.language
        parameters.translate = wish.translate
        parameters.initial_prompt = wish.prompt
        parameters.token_timestamps = wish.words
        parameters.temperature = wish.temperature
        # A temperature that a client chose stays: only at 0 the library may raise it where it is unsure.
        if wish.temperature:
            parameters.temperature_inc = 0.0
        return parameters


def _is_usable(touch):
    """Whether touching a context does not crash. After a failed load the wheel hands out one that looks like any other."""
    child = os.fork()
    if child == 0:
        touch()
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0
