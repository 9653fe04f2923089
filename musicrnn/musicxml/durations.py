"""Lengths in quarter notes as notes are written: a type, dots, and the ratio of a tuplet."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

__all__ = ["TYPES", "Written", "beams_of", "spelled", "tied_pieces"]

#: name of a note's type → its length in quarter notes
TYPES: Final[dict[str, Fraction]] = {
    "maxima": Fraction(32),
    "long": Fraction(16),
    "breve": Fraction(8),
    "whole": Fraction(4),
    "half": Fraction(2),
    "quarter": Fraction(1),
    "eighth": Fraction(1, 2),
    "16th": Fraction(1, 4),
    "32nd": Fraction(1, 8),
    "64th": Fraction(1, 16),
    "128th": Fraction(1, 32),
    "256th": Fraction(1, 64),
    "512th": Fraction(1, 128),
    "1024th": Fraction(1, 256),
}
_DOTS: Final = {dots: Fraction(2) - Fraction(1, 1 << dots) for dots in range(4)}
#: length in quarter notes → type and dots, as one note can have it
_SINGLE: Final = {
    length * factor: (name, dots)
    for name, length in TYPES.items()
    for dots, factor in _DOTS.items()
}
_FLAGS: Final = {"eighth": 1, "16th": 2, "32nd": 3, "64th": 4, "128th": 5, "256th": 6,
                 "512th": 7, "1024th": 8}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Written:
    """One note as it is drawn: `length` is how long it sounds, in quarter notes; `type` is ``""``
    where no note is that short. Of `actual` such notes, `normal` have room in the time."""

    length: Fraction
    type: str
    dots: int = 0
    actual: int = 1
    normal: int = 1


def beams_of(name: str) -> int:
    """How many beams a note of that type has."""
    return _FLAGS.get(name, 0)


def spelled(length: Fraction) -> tuple[str, int] | None:
    """Type and dots of a length, None where it takes more than one note."""
    return _SINGLE.get(length)


def tied_pieces(length: Fraction, ratio: tuple[int, int] = (1, 1)) -> list[Written]:
    """The notes, tied to one another, that a length is written as.

    `ratio` is that of the tuplet around it. A length that no dotted note makes (a third of a
    beat outside of any tuplet) is given the ratio of a tuplet of its own.
    """
    actual, normal = ratio
    drawn = length * actual / normal
    odd = drawn.denominator
    while odd % 2 == 0:
        odd //= 2
    if odd > 1:
        fitting = 1 << (odd.bit_length() - 1)
        actual, normal = actual * odd, normal * fitting
        drawn = drawn * odd / fitting
    pieces = []
    while drawn > 0:
        piece = _largest(drawn)
        name, dots = _SINGLE.get(piece, ("", 0))
        pieces.append(Written(piece * normal / actual, name, dots, actual, normal))
        drawn -= piece
    return pieces


def _largest(drawn: Fraction) -> Fraction:
    """The longest note that does not exceed a length; the length itself where it is one note."""
    if drawn in _SINGLE or drawn < TYPES["1024th"]:
        return drawn
    best = max(length for length in TYPES.values() if length <= drawn)
    dotted = best * Fraction(3, 2)
    return dotted if dotted <= drawn else best
