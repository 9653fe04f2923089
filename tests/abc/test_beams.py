"""Spaces within a beat go, and nothing else does."""

from __future__ import annotations

import pytest

from musicrnn import abc
from musicrnn.abc.beams import beams_on_beats

HEAD = "X:1\nT:T\nM:{}\nL:1/8\nK:D\n"


@pytest.mark.parametrize(
    ("meter", "written", "wanted"),
    [
        ("4/4", "GABG F ABd|d2 fd B2 A2|]\n", "GABG FABd|d2 fd B2 A2|]\n"),
        ("4/4", "A B2 c d2 e f|]\n", "AB2c d2 ef|]\n"),
        ("6/8", "A B/c/d ef g|a3 a2 b|]\n", "AB/c/d efg|a3 a2b|]\n"),
        ("3/4", "c A F E2 A|{e}d c BA (3BcB|]\n", "cA FE2A|{e}dc BA (3BcB|]\n"),
        ("6/8", "|:d e|fed cde|fed d:|\n", "|:de|fed cde|fed d:|\n"),
        ("3/8", "A B c|d e/f/ g|]\n", "A B c|d e/f/ g|]\n"),
        ("none", "A B c d e|]\n", "A B c d e|]\n"),
    ],
)
def test_beams_end_where_beats_do(meter: str, written: str, wanted: str) -> None:
    head = HEAD.format(meter)
    text = beams_on_beats(head + written)
    assert text == head + wanted
    assert abc.to_score(abc.parse_tune(text)) == abc.to_score(abc.parse_tune(head + wanted))
    assert beams_on_beats(text) == text


def test_what_is_given_stays_as_it_is() -> None:
    given = HEAD.format("4/4") + "A BcB A Bc d|"
    assert beams_on_beats(given + "A BcB A Bc d|]\n", start=len(given)) == given + "ABcB ABcd|]\n"
