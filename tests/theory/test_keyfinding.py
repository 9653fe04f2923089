"""Which key music is in that does not say."""

from fractions import Fraction

import pytest

from musicrnn.score import ChordSymbol, Key, Note, Score
from musicrnn.theory.keyfinding import find_key


def melody(pitches: list[int]) -> list[Note]:
    return [Note(Fraction(at), pitch, Fraction(1)) for at, pitch in enumerate(pitches)]


@pytest.mark.parametrize("tonic", range(12))
def test_a_scale_that_comes_home(tonic: int) -> None:
    steps = [0, 2, 4, 5, 7, 9, 11, 12, 7, 4, 0]
    key = find_key(Score.of(melody([60 + tonic + step for step in steps])))
    assert (key.pitch_class, key.mode) == (tonic, "major")


def test_no_notes_are_in_c() -> None:
    assert find_key(Score.of([])) == Key("C")


def test_chord_symbols_decide_over_a_melody_that_wanders() -> None:
    wandering = melody([69, 69, 67, 69, 67, 66, 63, 62, 60, 60, 60, 60, 67, 66, 67, 67])
    chords = [ChordSymbol(Fraction(4 * bar), text) for bar, text in enumerate(
        ("Dm7", "G7", "Cmaj7", "Cmaj7"))]  # fmt: skip
    assert find_key(Score.of(wandering)) != Key("C")
    assert find_key(Score.of(wandering, chords=chords)) == Key("C")


def test_a_symbol_that_is_none_says_nothing() -> None:
    notes = melody([62, 66, 69, 62])
    assert find_key(Score.of(notes, chords=[ChordSymbol(Fraction(0), "N.C.")])) == Key("D")
