"""What a model's folder says of itself; read before any library that takes seconds to import."""

import json
import pathlib
import re

from roundhouse_engine import LoadError

# As in "By default, input text longer than 256 word pieces is truncated."
TRUNCATES = re.compile(r"longer than [^.\n]{1,60} (is|are|will be|gets?) truncated", re.IGNORECASE)


def is_cross_encoder(path):
    """Whether the folder is a cross-encoder; raises LoadError unless it is that or a bi-encoder."""
    folder = pathlib.Path(path)
    if not folder.is_dir():
        raise LoadError(f"{path} is a file; sentence-transformers wants the model's folder")
    if (folder / "modules.json").is_file():
        return False
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        architectures = config.get("architectures") or []
    except FileNotFoundError:
        raise LoadError(f"{path} is no model's folder: it has neither modules.json nor config.json") from None
    except (OSError, ValueError, AttributeError) as error:
        raise LoadError(f"{folder / 'config.json'} cannot be read: {error}") from None
    if not any(name.endswith("ForSequenceClassification") for name in architectures):
        return False
    labels = len(config.get("id2label") or {}) or config.get("num_labels", 2)
    if labels != 1:
        raise LoadError(f"{path} sorts texts into {labels} classes; a reranker has one label")
    return True


def says_that_it_truncates(path):
    try:
        return bool(TRUNCATES.search((pathlib.Path(path) / "README.md").read_text(encoding="utf-8", errors="replace")))
    except OSError:
        return False
