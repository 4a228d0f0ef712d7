"""Pictures from and to bytes."""

import io

from PIL import Image, ImageOps, UnidentifiedImageError
from roundhouse_engine import ApiError

# What a phone's camera makes; decoded they are 200 MB.
MOST_PIXELS = 50_000_000
KINDS = ("PNG", "JPEG", "WEBP")


def decode(file, name):
    """The picture in a file, turned as its camera says. Raises ApiError."""
    try:
        picture = Image.open(file, formats=KINDS)
        if picture.width * picture.height > MOST_PIXELS:
            raise ApiError(f"{name} has more than {MOST_PIXELS} pixels", param=name, code="invalid_image")
        picture.load()
    except ApiError:
        raise
    except UnidentifiedImageError:
        raise ApiError(f"{name} is no picture in PNG, JPEG or WebP", param=name, code="invalid_image") from None
    except Exception as error:  # a decoder on broken bytes raises many kinds
        raise ApiError(f"{name} is broken: {error}", param=name, code="invalid_image") from None
    return ImageOps.exif_transpose(picture)


def flat(picture):
    """Without transparency: what was transparent is white."""
    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture.convert("RGB")
    ground = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(ground, picture.convert("RGBA")).convert("RGB")


def repainted(mask):
    """White where the picture is to be repainted: where the mask is transparent or, without transparency, white."""
    if "A" in mask.getbands() or "transparency" in mask.info:
        return ImageOps.invert(mask.convert("RGBA").getchannel("A"))
    return mask.convert("L")


def encode(picture, form, compression):
    """The bytes of a file. Compression is OpenAI's, 100 the best picture; PNG does not lose anything and has none."""
    out = io.BytesIO()
    more = {"quality": max(1, compression)} if form != "png" else {}
    picture.save(out, form, **more)
    return out.getvalue()
