"""From a wish to an answer: all pictures at once, or events while they are made."""

import base64
import time

from roundhouse_engine import sse

import picture


class Gallery:
    def __init__(self, painter, pipeline, store, wish, kind, base=""):
        """`base` is what clients call this server, https://host, and stands before the path of a picture."""
        self.base = base
        self.painter, self.pipeline, self.store, self.wish, self.kind = painter, pipeline, store, wish, kind
        self.created = int(time.time())

    def all(self, left):
        """The answer as OpenAI has it."""
        data = []
        for number in range(self.wish.count):
            made = self.painter.paint(self.pipeline, self.wish, number, left)
            data.append(self.shown(made, number))
        return {"created": self.created, "data": data, **self.about(), "usage": {"images": len(data)}}

    def stream(self, emit, left):
        """The events. With n above 1 each names its picture in `index`."""
        for number in range(self.wish.count):
            def event(name, **more):
                emit(sse.event({"type": f"{self.kind}.{name}", "index": number, **more}))

            def stepped(step, steps):
                event("progress", step=step, steps=steps)

            def partial(index, early):
                event("partial_image", partial_image_index=index, b64_json=self.coded(self.encoded(early)), **self.about(),
                      created_at=self.created)

            stepped(0, self.steps())
            made = self.painter.paint(self.pipeline, self.wish, number, left, stepped, partial)
            event("completed", **self.shown(made, number), created_at=self.created, **self.about(), usage={"images": 1})

    def steps(self):
        """As many as there will be: a picture that is redrawn starts in the midst of them."""
        return self.wish.steps if self.wish.strength is None else int(self.wish.steps * self.wish.strength)

    def about(self):
        return {"size": self.wish.size, "output_format": self.wish.format, "background": "opaque"}

    def shown(self, made, number):
        data = self.encoded(made)
        where = {"url": self.base + self.store.put(data, self.wish.format)} if self.wish.as_url else {"b64_json": self.coded(data)}
        return where | {"seed": self.wish.seed + number}

    def encoded(self, made):
        return picture.encode(made, self.wish.format, self.wish.compression)

    @staticmethod
    def coded(data):
        return base64.b64encode(data).decode()
