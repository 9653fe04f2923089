"""The djmodel: one LSTM over one-hot values, trained on windows, sampled inside a graph.

Both graphs are built from the same layer objects, so that what the first learns the second
knows. The usual formulation calls the cell `Tx` times in a Python loop, which makes a graph of
`Tx` copies that takes half a minute to compile. The same layers called once on the whole
sequence compute the same numbers, and that is how the training graph is built here;
`step_by_step` builds the literal loop, against which the tests hold it.

Alignment: ``X[:, t]`` is the one-hot value at step t, ``Y[:, t]`` the one *after* it, so
``X[:, 1:] == Y[:, :-1]`` and every input and every label is a value of the data.

Source: A. Ng, *Sequence Models*, exercise "Improvise a jazz solo with an LSTM network" (2018),
after J. Kim's deepjazz (2016); the faults of its public code are not kept.
"""

# ruff: noqa: N803, N806 - X, Y, Tx, Ty and LSTM_cell are the names that everyone knows these by

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from musicrnn.errors import CorpusError, ModelError, UsageError
from musicrnn.models.bundle import FloatArray
from musicrnn.models.config import ModelConfig
from musicrnn.training.backend import keras_module

__all__ = [
    "DECAY",
    "RATE",
    "compiled",
    "djmodel",
    "layers",
    "music_inference_model",
    "set_weights",
    "step_by_step",
    "time_major",
    "train",
    "weights",
    "windows",
    "zero_states",
]

#: The exercise's optimizer: Adam, its rate divided by (1 + DECAY · step).
RATE, DECAY = 0.01, 0.01


# --- data --------------------------------------------------------------------------------------


def windows(
    pieces: Sequence[Sequence[int]], values: int, rng: np.random.Generator, *, m: int, Tx: int
) -> tuple[FloatArray, FloatArray]:
    """`m` random windows of `Tx` values: X and Y, both one-hot float32 ``(m, Tx, values)``.

    A window lies inside one piece, each of the places where one fits as likely as any other.
    Raises `CorpusError` when no piece is longer than `Tx`.
    """
    places = [(i, start) for i, ids in enumerate(pieces) for start in range(len(ids) - Tx)]
    if not places:
        raise CorpusError(f"no piece has the {Tx + 1} values of a window and its labels")
    chosen = rng.integers(len(places), size=m)
    spans = np.array(
        [pieces[i][start : start + Tx + 1] for i, start in (places[c] for c in chosen)]
    )
    one_hot = np.eye(values, dtype=np.float32)
    return one_hot[spans[:, :-1]], one_hot[spans[:, 1:]]


def time_major(Y: FloatArray) -> FloatArray:
    """Labels ``(m, Ty, values)`` as ``(Ty, m, values)``: a list of labels for each step."""
    return np.ascontiguousarray(Y.transpose(1, 0, 2))


def zero_states(m: int, units: int) -> tuple[FloatArray, FloatArray]:
    """a0 and c0 ``(m, units)``, zeros."""
    return np.zeros((m, units), np.float32), np.zeros((m, units), np.float32)


# --- the shared layers -------------------------------------------------------------------------


def layers(values: int, units: int = 64) -> tuple[Any, Any, Any]:
    """LSTM_cell, densor and reshaper for so many values: what both graphs share.

    Any Keras LSTM with `return_state` and softmax Dense will do in their place.
    """
    from musicrnn.training.recurrent import recurrent_layer

    keras = keras_module()
    cell = recurrent_layer("lstm", units, return_sequences=False, return_state=True, name="rnn_0")
    densor = keras.layers.Dense(values, activation="softmax", name="dense")
    return cell, densor, keras.layers.Reshape((1, values), name="one_step")


def _sequence(cell: Any) -> Any:
    """A layer that runs `cell` over a whole sequence and returns every output."""
    keras = keras_module()

    class WholeSequence(keras.layers.Layer):  # type: ignore[misc,name-defined]
        """The shared LSTM, every output wanted, whatever the layer itself returns."""

        def __init__(self, recurrent: Any) -> None:
            super().__init__(name="whole_sequence")
            self.recurrent = recurrent

        def build(self, shape: Any, *_: Any) -> None:
            if not self.recurrent.built:
                self.recurrent.build(shape)
            self.built = True

        def call(self, X: Any, a0: Any, c0: Any, training: bool = False) -> Any:
            # cuDNN looks at the attribute; it is read while the graph is traced, and put back.
            wanted, self.recurrent.return_sequences = self.recurrent.return_sequences, True
            try:
                _, outputs, _ = self.recurrent.inner_loop(X, [a0, c0], mask=None, training=training)
            finally:
                self.recurrent.return_sequences = wanted
            return outputs

        def compute_output_shape(self, shape: Any, *_: Any) -> Any:
            return (*shape[:2], self.recurrent.units)

    return WholeSequence(cell)


