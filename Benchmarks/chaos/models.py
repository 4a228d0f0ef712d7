"""The models of a chaos run: the real llama.cpp engine, and fake engines that fail when they are told to."""

import json

from shared import ROOT

GUIDE = ROOT / "models/roundhouse-guide.Q8_0.gguf"
# Seconds. Short, so that a run sees them pass; those of a house would be longer.
FIRST_BYTE, IDLE, QUEUE = 4, 3, 10
# MiB that `hungry` may have, and what it is made to take.
MEMORY_LIMIT, GREED = 200, 400

# Who is killed and stopped. `hungry` takes too much memory, and `fragile` crashes; `calm` is harmed by nobody: whatever happens to
# the others must not reach it.
VICTIMS = ("words", "guide", "spare")
CALM = "calm"
LAUNCHED = (*VICTIMS, "hungry", "fragile", CALM)
# How often each is asked. `assistant` is a route: `words`, else `spare`.
SHARES = {"guide": 2, "words": 5, "spare": 3, "hungry": 2, "fragile": 2, CALM: 4, "assistant": 4}

# Words of a stream; a file that is rewritten says others for `spare`.
WORDS = {"words": 20, "hungry": 10, "fragile": 5, CALM: 15}

COMMON = f"""timeouts: {{load: 20s, first_byte: {FIRST_BYTE}s, idle: {IDLE}s}}
limits: {{concurrent: 8, queue: 64, queue_timeout: {QUEUE}s}}
warm_up: true
"""


def real():
    return f"""name: guide
backend: llama-cpp
parameters: {{model: {GUIDE}, temperature: 0, max_tokens: 24}}
context_size: 1024
parallel: 2
threads: 1
{COMMON.replace('concurrent: 8, ', '')}"""


def fake(name, program, *arguments, more=""):
    command = json.dumps([str(program), "--socket", "${SOCKET}", *map(str, arguments)])
    return f"name: {name}\nbackend: command\ncommand: {command}\n{COMMON}{more}"


def files(folder, program, words=12):
    """The text of each file in models/. `words` is what a stream of `spare` has."""
    pace = ["--word-interval", 10]
    children = ["--grandchildren", 2, "--report", folder / "words.report"]
    return {
        "guide": real(),
        "words": fake("words", program, "--words", WORDS["words"], *pace, *children),
        "spare": fake("spare", program, "--words", words, *pace, "--spam", 2000),
        "hungry": fake("hungry", program, "--words", WORDS["hungry"], *pace, "--obey", "--ignore-term", more=f"memory_limit: {MEMORY_LIMIT}MiB\n"),
        "fragile": fake("fragile", program, "--words", WORDS["fragile"], *pace, "--obey"),
        CALM: fake(CALM, program, "--words", WORDS[CALM], *pace).replace("concurrent: 8", "concurrent: 64"),
        "assistant": "name: assistant\nroute: [{to: words}]\nfallback: [spare]\n",
    }


def settings(folder, port):
    """config/roundhouse.yaml."""
    return f"server: {{port: {port}}}\nlog: {{access: {folder}/access.log}}\n"
