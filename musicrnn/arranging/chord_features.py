"""What the chord model looks at: for each beat the melody around it and its place, as numbers.

All pitch classes count from the tonic, so nothing has to be learned twice for another key.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from musicrnn.arranging.grid import Grid

__all__ = ["NUMBER_OF_FEATURES", "changes", "features"]

Floats = NDArray[np.float32]

#: Beats and bars to either side that are seen.
_BEATS, _BARS = 8, 4
#: Bars from the start of a section count in eights; to its end, up to this many.
_PHRASE = 8
#: The metres' beats in a bar that are told apart, and the places in a bar.
_METERS, _PLACES = (2, 3, 4), 4


def features(grid: Grid) -> Floats:
    """One row for each beat of the grid, `NUMBER_OF_FEATURES` wide."""
    beats = grid.beats
    sounding = np.array([beat.sounding for beat in beats], np.float32).reshape(-1, 12)
    struck = np.zeros_like(sounding)
    lowest = np.zeros_like(sounding)
    for row, beat in enumerate(beats):
        if beat.struck is not None:
            struck[row, beat.struck] = 1
        if beat.lowest is not None:
            lowest[row, beat.lowest] = 1
    bars = _by_bar(grid, sounding)
    parts = [
        *(_shifted(sounding, shift) for shift in range(-_BEATS, _BEATS + 1)),
        *(_shifted(struck, shift) for shift in range(-_BEATS, _BEATS + 1)),
        *(_shifted(lowest, shift) for shift in range(-1, 2)),
        *(_shifted(bars, shift)[_bar_rows(grid)] for shift in range(-_BARS, _BARS + 1)),
        _place(grid),
        np.tile(_whole(grid, sounding), (len(beats), 1)),
    ]
    return np.concatenate(parts, axis=1).astype(np.float32)


def changes(grid: Grid) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """What kind of place each beat is for a change of chord (0: a bar begins, 1: the middle of an
    even bar, 2: any other beat), and whether a symbol can be written there."""
    kinds = [
        0 if beat.place == 0 else 1 if 2 * beat.place == beat.beats else 2 for beat in grid.beats
    ]
    return np.array(kinds), np.array([beat.event is not None for beat in grid.beats], bool)


@cache
def _width() -> int:
    per_beat = 12 * (2 * (2 * _BEATS + 1) + 3)
    per_bar = 12 * (2 * _BARS + 1)
    return per_beat + per_bar + _PLACES + len(_METERS) + 1 + 4 * _PHRASE + 3 + 24 + 1


#: Columns of `features`.
NUMBER_OF_FEATURES = _width()


def _shifted(rows: Floats, shift: int) -> Floats:
    """The rows `shift` further on, zeros past the ends."""
    moved = np.zeros_like(rows)
    if abs(shift) >= len(rows):
        return moved
    if shift >= 0:
        moved[: len(rows) - shift] = rows[shift:]
    else:
        moved[-shift:] = rows[:shift]
    return moved


def _bar_rows(grid: Grid) -> NDArray[np.int64]:
    """For each beat the index of its bar among the bars that have beats."""
    bars = np.array([beat.bar for beat in grid.beats])
    return np.unique(bars, return_inverse=True)[1]


def _by_bar(grid: Grid, sounding: Floats) -> Floats:
    """How long each pitch class sounds in each bar, as a share of the bar."""
    rows = _bar_rows(grid)
    total = np.zeros((rows.max() + 1, 12), np.float32)
    np.add.at(total, rows, sounding)
    return (total / np.bincount(rows)[:, None]).astype(np.float32)


def _place(grid: Grid) -> Floats:
    """Where each beat stands: in its bar, in its phrase, from the end of its section."""
    width = _PLACES + len(_METERS) + 1 + 4 * _PHRASE + 3
    found = np.zeros((len(grid.beats), width), np.float32)
    last = len(grid.beats) - 1
    for row, beat in enumerate(grid.beats):
        at = 0
        found[row, min(beat.place, _PLACES - 1)] = 1
        at += _PLACES
        if beat.beats in _METERS:
            found[row, at + _METERS.index(beat.beats)] = 1
        found[row, at + len(_METERS)] = grid.meter.compound
        at += len(_METERS) + 1
        bar, left = grid.bar_in_section[row], grid.bars_in_section[row] - grid.bar_in_section[row]
        found[row, at + bar % _PHRASE] = 1
        at += _PHRASE
        found[row, at + min(left, _PHRASE) - 1] = 1
        at += _PHRASE
        # Near the end of a section, or of half of it, place in the bar and bar together.
        if left <= 2 and beat.place < _PLACES:
            found[row, at + (left - 1) * _PLACES + beat.place] = 1
        at += _PHRASE
        if bar % _PHRASE in (3, 7) and beat.place < _PLACES:
            found[row, at + (bar % _PHRASE == 7) * _PLACES + beat.place] = 1
        at += _PHRASE
        found[row, at : at + 3] = row == 0, row == last, row + beat.beats > last
    return found


def _whole(grid: Grid, sounding: Floats) -> Floats:
    """What holds for the whole tune: the key's scale, how much of each pitch class sounds."""
    scale = [tone in grid.scale for tone in range(12)]
    total = sounding.sum(axis=0)
    return np.array([*scale, *(total / max(total.sum(), 1e-6) * 4), grid.minor], np.float32)
