"""The line of work: so many requests at once, the others wait; a client that leaves takes its work with it."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

from starlette.responses import StreamingResponse

from .errors import ClientLeft

_END = object()


class Line:
    """A pool of `parallel` threads. Work gets an event that is set when its client left: it should look at it and stop."""

    def __init__(self, parallel):
        self.pool = ThreadPoolExecutor(parallel, thread_name_prefix="work")

    async def run(self, request, work):
        """The value of `work(left)`. The request's body must have been read. Raises ClientLeft."""
        left = threading.Event()
        job = asyncio.get_running_loop().run_in_executor(self.pool, work, left)
        try:
            return await _unless_left(request, job)
        finally:
            left.set()
            job.cancel()

    async def stream(self, request, work, media_type, failed=None, headers=None):
        """An answer of the bytes that `work(emit, left)` hands to `emit`, sent as they come.

        An error before the first of them is raised here, so that it has its own status. A later one ends the stream: with
        the bytes that `failed(error)` makes of it or, without, by a broken connection, which no client takes for the end.
        """
        left = threading.Event()
        loop = asyncio.get_running_loop()
        # Without a bound: an engine must not be held by a slow reader, and one answer is small beside a model.
        chunks = asyncio.Queue()

        def put(item):
            try:
                loop.call_soon_threadsafe(chunks.put_nowait, item)
            except RuntimeError:
                left.set()

        def body():
            try:
                if not left.is_set():
                    work(put, left)
                put(_END)
            except BaseException as error:
                put(error)

        job = self.pool.submit(body)
        try:
            first = await _unless_left(request, asyncio.ensure_future(chunks.get()))
            if isinstance(first, BaseException):
                raise first
        except BaseException:
            left.set()
            job.cancel()
            raise
        return _Chunks(_rest(first, chunks, failed), left, media_type=media_type, headers=headers)


class _Chunks(StreamingResponse):
    """Tells the work when the answer is over, however it ended: also before its first byte."""

    def __init__(self, content, left, **more):
        super().__init__(content, **more)
        self.left = left

    async def __call__(self, scope, receive, send):
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.left.set()


async def _rest(first, chunks, failed):
    item = first
    while item is not _END:
        if isinstance(item, BaseException):
            if failed is None:
                raise item
            yield failed(item)
            return
        yield item
        item = await chunks.get()


async def _unless_left(request, job):
    """The result of the future, or ClientLeft if the client goes first."""
    gone = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait({job, gone}, return_when=asyncio.FIRST_COMPLETED)
        if job.done():
            return job.result()
        job.cancel()
        raise ClientLeft
    finally:
        gone.cancel()


async def _disconnected(request):
    while (await request.receive())["type"] != "http.disconnect":
        pass
