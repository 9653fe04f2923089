"""The djmodel: what its graphs compute, and that all ways to compute it agree."""

# ruff: noqa: N806 - X and Y are the names that everyone knows these by

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from musicrnn.errors import CorpusError, ModelError, UsageError
from musicrnn.models.bundle import Bundle
from musicrnn.models.config import BundleConfig, ModelConfig
from musicrnn.sampling import Engine
from musicrnn.tokens.vocabulary import END, Vocabulary
from musicrnn.training import djmodel as dj

pytestmark = [pytest.mark.needs("tensorflow"), pytest.mark.slow]

VALUES, UNITS, TX = 90, 64, 30


def data(m: int = 6, values: int = VALUES) -> tuple[Any, Any]:
    rng = np.random.default_rng(3)
    pieces = [rng.integers(values, size=80).tolist() for _ in range(3)]
    return dj.windows(pieces, values, rng, m=m, Tx=TX)


# --- data, without Keras ----------------------------------------------------------------------


def test_every_label_is_the_next_input() -> None:
    X, Y = data(20)
    assert X.shape == Y.shape == (20, TX, VALUES)
    assert (X.sum(-1) == 1).all()
    assert (Y.sum(-1) == 1).all(), "no label is all zero"
    assert (X[:, 1:] == Y[:, :-1]).all()
    assert dj.time_major(Y).shape == (TX, 20, VALUES)
    assert (dj.time_major(Y)[4, 7] == Y[7, 4]).all()


def test_windows_need_a_piece_that_is_long_enough() -> None:
    with pytest.raises(CorpusError, match="31 values"):
        dj.windows([[0] * 30], 3, np.random.default_rng(0), m=2, Tx=30)


# --- the graphs -------------------------------------------------------------------------------


def test_parameters() -> None:
    cell, densor, reshaper = dj.layers(VALUES, UNITS)
    assert dj.djmodel(TX, cell, densor, reshaper).count_params() == 45_530
    assert ModelConfig(kind="djmodel", units=(64,), embedding=None).parameters(90) == 45_530


def test_the_whole_sequence_is_the_loop_step_by_step() -> None:
    import tensorflow as tf

    X, Y = data()
    layers = dj.layers(VALUES, UNITS)
    rng = np.random.default_rng(8)
    a0, c0 = (rng.normal(size=(6, UNITS)).astype(np.float32) for _ in range(2))
    fused, literal = dj.djmodel(TX, *layers), dj.step_by_step(TX, *layers)
    results = []
    for model, wanted in ((fused, Y), (literal, dj.time_major(Y))):
        with tf.GradientTape() as tape:
            found = tf.stack(model([X, a0, c0]))
            loss = -tf.reduce_sum(wanted * tf.math.log(found)) / 6
        variables = [*layers[0].trainable_variables, *layers[1].trainable_variables]
        gradients = tape.gradient(loss, [variable.value for variable in variables])
        results.append((found, gradients))
    (whole, by_whole), (steps, by_steps) = results
    np.testing.assert_allclose(whole, np.transpose(steps, (1, 0, 2)), atol=1e-5)
    for one, other in zip(by_whole, by_steps, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5, rtol=1e-4)


