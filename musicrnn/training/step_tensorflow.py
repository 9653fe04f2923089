"""The training step compiled by TensorFlow. Importing this module imports TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

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

__all__ = ["TensorFlowStepper"]


class TensorFlowStepper(Stepper):
    """Keras variables, updated in place by one compiled function for each shape of batch.

    Shapes are not relaxed after the first ones: how a step is compiled must depend on its batch
    alone, never on the batches before it, or a resumed run could differ in the last digit.
    """

    def __init__(
        self, config: ModelConfig, vocabulary: int, training: TrainingConfig, dropout_seed: int
    ) -> None:
        super().__init__(config, vocabulary, training, dropout_seed)
        self._averages = [
            tf.Variable(variable.value, trainable=False, name=f"average_{i}")
            for i, variable in enumerate(self.trainable)
            if training.average
        ]
        self._states: list[Any] = []
        self._evaluation_states: list[Any] = []
        # No Python control flow depends on a tensor, so nothing is to be rewritten (autograph).
        self._train = tf.function(self._train_step, autograph=False)
        self._evaluate = tf.function(self._evaluation_step, autograph=False)

    def train(self, batch: Batch, rate: float) -> Outcome:
        self.optimizer.learning_rate.assign(rate)
        states = self.states_for(self._states, batch, alone=self.alone)
        loss, length, self._states = self._train(*_tensors(batch, states))
        return Outcome(float(loss), float(length))

    def negative_log_likelihood(self, batch: Batch) -> float:
        states = self.states_for(self._evaluation_states, batch)
        total, self._evaluation_states = self._evaluate(*_tensors(batch, states))
        return float(total)

    def _train_step(
        self, inputs: list[Any], targets: Any, weights: Any, keep: Any, states: list[Any]
    ) -> tuple[Any, Any, list[Any]]:
        (total,) = self._summed([tf.reduce_sum(weights)])
        with tf.GradientTape() as tape:
            started = [state * keep for state in states]
            logits, *after = self.model([*inputs, *started], training=True)
            losses = token_losses(targets, logits, weights)
            loss = tf.reduce_sum(losses) / total
        gradients = tape.gradient(loss, [variable.value for variable in self.trainable])
        # An embedding's gradient comes as rows to add; its length needs the sum.
        loss, *gradients = self._summed([loss, *map(tf.convert_to_tensor, gradients)])
        gradients, length = clipped(gradients, self.training)
        self.optimizer.apply(gradients, self.trainable)
        for average, variable in zip(self._averages, self.trainable, strict=False):
            average.assign_sub((1 - self.training.average) * (average - variable.value))
        return loss, length, [] if self.alone else after

    def _evaluation_step(
        self, inputs: list[Any], targets: Any, weights: Any, keep: Any, states: list[Any]
    ) -> tuple[Any, list[Any]]:
        logits, *after = self.model([*inputs, *[state * keep for state in states]], training=False)
        (nats,) = self._summed([tf.reduce_sum(token_losses(targets, logits, weights))])
        return nats, after

    def _summed(self, values: list[Any]) -> list[Any]:
        """The sums of `values` over all that share a batch: here there is nobody else."""
        return values

    # --- tensors in and out ---------------------------------------------------------------

    def _named(self) -> dict[str, Any]:
        return {f"variable.{i:03}": variable.value for i, variable in enumerate(self.variables)} | {
            f"average.{i:03}": average for i, average in enumerate(self._averages)
        }

    def state_dict(self) -> dict[str, npt.NDArray[Any]]:
        tensors = {name: np.array(variable.numpy()) for name, variable in self._named().items()}
        states = {f"state.{i:03}": np.array(state.numpy()) for i, state in enumerate(self._states)}
        return tensors | states

    def load_state_dict(self, tensors: Mapping[str, npt.NDArray[Any]]) -> None:
        states = sorted(name for name in tensors if name.startswith("state."))
        variables = {name: array for name, array in tensors.items() if name not in states}
        named = self._named()
        check_fits(variables, named)
        for name, array in variables.items():
            named[name].assign(array)
        self._states = [tf.constant(tensors[name]) for name in states]

    def set_weights(self, weights: Mapping[str, FloatArray]) -> None:
        network.set_weights(self.model, self.config, self.vocabulary, weights)
        for average, variable in zip(self._averages, self.trainable, strict=False):
            average.assign(variable.value)

    def swap_averages(self) -> None:
        for average, variable in zip(self._averages, self.trainable, strict=False):
            kept = tf.identity(average)
            average.assign(variable.value)
            variable.assign(kept)


def _tensors(batch: Batch, states: list[Any]) -> tuple[Any, ...]:
    arrays = (batch.targets, batch.weights, batch.keep)
    inputs = [tf.constant(array) for array in batch.network_inputs]
    return (inputs, *map(tf.constant, arrays), [tf.convert_to_tensor(state) for state in states])
