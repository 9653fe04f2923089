"""ABC 2.1, sections 2, 5 to 8, 10 to 12: files, words, line breaks, directives, old habits; and
what "well formed" means for bars, repeats and endings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from musicrnn import abc
from musicrnn.abc.checking.codes import RULES
from musicrnn.abc.checking.lyrics import syllables
from musicrnn.abc.syntax.tree import Annotation, Comment, Decoration, Directive, Field, LineBreak
from musicrnn.errors import AbcError
from tests.abc.notation import fault_codes, heard, score_of, tune_text, written

TUNE = "X:1\nT:a\nM:4/4\nL:1/4\nK:C\nCDEF|]\n"
OTHER = "X:2\nT:b\nM:4/4\nL:1/4\nK:C\nFEDC|]\n"

FILES = [
    ("2.2 one tune", TUNE, ["a"]),
    ("2.2 an empty line parts tunes", TUNE + "\n" + OTHER, ["a", "b"]),
    ("2.2 several empty lines too", TUNE + "\n \n\n" + OTHER, ["a", "b"]),
    ("2.2 %abc-2.1 may stand first", "%abc-2.1\n" + TUNE, ["a"]),
    ("2.2.2 a file header comes before the tunes", "M:3/4\nL:1/8\n\n" + TUNE, ["a"]),
    ("2.2.3 free text between tunes", TUNE + "\nSome words.\n\n" + OTHER, ["a", "b"]),
    ("2.2.3 a text block is not music", "%%begintext\nX:9\n%%endtext\n\n" + TUNE, ["a"]),
    ("2.2.4 a tune need not end with a line end", TUNE.rstrip("\n"), ["a"]),
    ("2.2.4 line ends of Windows", TUNE.replace("\n", "\r\n"), ["a"]),
    ("2.2.4 line ends of old Macs", TUNE.replace("\n", "\r"), ["a"]),
    ("2.2.5 a comment before a tune", "% remark\n" + TUNE, ["a"]),
    ("2.2 without an empty line a tune starts all the same", TUNE + OTHER, ["a", "b"]),
    ("8.2 a byte order mark is no character", "\ufeff" + TUNE, ["a"]),
]


@pytest.mark.parametrize(("text", "titles"), [pytest.param(*c[1:], id=c[0]) for c in FILES])
def test_files(text: str, titles: list[str]) -> None:
    assert [tune.title for tune in abc.parse(text)] == titles


def test_a_file_header_holds_for_all_tunes() -> None:
    """2.2.2"""
    book = abc.parse("M:6/8\nL:1/4\n\nX:1\nT:a\nK:C\nC|]\n\nX:2\nT:b\nL:1/2\nK:C\nC|]\n")
    lengths = [abc.to_score(tune).notes[0].duration for tune in book]
    assert lengths == [1, 2]


def test_free_text_is_kept() -> None:
    """2.2.3"""
    assert abc.parse("Hello.\n\n" + TUNE).texts == ("Hello.",)


COMMENTS = [
    ("2.2.5 a comment ends a line of music", "CD % remark\nEF|]", "C4 D4 E4 F4"),
    ("2.2.5 a comment line within the music", "CD|\n% remark\nEF|]", "C4 D4 E4 F4"),
    ("2.2.6 a backslash joins lines", "C>\\\nD|]", "C4:3/2 D4:1/2"),
    ("2.2.6 also before a comment", "C>\\ % remark\nD|]", "C4:3/2 D4:1/2"),
    ("6.1 a line break takes no time", "CD|\nEF|", "C4 D4 E4 F4"),
    ("6.1 $ is a line break", "CD$EF|", "C4 D4 E4 F4"),
    ("10 a lone ! is one too", "CD|!EF|", "C4 D4 E4 F4"),
    ("8.1 reserved characters mean nothing", "C#D*E;F?G@A", "C4 D4 E4 F4 G4 A4"),
    ("5.1 words do not sound", "CD|\nw:one two\nEF|]", "C4 D4 E4 F4"),
    ("4.15 symbol lines do not sound", "CD|\ns:!f! *\nEF|]", "C4 D4 E4 F4"),
    ("3 words after the tune do not sound", "CD|\nW:Verse two\n", "C4 D4"),
]


@pytest.mark.parametrize(("body", "expected"), [pytest.param(*c[1:], id=c[0]) for c in COMMENTS])
def test_what_does_not_sound(body: str, expected: str) -> None:
    assert heard(body) == expected


DIRECTIVES = [
    ("11 %%MIDI program", "%%MIDI program 24\nC", 24),
    ("11 %%MIDI program with a channel", "%%MIDI program 2 40\nC", 40),
    ("11 I:MIDI is %%MIDI", "[I:MIDI program 73]C", 73),
]


@pytest.mark.parametrize(("body", "program"), [pytest.param(*c[1:], id=c[0]) for c in DIRECTIVES])
def test_programs(body: str, program: int) -> None:
    assert score_of(body).parts[0].program == program


SOUND = [
    ("11 %%MIDI transpose", "%%MIDI transpose 12\nC", "C5"),
    ("11 %%MIDI rtranspose adds", "%%MIDI transpose 12\nC\n%%MIDI rtranspose -1\nC", "C5 B4"),
    ("11.3 accidentals in the same octave only", "%%propagate-accidentals octave\n^Cc", "C#4 C5"),
    ("11.3 accidentals for one note only", "%%propagate-accidentals not\n^CC", "C#4 C4"),
    ("11.3 accidentals in all octaves", "%%propagate-accidentals pitch\n^Cc", "C#4 C#5"),
    ("4.14 D.C. plays again from the start", "C4|D4!D.C.!|]", "C4:4 D4:4 C4:4 D4:4"),
    ("4.14 as far as fine", "C4!fine!|D4!D.C.!|]", "C4:4 D4:4 C4:4"),
    ("4.14 without repeats", "|:C4:|D4!D.C.!|]", "C4:4 C4:4 D4:4 C4:4 D4:4"),
    ("4.14 with the last ending", "C4|1D4:|2E4|]F4!D.C.!|]",
     "C4:4 D4:4 C4:4 E4:4 F4:4 C4:4 E4:4 F4:4"),
    ("4.14 D.S. plays from the sign", "C4|!segno!D4|E4!D.S.!|]", "C4:4 D4:4 E4:4 D4:4 E4:4"),
    ("4.14 and over to the coda", "C4!tocoda!|D4!D.C.!|!coda!E4|]", "C4:4 D4:4 C4:4 E4:4"),
    ("4.14 a mark behind the bar line belongs before it", "C4|D4|!D.C.!", "C4:4 D4:4 C4:4 D4:4"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), [pytest.param(*c[1:], id=c[0]) for c in SOUND])
def test_what_changes_the_sound(body: str, expected: str) -> None:
    assert heard(body) == expected


def test_dynamics_are_velocities() -> None:
    """4.14: !p! and !f! hold until the next."""
    soft, same, loud = score_of("!p!CD!f!E").notes
    assert soft.velocity == same.velocity < loud.velocity


def test_chord_symbols_are_in_the_score() -> None:
    """4.18; what is no chord (a fingering, D.C.) is not."""
    score = score_of('"Am"C"4"D"G7/B"E"D.C."F')
    assert [(c.onset, c.text) for c in score.chords] == [(0, "Am"), (2, "G7/B")]


def test_ornaments_are_an_option() -> None:
    """4.12, 4.14: a player takes grace notes from their note, and plays staccato short."""
    tune = abc.parse_tune(tune_text("{a}C.D!accent!E"))
    grace, first, short, loud = abc.to_score(tune, ornaments=True)
    assert (grace.pitch, first.pitch) == (81, 60)
    assert grace.end == first.onset
    assert first.end == 1
    assert short.duration < 1
    assert loud.velocity > short.velocity
    assert len(abc.to_score(tune).notes) == 3


def test_accompaniment_is_an_option() -> None:
    """4.18"""
    tune = abc.parse_tune(tune_text('"C"CEGc|"G7"GBdf|]'))
    score = abc.to_score(tune, accompaniment=True)
    assert [part.name for part in score.parts][-1] == "Chords"
    first = [n.pitch for n in score if n.part == 1 and n.onset == 0]
    assert first == [36, 48, 52, 55]
    assert {n.pitch for n in score if n.part == 1 and 4 <= n.onset < 8} == {43, 50, 53, 55, 59}


DECORATIONS = [
    ("4.14 . is staccato", ".C", "staccato"),
    ("4.14 ~ is a roll", "~C", "roll"),
    ("4.14 H is a fermata", "HC", "fermata"),
    ("4.14 L is an accent", "LC", "accent"),
    ("4.14 M is a lower mordent", "MC", "lowermordent"),
    ("4.14 O is the coda", "OC", "coda"),
    ("4.14 P is an upper mordent", "PC", "uppermordent"),
    ("4.14 S is the segno", "SC", "segno"),
    ("4.14 T is a trill", "TC", "trill"),
    ("4.14 u is up-bow", "uC", "upbow"),
    ("4.14 v is down-bow", "vC", "downbow"),
    ("4.14 !…! by name", "!breath!C", "breath"),
    ("4.14 the case of a name is forgiven", "!Fermata!C", "fermata"),
    ("12.1 +…+ of ABC 2.0", "+trill+C", "trill"),
    ("4.16 U: gives a sign another meaning", "[U:T=!turn!]TC", "turn"),
    ("4.16 U: defines a new sign", "[U: k = !mordent!]kC", "mordent"),
]


@pytest.mark.parametrize(("body", "name"), [pytest.param(*c[1:], id=c[0]) for c in DECORATIONS])
def test_decorations(body: str, name: str) -> None:
    tune = abc.parse_tune(tune_text(body))
    assert [node.name for node in tune.body if isinstance(node, Decoration)] == [name]
    assert not tune.diagnostics


def test_u_may_take_a_sign_away() -> None:
    """4.16"""
    tune = abc.parse_tune(tune_text("TC", more="U: T = !nil!\n"))
    assert not [node for node in tune.body if isinstance(node, Decoration)]


def test_annotations_keep_their_place() -> None:
    """4.19"""
    tune = abc.parse_tune(tune_text('"^up"C'))
    assert [node.text for node in tune.body if isinstance(node, Annotation)] == ["^up"]


WORDS = [
    ("5.1 space parts syllables", "one two", ["one", "two"]),
    ("5.1 - parts the syllables of a word", "hap-py", ["hap-", "py"]),
    ("5.1 -- and space holds a note", "hap -py", ["hap", "_", "py"]),
    ("5.1 _ holds the syllable", "long_ time", ["long", "_", "time"]),
    ("5.1 * leaves a note out", "one * two", ["one", "*", "two"]),
    ("5.1 ~ joins words", "of~the", ["of the"]),
    ("5.1 \\- is a hyphen", "well\\-known", ["well-known"]),
    ("5.1 | goes on at the next bar", "one|two", ["one", "|", "two"]),
]


@pytest.mark.parametrize(("value", "expected"), [pytest.param(*c[1:], id=c[0]) for c in WORDS])
def test_words(value: str, expected: list[str]) -> None:
    assert syllables(value) == expected


def test_more_words_than_notes() -> None:
    """5.1"""
    assert fault_codes(tune_text("CDEF|]\nw:a b c d")) == []
    assert fault_codes(tune_text("CDEF|]\nw:a b c d e")) == ["too-many-words"]


TEXTS = [
    ("8.2 accents", r"Ma\~nana, \'a \`e \"o \cc", "Mañana, á è ö ç"),
    ("8.2 letters", r"\AE \oe \ss \/o \aa", "Æ œ ß ø å"),
    ("8.2 named entities", "caf&eacute; &amp; more", "café & more"),
    ("8.2 numbered entities", "&#233;", "é"),
    ("8.2 four and eight digits", r"\u00e9 \U0001d11e", "é 𝄞"),
    ("8.2 an escaped percent sign is no comment", r"50 \% off", "50 % off"),
    ("8.2 an escaped backslash", r"a\\b", r"a\b"),
    ("8.2 what is no escape stays", r"a\zb &nothing;", r"a\zb &nothing;"),
]


@pytest.mark.parametrize(("value", "expected"), [pytest.param(*c[1:], id=c[0]) for c in TEXTS])
def test_text_strings(value: str, expected: str) -> None:
    tune = abc.parse_tune(f"X:1\nT:{value}\nK:C\nC|]\n")
    assert tune.title == expected
    assert abc.parse_tune(abc.write(tune)).title == expected


ENCODINGS = [
    ("8.2 UTF-8", "T:é".encode(), "T:é"),
    ("8.2 UTF-8 with a mark", b"\xef\xbb\xbfT:\xc3\xa9", "T:é"),
    ("8.2 UTF-16", "T:é".encode("utf-16"), "T:é"),
    ("8.2 Latin-1 where it is not UTF-8", b"T:\xe9", "T:é"),
    ("8.2 %%abc-charset", b"%%abc-charset iso-8859-2\nT:\xb1", "%%abc-charset iso-8859-2\nT:ą"),
]


@pytest.mark.parametrize(("data", "expected"), [pytest.param(*c[1:], id=c[0]) for c in ENCODINGS])
def test_encodings(data: bytes, expected: str) -> None:
    assert abc.decode(data) == expected


def test_what_is_no_text() -> None:
    with pytest.raises(AbcError, match="zero bytes"):
        abc.decode(b"MThd\0\0\0\6")


def test_comments_directives_and_line_breaks_are_kept() -> None:
    tune = abc.parse_tune(tune_text("C|\n% remark\n%%staffsep 50\nD|[I:linebreak <EOL>]"))
    kinds = [type(n) for n in tune.body if isinstance(n, (Comment, Directive, LineBreak, Field))]
    assert kinds == [LineBreak, Comment, Directive, Field, LineBreak]


LINE_BREAKS = [
    ("6.1 I:linebreak $ makes $ the only break", "I:linebreak $\n", "CD$EF|", "CD$EF|"),
    ("6.1 I:linebreak ! keeps the !", "I:linebreak !\n", "CD!EF|", "CD!EF|"),
    ("6.1 without it a $ is a line end", "", "CD$EF|", "CD\nEF|"),
]


@pytest.mark.parametrize(
    ("more", "body", "expected"), [pytest.param(*c[1:], id=c[0]) for c in LINE_BREAKS]
)
def test_line_breaks(more: str, body: str, expected: str) -> None:
    assert written(body, more=more) == expected


@pytest.mark.parametrize("line", ["%%abc-include /etc/passwd", "I:abc-include secret.abc"])
def test_other_files_are_never_included(line: str) -> None:
    text = f"X:1\nT:a\n{line}\nK:C\nC|]\n"
    assert fault_codes(text) == ["include"]
    assert "include" not in abc.write(abc.parse_tune(text))


MUSIC_FAULTS = [
    ("2.2.3 a text block without its end", "C|]\n%%begintext\nsung slowly", "unclosed-block"),
    ("4 what means nothing", "C=|]", "stray-character"),
    ("4.17 a chord without ]", "[CEG|]", "unclosed-chord"),
    ("4.17 an empty chord", "[]C|]", "empty-chord"),
    ("4.12 grace notes without }", "{gC|]", "unclosed-grace"),
    ("4.18 a text without its second quote", '"Am C|]', "unclosed-quote"),
    ("3.2 an inline field without ]", "C4|[K:G", "unclosed-field"),
    ("4.11 a slur that does not end", "(CDEF|]", "unclosed-slur"),
    ("4.11 a slur that does not start", "CDEF)|]", "unopened-slur"),
    ("4.11 a tie that does not touch its note", "C2 -C2|]", "loose-tie"),
    ("4.14 a decoration that nobody knows", "!sing!CDEF|]", "unknown-decoration"),
    ("4.16 a sign without meaning", "kCDEF|]", "unknown-symbol"),
    ("4.4 broken rhythm without a first note", ">CDEF|]", "loose-broken-rhythm"),
    ("4.4 or without a second", "CDEF>|]", "loose-broken-rhythm"),
    ("4.3 a length that is none", "C0|]", "bad-length"),
    ("4.3 a length past the limit", "C9999999|]", "bad-length"),
    ("4.13 a tuplet in the time of nothing", "(3:0CDE|]", "bad-tuplet"),
    ("4.3 a seventh of a note", "C/7DE|]", "unusual-length"),
    ("4.13 a tuplet of one", "(1C|]", "bad-tuplet"),
    ("4.13 a tuplet of a hundred", "(100C|]", "bad-tuplet"),
    ("4.13 a tuplet that wants more notes", "C2(3CDE2|]", ""),
    ("4.13 a tuplet at the end of the tune", "C3(3C|]", "short-tuplet"),
    ("4.10 an ending of number 0", "C4|[0D4|]", "bad-ending"),
    ("4.1 a note that no one hears", "C,,,,,,,|]", "note-range"),
    ("8.1 a reserved character", "CD*EF|]", "reserved-character"),
    ("9 a macro that is none", "C4|]\nm:nothing", "bad-macro"),
    ("4.16 a definition that is none", "C4|]\nU:nothing", "bad-symbol-definition"),
]


@pytest.mark.parametrize(("body", "code"), [pytest.param(*c[1:], id=c[0]) for c in MUSIC_FAULTS])
def test_faults_of_music(body: str, code: str) -> None:
    codes = fault_codes(tune_text(body, M="none"))
    assert code in codes if code else not codes


BARS = [
    ("full bars", "C4|D4|]", None),
    ("a bar too short", "C4|D3|E4|]", "bar-length"),
    ("a bar too long", "C4|D5|E4|]", "bar-length"),
    ("a pickup and what completes it", "G|C4|D3|]", None),
    ("a pickup and a full last bar", "G|C4|D4|]", None),
    ("a last bar that completes nothing", "C4|D4|E3|]", "bar-incomplete"),
    ("a last bar that leaves room for the pickup of the next section", "C4|D3||G|C4|D3|]", None),
    ("a pickup that is repeated", "|:G|C4|D3:|", None),
    ("both endings complete it", "|:G|C4|1D3:|2E3|]", None),
    ("the second may be full", "|:G|C4|1D3:|2E4|]", None),
    ("the first may not fall short", "|:C4|1D3:|2E4|]", "bar-incomplete"),
    ("a bar in two halves", "C4|D2||E2|F4|]", None),
    ("a bar in two halves around a repeat", "|:C4|D2:|:E2|F4:|", None),
    ("a bar cut by endings", "|:C4|D2[1E2:|[2F2|]", None),
    ("a bar cut by endings, wrongly", "|:C4|D2[1E2:|[2F|]", "bar-incomplete"),
    ("a lone pickup before the repeat", "G|:C4|D3:|", None),
    ("a change of metre", "C4|[M:3/4]D3|E3|]", None),
    ("no metre, no count", "[M:none]C5|D2|E|]", None),
    ("tuplets count as they sound", "(3CDE F2|(5CDEFGA2|]", None),
    ("broken rhythm adds up", "C>D E<F|C2>D2|]", None),
    ("rests of several bars", "C4|Z3|D4|]", None),
    ("overlays fill the bar too", "C4&E4|D4&F3|]", "overlay-length"),
]


@pytest.mark.parametrize(("body", "code"), [pytest.param(*c[1:], id=c[0]) for c in BARS])
def test_bars_add_up(body: str, code: str | None) -> None:
    assert fault_codes(tune_text(body)) == ([code] if code else [])


FORM = [
    ("4.8 a repeat", "|:C4:|", None),
    ("4.8 a repeat without a start", "C4:|", None),
    ("4.8 a repeat without an end", "|:C4|]", "repeat-unclosed"),
    ("4.8 a start after a start", "|:C4|:D4:|", "repeat-unclosed"),
    ("4.9 two endings", "|:C4|1D4:|2E4|]", None),
    ("4.9 a first ending alone", "|:C4|1D4:|E4|]", "ending-unpaired"),
    ("4.9 a second ending alone", "|:C4:|2D4|]", "ending-unpaired"),
    ("4.9 a first ending without :|", "|:C4|1D4|2E4:|", "ending-unrepeated"),
    ("4.10 a gap in the numbers", "|:C4|1D4:|3E4|]", "ending-unpaired"),
    ("4.8 a tune without a final bar line", "C4|D4|", "no-final-bar"),
    ("4.8 || is not final", "C4|D4||", "no-final-bar"),
    ("4.8 nor is ::", "|:C4::", "repeat-unclosed"),
    ("7 voices of unequal length", "V:1\nC4|]\nV:2\nC4|D4|]", "voice-lengths"),
    ("a tune without notes", "|]", "empty-tune"),
]


@pytest.mark.parametrize(("body", "code"), [pytest.param(*c[1:], id=c[0]) for c in FORM])
def test_form(body: str, code: str | None) -> None:
    codes = fault_codes(tune_text(body))
    assert code in codes if code else not codes


def test_the_documentation_lists_every_code() -> None:
    page = (Path(__file__).parents[2] / "docs" / "abc.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z-]+)` \| (error|warning|info) \|", page, re.MULTILINE)
    assert dict(rows) == {code: rule.severity for code, rule in RULES.items()}
