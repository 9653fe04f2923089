"""How music is played where it does not say."""

from fractions import Fraction
from itertools import pairwise

import pytest

from musicrnn import abc, midi, render
from musicrnn.abc.from_score import from_score
from musicrnn.score import Note, Score

TUNE = "X:1\nT:a\nR:{}\nM:6/8\nL:1/8\n{}K:D\nDFA dAF|]\n"


@pytest.mark.parametrize(
    ("rhythm", "qpm"), [("jig", 168), ("Double Jig", 168), ("slip jig", 180), ("reel", 192)]
)
def test_a_dance_without_a_tempo_is_played_as_it_is_danced(rhythm: str, qpm: int) -> None:
    text = TUNE.format(rhythm, "")
    assert [change.qpm for change in render.performed(text).tempos] == [qpm]
    assert abc.to_score(abc.parse_tune(text)).tempos == ()  # the letter of the text says nothing


def test_a_written_tempo_holds() -> None:
    played = render.performed(TUNE.format("jig", "Q:3/8=80\n"))
    assert [change.qpm for change in played.tempos] == [120]


def test_what_no_dance_is_named_for_stays_at_the_default() -> None:
    assert render.performed(TUNE.format("of my own", "")).tempos == ()


HORNPIPE = "X:1\nR:hornpipe\nM:4/4\nL:1/8\nK:D\nD>EFG (3ABc d2|]\n"


def test_a_hornpipe_is_swung_unless_it_is_to_be_straight() -> None:
    swung = [note.onset for note in render.performed(HORNPIPE)]
    straight = [note.onset for note in render.performed(HORNPIPE, straight=True)]
    assert swung[:4] == [0, Fraction(2, 3), 1, Fraction(5, 3)]
    assert straight[:4] == [0, Fraction(3, 4), 1, Fraction(3, 2)]
    assert swung[4:] == straight[4:]


def test_there_is_air_between_notes_that_no_slur_binds() -> None:
    notes = render.performed("X:1\nM:4/4\nL:1/4\nK:D\nD(EF)G|]\n").notes
    gaps = [after.onset - note.end for note, after in pairwise(notes)]
    assert gaps == [Fraction(1, 30), 0, Fraction(1, 30)]


def test_what_is_performed_reads_back_as_it_was_written() -> None:
    body = "DEFG A2Bc | d2cB A4 | !p!DEFG A2Bc | d2cB A4 |]"
    text = f"X:1\nT:A reel\nR:reel\nM:4/4\nL:1/8\nK:D\n{body}\n"
    again = from_score(midi.read(render.to_midi(render.performed(text))))
    assert body in again


def test_a_score_stays_as_it_was_played() -> None:
    score = Score.of([Note(Fraction(0), 60, Fraction(1), velocity=33)])
    assert render.performed(score) is score


@pytest.mark.parametrize(
    ("instrument", "program", "pitch"),
    [("whistle-D", 78, 74), ("guitar", 24, 50), ("voice-bass", 52, 50), ("fiddle", 40, 62)],
)
def test_an_instrument_has_its_sound_and_its_octave(
    instrument: str, program: int, pitch: int
) -> None:
    score = render.restyled(render.performed(TUNE.format("jig", "")), instrument=instrument)
    assert score.parts[0].program == program
    assert score.notes[0].pitch == pitch


def test_a_fermata_is_held_at_another_tempo_too() -> None:
    score = render.performed("X:1\nM:4/4\nL:1/4\nQ:1/4=100\nK:D\nD2HE2|F4|]\n")
    slow = render.restyled(score, qpm=50)
    assert slow.seconds(slow.length) == pytest.approx(2 * score.seconds(score.length))
    assert [change.qpm for change in slow.tempos] == [50, 25, 50]
