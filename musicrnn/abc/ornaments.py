"""What a player makes of a roll, a trill, a mordent, a turn, a slide: the notes of each.

Rolls are those of Irish players: a long one on three eighths is the note, a cut (a touch of the
note above), the note, a tap (of the note below), the note; a short one on two eighths begins with
its cut; on an eighth there is time for the cut alone. Trills start on their note.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Final, TypeAlias

from musicrnn.score import Key

__all__ = ["FINEST", "ORNAMENTS", "figure"]

#: every ornament begins its notes on a multiple of this part of a quarter note, as MIDI files do
FINEST: Final = 480
#: seconds of a touch, and of one note of a trill
_TOUCH, _TRILL = Fraction(11, 200), Fraction(9, 100)
#: from this many quarter notes on a roll is a long one, and it is over after so many
_LONG_ROLL, _WHOLE_ROLL = Fraction(5, 4), Fraction(3, 2)
_SHORT_ROLL: Final = Fraction(1, 2)
_MOST_TRILLS: Final = 65
#: keeps to the note: 0; the notes above and below: 1, −1
_Step: TypeAlias = tuple[Fraction, int]
_Shape: TypeAlias = Callable[[Fraction, Fraction, Fraction], Iterable[_Step]]


def _roll(length: Fraction, touch: Fraction, _: Fraction) -> list[_Step]:
    if length >= _LONG_ROLL:
        third = min(length, _WHOLE_ROLL) / 3
        return [(Fraction(0), 0), (third, 1), (third + touch, 0),
                (2 * third, -1), (2 * third + touch, 0)]  # fmt: skip
    if length > _SHORT_ROLL:
        half = length / 2
        return [(Fraction(0), 1), (touch, 0), (half, -1), (half + touch, 0)]
    return [(Fraction(0), 1), (touch, 0)]


def _trill(length: Fraction, _: Fraction, speed: Fraction) -> list[_Step]:
    count = min(max(round(length / speed), 3) | 1, _MOST_TRILLS)  # odd: it ends where it began
    return [(length * place / count, place % 2) for place in range(count)]


def _mordent(step: int) -> _Shape:
    return lambda _, touch, __: [(Fraction(0), 0), (touch, step), (2 * touch, 0)]


def _turn(first: int) -> _Shape:
    def shape(length: Fraction, _: Fraction, __: Fraction) -> list[_Step]:
        quarter = min(length, Fraction(1)) / 4
        start = length - 4 * quarter
        before = [(Fraction(0), 0)] if start else []
        steps = (first, 0, -first, 0)
        return [*before, *((start + quarter * place, step) for place, step in enumerate(steps))]

    return shape


def _slide(_: Fraction, touch: Fraction, __: Fraction) -> list[_Step]:
    return [(Fraction(0), -1), (touch, 0)]


#: decoration → its notes from (length in quarters, length of a touch, length of a trill's note)
ORNAMENTS: Final[dict[str, _Shape]] = {
    "roll": _roll, "trill": _trill, "uppermordent": _mordent(1), "pralltriller": _mordent(1),
    "lowermordent": _mordent(-1), "mordent": _mordent(-1), "turn": _turn(1), "turnx": _turn(1),
    "invertedturn": _turn(-1), "invertedturnx": _turn(-1), "slide": _slide,
}  # fmt: skip


def figure(
    name: str, pitch: int, length: Fraction, key: Key | None, qpm: Fraction
) -> list[tuple[Fraction, int]]:
    """The notes of an ornament on `pitch`, a MIDI number, that lasts `length` quarter notes: when
    each begins, from the start of the note, and its MIDI number. Each lasts until the next.

    The notes above and below are those of `key`; a touch takes the same time at any tempo `qpm`
    (quarters a minute), but never over a fifth of the note.
    """
    a_second = qpm / 60
    touch = _on_a_tick(min(_TOUCH * a_second, length / 5))
    steps = ORNAMENTS[name](length, touch, max(_TRILL * a_second, Fraction(1, 12)))
    return [(_on_a_tick(onset), _neighbour(pitch, step, key)) for onset, step in steps]


def _on_a_tick(time: Fraction) -> Fraction:
    return Fraction(round(time * FINEST), FINEST)


def _neighbour(pitch: int, step: int, key: Key | None) -> int:
    """The next note of the key above (1) or below (−1); a whole tone without a key."""
    if not step:
        return pitch
    scale = key.pitch_classes if key else {(pitch + 2 * step) % 12}
    for distance in (1, 2, 3):
        if (pitch + step * distance) % 12 in scale:
            return max(0, min(127, pitch + step * distance))
    return pitch
