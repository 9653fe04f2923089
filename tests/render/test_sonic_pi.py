"""Sonic Pi programs: read by Ruby, and what they play is what the score has, exact in time."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from musicrnn import abc, render
from musicrnn.errors import RenderError
from musicrnn.render.sonic_pi import to_sonic_pi
from musicrnn.score import ControlChange, Key, KeyChange, Note, Part, Score, TempoChange
from tests.render.sonic_pi_player import expected, recorded

JIG = """X:1
T:The "Test" = a jig #1
R:jig
M:6/8
L:1/8
Q:3/8=112
K:D
|:A|d2f (3agf e|{g}f3 .d3|[M:4/4]D>d [DFA]4-[DFA]2:|
"""
TWO_VOICES = """X:1
T:Round
M:4/4
L:1/4
Q:1/4=90
V:1 name="Flute"
V:2 name="Cello"
K:F
V:1
FGAB|c4|
V:2
z4|FGAB,|
"""

needs_ruby = pytest.mark.needs("ruby")


def played(score: Score, folder: Path, **options: bool) -> list[tuple[tuple, str]]:
    path = folder / "song.rb"
    path.write_text(to_sonic_pi(score, **options), encoding="utf-8")
    (heard,) = recorded([path])
    return heard


def notes_of(score: Score, folder: Path) -> list[tuple]:
    return [note for note, _ in played(score, folder)]


@needs_ruby
@pytest.mark.parametrize("text", [JIG, TWO_VOICES])
def test_notes_and_times_are_those_of_the_score(text: str, tmp_path: Path) -> None:
    score = render.performed(text)
    assert notes_of(score, tmp_path) == expected(score)


@needs_ruby
def test_a_note_that_is_held_over_a_change_of_tempo(tmp_path: Path) -> None:
    tempos = [
        TempoChange(Fraction(0), Fraction(120)),
        TempoChange(Fraction(1), Fraction(250, 3)),
        TempoChange(Fraction(9), Fraction(60)),
    ]
    notes = [
        Note(Fraction(1, 2), 60, Fraction(2)),
        Note(Fraction(3), 62, Fraction(1, 3)),
        Note(Fraction(3), 65, Fraction(1, 3)),
    ]
    score = Score.of(notes, tempos=tempos)
    heard = notes_of(score, tmp_path)
    assert heard == expected(score)
    # a quarter of a second, then three halves of a quarter at 250/3 a minute
    assert heard[0][3] == Fraction(1, 4) + Fraction(3, 2) * 60 / Fraction(250, 3)


@needs_ruby
def test_voices_instruments_and_drums(tmp_path: Path) -> None:
    parts = [Part("Tune", 73), Part("Beat", drums=True), Part("Chords", 24), Part("", 48)]
    start, quarter = Fraction(0), Fraction(1)
    notes = [
        Note(start, 72, quarter, 100, part=0),
        Note(start, 36, quarter, 90, part=1),
        Note(start, 42, quarter, 90, part=1),
        Note(quarter, 81, quarter, 90, part=1),
        Note(start, 48, 2 * quarter, 56, part=2),
        Note(start, 55, 2 * quarter, 56, part=2),
    ]
    score = Score.of(notes, parts=parts)
    heard = played(score, tmp_path)
    assert [note for note, _ in heard] == expected(score)
    assert {synth for _, synth in heard} == {"tri", "pluck", ""}
    assert [what for _, _, what, _, _ in notes_of(score, tmp_path)][1:4] == [
        "drum_bass_hard", "drum_cymbal_closed", "perc_snap2",
    ]  # fmt: skip


@needs_ruby
def test_microtones_and_notes_without_a_name(tmp_path: Path) -> None:
    notes = [
        Note(Fraction(0), 60, Fraction(1), cents=Fraction(-50)),
        Note(Fraction(1), 3, Fraction(1)),
        Note(Fraction(2), 127, Fraction(1)),
    ]
    score = Score.of(notes)
    assert [what for _, _, what, _, _ in notes_of(score, tmp_path)] == [Fraction(119, 2), 3, 127]


@needs_ruby
def test_live_loops_go_round_together(tmp_path: Path) -> None:
    score = render.performed(TWO_VOICES)
    heard = played(score, tmp_path, live_loops=True)
    once = expected(score)
    assert len(heard) == 2 * len(once)
    length = score.clock().exact(score.length)
    again = [(voice, at + length, *rest) for voice, at, *rest in once]
    assert [note for note, _ in heard] == sorted([*once, *again])
    assert "live_loop :flute do" in to_sonic_pi(score, live_loops=True)


def test_names_follow_the_key() -> None:
    notes = [Note(Fraction(0), 70, Fraction(1)), Note(Fraction(1), 66, Fraction(1))]
    flat = Score.of(notes, keys=[KeyChange(Fraction(0), Key("F"))])
    assert "[:bb4, 1], [:gb4, 1]" in to_sonic_pi(flat)
    assert "[:as4, 1], [:fs4, 1]" in to_sonic_pi(Score.of(notes))


def test_a_line_holds_a_bar() -> None:
    text = "X:1\nM:2/4\nL:1/4\nQ:1/4=100\nK:C\nC|DE|FG|A|]\n"
    program = to_sonic_pi(abc.to_score(abc.parse_tune(text)))
    assert "use_bpm 100" in program
    lines = [line.strip() for line in program.splitlines() if line.startswith("    [")]
    assert lines == ["[:c4, 1],", "[:d4, 1], [:e4, 1],", "[:f4, 1], [:g4, 1],", "[:a4, 1],"]


def test_a_title_stays_a_comment() -> None:
    notes = [Note(Fraction(0), 60, Fraction(1))]
    program = to_sonic_pi(Score.of(notes, title="x\nsystem 'ls' =begin"))
    assert program.splitlines()[0] == "# x\\nsystem 'ls' -begin"


def test_what_sonic_pi_has_not_is_named() -> None:
    pedal = [ControlChange(Fraction(0), 64, 127)]
    program = to_sonic_pi(Score.of([Note(Fraction(0), 60, Fraction(1))], controls=pedal))
    assert "# Left out, since Sonic Pi has none: pedal and controllers." in program


def test_nothing_to_play() -> None:
    with pytest.raises(RenderError, match="no notes"):
        to_sonic_pi(Score())


def test_it_is_a_kind_of_file() -> None:
    assert b"in_thread do" in render.encode(JIG, ".rb")
    assert b"live_loop :" in render.encode(JIG, ".rb", live_loops=True)
