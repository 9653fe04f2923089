"""Can one tell the drawn tunes from real ones? A classifier tries, and says by what.

Gradient-boosted trees (scikit-learn's `HistGradientBoostingClassifier`) learn on four fifths of
two collections which of the two a tune is from, by its figures (`evaluation.tune_figures`), and are
held_out about the last fifth; so with each fifth in turn. The answer is the area under the
curve: the probability that a tune of the one side is ranked above one of the other, 0.5 where the
classifier can do no better than chance. Two printed books of one dance are told apart too, and
that is the yardstick.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicrnn.errors import MissingExtraError, UsageError

__all__ = ["Separation", "Telling", "area", "tell_apart"]

Floats = NDArray[np.float64]
#: the figures of one tune: name → value (`musicrnn.evaluation.tune_figures.figures`)
Figures = Mapping[str, float]

FOLDS = 5
RESAMPLINGS = 1000
#: Times each figure is shuffled to see what the classifier loses without it.
SHUFFLES = 3
_TREES = {"max_iter": 100, "max_depth": 3}


@dataclass(frozen=True, slots=True)
class Telling:
    """One figure that tells the sides apart: its mean on each, the area under the curve that it
    gives alone, and the area that the classifier `loses` when it is shuffled."""

    name: str
    drawn: float
    real: float
    alone: float
    loses: float


@dataclass(frozen=True, slots=True)
class Separation:
    """The area under the curve with its 95 % bootstrap interval over tunes, the number of tunes on
    each side, and the figures, the most telling first."""

    area: float
    low: float
    high: float
    drawn: int
    real: int
    figures: tuple[Telling, ...]


def tell_apart(
    drawn: Sequence[Figures], real: Sequence[Figures], *, most: int = 300, seed: int = 0
) -> Separation:
    """How well two collections can be told apart by the figures of their tunes; at most `most` of
    each side, chosen by `seed`, as many of both.

    Raises `UsageError` for fewer tunes than there are folds, `MissingExtraError` without
    scikit-learn.
    """
    rng = np.random.default_rng(seed)
    n = min(len(drawn), len(real), most)
    if n < FOLDS:
        raise UsageError(f"{n} tunes on a side are too few to tell apart; give {FOLDS} or more")
    chosen = [[side[i] for i in rng.permutation(len(side))[:n].tolist()] for side in (drawn, real)]
    names = list(chosen[0][0])
    table = np.array([[row[name] for name in names] for side in chosen for row in side])
    labels = np.repeat([1, 0], n)
    ranks, losses = _cross_validated(table, labels, rng)
    drawn_ranks, real_ranks = ranks[labels == 1], ranks[labels == 0]
    resampled = [
        area(drawn_ranks[rng.integers(0, n, n)], real_ranks[rng.integers(0, n, n)])
        for _ in range(RESAMPLINGS)
    ]
    low, high = np.percentile(resampled, [2.5, 97.5])
    telling = []
    for name, column, loss in zip(names, table.T, losses, strict=True):
        sides = (column[:n], column[n:])
        first, second = (side[~np.isnan(side)] for side in sides)
        alone = area(first, second)
        telling.append(Telling(name, _mean(first), _mean(second), alone, float(loss)))
    telling.sort(key=lambda figure: -figure.loses)
    return Separation(area(drawn_ranks, real_ranks), float(low), float(high), n, n, tuple(telling))


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else float("nan")


def area(positives: Floats, negatives: Floats) -> float:
    """The area under the curve: the probability that a value of `positives` is above one of
    `negatives`, ties counted as half (Mann and Whitney's U); nan where a side is empty."""
    if not len(positives) or not len(negatives):
        return float("nan")
    ordered = np.sort(negatives)
    below = np.searchsorted(ordered, positives, side="left")
    up_to = np.searchsorted(ordered, positives, side="right")
    return float((below + up_to).sum() / 2 / len(positives) / len(negatives))


def _cross_validated(
    table: Floats, labels: NDArray[np.int64], rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """For each tune the probability given by the classifier that has not seen it, and for each
    figure the mean area lost when it is shuffled among the tunes held_out about."""
    ranks = np.zeros(len(labels))
    losses = np.zeros(table.shape[1])
    folds = np.zeros(len(labels), np.int64)
    for label in (0, 1):
        rows = np.flatnonzero(labels == label)
        folds[rng.permutation(rows)] = np.arange(len(rows)) % FOLDS
    for fold in range(FOLDS):
        held_out = folds == fold
        model = _classifier().fit(table[~held_out], labels[~held_out])
        ranks[held_out] = model.predict_proba(table[held_out])[:, 1]
        losses += _losses(model, table[held_out], labels[held_out], ranks[held_out], rng) / FOLDS
    return ranks, losses


def _losses(
    model: Any, table: Floats, labels: NDArray[np.int64], ranks: Floats, rng: np.random.Generator
) -> Floats:
    whole = area(ranks[labels == 1], ranks[labels == 0])
    rows, columns = table.shape
    losses = np.zeros(columns)
    for column in range(columns):
        shuffled = np.tile(table, (SHUFFLES, 1))
        for i in range(SHUFFLES):
            shuffled[i * rows : (i + 1) * rows, column] = rng.permutation(table[:, column])
        answers = model.predict_proba(shuffled)[:, 1].reshape(SHUFFLES, rows)
        areas = [area(answer[labels == 1], answer[labels == 0]) for answer in answers]
        losses[column] = whole - float(np.mean(areas))
    return losses


def _classifier() -> Any:
    try:
        from sklearn.ensemble import HistGradientBoostingClassifier
    except ImportError as error:
        raise MissingExtraError("telling tunes from real ones", "evaluate") from error
    return HistGradientBoostingClassifier(random_state=0, **_TREES)
