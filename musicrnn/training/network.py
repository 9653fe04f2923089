"""The network as a Keras functional model: ids and states in, logits and states out.

It is written against Keras 3 alone, so TensorFlow and JAX run it alike. States are explicit
inputs and outputs, because training carries them from window to window and an evaluation from
one stretch of a tune to the next. `config` says what each weight is called and means.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from musicrnn.errors import ModelError
from musicrnn.models.config import LAYER_NORM_EPSILON, ModelConfig
from musicrnn.training.backend import keras_module
from musicrnn.training.recurrent import embedded_layer, recurrent_layer

__all__ = ["build", "read_weights", "set_weights", "zero_states"]

FloatArray = npt.NDArray[np.float32]

#: Precision by name → Keras' dtype policy. bfloat16 keeps float32 weights and needs no loss
#: scaling, since its exponent is float32's.
PRECISIONS = {"float32": "float32", "bfloat16": "mixed_bfloat16"}


def build(
    config: ModelConfig,
    vocabulary: int,
    *,
    precision: str = "float32",
    dropout_seed: int = 0,
) -> Any:
    """The functional model for `config` over `vocabulary` tokens.

    Inputs: ids (batch, steps) int32, with features their values (batch, steps, features) int32,
    then for each layer its states (batch, U) float32, h before c, then with attention its memory
    (batch, `config.memory`), or (batch, 0) where nothing comes before.
    Outputs: logits (batch, steps, V) float32, then the states after the last step.
    `dropout_seed` starts the random numbers of the dropout layers; their state is a variable of
    the model and is saved with it.
    """
    keras = keras_module()
    dtype = PRECISIONS[precision]
    ids = keras.Input((None,), dtype="int32", name="ids")
    states_in, states_out = [], []
    embedding = _embedding(config, vocabulary, dtype)
    vectors, looked_up = _inputs(config, vocabulary, ids, embedding, dtype)
    feature_inputs = []
    if config.features:
        values = keras.Input((None, len(config.features)), dtype="int32", name="features")
        feature_inputs.append(values)
        vectors, looked_up = _with_features(config, vectors, embedding, looked_up, values, dtype)
    if config.hidden and not looked_up and embedding is not None:
        vectors, looked_up = embedding(vectors), True
    tokens = vectors
    if config.stride > 1:
        vectors = vectors[:, :: config.stride]
    for layer, units in enumerate(config.units):
        states = [
            keras.Input((units,), dtype="float32", name=f"state_{layer}_{kind}")
            for kind in "hc"[: config.states_per_layer]  # the output, and an LSTM's cell
        ]
        options: dict[str, Any] = {
            "return_state": True,
            "compute_dtype": precision,
            "name": f"rnn_{layer}",
            # It draws nothing, but its generator is a variable too: without a seed two runs would
            # have other numbers in their checkpoints.
            "seed": dropout_seed + layer,
        }
        if layer == 0 and not looked_up:
            recurrence = embedded_layer(embedding, config.cell, units, **options)
        else:
            recurrence = recurrent_layer(config.cell, units, **options)
        vectors, *after = recurrence(vectors, initial_state=states)
        states_in += states
        states_out += [keras.ops.cast(state, "float32") for state in after]
        if config.layer_norm:
            vectors = keras.layers.LayerNormalization(
                epsilon=LAYER_NORM_EPSILON, name=f"norm_{layer}", dtype=dtype
            )(vectors)
        if config.dropout:
            vectors = keras.layers.Dropout(
                config.dropout, seed=dropout_seed + layer, name=f"dropout_{layer}", dtype=dtype
            )(vectors)
    if config.attention:
        from musicrnn.training.layers import Attention

        memory = keras.Input((None,), dtype="float32", name="memory")
        vectors, after = Attention(
            config.attention, config.attention_width, name="attention", dtype=dtype
        )(vectors, memory)
        states_in.append(memory)
        states_out.append(after)
    if config.hidden:
        vectors = _hidden(config, tokens, vectors, dropout_seed, dtype)
    logits = keras.ops.cast(_output(config, vocabulary, vectors, embedding, dtype), "float32")
    return keras.Model([ids, *feature_inputs, *states_in], [logits, *states_out], name=config.kind)


def _embedding(config: ModelConfig, vocabulary: int, dtype: str) -> Any | None:
    if config.embedding is None:
        return None
    layer = keras_module().layers.Embedding(
        vocabulary, config.embedding, name="embedding", dtype=dtype
    )
    layer.build()  # the output may share it, and no layer owns what exists already
    return layer


def _inputs(
    config: ModelConfig, vocabulary: int, ids: Any, embedding: Any | None, dtype: str
) -> tuple[Any, bool]:
    """What the first layer gets, and whether that is vectors; if not, it looks the ids up."""
    if embedding is None:
        return _one_hot(config, vocabulary, dtype)(ids), True
    if not config.cycle:
        return ids, False
    from musicrnn.training.layers import Cycle

    return Cycle(config.cycle, name="cycle", dtype=dtype)(embedding(ids)), True


def _with_features(
    config: ModelConfig, vectors: Any, embedding: Any, looked_up: bool, values: Any, dtype: str
) -> tuple[Any, bool]:
    """Vectors of the tokens and beside them those of their features; True, since they are that."""
    keras = keras_module()
    parts = [vectors if looked_up else embedding(vectors)]
    for place, (name, size) in enumerate(config.features):
        layer = keras.layers.Embedding(
            size, config.feature_width, name=f"feature_{name}", dtype=dtype
        )
        parts.append(layer(values[:, :, place]))
    return keras.ops.concatenate(parts, axis=-1), True


def _hidden(config: ModelConfig, tokens: Any, context: Any, seed: int, dtype: str) -> Any:
    """The hidden layer over each token's vector and what the recurrent layers say."""
    from musicrnn.training.layers import Hidden

    hidden = Hidden(config.hidden, config.stride, name="hidden", dtype=dtype)(tokens, context)
    if not config.dropout:
        return hidden
    number = len(config.units)
    return keras_module().layers.Dropout(
        config.dropout, seed=seed + number, name=f"dropout_{number}", dtype=dtype
    )(hidden)


