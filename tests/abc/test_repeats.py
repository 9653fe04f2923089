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


def test_several_voices_are_refused() -> None:
    text = "X:1\nT:Two\nM:4/4\nL:1/8\nV:1\nV:2\nK:C\n[V:1]c8|]\n[V:2]C8|]\n"
    with pytest.raises(UsageError, match="one voice"):
        abc.expand_repeats(abc.parse_tune(text))
