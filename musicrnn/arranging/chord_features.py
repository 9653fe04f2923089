"""What the networks of the chord model look at: for each beat the melody near it and its place.

All pitch classes count from the tonic, so nothing has to be learned twice for another key. What
lies further away than a bar is known to the networks by their states (`chord_recurrent`).
"""

from __future__ import annotations

from collections import Counter
from functools import cache

import numpy as np
from numpy.typing import NDArray

from musicrnn.arranging.grid import Grid

__all__ = [
    "NUMBER_OF_FEATURES",
    "changes",
    "features",
    "heard",
    "place",
    "places",
    "shifted",
]

Floats = NDArray[np.float32]

#: Beats and bars to either side that are seen.
_NEAR = range(-1, 2)
#: Bars from the start of a section count in eights; to its end, up to this many.
_PHRASE = 8
#: The metres' beats in a bar that are told apart, and the places in a bar.
_METERS, _PLACES = (2, 3, 4), 4
#: Sections that are told apart.
_SECTIONS = 4
#: Columns of `place`.
_PLACE = _PLACES + len(_METERS) + 1 + 4 * _PHRASE + 3


def features(grid: Grid) -> Floats:
    """One row for each beat of the grid, `NUMBER_OF_FEATURES` wide."""
    sounding, struck, lowest = heard(grid)
    bars, rows = _by_bar(grid, sounding)
    parts = [
        *(shifted(sounding, shift) for shift in _NEAR),
        *(shifted(struck, shift) for shift in _NEAR),
        lowest,
        *(shifted(bars, shift)[rows] for shift in _NEAR),
        place(places(grid)),
        np.tile(_whole(grid, sounding), (len(rows), 1)),
        _form(grid),
    ]
    return np.concatenate(parts, axis=1).astype(np.float32)


def heard(grid: Grid) -> tuple[Floats, Floats, Floats]:
    """Of each beat (beats, 12 pitch classes over the tonic): how long each sounds, in beats; the
    one that begins on the beat; the lowest one."""
    sounding = np.array([beat.sounding for beat in grid.beats], np.float32).reshape(-1, 12)
    struck, lowest = np.zeros_like(sounding), np.zeros_like(sounding)
    for row, beat in enumerate(grid.beats):
        if beat.struck is not None:
            struck[row, beat.struck] = 1
        if beat.lowest is not None:
            lowest[row, beat.lowest] = 1
    return sounding, struck, lowest


def places(grid: Grid) -> NDArray[np.uint16]:
    """Where each beat stands, as one number a beat: see `place`."""
    last = len(grid.beats) - 1
    numbers = []
    for row, beat in enumerate(grid.beats):
        bar, left = grid.bar_in_section[row], grid.bars_in_section[row] - grid.bar_in_section[row]
        digits = (
            (min(beat.place, _PLACES), _PLACES + 1),
            (
                _METERS.index(beat.beats) if beat.beats in _METERS else len(_METERS),
                len(_METERS) + 1,
            ),
            (grid.meter.compound, 2),
            (bar % _PHRASE, _PHRASE),
            (min(left, _PHRASE) - 1, _PHRASE),
            (row == 0, 2),
            (row == last, 2),
            (row + beat.beats > last, 2),
        )
        number = 0
        for digit, base in digits:
            number = number * base + int(digit)
        numbers.append(number)
    return np.array(numbers, np.uint16)


def place(numbers: NDArray[np.uint16]) -> Floats:
    """The `places` of beats as zeros and ones (beats, …): the beat in its bar, the metre, the
    bar in its phrase, and from the end of its section; whether the tune begins or ends with it."""
    bases = (_PLACES + 1, len(_METERS) + 1, 2, _PHRASE, _PHRASE, 2, 2, 2)
    digits = []
    rest = numbers.astype(np.int64)
    for base in reversed(bases):
        rest, digit = np.divmod(rest, base)
        digits.append(digit)
    beat, meter, compound, bar, left, *ends = reversed(digits)
    within = beat < _PLACES
    # Near the end of a section, or of half of it, place in the bar and bar together.
    closing = np.where((left < 2) & within, left * _PLACES + beat, _PHRASE)
    cadence = np.where((bar % 4 == 3) & within, (bar == 7) * _PLACES + beat, _PHRASE)
    parts = [
        _one_hot(np.minimum(beat, _PLACES - 1), _PLACES),
        _one_hot(meter, len(_METERS)),
        compound[:, None],
        *(_one_hot(digit, _PHRASE) for digit in (bar, left, closing, cadence)),
        np.stack(ends, axis=1),
    ]
    return np.concatenate(parts, axis=1).astype(np.float32)


def _one_hot(digits: NDArray[np.int64], count: int) -> Floats:
    """A one in the column of each digit, and none for digits past the columns."""
    return np.eye(count + 1, count, dtype=np.float32)[digits]


def changes(grid: Grid) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """What kind of place each beat is for a change of chord (0: a bar begins, 1: the middle of an
    even bar, 2: any other beat), and whether a symbol can be written there."""
    kinds = [
        0 if beat.place == 0 else 1 if 2 * beat.place == beat.beats else 2 for beat in grid.beats
    ]
    return np.array(kinds), np.array([beat.event is not None for beat in grid.beats], bool)


def shifted(rows: Floats, shift: int) -> Floats:
    """The rows `shift` further on, zeros past the ends."""
    moved = np.zeros_like(rows)
    if abs(shift) >= len(rows):
        return moved
    if shift >= 0:
        moved[: len(rows) - shift] = rows[shift:]
    else:
        moved[-shift:] = rows[:shift]
    return moved


@cache
def _width() -> int:
    return 12 * (3 * len(_NEAR) + 1) + _PLACE + 25 + 2 + _SECTIONS + 2 + 12


#: Columns of `features`.
NUMBER_OF_FEATURES = _width()


def _by_bar(grid: Grid, sounding: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """How long each pitch class sounds in each bar, as a share of the bar, and each beat's bar."""
    rows = np.unique([beat.bar for beat in grid.beats], return_inverse=True)[1]
    total = np.zeros((rows.max() + 1, 12), np.float32)
    np.add.at(total, rows, sounding)
    return (total / np.bincount(rows)[:, None]).astype(np.float32), rows


def _whole(grid: Grid, sounding: Floats) -> Floats:
    """What holds for the whole tune: the key's scale, how much of each pitch class sounds."""
    scale = [tone in grid.scale for tone in range(12)]
    total = sounding.sum(axis=0)
    return np.array([*scale, *(total / max(total.sum(), 1e-6) * 4), grid.minor], np.float32)


def _form(grid: Grid) -> Floats:
    """Whether the same bar is heard elsewhere and how often, the section, whether it is the last,
    how often it is played; and the key, by its tonic's place in the circle of fifths."""
    bars: dict[int, list[tuple[float, ...]]] = {}
    for beat in grid.beats:
        bars.setdefault(beat.bar, []).append(tuple(round(share, 2) for share in beat.sounding))
    count = Counter(map(tuple, bars.values()))
    fifth = grid.key.pitch_class * 7 % 12
    form = np.zeros((len(grid.beats), 2 + _SECTIONS + 2 + 12), np.float32)
    for row, beat in enumerate(grid.beats):
        same, section = count[tuple(bars[beat.bar])], grid.sections[row]
        form[row, :2] = same > 1, min(same, 6) / 4
        form[row, 2 + min(section, _SECTIONS - 1)] = 1
        form[row, 2 + _SECTIONS] = section == grid.sections[-1]
        form[row, 3 + _SECTIONS] = grid.played[row] / 2
        form[row, 4 + _SECTIONS + fifth] = 1
    return form
