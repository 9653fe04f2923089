"""The chord model, learned from tunes with chord symbols: NumPy alone, a minute on one core.

Networks and table are learned together by the likelihood of the chords as written (`chain`), with
Adam, dropout and a rate that falls along a cosine. A tune may lack symbols in places: there all
ways are open, and what is learned is that some of them leads to the next symbol.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from musicrnn.arranging.chain import expected
from musicrnn.arranging.chord_features import NUMBER_OF_FEATURES, changes, features
from musicrnn.arranging.chord_network import FORBIDDEN, ChordNetwork, clamped
from musicrnn.arranging.chord_theory import KINDS, MODES, TRIADS, Theory, mode_of
from musicrnn.arranging.grid import Grid
from musicrnn.training.chord_fitting import from_labels

__all__ = ["ChordTraining", "Example", "right", "train"]

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class ChordTraining:
    """How a chord model is trained: `networks` of `units` each, `epochs` over the tunes in batches
    of `batch`, the highest `rate`, the shares of inputs and of units that are dropped, and
    `decay`, by which the weights are pulled towards zero in each step."""

    networks: int = 4
    units: int = 160
    epochs: int = 16
    batch: int = 24
    rate: float = 2e-3
    drop_inputs: float = 0.1
    drop_units: float = 0.4
    decay: float = 1e-4
    seed: int = 7


@dataclass(frozen=True)
class Example:
    """One tune to learn from: what is seen of it, and the triad of each beat (−1: not known).
    `kinds` are rows of the tables of changes, which are of a mode and a kind of place."""

    grid: Grid
    features: Floats
    kinds: NDArray[np.int64]
    triads: NDArray[np.int64]

    @classmethod
    def of(cls, grid: Grid, triads: Sequence[int | None]) -> Example:
        """A grid with the triad of each beat."""
        known = np.array([-1 if triad is None else triad for triad in triads])
        kinds = mode_of(grid) * KINDS + changes(grid)[0]
        return cls(grid, features(grid), kinds, known)


def train(
    examples: Sequence[Example],
    how: ChordTraining,
    tell: Callable[[int, int, float], None] = lambda network, epoch, loss: None,
) -> ChordNetwork:
    """A model of `examples`: tables counted from them, and networks for what tables do not know.
    `tell` is given network, epoch and mean loss (nats a beat)."""
    tables = from_labels(
        [example.grid for example in examples],
        [clamped([None if t < 0 else int(t) for t in example.triads]) for example in examples],
    )
    learned = [
        _train_one(examples, how, tables, number, partial(tell, number))
        for number in range(how.networks)
    ]
    hidden, output, changing = (np.stack(parts) for parts in zip(*learned, strict=True))
    transitions = changing.mean(axis=0).reshape(tables.transitions.shape)
    return ChordNetwork(replace(tables, transitions=transitions), hidden, output)


def right(model: ChordNetwork, grid: Grid, triads: Sequence[int | None]) -> tuple[int, int]:
    """How many beats of a tune, as often as they are played, get the triad that is written, and
    how many have one."""
    from musicrnn.arranging.chords import best_triads

    found = best_triads(model.probabilities(grid), grid)
    pairs = [
        (heard, triad == guess)
        for heard, triad, guess in zip(grid.played, triads, found, strict=True)
        if triad is not None
    ]
    return sum(heard for heard, same in pairs if same), sum(heard for heard, _ in pairs)


def _train_one(
    examples: Sequence[Example],
    how: ChordTraining,
    tables: Theory,
    number: int,
    tell: Callable[[int, float], None],
) -> tuple[Floats, Floats, Floats]:
    """One network and its table of changes."""
    rng = np.random.default_rng([how.seed, number])
    weights = [
        _initial(rng, NUMBER_OF_FEATURES, how.units),
        _initial(rng, how.units, TRIADS) * np.float32(0.1),
        tables.transitions.reshape(len(MODES) * KINDS, TRIADS, TRIADS).copy(),
    ]
    scores = [tables.scores(example.grid) for example in examples]
    adam = _Adam(weights, how.decay)
    batches = -(-len(examples) // how.batch)
    steps = how.epochs * batches
    step = 0
    for epoch in range(how.epochs):
        order = rng.permutation(len(examples))
        loss, beats = 0.0, 0
        for start in range(0, len(order), how.batch):
            chosen = [examples[i] for i in order[start : start + how.batch]]
            batch = _Batch(chosen, [scores[i] for i in order[start : start + how.batch]])
            lost, gradients = _gradients(weights, batch, how, rng)
            warm = min(1.0, (step + 1) / max(0.05 * steps, 1))
            rate = how.rate * warm * 0.5 * (1 + np.cos(np.pi * step / steps))
            adam.step(gradients, rate)
            loss, beats, step = loss + lost, beats + batch.known, step + 1
        tell(epoch + 1, loss / max(beats, 1))
    return weights[0], weights[1], weights[2]


def _initial(rng: np.random.Generator, inputs: int, outputs: int) -> Floats:
    """Weights after He and others 2015, with a row of biases."""
    weights = rng.normal(0, np.sqrt(2 / inputs), (inputs + 1, outputs))
    weights[-1] = 0
    return weights.astype(np.float32)


class _Batch:
    """Several tunes side by side, padded to the longest."""

    def __init__(self, examples: Sequence[Example], scores: Sequence[Floats]) -> None:
        self.lengths = np.array([len(example.kinds) for example in examples])
        longest = int(self.lengths.max())
        self.inside = np.arange(longest)[None] < self.lengths[:, None]
        self.rows = np.concatenate([example.features for example in examples])
        self.scores = np.concatenate(scores)
        self.kinds = np.zeros(self.inside.shape, np.int64)
        self.kinds[self.inside] = np.concatenate([example.kinds for example in examples])
        triads = np.concatenate([example.triads for example in examples])
        self.known = int((triads >= 0).sum())
        given = np.zeros((len(triads), TRIADS), np.float32)
        given[triads >= 0] = FORBIDDEN
        given[triads >= 0, triads[triads >= 0]] = 0
        self.given = self.padded(given)

    def padded(self, rows: Floats) -> Floats:
        """(beats of all tunes, TRIADS) → (tunes, longest, TRIADS)."""
        table = np.zeros((*self.inside.shape, rows.shape[-1]), np.float32)
        table[self.inside] = rows
        return table


def _gradients(
    weights: Sequence[Floats], batch: _Batch, how: ChordTraining, rng: np.random.Generator
) -> tuple[float, list[Floats]]:
    """The loss of a batch (nats) and what it changes by with each weight, a beat."""
    hidden, output, table = weights
    rows = batch.rows * _kept(rng, batch.rows.shape, how.drop_inputs)
    sums = rows @ hidden[:-1] + hidden[-1]
    kept = _kept(rng, sums.shape, how.drop_units) * (sums > 0)
    units = sums * kept
    scores = batch.padded(batch.scores + units @ output[:-1] + output[-1])
    free = expected(scores, batch.kinds, table, batch.lengths)
    bound = expected(scores + batch.given, batch.kinds, table, batch.lengths)
    count = np.float32(max(len(rows), 1))
    upper = (free.states - bound.states)[batch.inside] / count
    below = (upper @ output[:-1].T) * kept
    return float((free.score - bound.score).sum()), [
        np.concatenate([rows.T @ below, below.sum(axis=0, keepdims=True)]),
        np.concatenate([units.T @ upper, upper.sum(axis=0, keepdims=True)]),
        (free.pairs - bound.pairs) / count,
    ]


def _kept(rng: np.random.Generator, shape: tuple[int, ...], dropped: float) -> Floats:
    """Dropout: zeros for the share that is dropped, and more weight for the rest."""
    keep = np.float32(1 - dropped)
    return ((rng.random(shape, np.float32) < keep) / keep).astype(np.float32)


class _Adam:
    """Kingma and Ba 2015, weight decay apart from the gradient (Loshchilov and Hutter 2019)."""

    def __init__(self, weights: Sequence[Floats], decay: float) -> None:
        self.weights, self.decay, self.count = weights, decay, 0
        self.means = [np.zeros_like(table) for table in weights]
        self.squares = [np.zeros_like(table) for table in weights]

    def step(self, gradients: Sequence[Floats], rate: float) -> None:
        """Change the weights in place."""
        self.count += 1
        down, level = np.float32(1 - 0.9**self.count), np.float32(1 - 0.999**self.count)
        for index, gradient in enumerate(gradients):
            table, mean, square = self.weights[index], self.means[index], self.squares[index]
            np.add(mean, 0.1 * (gradient - mean), out=mean)
            np.add(square, 0.001 * (gradient * gradient - square), out=square)
            change = mean / down / (np.sqrt(square / level) + np.float32(1e-8))
            if index < 2:  # the tables of changes have nothing to do with zero
                change += np.float32(self.decay) * table
            np.subtract(table, np.float32(rate) * change, out=table)
