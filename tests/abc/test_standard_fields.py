"""ABC 2.1, section 3, the information fields: where each may stand and what its value means."""

from __future__ import annotations

from fractions import Fraction

import pytest

from musicrnn import abc
from musicrnn.abc.syntax.fields import FIELDS, read_meter, read_tempo, read_unit
from musicrnn.abc.syntax.keys import read_key
from musicrnn.abc.timeline.parts import expand_parts
from musicrnn.errors import AbcError, UsageError
from musicrnn.score import Key, Meter
from tests.abc.notation import fault_codes, heard, score_of, tune_text

METERS = [
    ("3.1.6 a fraction", "6/8", "6/8", Meter(6, 8)),
    ("3.1.6 C is common time", "C", "4/4", Meter(4, 4)),
    ("3.1.6 C| is cut time", "C|", "2/2", Meter(2, 2)),
    ("3.1.6 none is free metre", "none", "none", None),
    ("3.1.6 the empty value is free metre", "", "none", None),
    ("3.1.6 a sum in brackets", "(2+3+2)/8", "(2+3+2)/8", Meter(7, 8)),
    ("3.1.6 a sum without brackets", "2+2+3/8", "(2+2+3)/8", Meter(7, 8)),
    ("3.1.6 large numbers", "12/16", "12/16", Meter(12, 16)),
    ("3.1.6 space does not matter", " 3 / 4 ", "3/4", Meter(3, 4)),
]


@pytest.mark.parametrize(
    ("value", "canonical", "meter"), [pytest.param(*case[1:], id=case[0]) for case in METERS]
)
def test_meter(value: str, canonical: str, meter: Meter | None) -> None:
    read = read_meter(value)
    assert read is not None
    assert (read.canonical, read.meter) == (canonical, meter)


@pytest.mark.parametrize("value", ["4/0", "0/4", "4/3", "H", "FREI6/8", "1000000/4", "-3/4", "3/"])
def test_what_is_no_meter(value: str) -> None:
    """3.1.6"""
    assert read_meter(value) is None
    assert "bad-meter" in fault_codes(tune_text("C4|]", M=value))


UNITS = [
    ("3.1.7 a fraction of a whole note", "1/8", Fraction(1, 2)),
    ("3.1.7 1 is a whole note", "1", Fraction(4)),
    ("3.1.7 1/1 too", "1/1", Fraction(4)),
    ("3.1.7 short units", "1/64", Fraction(1, 16)),
    ("3.1.7 units that are no power of two", "3/16", Fraction(3, 4)),
]


@pytest.mark.parametrize(
    ("value", "quarters"), [pytest.param(*case[1:], id=case[0]) for case in UNITS]
)
def test_unit(value: str, quarters: Fraction) -> None:
    assert read_unit(value) == quarters


@pytest.mark.parametrize("value", ["0/8", "1/0", "x", "1/8/8"])
def test_what_is_no_unit(value: str) -> None:
    """3.1.7"""
    assert "bad-unit" in fault_codes(tune_text("C4|]", L=value))


DEFAULT_UNITS = [
    ("3.1.7 a metre of three quarters or more: an eighth", "3/4", "C4:1/2"),
    ("3.1.7 6/8 is three quarters", "6/8", "C4:1/2"),
    ("3.1.7 less: a sixteenth", "2/4", "C4:1/4"),
    ("3.1.7 5/8 is less", "5/8", "C4:1/4"),
    ("3.1.7 no metre: an eighth", "none", "C4:1/2"),
]


@pytest.mark.parametrize(
    ("meter", "expected"), [pytest.param(*case[1:], id=case[0]) for case in DEFAULT_UNITS]
)
def test_default_unit(meter: str, expected: str) -> None:
    assert heard("C", M=meter, L="") == expected


TEMPOS = [
    ("3.1.8 a beat and a rate", "1/4=120", 120, "1/4=120"),
    ("3.1.8 a dotted beat", "3/8=60", 90, "3/8=60"),
    ("3.1.8 several beats", "1/4 3/8 1/4 3/8=40", 200, "1/4 3/8 1/4 3/8=40"),
    ("3.1.8 a text before it", '"Allegro" 1/4=120', 120, '"Allegro" 1/4=120'),
    ("3.1.8 a text behind it", '3/8=50 "Slowly"', 75, '"Slowly" 3/8=50'),
    ("3.1.8 a text alone", '"Andante"', None, '"Andante"'),
    ("3.1.8 space does not matter", "1/4 = 100", 100, "1/4=100"),
    ("10.1 a rate alone counts quarters", "120", 120, "1/4=120"),
    ("10.1 C=100 counts unit lengths (an eighth here)", "C=100", 50, "1/8=100"),
    ("10.1 C3=40 counts three of them", "C3=40", 60, "3/8=40"),
]


