"""Whether a melody is well formed, rule by rule."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from musicrnn.midi.melody_check import check_melody, check_voices
from musicrnn.score import ChordSymbol, Key, KeyChange, Meter, MeterChange, Note, Part, Score

WALTZ = [MeterChange(Fraction(0), Meter(3, 4))]
IN_D = [KeyChange(Fraction(0), Key("D"))]


def melody(*notes: tuple[int, int, int], length: int = 0, chords: str = "") -> Score:
    """Notes as (onset, pitch, duration) in quarters, a waltz in D."""
    return Score.of(
        (Note(Fraction(onset), pitch, Fraction(duration)) for onset, pitch, duration in notes),
        meters=WALTZ,
        keys=IN_D,
        chords=[ChordSymbol(Fraction(0), text) for text in chords.split()],
        length=Fraction(length),
    )


@pytest.mark.parametrize(
    ("score", "codes"),
    [
        (melody((0, 66, 1), (1, 69, 1), (2, 62, 1)), []),
        (melody((0, 62, 2), length=3), []),  # a rest fills the bar
        (melody((0, 62, 2)), ["bar-incomplete"]),
        (melody((0, 66, 2), (1, 62, 2)), ["overlap"]),
        (melody((0, 14, 3)), ["range"]),
        (melody((0, 64, 3)), ["unresolved"]),
        (melody((0, 64, 3), chords="A7"), []),  # over chords it is their tones that count
        (melody((0, 62, 3), chords="A7"), ["unresolved"]),
        (melody(length=3), ["no-notes"]),
    ],
)
def test_what_is_wrong_is_named(score: Score, codes: list[str]) -> None:
    assert [found.code for found in check_melody(score, strict=True)] == codes


def test_where_it_ends_matters_when_strict_alone() -> None:
    assert check_melody(melody((0, 64, 3))) == []


@pytest.mark.parametrize(
    ("score", "codes"),
    [
        (melody((0, 62, 3), (0, 66, 3), (1, 64, 3), length=6), []),  # voices may overlap
        (melody((0, 62, 2)), ["bar-incomplete"]),
        (melody((0, 14, 3)), ["range"]),
        (replace(melody((0, 14, 3)), parts=(Part(drums=True),)), []),  # drums are no keys
        (melody(length=3), ["no-notes"]),
    ],
)
def test_what_is_wrong_with_several_voices(score: Score, codes: list[str]) -> None:
    assert [found.code for found in check_voices(score, strict=True)] == codes
