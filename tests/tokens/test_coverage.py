"""What share of a file's notes a tokenizer takes up."""

from __future__ import annotations

from fractions import Fraction

import pytest

from musicrnn import tokens
from musicrnn.piece import Piece
from musicrnn.score import Note, Part, Score
from musicrnn.tokens.coverage import share_of_notes


def _duet() -> Piece:
    """Eight quarters in each of two parts, and a chord of two notes at the end of the lower."""
    notes = [
        Note(Fraction(at), pitch + at % 3, Fraction(1), part=part)
        for part, pitch in enumerate((72, 48))
        for at in range(8)
    ]
    notes += [Note(Fraction(8), pitch, Fraction(1), part=1) for pitch in (48, 55)]
    return Piece("midi", Score.of(notes, parts=[Part("flute", 73), Part("cello", 42)]))


def test_of_two_parts_a_melody_is_less_than_half() -> None:
    assert share_of_notes(tokens.learn("piano", (), meter="4/4"), [_duet()]) == pytest.approx(
        8 / 18
    )


@pytest.mark.needs("miditok")
@pytest.mark.parametrize("name", ["remi", "performance"])
def test_tokens_of_many_parts_take_them_all(name: str) -> None:
    assert share_of_notes(tokens.learn(name, (), meter="4/4"), [_duet()]) == 1


def test_where_there_are_no_notes_there_is_no_share() -> None:
    assert share_of_notes(tokens.learn("piano", (), meter="4/4"), [Piece("text", "words")]) is None
