"""ABC 2.1, section 4, the tune body: what each construct sounds like.

Every case is (section and rule, ABC, what is heard); see `notation` for the words.
"""

from __future__ import annotations

import pytest

from tests.abc.notation import heard, written

C = "C4"

PITCH = [
    ("4.1 capital letters are the octave from middle C", "CDEFGAB", "C4 D4 E4 F4 G4 A4 B4"),
    ("4.1 small letters are the octave above", "cdefgab", "C5 D5 E5 F5 G5 A5 B5"),
    ("4.1 a comma lowers by an octave", "C, D,, ", "C3 D2"),
    ("4.1 an apostrophe raises by an octave", "c' d''", "C6 D7"),
    ("4.1 commas and apostrophes may stand in any order and cancel", "C,' c',", "C4 C5"),
    ("4.1 a comma lowers small letters too", "c,", "C4"),
    ("4.1 an apostrophe raises capital letters too", "C'", "C5"),
    ("4.2 ^ is a sharp", "^C ^F", "C#4 F#4"),
    ("4.2 _ is a flat", "_B _E", "A#4 D#4"),
    ("4.2 ^^ is a double sharp", "^^C", "D4"),
    ("4.2 __ is a double flat", "__D", "C4"),
    ("4.2 an accidental holds until the bar ends", "^C C|C2 z2", "C#4 C#4 C4:2"),
    ("4.2 a natural takes an accidental back", "^C =C C", "C#4 C4 C4"),
    ("4.2 an accidental holds in all octaves (11.3 says so)", "^C c C,", "C#4 C#5 C#3"),
    ("4.2 an accidental does not touch other letters", "^C D", "C#4 D4"),
    ("4.2 a microtone sounds as the nearest semitone", "^/C ^3/2C _/B", "C4 C#4 B4"),
    ("4.2 a tied note keeps its accidental across the bar line", "z3^F-|F F2 z", "-:3 F#4:2 F4:2"),
    ("4.2 a dotted bar line ends accidentals too", "^C2 .| C2", "C#4:2 C4:2"),
]

LENGTH = [
    ("4.3 a number multiplies the unit", "C2 D3", "C4:2 D4:3"),
    ("4.3 a slash and a number divide it", "C/4 D/2", "C4:1/4 D4:1/2"),
    ("4.3 a fraction does both", "C3/2 D3/4", "C4:3/2 D4:3/4"),
    ("4.3 a lone slash halves", "C/ D/", "C4:1/2 D4:1/2"),
    ("4.3 each further slash halves again", "C// D///", "C4:1/4 D4:1/8"),
    ("4.3 a number before a lone slash", "C3/", "C4:3/2"),
    ("4.3 1 says nothing", "C1 D1/1", "C4 D4"),
    ("4.3 odd divisors are exact", "C/3 D/3 E/3", "C4:1/3 D4:1/3 E4:1/3"),
    ("4.4 > lengthens the first note and shortens the second", "A>B", "A4:3/2 B4:1/2"),
    ("4.4 < does it the other way round", "A<B", "A4:1/2 B4:3/2"),
    ("4.4 >> is double dotted", "A>>B", "A4:7/4 B4:1/4"),
    ("4.4 >>> is triple dotted", "A>>>B", "A4:15/8 B4:1/8"),
    ("4.4 << and <<< likewise", "A<<B c<<<d", "A4:1/4 B4:7/4 C5:1/8 D5:15/8"),
    ("4.4 it acts on written lengths", "A2>B2", "A4:3 B4"),
    ("4.4 and on notes of unequal lengths", "A2>B", "A4:3 B4:1/2"),
    ("4.4 it acts across a space", "A> B", "A4:3/2 B4:1/2"),
    ("4.4 it acts on rests", "z>B", "-:3/2 B4:1/2"),
    ("4.4 it acts on chords", "[CE]>[DF]", "C4:3/2+E4:3/2 D4:1/2+F4:1/2"),
    ("4.4 it reaches over grace notes", "A>{g}B", "A4:3/2 B4:1/2"),
    ("4.4 it reaches over a tie", "A>-A", "A4:2"),
    ("4.4 one after the other", "A>B c<d", "A4:3/2 B4:1/2 C5:1/2 D5:3/2"),
    ("4.5 z is a rest", "C z D", "C4 - D4"),
    ("4.5 z takes lengths like a note", "C z/ D3/2 z E/", "C4 -:1/2 D4:3/2 - E4:1/2"),
    ("4.5 x is an invisible rest that takes time too", "C x2 D", "C4 -:2 D4"),
    ("4.5 Z is a bar of rest", "Z|C4", "-:4 C4:4"),
    ("4.5 Z and a number are so many bars", "Z3|C4", "-:12 C4:4"),
    ("4.5 X is an invisible bar of rest", "X|C4", "-:4 C4:4"),
    ("4.5 y is room on paper and takes no time", "C y D y2 E", "C4 D4 E4"),
]

