"""The values of the jazz grammar: ``type,duration[,<upper,lower>]``.

A value says what a note is over the chord of its moment, how long it lasts (in quarter notes),
and how far it lies from the note before (in semitones, from `lower` to `upper`):

| type | |
|---|---|
| R | rest |
| C | chord tone |
| S | tone of the chord's scale |
| A | approach: a semitone beside a chord tone |
| X | any other |
| T | the note before goes on over the bar line |

``C,1/2,<4,3>`` is a chord tone of an eighth, three or four semitones above the note before. No
value crosses a bar line, so the durations of each bar add up to the metre.

The windows ``<upper,lower>`` do not overlap: whichever note in a window is chosen, reading it
again gives the same value. (In the exercise that this comes from, each interval had a window of
its own around it, so that nothing read back was what had been written.)
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from musicrnn.errors import VocabularyError
from musicrnn.theory.chords import Chord

__all__ = ["NOTE_TYPES", "REST", "TIE", "WINDOWS", "Value", "kind_of", "pick", "window_of"]

REST, TIE = "R", "T"
NOTE_TYPES = ("C", "S", "A", "X")

#: Intervals in semitones as (lower, upper): repetition, step, skip, leap, up to the octave, wider.
WINDOWS = (
    (-127, -25), (-24, -13), (-12, -8), (-7, -5), (-4, -3), (-2, -1),
    (0, 0),
    (1, 2), (3, 4), (5, 7), (8, 12), (13, 24), (25, 127),
)  # fmt: skip
_LOWEST = [lower for lower, _ in WINDOWS]

_VALUE = re.compile(r"([RCSAXT]),(\d{1,9}(?:/\d{1,9})?)(?:,<(-?\d{1,9}),(-?\d{1,9})>)?")


@dataclass(frozen=True, slots=True)
class Value:
    """One value; `window` is (lower, upper), None for rests, ties and the first note."""

    kind: str
    duration: Fraction
    window: tuple[int, int] | None = None

    def __str__(self) -> str:
        window = f",<{self.window[1]},{self.window[0]}>" if self.window else ""
        return f"{self.kind},{self.duration}{window}"

    @classmethod
    def parse(cls, token: str) -> Value:
        """The value that a token spells. Raises `VocabularyError` for what is none."""
        match = _VALUE.fullmatch(token)
        if not match or match[2].endswith("/0") or not Fraction(match[2]):
            raise VocabularyError(f"{token!r} is no value of the jazz grammar")
        window = (int(match[4]), int(match[3])) if match[3] is not None else None
        return cls(match[1], Fraction(match[2]), window)


def window_of(interval: int) -> tuple[int, int]:
    """The window that an interval (semitones, at most 127) lies in."""
    return WINDOWS[bisect_right(_LOWEST, interval) - 1]


def kind_of(pitch: int, chord: Chord) -> str:
    """What a pitch is over a chord."""
    pitch_class = pitch % 12
    if pitch_class in chord.tones:
        return "C"
    if pitch_class in chord.scale:
        return "S"
    beside = {(pitch_class + 1) % 12, (pitch_class - 1) % 12}
    return "A" if beside & chord.tones else "X"


def pick(
    value: Value,
    chord: Chord,
    before: int | None,
    rng: np.random.Generator,
    *,
    lowest: int,
    highest: int,
) -> int:
    """A pitch that `value` allows over `chord` after the pitch `before`, drawn evenly.

    Where no pitch in range is both of the type and in the window, the interval yields to the
    harmony: the nearest pitch of the type is taken; and where the chord has none of the type, as
    few chords have notes that are neither scale nor approach, the type yields to the interval.
    """
    middle = (lowest + highest) // 2
    low, high = (middle - 6, middle + 5)
    if before is not None and value.window is not None:
        low, high = before + value.window[0], before + value.window[1]
    span = range(lowest, highest + 1)
    right = [pitch for pitch in span if kind_of(pitch, chord) == value.kind] or list(span)
    inside = [pitch for pitch in right if low <= pitch <= high]
    if inside:
        return inside[int(rng.integers(len(inside)))]
    return min(right, key=lambda pitch: (max(low - pitch, pitch - high), pitch))
