"""The split is decided by group and seed alone, and its shares are met."""

from collections import Counter
from fractions import Fraction
from itertools import accumulate

import numpy as np
import pytest

from musicrnn.corpus.record import melody_keys
from musicrnn.corpus.rules import Source, Split
from musicrnn.corpus.splitting import edges, part_of, place
from musicrnn.errors import CorpusError
from musicrnn.score import Note, Score


def places(count, seed=0):
    return np.array([place(number.to_bytes(16, "big"), seed) for number in range(count)])


@pytest.mark.parametrize(
    ("count", "expected"), [(1000, (900, 50, 50)), (50, (46, 2, 2)), (3, (1, 1, 1))]
)
def test_shares_are_met_and_no_part_is_empty(count, expected):
    at = places(count)
    bounds = edges(at, Split())
    parts = Counter(part_of(float(place), bounds) for place in at)
    assert (parts["train"], parts["validation"], parts["test"]) == expected


def test_a_part_without_a_share_stays_empty():
    at = places(100)
    bounds = edges(at, Split(train=0.8, validation=0.2, test=0.0))
    assert Counter(part_of(float(place), bounds) for place in at) == {"train": 80, "validation": 20}


@pytest.mark.parametrize("count", [1, 2])
def test_one_or_two_groups_are_all_to_train_on(count):
    for seed in range(20):
        at = places(count, seed)
        assert {part_of(float(place), edges(at, Split())) for place in at} == {"train"}


def test_one_piece_can_be_a_test_side():
    at = places(1)
    bounds = edges(at, Split(train=0.0, validation=0.0, test=1.0))
    assert part_of(float(at[0]), bounds) == "test"


def test_another_seed_gives_another_split():
    assert place(b"x" * 16, 1) != place(b"x" * 16, 2)


def test_shares_that_do_not_add_up_are_refused():
    with pytest.raises(CorpusError, match="add up to 1"):
        Split(train=0.9, validation=0.2, test=0.1)


def test_settings_of_a_hymn_are_known_by_what_sounds_on_their_beats():
    def score(*lengths_and_pitches):
        ends = accumulate(length for length, _ in lengths_and_pitches)
        return Score.of(
            Note(end - length, pitch, length)
            for end, (length, pitch) in zip(ends, lengths_and_pitches, strict=True)
        )

    beat, half = Fraction(1), Fraction(1, 2)
    hymn = [(beat, 67), (beat, 67), (beat, 69), (beat, 71)] * 4
    passing = [(beat, 62), (half, 62), (half, 63), *((beat, pitch - 5) for _, pitch in hymn[2:])]
    assert melody_keys(score(*hymn))[1] != melody_keys(score(*passing))[1]
    group = melody_keys(score(*hymn), "beats")[1]
    assert group == melody_keys(score(*passing), "beats")[1]
    assert group != melody_keys(score(*hymn[1:]), "beats")[1]
    assert melody_keys(score(), "beats")[1] == melody_keys(score())[1]


def test_an_opening_that_nobody_knows_is_said():
    with pytest.raises(CorpusError, match="opening is notes or beats, not bars"):
        Source("hymns", "hymns/*.mid", opening="bars")
