"""A Score written as ABC reads back as the same notes."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musicrnn import abc
from musicrnn.errors import UsageError
from musicrnn.score import Key, KeyChange, Meter, MeterChange, Note, Score, TempoChange

COMMON = Meter(4, 4)


def line(*events: tuple[int, str], meter: Meter = COMMON, key: str = "C") -> Score:
    """A melody of (pitch, duration in quarter notes); pitch 0 is a rest."""
    notes, time = [], Fraction(0)
    for pitch, duration in events:
        if pitch:
            notes.append(Note(time, pitch, Fraction(duration)))
        time += Fraction(duration)
    return Score.of(
        notes,
        meters=[MeterChange(Fraction(0), meter)],
        keys=[KeyChange(Fraction(0), Key(key))],
        length=time,
    )


def sounding(score: Score) -> list[tuple[Fraction, Fraction, int]]:
    return [(note.onset, note.duration, note.pitch) for note in score.notes]


@pytest.mark.parametrize(
    ("score", "body"),
    [
        (line((60, "1"), (62, "1/2"), (64, "1/2"), (65, "2")), "C2DE F4 |]"),
        (line((60, "1/3"), (62, "1/3"), (64, "1/3"), (0, "3")), "(3CDEz6 |]"),
        (line((60, "2/3"), (62, "1/3"), (64, "3")), "(3:2:2C2DE6 |]"),
        (line((72, "3"), (74, "2"), (0, "3")), "c6d2- | d2z6 |]"),
        (line((66, "1"), (65, "1"), (66, "2"), key="G"), "F2=F2 ^F4 |]"),
        (line((60, "3/2"), (64, "3/2"), meter=Meter(6, 8)), "C3 E3 |]"),
        (line((60, "1/4"), (62, "1/4"), (64, "1/4"), (65, "1/4"), (0, "3")), "CDEFz12 |]"),
    ],
)
def test_spelling(score: Score, body: str) -> None:
    assert abc.from_score(score).splitlines()[-1] == body


def test_header_says_what_the_score_says() -> None:
    score = Score.of(
        [Note(Fraction(0), 69, Fraction(3, 2))],
        meters=[MeterChange(Fraction(0), Meter(6, 8))],
        keys=[KeyChange(Fraction(0), Key("A", "dorian"))],
        tempos=[TempoChange(Fraction(0), Fraction(180))],
        title="A tune",
    )
    header = abc.from_score(score).split("K:")[0]
    assert header == "X:1\nT:A tune\nM:6/8\nL:1/8\nQ:3/8=120\n"
    assert "K:Ador\n" in abc.from_score(score)


def test_the_key_is_found() -> None:
    scale = [62, 64, 66, 67, 69, 71, 73, 74]
    notes = [Note(Fraction(i), pitch, Fraction(1)) for i, pitch in enumerate(scale)]
    assert "\nK:D\n" in abc.from_score(Score.of(notes))


def test_overlapping_notes_become_voices() -> None:
    notes = [Note(Fraction(0), 60, Fraction(4)), Note(Fraction(1), 67, Fraction(1))]
    written = abc.from_score(Score.of(notes))
    assert "V:2" in written
    assert sounding(abc.to_score(abc.parse(written).tunes[0])) == sounding(Score.of(notes))


def test_played_music_is_moved_to_the_grid() -> None:
    played = [Note(Fraction(1, 97), 60, Fraction(95, 97)), Note(Fraction(96, 97), 62, Fraction(1))]
    read = abc.to_score(abc.parse(abc.from_score(Score.of(played))).tunes[0])
    assert sounding(read) == [(0, 1, 60), (1, 1, 62)]


def test_a_pickup_longer_than_a_bar() -> None:
    with pytest.raises(UsageError, match="does not fit into a bar of 4/4"):
        abc.from_score(line((60, "4")), pickup=Fraction(5))


durations = st.sampled_from(["1/4", "1/2", "3/4", "1", "3/2", "2", "1/3", "2/3", "3", "5/4"])


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.just(0) | st.integers(36, 96), durations), min_size=1, max_size=24),
    st.sampled_from([Meter(4, 4), Meter(6, 8), Meter(3, 4), Meter(5, 8), Meter(2, 4)]),
    st.sampled_from(["C", "F#", "Db", "G", "Bb"]),
)
def test_round_trip(events: list[tuple[int, str]], meter: Meter, key: str) -> None:
    score = line(*events, meter=meter, key=key)
    written = abc.from_score(score)
    assert sounding(abc.to_score(abc.parse(written).tunes[0])) == sounding(score), written
