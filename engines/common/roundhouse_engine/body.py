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
    """A multipart form, as a context manager that throws away the uploads that nobody took.

    `fields` are the text parts, the last of a name counting; `lists` has all values of a name, without its `[]`; `files`
    are the uploads by name, each a list.
    """

    def __init__(self, request, max_files=16):
        self.request, self.max_files = request, max_files

    async def __aenter__(self):
        kind = self.request.headers.get("content-type", "")
        if not kind.lower().startswith("multipart/form-data"):
            raise ApiError(f"the request must be multipart/form-data, not {kind or 'without a content type'}")
        form = await self.request.form(max_files=self.max_files)
        values, self.lists, self.files = {}, {}, {}
        for name, value in form.multi_items():
            bare = name.removesuffix("[]")
            if isinstance(value, UploadFile):
                self.files.setdefault(bare, []).append(value)
            else:
                values[name] = value
                self.lists.setdefault(bare, []).append(value)
        self.fields = Fields(values, from_form=True)
        return self

    def take(self, name):
        """The upload of that name as a file object, which is the caller's from now on: it outlives the form."""
        if not self.files.get(name):
            hint = " with a file name, not as text" if name in self.fields.values else ""
            raise ApiError(f"the part {name} is missing: send it as a file{hint}", param=name, code="missing_required_parameter")
        return self.files[name].pop().file

    async def __aexit__(self, *_):
        for upload in (each for found in self.files.values() for each in found):
            await upload.close()
