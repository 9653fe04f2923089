"""One step of training, the same mathematics on every Keras backend.

`Stepper` is what the training loop sees; `step_tensorflow` and `step_jax` say how a backend
compiles it. A snapshot holds every number that a later step depends on, so a stepper restored
from one goes on as if nothing had happened.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from musicrnn.errors import ModelError
from musicrnn.models.config import ModelConfig
from musicrnn.training import network
from musicrnn.training.backend import keras_module
from musicrnn.training.batching import ALONE, Batch, Epoch
from musicrnn.training.precision import resolved
from musicrnn.training.recipe import TrainingConfig

__all__ = ["Stepper"]

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Outcome:
    """What a training step tells: mean loss in nats a token and the gradient's whole length."""

    loss: float
    gradient: float

    @property
    def finite(self) -> bool:
        """Whether training has not diverged."""
        return math.isfinite(self.loss) and math.isfinite(self.gradient)


class Stepper(ABC):
    """A model, its optimizer and their compiled steps."""

    def __init__(
        self, config: ModelConfig, vocabulary: int, training: TrainingConfig, dropout_seed: int
    ) -> None:
        self.config = config
        self.vocabulary = vocabulary
        self.training = training
        #: no row of a training batch goes on from the batch before
        self.alone = training.batching in ALONE
        self.model = network.build(
            config,
            vocabulary,
            precision=resolved(training.precision, config),
            dropout_seed=dropout_seed,
        )
        self.optimizer = _optimizer(training)
        self.trainable = self.model.trainable_variables
        self.optimizer.build(self.trainable)
        # The order of these lists is fixed by the configuration, so a place in it names a number.
        self.variables = [*self.model.variables, *self.optimizer.variables]

    @abstractmethod
    def train(self, batch: Batch, rate: float) -> Outcome:
        """Learn one batch at that learning rate; states go on from the batch before."""

    @abstractmethod
    def negative_log_likelihood(self, batch: Batch) -> float:
        """The sum over a batch in nats by the current weights.

        The states of evaluation are kept apart from those of training.
        """

    @abstractmethod
    def swap_averages(self) -> None:
        """Swap the weights and their moving averages, where there are some."""

    @abstractmethod
    def state_dict(self) -> dict[str, npt.NDArray[Any]]:
        """All tensors, by name: variables, moving averages, states."""

    @abstractmethod
    def load_state_dict(self, tensors: Mapping[str, npt.NDArray[Any]]) -> None:
        """The inverse of `state_dict`."""

    @abstractmethod
    def set_weights(self, weights: Mapping[str, FloatArray]) -> None:
        """Start from these weights; the moving average starts from them too."""

    def evaluate(self, epoch: Epoch) -> float:
        """Bits per token over all batches of `epoch`, by the averaged weights if there are some."""
        nats, tokens = 0.0, 0
        self.swap_averages()
        for i in range(epoch.steps):
            batch = epoch.batch(i)
            nats += self.negative_log_likelihood(batch)
            tokens += batch.tokens
        self.swap_averages()
        return nats / tokens / math.log(2)

    def weights(self) -> dict[str, FloatArray]:
        """The weights to keep, by our names: the averaged ones where there are some."""
        self.swap_averages()
        weights = network.read_weights(self.model, self.config, self.vocabulary)
        self.swap_averages()
        return weights

    def states_for(self, states: list[Any], batch: Batch, *, alone: bool = False) -> list[Any]:
        """The states that `batch` goes on from: those given, or zeros where no row goes on."""
        if states and batch.keep.any():
            return states
        return list(network.zero_states(self.config, len(batch.inputs), alone=alone))


# --- what both backends compute ----------------------------------------------------------------


def token_losses(targets: Any, logits: Any, weights: Any) -> Any:
    """Negative log likelihood of each target in nats, (batch, steps), 0 where it is padding."""
    keras = keras_module()
    losses = keras.ops.sparse_categorical_crossentropy(targets, logits, from_logits=True)
    return losses * weights


def clipped(gradients: list[Any], training: TrainingConfig) -> tuple[list[Any], Any]:
    """Gradients within the limits, and the length of the whole gradient before that.

    Clipping by the whole length keeps the direction (Pascanu et al. 2013).
    """
    ops = keras_module().ops
    length = ops.sqrt(sum(ops.sum(ops.square(gradient)) for gradient in gradients))
    if training.clip_value:
        limit = training.clip_value
        gradients = [ops.clip(gradient, -limit, limit) for gradient in gradients]
    if training.clip_norm:
        scale = training.clip_norm / ops.maximum(length, training.clip_norm)
        gradients = [gradient * scale for gradient in gradients]
    return gradients, length


def check_fits(names: Iterable[str], wanted: Iterable[str]) -> None:
    """Raise `ModelError` unless `names` are those `wanted`."""
    if set(names) != set(wanted):
        odd = sorted(set(names) ^ set(wanted))[0]
        raise ModelError(
            f"the checkpoint does not fit this model ({odd}); was the recipe or Keras changed?"
        )


def _optimizer(training: TrainingConfig) -> Any:
    keras = keras_module()
    if training.optimizer == "sgd":
        return keras.optimizers.SGD(learning_rate=training.rate, weight_decay=training.weight_decay)
    optimizer = keras.optimizers.AdamW(
        learning_rate=training.rate, weight_decay=training.weight_decay
    )
    # Decay pulls products towards zero; a bias, a scale or an embedding has nothing to gain.
    optimizer.exclude_from_weight_decay(
        var_names=["bias", "gamma", "beta", "embeddings", "vectors"]
    )
    return optimizer