# --- the graphs --------------------------------------------------------------------------------


def djmodel(Tx: int, LSTM_cell: Any, densor: Any, reshaper: Any) -> Any:
    """The training graph: inputs X ``(m, Tx, values)``, a0 and c0 ``(m, units)``; output
    ``(m, Tx, values)``, the probabilities of the value after each step.

    `reshaper`, which cuts a step out in the literal loop, must be of the same width.
    """
    keras = keras_module()
    values = _values(densor, reshaper)
    X = keras.Input((Tx, values), name="X")
    a0, c0 = _state_inputs(LSTM_cell)
    outputs = densor(_sequence(LSTM_cell)(X, a0, c0))
    return keras.Model([X, a0, c0], outputs, name="djmodel")


def step_by_step(Tx: int, LSTM_cell: Any, densor: Any, reshaper: Any) -> Any:
    """The same function as `djmodel`, in the usual formulation: the cell called `Tx` times, one
    output ``(m, values)`` for each step.

    It is compiled and fitted as the course writes it, ``metrics=["accuracy"]`` for every output
    and the labels as ``list(time_major(Y))``. Both forms have the same weights in the same order,
    so ``set_weights(other.get_weights())`` goes either way.
    """
    keras = keras_module()

    class StepByStep(keras.Model):  # type: ignore[misc,name-defined]
        """A model of many equal outputs, each with the metrics that are asked for once."""

        def compile(self, *arguments: Any, metrics: Any = None, **options: Any) -> None:
            if isinstance(metrics, (list, tuple)) and len(metrics) != len(self.outputs):
                metrics = [list(metrics) for _ in self.outputs]
            super().compile(*arguments, metrics=metrics, **options)

    values = _values(densor, reshaper)
    X = keras.Input((Tx, values), name="X")
    a0, c0 = a, c = _state_inputs(LSTM_cell)
    outputs = []
    for t in range(Tx):
        _, a, c = LSTM_cell(reshaper(X[:, t, :]), initial_state=[a, c])
        outputs.append(densor(a))
    return StepByStep([X, a0, c0], outputs, name="djmodel_step_by_step")


def music_inference_model(LSTM_cell: Any, densor: Any, Ty: int = 100) -> Any:
    """The inference graph: inputs x0 ``(m, 1, values)``, a0 and c0 ``(m, units)``; output
    ``(m, Ty, values)``, one-hot: at each step the likeliest value, which is the next input.
    """
    keras = keras_module()
    if Ty < 1:
        raise UsageError(f"{Ty} steps of inference; ask for 1 or more")

    class ArgmaxLoop(keras.layers.Layer):  # type: ignore[misc,name-defined]
        """Feeds each likeliest value back in, one loop in the graph instead of `Ty` copies."""

        def __init__(self) -> None:
            super().__init__(name="argmax_loop")
            self.cell, self.densor = LSTM_cell.cell, densor

        def call(self, x0: Any, a0: Any, c0: Any) -> Any:
            ops = keras.ops
            steps = ops.arange(Ty)

            def step(t: Any, x: Any, a: Any, c: Any, chosen: Any) -> Any:
                _, (a, c) = self.cell(x, [a, c])
                ids = ops.argmax(self.densor(a), axis=-1)
                x = ops.one_hot(ids, densor.units, dtype=x.dtype)
                ids = ops.cast(ids, "int32")
                return t + 1, x, a, c, ops.where(steps == t, ids[:, None], chosen)

            chosen = ops.zeros((ops.shape(x0)[0], Ty), "int32")
            start = (ops.convert_to_tensor(0), x0[:, 0], a0, c0, chosen)
            *_, chosen = ops.while_loop(lambda t, *_: t < Ty, step, start)
            return ops.one_hot(chosen, densor.units, dtype=x0.dtype)

        def compute_output_shape(self, shape: Any, *_: Any) -> Any:
            return (shape[0], Ty, densor.units)

    x0 = keras.Input((1, densor.units), name="x0")
    a0, c0 = _state_inputs(LSTM_cell)
    return keras.Model([x0, a0, c0], ArgmaxLoop()(x0, a0, c0), name="music_inference_model")


def compiled(model: Any, *, rate: float = RATE, decay: float = DECAY) -> Any:
    """`model`, ready for `fit` with the exercise's optimizer and loss."""
    keras = keras_module()
    schedule = keras.optimizers.schedules.InverseTimeDecay(rate, 1, decay)
    model.compile(
        optimizer=keras.optimizers.Adam(schedule, beta_1=0.9, beta_2=0.999),
        loss="categorical_crossentropy",
    )
    return model


