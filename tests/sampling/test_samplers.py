"""Temperature, top-k, top-p and greedy choice."""

from __future__ import annotations

import numpy as np
import pytest

from musicrnn.errors import UsageError
from musicrnn.sampling.samplers import Sampler, log_softmax

PROBABILITIES = np.array([0.5, 0.2, 0.2, 0.07, 0.03])


def drawn(sampler: Sampler, n: int = 20_000) -> np.ndarray:
    logits = np.repeat(np.log(PROBABILITIES)[None], n, axis=0).astype(np.float32)
    ids = sampler.choose(logits, np.random.default_rng(0).random(n))
    return np.bincount(ids, minlength=len(PROBABILITIES)) / n


def test_draws_follow_the_probabilities() -> None:
    np.testing.assert_allclose(drawn(Sampler()), PROBABILITIES, atol=0.01)


def test_temperature_sharpens_and_flattens() -> None:
    cold = PROBABILITIES**2 / (PROBABILITIES**2).sum()
    np.testing.assert_allclose(drawn(Sampler(temperature=0.5)), cold, atol=0.01)
    assert drawn(Sampler(temperature=2.0))[0] < 0.5


def test_top_k_keeps_the_likeliest() -> None:
    shares = drawn(Sampler(top_k=3))
    assert shares[3:].tolist() == [0, 0]
    np.testing.assert_allclose(shares[:3], PROBABILITIES[:3] / 0.9, atol=0.01)


def test_top_p_keeps_the_smallest_set_that_holds_it() -> None:
    assert (drawn(Sampler(top_p=0.6)) > 0).tolist() == [True, True, False, False, False]
    assert (drawn(Sampler(top_p=1.0)) > 0).all()


def test_greedy_takes_the_likeliest() -> None:
    assert drawn(Sampler(greedy=True))[0] == 1


def test_a_forbidden_token_is_never_drawn() -> None:
    logits = np.array([[-np.inf, 0.0, -np.inf, -40.0]], np.float32)
    for uniform in (0.0, 0.5, 1 - 2**-53):
        assert Sampler().choose(logits, np.array([uniform]))[0] in (1, 3)


@pytest.mark.parametrize(
    "options",
    [{"temperature": 0}, {"temperature": float("nan")}, {"top_k": 0}, {"top_p": 0}, {"top_p": 2}],
)
def test_values_that_make_no_sense_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="must be"):
        Sampler(**options)  # type: ignore[arg-type]


def test_log_softmax_sums_to_one() -> None:
    logits = np.random.default_rng(0).normal(size=(4, 9)).astype(np.float32) * 30
    np.testing.assert_allclose(np.exp(log_softmax(logits)).sum(axis=1), 1)
