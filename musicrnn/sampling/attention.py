"""Attention over what a piece has said so far, a step at a time (`musicrnn.models.config`).

The keys and values of the last N steps lie in rings of N + 1 places: step s has its key at place
s, and at place s - 1, beside the key before it, its value. The newest key has no value yet, and
is the one place that is not looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from musicrnn.sampling.blas import product

__all__ = ["Attention", "Memory"]

FloatArray = npt.NDArray[np.float32]


@dataclass
class Memory:
    """The rings, (batch, N + 1, A) each."""

    keys: FloatArray
    values: FloatArray

    def keep(self, rows: npt.NDArray[np.intp]) -> Memory:
        """The memory of some rows only, copied."""
        return Memory(self.keys[rows], self.values[rows])


class Attention:
    """The layer from a bundle's weights, looking back over so many `steps`."""

    def __init__(self, weights: Mapping[str, FloatArray], steps: int) -> None:
        self.steps = steps
        width = weights["attention.key"].shape[1]
        scale = np.float32(1 / np.sqrt(width))
        # One product makes query, key and value.
        self._matrix = np.ascontiguousarray(
            np.hstack(
                [
                    weights["attention.query"] * scale,
                    weights["attention.key"],
                    weights["attention.value"],
                ]
            )
        )
        self._bias = np.pad(weights["attention.query_bias"] * scale, (0, 2 * width))
        self._result = np.ascontiguousarray(weights["attention.result"])

    @property
    def nbytes(self) -> int:
        """Bytes of weights that a step reads."""
        return self._matrix.nbytes + self._result.nbytes

    def start(self, batch: int) -> Memory:
        """Nothing to look at yet."""
        shape = (batch, self.steps + 1, self._result.shape[0])
        return Memory(np.zeros(shape, np.float32), np.zeros(shape, np.float32))

    def read(self, x: FloatArray, memory: Memory, step: int) -> FloatArray:
        """`x` (batch, U), the output of that step, with what is read added; and remember it."""
        query, key, value = np.split(product(x, self._matrix) + self._bias, 3, axis=1)
        places = self.steps + 1
        memory.keys[:, step % places] = key
        if step:
            memory.values[:, (step - 1) % places] = value
        pairs = min(step, places)
        scores = np.matmul(memory.keys[:, :pairs], query[:, :, None])[:, :, 0]
        if pairs == places:
            scores[:, step % places] = -np.inf
        # The softmax over these scores and 0, which reads nothing.
        highest = scores.max(axis=1, keepdims=True, initial=0)
        shares = np.exp(scores - highest)
        shares /= shares.sum(axis=1, keepdims=True) + np.exp(-highest)
        found = np.matmul(shares[:, None], memory.values[:, :pairs])[:, 0]
        return np.asarray(x + product(found, self._result))
