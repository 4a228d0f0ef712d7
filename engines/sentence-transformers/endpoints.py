"""/v1/embeddings and /v1/rerank."""

import base64
import uuid

from starlette.responses import JSONResponse
from starlette.routing import Route

from roundhouse_engine import ApiError
from roundhouse_engine.body import json_fields

MOST = 2048


def endpoints(engine, line):
    """Routes on a model with `rank` and, if it `embeds`, `embed`, `decode` and `width`."""

    async def embeddings(request):
        fields = await json_fields(request)
        if not engine.embeds:
            raise ApiError(f"{engine.alias} ranks documents and makes no embeddings; ask /v1/rerank", code="unsupported_endpoint")
        texts = read_input(fields, engine.decode)
        form = fields.choice("encoding_format", ("float", "base64"), "float")
        size = fields.number("dimensions", 1, engine.width, default=engine.width, whole=True)

        def work(left):
            rows, tokens = engine.embed(texts, left, size)
            data = [{"object": "embedding", "index": number, "embedding": encoded(row, form)} for number, row in enumerate(rows)]
            # A large answer takes a second to be written as JSON: here, not where other requests are read.
            return JSONResponse({"object": "list", "data": data, "model": engine.alias, "usage": usage(tokens)})

        return await line.run(request, work)

    async def rerank(request):
        fields = await json_fields(request)
        query = fields.text("query")
        documents = read_documents(fields)
        most = fields.number("top_n", 1, 1 << 31, default=len(documents), whole=True)
        shown = fields.flag("return_documents")
        scores, tokens = await line.run(request, lambda left: engine.rank(query, documents, left))
        order = sorted(range(len(documents)), key=lambda number: -scores[number])[:most]
        results = [{"index": number, "relevance_score": float(scores[number])}
                   | ({"document": {"text": documents[number]}} if shown else {}) for number in order]
        return JSONResponse({"id": f"rerank-{uuid.uuid4().hex}", "object": "list", "model": engine.alias, "results": results,
                             "usage": usage(tokens)})

    return [Route(f"{prefix}/{name}", handler, methods=["POST"]) for prefix in ("/v1", "")
            for name, handler in (("embeddings", embeddings), ("rerank", rerank))]


def read_input(fields, decode):
    """The texts to embed."""
    given = fields.get("input")
    if isinstance(given, str):
        given = [given]
    if is_tokens(given):
        given = [given]
    if not isinstance(given, list) or not given:
        raise wrong_input("input must be a string, a list of strings, or a list of token numbers")
    if len(given) > MOST:
        raise wrong_input(f"input has {len(given)} texts; {MOST} at most are taken at once")
    texts = [decode(each) if is_tokens(each) else each for each in given]
    for number, text in enumerate(texts):
        if not isinstance(text, str):
            raise wrong_input(f"input[{number}] is neither a string nor a list of token numbers")
        if not text:
            raise wrong_input(f"input[{number}] is empty")
    return texts


def is_tokens(value):
    return isinstance(value, list) and bool(value) and all(isinstance(each, int) and not isinstance(each, bool) for each in value)


def wrong_input(sentence):
    return ApiError(sentence, param="input", code="invalid_value")


def read_documents(fields):
    given = fields.get("documents")
    if not isinstance(given, list) or not given:
        raise ApiError("documents must be a list of at least one string or {\"text\": ...}", param="documents", code="invalid_type")
    if len(given) > MOST:
        raise ApiError(f"there are {len(given)} documents; {MOST} at most are taken at once", param="documents", code="invalid_value")
    texts = [each.get("text") if isinstance(each, dict) else each for each in given]
    for number, text in enumerate(texts):
        if not isinstance(text, str):
            raise ApiError(f"documents[{number}] is neither a string nor an object with a text", param="documents", code="invalid_type")
    return texts


def encoded(row, form):
    """A list of numbers, or their bytes (float32, little-endian) in base64, as OpenAI's clients ask for."""
    return row.tolist() if form == "float" else base64.b64encode(row.astype("<f4").tobytes()).decode()


def usage(tokens):
    return {"prompt_tokens": tokens, "total_tokens": tokens}
