"""The routes: generations, edits, and the pictures that are kept."""

from roundhouse_engine import ApiError, sse
from roundhouse_engine.body import Form, json_fields
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

import picture
from gallery import Gallery
from wish import FORMATS, read_wish

# diffusers' own for redrawing; an inpainted part starts from nothing.
STRENGTH, MASKED_STRENGTH = 0.8, 1.0


def endpoints(painter, store, line):
    async def answer(request, wish, kind):
        pipeline = painter.pipeline_for(wish)
        gallery = Gallery(painter, pipeline, store, wish, kind, base(request, store))
        if wish.streamed:
            return await line.stream(request, gallery.stream, sse.MEDIA_TYPE, sse.failed)
        return JSONResponse(await line.run(request, gallery.all))

    async def generations(request):
        fields = await json_fields(request)
        return await answer(request, read_wish(fields, painter.limits, store is not None), "image_generation")

    async def edits(request):
        async with Form(request) as form:
            pictures = form.files.get("image", [])
            if len(pictures) > 1:
                raise ApiError(f"there are {len(pictures)} images; this model edits one", param="image", code="invalid_value")
            image = await run_in_threadpool(taken, form, "image")
            mask = await run_in_threadpool(taken, form, "mask") if form.files.get("mask") else None
            wish = read_wish(form.fields, painter.limits, store is not None, image.size)
            strength = form.fields.number("strength", 0, 1, default=STRENGTH if mask is None else MASKED_STRENGTH)
        await run_in_threadpool(prepare, wish, image, mask, strength)
        return await answer(request, wish, "image_edit")

    async def file(request):
        found = await run_in_threadpool(store.get, request.path_params["name"]) if store else None
        if not found:
            raise ApiError("this picture is not here; pictures are kept for a limited time only", code="not_found", status=404)
        data, seconds = found
        kind = FORMATS[request.path_params["name"].rsplit(".", 1)[1]]
        return Response(data, media_type=kind, headers={
            "cache-control": f"private, max-age={seconds}", "x-content-type-options": "nosniff"})

    return [
        *(Route(f"{prefix}/images/{name}", handler, methods=["POST"]) for prefix in ("/v1", "")
          for name, handler in (("generations", generations), ("edits", edits))),
        Route("/v1/files/images/{name}", file)]


def base(request, store):
    """What clients call the gateway in front, if it says so and the pictures' prefix does not."""
    host = request.headers.get("x-forwarded-host")
    if not store or not host or not store.prefix.startswith("/"):
        return ""
    return f"{request.headers.get('x-forwarded-proto', 'http')}://{host}"


def taken(form, name):
    with form.take(name) as file:
        return picture.decode(file, name)


def prepare(wish, image, mask, strength):
    """Brings picture and mask to the wished size, as the pipelines want them."""
    if int(wish.steps * strength) < 1:
        raise ApiError(f"strength {strength} of {wish.steps} steps is less than one step; raise one of them", param="strength",
                       code="invalid_value")
    if mask is not None and mask.size != image.size:
        raise ApiError(f"mask is {mask.width}x{mask.height} and image {image.width}x{image.height}; they must be of one size",
                       param="mask", code="invalid_image")
    size = (wish.width, wish.height)
    wish.strength, wish.image = strength, picture.flat(image).resize(size)
    if mask is not None:
        wish.mask = picture.repainted(mask).resize(size)
