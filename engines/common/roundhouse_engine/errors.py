"""Errors, and their one translation to answers in OpenAI's shape."""

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response


class LoadError(Exception):
    """The engine cannot start; the text is a sentence for the operator."""


class ClientLeft(Exception):
    """The client closed its connection before it had the answer."""


class ApiError(Exception):
    """The client's mistake, unless the status says otherwise. The message says what was wrong and what to do."""

    def __init__(self, message, param=None, code=None, status=400):
        super().__init__(message)
        self.message, self.param, self.code, self.status = message, param, code, status

    def body(self):
        kind = "server_error" if self.status >= 500 else "invalid_request_error"
        return {"error": {"message": self.message, "type": kind, "param": self.param, "code": self.code}}


def as_api_error(error):
    """What a client is told of an error: of a real failure only its kind, the rest is for the log."""
    if isinstance(error, ApiError):
        return error
    return ApiError(f"the engine failed: {type(error).__name__}; its log says more", status=500)


async def _answer(request, error):
    error = as_api_error(error)
    return JSONResponse(error.body(), error.status)


async def _http(request, error):
    if error.status_code == 404:
        return await _answer(request, ApiError(f"there is no {request.url.path} here", code="not_found", status=404))
    if error.status_code == 405:
        message = f"{request.method} is not for {request.url.path}"
        return JSONResponse(ApiError(message, code="method_not_allowed", status=405).body(), 405, headers=error.headers)
    return await _answer(request, ApiError(f"the request cannot be read: {error.detail}", status=error.status_code))


async def _left(request, error):
    # Nobody reads this; the number is what proxies write for a client that left.
    return Response(status_code=499)


HANDLERS = {
    HTTPException: _http,
    ApiError: _answer,
    ClientLeft: _left,
    ClientDisconnect: _left,
    Exception: _answer,  # starlette raises it again afterwards, and uvicorn writes the traceback
}
