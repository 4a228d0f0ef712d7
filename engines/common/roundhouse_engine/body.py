"""Reading request bodies, with a limit on their length."""

import json

from starlette.datastructures import UploadFile

from .errors import ApiError
from .fields import Fields


class LimitBody:
    """ASGI middleware: a body longer than `limit` bytes is answered 413, before it is read if its length is announced."""

    def __init__(self, app, limit):
        self.app, self.limit = app, limit

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        read = 0

        async def limited():
            nonlocal read
            if announced.isdigit() and int(announced) > self.limit:
                raise self.too_long()
            message = await receive()
            read += len(message.get("body", b""))
            if read > self.limit:
                raise self.too_long()
            return message

        return await self.app(scope, limited, send)

    def too_long(self):
        return ApiError(f"the request is longer than {self.limit} bytes", code="request_too_large", status=413)


async def json_fields(request):
    """The fields of a JSON object."""
    try:
        value = json.loads(await request.body())
    except (ValueError, RecursionError):
        raise ApiError("the request's body is not JSON") from None
    if not isinstance(value, dict):
        raise ApiError("the request's body must be a JSON object")
    return Fields(value)


class Form:
    """A multipart form, as a context manager that throws the uploads away at the end.

    `fields` are the text parts, the last of a name counting; `lists` has every value of a name that ends in `[]`,
    or is repeated; `files` are the uploads by name, each a list.
    """

    def __init__(self, request, max_files=16):
        self.request, self.max_files = request, max_files

    async def __aenter__(self):
        kind = self.request.headers.get("content-type", "")
        if not kind.lower().startswith("multipart/form-data"):
            raise ApiError(f"the request must be multipart/form-data, not {kind or 'without a content type'}")
        self.form = await self.request.form(max_files=self.max_files)
        values, self.lists, self.files = {}, {}, {}
        for name, value in self.form.multi_items():
            if isinstance(value, UploadFile):
                self.files.setdefault(name, []).append(value)
            else:
                values[name] = value
                self.lists.setdefault(name.removesuffix("[]"), []).append(value)
        self.fields = Fields(values, from_form=True)
        return self

    async def __aexit__(self, *_):
        await self.form.close()