@pytest.mark.parametrize(
    ("value", "qpm", "canonical"), [pytest.param(*case[1:], id=case[0]) for case in TEMPOS]
)
def test_tempo(value: str, qpm: int | None, canonical: str) -> None:
    read = read_tempo(value)
    assert read is not None
    assert (read.qpm, read.canonical) == (qpm, canonical)


@pytest.mark.parametrize("value", ["1/0=120", "fast", "1/4=0", "1/4=999999", "=120"])
def test_what_is_no_tempo(value: str) -> None:
    """3.1.8"""
    assert "bad-tempo" in fault_codes(tune_text("C4|]", more=f"Q:{value}\n"))


def test_tempo_changes_in_the_body() -> None:
    """3.1.8 and 3.2: Q: may stand in the body and inline."""
    score = score_of("C4|[Q:1/4=60]D4|\nQ:1/2=50\nE4|]", more="Q:1/4=120\n")
    assert [(t.onset, t.qpm) for t in score.tempos] == [(0, 120), (4, 60), (8, 100)]


PARTS = [
    ("3.1.9 a row of parts", "AABB", "AABB"),
    ("3.1.9 a number repeats a part", "A2B3", "AABBB"),
    ("3.1.9 brackets repeat a group", "(AB)3", "ABABAB"),
    ("3.1.9 groups nest", "((AB)2C)2", "ABABCABABC"),
    ("3.1.9 dots part what belongs together", "A2.B2.(C.D)2", "AABBCDCD"),
    ("3.1.9 space does not matter", "A B 2", "ABB"),
]


@pytest.mark.parametrize(
    ("value", "expected"), [pytest.param(*case[1:], id=case[0]) for case in PARTS]
)
def test_order_of_parts(value: str, expected: str) -> None:
    assert expand_parts(value) == expected


@pytest.mark.parametrize("value", ["(AB", "AB)", "2A", "A0", "a", "((((A9)9)9)9)9", "(A999)99"])
def test_what_is_no_order_of_parts(value: str) -> None:
    """3.1.9; the last two are repeat bombs."""
    with pytest.raises(AbcError):
        expand_parts(value)
    assert "bad-parts" in fault_codes(tune_text("C4|]", more=f"P:{value}\n"))


