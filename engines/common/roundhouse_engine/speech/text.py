"""Text that an engine may be given to read."""

import unicodedata

from ..errors import ApiError

LONGEST = 4096  # characters, OpenAI's limit


def speakable(text):
    """The text without what engines take for commands: control characters, and the `[[` of phonemes. Raises ApiError."""
    if len(text) > LONGEST:
        message = f"input is {len(text)} characters long; at most {LONGEST} can be spoken at once"
        raise ApiError(message, param="input", code="string_above_max_length")
    plain = "".join(each if each == "\n" or _is_text(each) else " " for each in text)
    while "[[" in plain or "]]" in plain:
        plain = plain.replace("[[", "[ [").replace("]]", "] ]")
    if not plain.strip():
        raise ApiError("input is empty; send the text to speak", param="input", code="empty_string")
    return plain


def _is_text(character):
    # Half a surrogate pair is in Cs; it cannot be encoded.
    return unicodedata.category(character) not in ("Cc", "Cs")
