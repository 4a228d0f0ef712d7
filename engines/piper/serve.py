"""Serves a Piper voice as /v1/audio/speech.

--model is a voice's .onnx file, with its .onnx.json beside it. A voice of one speaker answers to its file's name and to
OpenAI's names; one of several answers to each speaker's name, and OpenAI's names go round among them. Beside the
arguments that every engine has:

  --threads N          threads of one sentence (default: the processors, four at most, divided by --parallel)
"""

import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "common"))

from roundhouse_engine import options, program


def load(given):
    from voice_file import check

    config = check(given.model)
    from piper_voice import Piper

    return Piper(given.model, config, given.threads)


def routes(engine, line):
    from roundhouse_engine.speech import endpoints

    return endpoints(engine, line)


if __name__ == "__main__":
    parser = options.parser(__doc__)
    parser.add_argument("-t", "--threads", type=options.positive)
    given = parser.parse_args()
    given.threads = given.threads or max(1, min(4, os.cpu_count() or 1) // given.parallel)
    program.run(given, lambda: load(given), routes)