def test_fit_works_as_the_course_writes_it_and_weights_move_both_ways() -> None:
    import keras

    m, Tx, values = 12, 4, 10
    rng = np.random.default_rng(0)
    X, Y = dj.windows([rng.integers(values, size=60).tolist()], values, rng, m=m, Tx=Tx)
    a0, c0 = dj.zero_states(m, 8)
    model = dj.step_by_step(Tx, *dj.layers(values, 8))
    optimizer = keras.optimizers.Adam(learning_rate=0.01, beta_1=0.9, beta_2=0.999)
    model.compile(optimizer=optimizer, loss="categorical_crossentropy", metrics=["accuracy"])
    history = model.fit([X, a0, c0], list(dj.time_major(Y)), epochs=3, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    whole = dj.djmodel(Tx, *dj.layers(values, 8))
    whole.set_weights(model.get_weights())
    np.testing.assert_allclose(whole([X, a0, c0]), np.stack(model([X, a0, c0]), axis=1), atol=1e-5)
    dj.compiled(whole).fit([X, a0, c0], Y, epochs=1, verbose=0)
    model.set_weights(whole.get_weights())


def test_argmax_graph_keras_loop_and_numpy_engine_write_the_same_ids() -> None:
    import keras

    cell, densor, _ = dj.layers(VALUES, UNITS)
    rng = np.random.default_rng(1)
    tokens = Vocabulary([f"{i:03d}" for i in range(VALUES - 1)], specials=(END,))
    model = ModelConfig(kind="djmodel", units=(UNITS,), embedding=None)
    weights = {
        name: rng.normal(0, 0.4, shape).astype(np.float32)
        for name, shape in model.weight_shapes(VALUES).items()
    }
    dj.set_weights(cell, densor, weights)
    x0 = np.eye(VALUES, dtype=np.float32)[None, :1]
    a0, c0 = dj.zero_states(1, UNITS)
    found = dj.music_inference_model(cell, densor, 100)([x0, a0, c0])
    in_graph = np.argmax(found, axis=-1)[0].tolist()

    stepped, x, a, c = [], x0, a0, c0
    for _ in range(100):
        _, a, c = cell(x, initial_state=[a, c])
        stepped.append(int(np.argmax(densor(a))))
        x = keras.ops.one_hot([[stepped[-1]]], VALUES)

    config = BundleConfig("x", "midi", {"name": "jazz"}, model, tokens.digest)
    engine = Engine(Bundle(config, tokens, weights))
    state, ids, engine_ids = engine.start(1), [0], []
    for _ in range(100):
        ids = engine.step(state, ids).argmax(axis=1).tolist()
        engine_ids += ids
    assert in_graph == stepped == engine_ids
    assert len(set(in_graph)) > 3, "the weights should write something"


def test_training_learns_and_the_inference_graph_knows_it() -> None:
    cell, densor, reshaper = dj.layers(4, 16)
    X, Y = dj.windows([[0, 1, 2, 3] * 12], 4, np.random.default_rng(0), m=20, Tx=10)
    model = dj.compiled(dj.djmodel(10, cell, densor, reshaper))
    losses = dj.train(model, X, Y, np.random.default_rng(0), epochs=40, batch=10)
    assert losses[-1] < 0.2 < losses[0]
    x0 = np.eye(4, dtype=np.float32)[None, :1]
    written = dj.music_inference_model(cell, densor, 12)([x0, *dj.zero_states(1, 16)])
    assert np.argmax(written, axis=-1)[0].tolist()[:8] == [1, 2, 3, 0, 1, 2, 3, 0]


def test_keras_fit_takes_the_same_arrays() -> None:
    X, Y = data()
    model = dj.compiled(dj.djmodel(TX, *dj.layers(VALUES, UNITS)))
    history = model.fit([X, *dj.zero_states(6, UNITS)], Y, epochs=1, verbose=0)
    assert history.history["loss"][0] == pytest.approx(np.log(VALUES), rel=0.05)


def test_weights_go_to_a_bundle_and_back() -> None:
    cell, densor, reshaper = dj.layers(VALUES, UNITS)
    dj.djmodel(TX, cell, densor, reshaper)
    saved = dj.weights(cell, densor)
    other_cell, other_densor, _ = dj.layers(VALUES, UNITS)
    dj.set_weights(other_cell, other_densor, saved)
    again = dj.weights(other_cell, other_densor)
    assert saved.keys() == again.keys()
    assert all((saved[name] == again[name]).all() for name in saved)
    with pytest.raises(ModelError, match="does not fit"):
        dj.set_weights(other_cell, other_densor, {})


def test_what_does_not_fit_together_is_refused() -> None:
    cell, densor, _ = dj.layers(VALUES, UNITS)
    *_, reshaper = dj.layers(78, UNITS)
    with pytest.raises(ModelError, match="one vocabulary"):
        dj.djmodel(TX, cell, densor, reshaper)
    with pytest.raises(UsageError, match="1 or more"):
        dj.music_inference_model(cell, densor, 0)
