"""A bass to a tune: the roots of its chords on the strong beats, and a path between them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from musicrnn.arranging.melody import Melody, Moment
from musicrnn.errors import UsageError
from musicrnn.score import Meter

__all__ = ["bass_line"]

#: place in the chord (root, third, fifth, …) → cost where a chord begins, and where it goes on
_BEGINS = (0.0, 1.6, 3.0)
_GOES_ON = (0.7, 0.9, 0.5)
_OTHER = 4.0
#: semitones of a move → cost: steps, fourths and fifths are what basses do
_MOVES = {0: 0.8, 1: 0.1, 2: 0.0, 3: 0.5, 4: 0.5, 5: 0.3, 7: 0.3, 12: 0.8}
_FAR = 2.5
_PARALLEL = 3.0
#: what a semitone away from the middle of the range costs
_LEANING = 0.06

#: the moment that a bass note goes with, its place on the staff (None: a rest), its length
_Written = tuple[Moment, int | None, Fraction]


def bass_line(
    melody: Melody, lowest: int, highest: int, *, noise: np.random.Generator | None = None
) -> list[list[_Written]]:
    """The notes of each measure of `melody`, their lengths in quarter notes.

    Pickups are rests. Raises `UsageError` where no note of a chord is in the range.
    """
    spans = [_spans(melody, number) for number in range(len(melody.measures))]
    flat = [(number, start, moment) for number, bar in enumerate(spans)
            for start, _, moment in bar if moment is not None]  # fmt: skip
    places = iter(_path(melody, flat, lowest, highest, noise))
    first = melody.moments[0]
    return [
        [(m, next(places), length) if m is not None else (first, None, length)
         for _, length, m in bar]
        for bar in spans
    ]  # fmt: skip


def _spans(melody: Melody, number: int) -> list[tuple[Fraction, Fraction, Moment | None]]:
    """(start, length, the moment it goes with) of each bass note of a measure; None for a rest."""
    measure = melody.measures[number]
    meter = measure.meter.meter if measure.meter else None
    moments = [moment for moment in melody.moments if moment.bar == number]
    full = meter.length if meter else measure.length
    opens = number == 0 or measure.before.double
    if not moments or (opens and measure.length < full):
        return [(Fraction(0), length, None) for length in _printable(measure.length)]
    group = _group(meter)
    notes: list[tuple[Fraction, Fraction, Moment | None]] = []
    start = Fraction(0)
    while start < measure.length:
        length = min(group, measure.length - start)
        sounding = [moment for moment in moments if moment.onset <= start]
        moment = (sounding or moments)[-1 if sounding else 0]
        at = start
        for part in _printable(length):
            notes.append((at, part, moment))
            at += part
        start += length
    return notes


def _group(meter: Meter | None) -> Fraction:
    """How long a bass note lasts: a bar of three, half a bar of four, a beat of two."""
    if meter is None:
        return Fraction(4)
    beats = int(meter.length / meter.beat)
    if beats == 3 and not meter.compound:
        return meter.length
    return meter.length / 2 if beats == 4 else meter.beat


def _printable(length: Fraction) -> list[Fraction]:
    """A length as lengths of single notes, dotted ones among them, the longest first."""
    parts = []
    size = Fraction(4)
    while length > 0 and size >= Fraction(1, 16):
        for part in (size * 3 / 2, size):
            while part <= length:
                parts.append(part)
                length -= part
        size /= 2
    return [*parts, length] if length else parts


def _path(
    melody: Melody,
    flat: Sequence[tuple[int, Fraction, Moment]],
    lowest: int,
    highest: int,
    noise: np.random.Generator | None,
) -> list[int]:
    """The cheapest places on the staff, by dynamic programming."""
    totals: list[list[float]] = []
    choices: list[list[int]] = []
    back: list[list[int]] = []
    middle = (lowest + highest) / 2 - 3
    for at, (_, _, moment) in enumerate(flat):
        places = _chord_places(moment, lowest, highest)
        if not places:
            raise UsageError("no note of the chords is in the range of this bass; choose another")
        before = flat[at - 1][2] if at else None
        begins = before is None or before.triad != moment.triad
        own = []
        for place in places:
            number = moment.number(place)
            cost = _of_chord(moment, number, begins) + _LEANING * abs(number - middle)
            own.append(cost + (float(noise.normal(0, 0.3)) if noise is not None else 0.0))
        if before is None:
            totals.append(own)
            back.append([0] * len(places))
        else:
            row, came = [], []
            for place, cost in zip(places, own, strict=True):
                ways = [
                    total + _move(before, moment, earlier, place)
                    for total, earlier in zip(totals[-1], choices[-1], strict=True)
                ]
                best = min(range(len(ways)), key=ways.__getitem__)
                row.append(ways[best] + cost)
                came.append(best)
            totals.append(row)
            back.append(came)
        choices.append(places)
    if not flat:
        return []
    at = min(range(len(totals[-1])), key=totals[-1].__getitem__)
    line = []
    for places, came in zip(reversed(choices), reversed(back), strict=True):
        line.append(places[at])
        at = came[at]
    return line[::-1]


def _chord_places(moment: Moment, lowest: int, highest: int) -> list[int]:
    """The places on the staff, in range and below the melody, whose notes are of the chord; of the
    key where there is no chord."""
    top = min(highest, moment.number(moment.lowest) - 1)
    places = [p for p in range(7, 49) if lowest <= moment.number(p) <= top]
    return [p for p in places if moment.number(p) % 12 in moment.triad] or places


def _of_chord(moment: Moment, number: int, begins: bool) -> float:
    """What a note costs by its place in the chord."""
    tone = number % 12
    if moment.bass >= 0 and begins:
        return 0.0 if tone == moment.bass else _OTHER
    if moment.cadence and moment.triad:
        return 0.0 if tone == moment.triad[0] else _OTHER
    costs = _BEGINS if begins else _GOES_ON
    at = moment.triad.index(tone) if tone in moment.triad else len(costs)
    return costs[at] if at < len(costs) else _OTHER


def _move(before: Moment, after: Moment, start: int, end: int) -> float:
    """What it costs to go from one place to the next."""
    low = before.number(start), after.number(end)
    high = before.number(before.lowest), after.number(after.lowest)
    cost = _MOVES.get(abs(low[1] - low[0]), _FAR)
    both = low[0] != low[1] and high[0] != high[1]
    if both and (high[0] - low[0]) % 12 == (high[1] - low[1]) % 12 and (high[0] - low[0]) % 12 in (
        0, 7,
    ):  # fmt: skip
        cost += _PARALLEL
    return cost
