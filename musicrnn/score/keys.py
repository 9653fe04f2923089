"""Keys on the line of fifths, and chord symbols moved along with them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from numbers import Integral
from typing import Final

from musicrnn.errors import UsageError, choices, want

__all__ = ["Key", "fifths_between", "moved_chord"]

#: the letters on the line of fifths, and their places on it
_LETTERS: Final = "FCGDAEB"
_FIFTHS = {"C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5, "F": -1}
_MODE_FIFTHS = {
    "major": 0, "ionian": 0, "mixolydian": -1, "dorian": -2, "minor": -3, "aeolian": -3,
    "phrygian": -4, "locrian": -5, "lydian": 1,
}  # fmt: skip
_TONICS: Final = frozenset(letter + sign for letter in _FIFTHS for sign in ("", "#", "b"))
#: signatures from five flats to six sharps: each pitch class of a tonic once
_FEWEST: Final = range(-5, 7)
#: root and bass of a chord symbol
_ROOT: Final = re.compile(r"(^|/)([A-G])([#b♯♭]?)(?![a-z]*\.)")
_ALTERED: Final = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1}


def fifths_between(signature: int, semitones: int) -> int:
    """By how much a key with `signature` sharps moves on the line of fifths when it is transposed
    by `semitones`: to the signature with the fewest sharps or flats."""
    want(semitones, Integral, "a key moves by a whole number of semitones")
    if not semitones % 12:
        return 0
    wanted = signature + 7 * semitones
    return next(fifths for fifths in _FEWEST if (fifths - wanted) % 12 == 0) - signature


def _letter(place: int) -> str:
    """The name at a place of the line of fifths, on which F is −1 and C is 0."""
    turns, letter = divmod(place + 1, 7)
    return _LETTERS[letter] + ("#" * turns or "b" * -turns)


@dataclass(frozen=True, slots=True)
class Key:
    """A key: `tonic` as a letter with at most one ``#`` or ``b`` (``"F#"``), `mode` spelled out
    (``"major"``, ``"minor"``, ``"dorian"``, …). Raises `UsageError` for what is no key."""

    tonic: str
    mode: str = "major"

    def __post_init__(self) -> None:
        want(self.tonic, str, "a tonic is text such as 'F#'")
        want(self.mode, str, "a mode is text such as 'dorian'")
        if self.tonic not in _TONICS:
            raise UsageError(f"{self.tonic!r} is no tonic; write for example 'F#'")
        if self.mode not in _MODE_FIFTHS:
            raise UsageError(f"{self.mode!r} is no mode; {choices(self.mode, _MODE_FIFTHS)}")

    @property
    def fifths(self) -> int:
        """Sharps (positive) or flats (negative) in the signature, as in MIDI key events."""
        accidental = 7 * (self.tonic.count("#") - self.tonic.count("b"))
        return _FIFTHS[self.tonic[0]] + accidental + _MODE_FIFTHS[self.mode]

    @property
    def minor(self) -> bool:
        """Whether the third is minor, as in dorian and aeolian."""
        return _MODE_FIFTHS[self.mode] < -1

    @property
    def pitch_class(self) -> int:
        """The pitch class of the tonic, 0 (C) … 11 (B)."""
        return (7 * (self.fifths - _MODE_FIFTHS[self.mode])) % 12

    @property
    def pitch_classes(self) -> frozenset[int]:
        """The seven pitch classes of the scale that the signature gives."""
        return frozenset(7 * fifth % 12 for fifth in range(self.fifths - 1, self.fifths + 6))

    def transposed(self, semitones: int) -> Key:
        """The key `semitones` higher, by the name that has the fewest sharps or flats."""
        home = self.fifths - _MODE_FIFTHS[self.mode]
        return Key(_letter(home + fifths_between(self.fifths, semitones)), self.mode)

    @classmethod
    def of_signature(cls, fifths: int, *, minor: bool = False) -> Key:
        """The major or minor key with `fifths` sharps (negative: flats), −7 … 7 as in MIDI.

        Raises `UsageError` for any other number.
        """
        want(fifths, Integral, "a signature has a whole number of sharps")
        if not -7 <= fifths <= 7:
            raise UsageError(f"{fifths} sharps: a signature has −7 to 7")
        mode = "minor" if minor else "major"
        return cls(_letter(fifths - _MODE_FIFTHS[mode]), mode)

    def __str__(self) -> str:
        return f"{self.tonic} {self.mode}"


def moved_chord(text: str, signature: int, semitones: int) -> str:
    """A chord symbol in a key of `signature` sharps, moved; ``N.C.`` and the like stay."""
    step = fifths_between(signature, semitones)

    def moved(root: re.Match[str]) -> str:
        return root[1] + _letter(_FIFTHS[root[2]] + 7 * _ALTERED[root[3]] + step)

    return _ROOT.sub(moved, text)
