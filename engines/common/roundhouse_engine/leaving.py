"""The end of the process. Importing this sets the signal handlers, so it comes before imports that take time."""

import os
import signal
import sys
import traceback

_at_exit = []


def at_exit(action):
    """Runs `action()` when the process ends. It runs in a signal handler and must not wait for a lock."""
    _at_exit.append(action)


def leave(code):
    """Ends the process at once: threads inside a library are not waited for, clients see their connection close."""
    for action in reversed(_at_exit):
        try:
            action()
        except Exception:
            traceback.print_exc()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, RuntimeError):
            continue
    os._exit(code)


for _signal in (signal.SIGTERM, signal.SIGINT):
    signal.signal(_signal, lambda *_: leave(0))
