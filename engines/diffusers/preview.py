"""A look at an unfinished picture."""

import torch


@torch.no_grad()
def preview(pipeline, latents):
    """The picture that the latents would be now; None where the decoder wants them laid out otherwise, or more precise.

    A decoder that must be made more precise first is shared with other pictures, so it is left as it is.
    """
    vae = pipeline.vae
    if latents.ndim != 4 or vae.dtype == torch.float16 and getattr(vae.config, "force_upcast", False):
        return None
    latents = latents.to(vae.dtype) / vae.config.scaling_factor
    if shift := getattr(vae.config, "shift_factor", None):
        latents = latents + shift
    return pipeline.image_processor.postprocess(vae.decode(latents, return_dict=False)[0], output_type="pil")[0]
