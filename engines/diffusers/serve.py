"""Serves a diffusers pipeline (a folder with a model_index.json): /v1/images/generations and /v1/images/edits.

Beside the arguments that every engine has:

  --device NAME        cpu, cuda, cuda:1, mps (default: a GPU if there is one)
  --dtype NAME         float32, float16, bfloat16 (default: float32 on a CPU, else float16)
  --threads N          threads of one computation on the CPU (default: torch's own choice)
  --steps N            steps of a request that names none (default: the pipeline's, often 50); quality low halves it, high adds half
  --max-steps N        most steps of one picture (default 150)
  --max-pixels N       most pixels of one picture (default 1048576, which is 1024x1024)
  --files DIR          keep pictures there, for response_format url; only this server's pictures may be in it
  --files-url PREFIX   what stands before a picture's name in its url (default /v1/files/images, which this server answers);
                       in front of a path goes what X-Forwarded-Proto and X-Forwarded-Host say
  --files-ttl SECONDS  how long a picture is kept (default 3600); at the end of the process all of its pictures go

Generations take JSON, edits a form (image, mask, prompt ...; without a mask the whole picture is redrawn, with one the part where the
mask is transparent or, if it has no transparency, white). Both: prompt, n (10 at most), size "WxH" or auto, response_format url |
b64_json (default: url with --files, else b64_json), seed, steps or num_inference_steps, guidance_scale, negative_prompt, quality,
output_format png | jpeg | webp, output_compression, stream, partial_images; edits also strength. `background`, `style`, `moderation`
and `user` are not looked at. Picture number i of a request has the seed `seed + i`, which the answer names; the same seed makes the
same bytes. A stream has events image_generation.progress {step, steps}, .partial_image and .completed (image_edit.* for edits).
"""

import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "common"))

from roundhouse_engine import LoadError, options, program


def arguments():
    parser = options.parser(__doc__)
    parser.add_argument("--device")
    parser.add_argument("--dtype", choices=["float32", "float16", "bfloat16"])
    parser.add_argument("-t", "--threads", type=options.positive)
    parser.add_argument("--steps", type=options.positive)
    parser.add_argument("--max-steps", type=options.positive, default=150)
    parser.add_argument("--max-pixels", type=options.positive, default=1024 * 1024)
    parser.add_argument("--files", metavar="DIR")
    parser.add_argument("--files-url", metavar="PREFIX", default="/v1/files/images")
    parser.add_argument("--files-ttl", type=options.positive, metavar="SECONDS", default=3600)
    return parser.parse_args()


def load(given):
    options.need_path(given.model)
    if not os.path.isdir(given.model):
        raise LoadError(f"{given.model} is a file; diffusers wants the folder of a pipeline, with a model_index.json in it")
    if not os.path.isfile(os.path.join(given.model, "model_index.json")):
        raise LoadError(f"{given.model} is no folder of a diffusers pipeline: it has no model_index.json")
    from store import Store

    store = Store(given.files, given.files_url, given.files_ttl) if given.files else None
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    # Read when OpenMP is loaded. By default its idle threads spin, which costs all others on the machine.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    from painter import Painter

    return Painter(given), store


def routes(engine, line):
    from endpoints import endpoints

    painter, store = engine
    return endpoints(painter, store, line)


if __name__ == "__main__":
    given = arguments()
    program.run(given, lambda: load(given), routes)
