"""Has this been written before? An index of known tunes, in any key, and shared passages."""

from musicrnn.novelty.index import Index, Novelty

__all__ = ["Index", "Novelty"]
