"""Recurrent layers by name: ours where they are faster, Keras's own elsewhere.

TensorFlow on a CPU runs Keras's LSTM and GRU well below what the machine can do; there this
module gives layers with their own gradient (`_recurrent_tf`), which compute the same and load the
same weights. On a GPU Keras takes cuDNN, and JAX and PyTorch have loops of their own.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, cast

from musicrnn.errors import UsageError
from musicrnn.training.backend import keras_module

__all__ = ["LAYERS", "embedded_layer", "recurrent_layer"]

#: cell → where its layer is: Keras' own, or ``module:name`` of one of ours
LAYERS = {
    "lstm": "keras.layers:LSTM",
    "gru": "keras.layers:GRU",
    "rnn": "keras.layers:SimpleRNN",
    "mingru": "musicrnn.training.mingru:MinGRU",
}
#: cell → the layer of `_recurrent_layers` that computes the same faster
_FAST_LAYERS = {"lstm": "LSTM", "gru": "GRU"}

#: option → the one value of it that the fast loop computes; any other takes Keras's layer
_FAST: dict[str, Any] = {
    "activation": "tanh",
    "recurrent_activation": "sigmoid",
    "use_bias": True,
    "recurrent_dropout": 0.0,
    "reset_after": True,
    "go_backwards": False,
    "unroll": False,
}


def recurrent_layer(
    cell: str,
    units: int,
    *,
    return_sequences: bool = True,
    return_state: bool = False,
    stateful: bool = False,
    dtype: Any = None,
    compute_dtype: str | None = None,
    name: str | None = None,
    **keras_options: Any,
) -> Any:
    """A Keras layer for `cell` (a name in `LAYERS`), the fastest that this machine has.

    Inputs are (batch, time, features), outputs (batch, time, units). Weights are those of the
    Keras layer, float32, and go from one to the other with `get_weights` and `set_weights`.
    `compute_dtype="bfloat16"` rounds the operands of products to bfloat16 and leaves states and
    sums in float32 (in Keras's own layers: its policy ``mixed_bfloat16``); it pays on a processor
    with instructions for it. `keras_options` go to the layer.

    Raises `UsageError` for another cell or compute dtype.
    """
    if cell not in LAYERS:
        raise UsageError(f"no recurrent cell {cell!r}; choose {', '.join(LAYERS)}")
    if compute_dtype not in (None, "float32", "bfloat16"):
        raise UsageError(f"no compute dtype {compute_dtype!r}; choose float32 or bfloat16")
    keras = keras_module()
    options = {
        "return_sequences": return_sequences,
        "return_state": return_state,
        "stateful": stateful,
        "name": name,
        **keras_options,
    }
    if _is_fast(keras, cell, dtype, keras_options):
        from musicrnn.training import _recurrent_layers

        fast = getattr(_recurrent_layers, _FAST_LAYERS[cell])
        return fast(units, dtype=dtype, operand_dtype=compute_dtype, **options)
    if compute_dtype == "bfloat16" and dtype is None:
        dtype = "mixed_bfloat16"
    module, _, layer = LAYERS[cell].partition(":")
    return getattr(importlib.import_module(module), layer)(units, dtype=dtype, **options)


def embedded_layer(embedding: Any, cell: str, units: int, **options: Any) -> Callable[..., Any]:
    """What maps ids (batch, time) through a Keras `embedding` and then `recurrent_layer`.

    Where the layer is ours the two are one: a vocabulary has fewer tokens than a batch has places,
    so the product of all vectors with the input kernel is formed once a batch, and its rows are
    looked up. The result is the same.
    """
    if _is_fast(keras_module(), cell, options.get("dtype"), options):
        return cast(
            "Callable[..., Any]", recurrent_layer(cell, units, embedding=embedding, **options)
        )
    layer = recurrent_layer(cell, units, **options)
    return lambda ids, **states: layer(embedding(ids), **states)


def _is_fast(keras: Any, cell: str, dtype: Any, options: dict[str, Any]) -> bool:
    """Whether the layer that these options describe is one that `_recurrent_layers` computes."""
    if cell not in _FAST_LAYERS or keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    policy = keras.dtype_policies.get(dtype or keras.config.dtype_policy())
    return (
        not tf.config.list_physical_devices("GPU")
        and policy.variable_dtype == "float32"
        and policy.compute_dtype in ("float32", "bfloat16")
        and all(options.get(option, value) == value for option, value in _FAST.items())
    )
