"""LSTM and GRU over a whole sequence in TensorFlow, with their own gradient.

What is differentiated step by step costs a small product and a pass over the weight gradient at
every step. Here, as in cuDNN and oneDNN:

* the inputs of all steps meet the input kernel in one product before the loop; ids, which stand
  for one-hot vectors, only choose rows of it;
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

    `step(projected, recurrent, states)` → ``(states, kept)``: `projected`, (gates, batch, units),
    and `recurrent`, (batch, gates · units), are what the input and the last output contribute;
    the first state is the output.
    `step_back(kept, before, gradients)` → ``(projected, recurrent, states)``: the gradients by
    each argument of `step`, the first two (batch, gates · units) and one object if they are
    equal, given those by the states that it returned; the output's lacks the share that flows
    through `recurrent`.
    """

    gates: int
    kept: int  # how many tensors (batch, units) a step keeps for its gradient
    gradients: int  # 1 where `projected` and `recurrent` have the same gradient, else 2
    step: Callable[[Tensor, Tensor, Tensors], tuple[Tensors, Tensors]]
    step_back: Callable[[Tensors, Tensors, Tensors], tuple[Tensor, Tensor, Tensors]]


def _lstm_step(projected: Tensor, recurrent: Tensor, states: Tensors) -> tuple[Tensors, Tensors]:
    sums = [
        one + other
        for one, other in zip(tf.unstack(projected), tf.split(recurrent, 4, axis=-1), strict=True)
    ]
    i, f, c, o = tf.sigmoid(sums[0]), tf.sigmoid(sums[1]), tf.tanh(sums[2]), tf.sigmoid(sums[3])
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
    from_input = tf.unstack(projected)
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
    "lstm": CellEquations(4, 5, 1, _lstm_step, _lstm_step_back),
    "gru": CellEquations(3, 4, 2, _gru_step, _gru_step_back),
}


# --- products ----------------------------------------------------------------------------------

# Eigen, which multiplies matrices for TensorFlow and XLA, is half as fast where the result has
# thousands of columns. So the inputs are projected gate by gate, and the kernels' gradients are
# formed transposed. (Inside XLA the transposition would be undone, so these stand outside.)


def _product(
    a: Tensor, b: Tensor, dtype: str, *, left: bool = False, right: bool = False
) -> Tensor:
    """a @ b, either transposed if asked; operands in `dtype`, the sum in float32."""
    if dtype == "float32":
        return tf.matmul(a, b, transpose_a=left, transpose_b=right)
    return _rounded_product(tf.cast(a, dtype), tf.cast(b, dtype), left, right)


@tf.function(jit_compile=True, autograph=False)  # type: ignore[untyped-decorator]
def _rounded_product(a: Tensor, b: Tensor, left: bool, right: bool) -> Tensor:
    return tf.raw_ops.BatchMatMulV3(x=a, y=b, Tout=tf.float32, adj_x=left, adj_y=right)


def _rows(sequence: Tensor) -> Tensor:
    """(time, batch, features) as (time · batch, features)."""
    return tf.reshape(sequence, [-1, sequence.shape[-1]])


def _project(inputs: Tensor, kernel: Tensor, bias: Tensor, gates: int, dtype: str) -> Tensor:
    """What the inputs (time, batch, features), or ids (time, batch), tell each gate:
    (gates, time, batch, units).
    """
    units = kernel.shape[1] // gates
    by_gate = tf.transpose(tf.reshape(kernel, [-1, gates, units]), [1, 0, 2])
    if inputs.dtype.is_integer:
        return tf.gather(by_gate + tf.reshape(bias, [gates, 1, units]), inputs, axis=1)
    rows = _rows(inputs)
    products = tf.stack([_product(rows, one, dtype) for one in tf.unstack(by_gate)])
    return tf.reshape(
        products + tf.reshape(bias, [gates, 1, units]),
        tf.concat([[gates], tf.shape(inputs)[:2], [units]], axis=0),
    )


def _kernel_gradient(sources: Tensor, gates: Tensor, size: int, dtype: str) -> Tensor:
    """By a kernel of `size` rows that took `sources` (time, batch, n), or ids, to the gates whose
    gradient is given. A product with one-hot vectors adds up in the same order each time, which
    TensorFlow does not promise of sums by id.
    """
    if sources.dtype.is_integer:
        sources = tf.one_hot(sources, size)
    return tf.transpose(_product(gates, _rows(sources), dtype, left=True))


