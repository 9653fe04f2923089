"""The suffix array finds what looking at every place finds."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from musicrnn.novelty.suffix_array import SuffixArray

melodies = st.lists(st.lists(st.integers(1, 3), max_size=40), min_size=1, max_size=6)


def text_of(melodies: list[list[int]]) -> NDArray[np.uint16]:
    return np.array([0, *(step for melody in melodies for step in [*melody, 0])], np.uint16)


def longest_common_run(a: list[int], b: list[int]) -> int:
    """The textbook table of common suffixes."""
    longest, row = 0, [0] * (len(b) + 1)
    for x in a:
        row = [0, *(row[j] + 1 if x == y else 0 for j, y in enumerate(b))]
        longest = max(longest, *row)
    return longest


@given(melodies, st.lists(st.integers(1, 3), max_size=40))
@settings(deadline=None, max_examples=300)
def test_the_longest_run(known: list[list[int]], query: list[int]) -> None:
    array = SuffixArray.build(text_of(known))
    lengths = array.runs(np.array(query, np.uint16), least=1)[2]
    expected = max(longest_common_run(query, melody) for melody in known)
    assert lengths.max(initial=0) == expected


@given(melodies, st.lists(st.integers(1, 3), max_size=40))
@settings(deadline=None)
def test_every_run_is_there_and_maximal(known: list[list[int]], query: list[int]) -> None:
    text = text_of(known)
    for start, place, length in zip(
        *SuffixArray.build(text).runs(np.array(query, np.uint16), least=2), strict=True
    ):
        assert query[start : start + length] == text[place : place + length].tolist()
        assert start == 0 or query[start - 1] != text[place - 1]
        assert start + length == len(query) or query[start + length] != text[place + length]


def test_places_are_sorted_by_what_follows() -> None:
    rng = np.random.default_rng(1)
    text = text_of([rng.integers(1, 3, 60).tolist() for _ in range(4)])
    suffixes = [text[place:].tolist() for place in SuffixArray.build(text).places]
    assert suffixes == sorted(suffixes)


def test_played_out_repeats_are_listed_once_but_followed_through() -> None:
    part = np.random.default_rng(2).integers(1, 4000, 100).tolist()
    text = text_of([part * 4])
    array = SuffixArray.build(text)
    assert len(array.places) < 130
    assert array.runs(np.array(part * 4, np.uint16), least=10)[2].max() == 400
