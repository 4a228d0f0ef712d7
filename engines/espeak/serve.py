"""Serves the program espeak-ng (Debian package espeak-ng) as /v1/audio/speech.

A voice is one of espeak-ng's languages, with a variant if wanted: `en-us`, `de`, `en-us+f3`; `GET /v1/audio/voices` lists
them. OpenAI's names (alloy, nova …) are variants of the default voice. Beside the arguments that every engine has:

  --model VOICE        the default voice (default en-us)
  --program PATH       espeak-ng (default: the one on PATH)

Text reaches the program through its standard input, never its arguments; control characters and phonemes in [[ ]] are
taken out of it. A client that leaves ends the program.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "common"))

from roundhouse_engine import options, program


def load(given):
    from espeak import Espeak

    return Espeak(given.program, given.model)


def routes(engine, line):
    from roundhouse_engine.speech import endpoints

    return endpoints(engine, line)


if __name__ == "__main__":
    parser = options.parser(__doc__, needs_model=False)
    parser.add_argument("-m", "--model", metavar="VOICE", default="en-us")
    parser.add_argument("--program", metavar="PATH", default="espeak-ng")
    given = parser.parse_args()
    program.run(given, lambda: load(given), routes)
