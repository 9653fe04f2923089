"""Swing, fermatas and the air between notes."""

from fractions import Fraction

import pytest

from musicrnn import abc
from musicrnn.theory.playing import danced, held, separated

HEADER = "X:1\nM:{}\nL:1/8\nK:D\n"


def onsets(meter: str, body: str) -> list[str]:
    score = danced(abc.to_score(abc.parse_tune(HEADER.format(meter) + body)))
    assert all(a.end <= b.onset for a, b in zip(score.notes, score.notes[1:], strict=False))
    return [str(note.onset) for note in score.notes]


@pytest.mark.parametrize(
    ("meter", "body", "played"),
    [
        ("4/4", "DE FG A4|]", ["0", "2/3", "1", "5/3", "2"]),
        ("4/4", "D>E F<G A4|]", ["0", "2/3", "1", "4/3", "2"]),
        ("4/4", "(3DEF A2 d4|]", ["0", "1/3", "2/3", "1", "2"]),
        ("4/4", "D|E2 FG A4|]", ["1/6", "1/2", "3/2", "13/6", "5/2"]),
        ("4/4", "D/E/F/G/ A2 d4|]", ["0", "1/3", "2/3", "5/6", "1", "2"]),
        ("2/4", "DE D/E/F/>G/|]", ["0", "1/2", "1", "4/3", "3/2", "11/6"]),
        ("6/8", "DEF G2A|]", ["0", "1/2", "1", "3/2", "5/2"]),
        ("none", "DE FG|]", ["0", "1/2", "1", "3/2"]),
    ],
)
def test_pairs_are_long_and_short(meter: str, body: str, played: list[str]) -> None:
    assert onsets(meter, body) == played


def test_a_fermata_is_held_and_time_goes_on_after_it() -> None:
    tune = HEADER.format("4/4").replace("K:", "Q:1/4=120\nK:")
    score = held(abc.to_score(abc.parse_tune(tune + "D4 HE4|F4 HG4|]")))
    assert [(c.onset, c.qpm) for c in score.tempos] == [(0, 120), (2, 60), (4, 120), (6, 60)]
    assert score.seconds(score.length) == 6.0
    assert held(score) == score


def test_air_between_notes_but_not_under_a_slur() -> None:
    score = abc.to_score(abc.parse_tune(HEADER.format("4/4") + "D2EF G4|]"))
    start = score.notes[1].place.start
    spaced = separated(score, {start})
    lost = [a.duration - b.duration for a, b in zip(score.notes, spaced.notes, strict=True)]
    assert lost == [Fraction(1, 30), 0, Fraction(1, 30), Fraction(1, 30)]
