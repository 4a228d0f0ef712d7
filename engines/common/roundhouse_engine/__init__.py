"""What the `engines/*/serve.py` programs share: arguments, the Unix socket, the line of work, errors in OpenAI's shape.

An engine's program puts the folder `engines/common` on its path, then

    from roundhouse_engine import options, program

    def load(given): ...              # returns the engine, loaded and warmed up, or raises LoadError with a sentence
    def routes(engine, line): ...     # a list of starlette routes that do their work in the line

    if __name__ == "__main__":
        given = options.parser(__doc__).parse_args()
        program.run(given, lambda: load(given), routes)

Nothing heavy may be imported at the top of a `serve.py`: the signal handlers come with this package, and a
missing model is named before libraries that take seconds.
"""

from . import leaving  # noqa: F401  first: its signal handlers must be there before imports that take time
from .errors import ApiError, LoadError

__all__ = ["ApiError", "LoadError"]
