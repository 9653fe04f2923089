"""The linear-chain conditional random field: marginals by forward-backward, samples of paths.

Lafferty, McCallum and Pereira, "Conditional Random Fields", ICML 2001. Chains of several lengths
are worked on at once, padded behind their ends. The forward messages are scaled at every step, so
that nothing overflows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Marginals", "marginals", "sample_path"]

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Marginals:
    """`states` (chains, steps, states) are the marginal probabilities of each state at each step,
    `pairs` (kinds, states, states) the expected number of each transition in all chains together,
    `log_partition` (chains,) the logarithm of the partition function."""

    states: Floats
    pairs: Floats
    log_partition: NDArray[np.float64]


def marginals(
    scores: Floats, kinds: NDArray[np.int64], transitions: Floats, lengths: NDArray[np.int64]
) -> Marginals:
    """The marginals, by the forward-backward algorithm.

    `scores` (chains, steps, states) are the log-potentials of the states, `transitions` (kinds,
    states, states) those of going from one to another, `kinds` (chains, steps) says which of them
    holds on entering a step. Steps at and past a chain's length of `lengths` do not count.
    """
    count, steps, size = scores.shape
    highest = scores.max(axis=2, keepdims=True)
    weights = np.exp(scores - highest)
    going = np.exp(transitions)
    inside = np.arange(steps)[None] < lengths[:, None]
    forward = np.zeros_like(weights)
    scale = np.ones((count, steps), np.float32)
    forward[:, 0] = weights[:, 0] / size
    for step in range(steps):
        if step:
            ahead = (forward[:, step - 1, None] @ going[kinds[:, step]])[:, 0]
            forward[:, step] = ahead * weights[:, step]
        scale[:, step] = forward[:, step].sum(axis=1)
        forward[:, step] /= scale[:, step, None]
    score = (np.log(scale) + highest[..., 0]) * inside
    backward = np.ones_like(weights)
    pairs = np.zeros_like(transitions)
    for step in range(steps - 2, -1, -1):
        arriving = backward[:, step + 1] * weights[:, step + 1] / scale[:, step + 1, None]
        back = (going[kinds[:, step + 1]] @ arriving[..., None])[..., 0]
        goes_on = inside[:, step + 1]
        backward[:, step] = np.where(goes_on[:, None], back, 1)
        for kind in range(len(transitions)):
            chosen = goes_on & (kinds[:, step + 1] == kind)
            if chosen.any():
                pairs[kind] += forward[chosen, step].T @ arriving[chosen]
    return Marginals(forward * backward, pairs * going, score.sum(axis=1, dtype=np.float64))


def sample_path(
    scores: Floats, kinds: NDArray[np.int64], transitions: Floats, rng: np.random.Generator
) -> NDArray[np.int64]:
    """A path through a single chain, sampled with its probability (forward filtering, backward
    sampling). The arguments are those of `marginals` for one chain."""
    steps = len(scores)
    forward = np.zeros(scores.shape)
    total = scores[0].astype(np.float64)
    forward[0] = total
    for step in range(1, steps):
        ways = forward[step - 1][:, None] + transitions[kinds[step]]
        highest = ways.max(axis=0)
        forward[step] = highest + np.log(np.exp(ways - highest).sum(axis=0)) + scores[step]
    path = np.zeros(steps, np.int64)
    for step in range(steps - 1, -1, -1):
        weights = forward[step]
        if step + 1 < steps:
            weights = weights + transitions[kinds[step + 1]][:, path[step + 1]]
        odds = np.exp(weights - weights.max())
        path[step] = np.searchsorted(np.cumsum(odds), rng.random() * odds.sum())
    return path
