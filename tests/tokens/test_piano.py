"""88 keys, hold and rest: there and back."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicrnn import tokens
from musicrnn.errors import UsageError, VocabularyError
from musicrnn.piece import Piece
from musicrnn.score import Key, KeyChange, Note, Score
from musicrnn.tokens.piano import PianoTokenizer


@st.composite
def lines(draw: st.DrawFn, steps: int = 4) -> Score:
    """A monophonic line on the grid: notes and rests of whole steps."""
    notes, at = [], 0
    for _ in range(draw(st.integers(1, 20))):
        at += draw(st.integers(0, 5))
        length = draw(st.integers(1, 9))
        pitch = draw(st.integers(21, 108))
        notes.append(Note(Fraction(at, steps), pitch, Fraction(length, steps)))
        at += length
    return Score.of(notes, length=Fraction(at + draw(st.integers(0, 5)), steps))


def test_ninety_values() -> None:
    vocabulary = PianoTokenizer().vocabulary
    assert len(vocabulary) == 90
    assert vocabulary.tokens[0] == "rest"
    assert vocabulary.tokens[1] == "021"
    assert vocabulary.tokens[-2:] == ("108", "hold")


def test_the_example_of_the_docstring() -> None:
    score = Score.of(
        [
            Note(Fraction(0), 60, Fraction(1)),
            Note(Fraction(3, 2), 64, Fraction(1, 2)),
        ]
    )
    tokenizer = PianoTokenizer()
    spelled = tokenizer.vocabulary.decode(tokenizer.encode(Piece("midi", score)))
    assert spelled == ["060", "hold", "hold", "hold", "rest", "rest", "064", "hold"]


@given(lines())
def test_a_line_on_the_grid_comes_back(score: Score) -> None:
    tokenizer = PianoTokenizer()
    decoded = tokenizer.decode(tokenizer.encode(Piece("midi", score))).content
    assert isinstance(decoded, Score)
    assert decoded.notes == score.notes
    assert decoded.length == score.length


@given(st.lists(st.integers(0, 89)))
def test_every_sequence_is_music_and_stays_so(ids: list[int]) -> None:
    tokenizer = PianoTokenizer(steps=12)
    piece = tokenizer.decode(ids)
    assert isinstance(piece.content, Score)
    assert piece.content.length == Fraction(len(ids), 12)
    if piece.content.notes:
        again = tokenizer.encode(piece)
        assert tokenizer.decode(again).content == piece.content
        assert len(again) == len(ids)


def test_the_key_is_made_normal() -> None:
    score = Score.of(
        (Note(Fraction(i), pitch, Fraction(1)) for i, pitch in enumerate([74, 78, 81])),
        keys=[KeyChange(Fraction(0), Key("D"))],
    )
    ids = PianoTokenizer(steps=1, normal_key=True).encode(Piece("midi", score))
    assert [i - 1 + 21 for i in ids] == [72, 76, 79]


def test_full_bars_put_a_pickup_before_the_bar_line() -> None:
    score = Score.of(
        [Note(Fraction(0), 67, Fraction(1)), Note(Fraction(1), 72, Fraction(3))],
        pickup=Fraction(1),
    )
    ids = PianoTokenizer(steps=1, full_bars=True).encode(Piece("midi", score))
    assert ids == [0, 0, 0, 67 - 20, 72 - 20, 89, 89, 0]


def test_what_it_refuses() -> None:
    tokenizer = PianoTokenizer()
    with pytest.raises(VocabularyError, match="pitch 120 is on no piano"):
        tokenizer.encode(Piece("midi", Score.of([Note(Fraction(0), 120, Fraction(1))])))
    with pytest.raises(UsageError, match="use MIDI"):
        tokenizer.encode(Piece("abc", "X:1\nK:C\nC|]\n"))
    with pytest.raises(UsageError, match="no note"):
        tokenizer.encode(Piece("midi", Score()))
    with pytest.raises(VocabularyError):
        tokenizer.decode([90])
    with pytest.raises(UsageError, match="do not fill a bar of 3/8"):
        PianoTokenizer(steps=1, meter="3/8")
    with pytest.raises(UsageError, match="write it as"):
        PianoTokenizer(meter="waltz")


def test_it_is_known_by_name_and_comes_back_from_its_configuration() -> None:
    tokenizer = tokens.learn("piano", [], steps=12, meter="6/8")
    again = tokens.from_config(tokenizer.to_config(), tokenizer.vocabulary)
    assert again.to_config() == tokenizer.to_config()
    assert isinstance(again, tokens.Tokenizer)