def _one_hot(config: ModelConfig, vocabulary: int, dtype: str) -> Any:
    from musicrnn.training.layers import OneHot

    return OneHot(vocabulary, zero_start=config.zero_start, name="one_hot", dtype=dtype)


def _output(config: ModelConfig, vocabulary: int, vectors: Any, embedding: Any, dtype: str) -> Any:
    keras = keras_module()
    if not config.tie:
        return keras.layers.Dense(vocabulary, name="dense", dtype=dtype)(vectors)
    from musicrnn.training.layers import Tied

    if config.embedding != config.units[-1]:
        vectors = keras.layers.Dense(config.embedding, name="project", dtype=dtype)(vectors)
    return Tied(embedding, name="dense", dtype=dtype)(vectors)


# --- weights -----------------------------------------------------------------------------------


def _variables(model: Any, config: ModelConfig, vocabulary: int) -> dict[str, Any]:
    """Our weight names → the model's variables."""
    variables = {}
    by_path = {variable.path: variable for variable in model.variables}
    for name in config.weight_shapes(vocabulary):
        layer, _, kind = name.rpartition(".")
        if name == "embedding":
            variables[name] = by_path["embedding/embeddings"]
        elif layer == "feature":
            variables[name] = by_path[f"feature_{kind}/embeddings"]
        else:
            keras_layer = model.get_layer(layer.replace(".", "_"))
            variables[name] = getattr(getattr(keras_layer, "cell", keras_layer), kind)
    return variables


def read_weights(model: Any, config: ModelConfig, vocabulary: int) -> dict[str, FloatArray]:
    """Copies of all weights by name, float32."""
    keras = keras_module()
    return {
        name: np.array(keras.ops.convert_to_numpy(variable.value), np.float32)
        for name, variable in _variables(model, config, vocabulary).items()
    }


def set_weights(
    model: Any, config: ModelConfig, vocabulary: int, weights: Mapping[str, FloatArray]
) -> None:
    """Put `weights` into the model. Raises `ModelError` where one is missing or does not fit."""
    for name, variable in _variables(model, config, vocabulary).items():
        if name not in weights or weights[name].shape != tuple(variable.shape):
            raise ModelError(f"the weight {name!r} does not fit the model; train it again")
        variable.assign(weights[name])


def zero_states(config: ModelConfig, batch: int, *, alone: bool = False) -> list[FloatArray]:
    """The states at the start of a piece: for each layer h (and c), (batch, U), and with attention
    its memory; zeros. Where rows stand `alone`, going on from no other, the memory has no steps.
    """
    widths = [units for units in config.units for _ in range(config.states_per_layer)]
    widths += [0 if alone else config.memory] if config.attention else []
    return [np.zeros((batch, width), np.float32) for width in widths]
