"""Marks before a bar line that are not the next note's: pauses, breaths, ends of lines (4.14)."""

from __future__ import annotations

import pytest

from musicrnn import abc, musicxml

HEAD = "X:1\nT:t\nM:4/4\nL:1/4\nK:C\n"


@pytest.mark.parametrize(
    "body",
    [
        "CDEFH|GABc|]", "CDEF|GABcH|]", "|:CDEFH:|GABcH|]", "CDEF!invertedfermata!|GABc|]",
        "HCDEFH|GABc|]",
    ],
)  # fmt: skip
def test_a_pause_at_a_bar_line_stays_there(body: str) -> None:
    tune = abc.parse_tune(f"{HEAD}{body}\n")
    xml = musicxml.write(tune)
    assert xml.count(b"<fermata") == body.count("H") + body.count("fermata!")
    again = musicxml.read_tune(xml)
    assert again.lost == ()
    written = abc.write_body(again.tune.body).replace(" ", "").replace("2", "").rstrip("\n")
    assert written == body


def test_a_pause_at_a_bar_line_holds_the_note_before() -> None:
    score = abc.to_score(abc.parse_tune(f"{HEAD}CDEFH|GABc|]\n"))
    assert score.fermatas == (3,)


def test_a_bar_line_of_music_xml_keeps_its_signs() -> None:
    xml = musicxml.write(abc.parse_tune(f"{HEAD}CDEF|GABc|]\n")).decode()
    xml = xml.replace(
        "</measure>", '<barline location="right"><segno/><fermata/></barline></measure>', 1
    )
    read = musicxml.read_tune(xml.encode())
    assert abc.write_body(read.tune.body) == "C2 D2 E2 F2H|!segno!G2 A2 B2 c2|]\n"


@pytest.mark.parametrize("mark", ["breath", "caesura", "trill)"])
def test_a_breath_before_a_bar_line_is_the_note_s_before(mark: str) -> None:
    xml = musicxml.write(abc.parse_tune(f"{HEAD}CDEF!{mark}!|GABc|]\n"))
    assert abc.write_body(musicxml.read(xml).body) == f"C2 D2 E2 !{mark}!F2|G2 A2 B2 c2|]\n"


def test_a_mark_at_the_end_is_the_last_note_s() -> None:
    xml = musicxml.write(abc.parse_tune(f"{HEAD}CDEF|GAB!trill!|]\n"))
    assert abc.write_body(musicxml.read(xml).body) == "C2 D2 E2 F2|G2 A2 TB2|]\n"


@pytest.mark.parametrize("body", [".(C2 D2) E2 F2|", "C2 D2 E4.-|E8|", "[CE]4.- [CE]4|"])
def test_dotted_slurs_and_ties_stay_dotted(body: str) -> None:
    tune = abc.parse_tune(f"{HEAD.replace('1/4', '1/8')}{body}\n")
    written = abc.write_body(musicxml.read(musicxml.write(tune)).body)
    assert written.replace("[C.-E.-]4", "[CE]4.-").rstrip("\n") == body


def test_a_point_before_the_end_of_a_slur_is_the_slur_s() -> None:
    tune = abc.parse_tune(f"{HEAD}.(CD.)EF|]\n")
    assert abc.write_body(tune.body) == ".(CD)EF|]\n"
    assert abc.check(f"{HEAD}.(CD.)EF|]\n") == []


@pytest.mark.parametrize("mark", ["[1. ", "|1. ", "[1 "])
def test_a_point_after_the_number_of_an_ending_is_the_number_s(mark: str) -> None:
    text = f"{HEAD}|:CDEF{'|' if mark[0] == '[' else ''}{mark}GABc:|[2. cBAG|]\n"
    assert abc.check(text) == []
    assert abc.write_body(abc.parse_tune(text).body) == "|:CDEF|1GABc:|2cBAG|]\n"
