"""ABC → MusicXML → ABC: valid, read by others to the same notes, and nothing lost."""

from __future__ import annotations

import io
import zipfile
from fractions import Fraction
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pytest

from musicrnn import abc, musicxml
from musicrnn.errors import FormatError
from musicrnn.musicxml.writer import document
from tests.musicxml.schema import faults

RICH = """X:7
T:First title
T:Second title
C:Trad.
R:reel
M:C|
L:1/8
Q:"Allegro" 1/4=120
K:D
|:A|"D"~dfe dBA {ga}g|"F/a"!f!B2A "A7"A(FA)|(3def g2 {a}g>f "^hi"T!crescendo(!c\\
"<l" a ">r" b "@0,10at" c!crescendo)!|1 "D"e3- e2:|2 "D"d3 [d2f2A2]|]
w:one two-three * four_ d\\'e
w:2nd verse__ tru---ly
P:B
|:g5|[M:6/8][K:Hp]e2e ege|^/F _/B ^3/2c _3/2d|(5:4:5cdefg z4|!D.C.!A3- A2 z:|
W:After the tune
"""


def sounds(tune: abc.ParsedTune) -> list[tuple[Fraction, int, Fraction, Fraction]]:
    return [(note.onset, note.pitch, note.duration, note.cents) for note in abc.to_score(tune)]


def test_what_is_written_is_valid_and_comes_back():
    tune = abc.parse_tune(RICH)
    xml = musicxml.write(tune)
    assert not faults(xml)
    found = musicxml.read_tune(xml)
    text = abc.write(found.tune)
    again = abc.parse_tune(text)
    assert sounds(again) == sounds(tune)
    assert again.values("T") == ("First title", "Second title")
    assert (again.value("C"), again.rhythm, again.value("W")) == ("Trad.", "reel", "")
    assert "M:C|" in text
    assert "W:After the tune" in text
    assert "w:one two- three * four _ dé" in text
    assert "|1" in text
    assert ":|2" in text
    for mark in ("~d", "{ga}", "{a}", '"F/A"', '"<l"', '">r"', "!D.C.!", "(5:4:5", "^/F _/B ^3/2c"):
        assert mark in text
    assert not found.lost


def test_the_same_tune_gives_the_same_bytes_packed_or_plain():
    xml = musicxml.write(abc.parse_tune(RICH))
    packed = musicxml.pack(xml)
    assert packed == musicxml.pack(xml)
    assert zipfile.ZipFile(io.BytesIO(packed)).namelist()[0] == "mimetype"
    assert musicxml.read(packed) == musicxml.read(xml)


def test_an_accidental_holds_in_all_octaves_and_is_seen_in_each():
    tune = abc.parse_tune("X:1\nT:t\nM:4/4\nL:1/4\nK:C\n^C c C z|\n")
    root = ElementTree.fromstring(musicxml.write(tune))
    signs = [note.findtext("accidental") for note in root.iter("note")]
    assert signs == ["sharp", "sharp", None, None]


def test_broken_rhythm_with_a_grace_note_is_drawn_as_it_sounds():
    tune = abc.parse_tune("X:1\nT:t\nM:2/4\nL:1/4\nK:C\nc>{g}d|\n")
    root = ElementTree.fromstring(musicxml.write(tune))
    drawn = [(n.findtext("type"), len(n.findall("dot"))) for n in root.iter("note")
             if n.find("grace") is None]  # fmt: skip
    assert drawn == [("quarter", 1), ("eighth", 0)]


def test_music21_reads_the_same_notes():
    from music21 import converter

    tune = abc.parse_tune(RICH.replace("(5:4:5", "(5:4:5").replace("!D.C.!", ""))
    stream = converter.parseData(musicxml.write(tune).decode(), format="musicxml")
    heads = [p.ps for n in stream.flatten().notes if not n.duration.isGrace
             and "ChordSymbol" not in n.classes for p in n.pitches]  # fmt: skip
    root = ElementTree.fromstring(musicxml.write(tune))
    assert len(heads) == sum(n.find("grace") is None for n in root.iter("note")
                             if n.find("pitch") is not None)  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<score-partwise/>",
        b"<opus/>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><score-partwise><part id="P1"/></score-partwise>',
        b"<score-partwise>" + b"<a>" * 500 + b"</a>" * 500 + b"</score-partwise>",
        b"PK\x03\x04 no archive",
    ],
)
def test_what_is_no_score_is_refused_in_one_line(data: bytes):
    with pytest.raises(FormatError) as refused:
        musicxml.read(data)
    assert "\n" not in str(refused.value)