def _input_gradient(inputs: Tensor, gates: Tensor, kernel: Tensor, dtype: str) -> Tensor | None:
    """By the inputs; ids have none."""
    if inputs.dtype.is_integer:
        return None
    return tf.reshape(_product(gates, kernel, dtype, right=True), tf.shape(inputs))


# --- loops -------------------------------------------------------------------------------------


def _arrays(length: Tensor, shapes: list[Any]) -> list[Any]:
    """One array for each shape, with a place for each step."""
    return [tf.TensorArray(tf.float32, length, element_shape=shape) for shape in shapes]


@tf.function(jit_compile=True, autograph=False)  # type: ignore[untyped-decorator]
def _forward(
    cell: str,
    dtype: str,
    projected: Tensor,
    recurrent_kernel: Tensor,
    recurrent_bias: Tensor,
    states: Tensors,
) -> tuple[Tensors, Tensors]:
    """All states after each step, and what each step kept: (time, batch, units) each."""
    equations = CELLS[cell]
    length = tf.shape(projected)[1]

    def step(time: Tensor, states: Tensors, all_states: Any, all_kept: Any) -> Any:
        recurrent = _product(states[0], recurrent_kernel, dtype) + recurrent_bias
        states, kept = equations.step(projected[:, time], recurrent, states)
        return (
            time + 1,
            states,
            [array.write(time, state) for array, state in zip(all_states, states, strict=True)],
            [array.write(time, one) for array, one in zip(all_kept, kept, strict=True)],
        )

    shape = states[0].shape
    _, _, all_states, all_kept = tf.while_loop(
        lambda time, *_: time < length,
        step,
        (
            0,
            states,
            _arrays(length, [shape] * len(states)),
            _arrays(length, [shape] * equations.kept),
        ),
        maximum_iterations=length,
    )
    return tuple(a.stack() for a in all_states), tuple(a.stack() for a in all_kept)


@tf.function(jit_compile=True, autograph=False)  # type: ignore[untyped-decorator]
def _backward(
    cell: str,
    dtype: str,
    recurrent_kernel: Tensor,
    first: Tensors,
    all_states: Tensors,
    kept: Tensors,
    by_outputs: Tensor,
    by_states: Tensors,
) -> tuple[list[Tensor], Tensors]:
    """The gradients by what the gates were told at each step, and by the states `first`.

    One array (time, batch, gates · units) where input and recurrence have the same gradient, else
    two, the input's first. `by_outputs` is the gradient by the output of each step, `by_states`
    those by the states after the last.
    """
    equations = CELLS[cell]
    before = tuple(
        tf.concat([start[tf.newaxis], rest[:-1]], axis=0)
        for start, rest in zip(first, all_states, strict=True)
    )
    length = tf.shape(by_outputs)[0]

    def step(time: Tensor, by_states: Tensors, arrays: Any) -> Any:
        by_states = (by_states[0] + by_outputs[time], *by_states[1:])
        projected, recurrent, by_states = equations.step_back(
            tuple(one[time] for one in kept), tuple(one[time] for one in before), by_states
        )
        through = _product(recurrent, recurrent_kernel, dtype, right=True)
        told = [projected] if projected is recurrent else [projected, recurrent]
        return (
            time - 1,
            (by_states[0] + through, *by_states[1:]),
            [array.write(time, one) for array, one in zip(arrays, told, strict=True)],
        )

    shape = [by_outputs.shape[1], recurrent_kernel.shape[1]]
    _, by_states, arrays = tf.while_loop(
        lambda time, *_: time >= 0,
        step,
        (length - 1, by_states, _arrays(length, [shape] * equations.gradients)),
        maximum_iterations=length,
    )
    return [array.stack() for array in arrays], by_states


# --- small windows -----------------------------------------------------------------------------

#: Up to so many states (batch · units) TensorFlow's own block LSTM is as fast as the loops above
#: and need not be compiled, which takes a second and a half: longer than small models train.
SMALL = 2048


def _is_small(cell: str, inputs: Tensor, states: Tensors, dtype: str) -> bool:
    """Whether `_small_lstm` can take these, and should."""
    batch, units = states[0].shape
    fits = batch is not None and batch * units <= SMALL
    return fits and cell == "lstm" and dtype == "float32" and not inputs.dtype.is_integer


