"""A shared passage for the eye: the same bars of two tunes, one under the other."""

from __future__ import annotations

import math
from dataclasses import dataclass

from musicrnn.novelty.index import Index, Nearest, Passage
from musicrnn.score import Score
from musicrnn.theory.melody import BarLines, line

__all__ = ["SharedBar", "letter", "shared_bars"]

_LETTERS = ("C", "^C", "D", "_E", "E", "F", "^F", "G", "^G", "A", "_B", "B")


@dataclass(frozen=True, slots=True)
class SharedBar:
    """The notes of one bar of a tune that belong to a passage, and those of the known tune.

    Bars are numbered from 1, a pickup is bar 0; `notes` and `known_notes` are ABC letters
    (sharps and flats written out).
    """

    bar: int
    notes: str
    known_bar: int
    known_notes: str


def shared_bars(index: Index, score: Score, known: Nearest, passage: Passage) -> list[SharedBar]:
    """The bars of `passage`, which `score` shares with the tune `known` of `index`."""
    melody = line(score)
    numbers = BarLines(score).numbers(melody)
    theirs, their_bars = index.pitches(known.tune), index.bars(known.tune)
    rows: dict[int, list[int]] = {}
    for i in range(passage.notes):
        bar = math.floor(float(numbers[passage.start + i]) + 1e-6)
        rows.setdefault(bar, []).append(i)
    return [
        SharedBar(
            bar + 1,
            " ".join(letter(int(melody.pitches[passage.start + i])) for i in notes),
            their_bars[passage.known_start + notes[0]] + 1,
            " ".join(letter(theirs[passage.known_start + i]) for i in notes),
        )
        for bar, notes in rows.items()
    ]


def letter(pitch: int) -> str:
    """A MIDI pitch as an ABC note without a key: 60 is ``C``, 73 ``^c``, 86 ``d'``."""
    octave = pitch // 12 - 5
    name = _LETTERS[pitch % 12]
    if octave <= 0:
        return name + "," * -octave
    return name.lower() + "'" * (octave - 1)