BEAMS_AND_BARS = [
    ("4.7 spaces break beams, not time", "CD EF", "C4 D4 E4 F4"),
    ("4.7 backquotes are for the eye", "C``D`E", "C4 D4 E4"),
    ("4.8 | parts bars", "C4|D4", "C4:4 D4:4"),
    ("4.8 |] and || and [| sound the same", "C4||D4[|E4|]", "C4:4 D4:4 E4:4"),
    ("4.8 |: and :| repeat", "|:C4:|", "C4:4 C4:4"),
    ("4.8 :: ends one repeat and starts the next", "|:C4::D4:|", "C4:4 C4:4 D4:4 D4:4"),
    ("4.8 :|: is ::", "|:C4:|:D4:|", "C4:4 C4:4 D4:4 D4:4"),
    ("4.8 :||: is :: too", "|:C4:||:D4:|", "C4:4 C4:4 D4:4 D4:4"),
    ("4.8 |:: and ::| play three times", "|::C4::|", "C4:4 C4:4 C4:4"),
    ("4.8 a repeat without |: starts at the start", "C4|D4:|", "C4:4 D4:4 C4:4 D4:4"),
    ("4.8 or after the repeat before", "C4:|D4:|", "C4:4 C4:4 D4:4 D4:4"),
    ("4.8 or after a double bar since then", "C4:|D4||E4:|", "C4:4 C4:4 D4:4 E4:4 E4:4"),
    ("4.8 but a double bar in the first section does not count", "C4||D4:|", "C4:4 D4:4 C4:4 D4:4"),
    ("4.8 a double bar within |: and :| does not count", "|:C4||D4:|", "C4:4 D4:4 C4:4 D4:4"),
    ("4.8 a pickup is repeated with its section", "|:G|C3:|", "G4 C4:3 G4 C4:3"),
    ("4.8 [|] is an invisible bar line", "C4[|]D4", "C4:4 D4:4"),
    ("11.3 an accidental ends at one, too", "^C4[|]C4", "C#4:4 C4:4"),
    ("4.8 .| is a dotted bar line", "C4.|D4", "C4:4 D4:4"),
    ("4.8 bar lines of any shape: |[|", "C4|[|D4", "C4:4 D4:4"),
    ("4.8 and [|: and :|]", "C4[|:D4:|]E4", "C4:4 D4:4 D4:4 E4:4"),
    ("4.9 [1 and [2 are played on their pass", "|:C4|[1D4:|[2E4|]", "C4:4 D4:4 C4:4 E4:4"),
    ("4.9 |1 and :|2 are short for them", "|:C4|1D4:|2E4|]", "C4:4 D4:4 C4:4 E4:4"),
    ("4.9 space may stand before the number", "|:C4| [1 D4:| [2 E4|]", "C4:4 D4:4 C4:4 E4:4"),
    ("4.9 without |: they go back to the start", "C4|1D4:|2E4|]", "C4:4 D4:4 C4:4 E4:4"),
    ("4.9 what follows the last ending is played once", "|:C4|1D4:|2E4||F4|]",
     "C4:4 D4:4 C4:4 E4:4 F4:4"),
    ("4.9 the next section repeats on its own", "|:C4|1D4:|2E4||F4:|",
     "C4:4 D4:4 C4:4 E4:4 F4:4 F4:4"),
    ("4.9 endings may start within a bar", "|:C2[1D2:|[2E2|]", "C4:2 D4:2 C4:2 E4:2"),
    ("4.10 [1,3 serves two passes", "|:C4|[1,3D4:|[2E4:|",
     "C4:4 D4:4 C4:4 E4:4 C4:4 D4:4"),
    ("4.10 [1-3 serves three", "|:C4|[1-3D4:|[4E4|]",
     "C4:4 D4:4 C4:4 D4:4 C4:4 D4:4 C4:4 E4:4"),
    ("4.10 [1,2-3 joins both", "|:C4|[1,2-3D4:|[4E4|]",
     "C4:4 D4:4 C4:4 D4:4 C4:4 D4:4 C4:4 E4:4"),
    ("4.10 three endings", "|:C4|1D4:|2E4:|3F4|]", "C4:4 D4:4 C4:4 E4:4 C4:4 F4:4"),
]  # fmt: skip

