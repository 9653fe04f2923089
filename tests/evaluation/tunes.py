"""Tunes for the tests of this folder: made by chance, in the shape of dance tunes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from musicrnn.score import Key, KeyChange, Meter, MeterChange, Note, Score

SCALE = (0, 2, 4, 5, 7, 9, 11)


def dance(rng: np.random.Generator, *, bars: int = 8, tonic: int = 62) -> Score:
    """A reel AABB of `bars` bars a part: a walk on the major scale, in eighths and quarters."""
    parts = [_part(rng, bars) for _ in range(2)]
    notes, onset = [], Fraction(0)
    for part in (parts[0], parts[0], parts[1], parts[1]):
        for degree, length in part:
            pitch = tonic + 12 * (degree // 7) + SCALE[degree % 7]
            notes.append(Note(onset, pitch, length))
            onset += length
    return Score.of(
        notes,
        meters=[MeterChange(Fraction(0), Meter(4, 4))],
        keys=[KeyChange(Fraction(0), Key("D"))],
        title=f"Dance {rng.integers(10**6)}",
    )


def _part(rng: np.random.Generator, bars: int) -> list[tuple[int, Fraction]]:
    degree, part = int(rng.integers(0, 7)), []
    for _ in range(bars):
        left = 8
        while left:
            eighths = min(left, int(rng.choice([1, 1, 1, 2])))
            part.append((degree, Fraction(eighths, 2)))
            degree = int(np.clip(degree + rng.choice([-2, -1, -1, 0, 1, 1, 2, 4, -4]), -3, 12))
            left -= eighths
    return part


def disguised(score: Score, rng: np.random.Generator, *, changes: int = 2) -> Score:
    """`score` in another key, under another name, with `changes` notes changed."""
    notes = list(score.notes)
    for i in rng.choice(len(notes), size=changes, replace=False):
        move = int(rng.choice([-4, -3, -2, -1, 1, 2, 3, 4]))
        notes[i] = replace(notes[i], pitch=notes[i].pitch + move)
    up = int(rng.integers(-6, 7))
    return replace(score.with_notes(notes).transposed(up), title="Under Another Name")
