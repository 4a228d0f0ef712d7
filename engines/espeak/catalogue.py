"""What voices espeak-ng has."""

import re
import subprocess

from roundhouse_engine import LoadError
from roundhouse_engine.speech import Voice, Voices

# Variants for OpenAI's names: deep ones for the male-sounding, light ones for the female-sounding.
STAND_INS = {
    "alloy": "f1", "ash": "m1", "ballad": "m2", "cedar": "m3", "coral": "f2", "echo": "m4", "fable": "m5", "marin": "f3",
    "nova": "f4", "onyx": "m7", "sage": "f5", "shimmer": "Annie", "verse": "m6"}
LINE = re.compile(r"\s*\d+\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)")


def voices(program, default):
    """All voices but those of MBROLA, whose data is elsewhere."""
    languages = {}
    for language, _, name, file in listed(program, "--voices"):
        if not file.startswith("mb/"):
            shown = name.replace("_", " ")
            languages.setdefault(language, Voice(language, shown, language, language))
    variants = {file.removeprefix("!v/").lower(): file.removeprefix("!v/") for _, _, _, file in listed(program, "--voices=variant")}

    def with_variant(name, known):
        """`en-us+f3`: espeak-ng takes an unknown variant without a word, so it is looked up here."""
        base, plus, variant = name.partition("+")
        found, variant = known.folded.get(base.lower()), variants.get(variant.lower())
        if not (found and plus and variant):
            return None
        return Voice(f"{found.id}+{variant}", f"{found.name} ({variant})", found.language, f"{found.engine_name}+{variant}")

    base = default.split("+")[0]
    stand_ins = {name: f"{base}+{variant}" for name, variant in STAND_INS.items() if variant.lower() in variants}
    return EspeakVoices(languages.values(), default, stand_ins, with_variant, sorted(variants.values()))


class EspeakVoices(Voices):
    def __init__(self, voices, default, stand_ins, resolve, variants):
        super().__init__(voices, default, stand_ins, resolve)
        self.variants = variants

    def listing(self):
        """With the variants beside the voices: each goes with each."""
        return super().listing() | {"variants": self.variants}


def listed(program, option):
    try:
        text = subprocess.run([program, option], capture_output=True, text=True, check=True, timeout=20).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise LoadError(f"{program} {option} failed: {error}") from None
    return [found.groups() for found in map(LINE.match, text.splitlines()) if found]
