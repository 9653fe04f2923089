"""Choosing the voice that carries the melody."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicrnn import midi, render
from musicrnn.errors import UsageError
from musicrnn.midi.melody_track import choose, voices
from musicrnn.score import Note, Part, Score
from musicrnn.theory.melody import line, skyline

TUNE = (67, 69, 71, 72, 74, 71, 69, 67, 66, 67, 69, 71, 69, 67, 64, 62)


def band(*names: str) -> Score:
    """A melody, block chords, a bass and drums, in this order, with these names."""
    notes = []
    for i, pitch in enumerate(TUNE):
        notes.append(Note(Fraction(i), pitch, Fraction(1), part=0))
        notes += (Note(Fraction(i), chord, Fraction(1), part=1) for chord in (55, 59, 62))
        notes.append(Note(Fraction(i), 36 + i % 2 * 7, Fraction(1), part=2))
        notes.append(Note(Fraction(i), 36, Fraction(1), part=3))
    programs = (0, 0, 32, 0)
    parts = [
        Part(name, program, drums=i == 3)
        for i, (name, program) in enumerate(zip(names, programs, strict=True))
    ]
    return Score.of(notes, parts=parts)


def test_the_melody_is_found_without_names() -> None:
    choice = choose(band("", "", "", ""))
    assert choice.voice.pitches.tolist() == list(TUNE)
    assert "one note at a time" in choice.reason
    assert [voice.track for voice in choice.ranking][-1] == 4


def test_a_name_outweighs_the_notes() -> None:
    assert choose(band("strings", "vocal line", "", "")).voice.track == 2


def test_a_file_and_its_score_agree() -> None:
    score = band("flute", "chords", "bass", "kit")
    file = midi.load(render.to_midi(score))
    assert choose(file).voice.melody.pitches.tolist() == list(TUNE)
    assert [voice.drums for voice in voices(file)] == [False, False, False, True]


def test_the_user_says_which() -> None:
    score = band("flute", "chords", "bass", "kit")
    assert choose(score, track=3).voice.name == "bass"
    assert choose(score, name="CHOR").voice.track == 2
    assert "as asked" in choose(score, track=3).reason
    with pytest.raises(UsageError, match="no such voice; there are track 1, channel 1 'flute'"):
        choose(score, track=9)
    with pytest.raises(UsageError, match="no note"):
        choose(Score())


def test_tracks_are_numbered_as_in_the_file_and_may_be_named() -> None:
    score = midi.read(render.to_midi(band("flute", "chords", "bass", "kit")))
    file = midi.load(render.to_midi(band("flute", "chords", "bass", "kit")))
    for source in (score, file):  # track 1 only conducts
        assert [voice.track for voice in voices(source)] == [2, 3, 4, 5]
        assert choose(source, track=4).voice.name == "bass"
        assert choose(source, track="4").voice.name == "bass"
        assert choose(source, track="4:3").voice.name == "bass"
        assert choose(source, track="Bass").voice.track == 4


def test_who_is_silent_most_of_the_time_is_not_the_melody() -> None:
    """A horn with a few notes, one at a time, and a guitar that plays on, often in chords."""
    horn = [Note(Fraction(100 + i), 70 + i % 5, Fraction(1), part=0) for i in range(20)]
    guitar = [
        Note(Fraction(i, 2), pitch + i % 7, Fraction(1, 2), part=1)
        for i in range(400)
        for pitch in ((64,) if i % 3 else (60, 64, 67))
    ]
    parts = [Part("", 60), Part("", 26)]
    choice = choose(Score.of([*horn, *guitar], parts=parts))
    assert choice.voice.part == 1
    assert "plays in 100% of the bars" in choice.reason


def test_drums_are_never_a_melody() -> None:
    kit = Score.of([Note(Fraction(i), 36, Fraction(1)) for i in range(8)], parts=[Part(drums=True)])
    with pytest.raises(UsageError, match="nothing but percussion"):
        choose(kit)
    with pytest.raises(UsageError, match="'kit' is percussion, which has no melody"):
        choose(band("flute", "chords", "bass", "kit"), track=4)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(50, 60), st.integers(1, 12)), min_size=1))
def test_the_skyline_of_numbers_is_the_line_of_notes(rows: list[tuple[int, int, int]]) -> None:
    score = Score.of(Note(Fraction(onset), pitch, Fraction(n)) for onset, pitch, n in rows)
    onsets, pitches, lengths = (np.array(column) for column in zip(*rows, strict=True))
    quick, exact = skyline(onsets, onsets + lengths, pitches, 1), line(score)
    for name in ("onsets", "pitches", "durations"):
        assert getattr(quick, name).tolist() == getattr(exact, name).tolist()
