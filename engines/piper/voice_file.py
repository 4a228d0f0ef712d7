"""A look at a voice's two files before anything heavy is imported."""

import json
import os

from roundhouse_engine import LoadError, options


def check(path):
    """The settings beside the voice. Raises LoadError."""
    options.need_path(path)
    if os.path.isdir(path):
        raise LoadError(f"{path} is a folder; name the voice's .onnx file in it")
    settings = path + ".json"
    if not os.path.isfile(settings):
        raise LoadError(f"there is no {settings}: a Piper voice is two files, keep them beside each other")
    try:
        with open(settings, encoding="utf-8") as file:
            config = json.load(file)
        for key in ("num_symbols", "num_speakers", "audio", "espeak", "phoneme_id_map"):
            config[key]
    except (ValueError, KeyError, TypeError) as error:
        raise LoadError(f"{settings} is not the settings of a Piper voice: {type(error).__name__}: {error}") from None
    return config
