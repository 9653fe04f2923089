"""What samples of plain text have word for word in common with the text a model learnt from.

Languages repeat themselves, so the figure for samples stands beside the same one for held-out
pieces, which the model never saw and cannot have copied.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicrnn.novelty.suffix_array import SEPARATOR, SuffixArray

__all__ = ["Verbatim", "of_texts"]

#: codes of the characters: 0 separates texts, and this one stands for any that no text has
_UNKNOWN = 0xFFD
#: a passage longer than this is shown by its beginning
_SHOWN = 200


class Verbatim:
    """A collection of texts that can be asked for the longest passage it shares with another.

    >>> Verbatim(["to be or not to be"]).longest("whether or not to go")
    ' or not to '
    """

    def __init__(self, texts: Sequence[str]) -> None:
        characters = sorted({c for text in texts for c in text})[: _UNKNOWN - 1]
        self._codes = {c: code for code, c in enumerate(characters, 1)}
        nothing = np.full(1, SEPARATOR, np.uint16)
        parts = [nothing, *(part for text in texts for part in (self._encoded(text), nothing))]
        self._suffixes = SuffixArray.build(np.concatenate(parts))

    def longest(self, text: str) -> str:
        """The longest passage of `text` that stands in one of the texts; the first of several."""
        starts, _, lengths = self._suffixes.runs(self._encoded(text), least=1, around=1)
        if not len(lengths):
            return ""
        best = int(np.lexsort((starts, -lengths))[0])
        return text[starts[best] : starts[best] + lengths[best]]

    def _encoded(self, text: str) -> NDArray[np.uint16]:
        return np.array([self._codes.get(c, _UNKNOWN) for c in text], np.uint16)


def of_texts(samples: Sequence[str], held_out: Sequence[str], known: Verbatim) -> dict[str, Any]:
    """Lengths in characters of the longest shared passages of both sides, and the longest of all
    that a sample has."""
    passages = [known.longest(text) for text in samples]
    longest = max(passages, key=len, default="")
    return {
        "samples": _side(passages),
        "held_out": _side([known.longest(text) for text in held_out]),
        "longest": longest[:_SHOWN] + ("…" if len(longest) > _SHOWN else ""),
    }


def _side(passages: Sequence[str]) -> dict[str, Any]:
    lengths = sorted(len(passage) for passage in passages)
    return {
        "texts": len(lengths),
        "characters": lengths,
        "median": float(np.median(lengths)) if lengths else math.nan,
        "p95": float(np.percentile(lengths, 95)) if lengths else math.nan,
    }
