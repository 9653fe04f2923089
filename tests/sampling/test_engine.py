"""The NumPy step against the Keras model with the same weights."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from musicrnn.errors import VocabularyError
from musicrnn.sampling import Engine, Sampler, sample
from tests.constraints.helpers import untrained

SHAPES: list[dict[str, Any]] = [
    {"cell": "lstm", "units": (24,)},
    {"cell": "lstm", "units": (24, 16), "embedding": None},
    {"cell": "gru", "units": (24, 16)},
    {"cell": "gru", "units": (24,), "embedding": None},
    {"cell": "rnn", "units": (24, 24)},
    {"cell": "lstm", "units": (24, 16), "tie": True},
    {"cell": "lstm", "units": (16, 8), "tie": True, "layer_norm": True},
    {"cell": "lstm", "units": (24, 16), "attention": 5, "attention_width": 6},
    {"kind": "djmodel", "cell": "lstm", "units": (64,), "embedding": None},
]
CHARACTERS = "\n ABCD|]:"


@pytest.mark.needs("keras", "tensorflow")
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_logits_are_those_of_keras(shape: dict[str, Any]) -> None:
    from musicrnn.training.network import build, set_weights, zero_states

    bundle = untrained(CHARACTERS, **shape)
    config, size = bundle.config.model, len(bundle.vocabulary)
    model = build(config, size)
    set_weights(model, config, size, bundle.weights)
    ids = np.random.default_rng(1).integers(0, size, (3, 12))
    expected = np.asarray(model([ids.astype(np.int32), *zero_states(config, 3)])[0])

    engine = Engine(bundle)
    state = engine.start(3)
    found = np.stack([engine.step(state, column) for column in ids.T], axis=1)
    np.testing.assert_allclose(found, expected, atol=2e-5)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_row_alone_is_the_row_of_a_batch(shape: dict[str, Any]) -> None:
    engine = Engine(untrained(CHARACTERS, **shape))
    together, alone = engine.start(4), engine.start(1)
    for ids in np.random.default_rng(2).integers(0, len(CHARACTERS), (10, 4)):
        batch, row = engine.step(together, ids), engine.step(alone, ids[2:3])
    np.testing.assert_allclose(batch[2], row[0], atol=1e-5)


def test_rows_can_be_kept_and_repeated() -> None:
    engine = Engine(untrained(CHARACTERS))
    state = engine.start(3)
    engine.step(state, [1, 2, 3])
    kept = state.keep([2, 2, 0])
    logits = engine.step(kept, [4, 4, 4])
    assert (logits[0] == logits[1]).all()
    assert not (logits[0] == logits[2]).all()


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_kept_row_goes_on_as_it_would_have_alone(shape: dict[str, Any]) -> None:
    engine = Engine(untrained(CHARACTERS, **shape))
    columns = np.random.default_rng(3).integers(0, len(CHARACTERS), (12, 3))
    together, alone = engine.start(3), engine.start(1)
    for ids in columns[:8]:
        engine.step(together, ids)
        engine.step(alone, ids[2:])
    kept = together.keep([2, 0])
    for ids in columns[8:]:
        engine.step(together, [1, 1, 1])  # what is kept no longer depends on it
        both, one = engine.step(kept, ids[[2, 0]]), engine.step(alone, ids[2:])
    np.testing.assert_allclose(both[0], one[0], atol=1e-5)


def test_feeding_is_stepping() -> None:
    engine = Engine(untrained(CHARACTERS))
    one, other = engine.start(1), engine.start(1)
    fed = engine.feed(one, [0, 1, 2])
    for token in (0, 1, 2):
        stepped = engine.step(other, [token])
    assert (fed == stepped).all()


@pytest.mark.parametrize("ids", [[-1], [99]])
def test_an_id_outside_of_the_vocabulary_is_refused(ids: list[int]) -> None:
    engine = Engine(untrained(CHARACTERS))
    with pytest.raises(VocabularyError, match="outside the vocabulary"):
        engine.step(engine.start(1), ids)


def test_the_number_of_threads_changes_no_bit() -> None:
    """On a machine with one core this says nothing."""

    def drawn() -> list[float]:
        generators = [np.random.default_rng(i) for i in range(16)]
        engine = Engine(untrained(CHARACTERS, units=(256,), embedding=64))
        return [one.logprob for one in sample(engine, Sampler(), generators, end=0, max_tokens=40)]

    with threadpool_limits(1):
        alone = drawn()
    with threadpool_limits(os.cpu_count()):
        assert drawn() == alone