def test_numbers_that_no_music_needs_do_no_harm():
    note = (
        "<note><pitch><step>C</step><alter>inf</alter><octave>99999</octave></pitch>"
        f"<duration>{'9' * 300}</duration><voice>1</voice></note>"
    )
    xml = f'<score-partwise><part id="P1"><measure>{note}</measure></part></score-partwise>'
    assert abc.to_score(musicxml.read(xml.encode())) is not None


def lyrics(tune: abc.ParsedTune) -> list[tuple[Fraction, str]]:
    return [(lyric.onset, lyric.text) for lyric in abc.to_score(tune).lyrics]


def test_words_after_lines_without_any_stay_at_their_notes():
    """Empty words say of the lines before that nothing is sung to them (ABC 2.1, 5.1)."""
    lines = (
        "CDEF|GABc|\n" * 2 + "c4|B4|\nw:la le\n" + "A4|G4|\n" + "F4|E4|\nw:li lo\n" + "D4|C4|]\n"
    )
    text = "X:1\nT:t\nM:4/4\nL:1/4\nK:C\n" + lines.replace("CDEF|GABc|\n", "CDEF|GABc|\nw:\n")
    tune = abc.parse_tune(text.replace("A4|G4|\n", "A4|G4|\nw:\n"))
    assert lyrics(tune) == [(16, "la"), (20, "le"), (32, "li"), (36, "lo")]
    again = abc.parse_tune(abc.write(musicxml.read(musicxml.write(tune))))
    assert lyrics(again) == lyrics(tune)
    assert abc.write(again).rstrip().endswith("|]")  # no empty words behind the last ones


def test_the_words_of_each_voice_follow_its_own_notes():
    text = "X:1\nM:4/4\nL:1/4\nV:1\nV:2\nK:C\n"
    together = f"{text}V:1\nCDEF|\nV:2\nC,4|\nV:1\nG4|]\nw:a b c d e\nV:2\nG,4|]\nw:x y\n"
    apart = f"{text}V:1\nCDEF|\nw:a b c d\nG4|]\nw:e\nV:2\nC,4|\nw:x\nG,4|]\nw:y\n"
    first, second = (sorted(lyrics(abc.parse_tune(tune))) for tune in (together, apart))
    assert first == second == [(0, "a"), (0, "x"), (1, "b"), (2, "c"), (3, "d"), (4, "e"), (4, "y")]


def test_notes_of_a_chord_have_lengths_of_their_own():
    tune = abc.parse_tune("X:1\nT:t\nM:4/4\nL:1/4\nK:C\n[E3B2]c|[C2e3]c2|\n")
    xml = musicxml.write(tune)
    assert not faults(xml)
    assert sounds(abc.parse_tune(abc.write(musicxml.read(xml)))) == sounds(tune)


def test_a_tie_that_leads_nowhere_carries_no_accidental_under_an_octave_clef():
    text = "X:1\nT:t\nM:4/4\nL:1/4\nK:C clef=treble-8\nCDE^F|=FEDC|\n"
    root = ElementTree.fromstring(musicxml.write(abc.parse_tune(text)))
    sharp = list(root.iter("note"))[3]
    sharp.insert(2, ElementTree.Element("tie", type="start"))
    again = abc.parse_tune(abc.write(musicxml.read(ElementTree.tostring(root))))
    assert sounds(again) == sounds(abc.parse_tune(text))


@pytest.mark.parametrize(
    "word", ["l*a", "s|e", "scag\\", "a_b", "x~y", "50%", "d\u00e9-j\u00e0", "a&b;", "*la"]
)
def test_words_keep_signs_that_abc_has_other_uses_for(word: str):
    tune = abc.parse_tune("X:1\nT:t\nM:4/4\nL:1/4\nK:C\nCDEF|]\nw:la la la la\n")
    xml = musicxml.write(tune).replace(
        b"<text>la</text>", f"<text>{escape(word)}</text>".encode(), 1
    )
    found = musicxml.read_tune(xml)
    assert not found.warning
    again = abc.parse_tune(abc.write(found.tune))
    texts = [text.text for text in ElementTree.fromstring(musicxml.write(again)).iter("text")]
    assert texts == [word, "la", "la", "la"]
    assert [lyric.text for lyric in abc.to_score(again).lyrics] == texts


def test_words_that_are_a_mere_sign_are_named():
    tune = abc.parse_tune("X:1\nT:t\nM:4/4\nL:1/4\nK:C\nCDEF|]\nw:la la la la\n")
    xml = musicxml.write(tune).replace(b"<text>la</text>", b"<text>|</text>", 1)
    found = musicxml.read_tune(xml)
    assert "words of one sign" in found.warning
    assert "w:* la la la" in abc.write(found.tune)


