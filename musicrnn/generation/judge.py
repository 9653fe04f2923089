"""Which of several candidates to give: a judge learned from real tunes and a model's own drafts.

Likelihood picks loops, for what was said once is likely to be said again (Holtzman et al. 2020).
This judge asks instead how much a tune is like a real one and unlike a draft of the model's: a
logistic regression over figures of the page (`judge_figures`), each measured against what is usual
in its dance, with its square, so that too much counts as well as too little. Two of the figures
are tables of the tunes learned from, each distinct bar counted once: how usual the notes are, two
before each known, told from the tonic, and how usual its bars are divided. A real tune is measured
on the tables without itself, and no note or bar earns more than what a usual one does, so that
knowing tunes by heart does not count in a candidate's favour. What alone would make a player put a
tune aside (`faults`) outweighs all the rest; a model without a judge is judged by that alone. And
what lies beyond nearly all real tunes of the dance (its range, its rhythms, a bar that comes again
and again) counts against a candidate however common the rest is.

The score is the logarithm of the odds that the tune is a real one. The best of several candidates
is therefore plainer than real tunes are; `choose` takes one with a probability that grows with its
odds (importance resampling, Rubin 1987), so that what is given is like real tunes in variety, too.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from musicrnn.errors import ModelError, UsageError
from musicrnn.files import read_limited, replaced
from musicrnn.generation.judge_figures import (
    FIGURES,
    SPAN,
    Page,
    faults,
    figures,
    rhythms,
    steps,
)
from musicrnn.stored import arrays_in, from_json, require

__all__ = ["FILE_NAME", "Judge", "Tables", "choose", "faultless"]

FILE_NAME = "judge.npz"
#: bytes that it may have, unpacked
MOST_BYTES = 1 << 26

FloatArray = npt.NDArray[np.float64]

#: figures of a candidate: those of the tables, then those of the page
_NAMES = ("usual notes", "odd notes", "usual rhythms", "odd rhythms", *FIGURES)
#: no note or bar earns more than this (natural logarithms of a probability)
_USUAL_NOTE, _ODD_NOTE = -1.0, -5.0
_USUAL_RHYTHM, _ODD_RHYTHM = -2.0, -7.0
#: the most standard deviations from the usual value that a figure counts for
_FARTHEST = 3.0
#: real tunes from which what is usual in a dance can be told
_ENOUGH = 60
#: of the weights of all dances, and of what those of one differ by
_PENALTY, _OWN_PENALTY = 2.0, 8.0
#: what a fault costs, in the score's natural logarithms
_FAULT = 10.0
#: figures in which a tune may not lie beyond real ones of its dance, below or above; what such a
#: one costs, and the percentile that is the limit
_BOUNDED = {
    "odd rhythms": (False, True), "most usual bar": (False, True), "notes a bar": (True, True),
    "lowest note": (True, False), "highest note": (False, True), "accidentals": (False, True),
    "tonic": (True, False), "notes across a beat": (False, True), "key": (True, False),
    "beats of one note": (False, True), "even beats": (True, False),
}  # fmt: skip
_BEYOND, _LIMIT = 4.0, 2.0
#: what an end on the tonic, and a phrase that begins as the one before, earn beside their share in
#: the figures: to a listener they are more than figures among many
_HOME, _AGAIN = 0.5, 0.3
#: the power: more than 1, since the odds are those of a judge that sees little
_EAGERNESS = 1.5
#: real tunes that the weights are learned from; the tables are made of all
_MOST = 3000


@dataclass(frozen=True)
class Tables:
    """Counts over the distinct bars of the learned tunes: `notes` (2, SPAN + 1, SPAN + 1, SPAN) in
    major and minor, and how often a bar is divided so."""

    notes: npt.NDArray[np.float32]
    rhythms: Mapping[str, int]

    @classmethod
    def learn(cls, pages: Iterable[Page]) -> Self:
        """Count."""
        notes = np.zeros((2, SPAN + 1, SPAN + 1, SPAN), np.float32)
        divided: Counter[str] = Counter()
        for page in pages:
            np.add.at(notes[int(page.minor)], tuple(steps(page).T), 1)
            divided.update(rhythms(page))
        return cls(notes, divided)

    def figures(self, page: Page, *, own: bool = False) -> FloatArray:
        """How usual notes and rhythms are, and the shares of odd ones; with `own` the page is one
        of those counted, and is left out."""
        likely = self._notes(page, own=own)
        counts = Counter(rhythms(page))
        total = sum(self.rhythms.values()) - own * sum(counts.values())
        divided = np.array(
            [
                np.log((self.rhythms.get(bar, 0) - own * n + 0.5) / (total + 1))
                for bar, n in counts.items()
                for _ in range(n)
            ]
        )
        return np.array(
            [
                np.minimum(likely, _USUAL_NOTE).mean(),
                (likely < _ODD_NOTE).mean(),
                np.minimum(divided, _USUAL_RHYTHM).mean(),
                (divided < _ODD_RHYTHM).mean(),
            ]
        )

    def _notes(self, page: Page, *, own: bool) -> FloatArray:
        """The log-probability of each note: of two before, of one and of none, mixed by how much
        is known of each (Witten and Bell 1991)."""
        rows = steps(page)
        counts = self.notes[int(page.minor)]
        probability = np.full(len(rows), 1 / SPAN)
        table = counts.sum(axis=(0, 1)), counts.sum(axis=0), counts
        for order, every in enumerate(table):
            context = tuple(rows[:, 2 - order : 2].T)
            known = every.copy() if own else every
            if own:
                np.subtract.at(known, (*context, rows[:, 2]), 1)
            after = known[context] if order else np.broadcast_to(known, (len(rows), SPAN))
            seen = after.sum(axis=1)
            kinds = np.maximum((after > 0).sum(axis=1), 1)
            here = after[np.arange(len(rows)), rows[:, 2]]
            probability = (here + kinds * probability) / (seen + kinds)
        return np.asarray(np.log(probability))


@dataclass(frozen=True)
class Judge:
    """By dance, ``""`` being all of them, what is usual of each figure, and the weights of the
    figures and their squares."""

    tables: Tables
    usual: Mapping[str, FloatArray]  # (4, figures): mean, deviation, lowest, highest
    weights: Mapping[str, FloatArray]  # (1 + 2 · figures,), the first for nothing at all

    @classmethod
    def fit(cls, real: Sequence[str], drafts: Sequence[str]) -> Self:
        """Learn to tell real tunes, of which the tables are made, from drafts of a model.

        The penalty on the weights is that of a ridge, the fit Newton's; both sides weigh alike. A
        dance has weights of its own beside those of all, held to 0 more firmly.
        """
        pages = [page for text in real if (page := Page.read(text))]
        others = [page for text in drafts if (page := Page.read(text))]
        tables = Tables.learn(pages)
        kinds = {page.kind for page in others}
        kept = [page for page in pages if page.kind in kinds] or pages
        kept = kept[:: max(1, len(kept) // _MOST)]
        x = np.array([_figures(page, tables, own=True) for page in kept])
        y = np.array([_figures(page, tables) for page in others])
        usual = {"": _usual(x)}
        for kind in sorted(kinds):
            here = [page.kind == kind for page in kept]
            if sum(here) >= _ENOUGH:
                usual[kind] = _usual(x[here])
        judge = cls(tables, usual, {})
        rows = np.vstack(
            [
                *(judge._row(page.kind, row) for page, row in zip(kept, x, strict=True)),
                *(judge._row(page.kind, row) for page, row in zip(others, y, strict=True)),
            ]
        )
        is_real = np.arange(len(rows)) < len(kept)
        share = np.where(is_real, 0.5 / len(kept), 0.5 / len(others)) * len(rows)
        dances = np.array([page.kind for page in [*kept, *others]])
        own = [name for name in usual if name]
        every = np.hstack([rows, *(rows * (dances == name)[:, None] for name in own)])
        ridge = np.repeat([_PENALTY, *[_OWN_PENALTY] * len(own)], rows.shape[1])
        ridge[0] = 0
        shared, *parts = np.split(_logistic(every, is_real, share, ridge), 1 + len(own))
        weights = {"": shared} | {
            name: shared + part for name, part in zip(own, parts, strict=True)
        }
        return cls(tables, usual, weights)

    def score(self, text: str) -> float:
        """How much a tune is like a real one: the logarithm of the odds. Lowest where the text is
        no tune at all."""
        page = Page.read(text)
        if page is None:
            return -np.inf
        row = _figures(page, self.tables)
        learned = self._row(page.kind, row) @ self._weights(page.kind)
        home = page.sections[-1][-1][-1][2] % 12 == 0
        again = np.nan_to_num(row[_NAMES.index("bars 5 and 6 are 1 and 2")])
        against = _FAULT * faults(page) + _BEYOND * self._beyond(page.kind, row)
        return float(learned + _HOME * home + _AGAIN * again - against)

    def _weights(self, kind: str) -> FloatArray:
        return self.weights.get(kind, self.weights[""])

    def _beyond(self, kind: str, row: FloatArray) -> int:
        """In how many figures a tune lies beyond nearly all of its kind."""
        _, _, lowest, highest = self.usual.get(kind, self.usual[""])
        return sum(
            (low and row[at] < lowest[at]) or (high and row[at] > highest[at])
            for at, (low, high) in ((_NAMES.index(name), s) for name, s in _BOUNDED.items())
        )

    def _row(self, kind: str, row: FloatArray) -> FloatArray:
        mean, deviation, _, _ = self.usual.get(kind, self.usual[""])
        z = np.clip((row - mean) / deviation, -_FARTHEST, _FARTHEST)
        z = np.where(np.isnan(z), 0, z)
        return np.concatenate([[1], z, z * z])

    # --- files ------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the judge, whole or not at all."""
        places = np.argwhere(self.tables.notes > 0)
        arrays: dict[str, Any] = {
            "places": places.astype(np.uint8),
            "counts": self.tables.notes[tuple(places.T)].astype(np.uint16),
            "rhythms": np.array(json.dumps(dict(self.tables.rhythms))),
            "kinds": np.array(list(self.usual)),
            "usual": np.array([*self.usual.values()]),
            "weights": np.array([self._weights(kind) for kind in self.usual]),
        }
        with replaced(path) as fresh, fresh.open("wb") as file:
            np.savez_compressed(file, **arrays)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read what `save` wrote. Raises `ModelError` when it is damaged."""
        try:
            arrays = arrays_in(read_limited(path, MOST_BYTES, regular=True), MOST_BYTES)
            notes = np.zeros((2, SPAN + 1, SPAN + 1, SPAN), np.float32)
            notes[tuple(arrays["places"].T.astype(np.intp))] = arrays["counts"]
            kinds, usual, weights = (arrays[name] for name in ("kinds", "usual", "weights"))
            rhythms = from_json(str(arrays["rhythms"]))
            counts = [type(n) is int and 0 <= n < 1 << 31 for n in rhythms.values()]
            shapes = usual.shape[1:], weights.shape[1:]
            fits = shapes == ((4, len(_NAMES)), (1 + 2 * len(_NAMES),)) and "" in kinds.tolist()
            numbers = usual.dtype.kind, weights.dtype.kind
            require(fits and numbers == ("f", "f") and all(counts), "its parts do not go together")
            by_kind = [dict(zip(kinds.tolist(), rows, strict=True)) for rows in (usual, weights)]
            return cls(Tables(notes, rhythms), *by_kind)
        except (OSError, UsageError, ValueError, TypeError, KeyError, IndexError, AttributeError
                ) as error:  # fmt: skip
            raise ModelError(f"{os.fspath(path)} is damaged; publish the model again") from error


def choose(scores: Sequence[float], generator: np.random.Generator) -> int:
    """The number of one of several candidates, drawn in proportion to a power of their odds."""
    best = max(scores)
    if not np.isfinite(best):
        return 0
    heights = np.cumsum(np.exp(_EAGERNESS * (np.array(scores) - best)))
    return int(np.searchsorted(heights, generator.random() * heights[-1], side="right"))


def faultless(text: str) -> float:
    """The score of a tune where no judge was learned: its faults, below 0."""
    page = Page.read(text)
    return -np.inf if page is None else -_FAULT * faults(page)


def _figures(page: Page, tables: Tables, *, own: bool = False) -> FloatArray:
    return np.concatenate([tables.figures(page, own=own), figures(page)])


def _usual(rows: FloatArray) -> FloatArray:
    """Mean, deviation, and what all but a few stay above and below, (4, figures)."""
    deviation = np.nanstd(rows, axis=0)
    lowest, highest = np.nanpercentile(rows, [_LIMIT, 100 - _LIMIT], axis=0)
    spread = np.where(deviation > 1e-6, deviation, 1)
    return np.array([np.nanmean(rows, axis=0), spread, lowest, highest])


def _logistic(
    rows: FloatArray, real: npt.NDArray[np.bool_], share: FloatArray, ridge: FloatArray
) -> FloatArray:
    """The weights of a logistic regression, each with its ridge, by Newton's method."""
    weights = np.zeros(rows.shape[1])
    for _ in range(50):
        probability = 1 / (1 + np.exp(-rows @ weights))
        gradient = rows.T @ (share * (real - probability)) - ridge * weights
        curve = share * probability * (1 - probability)
        change = np.linalg.solve((rows.T * curve) @ rows + np.diag(ridge + 1e-9), gradient)
        weights = weights + change
        if np.abs(change).max() < 1e-6:
            break
    return np.asarray(weights)
