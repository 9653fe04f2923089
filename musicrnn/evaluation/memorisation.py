"""What samples have in common with the training tunes, beside what real tunes have.

Tunes of one tradition share passages, so a figure for samples says nothing alone: it stands
beside the same figure for tunes of the test split, which the model never saw and so cannot have
copied.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from musicrnn.novelty.index import Index, Novelty
from musicrnn.novelty.passages import SharedBar, shared_bars
from musicrnn.score import Score

__all__ = ["Closest", "Memorisation", "SharedRuns", "measure"]


@dataclass(frozen=True)
class SharedRuns:
    """The longest run that each of `tunes` tunes shares with a known one, in bars and in notes
    (both sorted), the mean share of new notes, and the share of tunes that are copies; the last two
    are nan for no tunes."""

    tunes: int
    bars: tuple[float, ...]
    notes: tuple[int, ...]
    mean_new: float
    copies: float

    @property
    def median_bars(self) -> float:
        """The median of the longest runs in bars; nan for no tunes."""
        return float(np.median(self.bars)) if self.bars else math.nan

    @property
    def median_notes(self) -> float:
        """The same in notes."""
        return float(np.median(self.notes)) if self.notes else math.nan

    @property
    def p95_bars(self) -> float:
        """The run, in bars, that 95 % of the tunes do not pass."""
        return float(np.percentile(self.bars, 95)) if self.bars else math.nan

    @property
    def p95_notes(self) -> float:
        """The same in notes."""
        return float(np.percentile(self.notes, 95)) if self.notes else math.nan


@dataclass(frozen=True)
class Closest:
    """The sample that shares the longest run: with which known tune, how long, the `share` of its
    notes that lie in passages of that tune, and the bars of the run side by side."""

    title: str
    known: str
    notes: int
    bars: float
    share: float
    side_by_side: tuple[SharedBar, ...]


@dataclass(frozen=True)
class Memorisation:
    """What samples, and real tunes that the model never saw, share with `known` training tunes."""

    known: int
    samples: SharedRuns
    real: SharedRuns
    closest: Closest | None


def measure(samples: Sequence[Score], reals: Sequence[Score], index: Index) -> Memorisation:
    """Both sides looked up in `index`, and the sample that shares most, bar by bar."""
    novelties = [index.novelty(score, nearest=1) for score in samples]
    return Memorisation(
        len(index),
        _shared_runs(novelties),
        _shared_runs([index.novelty(score, nearest=1) for score in reals]),
        _closest(samples, novelties, index),
    )


def _shared_runs(novelties: Sequence[Novelty]) -> SharedRuns:
    n = len(novelties)
    new = [novelty.new for novelty in novelties if not math.isnan(novelty.new)]
    copies = sum(novelty.copied is not None for novelty in novelties)
    return SharedRuns(
        n,
        tuple(sorted(novelty.longest_bars for novelty in novelties)),
        tuple(sorted(novelty.longest_notes for novelty in novelties)),
        float(np.mean(new)) if new else math.nan,
        copies / n if n else math.nan,
    )


def _closest(
    samples: Sequence[Score], novelties: Sequence[Novelty], index: Index
) -> Closest | None:
    shared = [i for i, novelty in enumerate(novelties) if novelty.nearest]
    if not shared:
        return None
    at = max(shared, key=lambda i: novelties[i].longest_notes)
    nearest = index.novelty(samples[at], nearest=50).nearest
    known = max(nearest, key=lambda tune: tune.passages[0].notes)
    passage = known.passages[0]
    bars = shared_bars(index, samples[at], known, passage)
    return Closest(
        samples[at].title, known.title, passage.notes, passage.bars, known.share, tuple(bars)
    )
