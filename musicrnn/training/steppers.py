"""The stepper of whichever backend Keras runs on. Only that backend is imported."""

from __future__ import annotations

from musicrnn.errors import UsageError
from musicrnn.models.config import ModelConfig
from musicrnn.training.backend import keras_module
from musicrnn.training.recipe import TrainingConfig
from musicrnn.training.step import Stepper

__all__ = ["make_stepper"]


def make_stepper(
    config: ModelConfig, vocabulary: int, training: TrainingConfig, *, dropout_seed: int
) -> Stepper:
    """The stepper for Keras' backend. Raises `UsageError` for a backend that has none."""
    backend = keras_module().backend.backend()
    if backend == "tensorflow":
        from musicrnn.training.step_tensorflow import TensorFlowStepper

        return TensorFlowStepper(config, vocabulary, training, dropout_seed)
    if backend == "jax":
        from musicrnn.training.step_jax import JaxStepper

        return JaxStepper(config, vocabulary, training, dropout_seed)
    raise UsageError(f"training runs on tensorflow or jax, not on {backend}")
