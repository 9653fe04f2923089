"""The Jensen-Shannon distance, its interval and its floor."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from musicrnn.evaluation.distances import binned, compare, jensen_shannon


def rng() -> np.random.Generator:
    return np.random.default_rng(5)


@pytest.mark.parametrize(
    ("p", "q", "distance"),
    [
        ([1.0, 0.0], [0.0, 1.0], 1.0),
        ([3.0, 1.0], [3.0, 1.0], 0.0),
        ([1.0, 0.0, 0.0], [0.0, 1.0, 0.0], 1.0),
        # scipy.spatial.distance.jensenshannon([1, 0], [.5, .5], base=2)
        ([1.0, 0.0], [0.5, 0.5], 0.5579230452841438),
    ],
)
def test_distance(p: list[float], q: list[float], distance: float) -> None:
    assert jensen_shannon(np.array(p), np.array(q)) == pytest.approx(distance)


def test_nothing_is_at_no_distance_from_something() -> None:
    assert math.isnan(jensen_shannon(np.zeros(3), np.ones(3)))
    found = compare([], [Counter("ab"), Counter("b")], rng())
    assert math.isnan(found.value)
    assert math.isnan(found.low)
    assert not math.isnan(found.floor)


def test_like_collections_are_at_the_floor() -> None:
    draw = np.random.default_rng(1)
    tunes = [Counter(draw.choice(list("abcd"), 50, p=[0.4, 0.3, 0.2, 0.1])) for _ in range(200)]
    found = compare(tunes[:100], tunes[100:], rng())
    assert found.value < 2 * found.floor
    assert found.low <= found.high


def test_unlike_collections_are_far_above_it() -> None:
    found = compare([Counter("aaab")] * 30, [Counter("abbb"), Counter("bbba")] * 30, rng())
    assert found.value > 5 * found.floor
    assert found.low > found.floor_high


def test_same_seed_same_figures() -> None:
    tunes = [Counter("abc"), Counter("aab"), Counter("ccb")]
    assert compare(tunes, tunes[:2], rng()) == compare(tunes, tunes[:2], rng())


def test_numbers_fall_into_bins_of_the_reference() -> None:
    reference = [float(i) for i in range(100)]
    assert binned([-5, 5, 95, 1000, math.nan], reference) == [
        Counter([0]), Counter([0]), Counter([9]), Counter([9]), Counter(),
    ]  # fmt: skip


def test_a_number_that_is_always_the_same() -> None:
    assert binned([1.0, 1.0, 2.0], [1.0, 1.0]) == [Counter([0]), Counter([0]), Counter([1])]
