"""How the next token is chosen from the logits: temperature, top-k, top-p, greedy.

Each row brings its own uniform number, drawn from its own generator, so that a tune does not
depend on which others are made beside it.

>>> import numpy as np
>>> logits = np.log(np.array([[0.5, 0.3, 0.2]]))
>>> Sampler().choose(logits, np.array([0.6])).tolist()
[1]
>>> Sampler(top_k=1).choose(logits, np.array([0.6])).tolist()
[0]
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from musicrnn.errors import UsageError

__all__ = ["Sampler", "log_softmax"]


@dataclass(frozen=True, slots=True)
class Sampler:
    """A way to choose: temperature (> 0), then the `top_k` likeliest, then the smallest set of
    tokens that holds `top_p` of the probability (Holtzman et al. 2020); or the likeliest always.

    Raises `UsageError` for a value that makes no sense.
    """

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    greedy: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.temperature) and self.temperature > 0):
            raise UsageError(
                f"the temperature is {self.temperature}; it must be above 0 (for the likeliest "
                "token always, ask for greedy)"
            )
        if self.top_k is not None and self.top_k < 1:
            raise UsageError(f"top-k is {self.top_k}; it must be 1 or more")
        if self.top_p is not None and not 0 < self.top_p <= 1:
            raise UsageError(f"top-p is {self.top_p}; it must be above 0 and at most 1")

    def choose(
        self, logits: npt.NDArray[np.floating[Any]], uniform: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.intp]:
        """One id a row from logits (batch, V), -inf where forbidden, and uniforms in [0, 1)."""
        if self.greedy:
            return np.asarray(logits.argmax(axis=1))
        scaled = (logits - logits.max(axis=1, keepdims=True)) / np.float32(self.temperature)
        if self.top_k is not None and self.top_k < scaled.shape[1]:
            least = np.partition(scaled, -self.top_k, axis=1)[:, -self.top_k, None]
            scaled = np.where(scaled >= least, scaled, -np.inf)
        weights = np.exp(scaled)
        if self.top_p is not None and self.top_p < 1:
            weights = _nucleus(weights, self.top_p)
        heights = np.cumsum(weights, axis=1, dtype=np.float64)
        # The first token whose cumulated weight exceeds the drawn height: never one of weight 0.
        drawn = uniform[:, None] * heights[:, -1:]
        return np.asarray((heights <= drawn).sum(axis=1))


def _nucleus(weights: npt.NDArray[Any], share: float) -> npt.NDArray[Any]:
    """Zero all but the likeliest tokens that together hold `share` of each row's weight."""
    order = np.argsort(-weights, axis=1, kind="stable")
    ranked = np.take_along_axis(weights, order, axis=1)
    before = np.cumsum(ranked, axis=1) - ranked
    kept = np.where(before < share * weights.sum(axis=1, keepdims=True), ranked, 0)
    result = np.zeros_like(weights)
    np.put_along_axis(result, order, kept, axis=1)
    return result


def log_softmax(logits: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float64]:
    """Natural logarithms of the probabilities, (batch, V)."""
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))
