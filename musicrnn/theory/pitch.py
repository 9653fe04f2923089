"""Pitch: the letters, how far apart they are, and the name of a note.

MIDI numbers count semitones, 60 being middle C (C4 in scientific pitch notation).
"""

from __future__ import annotations

import re

from musicrnn.errors import UsageError

__all__ = ["LETTERS", "MAJOR", "NAMES", "SEMITONES", "note_name", "parse_note"]

#: The letters of an octave, and each one's distance from C in semitones.
LETTERS = "CDEFGAB"
MAJOR = (0, 2, 4, 5, 7, 9, 11)
SEMITONES: dict[str, int] = dict(zip(LETTERS, MAJOR, strict=True))
#: The usual name of each pitch class.
NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")

_NOTE = re.compile(r"([A-Ga-g])([#b]?)(-?\d)")
_ACCIDENTALS = {"#": 1, "b": -1, "": 0}


def parse_note(value: str | int) -> int:
    """``D4``, ``F#5``, ``Bb3`` or a MIDI number → MIDI number. Raises `UsageError`."""
    text = str(value).strip()
    if text.isdecimal() and int(text) <= 127:
        return int(text)
    match = _NOTE.fullmatch(text)
    if not match:
        raise UsageError(f"{value!r} is not a note; write for example D4, F#5 or 62")
    letter, accidental, octave = match.groups()
    return 12 * (int(octave) + 1) + SEMITONES[letter.upper()] + _ACCIDENTALS[accidental]


def note_name(pitch: int) -> str:
    """The usual name of a MIDI number: 61 is ``C#4``."""
    return f"{NAMES[pitch % 12]}{pitch // 12 - 1}"
