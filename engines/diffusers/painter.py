"""The pipeline: loaded once, run for each picture, stopped between two steps."""

import copy
import dataclasses
import inspect
import math

import torch
from diffusers import AutoPipelineForImage2Image, AutoPipelineForInpainting, AutoPipelineForText2Image
from diffusers.utils import logging
from roundhouse_engine import ApiError, LoadError
from roundhouse_engine.errors import ClientLeft

from preview import preview
from wish import SMALLEST_SIDE


@dataclasses.dataclass(frozen=True)
class Limits:
    usual_size: tuple
    usual_steps: int
    max_steps: int
    max_pixels: int
    factor: int


class Painter:
    """Every picture has a pipeline object of its own, which costs a millisecond: the weights are shared, the scheduler's state is not."""

    def __init__(self, given):
        logging.disable_progress_bar()
        if given.threads:
            torch.set_num_threads(given.threads)
        self.alias = given.alias
        self.device = given.device or ("cuda" if torch.cuda.is_available() else "cpu")
        dtype = getattr(torch, given.dtype or ("float32" if self.device == "cpu" else "float16"))
        try:
            self.base = AutoPipelineForText2Image.from_pretrained(given.model, dtype=dtype, local_files_only=True)
            self.base.to(self.device)
        except Exception as error:  # broken files raise many kinds
            raise LoadError(f"diffusers could not load {given.model}: {' '.join(str(error).split())}") from error
        accepted = inspect.signature(self.base.__call__).parameters
        if "callback_on_step_end" not in accepted:
            raise LoadError(f"{type(self.base).__name__} cannot be stopped between its steps, so it is not served")
        side = self._usual_side()
        self.limits = Limits(
            usual_size=(side, side), usual_steps=given.steps or accepted["num_inference_steps"].default, max_steps=given.max_steps,
            max_pixels=max(given.max_pixels, SMALLEST_SIDE ** 2), factor=self._factor())
        self._pipeline(AutoPipelineForText2Image)(
            "warm-up", num_inference_steps=2, width=SMALLEST_SIDE, height=SMALLEST_SIDE)

    def _usual_side(self):
        network = getattr(self.base, "unet", None) or getattr(self.base, "transformer", None)
        size = getattr(getattr(network, "config", None), "sample_size", None)
        return size * self.base.vae_scale_factor if isinstance(size, int) else getattr(self.base, "default_sample_size", 64) * 8

    def _factor(self):
        """What a side must be a multiple of: 8 by the pipelines' own check, more where the image processor says so."""
        return math.lcm(8, self.base.vae_scale_factor, self.base.image_processor.config.vae_scale_factor)

    def _pipeline(self, kind):
        made = kind.from_pipe(self.base, scheduler=copy.deepcopy(self.base.scheduler))
        made.set_progress_bar_config(disable=True)
        return made

    def pipeline_for(self, wish):
        """A pipeline for one wish; ApiError if the model has none of that kind, or not what is asked of it."""
        kind = AutoPipelineForText2Image
        if wish.image is not None:
            kind = AutoPipelineForInpainting if wish.mask is not None else AutoPipelineForImage2Image
        try:
            pipeline = self._pipeline(kind)
        except ValueError:
            what = "inpaint with a mask" if wish.mask is not None else "redraw a picture"
            raise ApiError(f"{self.alias} cannot {what}", code="unsupported_endpoint") from None
        accepted = inspect.signature(pipeline.__call__).parameters
        for name, value in (("negative_prompt", wish.negative), ("guidance_scale", wish.guidance)):
            if value is not None and name not in accepted:
                raise ApiError(f"{self.alias} takes no {name}", param=name, code="unsupported_parameter")
        return pipeline

    def paint(self, pipeline, wish, number, left, on_step=None, on_partial=None):
        """Picture `number` of a wish. `on_step(step, steps)` after each step; `on_partial(index, picture)` as often as wished."""
        asked = {
            "prompt": wish.prompt, "num_inference_steps": wish.steps, "negative_prompt": wish.negative,
            "guidance_scale": wish.guidance, "image": wish.image, "mask_image": wish.mask, "strength": wish.strength}
        asked = {name: value for name, value in asked.items() if value is not None}
        accepted = inspect.signature(pipeline.__call__).parameters
        if "width" in accepted:
            asked |= {"width": wish.width, "height": wish.height}
        shown = []

        def stepped(pipeline, step, timestep, tensors):
            if left.is_set():
                raise ClientLeft
            steps = pipeline.num_timesteps
            if on_step:
                on_step(step + 1, steps)
            # Spread over the steps, of which the last one is the picture itself.
            due = math.ceil(steps * (len(shown) + 1) / (wish.partials + 1))
            if len(shown) < wish.partials and due <= step + 1 < steps:
                if (early := preview(pipeline, tensors["latents"])) is not None:
                    on_partial(len(shown), early)
                shown.append(step)
            return tensors

        if left.is_set():
            raise ClientLeft
        made = pipeline(
            **asked, generator=torch.Generator("cpu").manual_seed(wish.seed + number), callback_on_step_end=stepped)
        if any(getattr(made, "nsfw_content_detected", None) or []):
            raise ApiError("the model's own filter withheld the picture", code="content_policy_violation")
        return made.images[0]
