"""Pieces survive being written as JSON, exactly."""

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicrnn.errors import CorpusError
from musicrnn.piece import Piece, line_of, piece_of, score_to_json
from musicrnn.score import (
    ChordSymbol,
    ControlChange,
    Key,
    KeyChange,
    Lyric,
    Meter,
    MeterChange,
    Note,
    Part,
    PitchBend,
    Score,
    TempoChange,
)

times = st.fractions(min_value=0, max_value=64, max_denominator=48)
notes = st.builds(
    Note,
    onset=times,
    pitch=st.integers(0, 127),
    duration=times.filter(bool),
    velocity=st.integers(1, 127),
    part=st.integers(0, 1),
    cents=st.sampled_from([Fraction(0), Fraction(50), Fraction(-100, 3)]),
)


@given(st.lists(notes, max_size=20), st.text(max_size=20))
def test_scores_round_trip_exactly(found, title):
    score = Score.of(
        found,
        parts=[Part("melody", 73, bank=129), Part("drums", 0, True)],
        tempos=[TempoChange(Fraction(1, 3), Fraction(375, 4))],
        meters=[MeterChange(Fraction(0), Meter(6, 8)), MeterChange(Fraction(3), None)],
        keys=[KeyChange(Fraction(0), Key("F#", "dorian"))],
        chords=[ChordSymbol(Fraction(1, 2), "Am7")],
        title=title,
        controls=[ControlChange(Fraction(1, 5), 64, 127), ControlChange(Fraction(2), 64, 0)],
        bends=[PitchBend(Fraction(1, 7), -300, 1)],
        lyrics=[Lyric(Fraction(1), "Ro-")],
    )
    piece = Piece("midi", score, title=title, key="F# dorian")
    assert piece_of(line_of(piece)) == piece


@given(st.text(min_size=1))
def test_texts_round_trip_on_one_line(text):
    line = line_of(Piece("text", text, source="s"))
    assert line.count("\n") == 1
    assert piece_of(line) == Piece("text", text, source="s")


def test_a_damaged_line_is_an_error():
    with pytest.raises(CorpusError, match="build it again"):
        piece_of('{"format": "abc"}\n')


@pytest.mark.parametrize(
    "wrong",
    [
        {"notes": [[0, 60.5, 1, 80, 0]]},
        {"notes": [[0, 60, 1, True, 0]]},
        {"notes": [[-1, 60, 1, 80, 0]]},
        {"notes": [[0, 60, -1, 80, 0]]},
        {"notes": [[0, 60, 1, 80, 1]]},
        {"notes": [[10**40, 60, 1, 80, 0]]},
        {"ticks": -1},
        {"length": -1},
        {"controls": [[0, 64, 128, 0]]},
        {"controls": [[0, 64.0, 1, 0]]},
        {"bends": [[0, 8192, 0]]},
        {"bends": [[0, 0, -1]]},
        {"parts": [["", 1.5, False]]},
        {"meters": [[0, 10**9, 4]]},
        {"tempos": [[-5, "120"]]},
    ],
    ids=str,
)
def test_a_score_that_no_file_could_hold_is_an_error(wrong):
    score = Score.of([Note(Fraction(1), 60, Fraction(1))])
    piece_of(line_of(Piece("midi", score)))
    content = score_to_json(score) | wrong
    with pytest.raises(CorpusError, match="damaged piece"):
        piece_of(json.dumps({"format": "midi", "content": content}))
