"""Tunes read as they stand on paper."""

from __future__ import annotations

import pytest

from musicrnn.errors import FormatError
from musicrnn.evaluation.written import TICKS, WrittenTune, parse_book

HEAD = "X:1\nT:A Tune\nR:jig\nM:6/8\nL:1/8\nK:D\n"


def test_pickups_are_no_bars_and_sections_end_at_repeats() -> None:
    tune = WrittenTune.parse(HEAD + "A|dfa afd|d3 d2:|\n|:A|ABc d2e|fed d2:|\n")
    assert tune.form == (2, 2)
    assert [section.repeated for section in tune.sections] == [True, True]
    first = tune.sections[0]
    assert first.pickup is not None
    assert [note.pitch for note in first.notes[:2]] == [69, 74]
    assert first.bars[1].length == 5 * TICKS // 2


def test_of_variant_endings_the_last_is_read() -> None:
    tune = WrittenTune.parse(HEAD + "|:dfa afd|1 A6:|2 d6||ABc d3|]\n")
    assert tune.form == (2, 1)
    assert [note.pitch for note in tune.sections[0].bars[1].notes] == [74]


def test_an_ending_that_cuts_a_bar_goes_on_in_it() -> None:
    tune = WrittenTune.parse(HEAD + "|:A|dfa afd|d3 [1 d2A:|[2 d3||ABc d3|]\n")
    assert tune.form == (2, 1)
    assert tune.sections[0].bars[1].length == 3 * TICKS


def test_a_reel_in_2_4_reads_as_one_in_4_4() -> None:
    short = "X:1\nT:Reel\nR:reel\nM:2/4\nL:1/16\nK:G\nGABc dedB|G4 G4|]\n"
    long = short.replace("2/4", "4/4").replace("1/16", "1/8")
    assert WrittenTune.parse(short).bars == WrittenTune.parse(long).bars
    assert str(WrittenTune.parse(short).meter) == "4/4"


def test_a_polka_in_2_4_stays() -> None:
    assert WrittenTune.parse(HEAD.replace("jig", "polka").replace("6/8", "2/4") + "d2 f2|]").meter


@pytest.mark.parametrize("body", ["z6|]", ""])
def test_what_has_no_note_is_refused(body: str) -> None:
    with pytest.raises(FormatError):
        WrittenTune.parse(HEAD + body + "\n")


def test_a_book_gives_the_tunes_that_are_music() -> None:
    text = HEAD + "dfa afd|]\n\n" + HEAD.replace("X:1", "X:2") + "z6|]\n"
    assert [tune.title for tune in parse_book(text)] == ["A Tune"]