def _small_lstm(
    inputs: Tensor, states: Tensors, kernel: Tensor, recurrent_kernel: Tensor, bias: Tensor
) -> tuple[Tensor, Tensors]:
    """`run` of an LSTM by one operation of TensorFlow: that of the first version, since the second
    (gates in the order of Keras) has a wrong gradient."""

    def in_its_order(weights: Tensor) -> Tensor:
        i, f, c, o = tf.split(weights, 4, axis=-1)
        return tf.concat([i, c, f, o], axis=-1)

    unused = tf.zeros_like(bias[: states[0].shape[-1]])
    _, cells, _, _, _, _, outputs = tf.raw_ops.BlockLSTM(
        seq_len_max=tf.shape(inputs, out_type=tf.int64)[0],
        x=inputs,
        cs_prev=states[1],
        h_prev=states[0],
        w=in_its_order(tf.concat([kernel, recurrent_kernel], axis=0)),
        wci=unused,
        wcf=unused,
        wco=unused,
        b=in_its_order(bias),
        forget_bias=0.0,
        cell_clip=-1.0,  # none
    )
    return outputs, (outputs[-1], cells[-1])


# --- the whole ---------------------------------------------------------------------------------


def _biases(bias: Tensor) -> tuple[Tensor, Tensor]:
    """The bias of the input projection and that of the recurrence: Keras's GRU has both."""
    return (bias[0], bias[1]) if len(bias.shape) == 2 else (bias, tf.zeros_like(bias))


def _bias_gradient(bias: Tensor, told: list[Tensor]) -> Tensor:
    sums = [tf.reduce_sum(gates, axis=0) for gates in told]
    return tf.stack(sums) if len(bias.shape) == 2 else sums[0]


def run(
    cell: str,
    inputs: Tensor,
    states: Tensors,
    kernel: Tensor,
    recurrent_kernel: Tensor,
    bias: Tensor,
    *,
    dtype: str = "float32",
) -> tuple[Tensor, Tensors]:
    """Run `cell` over `inputs` (batch, time, features) from `states`, each (batch, units).

    Integer `inputs` (batch, time) stand for the one-hot vectors of `features` values. Weights are
    float32, laid out as in Keras: kernel (features, gates · units), recurrent kernel (units,
    gates · units), bias (gates · units) for an LSTM and (2, gates · units) for a GRU.
    `dtype` (float32 or bfloat16) is that of the operands of products. Returns the output of each
    step, (batch, time, units), and the last states. Differentiable by everything but `cell` and
    ids.
    """
    by_time = tf.transpose(inputs) if inputs.dtype.is_integer else tf.transpose(inputs, [1, 0, 2])
    if _is_small(cell, inputs, states, dtype):
        outputs, last = _small_lstm(by_time, states, kernel, recurrent_kernel, bias)
    else:
        outputs, last = _sequence(cell, dtype, by_time, states, kernel, recurrent_kernel, bias)
    return tf.transpose(outputs, [1, 0, 2]), last


# A `tf.function` because an eager tape would look into the compiled loops.
@tf.function(autograph=False)  # type: ignore[untyped-decorator]
def _sequence(
    cell: str,
    dtype: str,
    inputs: Tensor,
    states: Tensors,
    kernel: Tensor,
    recurrent_kernel: Tensor,
    bias: Tensor,
) -> tuple[Tensor, Tensors]:
    """`run` by the compiled loops; time comes first."""
    equations = CELLS[cell]

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def sequence(
        inputs: Tensor, kernel: Tensor, recurrent_kernel: Tensor, bias: Tensor, *states: Tensor
    ) -> Any:
        input_bias, recurrent_bias = _biases(bias)
        projected = _project(inputs, kernel, input_bias, equations.gates, dtype)
        all_states, kept = _forward(
            cell, dtype, projected, recurrent_kernel, recurrent_bias, states
        )

        def gradient(by_outputs: Tensor, *by_states: Tensor) -> list[Tensor]:
            arrays, by_first = _backward(
                cell, dtype, recurrent_kernel, states, all_states, kept, by_outputs, by_states
            )
            told = [_rows(array) for array in arrays]
            outputs_before = tf.concat([states[0][tf.newaxis], all_states[0][:-1]], axis=0)
            return [
                _input_gradient(inputs, told[0], kernel, dtype),
                _kernel_gradient(inputs, told[0], kernel.shape[0], dtype),
                _kernel_gradient(outputs_before, told[-1], recurrent_kernel.shape[0], dtype),
                _bias_gradient(bias, told),
                *by_first,
            ]

        return (all_states[0], *(one[-1] for one in all_states)), gradient

    outputs, *last = sequence(inputs, kernel, recurrent_kernel, bias, *states)
    return outputs, tuple(last)
