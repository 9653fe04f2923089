"""Exact time: what the exchange type promises."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from musicrnn.errors import UsageError
from musicrnn.score import ChordSymbol, Key, KeyChange, Meter, Note, Part, Score, TempoChange


@pytest.mark.parametrize(
    ("key", "fifths", "pitch_class"),
    [
        (Key("C"), 0, 0),
        (Key("D"), 2, 2),
        (Key("Bb"), -2, 10),
        (Key("F#"), 6, 6),
        (Key("A", "minor"), 0, 9),
        (Key("E", "dorian"), 2, 4),
        (Key("A", "mixolydian"), 2, 9),
        (Key("C", "phrygian"), -4, 0),
        (Key("F", "lydian"), 0, 5),
        (Key("B", "locrian"), 0, 11),
    ],
)
def test_keys(key: Key, fifths: int, pitch_class: int) -> None:
    assert (key.fifths, key.pitch_class) == (fifths, pitch_class)


@pytest.mark.parametrize("minor", [False, True])
@pytest.mark.parametrize("fifths", range(-7, 8))
def test_keys_of_signatures(fifths: int, minor: bool) -> None:
    key = Key.of_signature(fifths, minor=minor)
    assert (key.fifths, key.mode) == (fifths, "minor" if minor else "major")
    assert key.pitch_class in key.pitch_classes
    assert len(key.pitch_classes) == 7


def test_the_names_of_keys() -> None:
    keys = [Key.of_signature(fifths).tonic for fifths in (-7, -6, -2, 0, 1, 5, 6, 7)]
    assert keys == ["Cb", "Gb", "Bb", "C", "G", "B", "F#", "C#"]
    assert Key.of_signature(7, minor=True).tonic == "A#"
    assert Key.of_signature(-7, minor=True).tonic == "Ab"
    assert Key("E", "dorian").pitch_classes == {4, 6, 7, 9, 11, 1, 2}


@pytest.mark.parametrize(
    ("meter", "length", "beat"),
    [
        (Meter(4, 4), 4, 1),
        (Meter(6, 8), 3, Fraction(3, 2)),
        (Meter(3, 8), Fraction(3, 2), Fraction(1, 2)),
        (Meter(2, 2), 4, 2),
        (Meter(12, 8), 6, Fraction(3, 2)),
        (Meter(7, 8), Fraction(7, 2), Fraction(1, 2)),
    ],
)
def test_meters(meter: Meter, length: Fraction, beat: Fraction) -> None:
    assert (meter.length, meter.beat) == (length, beat)


def test_score_sorts_its_notes_and_ends_with_the_last() -> None:
    late = Note(Fraction(1), 60, Fraction(1, 3))
    early = Note(Fraction(0), 72, Fraction(1))
    score = Score.of([late, early])
    assert score.notes == (early, late)
    assert score.length == Fraction(4, 3)


def test_seconds_follow_every_tempo() -> None:
    score = Score.of(
        [],
        tempos=[TempoChange(Fraction(0), Fraction(60)), TempoChange(Fraction(2), Fraction(120))],
    )
    assert [score.seconds(Fraction(beat)) for beat in (0, 1, 2, 3, 4)] == [0, 1, 2, 2.5, 3]


def test_transposing_leaves_time_alone() -> None:
    score = Score.of([Note(Fraction(0), 60, Fraction(1))], length=Fraction(4))
    moved = score.transposed(7)
    assert [note.pitch for note in moved] == [67]
    assert moved.length == 4


def test_transposing_moves_keys_and_chord_symbols() -> None:
    zero = Fraction(0)
    score = Score.of(
        [Note(zero, 62, Fraction(1))],
        keys=[KeyChange(zero, Key("D")), KeyChange(Fraction(4), Key("E", "dorian"))],
        chords=[
            ChordSymbol(zero, "F#m7/C#"),
            ChordSymbol(Fraction(2), "N.C."),
            ChordSymbol(Fraction(4), "Bb"),
        ],
    )
    moved = score.transposed(3)
    assert [str(change.key) for change in moved.keys] == ["F major", "G dorian"]
    assert [chord.text for chord in moved.chords] == ["Am7/E", "N.C.", "Db"]
    assert moved.transposed(-3) == score


def test_a_drum_part_stays_when_a_score_is_transposed() -> None:
    drum = Note(Fraction(0), 38, Fraction(1))
    assert Score.of([drum], parts=[Part(drums=True)]).transposed(5).notes == (drum,)


@pytest.mark.parametrize("semitones", [100, -100, 1.5, "up"])
def test_a_score_is_not_moved_out_of_range(semitones: Any) -> None:
    score = Score.of([Note(Fraction(0), 60, Fraction(1))])
    with pytest.raises(UsageError, match="semitones"):
        score.transposed(semitones)


NOTE = Note(Fraction(0), 60, Fraction(1))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: Score.of([NOTE]).transposed("x"), "whole number of semitones, not 'x'"),
        (lambda: Score.of([NOTE]).transposed(0.5), "whole number of semitones, not 0.5"),
        (lambda: Score.of([NOTE]).transposed(90), "moved by 90 semitones"),
        (lambda: Score.of([60]), "made of notes .musicrnn.Note., not 60"),
        (lambda: Score.of(None), "made of notes .musicrnn.Note., not None"),
        (lambda: Score.of([NOTE]).with_notes("C"), "made of notes .musicrnn.Note., not 'C'"),
        (lambda: Score.of([NOTE]).seconds("x"), "number of quarter notes, not 'x'"),
        (lambda: Key("H"), "'H' is no tonic"),
        (lambda: Key("C", "dorien"), "'dorien' is no mode; did you mean dorian"),
        (lambda: Key(3), "text such as 'F#', not 3"),
        (lambda: Key("C").transposed("x"), "whole number of semitones, not 'x'"),
        (lambda: Key.of_signature(8), "8 sharps"),
        (lambda: Key.of_signature("x"), "whole number of sharps, not 'x'"),
        (lambda: Meter("6", 8), "two whole numbers, not '6'"),
        (lambda: Meter(4, 0), "4/0 is no metre"),
    ],
)
def test_a_wrong_argument_is_named(call: Callable[[], object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        call()
