"""How far apart are two collections of tunes in one respect, and how sure is that?

The distance is Jensen and Shannon's (Lin 1991; Endres and Schindelin 2003): the square root of
the mean, in bits, of the Kullback-Leibler divergences of the two distributions from their mean.
0 is the same, 1 nothing in common. It is measured between collections, so it is biased upwards
for small ones: the *floor*, the distance of one half of the real tunes to the other half, says
how small it could be.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Distance", "compare", "histogram", "jensen_shannon"]

Floats = NDArray[np.float64]

RESAMPLINGS = 400
#: Numbers are compared in this many bins, each holding as many of the reference's values.
BINS = 10


def jensen_shannon(p: Floats, q: Floats) -> Floats:
    """The distance between the distributions in the last axis of `p` and `q`, 0 to 1.

    They need not add up to 1; nan where one adds up to 0.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        p = p / p.sum(axis=-1, keepdims=True)
        q = q / q.sum(axis=-1, keepdims=True)
        middle = (p + q) / 2
        divergence = _divergence(p, middle) / 2 + _divergence(q, middle) / 2
    return np.sqrt(np.maximum(divergence, 0))


def _divergence(p: Floats, q: Floats) -> Floats:
    """Kullback and Leibler's, in bits; 0·log 0 is 0, and nan stays nan."""
    terms = np.where(p > 0, p * np.log2(np.where(p > 0, p, 1) / np.where(q > 0, q, 1)), 0 * p)
    summed: Floats = terms.sum(axis=-1)
    return summed


@dataclass(frozen=True, slots=True)
class Distance:
    """`value` with its 95 % bootstrap interval, and the `floor`: real tunes against real ones.

    All are nan where a side is empty.
    """

    value: float
    low: float
    high: float
    floor: float
    floor_high: float


def compare(
    samples: Sequence[Counter[Any]], reals: Sequence[Counter[Any]], rng: np.random.Generator
) -> Distance:
    """The distance between two collections, one counter of categories a tune.

    The interval comes from drawing tunes (not notes: those of one tune are not independent) anew
    with replacement on both sides (Efron 1979). The floor is the mean over random halvings of
    the real tunes, `floor_high` the value that 95 % of the halvings stay below.
    """
    categories = sorted({category for counts in (*samples, *reals) for category in counts}, key=str)
    p, q = histogram(samples, categories), histogram(reals, categories)
    value = float(jensen_shannon(p.sum(axis=0), q.sum(axis=0)))
    drawn = jensen_shannon(_resampled(p, rng), _resampled(q, rng))
    floor = _halvings(q, rng)
    return Distance(
        value, _percentile(drawn, 2.5), _percentile(drawn, 97.5),
        float(floor.mean()) if len(floor) else math.nan, _percentile(floor, 95),
    )  # fmt: skip


def histogram(counters: Sequence[Counter[Any]], categories: Sequence[Hashable]) -> Floats:
    """Counts as a table: shape ``(tunes, categories)``."""
    table = [[counter[category] for category in categories] for counter in counters]
    return np.array(table, np.float64).reshape(len(counters), len(categories))


def _resampled(table: Floats, rng: np.random.Generator) -> Floats:
    """The column sums of `RESAMPLINGS` tables of rows drawn with replacement."""
    rows = len(table)
    weights = rng.multinomial(rows, np.full(rows, 1 / rows), size=RESAMPLINGS) if rows else None
    return weights @ table if weights is not None else np.zeros((RESAMPLINGS, table.shape[1]))


def _halvings(table: Floats, rng: np.random.Generator) -> Floats:
    """The distances between random halves of the rows."""
    rows = len(table)
    if rows < 2:
        return np.zeros(0)
    orders = rng.permuted(np.tile(np.arange(rows), (RESAMPLINGS // 4, 1)), axis=1)
    first = np.zeros((len(orders), rows))
    np.put_along_axis(first, orders[:, : rows // 2], 1, axis=1)
    return jensen_shannon(first @ table, (1 - first) @ table)


def _percentile(values: Floats, percent: float) -> float:
    """nan for no values, and where one of them is nan."""
    return float(np.percentile(values, percent)) if len(values) else math.nan


def binned(values: Sequence[float], reference: Sequence[float]) -> list[Counter[Any]]:
    """Numbers as categories: the bins hold equal shares of `reference`; nan is in none."""
    known = np.array([value for value in reference if not math.isnan(value)])
    cuts = np.linspace(0, 1, BINS + 1)[1:-1]
    edges = np.unique(np.quantile(known, cuts)) if len(known) else known
    bins = np.searchsorted(edges, values, side="left")
    return [
        Counter[Any]() if math.isnan(value) else Counter([int(place)])
        for value, place in zip(values, bins, strict=True)
    ]
