"""Serves a Whisper model: /v1/audio/transcriptions and /v1/audio/translations.

--model is a ggml file of whisper.cpp (needs engines/whisper/requirements.txt) or a CTranslate2 folder (needs
engines/faster-whisper/requirements.txt). Beside the arguments that every engine has:

  --threads N          threads of one transcription (default: the processors, four at most, divided by --parallel)
  --language CODE      language of requests that name none; auto (default) detects it
  --beam-size N        beam search of this width; without, the library's own default
  --max-seconds N      longest audio in seconds (default 7200, which is 460 MB while it is worked on)
  --device, --compute-type
                       as CTranslate2 has them, for a folder only (default auto, default)

Each of --parallel is one more copy of a ggml model in memory. The answers are OpenAI's. Where they differ: a word is what
whisper.cpp's own guess of token times makes of it; `no_speech_prob` is 0 with a ggml file, because the library hands none out
(it drops what it takes for silence itself); of a prompt the last 2,000 characters count.
"""

import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "common"))

from roundhouse_engine import options, program


def arguments():
    parser = options.parser(__doc__)
    parser.add_argument("-t", "--threads", type=options.positive)
    parser.add_argument("-l", "--language", default="auto")
    parser.add_argument("--beam-size", type=options.positive)
    parser.add_argument("--max-seconds", type=options.positive, default=7200)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--compute-type", default="default")
    given = parser.parse_args()
    given.threads = given.threads or max(1, min(4, os.cpu_count() or 1) // given.parallel)
    return given


def load(given):
    options.need_path(given.model)
    # Read when OpenMP is loaded. By default its idle threads spin; with other work on the machine two threads were then seen
    # to take five times as long as one.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    if os.path.isdir(given.model):
        from ctranslate2_folder import load as load_model
    else:
        from whisper_cpp import load as load_model
    from languages import default_language

    engine = load_model(given)
    engine.default_language = default_language(given.language, engine.multilingual)
    return engine


def routes(given):
    def made(engine, line):
        from endpoints import endpoints

        return endpoints(engine, line, given.max_seconds)
    return made


if __name__ == "__main__":
    given = arguments()
    program.run(given, lambda: load(given), routes(given))
