"""Chord symbols as a player at the piano or guitar sounds them: bass on strong beats, chord on
weak ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

from musicrnn.score import ChordSymbol, Meter, Note

__all__ = ["accompany", "chord_pitches"]

_SYMBOL: Final = re.compile(
    r"\(?(?P<root>[A-G][#b♯♭]?)"
    r"(?P<quality>(?:maj|min|[mM]|dim|aug|sus|add|no|alt|[o°ø+-]|[#b♯♭]?\d{1,2}|\(|\))*)(?:/(?P<bass>[A-Ga-g][#b♯♭]?))?\)?"
)
_STEPS: Final = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SHIFTS: Final = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1}

#: quality → semitones above the root; a quality not listed sounds as its longest beginning here
_QUALITIES: Final[dict[str, tuple[int, ...]]] = {
    "": (0, 4, 7), "maj": (0, 4, 7), "M": (0, 4, 7), "m": (0, 3, 7), "min": (0, 3, 7),
    "-": (0, 3, 7), "dim": (0, 3, 6), "o": (0, 3, 6), "°": (0, 3, 6), "+": (0, 4, 8),
    "aug": (0, 4, 8), "sus": (0, 5, 7), "sus4": (0, 5, 7), "sus2": (0, 2, 7), "5": (0, 7),
    "6": (0, 4, 7, 9), "m6": (0, 3, 7, 9), "7": (0, 4, 7, 10), "maj7": (0, 4, 7, 11),
    "M7": (0, 4, 7, 11), "m7": (0, 3, 7, 10), "min7": (0, 3, 7, 10), "-7": (0, 3, 7, 10),
    "m7b5": (0, 3, 6, 10), "dim7": (0, 3, 6, 9), "o7": (0, 3, 6, 9), "7sus4": (0, 5, 7, 10),
    "9": (0, 4, 7, 10, 14), "m9": (0, 3, 7, 10, 14), "maj9": (0, 4, 7, 11, 14),
    "add9": (0, 4, 7, 14), "11": (0, 4, 7, 10, 14, 17), "13": (0, 4, 7, 10, 14, 21),
}  # fmt: skip

#: beats in a bar → (onset in beats, what sounds) with b for bass and c for chord
_PATTERNS: Final[dict[int, tuple[str, ...]]] = {
    1: ("b",), 2: ("b", "c"), 3: ("b", "c", "c"), 4: ("b", "c", "b", "c"),
}  # fmt: skip
_BASS: Final = 36  # the octave C2…B2
_CHORD: Final = 48  # the octave C3…B3
_VELOCITY: Final = 56


def chord_pitches(text: str) -> tuple[int, tuple[int, ...]] | None:
    """Bass and chord tones (MIDI numbers) of a chord symbol, None for what is not one
    (``N.C.``, a fingering)."""
    match = _SYMBOL.fullmatch(text.strip())
    if not match:
        return None
    quality = match["quality"]
    while quality not in _QUALITIES:
        quality = quality[:-1]
    root = _pitch_class(match["root"])
    bass = _pitch_class(match["bass"]) if match["bass"] else root
    tones = sorted({_CHORD + (root + interval) % 12 for interval in _QUALITIES[quality]})
    return _BASS + bass, tuple(tones)


def accompany(
    chords: Sequence[ChordSymbol], meter: Meter | None, pickup: Fraction, end: Fraction, part: int
) -> Iterator[Note]:
    """The notes of an accompaniment until `end`, in beats of `meter` counted from `pickup`.

    Each chord sounds until the next. Compound beats keep their last third for the chord.
    """
    meter = meter or Meter(4, 4)
    beat = meter.beat
    beats = max(1, int(meter.length / beat))
    pattern = _PATTERNS.get(beats) or ("b",) + ("c",) * (beats - 1)
    for place, symbol in enumerate(chords):
        stop = chords[place + 1].onset if place + 1 < len(chords) else end
        sounding = chord_pitches(symbol.text)
        if sounding is None:
            continue
        bass, tones = sounding
        index = (symbol.onset - pickup) // beat
        onset = symbol.onset
        first = True
        while onset < stop:
            following = pickup + (index + 1) * beat
            length = min(following, stop) - onset
            if first or pattern[index % beats] == "b":
                yield Note(onset, bass, length, _VELOCITY, part)
            if not first and pattern[index % beats] == "c":
                for tone in tones:
                    yield Note(onset, tone, length, _VELOCITY, part)
            elif beats <= 2 and meter.compound and length == beat:
                for tone in tones:
                    yield Note(onset + 2 * beat / 3, tone, beat / 3, _VELOCITY, part)
            elif first:
                for tone in tones:
                    yield Note(onset, tone, length, _VELOCITY, part)
            onset, index, first = following, index + 1, False


def _pitch_class(name: str) -> int:
    return (_STEPS[name[0].upper()] + _SHIFTS[name[1:]]) % 12
