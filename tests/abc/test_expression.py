"""What a player adds: ornaments as notes, dynamics, hairpins, accents."""

from fractions import Fraction
from itertools import pairwise

import pytest

from musicrnn import abc

HEADER = "X:1\nM:{meter}\nL:1/8\nQ:1/4=120\nK:D\n"


def played(body: str, meter: str = "4/4"):
    return abc.to_score(abc.parse_tune(HEADER.format(meter=meter) + body), ornaments=True)


@pytest.mark.parametrize(
    ("body", "meter", "pitches"),
    [
        ("~G3 A3|]", "6/8", [67, 69, 67, 66, 67, 69]),  # a long roll: G, cut, G, tap, G
        ("~G2 A6|]", "4/4", [69, 67, 66, 67, 69]),  # a short one begins with its cut
        ("~G A7|]", "4/4", [69, 67, 69]),
        ("PG2 A6|]", "4/4", [67, 69, 67, 69]),
        ("MG2 A6|]", "4/4", [67, 66, 67, 69]),
        ("!turn!G2 A6|]", "4/4", [69, 67, 66, 67, 69]),
        ("!invertedturn!G2 A6|]", "4/4", [66, 67, 69, 67, 69]),
        ("!slide!G2 A6|]", "4/4", [66, 67, 69]),
        ("~[GB]2 A6|]", "4/4", [67, 71, 69]),  # nobody rolls a chord
        ("~G2-G6|]", "4/4", [67]),
        ("~c2 d6|]", "4/4", [74, 73, 71, 73, 74]),  # the neighbours are those of the key
    ],
)
def test_ornaments_are_their_notes(body: str, meter: str, pitches: list[int]) -> None:
    notes = played(body, meter).notes
    assert [note.pitch for note in notes] == pitches
    assert all(a.end <= b.onset or a.onset == b.onset for a, b in pairwise(notes))


def test_a_long_roll_strikes_its_note_on_each_eighth() -> None:
    notes = [note for note in played("~G3 A3|]", "6/8").notes if note.pitch == 67]
    touch = Fraction(11, 100)  # 55 ms at 120 quarters a minute
    assert [note.onset for note in notes] == [0, Fraction(53, 480) + Fraction(1, 2),
                                              Fraction(53, 480) + 1]  # fmt: skip
    assert abs(Fraction(53, 480) - touch) < Fraction(1, 480)


def test_a_trill_begins_and_ends_on_its_note() -> None:
    notes = played("TA4 B4|]").notes
    trill = [note for note in notes if note.onset < 2]
    assert {note.pitch for note in trill} == {69, 71}
    assert trill[0].pitch == trill[-1].pitch == 69
    assert trill[-1].end == 2
    assert 0.05 < float(trill[0].duration) / 2 < 0.13  # seconds at 120


def test_accents_of_the_metre_follow_pickups_and_endings() -> None:
    notes = played("D|DEFG ABcd|1 defg afd:|2 d8|]").notes
    struck = [note.velocity for note in notes if note.velocity >= 100]
    firsts = [Fraction(1, 2) + 4 * bar for bar in range(4)]
    assert [note.onset for note in notes if note.velocity >= 100] == firsts
    assert len(struck) == 4
    assert notes[0].velocity < 90


def test_hairpins_lead_to_their_dynamic() -> None:
    notes = played("!p!D2 !<(!E2 F2 G2|A2 B2 !<)!c2 !f!d2|D2 E2 !>(!F2 !>)!G2|A8|]", "none").notes
    loud = [note.velocity for note in notes]
    assert loud[0] < loud[2] < loud[4] < loud[6] <= loud[7]
    assert loud[7] > 90
    assert loud[11] < loud[9] - 8
    assert abs(loud[12] - loud[11]) <= 6  # and stays there


def test_plain_scores_stay_as_written() -> None:
    text = HEADER.format(meter="4/4") + "~G2 !<(!A2 T!<)!B4|]"
    score = abc.to_score(abc.parse_tune(text))
    assert [(note.pitch, note.velocity) for note in score.notes] == [(67, 80), (69, 80), (71, 80)]
