"""Serves a folder in Hugging Face's format, with weights for text, by the server inside transformers (`transformers serve`).

Beside the arguments that every engine has (--parallel is not used: one generation at a time, the others wait):

  --device NAME        auto (default), cpu, cuda, cuda:1, mps
  --dtype NAME         auto (default: as the weights are), float32, float16, bfloat16
  --quantization NAME  bnb-4bit or bnb-8bit; needs a GPU and the package bitsandbytes
  --attn-implementation NAME
                       as transformers has them: sdpa, eager, flash_attention_2
  --chat-template-kwargs JSON
                       handed to the chat template with every request: '{"enable_thinking": false}'

What differs from running `transformers serve`: a Unix socket instead of an open port, the public name instead of the folder's path in
requests and answers, errors in OpenAI's shape, 400 for what it answers with a bare 500 or works on beyond the model's context.
What does not: a stream ends without `data: [DONE]`, its last chunk always carries usage, fields that it does not know are refused,
and of a client that left only a streamed answer is stopped.
"""

import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "common"))

from roundhouse_engine import LoadError, options, program


def arguments():
    parser = options.parser(__doc__)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--dtype", default="auto")
    parser.add_argument("--quantization", choices=["bnb-4bit", "bnb-8bit"])
    parser.add_argument("--attn-implementation")
    parser.add_argument("--chat-template-kwargs", metavar="JSON")
    return parser.parse_args()


def load(given):
    options.need_path(given.model)
    if not (pathlib.Path(given.model) / "config.json").is_file():
        raise LoadError(f"{given.model} is no folder in Hugging Face's format: it has no config.json")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    # Read when OpenMP is loaded. By default its idle threads spin, which costs all others on the machine.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    from server import make_app

    return make_app(given)


def routes(app, line):
    from starlette.routing import Mount

    return [Mount("/", app)]


if __name__ == "__main__":
    given = arguments()
    program.run(given, lambda: load(given), routes)
