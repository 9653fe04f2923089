"""Melodies and chord symbols out of MusicXML."""

from __future__ import annotations

import io
import zipfile
from fractions import Fraction

import pytest

from musicrnn import abc
from musicrnn.corpus.midi_reader import read_midi
from musicrnn.corpus.rules import Clean, Source
from musicrnn.corpus.sources import Item
from musicrnn.errors import FormatError
from musicrnn.musicxml import read_tune
from musicrnn.musicxml.reader import read_musicxml
from musicrnn.score import Key, Meter, Score


def note(step: str, duration: int, *, more: str = "") -> str:
    pitch = f"<pitch><step>{step[0]}</step><octave>{step[1]}</octave></pitch>"
    return f"<note>{pitch}<duration>{duration}</duration><voice>1</voice>{more}</note>"


#: A pickup of a quarter, a note tied over a bar line, a second voice, a chord symbol, a grace note.
SHEET = f"""<?xml version="1.0"?>
<score-partwise version="4.0">
  <work><work-title>A  Sheet</work-title></work>
  <part-list><score-part id="P1"><part-name>Voice</part-name></score-part></part-list>
  <part id="P1">
    <measure number="0" implicit="yes">
      <attributes><divisions>2</divisions>
        <key><fifths>-2</fifths><mode>minor</mode></key>
        <time><beats>3</beats><beat-type>4</beat-type></time></attributes>
      <direction><sound tempo="90"/></direction>
      {note("G4", 2)}
    </measure>
    <measure number="1">
      <harmony><root><root-step>E</root-step><root-alter>-1</root-alter></root>
        <kind>major-seventh</kind></harmony>
      {note("A4", 2)}
      <note><grace/><pitch><step>C</step><octave>5</octave></pitch></note>
      {note("B4", 4, more='<tie type="start"/>')}
      <backup><duration>6</duration></backup>
      {note("D4", 6)}
    </measure>
    <measure number="2">
      {note("B4", 1, more='<tie type="stop"/>')}
      <note><rest/><duration>1</duration></note>
      {note("C5", 4)}
      {note("E5", 4, more="<chord/>").replace("<pitch>", "<chord/><pitch>")}
    </measure>
  </part>
</score-partwise>"""


def check(score: Score) -> None:
    """What stands in `SHEET`."""
    assert [(n.onset, n.pitch, n.duration) for n in score] == [
        (0, 67, 1),
        (1, 62, 3),
        (1, 69, 1),
        (2, 71, Fraction(5, 2)),
        (5, 72, 2),
        (5, 76, 2),
    ]
    assert (score.title, score.pickup, score.length) == ("A Sheet", 1, 7)
    assert score.keys[0].key == Key("G", "minor")
    assert score.meters[0].meter == Meter(3, 4)
    assert score.tempos[0].qpm == 90
    assert [(c.onset, c.text) for c in score.chords] == [(1, "Ebmaj7")]
    assert [part.name for part in score.parts] == ["Voice"]


def packed(place: str = "sheet.xml") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        container = f'<container><rootfiles><rootfile full-path="{place}"/></rootfiles></container>'
        archive.writestr("META-INF/container.xml", container)
        archive.writestr("sheet.xml", SHEET)
    return out.getvalue()


def test_plain_and_packed() -> None:
    check(read_musicxml(SHEET.encode()))
    check(read_musicxml(packed()))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<a>",
        b"<opus/>",
        b"PK\x03\x04",
        packed("nowhere.xml"),
        SHEET.replace("<beats>3", "<beats>x").encode(),
        b'<!DOCTYPE a [<!ENTITY b "c">]><score-partwise>&b;</score-partwise>',
    ],
)
def test_what_is_no_musicxml(data: bytes) -> None:
    with pytest.raises(FormatError):
        read_musicxml(data, file="x.xml")


def test_a_corpus_of_events_reads_scores_and_tune_books() -> None:
    source, rules = Source("test", ".", licence="none"), Clean(least_bars=1)
    (found,) = read_midi(Item(0, "a/sheet.mxl", "", 0), packed(), source, rules)
    assert found.piece is not None
    assert (found.piece.format, found.piece.meter, found.piece.key) == ("midi", "3/4", "G minor")
    book = (
        b"X:1\nT:One\nM:4/4\nL:1/4\nK:G\nGABc|d2g2|]\n\nX:2\nT:Two\nM:3/4\nL:1/4\nK:C\nCEG|c3|]\n"
    )
    tunes = list(read_midi(Item(0, "book.abc", "", 0), book, source, rules))
    assert [finding.piece.title for finding in tunes if finding.piece] == ["One", "Two"]
    assert all(isinstance(f.piece.content, Score) for f in tunes if f.piece)


def test_divisions_that_grow_from_measure_to_measure_are_refused() -> None:
    measures = "".join(
        f"<measure><attributes><divisions>{number}</divisions></attributes>{note('C4', 1)}"
        "</measure>"
        for number in range(1001, 4001, 2)
    )
    text = f'<score-partwise><part id="P1">{measures}</part></score-partwise>'
    with pytest.raises(FormatError, match="divided finer"):
        read_musicxml(text.encode())


@pytest.mark.parametrize("number", ["999999999", "-5", "x"])
def test_a_staff_that_no_part_has_takes_no_time(number: str) -> None:
    text = SHEET.replace("<rest/>", f"<rest/><staff>{number}</staff>")
    assert "K:" in abc.write(read_tune(text.encode()).tune)


def test_a_cursor_that_goes_back_and_forth_without_end_is_refused() -> None:
    back = "<backup><duration>1</duration></backup>"
    measure = "".join(f"{note('C4', number)}{back}" for number in range(2, 3000))
    text = f'<score-partwise><part id="P1"><measure>{measure}</measure></part></score-partwise>'
    with pytest.raises(FormatError, match="back and forth"):
        read_tune(text.encode())
