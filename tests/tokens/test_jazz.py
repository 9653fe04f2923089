"""Melodies as values over chords, and back over any chords."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicrnn import tokens
from musicrnn.errors import UsageError, VocabularyError
from musicrnn.midi.harmony import Harmony, infer
from musicrnn.piece import Piece
from musicrnn.score import ChordSymbol, Meter, MeterChange, Note, Score
from musicrnn.theory.chords import parse_chord
from musicrnn.tokens.jazz import JazzTokenizer
from musicrnn.tokens.jazz_grammar import WINDOWS, Value, kind_of, pick, window_of
from musicrnn.tokens.vocabulary import END, Vocabulary


def tune(*notes: tuple[float, int, float], chords: str = "Dm7 G7 Cmaj7 Cmaj7") -> Score:
    """Notes as (onset, pitch, duration) over a progression, four quarters a chord."""
    return Score.of(
        (Note(Fraction(onset), pitch, Fraction(length)) for onset, pitch, length in notes),
        meters=[MeterChange(Fraction(0), Meter(4, 4))],
        chords=[ChordSymbol(Fraction(4 * i), text) for i, text in enumerate(chords.split())],
    )


LINE = tune((0, 62, 1), (1, 64, 0.5), (1.5, 65, 2), (4, 67, 0.5), (5, 68, 0.5), (7, 71, 3))


def spelled(score: Score) -> list[str]:
    tokenizer = JazzTokenizer.learn([Piece("midi", score)])
    return tokenizer.vocabulary.decode(tokenizer.encode(Piece("midi", score)))


def test_types_durations_and_windows() -> None:
    assert spelled(LINE) == [
        "C,1",  # D over Dm7
        "S,1/2,<2,1>",  # E
        "C,2,<2,1>",  # F
        "R,1/2",
        "C,1/2,<2,1>",  # G over G7
        "R,1/2",
        "A,1/2,<2,1>",  # G sharp: beside the root
        "R,3/2",
        "C,1,<4,3>",  # B …
        "T,2",  # … which goes on over the bar line
        "R,2",
    ]


def test_every_bar_is_filled() -> None:
    tokenizer = JazzTokenizer.learn([Piece("midi", LINE)])
    at = Fraction(0)
    for i in tokenizer.encode(Piece("midi", LINE)):
        value = tokenizer.values[i]
        assert value is not None
        assert at // 4 == (at + value.duration - Fraction(1, 12)) // 4, "crosses a bar line"
        at += value.duration
    assert at % 4 == 0


def test_the_rhythm_comes_back_over_any_chords() -> None:
    tokenizer = JazzTokenizer.learn([Piece("midi", LINE)])
    ids = tokenizer.encode(Piece("midi", LINE))
    piece = tokenizer.decode(ids, chords="Bbm7 Eb7", rng=np.random.default_rng(3))
    assert isinstance(piece.content, Score)
    assert [(n.onset, n.duration) for n in piece.content] == [(n.onset, n.duration) for n in LINE]
    assert [c.text for c in piece.content.chords] == ["Bbm7", "Eb7", "Bbm7"]
    harmony = Harmony.of(piece.content)
    kinds = [kind_of(note.pitch, harmony.at(note.onset)) for note in piece.content]
    assert kinds == ["C", "S", "C", "C", "A", "C"]


_NOTES = st.lists(
    st.tuples(
        st.sampled_from("CSA"),
        st.sampled_from([1, 2, 3, 6, 12]),
        st.sampled_from([w for w in WINDOWS if abs(w[0]) <= 12]),
    ),
    min_size=1,
    max_size=30,
)


@given(_NOTES, st.integers(0, 2**32), st.sampled_from(["C", "Dm7 G7", "F#m7b5 | B7 E7"]))
def test_what_is_decoded_is_read_as_the_same_values(
    notes: list[tuple[str, int, tuple[int, int]]], seed: int, chords: str
) -> None:
    """Unless the interval had to yield, which is where the chord has no such note in reach."""
    values = [Value(kind, Fraction(1), window) for kind, _, window in notes]
    values[0] = Value(values[0].kind, Fraction(1))
    names = [str(value) for value in values]
    tokenizer = JazzTokenizer(Vocabulary(names, specials=(END,)), lowest=36, highest=96)
    ids = tokenizer.vocabulary.encode(names)
    decoded = tokenizer.decode(ids, chords=chords, rng=np.random.default_rng(seed)).content
    assert isinstance(decoded, Score)
    assert len(decoded.notes) == len(values)
    again = [v for v in tokenizer.spell(Piece("midi", decoded)) if v.kind not in "RT"]
    before = None
    for value, read, note in zip(values, again, decoded, strict=True):
        assert read.kind == value.kind
        assert read.duration == value.duration
        if before is not None and read.window != value.window:
            chord = tokenizer.harmony(chords, decoded.length).at(note.onset)
            reach = range(before + value.window[0], before + value.window[1] + 1)
            assert not [p for p in reach if 36 <= p <= 96 and kind_of(p, chord) == value.kind]
        before = note.pitch


@given(st.lists(st.integers(0, 9)), st.integers(0, 5))
def test_every_sequence_is_music_in_whole_bars(ids: list[int], seed: int) -> None:
    tokenizer = JazzTokenizer.learn([Piece("midi", LINE)])
    ids = [i % len(tokenizer.vocabulary) for i in ids]
    score = tokenizer.decode(ids, rng=np.random.default_rng(seed)).content
    assert isinstance(score, Score)
    assert score.length % 4 == 0
    assert all(55 <= note.pitch <= 84 for note in score)
    assert all(a.end <= b.onset for a, b in zip(score.notes, score.notes[1:], strict=False))


def test_the_choice_is_seeded() -> None:
    value, chord = Value("C", Fraction(1), (3, 4)), parse_chord("Cdim7")
    drawn = [
        pick(value, chord, 60, np.random.default_rng(seed), lowest=40, highest=90)
        for seed in (1, 1, 2, 3, 4, 5)
    ]
    assert drawn[0] == drawn[1]
    assert set(drawn) == {63}
    wide = Value("S", Fraction(1), (8, 12))
    many = {
        pick(wide, parse_chord("C"), 60, np.random.default_rng(s), lowest=40, highest=90)
        for s in range(20)
    }
    assert many == {69, 71}


def test_windows_cover_all_intervals_once() -> None:
    for interval in range(-127, 128):
        lower, upper = window_of(interval)
        assert lower <= interval <= upper
        assert sum(low <= interval <= high for low, high in WINDOWS) == 1


@pytest.mark.parametrize("token", ["", "C", "Q,1", "C,0", "C,1/0", "C,1,<3>", "<end>"])
def test_what_is_no_value(token: str) -> None:
    with pytest.raises(VocabularyError):
        Value.parse(token)


def test_chords_are_inferred_where_none_are_written() -> None:
    notes = [Note(Fraction(i), p, Fraction(1)) for i, p in enumerate((48, 52, 55, 60))]
    notes += [Note(Fraction(4 + i), p, Fraction(1)) for i, p in enumerate((43, 47, 50, 53))]
    assert [symbol.text for symbol in infer(Score.of(notes))] == ["C", "G7"]
    with pytest.raises(UsageError, match="give the chords"):
        Harmony.of(Score())


def test_what_it_refuses() -> None:
    tokenizer = JazzTokenizer.learn([Piece("midi", LINE)])
    with pytest.raises(VocabularyError, match="does not know"):
        tokenizer.encode(Piece("midi", tune((0, 61, 4))))
    with pytest.raises(UsageError, match="use MIDI"):
        tokenizer.encode(Piece("abc", "X:1\nK:C\nC|]\n"))
    with pytest.raises(UsageError, match="a range from 65 to 64"):
        JazzTokenizer(tokenizer.vocabulary, lowest=65, highest=64)
    with pytest.raises(VocabularyError):
        tokenizer.decode([len(tokenizer.vocabulary)])


def test_it_is_known_by_name_and_comes_back_from_its_configuration() -> None:
    tokenizer = tokens.learn("jazz", [Piece("midi", LINE)], steps=4, lowest=50)
    again = tokens.from_config(tokenizer.to_config(), tokenizer.vocabulary)
    assert again.to_config() == tokenizer.to_config()
    assert isinstance(again, tokens.Tokenizer)


_PROGRAM = """
from tests.tokens.test_jazz import LINE
from musicrnn.piece import Piece
from musicrnn.tokens.jazz import JazzTokenizer
print(JazzTokenizer.learn([Piece("midi", LINE)]).vocabulary.digest)
"""


def test_ids_do_not_depend_on_the_hash_seed() -> None:
    digests = {
        subprocess.run(
            [sys.executable, "-c", _PROGRAM],
            env={"PYTHONHASHSEED": str(seed), "PYTHONPATH": "."},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in range(10)
    }
    assert len(digests) == 1
