"""MusicXML as other programs write it, to ABC with all that ABC can say; and what is drawn is what
sounds."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from musicrnn import abc, musicxml
from tests.musicxml.schema import faults

COMMON = (
    "<attributes><divisions>40</divisions><key><fifths>0</fifths></key>"
    "<time><beats>4</beats><beat-type>4</beat-type></time>"
    "<clef><sign>G</sign><line>2</line></clef></attributes>"
)


def note(
    name: str, duration: int = 40, kind: str = "quarter", more: str = "", alter: str = ""
) -> str:
    """A note such as ``C4``; `more` are the elements after its type."""
    alteration = f"<alter>{alter}</alter>" if alter else ""
    return (
        f"<note><pitch><step>{name[0]}</step>{alteration}<octave>{name[1]}</octave></pitch>"
        f"<duration>{duration}</duration><voice>1</voice><type>{kind}</type>{more}</note>"
    )


def whole(name: str) -> str:
    return note(name, 160, "whole")


def lyric(number: str, syllabic: str, text: str) -> str:
    return f'<lyric number="{number}"><syllabic>{syllabic}</syllabic><text>{text}</text></lyric>'


def ending(numbers: str, music: str) -> str:
    left = f'<barline location="left"><ending number="{numbers}" type="start"/></barline>'
    right = (
        f'<barline location="right"><ending number="{numbers}" type="stop"/>'
        '<repeat direction="backward"/></barline>'
    )
    return left + music + right


def score(*measures: str, head: str = "") -> bytes:
    """A document of one part; the first measure has the attributes."""
    music = "".join(
        f'<measure number="{number}">{COMMON if number == 1 else ""}{measure}</measure>'
        for number, measure in enumerate(measures, 1)
    )
    return (
        f'<score-partwise version="4.0">{head}<part-list><score-part id="P1"><part-name/>'
        f'</score-part></part-list><part id="P1">{music}</part></score-partwise>'
    ).encode()


def tuplet(actual: int, normal: int) -> str:
    return (
        f"<time-modification><actual-notes>{actual}</actual-notes>"
        f"<normal-notes>{normal}</normal-notes></time-modification>"
    )


FIVE = "".join(note(f"{step}4", 8, "16th", tuplet(5, 4)) for step in "CDEFG")
SLURRED = '<notations><slur type="{}" number="1"/>{}</notations>'
#: what is written, the lines of the body that come of it
READ = {
    "endings in any order": (
        ['<barline location="left"><repeat direction="forward"/></barline>' + whole("C4"),
         ending("1, 4, 5", whole("D4")), ending("2", whole("E4")), ending("3", whole("F4"))],
        "|:C8|1,4,5D8:|2E8:|3F8:|",
    ),
    "each bar has a grid of its own": (
        [FIVE + note("C4") + note("C4", 80, "half"),
         note("D4", 5, "32nd") * 8 + note("C4", 120, "half", "<dot/>")],
        "(5:4:5C/D/E/F/G/ C2 C4|D/4D/4D/4D/4D/4D/4D/4D/4 C6|",
    ),
    "quarter tones": (
        [note("C4", alter="0.5") + note("D4", alter="-0.5") + note("E4", alter="-1.5")
         + note("F4", alter="1.5")],
        "^/C2 _/D2 _3/2E2 ^3/2F2|",
    ),
    "grace, slur, dynamics, clef, chord symbol": (
        ["<harmony><root><root-step>A</root-step></root><kind>minor-seventh</kind>"
         "<bass><bass-step>G</bass-step></bass></harmony>"
         "<direction><direction-type><dynamics><mf/></dynamics></direction-type></direction>"
         '<note><grace slash="yes"/><pitch><step>B</step><octave>4</octave></pitch>'
         "<voice>1</voice><type>eighth</type></note>"
         + note("C5", more=SLURRED.format("start", "<articulations><staccato/></articulations>"))
         + note("D5", more=SLURRED.format("stop", ""))
         + "<attributes><clef><sign>F</sign><line>4</line></clef></attributes>"
         + note("E3", 80, "half")],
        '"Am7/G"!mf!{/B}!staccato!(c2 d2)[K:clef=bass] E,4|',
    ),
    "verses": (
        [note("C4", more=lyric("1", "begin", "Ro") + lyric("2", "single", "one"))
         + note("D4", more=lyric("1", "end", "ses") + lyric("2", "single", "two"))
         + note("E4", 80, "half", lyric("1", "single", "red"))],
        "C2 D2 E4|\nw:Ro- ses red\nw:one two",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("measures", "body"), READ.values(), ids=READ)
def test_all_that_abc_can_say_is_kept(measures: list[str], body: str) -> None:
    read = musicxml.read_tune(score(*measures))
    assert read.lost == ()
    assert abc.write_body(read.tune.body).rstrip("\n") == body
    again = musicxml.read_tune(musicxml.write(read.tune))
    assert again.lost == ()
    assert abc.write_body(again.tune.body).rstrip("\n") == body


def test_titles_and_who_made_it_are_kept() -> None:
    head = (
        "<work><work-title>Work</work-title></work><movement-title>Movement</movement-title>"
        '<identification><creator type="composer">Someone</creator>'
        '<creator type="lyricist">Poet</creator><rights>(c) me</rights></identification>'
    )
    tune = musicxml.read(score(whole("C4"), head=head))
    assert tune.titles == ("Work", "Movement")
    assert tune.values("C") == ("Someone",)
    assert "lyricist: Poet" in tune.values("N")


def test_what_abc_cannot_say_is_named() -> None:
    drum = (
        "<note><unpitched><display-step>C</display-step><display-octave>5</display-octave>"
        "</unpitched><duration>160</duration><voice>1</voice><type>whole</type>"
        "<notehead>x</notehead></note>"
    )
    bass = "<figured-bass><figure><figure-number>6</figure-number></figure></figured-bass>"
    warning = musicxml.read_tune(score(bass + drum)).warning
    for word in ("percussion", "note heads", "figured bass"):
        assert word in warning


@pytest.mark.parametrize(
    ("key", "body", "signature", "signs"),
    [
        ("C", "^/F _/B ^3/2c _3/2d", [], ["quarter-sharp", "quarter-flat", "three-quarters-sharp",
                                         "three-quarters-flat"]),
        ("Hp", "FcGf", ["F1", "C1", "G0"], [None] * 4),
        ("HP", "FcGf", [], [None] * 4),
        ("Bb _/A", "ABAB", ["B-1", "E-1", "A-0.5"], [None] * 4),
        ("C", "^C c C c'", [], ["sharp", "sharp", None, "sharp"]),
    ],
)  # fmt: skip
def test_what_is_drawn_is_what_sounds(
    key: str, body: str, signature: list[str], signs: list[str | None]
) -> None:
    tune = abc.parse_tune(f"X:1\nT:t\nM:4/4\nL:1/4\nK:{key}\n{body}|]\n")
    root = ElementTree.fromstring(musicxml.write(tune))
    steps = [element.text or "" for element in root.iter("key-step")]
    alters = [element.text or "" for element in root.iter("key-alter")]
    assert [a + b for a, b in zip(steps, alters, strict=True)] == signature
    assert [element.findtext("accidental") for element in root.iter("note")] == signs
    sounding = [note.pitch + note.cents / 100 for note in abc.to_score(tune)]
    letters = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
    assert [
        letters[n.findtext("pitch/step", "")] + 12 * (int(n.findtext("pitch/octave", "")) + 1)
        + float(n.findtext("pitch/alter", "0")) for n in root.iter("note")
    ] == sounding  # fmt: skip


def test_words_of_a_tree_out_of_musicxml_are_sung_at_their_notes() -> None:
    text = "X:1\nT:t\nM:2/4\nL:1/4\nK:C\n|:!p!CD|!f!EF:|\nw:a b c d\nw:e f g h\n"
    tune = abc.parse_tune(text)
    read = musicxml.read(musicxml.write(tune))
    assert abc.to_score(read).lyrics == abc.to_score(tune).lyrics
    heard = [[note.velocity for note in abc.to_score(t, ornaments=True)] for t in (read, tune)]
    assert heard[0] == heard[1]


@pytest.mark.parametrize(
    "words",
    [
        "a- * * b\nw:c d e f\n{}",
        "a b c d-\nw:e f g _\n{}",
        "a b- * *\nw:c d _ _\n{}",
        "a- _ _ b\n{}",
    ],
)
def test_a_verse_ends_with_its_last_word(words: str) -> None:
    body = "|:CDEF|\nw:" + words.format("GABc:|\nw:h i j k")
    tune = abc.parse_tune(f"X:1\nT:t\nM:4/4\nL:1/4\nK:C\n{body}\n")
    read = musicxml.read(musicxml.write(tune))
    assert abc.to_score(read).lyrics == abc.to_score(tune).lyrics


def test_a_chord_symbol_over_an_overlay_keeps_its_moment() -> None:
    tune = abc.parse_tune('X:1\nT:t\nM:4/4\nL:1/4\nK:C\n"C"CDEF|C4&E2"G7"G"Am"A|CDEF|]\n')
    chords = [(4, "C"), (6, "G7"), (7, "Am")]
    for one in (tune, musicxml.read(musicxml.write(tune))):
        symbols = abc.to_score(one).chords
        assert [(symbol.onset, symbol.text) for symbol in symbols][1:] == chords[1:]


@pytest.mark.parametrize(
    "key",
    ["D exp ^f", "F# exp _b", "exp ^f _b", "D exp", "Am ^g", "C =f", "Bb _/a", "D exp ^f =c", "HP",
     "Hp", "G#", "Dlyd _e", "Em ^d clef=bass", "G exp ^^f __b"],
)  # fmt: skip
def test_a_signature_of_ones_own_comes_back_with_its_tonic(key: str) -> None:
    tune = abc.parse_tune(f"X:1\nT:t\nM:4/4\nL:1/4\nK:{key}\nCDEF|GABc|]\n")
    document = musicxml.write(tune)
    assert not faults(document)
    back = musicxml.read_tune(document).tune
    assert back.key == key
    assert [note.pitch for note in abc.to_score(back)] == [
        note.pitch for note in abc.to_score(tune)
    ]


def test_signatures_change_in_the_middle_and_in_several_voices() -> None:
    text = (
        "X:1\nT:t\nM:4/4\nL:1/8\n%%score 1 2\nV:1\nV:2\nK:D exp ^f\n"
        "V:1\nC2 D2 E2 F2|[K:Am ^g]G2 A2 B2 c2|]\nV:2\nF2 D2 E2 F2|[K:Am ^g]G2 A2 B2 c2|]\n"
    )
    document = musicxml.write(abc.parse_tune(text))
    assert not faults(document)
    assert abc.write(musicxml.read_tune(document).tune) == text


def test_a_signature_without_a_tonic_is_that_of_c() -> None:
    key = "<key><key-step>B</key-step><key-alter>-1</key-alter></key>"
    data = score(whole("B4")).replace(b"<key><fifths>0</fifths></key>", key.encode())
    assert musicxml.read_tune(data).tune.key == "C exp _b"


@pytest.mark.parametrize("body", ["c4{de}|z4|]", "{de}z4|c4|]", "c2{d}x2|c4|]", "[ce]4{/d}|z4|]"])
def test_grace_notes_before_a_rest_are_kept(body: str) -> None:
    tune = abc.parse_tune(f"X:1\nT:t\nM:4/4\nL:1/4\nK:C\n{body}\n")
    back = musicxml.read_tune(musicxml.write(tune)).tune
    kept = [node for node in back.body if isinstance(node, abc.Grace)]
    assert [len(node.notes) for node in kept] == [body.split("{")[1].strip("/").index("}")]


def test_who_did_what_comes_back() -> None:
    creators = "".join(
        f'<creator type="{kind}">{name}</creator>'
        for kind, name in (("composer", "Ann"), ("lyricist", "Bob"), ("arranger", "Cy"))
    )
    data = score(whole("C4"), head=f"<identification>{creators}</identification>")
    tune = musicxml.read_tune(data).tune
    assert tune.values("C") == ("Ann",)
    assert tune.values("N") == ("lyricist: Bob", "arranger: Cy")
    again = musicxml.write(tune)
    assert not faults(again)
    root = ElementTree.fromstring(again)
    assert {(c.get("type"), c.text) for c in root.iter("creator")} == {
        ("composer", "Ann"), ("lyricist", "Bob"), ("arranger", "Cy"),
    }  # fmt: skip
    assert musicxml.read_tune(again).tune.values("N") == tune.values("N")