TIES_SLURS_GRACES = [
    ("4.11 - ties two notes of a pitch", "C2-C2", "C4:4"),
    ("4.11 also across a bar line", "C4-|C4", "C4:8"),
    ("4.11 and over several notes", "C-C-C-C", "C4:4"),
    ("4.11 a space may follow the tie", "C2- C2", "C4:4"),
    ("4.11 a tie that leads to another pitch ties nothing", "C2-D2", "C4:2 D4:2"),
    ("4.11 a chord is tied as a whole", "[CE]-[CE]", "C4:2+E4:2"),
    ("4.11 or note by note", "[C-E][CF]", "C4:2+E4 F4"),
    ("4.11 ties are joined in each pass of a repeat", "|:C4-|C4:|", "C4:8 C4:8"),
    ("4.11 a dotted tie ties too", "C.-C", "C4:2"),
    ("4.11 slurs sound as their notes", "(CD)(EF)", "C4 D4 E4 F4"),
    ("4.11 slurs may nest and meet", "(c(de)f)", "C5 D5 E5 F5"),
    ("4.11 a dotted slur", ".(CD)", "C4 D4"),
    ("4.12 grace notes take no time of the bar", "{g}C {ab}D", "C4 D4"),
    ("4.12 an acciaccatura has a slash", "{/g}C", "C4"),
    ("4.12 grace notes may have lengths", "{g2a/}C", "C4"),
    ("4.12 grace notes set accidentals of the bar", "{^f}C F", "C4 F#4"),
    ("4.12 chords among grace notes", "{[ce]}C", "C4"),
]

