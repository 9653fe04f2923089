"""A model as a Keras user knows it: ids in, logits out, trained by `fit` with Keras's callbacks.

`Network` wraps the functional model of `network.build`, whose states are inputs and outputs: here
every row is a whole piece that starts from zeros. Importing this module imports Keras.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from musicrnn.errors import UsageError
from musicrnn.models.bundle import Bundle, FloatArray
from musicrnn.models.config import ModelConfig
from musicrnn.training.network import build, read_weights, set_weights, zero_states

__all__ = ["Network", "keras_model", "weights_of"]


@keras.saving.register_keras_serializable("musicrnn")
class Network(keras.Model):  # type: ignore[misc]  # Keras ships no types
    """Logits (batch, steps, V) float32 from ids (batch, steps) int32.

    Where the model has features they come with the ids: ``{"ids": …, "features": …}``, the
    latter (batch, steps, features) int32. `config` is that of a `ModelConfig` as a dictionary.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        vocabulary: int,
        *,
        precision: str = "float32",
        dropout_seed: int = 0,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.settings = ModelConfig.from_dict(dict(config))
        self.vocabulary, self.precision, self.dropout_seed = vocabulary, precision, dropout_seed
        self.core = build(self.settings, vocabulary, precision=precision, dropout_seed=dropout_seed)

    def call(self, inputs: Any, training: bool = False) -> Any:
        """The logits; every row starts from a state of zeros."""
        given = [inputs["ids"], inputs["features"]] if self.settings.features else [_ids(inputs)]
        rows = ops.shape(given[0])[0]
        widths = [state.shape[1] for state in zero_states(self.settings, 1, alone=True)]
        states = [ops.zeros((rows, width)) for width in widths]
        return self.core([*given, *states], training=training)[0]

    def get_config(self) -> dict[str, Any]:
        """What `from_config` makes the same network of."""
        return {
            **super().get_config(),
            "config": _plain(self.settings),
            "vocabulary": self.vocabulary,
            "precision": self.precision,
            "dropout_seed": self.dropout_seed,
        }


def _ids(inputs: Any) -> Any:
    return inputs["ids"] if isinstance(inputs, Mapping) else inputs


def _plain(config: ModelConfig) -> dict[str, Any]:
    """A configuration in lists, numbers and text, as JSON holds them."""
    values = asdict(config)
    return values | {"units": list(config.units), "features": [list(f) for f in config.features]}


def keras_model(
    bundle: Bundle, *, precision: str = "float32", rate: float = 1e-3, dropout_seed: int = 0
) -> Network:
    """The network of a bundle with its weights, compiled: Adam, cross-entropy in nats a token."""
    network = Network(
        _plain(bundle.config.model),
        len(bundle.vocabulary),
        precision=precision,
        dropout_seed=dropout_seed,
        name=bundle.config.name.replace("-", "_"),
    )
    ids = np.zeros((1, 2), np.int32)
    features = np.zeros((1, 2, len(bundle.config.model.features)), np.int32)
    network({"ids": ids, "features": features})  # from here on its shapes are known
    set_weights(network.core, bundle.config.model, len(bundle.vocabulary), bundle.weights)
    network.compile(
        optimizer=keras.optimizers.Adam(rate, clipnorm=1.0),
        loss=keras.losses.SparseCategoricalCrossentropy(
            from_logits=True, reduction="mean_with_sample_weight"
        ),
        weighted_metrics=[
            keras.metrics.SparseCategoricalCrossentropy(from_logits=True, name="nats")
        ],
    )
    return network


def weights_of(bundle: Bundle, network: Any) -> dict[str, FloatArray]:
    """The weights of a network by the bundle's names, float32.

    Raises `UsageError` for a network that is not this bundle's, whatever its weights.
    """
    if not isinstance(network, Network):
        raise UsageError(
            f"{type(network).__name__} is not a network of model.keras(); train that one"
        )
    count = len(bundle.vocabulary)
    if network.settings != bundle.config.model or network.vocabulary != count:
        raise UsageError(f"the network is not that of {bundle.config.name!r}")
    weights: dict[str, npt.NDArray[np.float32]] = read_weights(
        network.core, bundle.config.model, count
    )
    return weights
