"""The gradients of the chord model's networks, beside differences."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from musicrnn.arranging.chord_recurrent import Networks
from musicrnn.arranging.chord_theory import TRIADS
from musicrnn.training.chord_gradients import Dropout, backpropagate

FEATURES, WIDTH, UNITS = 7, 5, 4
LENGTHS = (6, 4, 2)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def weights(rng: np.random.Generator) -> list[npt.NDArray[np.float64]]:
    shapes = (
        (FEATURES + 1, WIDTH),
        (2, WIDTH + 1, 3 * UNITS),
        (2, UNITS, 3 * UNITS),
        (2 * UNITS + 1, TRIADS),
    )
    return [rng.normal(0, 0.5, shape) for shape in shapes]


def test_gradients_are_differences(
    weights: list[npt.NDArray[np.float64]], rng: np.random.Generator
) -> None:
    inside = np.arange(max(LENGTHS))[None] < np.array(LENGTHS)[:, None]
    rows = rng.normal(0, 0.5, (*inside.shape, FEATURES)) * inside[..., None]
    direction = rng.normal(0, 0.5, (*inside.shape, TRIADS)) * inside[..., None]
    said: list[npt.NDArray[np.float64]] = []

    def loss_gradient(scores):
        said.append(scores)
        return direction

    def loss() -> float:
        backpropagate(weights, rows, inside, Dropout(), rng, loss_gradient)
        return float((said[-1] * direction).sum())

    gradients = backpropagate(weights, rows, inside, Dropout(), rng, loss_gradient)
    little = 1e-3
    for table, gradient in zip(weights, gradients, strict=True):
        for _ in range(5):
            at = tuple(rng.integers(0, size) for size in table.shape)
            kept = table[at]
            table[at] = kept + little
            above = loss()
            table[at] = kept - little
            below = loss()
            table[at] = kept
            assert gradient[at] == pytest.approx((above - below) / (2 * little), abs=2e-3)


def test_padding_changes_nothing_and_a_trained_network_says_the_same(
    weights: list[npt.NDArray[np.float64]], rng: np.random.Generator
) -> None:
    inside = np.arange(max(LENGTHS))[None] < np.array(LENGTHS)[:, None]
    rows = rng.normal(0, 0.5, (*inside.shape, FEATURES)) * inside[..., None]
    said: list[npt.NDArray[np.float64]] = []

    def loss_gradient(scores):
        said.append(scores)
        return np.zeros_like(scores)

    backpropagate(weights, rows, inside, Dropout(), rng, loss_gradient)
    single = Networks(*(table[None].astype(np.float32) for table in weights))
    twice = Networks(*(np.stack([table, table]).astype(np.float32) for table in weights))
    for tune, length in enumerate(LENGTHS):
        alone = rows[tune, :length].astype(np.float32)
        np.testing.assert_allclose(single.scores(alone), said[0][tune, :length], atol=1e-5)
        np.testing.assert_allclose(twice.scores(alone), single.scores(alone), atol=1e-5)
