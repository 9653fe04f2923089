"""The fast layers are Keras's layers: same weights, same results, same gradients."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from musicrnn.errors import UsageError
from musicrnn.training.recurrent import embedded_layer, recurrent_layer

pytestmark = pytest.mark.needs("tensorflow")

BATCH, TIME, FEATURES, UNITS = 3, 7, 5, 16

CELLS = pytest.mark.parametrize("cell", ["lstm", "gru"])


@pytest.fixture(autouse=True, params=[0, 2048], ids=["compiled", "small"])
def both_ways(request: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways through a layer: windows as small as these would all go one of them."""
    from musicrnn.training import _recurrent_tf

    monkeypatch.setattr(_recurrent_tf, "SMALL", request.param)


def keras_layer(cell: str, **options: Any) -> Any:
    import keras

    layer = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[cell]
    return layer(UNITS, use_cudnn=False, **{"return_sequences": True, **options})


def numbers(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def pair(cell: str, **options: Any) -> tuple[Any, Any]:
    """Keras's layer and ours with the same weights, none of them zero."""
    stock, ours = keras_layer(cell, **options), recurrent_layer(cell, UNITS, **options)
    inputs = numbers(BATCH, TIME, FEATURES)
    stock(inputs)
    ours(inputs)
    stock.set_weights(
        [w + 0.3 * numbers(*w.shape, seed=i) for i, w in enumerate(stock.get_weights())]
    )
    ours.set_weights(stock.get_weights())
    return stock, ours


def states(cell: str) -> list[np.ndarray]:
    return [numbers(BATCH, UNITS, seed=9 + i) for i in range(2 if cell == "lstm" else 1)]


def gradients(layer: Any, inputs: np.ndarray, initial: list[np.ndarray]) -> list[np.ndarray]:
    """Of a loss that every output and every last state takes part in, by all it depends on."""
    import tensorflow as tf

    sources = [tf.constant(inputs), *map(tf.constant, initial)]
    with tf.GradientTape() as tape:
        tape.watch(sources)
        results = layer(sources[0], initial_state=sources[1:])
        loss = sum(tf.reduce_sum(tf.sin((i + 1) * one)) for i, one in enumerate(results))
    by = tape.gradient(loss, [*sources, *(weight.value for weight in layer.trainable_weights)])
    return [one.numpy() for one in by]


def is_fast(layer: Any) -> bool:
    return type(layer).__module__ == "musicrnn.training._recurrent_layers"


@CELLS
def test_outputs_and_states_are_keras_s(cell: str) -> None:
    stock, ours = pair(cell, return_state=True)
    inputs = numbers(BATCH, TIME, FEATURES)
    assert is_fast(ours)
    for theirs, mine in zip(
        stock(inputs, initial_state=states(cell)),
        ours(inputs, initial_state=states(cell)),
        strict=True,
    ):
        np.testing.assert_allclose(mine, theirs, atol=1e-5, rtol=0)


@CELLS
def test_gradients_are_keras_s(cell: str) -> None:
    stock, ours = pair(cell, return_state=True)
    inputs = numbers(BATCH, TIME, FEATURES)
    for theirs, mine in zip(
        gradients(stock, inputs, states(cell)), gradients(ours, inputs, states(cell)), strict=True
    ):
        np.testing.assert_allclose(mine, theirs, atol=1e-5 * np.abs(theirs).max(), rtol=0)


@CELLS
def test_weights_have_keras_s_names_order_and_shapes(cell: str) -> None:
    stock, ours = pair(cell)
    assert [(w.name, w.shape) for w in ours.weights] == [(w.name, w.shape) for w in stock.weights]
    assert [w.path.split("/", 1)[1] for w in ours.weights] == [
        w.path.split("/", 1)[1] for w in stock.weights
    ]


@CELLS
def test_a_last_output_alone(cell: str) -> None:
    stock, ours = pair(cell, return_sequences=False)
    inputs = numbers(BATCH, TIME, FEATURES)
    assert ours(inputs).shape == (BATCH, UNITS)
    np.testing.assert_allclose(ours(inputs), stock(inputs), atol=1e-5)


@CELLS
def test_a_stateful_layer_goes_on_where_the_last_window_ended(cell: str) -> None:
    _, whole = pair(cell)
    _, windows = pair(cell, stateful=True)
    windows.set_weights([*whole.get_weights(), *windows.get_weights()[3:]])
    inputs = numbers(BATCH, 2 * TIME, FEATURES)
    windows.reset_state()
    joined = np.concatenate([windows(inputs[:, :TIME]), windows(inputs[:, TIME:])], axis=1)
    np.testing.assert_allclose(joined, whole(inputs), atol=1e-5)


@CELLS
def test_windows_of_any_length_and_batch_in_one_graph(cell: str) -> None:
    import keras

    stock, ours = pair(cell)
    source = keras.Input((None, FEATURES))
    model = keras.Model(source, ours(source))
    for batch, time in ((1, 1), (2, 9), (4, 3)):
        inputs = numbers(batch, time, FEATURES)
        np.testing.assert_allclose(model.predict(inputs, verbose=0), stock(inputs), atol=1e-5)


@CELLS
def test_dropout_draws_keras_s_mask(cell: str) -> None:
    stock, ours = pair(cell, dropout=0.5, seed=3)
    inputs = numbers(BATCH, TIME, FEATURES)
    np.testing.assert_allclose(ours(inputs, training=True), stock(inputs, training=True), atol=1e-5)
    np.testing.assert_allclose(ours(inputs), stock(inputs), atol=1e-5)


@CELLS
def test_a_masked_step_is_skipped(cell: str) -> None:
    stock, ours = pair(cell)
    inputs, mask = numbers(BATCH, TIME, FEATURES), np.ones((BATCH, TIME), bool)
    mask[1, 3:] = False
    np.testing.assert_allclose(ours(inputs, mask=mask), stock(inputs, mask=mask), atol=1e-5)


@CELLS
def test_bfloat16_operands_stay_near_float32(cell: str) -> None:
    stock, _ = pair(cell)
    rounded = recurrent_layer(cell, UNITS, compute_dtype="bfloat16")
    inputs = numbers(BATCH, TIME, FEATURES)
    result = rounded(inputs)
    rounded.set_weights(stock.get_weights())
    result, exact = np.asarray(rounded(inputs)), np.asarray(stock(inputs))
    assert result.dtype == np.float32
    assert {w.dtype for w in rounded.weights} == {"float32"}
    assert 0 < np.abs(result - exact).max() < 0.05


@CELLS
def test_gradients_of_bfloat16_operands_stay_near_float32(cell: str) -> None:
    _, exact = pair(cell, return_state=True)
    rounded = recurrent_layer(cell, UNITS, compute_dtype="bfloat16", return_state=True)
    inputs = numbers(BATCH, TIME, FEATURES)
    rounded(inputs)
    rounded.set_weights(exact.get_weights())
    found = gradients(rounded, inputs, states(cell))
    for mine, theirs in zip(found, gradients(exact, inputs, states(cell)), strict=True):
        assert mine.dtype == np.float32
        assert 0 < np.abs(mine - theirs).max() < 0.05 * np.abs(theirs).max()


@CELLS
def test_the_mixed_policy_rounds_outputs_too(cell: str) -> None:
    layer = recurrent_layer(cell, UNITS, dtype="mixed_bfloat16")
    assert is_fast(layer)
    assert layer(numbers(BATCH, TIME, FEATURES)).dtype == "bfloat16"


@CELLS
def test_a_training_step_learns_and_repeats_bit_for_bit(cell: str) -> None:
    import keras

    def trained() -> list[np.ndarray]:
        keras.utils.set_random_seed(4)
        model = keras.Sequential([recurrent_layer(cell, UNITS), keras.layers.Dense(2)])
        model.compile("adam", "mse")
        inputs = numbers(BATCH, TIME, FEATURES)
        losses = [model.train_on_batch(inputs, inputs[..., :2]) for _ in range(20)]
        assert losses[-1] < losses[0]
        return [np.asarray(weight) for weight in model.get_weights()]

    for first, second in zip(trained(), trained(), strict=True):
        np.testing.assert_array_equal(first, second)


def test_a_frozen_layer_still_runs() -> None:
    layer = recurrent_layer("lstm", UNITS, trainable=False)
    assert layer(numbers(BATCH, TIME, FEATURES)).shape == (BATCH, TIME, UNITS)
    assert not layer.trainable_weights


@CELLS
def test_a_saved_model_comes_back(cell: str, tmp_path: Any) -> None:
    import keras

    model = keras.Sequential([keras.Input((None, FEATURES)), recurrent_layer(cell, UNITS)])
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    inputs = numbers(BATCH, TIME, FEATURES)
    np.testing.assert_array_equal(model(inputs), again(inputs))
    assert is_fast(again.layers[-1])


@CELLS
def test_ids_through_an_embedding_are_looked_up_and_not_multiplied(cell: str) -> None:
    """The same outputs and gradients as an embedding and then a layer; without vectors."""
    import keras
    import tensorflow as tf

    tokens = 11
    ids = np.random.default_rng(1).integers(tokens, size=(BATCH, TIME))
    embedding = keras.layers.Embedding(tokens, FEATURES)
    embedding.build()
    stock, _ = pair(cell)
    fused = embedded_layer(embedding, cell, UNITS)
    assert fused(ids).shape == (BATCH, TIME, UNITS)
    for ours, theirs in zip(fused.cell.weights, stock.cell.weights, strict=True):
        ours.assign(theirs)

    def gradients(outputs: Any) -> list[np.ndarray]:
        weights = [embedding.embeddings.value, *(w.value for w in outputs.cell.weights)]
        with tf.GradientTape() as tape:
            result = outputs(ids) if outputs is fused else outputs(embedding(ids))
            loss = tf.reduce_sum(tf.sin(result))
        by = tape.gradient(loss, weights)
        return [result.numpy(), *(tf.convert_to_tensor(one).numpy() for one in by)]

    for mine, theirs in zip(gradients(fused), gradients(stock), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-5 * np.abs(theirs).max(), rtol=0)

    again = keras.layers.deserialize(keras.layers.serialize(fused))
    assert again(ids).shape == (BATCH, TIME, UNITS)


@pytest.mark.parametrize(
    "options",
    [
        {"recurrent_dropout": 0.1},
        {"go_backwards": True},
        {"activation": "relu"},
        {"use_bias": False},
        {"unroll": True},
        {"dtype": "float64"},
    ],
)
def test_what_the_fast_loop_does_not_compute_is_left_to_keras(options: dict[str, Any]) -> None:
    layer = recurrent_layer("lstm", UNITS, **options)
    assert not is_fast(layer)
    assert layer(numbers(BATCH, TIME, FEATURES)).shape == (BATCH, TIME, UNITS)


def test_gru_that_resets_before_its_product_and_plain_cells_are_keras_s() -> None:
    assert not is_fast(recurrent_layer("gru", UNITS, reset_after=False))
    assert not is_fast(recurrent_layer("rnn", UNITS))


def test_an_unknown_cell_or_dtype_is_refused() -> None:
    with pytest.raises(UsageError, match="lstm"):
        recurrent_layer("transformer", UNITS)
    with pytest.raises(UsageError, match="bfloat16"):
        recurrent_layer("lstm", UNITS, compute_dtype="float8")


@pytest.mark.needs("jax")
@pytest.mark.slow
def test_on_jax_it_is_keras_s_layer() -> None:
    code = (
        "from musicrnn.training.recurrent import recurrent_layer; import sys, numpy;"
        "layer = recurrent_layer('lstm', 4);"
        "print(type(layer).__module__.split('.')[0], layer(numpy.ones((2, 3, 5))).shape,"
        " 'tensorflow' in sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.strip() == "keras (2, 3, 4) False"
