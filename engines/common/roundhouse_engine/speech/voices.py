"""The voices that an engine has, and OpenAI's names for those that it has not."""

import dataclasses

from ..errors import ApiError
from ..fields import near

OPENAI = ["alloy", "ash", "ballad", "cedar", "coral", "echo", "fable", "marin", "nova", "onyx", "sage", "shimmer", "verse"]


@dataclasses.dataclass
class Voice:
    """A voice that can be asked for by `id`; `engine_name` is what the engine calls it."""

    id: str
    name: str
    language: str
    engine_name: object

    def shown(self):
        return {"id": self.id, "name": self.name, "language": self.language}


class Voices:
    """The voices by their ids, in order.

    `stand_ins` maps OpenAI's names to ids, so that unchanged clients are heard; `resolve(name, self)` finds voices that are
    not worth a line in the list, or None.
    """

    def __init__(self, voices, default, stand_ins, resolve=None):
        self.known = {each.id: each for each in voices}
        self.folded = {each.id.lower(): each for each in voices}
        self.default, self.stand_ins, self.resolve = default, stand_ins, resolve

    def find(self, name):
        """The voice of that name, whatever its case, else None."""
        if name.lower() not in self.folded:
            name = self.stand_ins.get(name.lower(), name)
        return self.folded.get(name.lower()) or (self.resolve(name, self) if self.resolve else None)

    def chosen(self, asked):
        """The voice that a request names, as text or as OpenAI's {"id": …}; the default one for None."""
        if isinstance(asked, dict):
            asked = asked.get("id")
        name = self.default if asked is None else asked
        if not isinstance(name, str):
            raise ApiError("voice must be a string", param="voice", code="invalid_type")
        if found := self.find(name):
            return found
        hint = near(name, [*self.known, *self.stand_ins])
        raise ApiError(f"there is no voice {name!r}{hint}; /v1/audio/voices lists them", param="voice", code="voice_not_found")

    def listing(self):
        aliases = [
            {**self.find(id).shown(), "id": name, "name": name, "stands_for": id} for name, id in self.stand_ins.items()]
        return {"object": "list", "voices": [each.shown() for each in self.known.values()] + aliases}
