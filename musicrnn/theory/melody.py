"""The melodic line of a score, and what of it survives transposition and another tempo.

A listener calls two tunes the same when they move by the same intervals in the same rhythm,
whatever the key, the title or the length of the written unit. So a melody is compared as a
sequence of *steps*: for each pair of neighbouring notes the interval in semitones and the ratio
of their lengths, both in one small integer.

>>> from fractions import Fraction as F
>>> from musicrnn.score import Note, Score
>>> tune = Score.of(Note(F(i), pitch, F(1)) for i, pitch in enumerate([62, 66, 69]))
>>> [step_parts(step) for step in line(tune).steps.tolist()]
[(4, 0), (3, 0)]
>>> line(tune).fingerprint == line(tune.transposed(-5)).fingerprint
True
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import lcm

import numpy as np
from numpy.typing import NDArray

from musicrnn.score import Meter, Note, Score

__all__ = ["BarLines", "Melody", "line", "resolution", "skyline", "step_parts"]

Ints = NDArray[np.int64]

#: Lengths are compared on a logarithmic scale with this many classes in a factor of two: 1:2,
#: 2:3, 3:4, 1:3 and 1:6 stay apart from 1:1, and a played rhythm 9 % off is still the same.
CLASSES_PER_OCTAVE = 4
_RATIO_BITS = 5
_RATIO_ZERO = 1 << (_RATIO_BITS - 1)
_INTERVAL_ZERO = 64
_WIDEST = 60  # semitones; a wider leap is counted as this one
#: Times are exact up to this many ticks a quarter: no computation with them in 64 bits overflows,
#: on any grid and up to the longest piece that is read.
_FINEST = 1 << 24
#: Where denominators are wilder than that, times are rounded down to ticks of this size.
_COARSE = 2**6 * 3**3 * 5 * 7
#: Every step is below this number, and above `_RATIO_BITS` zeros: 0 is free for a separator.
STEP_LIMIT = 1 << (7 + _RATIO_BITS)


@dataclass(frozen=True, eq=False)
class Melody:
    """One voice as integers.

    `pitches` (MIDI numbers), `onsets` and `durations` (in ticks) are int64 arrays of shape
    ``(n,)``; `ticks` is the number of ticks in a quarter note, chosen so that all are exact
    (`resolution` says with which exception).
    """

    pitches: Ints
    onsets: Ints
    durations: Ints
    ticks: int

    def __len__(self) -> int:
        return len(self.pitches)

    @cached_property
    def intervals(self) -> Ints:
        """Semitones from each note to the next, shape ``(n - 1,)``; up is positive."""
        return self.pitches[1:] - self.pitches[:-1]

    @cached_property
    def spans(self) -> Ints:
        """Ticks from each onset to the next one, shape ``(n,)``; the last is that note's length.

        A rest counts as part of the note before it, so that staccato and legato are the same.
        """
        return np.append(np.diff(self.onsets), self.durations[-1:])

    @cached_property
    def steps(self) -> NDArray[np.uint16]:
        """The melody without its key and its tempo, shape ``(n - 1,)``; see `step_parts`."""
        if len(self) < 2:
            return np.zeros(0, np.uint16)
        ratios = np.log2(self.spans[1:] / self.spans[:-1])
        classes = np.rint(CLASSES_PER_OCTAVE * ratios).astype(np.int64)
        classes = np.clip(classes, -_RATIO_ZERO, _RATIO_ZERO - 1) + _RATIO_ZERO
        intervals = np.clip(self.intervals, -_WIDEST, _WIDEST) + _INTERVAL_ZERO
        steps: NDArray[np.int64] = (intervals << _RATIO_BITS) | classes
        return steps.astype(np.uint16)

    @property
    def fingerprint(self) -> bytes:
        """16 bytes, equal for tunes of the same melody in any key, unit length and title."""
        return hashlib.blake2b(self.steps.astype("<u2").tobytes(), digest_size=16).digest()

    def time(self, tick: int) -> Fraction:
        """The moment `tick` in quarter notes."""
        return Fraction(int(tick), self.ticks)


def step_parts(step: int) -> tuple[int, int]:
    """The interval in semitones and the class of the length ratio (0: equal) of one step."""
    return (step >> _RATIO_BITS) - _INTERVAL_ZERO, (step & (2 * _RATIO_ZERO - 1)) - _RATIO_ZERO


def line(score: Score) -> Melody:
    """The melodic line of `score`: its skyline, drums left out.

    At each onset the highest note is taken (Uitdenbogerd and Zobel 1998, "all-mono"); a lower
    note that starts under a sounding one belongs to the accompaniment unless more than half of
    it is heard after that one has ended (which is how legato playing overlaps).
    """
    notes = [note for note in score.notes if not score.parts[note.part].drums]
    ticks = resolution(notes)
    table = np.array(_legato(_highest(notes, ticks)), np.int64).reshape(-1, 3)
    return Melody(table[:, 2], table[:, 0], table[:, 1] - table[:, 0], ticks)


def resolution(notes: Sequence[Note]) -> int:
    """Ticks in a quarter note with which every onset and length is a whole number of ticks.

    Past 2²⁴ of them, which no music needs, it is 60,480, and the times have to be rounded.
    """
    ticks = lcm(*{n.onset.denominator for n in notes}, *{n.duration.denominator for n in notes})
    return ticks if ticks <= _FINEST else _COARSE


def skyline(onsets: Ints, ends: Ints, pitches: Ints, ticks: int) -> Melody:
    """`line` of notes that are already integers: three arrays of one length, times in ticks."""
    if (onsets[1:] > onsets[:-1]).all() and (onsets[1:] >= ends[:-1]).all():
        return Melody(pitches, onsets, ends - onsets, ticks)
    order = np.lexsort((ends, pitches, onsets))
    highest = np.flatnonzero(
        np.append(np.diff(onsets[order]) > 0, np.ones(min(len(order), 1), bool))
    )
    kept = order[highest]
    onsets, ends, pitches = onsets[kept], ends[kept], pitches[kept]
    if (ends[:-1] > onsets[1:]).any():
        columns = (column.tolist() for column in (onsets, ends, pitches))
        table = np.array(_legato(zip(*columns, strict=True)), np.int64).reshape(-1, 3)
        onsets, ends, pitches = table.T
    return Melody(pitches, onsets, ends - onsets, ticks)


def _legato(highest: Iterable[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """(onset, end, pitch) without the notes that are accompaniment, and without overlaps."""
    kept: list[tuple[int, int, int]] = []
    for onset, end, pitch in highest:
        if kept:
            before = kept[-1]
            covered = before[1] - onset
            if pitch < before[2] and 2 * covered >= end - onset:
                continue
            if covered > 0:
                kept[-1] = (before[0], onset, before[2])
        kept.append((onset, end, pitch))
    return kept


def _highest(notes: Sequence[Note], ticks: int) -> Iterable[tuple[int, int, int]]:
    """(onset, end, pitch) in ticks of the highest, then longest, note at each onset."""
    best: dict[int, tuple[int, int]] = {}
    for note in notes:
        onset = note.onset.numerator * ticks // note.onset.denominator
        length = max(note.duration.numerator * ticks // note.duration.denominator, 1)
        best[onset] = max(best.get(onset, (-1, 0)), (note.pitch, onset + length))
    return ((onset, end, pitch) for onset, (pitch, end) in sorted(best.items()))


class BarLines:
    """Where the bars of a score stand, from its pickup and its metre changes.

    The first bar line stands at the end of the pickup, which is the end of bar -1; each later
    change of metre starts a bar. Free metre, and a score that names no metre, is counted as 4/4.
    """

    def __init__(self, score: Score) -> None:
        changes = score.meters
        lengths = [(change.meter or Meter(4, 4)).length for change in changes]
        self._starts = [change.onset for change in changes] or [Fraction(0)]
        self._lengths = lengths or [Fraction(4)]
        self._starts[0] += score.pickup
        self._numbers = [Fraction(0)]
        for i in range(1, len(self._starts)):
            bars = (self._starts[i] - self._starts[i - 1]) / self._lengths[i - 1]
            self._numbers.append(Fraction(-(-(self._numbers[-1] + bars) // 1)))  # rounded up

    def number(self, time: Fraction) -> Fraction:
        """The bar at `time` (quarter notes) and how much of it has passed: 2½ is mid third bar."""
        at = 0
        while at + 1 < len(self._starts) and self._starts[at + 1] <= time:
            at += 1
        return self._numbers[at] + (time - self._starts[at]) / self._lengths[at]

    def start(self, number: int) -> Fraction:
        """The time (quarter notes) at which a bar begins, the inverse of `number`."""
        at = 0
        while at + 1 < len(self._starts) and self._numbers[at + 1] <= number:
            at += 1
        return self._starts[at] + (number - self._numbers[at]) * self._lengths[at]

    def numbers(self, melody: Melody) -> NDArray[np.float64]:
        """`number` of every note of `melody`, and of its end: float64, shape ``(n + 1,)``.

        An empty melody gives an empty array.
        """
        ends = melody.onsets[-1:] + melody.spans[-1:]
        times = np.concatenate([melody.onsets, ends]) / melody.ticks
        starts = np.array([float(start) for start in self._starts])
        at = np.maximum(np.searchsorted(starts, times + 1e-9, side="right") - 1, 0)
        lengths = np.array([float(length) for length in self._lengths])
        numbers = np.array([float(number) for number in self._numbers])
        positions: NDArray[np.float64] = numbers[at] + (times - starts[at]) / lengths[at]
        return positions
