"""How loud a note is by its place in the bar: accents given and taken away.

The figures are those of abc2midi and abcjs, which agree on them: at mezzo-forte (80) the first beat
of a bar is struck with 105, a strong beat with 95, the others with 80 to 85.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import groupby, pairwise
from typing import Final

from musicrnn.score import Meter, MeterChange, Note, Score

__all__ = ["accented", "strength", "unaccented"]

#: mezzo-forte, and how much louder a first beat is than it
_LEVEL: Final = 80
_ROOM: Final = 25
_LOUDEST: Final = 127
#: shares of that room: a strong beat, another beat
_STRONG, _BEAT = Fraction(3, 5), Fraction(1, 5)
#: velocities nearer than this are one loudness
_SAME: Final = 8
_EIGHTH: Final = Fraction(1, 2)
#: accents are taken away where that leaves at most this share of the changes of loudness
_CALMER: Final = 0.5


def strength(place: Fraction, meter: Meter | None) -> Fraction:
    """How much of an accent a place in the bar (quarter notes from its start) has: 1 for the first
    beat, 0 between beats. Without a metre there are none."""
    if meter is None:
        return Fraction(0)
    place %= meter.length
    if not place:
        return Fraction(1)
    if place % meter.beat:
        return Fraction(0)
    halved = meter.numerator % 2 == 0 and place * 2 == meter.length
    return _STRONG if meter.compound or halved else _BEAT


def accented(level: int, share: Fraction) -> int:
    """The velocity of a note at a loudness (a velocity) with a share of the accent; soft music has
    softer accents, and the loudest has no room for any."""
    if level <= _LEVEL:
        room = Fraction(level * _ROOM, _LEVEL)
    else:
        room = Fraction((_LOUDEST - level) * _ROOM, _LOUDEST - _LEVEL)
    return max(1, min(_LOUDEST, round(level + room * share)))


def _level(velocity: int, share: Fraction) -> int:
    """The loudness at which a note with this share of the accent has a velocity."""
    accent = share * Fraction(_ROOM, _LEVEL)
    level = velocity / (1 + accent)
    if level > _LEVEL:
        lessening = share * Fraction(_ROOM, _LOUDEST - _LEVEL)
        level = (velocity - _LOUDEST * lessening) / (1 - lessening) if lessening < 1 else level
    return max(1, min(_LOUDEST, round(level)))


def unaccented(score: Score) -> Score:
    """The score with the accents of its metre taken out of the velocities, where they are what
    most changes of loudness in it are; otherwise as it is.

    The accents also tell how long a pickup is that the score (read from MIDI) says nothing of.
    """
    before = _changes(score.notes)
    meter = score.meter
    if not before or meter is None:
        return score
    pickups = [score.pickup]
    if not score.pickup:
        pickups += [_EIGHTH * count for count in range(1, int(meter.length / _EIGHTH))]
    levels = min((_levels(score, pickup) for pickup in pickups), key=_changes)
    return score.with_notes(levels) if _changes(levels) <= before * _CALMER else score


def _levels(score: Score, pickup: Fraction) -> list[Note]:
    """The notes without the accents of their places."""
    changes = [*score.meters] or [MeterChange(Fraction(0), None)]
    levels, at = [], 0
    for note in score.notes:
        while at + 1 < len(changes) and changes[at + 1].onset <= note.onset:
            at += 1
        start = changes[at].onset + (0 if changes[at].onset else pickup)
        share = strength(note.onset - start, changes[at].meter)
        levels.append(replace(note, velocity=_level(note.velocity, share)))
    return levels


def _changes(notes: Sequence[Note]) -> int:
    """How often the loudness changes from one note to the next of the same part."""
    ordered = sorted(notes, key=lambda note: (note.part, note.onset))
    return sum(
        abs(one.velocity - other.velocity) > _SAME
        for _, part in groupby(ordered, key=lambda note: note.part)
        for one, other in pairwise(part)
    )