TUPLETS = [
    ("4.13 (2 is 2 in the time of 3", "(2CD", "C4:3/2 D4:3/2", "6/8"),
    ("4.13 (3 is 3 in the time of 2", "(3CDE", "C4:2/3 D4:2/3 E4:2/3", "4/4"),
    ("4.13 (4 is 4 in the time of 3", "(4CDEF", "C4:3/4 D4:3/4 E4:3/4 F4:3/4", "6/8"),
    ("4.13 (5 is 5 in the time of 2", "(5CCCCC", " ".join(["C4:2/5"] * 5), "4/4"),
    ("4.13 but of 3 in compound metre", "(5CCCCC", " ".join(["C4:3/5"] * 5), "6/8"),
    ("4.13 (6 is 6 in the time of 2", "(6CCCCCC", " ".join(["C4:1/3"] * 6), "4/4"),
    ("4.13 (7 is 7 in the time of 2", "(7CCCCCCC", " ".join(["C4:2/7"] * 7), "4/4"),
    ("4.13 but of 3 in compound metre (7)", "(7CCCCCCC", " ".join(["C4:3/7"] * 7), "9/8"),
    ("4.13 (8 is 8 in the time of 3", "(8CCCCCCCC", " ".join(["C4:3/8"] * 8), "4/4"),
    ("4.13 (9 is 9 in the time of 2", "(9CCCCCCCCC", " ".join(["C4:2/9"] * 9), "4/4"),
    ("4.13 but of 3 in compound metre (9)", "(9CCCCCCCCC", " ".join(["C4:1/3"] * 9), "12/8"),
    ("4.13 (p:q says the time", "(5:4CCCCC", " ".join(["C4:4/5"] * 5), "4/4"),
    ("4.13 (p:q:r says how many notes too", "(3:2:4CDEFG", "C4:2/3 D4:2/3 E4:2/3 F4:2/3 G4", "4/4"),
    ("4.13 (p::r leaves q to the default", "(3::2CDE", "C4:2/3 D4:2/3 E4", "4/4"),
    ("4.13 (p:: leaves both", "(3::CDEF", "C4:2/3 D4:2/3 E4:2/3 F4", "4/4"),
    ("4.13 (p:q: leaves r", "(3:2:CDEF", "C4:2/3 D4:2/3 E4:2/3 F4", "4/4"),
    ("4.13 notes of a tuplet may have lengths", "(3C2DE", "C4:4/3 D4:2/3 E4:2/3", "4/4"),
    ("4.13 a rest counts", "(3CzE", "C4:2/3 -:2/3 E4:2/3", "4/4"),
    ("4.13 a chord counts as one note", "(3[CE]DE", "C4:2/3+E4:2/3 D4:2/3 E4:2/3", "4/4"),
    ("4.13 grace notes do not count", "(3C{g}DE", "C4:2/3 D4:2/3 E4:2/3", "4/4"),
    ("4.13 broken rhythm within a tuplet", "(3A>BC", "A4 B4:1/3 C4:2/3", "4/4"),
    ("4.13 a tuplet reaches over the bar line", "(3CD|E", "C4:2/3 D4:2/3 E4:2/3", "4/4"),
]

CHORDS = [
    ("4.17 [ ] holds notes that sound together", "[CEG]", "C4+E4+G4"),
    ("4.17 a length after it multiplies", "[CEG]2", "C4:2+E4:2+G4:2"),
    ("4.17 lengths within", "[C2E2]", "C4:2+E4:2"),
    ("4.17 both multiply", "[C2E2]3", "C4:6+E4:6"),
    ("4.17 the first note says how long the chord is", "[C2E]D", "C4:2+E4 D4"),
    ("4.17 accidentals within", "[^CE] C", "C#4+E4 C#4"),
    ("4.17 space within is allowed", "[C E G]", "C4+E4+G4"),
    ("4.17 a unison is two notes of one pitch", "[DD]", "D4+D4"),
    ("4.17 decorations stand before a chord", "!f![CE]", "C4+E4"),
    ("4.17 or within it", "[C!1!E]", "C4+E4"),
    ("4.18 chord symbols make no note", '"Am7"C "G/B"D', "C4 D4"),
    ("4.19 annotations make no note", '"^up"C "_down"D "<l"E ">r"F "@x"G', "C4 D4 E4 F4 G4"),
    (
        "4.20 chord symbol, decoration, accidental, note, octave, length",
        '"C"!f!{g}.^c\'2-',
        "C#6:2",
    ),
]

MANY_VOICES = [
    ("7 V: lines part voices", "V:1\nC4|\nV:2\nE4|", "C4:4 / E4:4"),
    ("7 V: goes back to a voice", "V:1\nC4|\nV:2\nE4|\nV:1\nD4|\nV:2\nF4|",
     "C4:4 D4:4 / E4:4 F4:4"),
    ("7.3 [V:] at the start of a line", "[V:a]C4|\n[V:b]E4|", "C4:4 / E4:4"),
    ("7 repeats are those of each voice", "V:1\n|:C4:|\nV:2\n|:E4:|", "C4:4 C4:4 / E4:4 E4:4"),
    ("7 accidentals are those of each voice", "V:1\n^C2\nV:2\nC2", "C#4:2 / C4:2"),
    ("7.4 & goes back to the start of the bar", "C4&E4|D4", "C4:4+E4:4 D4:4"),
    ("7.4 more than one layer", "C4&E4&G4|", "C4:4+E4:4+G4:4"),
    ("7.4 layers have accidentals of their own", "^C4&C4|", "C4:4+C#4:4"),
    ("7.1 clef=treble-8 sounds an octave lower", "V:1 clef=treble-8\nC4|", "C3:4"),
    ("7.1 octave= moves what sounds", "V:1 octave=1\nC4|", "C5:4"),
    ("7.1 transpose= moves by semitones", "V:1 transpose=-2\nC4|", "A#3:4"),
]  # fmt: skip

