"""Serves a GGUF file with llama.cpp's own server, from the xllamacpp wheel.

Takes the same arguments as the llama-server program, as far as they are listed below; any other `--some-name value` sets
the field `some_name` of the wheel's parameters, if it has one.
"""

import argparse
import os
import signal
import sys
import threading

import xllamacpp as llama

LOAD_MODES = {"auto": "AUTO", "none": "NONE", "mmap": "MMAP", "mlock": "MLOCK", "mmap+mlock": "MMAP_MLOCK"}
FLASH = {"on": "ENABLED", "off": "DISABLED", "auto": "AUTO"}


def parser():
    options = argparse.ArgumentParser(prog="serve.py", description=__doc__, allow_abbrev=False)
    options.add_argument("-m", "--model", required=True)
    options.add_argument("--host", required=True, help="path of a Unix socket that ends in .sock")
    options.add_argument("-a", "--alias", required=True)
    options.add_argument("-c", "--ctx-size", type=int, default=0, help="for all slots together")
    options.add_argument("-np", "--parallel", type=int, default=1)
    options.add_argument("-ngl", "--n-gpu-layers", type=int)
    options.add_argument("-t", "--threads", type=int)
    options.add_argument("-b", "--batch-size", type=int)
    options.add_argument("-ub", "--ubatch-size", type=int)
    options.add_argument("--mmproj")
    options.add_argument("--embeddings", "--embedding", action="store_true")
    options.add_argument("--rerank", "--reranking", action="store_true")
    options.add_argument("--pooling", choices=["none", "mean", "cls", "last", "rank"])
    options.add_argument("-lm", "--load-mode", choices=LOAD_MODES)
    options.add_argument("-fa", "--flash-attn", choices=FLASH)
    options.add_argument("-ctk", "--cache-type-k")
    options.add_argument("-ctv", "--cache-type-v")
    options.add_argument("-cram", "--cache-ram", type=int)
    options.add_argument("--chat-template-file")
    return options


def member(options, enum, name):
    """The member of an enumeration of the wheel whose name ends in `_name`."""
    found = [value for value in enum if value.name.upper().endswith("_" + name.upper())]
    if not found:
        options.error(f"this build of llama.cpp has no {enum.__name__} called {name}")
    return min(found, key=lambda value: len(value.name))


def set_extra(options, params, extra):
    """Sets fields of the parameters by name: `--sleep-idle-seconds 60`."""
    position = 0
    while position < len(extra):
        name = extra[position].lstrip("-").replace("-", "_")
        old = getattr(params, name, None)
        if not extra[position].startswith("--") or not isinstance(old, (bool, int, float, str)):
            options.error(f"this build of llama.cpp does not know the argument {extra[position]}")
        has_value = position + 1 < len(extra) and not extra[position + 1].startswith("--")
        text = extra[position + 1] if has_value else "true"
        try:
            value = text.lower() in ("1", "true", "on", "yes") if isinstance(old, bool) else type(old)(text)
        except ValueError:
            options.error(f"{extra[position]}: {text!r} is no {type(old).__name__}")
        setattr(params, name, value)
        position += 2 if has_value else 1


def parameters():
    options = parser()
    given, extra = options.parse_known_args()
    for path in filter(None, [given.model, given.mmproj, given.chat_template_file]):
        if not os.path.isfile(path):
            options.error(f"there is no file {path}")
    params = llama.CommonParams()
    params.model.path = given.model
    params.hostnames = [given.host]
    params.model_alias = {given.alias}
    params.n_ctx = given.ctx_size
    params.n_parallel = given.parallel
    params.use_jinja, params.ui, params.offline = True, False, True
    params.endpoint_metrics = params.endpoint_slots = params.endpoint_props = True
    if given.n_gpu_layers is not None:
        params.n_gpu_layers = given.n_gpu_layers
    if given.threads:
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = given.threads
    if given.batch_size:
        params.n_batch = given.batch_size
    if given.ubatch_size:
        params.n_ubatch = given.ubatch_size
    if given.mmproj:
        params.mmproj.path = given.mmproj
    params.embedding = given.embeddings or given.rerank
    pooling = "rank" if given.rerank else given.pooling
    if pooling:
        params.pooling_type = member(options, llama.llama_pooling_type, pooling)
    if given.load_mode:
        params.load_mode = member(options, llama.llama_load_mode, LOAD_MODES[given.load_mode])
    if given.flash_attn:
        params.flash_attn_type = member(options, llama.llama_flash_attn_type, FLASH[given.flash_attn])
    if given.cache_type_k:
        params.cache_type_k = member(options, llama.ggml_type, given.cache_type_k)
    if given.cache_type_v:
        params.cache_type_v = member(options, llama.ggml_type, given.cache_type_v)
    if given.cache_ram is not None:
        params.cache_ram_mib = given.cache_ram
    if given.chat_template_file:
        with open(given.chat_template_file, encoding="utf-8") as file:
            params.chat_template = file.read()
    set_extra(options, params, extra)
    return params


def main():
    # The handler is there before the server: loading takes its time and must be interruptible.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    params = parameters()
    try:
        server = llama.Server(params)
    except RuntimeError as error:
        sys.exit(f"llama.cpp could not load {params.model.path}: {error}")
    print("listening on", server.listening_address, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