def train(
    model: Any,
    X: FloatArray,
    Y: FloatArray,
    rng: np.random.Generator,
    *,
    epochs: int = 100,
    batch: int = 32,
    after_epoch: Callable[[int, float], None] | None = None,
) -> list[float]:
    """Train a compiled `djmodel` from zero states; returns the mean loss (nats) of each epoch.

    The same as ``model.fit([X, a0, c0], Y)``, but that with TensorFlow an epoch is one compiled
    call, which on windows as small as these is most of the time. An epoch takes the windows in
    an order drawn from `rng`; those beyond the last whole batch wait for another epoch.
    """
    keras = keras_module()
    batch = min(batch, len(X))
    steps = len(X) // batch
    run = _epoch_tensorflow if keras.backend.backend() == "tensorflow" else _epoch_keras
    one_epoch = run(model, X, Y, batch)
    losses = []
    for epoch in range(epochs):
        order = rng.permutation(len(X))[: steps * batch].reshape(steps, batch)
        losses.append(float(one_epoch(order.astype(np.int32))))
        if after_epoch is not None:
            after_epoch(epoch, losses[-1])
    return losses


def _epoch_tensorflow(model: Any, X: FloatArray, Y: FloatArray, batch: int) -> Any:
    """A function of the order ``(steps, batch)`` that does one epoch as one compiled call."""
    import tensorflow as tf

    keras_loss = keras_module().losses.categorical_crossentropy
    optimizer, variables = model.optimizer, model.trainable_variables
    optimizer.build(variables)
    inputs, labels = tf.constant(X), tf.constant(Y)
    states = [tf.zeros((batch, shape[-1])) for shape in (s.shape for s in model.inputs[1:])]

    # The recurrence is compiled by itself; XLA over all of this takes minutes to compile.
    @tf.function  # type: ignore[untyped-decorator]
    def one_epoch(order: Any) -> Any:
        total = tf.constant(0.0)
        for rows in order:
            with tf.GradientTape() as tape:
                outputs = model([tf.gather(inputs, rows), *states], training=True)
                loss = tf.reduce_mean(keras_loss(tf.gather(labels, rows), outputs))
            gradients = tape.gradient(loss, [v.value for v in variables])
            optimizer.apply(gradients, variables)
            total += loss
        return total / tf.cast(tf.shape(order)[0], tf.float32)

    return one_epoch


def _epoch_keras(model: Any, X: FloatArray, Y: FloatArray, batch: int) -> Any:
    """The same through Keras' own loop, for other backends."""
    units = [int(state.shape[-1]) for state in model.inputs[1:]]

    def one_epoch(order: npt.NDArray[np.int32]) -> float:
        rows = order.reshape(-1)
        states = [np.zeros((len(rows), width), np.float32) for width in units]
        history = model.fit([X[rows], *states], Y[rows], batch_size=batch, shuffle=False, verbose=0)
        return float(history.history["loss"][-1])

    return one_epoch


def _values(densor: Any, reshaper: Any) -> int:
    if tuple(reshaper.target_shape) != (1, densor.units):
        raise ModelError(
            f"the reshaper makes {tuple(reshaper.target_shape)} and the densor has {densor.units} "
            "values; build both from one vocabulary (see djmodel.layers)"
        )
    return int(densor.units)


def _state_inputs(cell: Any) -> tuple[Any, Any]:
    keras = keras_module()
    return keras.Input((cell.units,), name="a0"), keras.Input((cell.units,), name="c0")


# --- to and from a bundle ----------------------------------------------------------------------


def weights(LSTM_cell: Any, densor: Any) -> dict[str, FloatArray]:
    """The trained numbers under a bundle's names."""
    names = _shapes(LSTM_cell, densor)
    arrays = [*LSTM_cell.get_weights(), *densor.get_weights()]
    return {name: np.asarray(a, np.float32) for name, a in zip(names, arrays, strict=True)}


def set_weights(LSTM_cell: Any, densor: Any, given: dict[str, FloatArray]) -> None:
    """Put a bundle's weights into the layers. Raises `ModelError` where they do not fit."""
    names = _shapes(LSTM_cell, densor)
    for name, shape in names.items():
        if name not in given or given[name].shape != shape:
            raise ModelError(f"the weight {name!r} does not fit {shape}; is it a djmodel?")
    if not LSTM_cell.built:
        LSTM_cell.build((None, None, densor.units))
    if not densor.built:
        densor.build((None, LSTM_cell.units))
    arrays: list[npt.NDArray[Any]] = [given[name] for name in names]
    LSTM_cell.set_weights(arrays[:3])
    densor.set_weights(arrays[3:])


def _shapes(LSTM_cell: Any, densor: Any) -> dict[str, tuple[int, ...]]:
    config = ModelConfig(kind="djmodel", units=(LSTM_cell.units,), embedding=None)
    return config.weight_shapes(densor.units)
