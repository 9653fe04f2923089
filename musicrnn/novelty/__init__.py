"""Has this been written before? An index of known tunes, in any key, and shared passages."""

from musicrnn.novelty.index import Index, Novelty
from musicrnn.novelty.voices import voices_of

__all__ = ["Index", "Novelty", "voices_of"]