def test_words_under_rests_are_named():
    tune = abc.parse_tune("X:1\nT:t\nM:4/4\nL:1/4\nK:C\nCDEz|]\nw:la la la\n")
    root = ElementTree.fromstring(musicxml.write(tune))
    rest = next(note for note in root.iter("note") if note.find("rest") is not None)
    ElementTree.SubElement(ElementTree.SubElement(rest, "lyric"), "text").text = "la"
    assert "words under rests (1)" in musicxml.read_tune(ElementTree.tostring(root)).warning


def numbers_of(body: str, **how: str) -> list[tuple[str, bool]]:
    text = f"X:1\nT:t\nM:3/4\nL:1/4\nK:C\n{body}\n"
    xml = document(abc.parse_tune(text), **how).xml
    measures = ElementTree.fromstring(xml.encode()).iter("measure")
    return [(m.get("number", ""), m.get("implicit") == "yes") for m in measures]


def test_a_pickup_is_no_bar_and_what_completes_one_has_no_number():
    assert numbers_of("|:C|CDE|FG:|:A|CDE|FG:|") == [
        ("0", True), ("1", False), ("2", True), ("X1", True), ("3", False), ("4", True),
    ]  # fmt: skip
    assert numbers_of("CDE|CDE|C3|]") == [("1", False), ("2", False), ("3", False)]
    assert numbers_of("V:1\nC|CDE|]\nV:2\nE|EFG|]") == [("0", True), ("1", False)] * 2


def test_a_bar_too_long_for_a_line_is_cut_in_pictures_alone():
    text = "X:1\nT:t\nM:none\nL:1/8\nK:C\n" + "CDEFGABc" * 10 + "|(3CDE F2|]\n"
    tune = abc.parse_tune(text)
    whole, cut = document(tune), document(tune, ids="n")
    assert whole.xml.count("<measure ") == 2
    assert cut.xml.count("<measure ") == 6
    assert whole.xml.count("<note") == cut.xml.count("<note") == 84
    assert "<bar-style>none</bar-style>" in cut.xml


def test_voices_with_long_bars_are_cut_at_the_same_moments():
    text = "X:1\nT:t\nM:none\nL:1/8\nK:C\nV:1\n" + "CDEF" * 15 + "|]\nV:2\n" + "C6D4E2" * 5 + "|]\n"
    root = ElementTree.fromstring(document(abc.parse_tune(text), ids="n").xml.encode())
    lengths = [
        [sum(int(n.findtext("duration")) for n in m.iter("note")) for m in part.iter("measure")]
        for part in root.iter("part")
    ]
    assert len(lengths[0]) > 2
    shares = [[Fraction(length, sum(part)) for length in part] for part in lengths]
    assert shares[0] == shares[1]


def test_stems_of_three_voices_on_a_staff_keep_apart():
    text = "X:1\nT:t\nM:4/4\nL:1/4\nK:C\ng4&e2d2&cBAG|cdef&A2G2&C4|]\n"
    root = ElementTree.fromstring(document(abc.parse_tune(text), ids="n").xml.encode())
    stems = [
        {note.findtext("voice"): note.findtext("stem") for note in measure.iter("note")}
        for measure in root.iter("measure")
    ]
    assert [list(each.values()) for each in stems] == [["up", "up", "down"], ["up", "down", "down"]]


def test_a_held_syllable_takes_its_hyphen():
    tune = abc.parse_tune("X:1\nT:t\nM:4/4\nL:1/4\nK:C\nCDEF|GABc|]\nw:Al-_-le-lu-ia A_-men\n")
    lyrics = ElementTree.fromstring(musicxml.write(tune)).iter("lyric")
    assert [(lyric.findtext("text"), lyric.findtext("syllabic")) for lyric in lyrics] == [
        ("Al", "begin"), ("le", "middle"), ("lu", "middle"), ("ia", "end"), ("A", "begin"),
        ("men", "end"),
    ]  # fmt: skip


def test_symbol_lines_are_written_at_their_notes():
    text = 'X:1\nT:t\nM:4/4\nL:1/4\nK:C\nCDEF|\ns:"Am" * !trill! "^up"\nGABc|]\n'
    root = ElementTree.fromstring(musicxml.write(abc.parse_tune(text)))
    assert root.find(".//harmony/root/root-step").text == "A"
    assert [
        n.findtext("pitch/step") for n in root.iter("note") if n.find(".//trill-mark") is not None
    ] == ["E"]
    assert [w.text for w in root.iter("words")] == ["up"]


