"""The web application inside transformers, taken out of `transformers serve` and given a name, checks and OpenAI's errors.

It reaches for names with an underscore; requirements.txt pins the version that they belong to.
"""

from fastapi.exceptions import RequestValidationError
from roundhouse_engine import ApiError, LoadError
from roundhouse_engine.errors import HANDLERS
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from transformers.cli.serve import Serve

from checks import check_messages, check_request

# Left out: /load_model and /reset, which let a client change what is loaded, and what needs another kind of model.
PATHS = {"/v1/chat/completions", "/v1/completions", "/v1/responses"}


class Unstarted(Serve):
    """`transformers serve` up to the point where it would open its port."""

    def start_server(self):
        pass


def make_app(given):
    try:
        serve = Unstarted(
            force_model=given.model, device=given.device, dtype=given.dtype, quantization=given.quantization,
            attn_implementation=given.attn_implementation, chat_template_kwargs=given.chat_template_kwargs, non_blocking=True)
    except Exception as error:  # broken files raise many kinds
        raise LoadError(f"transformers could not load {given.model}: {' '.join(str(error).split())}") from error
    manager = serve._generation_state.get_manager(given.alias, use_cb=False)
    manager.generate_streaming = within_context(manager.generate_streaming)
    manager.generate_non_streaming = within_context(manager.generate_non_streaming)
    for handler in (serve._chat_handler, serve._completion_handler, serve._response_handler):
        handler._validate_request = checked(handler._validate_request)
        handler._resolve_model = named(handler._resolve_model, given.alias)
    model, tokenizer = serve._model_manager.load_model_and_processor(serve._model_manager.process_model_name(given.model))
    warm_up(model, tokenizer)
    app = serve.server.config.app
    app.router.routes[:] = [route for route in app.router.routes if getattr(route, "path", None) in PATHS]
    for kind, answer in {**HANDLERS, HTTPException: refused, RequestValidationError: unreadable}.items():
        app.add_exception_handler(kind, answer)
    return app


def warm_up(model, processor):
    tokens = getattr(processor, "tokenizer", processor)("Hello", return_tensors="pt").to(model.device)
    model.generate(input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"], max_new_tokens=1)


def checked(validate):
    def check(body):
        check_request(body)
        if "messages" in body or not {"prompt", "input"} & body.keys():
            check_messages(body.get("messages"))
        validate(body)
        body.setdefault("stream", False)  # /v1/responses streams without being asked
    return check


def named(resolve, alias):
    """The model goes by its public name, in requests and answers."""
    def found(body):
        asked = body.pop("model", None) or alias
        if asked != alias:
            raise ApiError(f"the model {asked} is not here; this is {alias}", param="model", code="model_not_found", status=404)
        return (alias, *resolve(body)[1:])
    return found


def within_context(generate):
    """Refuses what is longer than the model's context, and ends an answer there: beyond it there is only noise."""
    def limited(model, processor, inputs, gen_config, **more):
        config = model.config.get_text_config()
        limit, length = getattr(config, "max_position_embeddings", None), inputs["input_ids"].shape[-1]
        if limit and length >= limit:
            raise ApiError(f"the model's context is {limit} tokens, the messages are {length}; shorten them",
                           param="messages", code="context_length_exceeded")
        if limit and gen_config.max_new_tokens:
            gen_config.max_new_tokens = min(gen_config.max_new_tokens, limit - length)
        return generate(model, processor, inputs, gen_config, **more)
    return limited


def refused(request, error):
    status = 400 if error.status_code == 422 else error.status_code
    return JSONResponse(ApiError(str(error.detail), status=status).body(), status)


def unreadable(request, error):
    return JSONResponse(ApiError("the request's body is not a JSON object").body(), 400)
