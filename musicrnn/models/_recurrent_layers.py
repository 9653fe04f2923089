"""Keras layers over `_recurrent_tf`: LSTM and GRU that differ from Keras's in speed alone."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from musicrnn.models import _recurrent_tf

__all__ = ["GRU", "LSTM"]


class _FastLoop:
    """Keras's recurrent layer with `_recurrent_tf.run` as its loop.

    `operand_dtype` (float32 or bfloat16, None: the layer's own compute dtype) is what the operands
    of products are rounded to; states, sums and weights stay float32. Weights, their names and
    order, states, dropout and saved configuration are those of the Keras layer. A sequence with a
    mask takes Keras's loop, which alone knows how to skip a step.
    """

    def __init__(self, *args: Any, operand_dtype: str | None = None, **options: Any) -> None:
        # "auto" would have Keras look for cuDNN first, which a CPU has not.
        super().__init__(*args, **{"use_cudnn": False, **options})
        self.operand_dtype = operand_dtype
        # Keras compiles a whole training step only when every layer agrees. The loops here are
        # compiled already; the large products stand outside XLA on purpose (`_recurrent_tf`).
        self.supports_jit = False

    def inner_loop(
        self: Any, sequences: Any, initial_state: Any, mask: Any, training: bool = False
    ) -> Any:
        if mask is not None:
            return super().inner_loop(sequences, initial_state, mask, training=training)  # type: ignore[misc]
        if training and self.dropout:
            # One mask for all steps, as in Keras.
            sequences = sequences * self.cell.get_dropout_mask(sequences[:, 0, :])[:, tf.newaxis]
        outputs, states = _recurrent_tf.run(
            type(self).__name__.lower(),
            tf.cast(sequences, tf.float32),
            tuple(tf.cast(state, tf.float32) for state in initial_state),
            *(
                tf.cast(weight, tf.float32)
                for weight in (self.cell.kernel, self.cell.recurrent_kernel, self.cell.bias)
            ),
            dtype=self.operand_dtype or self.compute_dtype,
        )
        return states[0], outputs, list(states)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "operand_dtype": self.operand_dtype}  # type: ignore[misc]


@keras.saving.register_keras_serializable("musicrnn")
class LSTM(_FastLoop, keras.layers.LSTM):  # type: ignore[misc]
    """`keras.layers.LSTM` for TensorFlow on a CPU."""


@keras.saving.register_keras_serializable("musicrnn")
class GRU(_FastLoop, keras.layers.GRU):  # type: ignore[misc]
    """`keras.layers.GRU` (reset after the product) for TensorFlow on a CPU."""
