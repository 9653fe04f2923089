"""One step of an LSTM and of a GRU in TensorFlow, forwards and backwards.

Equations: Hochreiter and Schmidhuber 1997 with forget gates (Gers 2000), gates in the order
i f c o; Cho et al. 2014 in the form of cuDNN (Keras ``reset_after=True``), gates z r h.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

__all__ = ["CELLS", "CellEquations", "Tensor", "Tensors"]

Tensor = Any  # TensorFlow ships no types
Tensors = tuple[Tensor, ...]


@dataclass(frozen=True)
class CellEquations:
    """One step of a cell, forwards and backwards; all that is not a product.

    `step(projected, recurrent, states)` → ``(states, kept)``: `projected` and `recurrent`, both
    (batch, gates · units), are what the input and the last output contribute; the first state is
    the output.
    `step_back(kept, before, after, gradients)` → ``(projected, recurrent, states)``: the gradients
    by each argument of `step`, the first two (batch, gates · units) and one object if they are
    equal, given the states before and after the step and the gradients by those that it returned;
    the output's lacks the share that flows through `recurrent`.
    """

    kept: int  # how many tensors (batch, units) a step keeps for its gradient
    gradients: int  # 1 where `projected` and `recurrent` have the same gradient, else 2
    step: Callable[[Tensor, Tensor, Tensors], tuple[Tensors, Tensors]]
    step_back: Callable[[Tensors, Tensors, Tensors, Tensors], tuple[Tensor, Tensor, Tensors]]


def _lstm_step(projected: Tensor, recurrent: Tensor, states: Tensors) -> tuple[Tensors, Tensors]:
    i, f, c, o = tf.split(projected + recurrent, 4, axis=-1)
    i, f, c, o = tf.sigmoid(i), tf.sigmoid(f), tf.tanh(c), tf.sigmoid(o)
    cell = f * states[1] + i * c
    return (o * tf.tanh(cell), cell), (i, f, c, o)


def _lstm_step_back(
    kept: Tensors, before: Tensors, after: Tensors, gradients: Tensors
) -> tuple[Tensor, Tensor, Tensors]:
    i, f, c, o = kept
    d_output, d_cell = gradients
    squashed = tf.tanh(after[1])
    d_cell += d_output * o * (1 - squashed * squashed)
    d_gates = tf.concat(
        [
            d_cell * c * i * (1 - i),
            d_cell * before[1] * f * (1 - f),
            d_cell * i * (1 - c * c),
            d_output * squashed * o * (1 - o),
        ],
        axis=-1,
    )
    return d_gates, d_gates, (tf.zeros_like(d_output), d_cell * f)


def _gru_step(projected: Tensor, recurrent: Tensor, states: Tensors) -> tuple[Tensors, Tensors]:
    from_input = tf.split(projected, 3, axis=-1)
    from_output = tf.split(recurrent, 3, axis=-1)
    z = tf.sigmoid(from_input[0] + from_output[0])
    r = tf.sigmoid(from_input[1] + from_output[1])
    h = tf.tanh(from_input[2] + r * from_output[2])
    return (z * states[0] + (1 - z) * h,), (z, r, h, from_output[2])


def _gru_step_back(
    kept: Tensors, before: Tensors, _: Tensors, gradients: Tensors
) -> tuple[Tensor, Tensor, Tensors]:
    z, r, h, recalled = kept
    (d_output,) = gradients
    d_h = d_output * (1 - z) * (1 - h * h)
    d_z = d_output * (before[0] - h) * z * (1 - z)
    d_r = d_h * recalled * r * (1 - r)
    projected = tf.concat([d_z, d_r, d_h], axis=-1)
    recurrent = tf.concat([d_z, d_r, d_h * r], axis=-1)
    return projected, recurrent, (d_output * z,)


#: cell → its equations
CELLS = {
    "lstm": CellEquations(4, 1, _lstm_step, _lstm_step_back),
    "gru": CellEquations(4, 2, _gru_step, _gru_step_back),
}
