"""LSTM and GRU over a whole sequence in TensorFlow, with their own gradient.

What is differentiated step by step costs a small product and a pass over the weight gradient at
every step. Here, as in cuDNN and oneDNN:

* the inputs of all steps meet the input kernel in one product before the loop; ids, which stand
  for one-hot vectors, only choose rows of it;
* the loop keeps what its gradient needs, the gates after their activation;
* the loop backwards finds only the gradients of the gates, and hands that of the state on; the
  gradients of all weights are one product after it, those of the inputs another.

Both loops are compiled by XLA, which fuses all that stands between two products into one pass.
What the loops write for each other is memory that is touched for the first time at each step of
training, and costs as much as their arithmetic: nothing is written twice, nor wider than it is
read. Inside, time comes first: ``(time, batch, features)``. States and sums are float32; the
operands of products may be rounded to bfloat16.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import tensorflow as tf

from musicrnn.training._cells_tf import CELLS, Tensor, Tensors

__all__ = ["run"]


# --- products ----------------------------------------------------------------------------------


def _product(a: Tensor, b: Tensor) -> Tensor:
    """a @ b with the sum in float32, whatever the type of the operands."""
    if a.dtype == tf.float32:
        return tf.matmul(a, b)
    return tf.raw_ops.BatchMatMulV3(x=a, y=b, Tout=tf.float32)


# In XLA, since TensorFlow's own product rounds the sum of rounded operands too.
@tf.function(jit_compile=True, autograph=False)  # type: ignore[untyped-decorator]
def _rounded_product(a: Tensor, b: Tensor) -> Tensor:
    return _product(a, b)


def _large_product(
    a: Tensor, b: Tensor, dtype: str, *, left: bool = False, right: bool = False
) -> Tensor:
    """`_product` of operands in `dtype` outside of a loop; a or b is transposed if `left` or
    `right`. In float32 it is for oneDNN, which at thousands of rows is 1.5 times as fast as
    Eigen in XLA. Matrices are turned outside of XLA, which would undo it, and takes four times as
    long for the transposed product.
    """
    if dtype == "float32":
        return tf.matmul(a, b, transpose_a=left, transpose_b=right)
    a, b = tf.cast(a, dtype), tf.cast(b, dtype)
    return _rounded_product(tf.transpose(a) if left else a, tf.transpose(b) if right else b)


def _rows(sequence: Tensor) -> Tensor:
    """(time, batch, features) as (time · batch, features)."""
    return tf.reshape(sequence, [-1, sequence.shape[-1]])


def _project(inputs: Tensor, kernel: Tensor, bias: Tensor, dtype: str) -> Tensor:
    """What the inputs (time, batch, features) tell the gates, (time, batch, gates · units); for
    ids what each of them would, (features, gates · units).
    """
    if inputs.dtype.is_integer:
        return kernel + bias
    products = _large_product(_rows(inputs), kernel, dtype) + bias
    return tf.reshape(products, tf.concat([tf.shape(inputs)[:2], [kernel.shape[1]]], axis=0))


def _weight_gradients(d_gates: Tensor, dtype: str, *sources: Tensor) -> list[Tensor]:
    """By each kernel that took one of `sources` (time, batch, n) to the gates whose gradient is
    `d_gates` (time, batch, gates · units), and last by their bias: the weights of an input that is
    always one. One product for all. (With one-hot vectors it also adds up in the same order each
    time, which TensorFlow does not promise of sums by id.)
    """
    ones = tf.ones_like(sources[0][..., :1])
    rows = tf.concat([tf.cast(one, dtype) for one in (*sources, ones)], axis=-1)
    product = _large_product(_rows(rows), _rows(d_gates), dtype, left=True)
    *kernels, bias = tf.split(product, [*(one.shape[-1] for one in sources), 1])
    return [*kernels, bias[0]]


def _input_gradient(inputs: Tensor, d_gates: Tensor, kernel: Tensor, dtype: str) -> Tensor | None:
    """By the inputs; ids have none."""
    if inputs.dtype.is_integer:
        return None
    return tf.reshape(_large_product(_rows(d_gates), kernel, dtype, right=True), tf.shape(inputs))


# --- loops -------------------------------------------------------------------------------------


def _arrays(length: Tensor, shape: Any, number: int, dtype: Any = tf.float32) -> list[Any]:
    """So many arrays with a place of `shape` for each step.

    Those of bfloat16 hold its bits as integers (`_bits`): XLA would turn the whole of an array to
    float32 and back at each step.
    """
    held = tf.uint16 if dtype == tf.bfloat16 else dtype
    return [tf.TensorArray(held, length, element_shape=shape) for _ in range(number)]


def _bits(values: Tensor) -> Tensor:
    return tf.bitcast(values, tf.uint16) if values.dtype == tf.bfloat16 else values


def _numbers(bits: Tensor) -> Tensor:
    """The inverse of `_bits`."""
    return tf.bitcast(bits, tf.bfloat16) if bits.dtype == tf.uint16 else bits


def _write(arrays: list[Any], time: Tensor, values: Iterable[Tensor]) -> list[Any]:
    return [array.write(time, _bits(value)) for array, value in zip(arrays, values, strict=True)]


@tf.function(jit_compile=True, autograph=False)  # type: ignore[untyped-decorator]
def _forward(
    cell: str,
    dtype: str,
    inputs: Tensor,
    projected: Tensor,
    recurrent_kernel: Tensor,
    recurrent_bias: Tensor,
    states: Tensors,
) -> tuple[Tensors, Tensors]:
    """All states, those before the first step and then those after each, (time + 1, batch, units)
    each; and what each step kept, (time, batch, units) each.
    """
    equations = CELLS[cell]
    length = tf.shape(inputs)[0]
    kernel = tf.cast(recurrent_kernel, dtype)

    def step(time: Tensor, states: Tensors, all_states: Any, all_kept: Any) -> Any:
        is_table = inputs.dtype.is_integer
        from_input = tf.gather(projected, inputs[time]) if is_table else projected[time]
        recurrent = _product(tf.cast(states[0], dtype), kernel) + recurrent_bias
        states, kept = equations.step(from_input, recurrent, states)
        return time + 1, states, _write(all_states, time + 1, states), _write(all_kept, time, kept)

    shape = states[0].shape
    all_states = _write(_arrays(length + 1, shape, len(states)), 0, states)
    _, _, all_states, all_kept = tf.while_loop(
        lambda time, *_: time < length,
        step,
        (0, states, all_states, _arrays(length, shape, equations.kept)),
        maximum_iterations=length,
    )
    return tuple(a.stack() for a in all_states), tuple(a.stack() for a in all_kept)


@tf.function(jit_compile=True, autograph=False)  # type: ignore[untyped-decorator]
def _backward(
    cell: str,
    kernel_transposed: Tensor,
    all_states: Tensors,
    kept: Tensors,
    d_outputs: Tensor,
    d_states: Tensors,
) -> tuple[list[Tensor], Tensors]:
    """The gradients of the gates' inputs at each step, and of the states before the first.

    `kernel_transposed` is that of the recurrence, (gates · units, units), in the operands' dtype.
    The first result is one array (time, batch, gates · units) where input and recurrence have the
    same gradient, else two, the input's first; it is only ever an operand, so it has their dtype
    (as `_bits`). `d_outputs` is the gradient by the output of each step, `d_states` those by the
    states after the last.
    """
    equations = CELLS[cell]
    length = tf.shape(d_outputs)[0]

    def step(time: Tensor, d_states: Tensors, arrays: Any) -> Any:
        d_states = (d_states[0] + d_outputs[time], *d_states[1:])
        projected, recurrent, d_states = equations.step_back(
            tuple(one[time] for one in kept),
            tuple(one[time] for one in all_states),
            tuple(one[time + 1] for one in all_states),
            d_states,
        )
        d_gates = [projected] if projected is recurrent else [projected, recurrent]
        d_gates = [tf.cast(one, kernel_transposed.dtype) for one in d_gates]
        through = _product(d_gates[-1], kernel_transposed)
        return (
            time - 1,
            (d_states[0] + through, *d_states[1:]),
            _write(arrays, time, d_gates),
        )

    shape = [d_outputs.shape[1], kernel_transposed.shape[0]]
    _, d_states, arrays = tf.while_loop(
        lambda time, *_: time >= 0,
        step,
        (
            length - 1,
            d_states,
            _arrays(length, shape, equations.gradients, kernel_transposed.dtype),
        ),
        maximum_iterations=length,
    )
    return [a.stack() for a in arrays], d_states


# --- small windows -----------------------------------------------------------------------------

#: Up to this many states (batch · units) TensorFlow's block LSTM is as fast as the loops above
#: and need not be compiled, which takes a second and a half: longer than small models train.
SMALL = 2048
#: Its gradient is slow over many steps: over 290 of them 3.3 s beside 0.9 s of ours.
SHORT = 64


def _is_small(cell: str, inputs: Tensor, states: Tensors, dtype: str) -> bool:
    """Whether `_small_lstm` can take these, and should."""
    batch, units = states[0].shape
    steps = inputs.shape[1]
    fits = batch is not None and batch * units <= SMALL and (steps is None or steps <= SHORT)
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

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def sequence(
        inputs: Tensor, kernel: Tensor, recurrent_kernel: Tensor, bias: Tensor, *states: Tensor
    ) -> Any:
        input_bias, recurrent_bias = _biases(bias)
        projected = _project(inputs, kernel, input_bias, dtype)
        all_states, kept = _forward(
            cell, dtype, inputs, projected, recurrent_kernel, recurrent_bias, states
        )

        def gradient(d_outputs: Tensor, *d_states: Tensor) -> list[Tensor]:
            kernel_transposed = tf.transpose(tf.cast(recurrent_kernel, dtype))
            d_gates, d_first = _backward(
                cell, kernel_transposed, all_states, kept, d_outputs, d_states
            )
            d_gates = [_numbers(one) for one in d_gates]
            outputs_before = all_states[0][:-1]
            is_ids = inputs.dtype.is_integer
            vectors = tf.one_hot(inputs, kernel.shape[0]) if is_ids else inputs
            if len(d_gates) == 1:
                d_weights = _weight_gradients(d_gates[0], dtype, vectors, outputs_before)
            else:
                d_kernel, d_bias = _weight_gradients(d_gates[0], dtype, vectors)
                d_recurrent, d_second = _weight_gradients(d_gates[1], dtype, outputs_before)
                d_weights = [d_kernel, d_recurrent, tf.stack([d_bias, d_second])]
            return [_input_gradient(inputs, d_gates[0], kernel, dtype), *d_weights, *d_first]

        return (all_states[0][1:], *(one[-1] for one in all_states)), gradient

    outputs, *last = sequence(inputs, kernel, recurrent_kernel, bias, *states)
    return outputs, tuple(last)