def test_verses_have_numbers_of_any_form_and_a_note_two_syllables():
    tune = abc.parse_tune("X:1\nT:t\nM:4/4\nL:1/4\nK:C\nCDEF|]\nw:la la la la\n")
    root = ElementTree.fromstring(musicxml.write(tune))
    lyrics = list(root.iter("lyric"))
    for lyric in lyrics:
        lyric.set("number", "part3verse1")
    note = next(note for note in root.iter("note") if note.find("lyric") is not None)
    ElementTree.SubElement(
        ElementTree.SubElement(note, "lyric", number="part3verse1"), "text"
    ).text = "cum"
    assert "w:la la la la\nw:cum\n" in abc.write(musicxml.read(ElementTree.tostring(root)))


def test_more_syllables_at_a_note_than_there_are_verses_are_left_out_and_counted():
    tune = abc.parse_tune("X:1\nT:t\nM:4/4\nL:1/4\nK:C\nCDEF|]\nw:la la la la\n")
    root = ElementTree.fromstring(musicxml.write(tune))
    note = next(note for note in root.iter("note") if note.find("lyric") is not None)
    for _ in range(50):
        ElementTree.SubElement(ElementTree.SubElement(note, "lyric"), "text").text = "cum"
    read = musicxml.read_tune(ElementTree.tostring(root))
    assert abc.write(read.tune).count("\nw:") == 30
    assert "syllables of one note (21)" in read.lost


def test_marks_at_bar_lines_and_grace_notes_before_them_are_valid() -> None:
    body = "CDEFH|.(GA)B{dc}!breath!|:c2.-c2H:|1G4{[ac]}:|2{g}z4H|]"
    xml = musicxml.write(abc.parse_tune(f"X:1\nT:t\nM:4/4\nL:1/4\nK:C\n{body}\n"))
    assert not faults(xml)


def test_a_text_between_the_lines_is_named_and_a_note_kept() -> None:
    tune = abc.parse_tune("X:1\nT:t\nL:1/4\nK:C\nN:slowly\n%%text a\n%%center b\nCDEF|]\n")
    made = document(tune)
    assert made.left_out == ("text between the lines of music (%%text) is left out: 2 lines",)
    assert musicxml.read(made.xml.encode()).value("N") == "slowly"


@pytest.mark.parametrize("sign", [">", "^", "<"])
def test_a_sign_alone_between_quotes_is_a_text(sign: str) -> None:
    tune = abc.parse_tune(f'X:1\nT:t\nL:1/4\nK:C\n"{sign}"CDEF|]\n')
    assert f'"{sign}"C' in abc.write(tune)
    assert f'"^{sign}"C' in abc.write(musicxml.read(musicxml.write(tune)))


@pytest.mark.parametrize(
    "body",
    ["(cd(e)fga)|]", "(c(def)ga)|]", "((cd)e(f)g)|]", "(cd(e)f(g)a)|]", "({ab})c2d2|]",
     "(A4{GA})|(B2c2)|]", "(z2c2z)d|]"],
)  # fmt: skip
def test_slurs_may_meet_in_a_note_and_nest(body: str) -> None:
    xml = musicxml.write(abc.parse_tune(f"X:1\nT:t\nM:none\nL:1/8\nK:C\n{body}\n"))
    signs = [slur.get("type") for slur in ElementTree.fromstring(xml).iter("slur")]
    assert signs.count("start") == signs.count("stop") == body.count("(")
    again = musicxml.read_tune(xml)
    assert again.lost == ()
    assert abc.write_body(again.tune.body).replace(" ", "").rstrip("\n") == body


def test_slurs_that_meet_are_two() -> None:
    xml = musicxml.write(abc.parse_tune("X:1\nT:t\nM:none\nL:1/8\nK:C\n(cd(e)fg)|]\n"))
    notes = ElementTree.fromstring(xml).iter("note")
    slurs = [[s.get("type") for s in note.iterfind("notations/slur")] for note in notes]
    assert slurs == [["start"], [], ["stop", "start"], [], ["stop"]]


def test_a_slur_that_nothing_ends_is_named_and_left_out() -> None:
    xml = musicxml.write(abc.parse_tune("X:1\nT:t\nM:4/4\nL:1/4\nK:C\n(CDEF|G2)A2|]\n"))
    xml = xml.replace(b'<slur number="1" type="stop" />', b"")
    read = musicxml.read_tune(xml)
    assert read.lost == ("slurs without an end (1)",)
    assert abc.check(abc.write(read.tune)) == []
