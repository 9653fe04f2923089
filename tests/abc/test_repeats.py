"""Repeats written out sound the same; repetitions folded in sound the same."""

from __future__ import annotations

import pytest

from musicrnn import abc
from musicrnn.errors import UsageError

HEADER = "X:1\nT:Test\nM:4/4\nL:1/8\nK:C\n"

REPEATED = [
    "|:CDEF GABc|1c8:|2C8|]",
    "|:c2|c4 d4|e4 f2:|\n|:d2|d8|d4 f2:|",
    "C8|D8|[K:G]F8:|E8|]",
    "C8|D8:|\nK:G\nF8|E8:|",
    "|:C8|[M:3/4]D6:|[M:4/4]E8|]",
    "C8|D8||E8|F8|]",
]


def heard(tune: abc.ParsedTune) -> list[tuple[object, ...]]:
    return [(note.onset, note.pitch, note.duration) for note in abc.to_score(tune)]


@pytest.mark.parametrize("body", REPEATED)
def test_expanding(body: str) -> None:
    tune = abc.parse_tune(f"{HEADER}{body}\n")
    expanded = abc.expand_repeats(tune)
    assert ":" not in abc.write(expanded).split("K:C\n", 1)[1].replace("[K:", "").replace("[M:", "")
    assert heard(expanded) == heard(tune)


@pytest.mark.parametrize(
    ("body", "folded"),
    [
        ("A8|B8|c8|d8|A8|B8|c8|d8|]", "|:A8|B8|c8|d8:|"),
        ("A8|B8|c8|d8|A8|B8|c8|e8|]", "|:A8|B8|c8|1d8:|2e8|]"),
        ("A8|B8|c8|d8|A8|B8|c8|d8|e8|]", "|:A8|B8|c8|d8:|e8|]"),
    ],
)
def test_folding(body: str, folded: str) -> None:
    tune = abc.parse_tune(f"{HEADER}{body}\n")
    made = abc.fold_repeats(tune)
    assert "".join(abc.write(made).split("K:C\n")[1].split()) == folded
    assert heard(made) == heard(tune)


def test_what_has_repeats_stays() -> None:
    tune = abc.parse_tune(f"{HEADER}|:A8:|\n")
    assert abc.fold_repeats(tune) is tune


def test_parts_and_their_bars() -> None:
    text = f"{HEADER}|:c|CDEF GABc|1c7:|2C7||\nA8|B8|]\n"
    bars = [[text[a:b] for a, b in part] for part in abc.part_bars(text)]
    assert bars == [["CDEF GABc", "c7", "C7"], ["A8", "B8"]]


def test_the_bars_of_a_voice_are_its_own() -> None:
    text = "X:1\nT:t\nM:4/4\nL:1/4\nK:C\nV:1\nCDEF|GABc|\nw:la\nV:2\nC4|G4|\n[V:1]c4|[V:2]E4|\n"
    for voice, wanted in (("1", ["CDEF", "GABc", "c4"]), ("2", ["C4", "G4", "E4"])):
        (bars,) = abc.part_bars(text, voice=voice)
        assert [text[start:end] for start, end in bars] == wanted


def test_several_voices_are_refused() -> None:
    text = "X:1\nT:Two\nM:4/4\nL:1/8\nV:1\nV:2\nK:C\n[V:1]c8|]\n[V:2]C8|]\n"
    with pytest.raises(UsageError, match="one voice"):
        abc.expand_repeats(abc.parse_tune(text))


SUNG = [
    ("|:CDEF|\nw:la le li lo\nw:ma me mi mo\nGABc:|\nw:one two three four\n",
     "CDEF|GABc|CDEF|GABc|]\nw:la le li lo one two three four ma me mi mo one two three four\n"),
    ("|:CDEF|1GABc:|2cBAG|]\nw:a b c d e f g h\nw:i j k l * * * * m n o p\n",
     "CDEF|GABc|CDEF|cBAG|]\nw:a b c d e f g h i j k l m n o p\n"),
    ("|:CDEF|1GABc:|2cBAG|]\nw:a b c d e f g h m n o p\n",
     "CDEF|GABc|CDEF|cBAG|]\nw:a b c d e f g h a b c d m n o p\n"),
    ("|:CDEF:|\nw:1 2 3 4\nw:5 6 7 8\nw:9 10 11 12\nw:13 14 15\n",
     "CDEF|CDEF|]\nw:1 2 3 4 5 6 7 8\nw:9 10 11 12 13 14 15 *\n"),
    ("CDEF|GABc|]\nw:A- le- lu- ia __ du ri\nw:zwei\n",
     "CDEF|GABc|]\nw:A- le- lu- ia _ _ du ri\nw:zwei * * * * * * *\n"),
    ("|:CDEF|GABc:|\nw:a b c d e f g h\nw:i j\n",  # no word where a verse has none
     "CDEF|GABc|CDEF|GABc|]\nw:a b c d e f g h i j * * * * * *\n"),
    ("|:CDEF|GABc:|\nw:a b\nw:i j k l m\n",
     "CDEF|GABc|CDEF|GABc|]\nw:a b * * * * * * i j k l m * * *\n"),
    ("|:CDEF|GABc:|\nw:a b c d e f g h\nw:i|*j\n",
     "CDEF|GABc|CDEF|GABc|]\nw:a b c d e f g h i * * * * j * *\n"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expanded"), SUNG)
def test_each_pass_takes_its_verse_along(body: str, expanded: str) -> None:
    tune = abc.parse_tune(f"X:1\nT:t\nM:4/4\nL:1/4\nK:C\n{body}")
    played = abc.expand_repeats(tune)
    assert abc.write_body(played.body) == expanded
    assert abc.to_score(played).lyrics == abc.to_score(tune).lyrics
    assert abc.to_score(abc.fold_repeats(played)).lyrics == abc.to_score(tune).lyrics


def test_folding_makes_verses_of_the_words() -> None:
    tune = abc.parse_tune(
        "X:1\nT:t\nM:4/4\nL:1/4\nK:C\nCDEF|G4|A4|c4|CDEF|G4|A4|B4|]\n"
        "w:one two three four five six eight one two three vier five six nine\nW:After\n"
    )
    folded = abc.fold_repeats(tune)
    assert abc.write_body(folded.body) == (
        "|:CDEF|G4|A4|1c4:|2B4|]\n"
        "w:one two three four five six eight *\nw:one two three vier five six * nine\nW:After\n"
    )
    assert abc.to_score(folded).lyrics == abc.to_score(tune).lyrics


def test_symbol_lines_go_along() -> None:
    tune = abc.parse_tune('X:1\nT:t\nM:2/4\nL:1/4\nK:C\n|:CD:|\ns:"G" !trill!\n')
    assert abc.write_body(abc.expand_repeats(tune).body) == '"G"CTD|"G"CTD|]\n'
