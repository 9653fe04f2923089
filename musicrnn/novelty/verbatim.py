"""What samples of plain text have word for word in common with the text a model learned from.

Languages repeat themselves, so the figure for samples stands beside the same one for pieces of
the test split, which the model never saw and cannot have copied.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicrnn.novelty.suffix_array import SEPARATOR, SuffixArray

__all__ = ["SharedText", "Verbatim", "VerbatimReport", "of_texts"]

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


@dataclass(frozen=True)
class SharedText:
    """The lengths, in characters and sorted, of the longest passage that each of `texts` texts
    shares with the training text."""

    texts: int
    characters: tuple[int, ...]

    @classmethod
    def of(cls, passages: Sequence[str]) -> SharedText:
        """The lengths of one passage a text."""
        return cls(len(passages), tuple(sorted(map(len, passages))))

    @property
    def median(self) -> float:
        """The median length; nan for no texts."""
        return float(np.median(self.characters)) if self.characters else math.nan

    @property
    def p95(self) -> float:
        """The length that 95 % of the texts do not pass; nan for no texts."""
        return float(np.percentile(self.characters, 95)) if self.characters else math.nan


@dataclass(frozen=True)
class VerbatimReport:
    """Samples, real texts that the model never saw, and the longest passage that a sample shares
    (a very long one by its beginning)."""

    samples: SharedText
    real: SharedText
    longest: str


def of_texts(samples: Sequence[str], reals: Sequence[str], known: Verbatim) -> VerbatimReport:
    """What both sides share with the texts of `known`."""
    passages = [known.longest(text) for text in samples]
    longest = max(passages, key=len, default="")
    return VerbatimReport(
        SharedText.of(passages),
        SharedText.of([known.longest(text) for text in reals]),
        longest[:_SHOWN] + ("…" if len(longest) > _SHOWN else ""),
    )
