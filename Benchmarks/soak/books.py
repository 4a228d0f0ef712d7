"""Reads what the gateway has kept: rows of the ledger, sums of `roundhouse usage`, lines of the access log, metrics."""

import collections
import json
import pathlib
import re
import sqlite3
import subprocess
import urllib.request

from hop import Failure, clean_environment

COLUMNS = (
    "request_id", "route", "key", "team", "feature", "model", "requested_model", "stream", "outcome", "status", "error",
    "usage_source", "input_tokens", "cached_tokens", "output_tokens", "currency", "escalated")


def rows(folder):
    """All records, in the order of writing; `cost` in billionths."""
    path = pathlib.Path(folder) / "data/ledger.sqlite"
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        database.row_factory = sqlite3.Row
        if (found := database.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            raise Failure(f"{path} is damaged: {found}")
        columns = ", ".join("l." + name for name in COLUMNS)
        return database.execute(
            f"SELECT {columns}, r.cost FROM request_log l JOIN requests r USING (id) ORDER BY id").fetchall()


def ask(binary, arguments, *command):
    """What a command of the program's prints."""
    result = subprocess.run(
        [str(binary), *command, *arguments], env=clean_environment(), capture_output=True, text=True, timeout=120)
    if result.returncode:
        raise Failure(f"roundhouse {' '.join(command)} failed: {result.stderr.strip()}")
    return json.loads(result.stdout)


def usage(binary, arguments, by):
    """The sums of `roundhouse usage`, by the value of one dimension."""
    document = ask(binary, arguments, "usage", "--by", by, "--format", "json")
    return {row[by]: row for row in document["rows"]}


def access_log(folder):
    """How many lines of the access log say which outcome, of requests for models."""
    outcomes = collections.Counter()
    with open(pathlib.Path(folder) / "access.log", encoding="utf-8") as file:
        for line in file:
            entry = json.loads(line)
            if entry["http"].startswith("POST /v1/"):
                outcomes[entry["outcome"]] += 1
    return outcomes


def metrics(port, secret):
    """The samples of `/metrics`, by name and labels."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/metrics", headers={"authorization": f"Bearer {secret}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        text = answer.read().decode()
    return {name: float(value) for name, value in re.findall(r"^([^#\s].*) (\S+)$", text, re.M)}


def metric_sum(samples, family, **labels):
    texts = [f'{name}="{value}"' for name, value in labels.items()]
    return sum(value for name, value in samples.items()
               if name.split("{")[0] == family and all(text in name for text in texts))