MACROS = [
    ("9 the last definition of a macro holds", "m:~g2 = f2\nm:~g2 = e2\n", "~g2", "E5:2"),
    ("9.1 a static macro stands for other text", "m:~g2 = {a}g{f}g\n", "~g2", "G5 G5"),
    ("9.1 it may be used often", "m:T = CC\n", "T|T", "C4 C4 C4 C4"),
    ("9.2 in a transposing macro n is any note", "m:Tn = nn\n", "TC Td", "C4 C4 D5 D5"),
    ("9.2 and the letters around n are the notes around it", "m:~n2 = n/o/n/m/\n", "~c2",
     "C5:1/2 D5:1/2 C5:1/2 B4:1/2"),
    ("9.2 across octaves", "m:~n = onm\n", "~B", "C5 B4 A4"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(body, expected, id=name)
        for name, body, expected in (
            PITCH + LENGTH + BEAMS_AND_BARS + TIES_SLURS_GRACES + CHORDS + MANY_VOICES
        )
    ],
)
def test_what_is_heard(body: str, expected: str) -> None:
    assert heard(body) == expected


@pytest.mark.parametrize(
    ("body", "expected", "meter"),
    [pytest.param(body, heard_, meter, id=name) for name, body, heard_, meter in TUPLETS],
)
def test_tuplets(body: str, expected: str, meter: str) -> None:
    assert heard(body, M=meter) == expected


@pytest.mark.parametrize(
    ("macro", "body", "expected"),
    [pytest.param(macro, body, heard_, id=name) for name, macro, body, heard_ in MACROS],
)
def test_macros(macro: str, body: str, expected: str) -> None:
    assert heard(body, more=macro) == expected


CANONICAL = [
    ("4.3 A/2 is A/", "A/2 A2/4 A4/2 A1", "A/ A/ A2 A"),
    ("4.3 A// is A/4", "A// A3//", "A/4 A3/4"),
    ("4.1 superfluous octave marks go", "C'', c,,", "c C,"),
    ("4.7 backquotes go", "A``B", "AB"),
    ("4.7 one space ends a beam", "A   B", "A B"),
    ("4.7 no space stands beside a bar line", "A2 B2 | c4 |", "A2 B2|c4|"),
    ("4.8 bar lines have one shape", "C4:||:D4||:E4:|]", "C4::D4|:E4:|"),
    ("4.8 two bar lines with nothing between are one", "C4| |D4:| |:E4:|", "C4||D4::E4:|"),
    ("4.9 an ending is joined to its bar line", "C4| [1 D4:| [2 E4|]", "C4|1D4:|2E4|]"),
    ("4.9 within a bar it is not", "C2[1D2:|[2E2|]", "C2[1D2:|2E2|]"),
    ("4.13 tuplets stay as written", "(3ABc (3:2:4ABcd", "(3ABc (3:2:4ABcd"),
    ("4.14 shorthand where there is one", "!staccato!A !roll!B !trill!c !upbow!d", ".A ~B Tc ud"),
    ("4.14 other names in full", "LA !mordent!B PC", "!accent!A !mordent!B !uppermordent!C"),
    ("4.14 +…+ becomes !…!", "+trill+A +f+B", "TA !f!B"),
    ("4.17 chords", "[C E G]2/2", "[CEG]"),
    ("6.1 continued lines are joined", "AB\\\ncd|", "ABcd|"),
    ("6.1 an old ! at the end of a line is its end", "AB|!\ncd|", "AB|\ncd|"),
    ("6.1 an old ! within a line breaks it", "AB|!cd|", "AB|\ncd|"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "expected"), [pytest.param(*case[1:], id=case[0]) for case in CANONICAL]
)
def test_canonical_spelling(body: str, expected: str) -> None:
    assert written(body) == expected
    assert written(expected) == expected
