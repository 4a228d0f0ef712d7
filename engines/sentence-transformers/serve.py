"""Serves a folder of sentence-transformers: /v1/embeddings and /v1/rerank.

With a bi-encoder (modules.json) both: rerank orders by the cosine of the embeddings. With a cross-encoder (a config.json whose
architecture is ...ForSequenceClassification with one label) /v1/rerank alone. Beside the arguments that every engine has:

  --device NAME        cpu, cuda, cuda:1, mps (default: a GPU if there is one)
  --threads N          threads of one computation on the CPU (default: torch's own choice)
  --batch-size N       texts that are computed together (default 32); a client that left is noticed between batches
  --truncate WHEN      text beyond the model's longest input is cut off: always; never (it is answered 400); card (default): if the
                       model's own README.md says that longer input is truncated

/v1/embeddings takes `input` (a string, a list of strings, a list of token numbers or of such lists, which are decoded with the
model's own tokenizer; 2048 at most), `encoding_format` float or base64, `dimensions` (the first so many, at length 1 again).
/v1/rerank takes `query`, `documents` (strings or {"text": ...}, 2048 at most), `top_n`, `return_documents` (default false).
`usage` counts the tokens that the model has read, with the special ones.
"""

import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "common"))

from roundhouse_engine import options, program


def arguments():
    parser = options.parser(__doc__)
    parser.add_argument("--device")
    parser.add_argument("-t", "--threads", type=options.positive)
    parser.add_argument("-b", "--batch-size", type=options.positive, default=32)
    parser.add_argument("--truncate", choices=["always", "never", "card"], default="card")
    return parser.parse_args()


def load(given):
    from folder import is_cross_encoder, says_that_it_truncates

    options.need_path(given.model)
    cross = is_cross_encoder(given.model)
    truncate = given.truncate == "always" or given.truncate == "card" and says_that_it_truncates(given.model)
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    # Read when OpenMP is loaded. By default its idle threads spin: beside other work on the machine a short text then took two threads
    # 237 ms of processor time, and one thread 13.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    if cross:
        from cross_encoder import CrossEncoderModel as Model
    else:
        from bi_encoder import BiEncoderModel as Model
    return Model(given, truncate)


def routes(engine, line):
    from endpoints import endpoints

    return endpoints(engine, line)


if __name__ == "__main__":
    given = arguments()
    program.run(given, lambda: load(given), routes)
