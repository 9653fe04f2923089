"""The training step compiled by JAX. Importing this module imports JAX."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

from musicrnn.models.config import ModelConfig
from musicrnn.training import network
from musicrnn.training.batching import Batch
from musicrnn.training.recipe import TrainingConfig
from musicrnn.training.step import (
    FloatArray,
    Outcome,
    Stepper,
    check_fits,
    clipped,
    token_losses,
)

__all__ = ["JaxStepper"]

Arrays = list[Any]


class JaxStepper(Stepper):
    """Keras' stateless calls inside one compiled function; the numbers live in lists here.

    Keras' own variables are brought up to date when they are read.
    """

    def __init__(
        self, config: ModelConfig, vocabulary: int, training: TrainingConfig, dropout_seed: int
    ) -> None:
        super().__init__(config, vocabulary, training, dropout_seed)
        self._weights: Arrays = []
        self._others: Arrays = []
        self._optimizer: Arrays = []
        self._load()
        self._averages: Arrays = list(self._weights) if training.average else []
        self._states: Arrays = []
        self._evaluation_states: Arrays = []
        self._train = jax.jit(self._train_step)
        self._evaluate = jax.jit(self._evaluation_step)

    def train(self, batch: Batch, rate: float) -> Outcome:
        self.optimizer.learning_rate.assign(rate)
        self._optimizer = [variable.value for variable in self.optimizer.variables]
        loss, length, self._states, numbers = self._train(
            self._numbers(), _arrays(batch), self.states_for(self._states, batch, alone=self.alone)
        )
        self._weights, self._others, self._optimizer, self._averages = numbers
        # The optimizer's own variables hold the learning rate that the next step sets.
        for variable, value in zip(self.optimizer.variables, self._optimizer, strict=True):
            variable.assign(value)
        return Outcome(float(loss), float(length))

    def negative_log_likelihood(self, batch: Batch) -> float:
        total, self._evaluation_states = self._evaluate(
            self._weights,
            self._others,
            _arrays(batch),
            self.states_for(self._evaluation_states, batch),
        )
        return float(total)

    def _train_step(
        self, numbers: tuple[Arrays, ...], arrays: tuple[Any, ...], states: Arrays
    ) -> tuple[Any, Any, Arrays, tuple[Arrays, ...]]:
        weights, others, optimizer, averages = numbers
        inputs, targets, counts, keep = arrays

        def loss_of(weights: Arrays) -> tuple[Any, tuple[Arrays, Arrays]]:
            started = [state * keep for state in states]
            (logits, *after), changed = self.model.stateless_call(
                weights, others, [*inputs, *started], training=True
            )
            losses = token_losses(targets, logits, counts)
            return jnp.sum(losses) / jnp.sum(counts), (after, changed)

        (loss, (after, others)), gradients = jax.value_and_grad(loss_of, has_aux=True)(weights)
        gradients, length = clipped(gradients, self.training)
        weights, optimizer = self.optimizer.stateless_apply(optimizer, gradients, weights)
        momentum = self.training.average
        averages = [
            average - (1 - momentum) * (average - weight)
            for average, weight in zip(averages, weights, strict=False)
        ]
        return loss, length, [] if self.alone else after, (weights, others, optimizer, averages)

    def _evaluation_step(
        self, weights: Arrays, others: Arrays, arrays: tuple[Any, ...], states: Arrays
    ) -> tuple[Any, Arrays]:
        inputs, targets, counts, keep = arrays
        (logits, *after), _ = self.model.stateless_call(
            weights, others, [*inputs, *[state * keep for state in states]], training=False
        )
        return jnp.sum(token_losses(targets, logits, counts)), after

    # --- tensors in and out ---------------------------------------------------------------

    def _numbers(self) -> tuple[Arrays, ...]:
        return self._weights, self._others, self._optimizer, self._averages

    def _load(self) -> None:
        """Take the numbers from Keras' variables."""
        self._weights = [variable.value for variable in self.trainable]
        self._others = [variable.value for variable in self.model.non_trainable_variables]
        self._optimizer = [variable.value for variable in self.optimizer.variables]

    def _store(self) -> None:
        """Put the numbers into Keras' variables."""
        groups = (self.trainable, self.model.non_trainable_variables, self.optimizer.variables)
        for variables, values in zip(groups, self._numbers(), strict=False):
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)

    def state_dict(self) -> dict[str, npt.NDArray[Any]]:
        self._store()
        lists = {
            "variable": [variable.value for variable in self.variables],
            "average": self._averages,
            "state": self._states,
        }
        return {
            f"{kind}.{i:03}": np.array(value)
            for kind, values in lists.items()
            for i, value in enumerate(values)
        }

    def load_state_dict(self, tensors: Mapping[str, npt.NDArray[Any]]) -> None:
        groups: dict[str, list[Any]] = {"variable": [], "average": [], "state": []}
        for name in sorted(tensors):
            groups[name.partition(".")[0]].append(tensors[name])
        wanted = {f"variable.{i:03}" for i in range(len(self.variables))}
        wanted |= {f"average.{i:03}" for i in range(len(self._averages))}
        check_fits([name for name in tensors if not name.startswith("state.")], wanted)
        for variable, value in zip(self.variables, groups["variable"], strict=True):
            variable.assign(value)
        self._load()
        self._averages = [jnp.asarray(value) for value in groups["average"]]
        self._states = [jnp.asarray(value) for value in groups["state"]]

    def set_weights(self, weights: Mapping[str, FloatArray]) -> None:
        network.set_weights(self.model, self.config, self.vocabulary, weights)
        self._load()
        self._averages = list(self._weights) if self.training.average else []

    def weights(self) -> dict[str, FloatArray]:
        self._store()
        return super().weights()

    def swap_averages(self) -> None:
        if self._averages:
            self._weights, self._averages = self._averages, self._weights
            self._store()


def _arrays(batch: Batch) -> tuple[Any, ...]:
    return batch.network_inputs, batch.targets, batch.weights, batch.keep
