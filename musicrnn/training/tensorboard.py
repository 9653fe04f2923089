"""The log of a run for TensorBoard, beside whatever else reports it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from musicrnn.errors import MissingExtraError
from musicrnn.training.recipe import Recipe
from musicrnn.training.trainer import ProgressReporter

__all__ = ["TensorBoard"]


class TensorBoard:
    """A `ProgressReporter` that writes each epoch's figures and passes all on to another."""

    def __init__(self, folder: Path, reporter: ProgressReporter) -> None:
        """Raises `MissingExtraError` without TensorFlow and TensorBoard."""
        for module in ("tensorflow", "tensorboard"):
            if importlib.util.find_spec(module) is None:
                raise MissingExtraError("writing for TensorBoard", "train")
        import tensorflow as tf

        self._scalar = tf.summary.scalar
        self._writer = tf.summary.create_file_writer(str(folder))
        self._reporter = reporter

    def begin(self, recipe: Recipe, parameters: int, epoch: int) -> None:
        self._reporter.begin(recipe, parameters, epoch)

    def epoch(self, number: int, steps: int, done: int) -> None:
        self._reporter.epoch(number, steps, done)

    def step(self, tokens: int, bits: float) -> None:
        self._reporter.step(tokens, bits)

    def epoch_done(self, line: dict[str, Any], better: bool) -> None:
        with self._writer.as_default(step=line["epoch"]):
            for name, value in line.items():
                if name != "epoch":
                    self._scalar(name, value)
        self._writer.flush()
        self._reporter.epoch_done(line, better)

    def end(self) -> None:
        self._writer.close()
        self._reporter.end()
