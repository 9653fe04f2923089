"""Teacher forcing: bits, parts of a tune, calibration."""

from __future__ import annotations

import math

import numpy as np
import pytest

from musicrnn.evaluation import likelihood
from musicrnn.evaluation.likelihood import Scored
from musicrnn.models.bundle import Bundle
from musicrnn.models.config import BundleConfig, ModelConfig
from musicrnn.sampling import Engine
from musicrnn.tokens.vocabulary import END, Vocabulary
from musicrnn.training.initial import initial_weights


@pytest.fixture(scope="module")
def engine() -> Engine:
    vocabulary = Vocabulary("ABCDEFG|", specials=(END,))
    model = ModelConfig(units=(12, 8), embedding=6)
    weights = initial_weights(model, len(vocabulary), np.random.default_rng(0))
    config = BundleConfig("tiny", "abc", {"name": "char"}, model, vocabulary.digest)
    return Engine(Bundle(config, vocabulary, weights))


def one_by_one(engine: Engine, piece: list[int]) -> list[float]:
    state, bits = engine.start(1), []
    for fed, target in zip([0, *piece], [*piece, 0], strict=True):
        logits = engine.step(state, [fed])[0].astype(float)
        bits.append(math.log2(np.exp(logits - logits[target]).sum()))
    return bits


def test_batching_changes_nothing(engine: Engine) -> None:
    rng = np.random.default_rng(1)
    pieces = [rng.integers(1, 9, length).tolist() for length in (5, 0, 30, 12, 30, 1)]
    for piece, scored in zip(pieces, likelihood.score_pieces(engine, pieces), strict=True):
        assert scored.bits == pytest.approx(one_by_one(engine, piece), rel=1e-4)
        assert len(scored.confidence) == len(scored.hit) == len(piece) + 1


def test_no_pieces(engine: Engine) -> None:
    assert likelihood.score_pieces(engine, []) == []
    assert math.isnan(likelihood.mean_bits([]))
    assert math.isnan(likelihood.calibration([]).error)


def test_an_even_guess_costs_the_logarithm(engine: Engine) -> None:
    scored = [Scored(np.full(4, 3.0), np.full(4, 1 / 8), np.zeros(4, np.bool_))]
    assert likelihood.mean_bits(scored) == 3


def test_parts_of_a_tune() -> None:
    text = "T:Air\nM:3/4\nK:D\nDFA|\n"
    names = likelihood.fields_of_abc(text)
    assert "".join(names[:6]) == "T" * 6
    assert names.count("M") == len("M:3/4\n")
    assert names.count(likelihood.BODY) == len("DFA|\n")
    assert len(names) == len(text)


def test_bits_by_field_add_up() -> None:
    scored = [Scored(np.array([1.0, 3.0, 5.0, 7.0]), np.zeros(4), np.zeros(4, np.bool_))]
    assert likelihood.bits_by_field(scored, [["K", "K", "body"]]) == {"K": 2.0, "body": 6.0}


def test_calibration_of_a_model_that_is_too_sure() -> None:
    sure = Scored(np.zeros(10), np.full(10, 0.9), np.array([True] * 5 + [False] * 5))
    found = likelihood.calibration([sure])
    assert found.error == pytest.approx(0.4)
    assert found.shares.max() == 1
    assert np.isnan(found.accuracy).sum() == likelihood.CALIBRATION_BINS - 1
