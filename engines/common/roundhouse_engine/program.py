"""From arguments to a served socket."""

import os
import socket
import stat
import sys
import threading
import time
import traceback

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import JSONResponse
from starlette.routing import Route

from .body import LimitBody
from .errors import HANDLERS, LoadError
from .leaving import at_exit, leave
from .line import Line


def run(given, load, routes):
    """Binds the socket, runs `load()`, then serves `routes(engine, line)` until a signal ends the process.

    `load` returns an engine that is warm, or raises LoadError. Until it returned, connections to the socket are refused.
    """
    listener = _bind(given.host)
    engine = _loaded(load)
    app = application(given, routes(engine, Line(given.parallel)))
    # Connections are kept for an hour: the only client is a gateway with a pool of them, and a request must not meet their end.
    config = uvicorn.Config(
        app, http="h11", ws="none", lifespan="off", log_level="warning", access_log=False,
        timeout_keep_alive=3600, backlog=512)
    listener.listen(512)
    print("listening on", given.host, flush=True)
    _Server(config).run(sockets=[listener])
    leave(0)


def application(given, routes):
    started = int(time.time())
    models = {"object": "list", "data": [
        {"id": given.alias, "object": "model", "created": started, "owned_by": "roundhouse"}]}
    return Starlette(
        routes=[
            Route("/health", lambda request: JSONResponse({"status": "ok"})),
            Route("/v1/models", lambda request: JSONResponse(models)),
            *routes],
        middleware=[Middleware(LimitBody, limit=given.max_body)],
        exception_handlers=HANDLERS)


class _Server(uvicorn.Server):
    def handle_exit(self, sig, frame):
        leave(0)


def _bind(path):
    """The socket, bound but not listening: a bad path is named before minutes of loading."""
    found = socket.socket(socket.AF_UNIX)
    try:
        if _is_stale(path):
            os.unlink(path)
        found.bind(path)
        os.chmod(path, 0o600)
    except OSError as error:
        _give_up(f"cannot listen on {path}: {error.strerror or error}")
    at_exit(lambda: os.path.exists(path) and os.unlink(path))
    return found


def _is_stale(path):
    """Whether there is a socket that nobody listens on, left by a process that was killed."""
    # Asked first: connecting to any other file is refused as well.
    if not (os.path.exists(path) and stat.S_ISSOCK(os.stat(path).st_mode)):
        return False
    probe = socket.socket(socket.AF_UNIX)
    try:
        probe.connect(path)
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    finally:
        probe.close()
    return False


def _loaded(load):
    """The engine. It is loaded in a thread so that a signal, which reaches the main thread alone, is heard meanwhile."""
    outcome = {}

    def body():
        try:
            outcome["engine"] = load()
        except BaseException as error:
            outcome["error"] = error

    thread = threading.Thread(target=body, name="load", daemon=True)
    thread.start()
    thread.join()
    error = outcome.get("error")
    if isinstance(error, LoadError):
        _give_up(str(error))
    if error is not None:
        traceback.print_exception(error)
        _give_up(f"the engine could not be loaded: {type(error).__name__}: {error}")
    return outcome["engine"]


def _give_up(sentence):
    print(sentence, file=sys.stderr)
    leave(1)
