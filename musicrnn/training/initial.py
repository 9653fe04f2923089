"""Weights to start from, drawn in NumPy: the same numbers on every backend.

The distributions are Keras' defaults for these layers: Glorot uniform kernels, orthogonal
recurrent kernels (Saxe et al. 2014), zero biases but for an LSTM's forget gate, which starts at
one (Jozefowicz et al. 2015), and an embedding uniform in ±0.05.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from musicrnn.models.cells import CELLS
from musicrnn.models.config import ModelConfig

__all__ = ["initial_weights"]

FloatArray = npt.NDArray[np.float32]

EMBEDDING_LIMIT = 0.05


def initial_weights(
    config: ModelConfig, vocabulary: int, rng: np.random.Generator
) -> dict[str, FloatArray]:
    """Name → array (float32) for every weight of `config`."""
    weights = {
        name: _draw(name, shape, config, rng)
        for name, shape in config.weight_shapes(vocabulary).items()
    }
    if config.zero_start:
        weights["rnn.0.kernel"][0] = 0
    return weights


def _draw(
    name: str, shape: tuple[int, ...], config: ModelConfig, rng: np.random.Generator
) -> FloatArray:
    kind = name.rpartition(".")[2]
    if kind in ("embedding", "vectors") or name.startswith("feature."):
        return rng.uniform(-EMBEDDING_LIMIT, EMBEDDING_LIMIT, shape).astype(np.float32)
    if kind == "kernel" or (name.startswith(("attention.", "hidden.")) and len(shape) == 2):
        limit = math.sqrt(6 / sum(shape))
        return rng.uniform(-limit, limit, shape).astype(np.float32)
    if kind == "recurrent_kernel":
        return _orthogonal(shape, rng)
    if kind == "gamma":
        return np.ones(shape, np.float32)
    bias = np.zeros(shape, np.float32)
    cell = CELLS[config.cell]
    if name.startswith("rnn.") and cell.open_gate is not None:
        units = shape[-1] // cell.gates
        bias[cell.open_gate * units : (cell.open_gate + 1) * units] = 1
    return bias


def _orthogonal(shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
    """Rows that are orthonormal, (units, columns) with columns ≥ units."""
    units, columns = shape
    q, r = np.linalg.qr(rng.normal(size=(columns, units)))
    # The sign of R's diagonal makes the distribution uniform over orthogonal matrices.
    return np.ascontiguousarray((q * np.sign(np.diag(r))).T, np.float32)
