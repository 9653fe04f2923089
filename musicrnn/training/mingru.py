"""The minGRU: a gated cell whose gates do not see the last output, so that all steps of a
sequence are one parallel scan (Feng et al. 2024, "Were RNNs all we needed?").

    z_t = σ(x_t·W_z + b_z),  h_t = (1 − z_t) ⊙ h_(t−1) + z_t ⊙ (x_t·W_h + b_h)

Importing this module imports Keras.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

__all__ = ["MinGRU"]

#: Sequences have at most two to the power of this many steps.
_DOUBLINGS = 13


@keras.saving.register_keras_serializable("musicrnn")
class MinGRU(keras.layers.Layer):  # type: ignore[misc]  # Keras ships no types
    """(batch, time, features) → (batch, time, units), and with `return_state` the last of them.

    `kernel` is (features, 2 · units), z before h, and `bias` (2 · units,). The state is float32,
    and so is the scan. Other options of recurrent layers are taken and have nothing to act on.
    """

    def __init__(
        self,
        units: int,
        *,
        return_sequences: bool = True,
        return_state: bool = False,
        stateful: bool = False,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.units = units
        self.return_sequences, self.return_state = return_sequences, return_state
        if stateful:
            raise ValueError("a MinGRU is given its state; it keeps none")

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        """The weights, named as in a bundle."""
        self.kernel = self.add_weight(
            name="kernel", shape=(sequences_shape[-1], 2 * self.units), initializer="glorot_uniform"
        )
        self.bias = self.add_weight(name="bias", shape=(2 * self.units,), initializer="zeros")

    def call(self, sequences: Any, initial_state: Any = None) -> Any:
        """Every output, or the last one, and the state after the last step."""
        kernel = ops.cast(self.kernel, self.compute_dtype)
        projected = ops.cast(ops.matmul(sequences, kernel), "float32") + self.bias
        gate, candidate = ops.split(projected, 2, axis=-1)
        gate = ops.sigmoid(gate)
        decays, outputs = _scanned(1 - gate, gate * candidate)
        if initial_state is not None:
            (before,) = initial_state
            outputs = outputs + decays * ops.expand_dims(ops.cast(before, "float32"), 1)
        last = outputs[:, -1]
        shown = ops.cast(outputs if self.return_sequences else last, self.compute_dtype)
        return (shown, last) if self.return_state else shown

    def get_config(self) -> dict[str, Any]:
        """The layer's options."""
        return {
            **super().get_config(),
            "units": self.units,
            "return_sequences": self.return_sequences,
            "return_state": self.return_state,
        }


def _scanned(keeps: Any, adds: Any) -> tuple[Any, Any]:
    """Of h_t = keeps_t · h_(t−1) + adds_t, both (batch, time, units): what is left of the state
    before the first step at each step, and the outputs from a state of zero.

    Each pass joins stretches of twice the length (Hillis and Steele 1986), so that the number of
    steps need not be known when the graph is made.
    """
    steps = keeps.shape[1]
    for reach in (1 << power for power in range(_DOUBLINGS)):
        if steps is not None and reach >= steps:
            break
        before = ((0, 0), (reach, 0), (0, 0))
        adds = adds + keeps * ops.pad(adds, before)[:, :-reach]
        keeps = keeps * ops.pad(keeps, before, constant_values=1.0)[:, :-reach]
    return keeps, adds
