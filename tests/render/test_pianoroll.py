"""Score → piano roll: a box for each note, in its place."""

import io
from fractions import Fraction
from xml.etree import ElementTree

import pytest

from musicrnn.errors import RenderError
from musicrnn.render import accompany, encode, piano_roll, piano_roll_spans
from musicrnn.score import ChordSymbol, Key, KeyChange, Meter, MeterChange, Note, Part, Score

DUET = Score.of(
    [
        Note(Fraction(0), 60, Fraction(1)),
        Note(Fraction(1), 64, Fraction(1)),
        Note(Fraction(2), 67, Fraction(2)),
        Note(Fraction(0), 48, Fraction(4), 40, part=1),
    ],
    parts=[Part("Flute"), Part("Bass & <co>")],
    meters=[MeterChange(Fraction(0), Meter(4, 4))],
    chords=[ChordSymbol(Fraction(0), "C"), ChordSymbol(Fraction(2), "G7/B")],
    title="Duet",
)


def test_a_box_for_each_note_higher_for_higher_later_for_later():
    root = ElementTree.fromstring(piano_roll(DUET))
    boxes = [box for box in root.iter() if box.get("class") == "note"]
    assert len(boxes) == len(DUET.notes)
    by_x = sorted(boxes, key=lambda box: (float(box.get("x")), -float(box.get("y"))))
    bass, c, e, g = by_x
    assert float(c.get("y")) > float(e.get("y")) > float(g.get("y"))
    assert float(g.get("width")) > float(e.get("width"))
    assert bass.get("fill") != c.get("fill")
    assert "Bass & <co>" in "".join(root.itertext())


def test_notes_are_named_by_the_key():
    flats = Score.of([Note(Fraction(0), 70, Fraction(1))], keys=[KeyChange(Fraction(0), Key("F"))])
    assert ">Bb4<" in piano_roll(flats)
    assert ">A#4<" in piano_roll(Score.of(flats.notes))


def test_lines_of_whole_bars_that_fit_a_width():
    notes = [Note(Fraction(beat), 60 + beat % 5, Fraction(1)) for beat in range(64)]
    notes.append(Note(Fraction(35), 72, Fraction(2)))  # over the end of a line
    score = Score.of(notes, meters=DUET.meters)
    root = ElementTree.fromstring(piano_roll(score, width=500))
    assert float(root.get("width")) <= 500
    boxes = [box for box in root.iter() if box.get("class") == "note"]
    held = [box for box in boxes if box.get("id").split("-")[2] == "36"]
    assert len(held) == 2
    assert min(float(box.get("x")) for box in held) == 46.0  # where the next line begins
    ids = {box.get("id") for box in boxes}
    assert ids == {name for _, _, name in piano_roll_spans(score, width=500)}
    assert len(ids) == len(boxes) == len(notes) + 1
    times = {(start, end) for start, end, name in piano_roll_spans(score, width=500)
             if name.split("-")[2] == "36"}  # fmt: skip
    assert times == {(17.5, 18.5)}  # each half sounds as long as the note


@pytest.mark.needs("score")
def test_as_png_and_pdf():
    from PIL import Image
    from pypdf import PdfReader

    image = Image.open(io.BytesIO(encode(DUET, ".png"))).convert("RGB")
    assert (0x44, 0x77, 0xAA) != image.getpixel((0, 0)) == (255, 255, 255)
    assert len(image.getcolors(100_000)) > 4
    assert len(PdfReader(io.BytesIO(encode(DUET, ".pdf"))).pages) == 1


def test_nothing_to_draw():
    with pytest.raises(RenderError, match="nothing to draw"):
        piano_roll(Score())


def test_chord_symbols_are_accompanied():
    played = accompany(DUET)
    chords = [note for note in played.notes if note.part == 2]
    assert played.parts[2].name == "Chords"
    assert {note.pitch % 12 for note in chords if note.onset == 0} == {0, 4, 7}
    assert min(note.pitch for note in chords if note.onset == 2) % 12 == 11  # the bass of G7/B
    assert accompany(Score.of(DUET.notes[:1])) == Score.of(DUET.notes[:1])
