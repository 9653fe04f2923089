"""Voice leading of what a model of four voices writes, counted beside real pieces.

Two kinds of music are counted: pieces that the model makes from nothing, and settings of the
sopranos of real pieces, each of which stands beside what its composer wrote under the same melody.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicrnn.errors import UsageError
from musicrnn.evaluation.musicality import RESAMPLINGS, Estimate
from musicrnn.score import Score
from musicrnn.theory.four_voices import FourVoices, four_voices
from musicrnn.theory.voice_leading import CODES, chords, faults

__all__ = ["Counts", "VoiceLeading", "measure", "soprano_of"]

#: Rows that are sums of others.
_SUMS = {"parallels": ("parallel-fifths", "parallel-octaves")}


@dataclass(frozen=True)
class Counts:
    """What is wrong with one kind of music, a hundred chords: the drawn, the harmonized and the
    real pieces, each with its 95 % interval."""

    drawn: Estimate
    harmonized: Estimate
    real: Estimate


@dataclass(frozen=True)
class VoiceLeading:
    """Code of a fault (and ``parallels``, both kinds together) → its counts."""

    faults: Mapping[str, Counts]


def measure(
    drawn: Sequence[Score],
    harmonized: Sequence[Score],
    real: Sequence[Score],
    rng: np.random.Generator,
) -> VoiceLeading:
    """Count the faults; a score without four voices does not count."""
    sides = [[_counted(voices) for voices in _voices(scores)] for scores in
             (drawn, harmonized, real)]  # fmt: skip
    names = [*_SUMS, *CODES]
    return VoiceLeading(
        {name: Counts(*(_estimate(side, name, rng) for side in sides)) for name in names}
    )


def soprano_of(score: Score) -> Score:
    """The first part alone, with all that a hymn book would give."""
    return Score.of(
        [note for note in score.notes if note.part == 0],
        parts=score.parts[:1],
        meters=score.meters,
        keys=score.keys,
        pickup=score.pickup,
        fermatas=score.fermatas,
        length=score.length,
        title=score.title,
    )


def _voices(scores: Sequence[Score]) -> list[FourVoices]:
    tables = []
    for score in scores:
        try:
            tables.append(four_voices(score))
        except UsageError:
            continue
    return tables


def _counted(voices: FourVoices) -> dict[str, int]:
    """Faults by code, and under ``chords`` how many chords there are."""
    counts = dict.fromkeys([*_SUMS, *CODES], 0) | {"chords": chords(voices)}
    for fault in faults(voices):
        counts[fault.code] += 1
    for name, codes in _SUMS.items():
        counts[name] = sum(counts[code] for code in codes)
    return counts


def _estimate(pieces: Sequence[Mapping[str, int]], name: str, rng: np.random.Generator) -> Estimate:
    """Faults a hundred chords, and the interval from drawing the pieces anew (Efron 1979)."""
    n = len(pieces)
    if not n:
        return Estimate(math.nan, math.nan, math.nan, 0)
    table: NDArray[np.float64] = np.array([[one[name], one["chords"]] for one in pieces], float)
    sums = table[rng.integers(0, n, size=(RESAMPLINGS, n))].sum(axis=1)
    low, high = np.percentile(100 * sums[:, 0] / sums[:, 1], [2.5, 97.5])
    total = table.sum(axis=0)
    return Estimate(float(100 * total[0] / total[1]), float(low), float(high), n)