PLAYED_PARTS = [
    ("3.1.9 parts are played in the order of the header", "ABA", "P:A\nC4|\nP:B\nD4|",
     "C4:4 D4:4 C4:4"),
    ("3.1.9 repeats within parts", "AB", "P:A\nC4:|\nP:B\n|:D4:|", "C4:4 C4:4 D4:4 D4:4"),
    ("3.1.9 parts inline", "BA", "[P:A]C4|[P:B]D4|", "D4:4 C4:4"),
    ("3.1.9 a part that is not there is passed over", "AXB", "P:A\nC4|\nP:B\nD4|", "C4:4 D4:4"),
    ("3.1.9 what stands before the first part comes first", "BA", "E4|\nP:A\nC4|\nP:B\nD4|",
     "E4:4 D4:4 C4:4"),
    ("3.1.9 without P: in the header parts are mere labels", "", "P:A\nC4|\nP:B\nD4|",
     "C4:4 D4:4"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("parts", "body", "expected"), [pytest.param(*case[1:], id=case[0]) for case in PLAYED_PARTS]
)
def test_parts_are_played(parts: str, body: str, expected: str) -> None:
    assert heard(body, more=f"P:{parts}\n" if parts else "") == expected


KEYS = [
    ("3.1.14 a letter is a major key", "G", "G", Key("G", "major")),
    ("3.1.14 with a sharp", "F#", "F#", Key("F#", "major")),
    ("3.1.14 with a flat", "Bb", "Bb", Key("Bb", "major")),
    ("3.1.14 m is minor", "Am", "Am", Key("A", "minor")),
    ("3.1.14 min", "Amin", "Am", Key("A", "minor")),
    ("3.1.14 minor spelled out", "A minor", "Am", Key("A", "minor")),
    ("3.1.14 major spelled out", "D Major", "D", Key("D", "major")),
    ("3.1.14 maj", "Dmaj", "D", Key("D", "major")),
    ("3.1.14 ionian is major", "C ion", "C", Key("C", "major")),
    ("3.1.14 aeolian is minor", "Aaeo", "Am", Key("A", "minor")),
    ("3.1.14 dorian", "Edor", "Edor", Key("E", "dorian")),
    ("3.1.14 mixolydian spelled out", "A Mixolydian", "Amix", Key("A", "mixolydian")),
    ("3.1.14 phrygian", "Ephr", "Ephr", Key("E", "phrygian")),
    ("3.1.14 lydian", "Flyd", "Flyd", Key("F", "lydian")),
    ("3.1.14 locrian", "Bloc", "Bloc", Key("B", "locrian")),
    ("3.1.14 the case of the mode does not matter", "EDOR", "Edor", Key("E", "dorian")),
    ("3.1.14 only three letters of it do", "Amixxx", "Amix", Key("A", "mixolydian")),
    ("3.1.14 sharp as a word", "G sharp minor", "G#m", Key("G#", "minor")),
    ("3.1.14 flat as a word", "B flat", "Bb", Key("Bb", "major")),
    ("3.1.14 none", "none", "none", None),
    ("3.1.14 the empty value is none", "", "none", None),
    ("3.1.14 HP, the pipes without signature", "HP", "HP", None),
    ("3.1.14 Hp, with F sharp, C sharp, G natural", "Hp", "Hp", None),
]


@pytest.mark.parametrize(
    ("value", "canonical", "key"), [pytest.param(*case[1:], id=case[0]) for case in KEYS]
)
def test_key(value: str, canonical: str, key: Key | None) -> None:
    read = read_key(value)
    assert read is not None
    assert (read.canonical, read.key) == (canonical, key)


@pytest.mark.parametrize("value", ["H", "Es", "Cfoo", "#F", "Bn", "what is it"])
def test_what_is_no_key(value: str) -> None:
    """3.1.14"""
    assert read_key(value) is None
    assert "bad-key" in fault_codes(tune_text("C4|]", K=value))


SIGNATURES = [
    ("3.1.14 sharps", "A", "FCG", "F#4 C#4 G#4"),
    ("3.1.14 flats", "Eb", "BEA", "A#4 D#4 G#4"),
    ("3.1.14 a mode has the signature of its major key", "Ddor", "DFc", "D4 F4 C5"),
    ("3.1.14 accidentals add to the signature", "D ^g", "FG", "F#4 G#4"),
    ("3.1.14 and change it", "D =c", "Fc", "F#4 C5"),
    ("3.1.14 exp gives only these", "D exp _b", "FBc", "F4 A#4 C5"),
    ("3.1.14 without tonic", "exp ^f _b", "FB", "F#4 A#4"),
    ("3.1.14 seven sharps", "C#", "CDEFGAB", "C#4 D#4 F4 F#4 G#4 A#4 C5"),
    ("3.1.14 double sharps where a key wants them", "G#", "F", "G4"),
    ("3.1.14 HP sounds as Hp", "HP", "FCG", "F#4 C#4 G4"),
    ("3.1.14 Hp", "Hp", "FCG", "F#4 C#4 G4"),
    ("4.6 a clef after the key", "G clef=bass", "F", "F#4"),
    ("4.6 a clef without clef=", "G bass", "F", "F#4"),
    ("4.6 treble-8 sounds an octave lower", "C treble-8", "C", "C3"),
    ("4.6 treble+8 an octave higher", "C clef=treble+8", "C", "C5"),
    ("4.6 octave=", "C octave=-1", "C", "C3"),
    ("4.6 transpose= in semitones", "C transpose=3", "C", "D#4"),
    ("4.6 middle= and stafflines= do not sound", "C middle=d stafflines=1", "C", "C4"),
]


@pytest.mark.parametrize(
    ("key", "body", "expected"), [pytest.param(*case[1:], id=case[0]) for case in SIGNATURES]
)
def test_what_a_key_does(key: str, body: str, expected: str) -> None:
    assert heard(body, K=key) == expected


IN_THE_BODY = [
    ("3.2 K: on a line of its own", "F|\nK:G\nF", "F4 F#4"),
    ("3.2 K: inline", "F[K:G]F", "F4 F#4"),
    ("3.2 a clef inline leaves the key alone", "[K:G]F[K:clef=bass]F", "F#4 F#4"),
    ("3.2 M: changes what a tuplet means", "(5CCCCC|[M:6/8](5CCCCC",
     " ".join(["C4:2/5"] * 5 + ["C4:3/5"] * 5)),
    ("3.2 L: changes the unit", "C[L:1/8]C\nL:1/2\nC", "C4 C4:1/2 C4:2"),
    ("3.2 M: does not change the unit", "C4|[M:2/4]C2|", "C4:4 C4:2"),
    ("3.2 remarks do not sound", "C[r:a remark]D\nr:another\nE", "C4 D4 E4"),
    ("3.2 N: and R: may stand inline", "C[N:note]D[R:reel]E", "C4 D4 E4"),
    ("3.2 a line of d: is music", "d:|", "D5 D5"),
    ("3.2 so is one of A:", "A:|", "A4 A4"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "expected"), [pytest.param(*case[1:], id=case[0]) for case in IN_THE_BODY]
)
def test_fields_in_the_body(body: str, expected: str) -> None:
    assert heard(body) == expected


HEADERS = [
    ("3 X, T, …, K is in order", "X:1\nT:a\nK:C\nC|]\n", []),
    ("3.1.1 X: comes first", "T:a\nX:1\nK:C\nC|]\n", ["field-order"]),
    ("3.1.1 a tune has an X:", "T:a\nK:C\nC|]\n", ["missing-number"]),
    ("3.1.1 it is a number", "X:one\nT:a\nK:C\nC|]\n", ["bad-number"]),
    ("3.1.1 and has it alone", "X:1\nT:a\nK:C\nC|]\n\nX:1\nT:b\nK:C\nC|]\n", ["duplicate-number"]),
    ("3.1.2 T: comes second", "X:1\nM:none\nT:a\nK:C\nC|]\n", ["field-order"]),
    ("3.1.2 a tune has a title", "X:1\nK:C\nC|]\n", ["missing-title"]),
    ("3.1.2 it may have several", "X:1\nT:a\nT:b\nK:C\nC|]\n", []),
    ("3.1.14 the header ends with K:", "X:1\nT:a\nCDEF|]\n", ["missing-key"]),
    ("3 most fields may be repeated", "X:1\nT:a\nC:x\nC:y\nN:n\nN:m\nK:C\nC|]\n", []),
    ("3 M: may not", "X:1\nT:a\nM:4/4\nM:3/4\nK:C\nC3|]\n", ["repeated-field"]),
    ("3 w: has no place in the header", "X:1\nT:a\nw:word\nK:C\nC|]\n", ["field-place"]),
    ("3 S: has none in the body", "X:1\nT:a\nK:C\nC|]\nS:source\n", ["field-place"]),
    ("3.2 T: has none inline", "X:1\nT:a\nK:C\nC[T:x]|]\n", ["field-place"]),
    ("3 unknown fields", "X:1\nT:a\nJ:what\nK:C\nC|]\n", ["unknown-field"]),
]


@pytest.mark.parametrize(
    ("text", "codes"), [pytest.param(*case[1:], id=case[0]) for case in HEADERS]
)
def test_header(text: str, codes: list[str]) -> None:
    assert fault_codes(text) == codes


@pytest.mark.parametrize("letter", sorted(set(FIELDS) - set("KXTMLQPVUmsw+WI")))
def test_text_fields_are_kept(letter: str) -> None:
    """3.1.3 to 3.1.16: what says something about a tune is kept as it is written."""
    tune = abc.parse_tune(tune_text("C", more=f"{letter}:Some words, as written \n"))
    assert tune.value(letter) == "Some words, as written"


def test_a_field_goes_on_with_plus() -> None:
    """3.3"""
    tune = abc.parse_tune(tune_text("C", more="N:first\n+:second\n+:third\n"))
    assert tune.value("N") == "first second third"


def test_words_go_on_with_plus() -> None:
    """3.3, in the body"""
    tune = abc.parse_tune(tune_text("CD|]\nw:one\n+:two"))
    assert abc.write(tune).endswith("w:one two\n")


def test_history_in_several_lines() -> None:
    """10.1: H: used to go on without a letter."""
    tune = abc.parse_tune(tune_text("C", more="H:It was written\nin a ship\n"))
    assert tune.values("H") == ("It was written", "in a ship")


PARSED_KEYS = [("d", "D major"), ("Am", "A minor"), ("f# minor", "F# minor"), ("Bb", "Bb major"),
               ("D dorian", "D dorian"), (" g mix ", "G mixolydian")]  # fmt: skip


@pytest.mark.parametrize(("text", "name"), PARSED_KEYS)
def test_parse_key_reads_what_a_user_types(text: str, name: str) -> None:
    assert str(abc.parse_key(text)) == name


@pytest.mark.parametrize("text", ["", "H", "none", "C exp ^f", "cheese", "D clef=bass"])
def test_parse_key_says_what_would_do(text: str) -> None:
    with pytest.raises(UsageError, match="is not a key"):
        abc.parse_key(text)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ("L:1/7\n", "unusual-unit"), ("L:3/8\n", "unusual-unit"), ("L:1/1024\n", "unusual-unit"),
        ("L:1/8\nQ:1/7=80\n", "unusual-beat"), ("L:1/8\nQ:1/4 2/3=80\n", "unusual-beat"),
        ("L:1/512\n", None), ("L:1\n", None), ("L:1/8\nQ:3/8=80\n", None),
        ("L:1/8\nQ:1/4 5/16=80\n", None),
    ],
)  # fmt: skip
def test_values_that_no_note_has_are_read_with_a_warning(fields: str, code: str | None) -> None:
    text = f"X:1\nT:t\nM:none\n{fields}K:C\nC3|]\n"
    faults = abc.check(text)
    assert [fault.code for fault in faults] == ([code] if code else [])
    assert all(fault.severity == "warning" for fault in faults)
    unit = abc.read_timeline(abc.parse_tune(text)).unit
    assert abc.to_score(abc.parse_tune(text)).notes[0].duration == 3 * unit
