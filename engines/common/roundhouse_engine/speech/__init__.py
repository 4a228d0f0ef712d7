"""/v1/audio/speech and /v1/audio/voices, for any engine that turns text into samples.

An engine has

- `voices`: a `Voices`;
- `speak(text, voice, speed, left)`: yields 16-bit mono samples as bytes, soon and often, and stops when `left` is set;
- `rate`: their sample rate; `speed_range`: the speeds that `speak` takes, the rest being done by a filter.
"""

from .endpoints import endpoints
from .voices import Voice, Voices

__all__ = ["Voice", "Voices", "endpoints"]
