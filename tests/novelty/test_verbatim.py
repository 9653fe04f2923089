"""The longest passage that a text shares with known ones."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicrnn.novelty.verbatim import Verbatim, of_texts

KNOWN = ["The cat sat on the mat.", "A dog ran."]


@pytest.mark.parametrize(
    ("text", "passage"),
    [
        ("My cat sat down", " cat sat "),
        ("A dog ran.", "A dog ran."),
        ("mat.A dog", "A dog"),  # no passage goes from one text into the next
        ("ŷŵ", ""),
        ("", ""),
    ],
)
def test_the_longest_shared_passage(text: str, passage: str) -> None:
    assert Verbatim(KNOWN).longest(text) == passage


@given(st.lists(st.text("abc", max_size=30), min_size=1, max_size=4), st.text("abcd", max_size=30))
def test_as_long_as_by_trying_all(known: list[str], text: str) -> None:
    spans = [text[i:j] for i in range(len(text)) for j in range(i, len(text) + 1)]
    longest = max((len(s) for s in spans if any(s in each for each in known)), default=0)
    assert len(Verbatim(known).longest(text)) == longest


def test_both_sides() -> None:
    found = of_texts(["The cat sat up", "dogs"], ["On the mat."], Verbatim(KNOWN))
    assert found.samples.characters == (3, 12)
    assert found.samples.median == 7.5
    assert found.real.characters == (len("n the mat."),)
    assert found.longest == "The cat sat "


def test_nothing_is_undefined() -> None:
    assert math.isnan(of_texts([], [], Verbatim(KNOWN)).samples.median)
