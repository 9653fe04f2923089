"""Grace notes that no note follows before the bar line: they end the note before, in the sound, in
MusicXML and in the picture (4.12)."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest

from musicrnn import abc, musicxml
from musicrnn.render.lilypond import to_lilypond

HEAD = "X:1\nT:t\nM:4/4\nL:1/4\nK:C\n"

#: body → order of letters, grace notes in braces and bar lines between, as MusicXML has them
WRITTEN = {
    "CDEF|GABc{de}|]": "CDEF|GABC{DE}",
    "CDEF|GABc{de}": "CDEF|GABC{DE}",
    "CDEF|GABc {de}y|]": "CDEF|GABC{DE}",
    "CDEF{g}|ABcd|]": "CDEF{G}|ABCD",
    "|:CDEF|GABc{de}:|CDEF|]": "CDEF|GABC{DE}|CDEF",
    "|:CDEF|1 GABc{d}:|2 GABd{e}|]": "CDEF|GABC{D}|GABD{E}",
    "P:A\nCDEF{g}||\nP:B\nCDEF|]": "CDEF{G}|CDEF",
    "CDEF&C2D2{e}|ABcd|A4|]": "CDEFCD{E}|ABCD|A",
    "CD[EG]2{[fa]}|C4|]": "CDEG{FA}|C",
    "CDEz{g}|C4|]": "CDE-{G}|C",
    "CDE{g}z|C4|]": "CDE{G}-|C",
    "CDEF|{g}z4|]": "CDEF|{G}-",
    "CDEF|{g}|ABcd|]": "CDEF|{G}ABCD",
    "CDEF|{g}|]": "CDEF{G}",
    "V:1\nCDEF{g}|]\nV:2\nC4{d}|]": "CDEF{G}/C{D}",
}


def shape(xml: bytes) -> str:
    """The notes of a document by letter."""
    found = re.findall(rb"<(part|measure|note|grace|rest|step)(?=[ >/])[^>]*>([A-G]?)", xml)
    text, graces = "", False
    for tag, step in found:
        if tag in (b"part", b"measure"):
            text += "/" if tag == b"part" else "|"
        elif tag == b"note":
            graces = False
        elif tag == b"grace":
            graces = True
        elif tag == b"rest":
            text += "-"
        else:
            text += f"{{{step.decode()}}}" if graces else step.decode()
    return text.replace("}{", "").replace("/|", "/").removeprefix("/")


@pytest.mark.parametrize(("body", "expected"), WRITTEN.items())
def test_they_stand_in_music_xml_and_come_back(body: str, expected: str) -> None:
    xml = musicxml.write(abc.parse_tune(f"{HEAD}{body}\n"))
    assert shape(xml) == expected
    read = musicxml.read_tune(xml)
    assert read.lost == ()
    assert shape(musicxml.write(read.tune)) == expected


def test_a_rest_of_several_bars_has_them_once() -> None:
    xml = musicxml.write(abc.parse_tune(f"{HEAD}CDEF|{{g}}Z2|C4|]\n"))
    assert shape(xml) == "CDEF|{G}-|-|C"


def heard(body: str) -> list[tuple[int, Fraction, Fraction]]:
    score = abc.to_score(abc.parse_tune(f"{HEAD}{body}\n"), ornaments=True)
    return [(note.pitch, note.onset, note.duration) for note in score]


def test_they_sound_at_the_end_of_their_note_each_time() -> None:
    half, quarter = Fraction(1, 2), Fraction(1, 8)
    played = heard("|:C2c2{de}:|")
    once = [(60, 0, 2), (72, 2, 2 - 2 * quarter), (74, 4 - 2 * quarter, quarter),
            (76, 4 - quarter, quarter)]  # fmt: skip
    assert played == once + [(pitch, 4 + onset, length) for pitch, onset, length in once]
    assert heard("C3c{defg}|]")[1:] == [
        (72, 3, 1 - half / 2),
        *(
            (pitch, 4 - Fraction(n, 16), half / 8)
            for pitch, n in zip((74, 76, 77, 79), (4, 3, 2, 1), strict=True)
        ),
    ]


def test_before_a_rest_they_sound_in_its_time() -> None:
    assert heard("C2{g}z2|]") == [(60, 0, 2), (79, 2, Fraction(1, 8))]


def test_a_tied_note_is_not_cut_short_by_them() -> None:
    assert heard("C4-{g}|C4|]") == [(60, 0, 8), (79, 4 - Fraction(1, 8), Fraction(1, 8))]


@pytest.mark.parametrize("body", ["(A2{GA})B2|c4|]", "T(c4{Bc})|c4|]", "({ab})c4|]"])
def test_a_slur_may_end_at_them(body: str) -> None:
    tune = abc.parse_tune(f"{HEAD}{body}\n")
    xml = musicxml.write(tune)
    assert (xml.count(b'<slur number="1" type="start"'), xml.count(b'type="stop"')) == (1, 1)
    again = abc.write_body(musicxml.read(xml).body)
    assert re.sub(r"[^()]", "", again) == "()"
    assert again.index(")") == again.index("}") + 1


def test_lilypond_has_them_after_the_note() -> None:
    assert "\\afterGrace c''1 {d''16 e''16}" in to_lilypond(f"{HEAD}c4{{de}}|]\n")


def test_where_there_is_no_note_at_all_it_is_said() -> None:
    text = f"{HEAD}V:1\nC4|]\nV:2\n{{de}}|]\n"
    assert "loose-grace" in [fault.code for fault in abc.check(text)]
