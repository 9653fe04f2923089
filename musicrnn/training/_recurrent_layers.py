"""Keras layers over `_recurrent_tf`: LSTM and GRU that differ from Keras's in speed alone."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from musicrnn.training import _recurrent_tf

__all__ = ["GRU", "LSTM"]


class _FastLoop:
    """Keras's recurrent layer with `_recurrent_tf.run` as its loop.

    `operand_dtype` (float32 or bfloat16, None: the layer's own compute dtype) is what the operands
    of products are rounded to; states, sums and weights stay float32. With an `embedding` the
    layer reads ids (batch, time): each token's vector meets the input kernel once, and not again
    at each of its places; the embedding's weights are then among the layer's. Weights, their names
    and order, states, dropout and saved configuration are those of the Keras layer. A sequence
    with a mask takes Keras's loop, which alone knows how to skip a step.
    """

    def __init__(
        self: Any,
        *args: Any,
        operand_dtype: str | None = None,
        embedding: keras.layers.Embedding | None = None,
        **options: Any,
    ) -> None:
        # "auto" would have Keras look for cuDNN first, which a CPU has not.
        super().__init__(*args, **{"use_cudnn": False, **options})
        self.operand_dtype = operand_dtype
        self.embedding = embedding
        if embedding:
            self.input_spec = keras.InputSpec(ndim=2)
        # Keras compiles a whole training step only when every layer agrees. The loops here are
        # compiled already; the large products stand outside XLA on purpose (`_recurrent_tf`).
        self.supports_jit = False

    def build(self: Any, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        if self.embedding:
            sequences_shape = (*sequences_shape, self.embedding.output_dim)
        super().build(sequences_shape, initial_state_shape)  # type: ignore[misc]

    def call(
        self: Any,
        sequences: Any,
        initial_state: Any = None,
        mask: Any = None,
        training: bool = False,
    ) -> Any:
        if self.embedding:
            sequences = sequences[..., tf.newaxis]  # Keras looks for a third axis
        return super().call(sequences, initial_state, mask, training)  # type: ignore[misc]

    def inner_loop(
        self: Any, sequences: Any, initial_state: Any, mask: Any, training: bool = False
    ) -> Any:
        if mask is not None:
            return super().inner_loop(sequences, initial_state, mask, training=training)  # type: ignore[misc]
        kernel = tf.cast(self.cell.kernel, tf.float32)
        if self.embedding:
            kernel = tf.matmul(tf.cast(self.embedding.embeddings, tf.float32), kernel)
        elif training and self.dropout:
            # One mask for all steps, as in Keras.
            sequences = sequences * self.cell.get_dropout_mask(sequences[:, 0, :])[:, tf.newaxis]
        outputs, states = _recurrent_tf.run(
            type(self).__name__.lower(),
            sequences[..., 0] if self.embedding else tf.cast(sequences, tf.float32),
            tuple(tf.cast(state, tf.float32) for state in initial_state),
            kernel,
            tf.cast(self.cell.recurrent_kernel, tf.float32),
            tf.cast(self.cell.bias, tf.float32),
            dtype=self.operand_dtype or self.compute_dtype,
        )
        return states[0], outputs, list(states)

    def get_config(self: Any) -> dict[str, Any]:
        config = {**super().get_config(), "operand_dtype": self.operand_dtype}  # type: ignore[misc]
        if self.embedding:
            config["embedding"] = keras.saving.serialize_keras_object(self.embedding)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        if "embedding" in config:
            embedding = keras.saving.deserialize_keras_object(config["embedding"])
            config = {**config, "embedding": embedding}
        return cls(**config)


@keras.saving.register_keras_serializable("musicrnn")
class LSTM(_FastLoop, keras.layers.LSTM):  # type: ignore[misc]
    """`keras.layers.LSTM` for TensorFlow on a CPU."""


@keras.saving.register_keras_serializable("musicrnn")
class GRU(_FastLoop, keras.layers.GRU):  # type: ignore[misc]
    """`keras.layers.GRU` (reset after the product) for TensorFlow on a CPU."""
