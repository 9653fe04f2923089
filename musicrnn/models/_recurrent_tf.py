"""LSTM and GRU over a whole sequence in TensorFlow, with their own gradient.

What is differentiated step by step costs a small product and a pass over the weight gradient at
every step. Here, as in cuDNN and oneDNN:

* the inputs of all steps meet the input kernel in one product before the loop;
* the loop keeps what its gradient needs, the gates after their activation;
* the loop backwards finds only what each gate should have been told, and hands the state's
  gradient on; the gradients of both kernels, the bias and the inputs are one product each, after.

Both loops are compiled by XLA, which fuses all that stands between two products into one pass.
Inside, time comes first: ``(time, batch, features)``. States and sums are float32; the operands
of products may be rounded to bfloat16.

Equations: Hochreiter and Schmidhuber 1997 with forget gates (Gers 2000), gates in the order
i f c o; Cho et al. 2014 in the form of cuDNN (Keras ``reset_after=True``), gates z r h.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

__all__ = ["CELLS", "run"]

Tensor = Any  # TensorFlow ships no types
Tensors = tuple[Tensor, ...]


@dataclass(frozen=True)
class CellEquations:
    """One step of a cell, forwards and backwards; all that is not a product.

    `step(projected, recurrent, states)` → ``(states, kept)``: `projected` and `recurrent`, both
    (batch, gates · units), are what the input and the last output contribute; the first state is
    the output.
    `step_back(kept, before, gradients)` → ``(projected, recurrent, states)``: the gradients by
    each argument of `step`, given those by the states that it returned; the output's lacks the
    share that flows through `recurrent`.
    """

    states: int
    step: Callable[[Tensor, Tensor, Tensors], tuple[Tensors, Tensors]]
    step_back: Callable[[Tensors, Tensors, Tensors], tuple[Tensor, Tensor, Tensors]]


def _lstm_step(projected: Tensor, recurrent: Tensor, states: Tensors) -> tuple[Tensors, Tensors]:
    i, f, c, o = tf.split(projected + recurrent, 4, axis=-1)
    i, f, c, o = tf.sigmoid(i), tf.sigmoid(f), tf.tanh(c), tf.sigmoid(o)
    cell = f * states[1] + i * c
    return (o * tf.tanh(cell), cell), (i, f, c, o, cell)


def _lstm_step_back(
    kept: Tensors, before: Tensors, gradients: Tensors
) -> tuple[Tensor, Tensor, Tensors]:
    i, f, c, o, cell = kept
    by_output, by_cell = gradients
    squashed = tf.tanh(cell)
    by_cell += by_output * o * (1 - squashed * squashed)
    by_gates = tf.concat(
        [
            by_cell * c * i * (1 - i),
            by_cell * before[1] * f * (1 - f),
            by_cell * i * (1 - c * c),
            by_output * squashed * o * (1 - o),
        ],
        axis=-1,
    )
    return by_gates, by_gates, (tf.zeros_like(by_output), by_cell * f)


def _gru_step(projected: Tensor, recurrent: Tensor, states: Tensors) -> tuple[Tensors, Tensors]:
    from_input = tf.split(projected, 3, axis=-1)
    from_output = tf.split(recurrent, 3, axis=-1)
    z = tf.sigmoid(from_input[0] + from_output[0])
    r = tf.sigmoid(from_input[1] + from_output[1])
    h = tf.tanh(from_input[2] + r * from_output[2])
    return (z * states[0] + (1 - z) * h,), (z, r, h, from_output[2])


def _gru_step_back(
    kept: Tensors, before: Tensors, gradients: Tensors
) -> tuple[Tensor, Tensor, Tensors]:
    z, r, h, recalled = kept
    (by_output,) = gradients
    by_h = by_output * (1 - z) * (1 - h * h)
    by_z = by_output * (before[0] - h) * z * (1 - z)
    by_r = by_h * recalled * r * (1 - r)
    projected = tf.concat([by_z, by_r, by_h], axis=-1)
    recurrent = tf.concat([by_z, by_r, by_h * r], axis=-1)
    return projected, recurrent, (by_output * z,)


#: cell → its equations
CELLS = {
    "lstm": CellEquations(2, _lstm_step, _lstm_step_back),
    "gru": CellEquations(1, _gru_step, _gru_step_back),
}


def _product(a: Tensor, b: Tensor, dtype: str, *, left: bool = False, right: bool = False) -> Tensor:
    """a @ b, either transposed if asked; operands in `dtype`, the sum in float32."""
    if dtype == "float32":
        return tf.matmul(a, b, transpose_a=left, transpose_b=right)
    return tf.raw_ops.BatchMatMulV3(
        x=tf.cast(a, dtype), y=tf.cast(b, dtype), Tout=tf.float32, adj_x=left, adj_y=right
    )


def _rows(sequence: Tensor) -> Tensor:
    """(time, batch, features) as (time · batch, features)."""
    return tf.reshape(sequence, [-1, sequence.shape[-1]])


def _arrays(length: Tensor, tensors: Tensors) -> list[Any]:
    return [tf.TensorArray(tf.float32, length, element_shape=one.shape) for one in tensors]
