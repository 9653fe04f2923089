"""The NumPy step against the Keras model with the same weights."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from musicrnn.errors import VocabularyError
from musicrnn.sampling import Engine, Sampler, sample
from musicrnn.sampling.attention import SLACK
from musicrnn.tokens.abc_features import AbcFeatures
from musicrnn.tokens.features import along
from musicrnn.tokens.vocabulary import END, Vocabulary
from tests.constraints.helpers import untrained

FEATURES = tuple(AbcFeatures(Vocabulary([], specials=(END,))).sizes.items())
SHAPES: list[dict[str, Any]] = [
    {"cell": "lstm", "units": (24,)},
    {"cell": "mingru", "units": (24, 16), "layer_norm": True},
    {"cell": "lstm", "units": (24, 16), "embedding": None},
    {"cell": "gru", "units": (24, 16)},
    {"cell": "gru", "units": (24,), "embedding": None},
    {"cell": "rnn", "units": (24, 24)},
    {"cell": "lstm", "units": (24, 16), "tie": True},
    {"cell": "lstm", "units": (16, 8), "tie": True, "layer_norm": True},
    {"cell": "lstm", "units": (24, 16), "attention": 5, "attention_width": 6},
    {"cell": "lstm", "units": (24, 16), "features": FEATURES, "feature_width": 3},
    {"cell": "gru", "units": (24,), "features": FEATURES, "attention": 5, "attention_width": 6},
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
    inputs = [ids.astype(np.int32)]
    if bundle.features:
        # Beside the end token, the first id, stands the start of the piece.
        inputs.append(np.stack([along(bundle.features, row[1:].tolist()) for row in ids]))
    expected = np.asarray(model([*inputs, *zero_states(config, 3)])[0])

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


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_row_put_back_goes_on_as_though_it_had_not_gone_on(shape: dict[str, Any]) -> None:
    engine = Engine(untrained(CHARACTERS, **shape))
    columns = np.random.default_rng(4).integers(0, len(CHARACTERS), (20, 3))
    state, straight = engine.start(3), engine.start(3)
    for ids in columns[:8]:
        engine.step(state, ids)
        engine.step(straight, ids)
    saved = state.save([0, 2])
    for ids in columns[8:13]:
        engine.step(state, [3, ids[1], 4])  # rows 0 and 2 go astray, row 1 goes on
    state.restore([0, 2], saved)
    assert state.positions.tolist() == [8, 13, 8]
    for step in range(5):
        ids = [columns[8 + step][0], columns[13 + step][1], columns[8 + step][2]]
        logits = engine.step(state, ids)
        expected = engine.step(straight, columns[8 + step])
        np.testing.assert_allclose(logits[[0, 2]], expected[[0, 2]], atol=1e-5)


def test_a_row_can_go_back_after_attention_has_forgotten_the_beginning() -> None:
    engine = Engine(untrained(CHARACTERS, attention=5, attention_width=6))
    ids = np.random.default_rng(5).integers(0, len(CHARACTERS), 700)
    state, straight = engine.start(1), engine.start(1)
    for token in ids[:600]:
        engine.step(state, [token])
        engine.step(straight, [token])
    (saved,) = state.save([0])
    for token in ids[:SLACK]:
        engine.step(state, [token])
    state.restore([0], [saved])
    for token in ids[600:]:
        found, expected = engine.step(state, [token]), engine.step(straight, [token])
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_going_back_further_than_attention_remembers_is_refused() -> None:
    engine = Engine(untrained(CHARACTERS, attention=5, attention_width=6))
    state = engine.start(2)
    saved = state.save([1])
    for _ in range(SLACK + 7):
        engine.step(state, [1, 1])
    with pytest.raises(ValueError, match="cannot go back"):
        state.restore([1], saved)


def test_while_nothing_is_forgotten_a_row_can_go_back_to_its_start() -> None:
    engine = Engine(untrained(CHARACTERS, attention=1000, attention_width=6))
    state = engine.start(1)
    first = engine.step(state, [1])
    saved = state.save([0])
    for _ in range(900):
        second = engine.step(state, [2])
    state.restore([0], saved)
    again = engine.start(1)
    assert (engine.step(again, [1]) == first).all()
    for _ in range(900):
        expected = engine.step(again, [2])
        found = engine.step(state, [2])
    np.testing.assert_allclose(found, expected, atol=1e-5)
    np.testing.assert_allclose(found, second, atol=1e-5)


@pytest.mark.parametrize("since", [0, 6])
def test_a_row_can_take_the_place_of_others(since: int) -> None:
    engine = Engine(untrained(CHARACTERS, attention=9, attention_width=6))
    columns = np.random.default_rng(6).integers(0, len(CHARACTERS), (30, 1))
    state, alone = engine.start(3), engine.start(1)
    for step, (token,) in enumerate(columns[:12]):
        others = token if step < since else 1
        engine.step(state, [others, token, others])
        engine.step(alone, [token])
    state.copy(1, [0, 2], since=since)
    for (token,) in columns[12:]:
        logits, expected = engine.step(state, [token] * 3), engine.step(alone, [token])
        np.testing.assert_allclose(logits, np.repeat(expected, 3, axis=0), atol=1e-5)


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
