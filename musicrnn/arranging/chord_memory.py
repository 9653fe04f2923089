"""The memory of the chord model: a kernel-weighted vote of the most similar beats it learned from.

Two tunes that agree for a bar and a half tend to have the same chords there. A beat and three on
either side of it are compared with every beat of the training tunes, and the nearest vote for their
chords, with weights that fall exponentially with the squared distance. How long each note sounds is
kept in four bits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from musicrnn.arranging.chord_features import heard, place, places, shifted
from musicrnn.arranging.chord_theory import TRIADS
from musicrnn.arranging.grid import Grid

__all__ = ["NAMES", "Memory"]

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

#: What the tables of `Memory` are called in a file, in order.
NAMES = ("known_sounds", "known_marks", "known_places", "known_lengths")
#: How much the beats around count, from three before to three after.
_AROUND = (0.35, 0.5, 0.7, 1.0, 0.7, 0.5, 0.35)
#: What the note on the beat, the place and the mode count beside what sounds.
_STRUCK, _PLACE, _MINOR = 0.5, 0.5, 1.5
#: The bandwidth of the kernel, in squared distance beyond the nearest beat, and at how many
#: bandwidths it is cut off.
_BANDWIDTH, _CUTOFF = 0.3, 6
#: The weight of the memory's log-odds, and the odds of a chord of which it knows nothing.
_WEIGHT, _UNKNOWN = 0.4, 0.02
#: No more beats than this are kept.
_MOST = 50_000
_NO_NOTE = 12
_NO_TRIAD = TRIADS


@dataclass(frozen=True)
class Memory:
    """Beats of the training tunes, one after another: `sounds` (beats, 6) of two pitch classes a
    byte, in fifteenths of a beat; `marks` (beats, 2): the pitch class struck, and the triad;
    `places` (beats,) as `chord_features.places` has them; `lengths` (tunes,) in beats, negative
    where the tune is minor."""

    sounds: Bytes
    marks: Bytes
    places: NDArray[np.uint16]
    lengths: NDArray[np.int32]

    @classmethod
    def of(cls, tunes: Sequence[tuple[Grid, Sequence[int]]], rng: np.random.Generator) -> Memory:
        """The beats of grids with their triads (−1: not known), of tunes drawn at random where
        there are too many."""
        chosen: list[tuple[Grid, Sequence[int]]] = []
        beats = 0
        for index in rng.permutation(len(tunes)):
            if beats + len(tunes[index][1]) <= _MOST:
                chosen.append(tunes[index])
                beats += len(tunes[index][1])
        return cls(
            _joined((_packed(heard(grid)[0]) for grid, _ in chosen), 6),
            _joined((_marks(grid, triads) for grid, triads in chosen), 2),
            np.concatenate([np.zeros(0, np.uint16), *(places(grid) for grid, _ in chosen)]),
            np.array([len(t) * (-1 if grid.minor else 1) for grid, t in chosen], np.int32),
        )

    @classmethod
    def none(cls) -> Memory:
        """An empty memory."""
        return cls.of([], np.random.default_rng(0))

    def __len__(self) -> int:
        return len(self.marks)

    @property
    def tables(self) -> tuple[NDArray[np.generic], ...]:
        """The arrays of the file, in the order of `NAMES`."""
        return self.sounds, self.marks, self.places, self.lengths

    def fits(self) -> bool:
        """Whether shapes, types and values are consistent."""
        beats = len(self.marks)
        shapes = [table.shape for table in self.tables[:3]]
        kinds = [table.dtype for table in self.tables[:3]]
        return (
            shapes == [(beats, 6), (beats, 2), (beats,)]
            and kinds == [np.dtype(kind) for kind in ("uint8", "uint8", "uint16")]
            and self.lengths.ndim == 1
            and bool((self.lengths != 0).all())
            and int(abs(self.lengths).sum()) == beats
            and bool((self.marks <= (_NO_NOTE, _NO_TRIAD)).all())
        )

    def scores(self, grid: Grid) -> Floats:
        """What is added to the scores of the triads (beats, TRIADS)."""
        known, squares, triads = self._rows
        if not len(known):
            return np.zeros((len(grid.beats), TRIADS), np.float32)
        sounding, struck, _ = heard(grid)
        queries = _vectors(sounding, struck, place(places(grid)), minor=grid.minor)
        distances = squares - 2 * queries @ known.T  # less the squared norms of the queries
        nearest = distances.min(axis=1, keepdims=True)
        rows, near = np.nonzero(distances < nearest + np.float32(_CUTOFF * _BANDWIDTH))
        weights = np.exp((nearest[rows, 0] - distances[rows, near]) / np.float32(_BANDWIDTH))
        odds = np.zeros((len(queries), TRIADS), np.float32)
        np.add.at(odds, (rows, triads[near]), weights)
        odds /= odds.sum(axis=1, keepdims=True)
        scores: Floats = np.float32(_WEIGHT) * np.log(odds + np.float32(_UNKNOWN))
        return scores

    @cached_property
    def _rows(self) -> tuple[Floats, Floats, NDArray[np.int64]]:
        """Of the beats whose triad is known: vectors, their squares, triads."""
        levels = np.stack([self.sounds >> 4, self.sounds & 15], axis=2).reshape(-1, 12)
        sounding = levels.astype(np.float32) / np.float32(15)
        struck = np.eye(_NO_NOTE + 1, _NO_NOTE, dtype=np.float32)[self.marks[:, 0]]
        there = place(self.places)
        parts = []
        start = 0
        for length in self.lengths.tolist():
            here = slice(start, start + abs(length))
            parts.append(_vectors(sounding[here], struck[here], there[here], minor=length < 0))
            start += abs(length)
        known = self.marks[:, 1] < _NO_TRIAD
        if not known.any():
            return np.zeros((0, 0), np.float32), np.zeros(0, np.float32), np.zeros(0, np.int64)
        rows = np.concatenate(parts)[known]
        return rows, (rows * rows).sum(axis=1), self.marks[known, 1].astype(np.int64)


def _vectors(sounding: Floats, struck: Floats, there: Floats, *, minor: bool) -> Floats:
    """A row for each beat: what lies near in this space goes alike."""
    near = np.concatenate([sounding, np.float32(_STRUCK) * struck], axis=1)
    middle = len(_AROUND) // 2
    parts = [
        np.float32(weight) * shifted(near, index - middle) for index, weight in enumerate(_AROUND)
    ]
    parts += [np.float32(_PLACE) * there, np.full((len(near), 1), _MINOR * minor, np.float32)]
    return np.concatenate(parts, axis=1).astype(np.float32)


def _packed(sounding: Floats) -> Bytes:
    """Two pitch classes a byte."""
    levels = np.rint(np.clip(sounding, 0, 1) * 15).astype(np.uint8)
    return (levels[:, ::2] << 4 | levels[:, 1::2]).astype(np.uint8)


def _marks(grid: Grid, triads: Sequence[int]) -> Bytes:
    struck = [_NO_NOTE if beat.struck is None else beat.struck for beat in grid.beats]
    known = [_NO_TRIAD if triad < 0 else triad for triad in triads]
    return np.stack([struck, known], axis=1).astype(np.uint8)


def _joined(parts: Iterable[Bytes], width: int) -> Bytes:
    return np.concatenate([np.zeros((0, width), np.uint8), *parts])
