"""The arguments that every engine has."""

import argparse
import os

from .errors import LoadError


def positive(text):
    """A whole number above zero, for argparse."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return value


def parser(description, needs_model=True):
    """A parser with --model, --host, --alias, --parallel and --max-body; the engine adds its own."""
    found = argparse.ArgumentParser(
        prog="serve.py", description=description, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    if needs_model:
        found.add_argument("-m", "--model", required=True, metavar="PATH", help="file or folder with the weights")
    found.add_argument("--host", required=True, metavar="SOCKET", help="path of the Unix socket to listen on")
    found.add_argument("-a", "--alias", required=True, metavar="NAME", help="public name of the model, used in answers")
    found.add_argument("-np", "--parallel", type=positive, default=1, metavar="N",
                       help="requests that are worked on at once; the others wait (default 1)")
    found.add_argument("--max-body", type=positive, default=100 << 20, metavar="BYTES",
                       help="longest request body (default 100 MiB)")
    return found


def need_path(path):
    """Raises LoadError unless the path can be read: libraries say it late, or crash."""
    if not os.path.exists(path):
        raise LoadError(f"there is no file or folder {path}")
    if not os.access(path, os.R_OK | (os.X_OK if os.path.isdir(path) else 0)):
        raise LoadError(f"{path} may not be read by this user")
    return path
