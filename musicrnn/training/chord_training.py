"""The chord model, learned from tunes with chord symbols: NumPy alone, some minutes on one core.

Networks and transitions are learned together by maximum likelihood of the chords as written
(`chain`), with AdamW, dropout and a cosine schedule after a warm-up. Where a tune lacks symbols the
likelihood is summed over all chords.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from musicrnn.arranging.chain import marginals
from musicrnn.arranging.chord_features import NUMBER_OF_FEATURES, changes, features
from musicrnn.arranging.chord_memory import Memory
from musicrnn.arranging.chord_network import FORBIDDEN, ChordNetwork, clamped
from musicrnn.arranging.chord_recurrent import Networks
from musicrnn.arranging.chord_theory import KINDS, MODES, TRIADS, Theory, mode_of
from musicrnn.arranging.grid import Grid
from musicrnn.training.chord_fitting import from_labels
from musicrnn.training.chord_gradients import Dropout, backpropagate

__all__ = ["ChordTraining", "Example", "right", "train"]

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class ChordTraining:
    """How a chord model is trained: `networks` of `units` each way behind `width` ReLUs,
    `epochs` over the tunes in batches of `batch`, the highest `rate`, the rates of dropout of
    inputs, ReLUs and states, and the weight `decay`."""

    networks: int = 2
    width: int = 64
    units: int = 96
    epochs: int = 16
    batch: int = 24
    rate: float = 4e-3
    drop_inputs: float = 0.1
    drop_width: float = 0.1
    drop_units: float = 0.4
    decay: float = 1e-4
    seed: int = 7

    @property
    def dropout(self) -> Dropout:
        """What is dropped."""
        return Dropout(self.drop_inputs, self.drop_width, self.drop_units)


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
    *weights, changing = (np.stack(parts) for parts in zip(*learned, strict=True))
    transitions = changing.mean(axis=0).reshape(tables.transitions.shape)
    memory = Memory.of(
        [(example.grid, example.triads.tolist()) for example in examples],
        np.random.default_rng(how.seed),
    )
    return ChordNetwork(replace(tables, transitions=transitions), Networks(*weights), memory)


def right(model: ChordNetwork, grid: Grid, triads: Sequence[int | None]) -> tuple[int, int]:
    """How many beats of a tune, as often as they are played, get the triad that is written, and
    how many have one."""
    from musicrnn.arranging.chords import best_triads

    guesses = best_triads(model.probabilities(grid), grid)
    pairs = [
        (heard, triad == guess)
        for heard, triad, guess in zip(grid.played, triads, guesses, strict=True)
        if triad is not None
    ]
    return sum(heard for heard, same in pairs if same), sum(heard for heard, _ in pairs)


def _train_one(
    examples: Sequence[Example],
    how: ChordTraining,
    tables: Theory,
    number: int,
    tell: Callable[[int, float], None],
) -> list[Floats]:
    """The tables of one network, and its table of changes."""
    rng = np.random.default_rng([how.seed, number])
    weights = [
        _initial(rng, NUMBER_OF_FEATURES, how.width),
        np.stack([_initial(rng, how.width, 3 * how.units) * np.float32(0.7) for _ in range(2)]),
        rng.normal(0, how.units**-0.5, (2, how.units, 3 * how.units)).astype(np.float32),
        _initial(rng, 2 * how.units, TRIADS) * np.float32(0.1),
        tables.transitions.reshape(len(MODES) * KINDS, TRIADS, TRIADS).copy(),
    ]
    scores = [tables.scores(example.grid) for example in examples]
    adam = _Adam(weights, how.decay)
    batches = -(-len(examples) // how.batch)
    steps = how.epochs * batches
    step = 0
    for epoch in range(how.epochs):
        loss, beats = 0.0, 0
        for indices in _batches(examples, how.batch, rng):
            batch = _Batch([examples[i] for i in indices], [scores[i] for i in indices])
            lost, gradients = _gradients(weights, batch, how, rng)
            warm = min(1.0, (step + 1) / max(0.05 * steps, 1))
            rate = how.rate * warm * 0.5 * (1 + np.cos(np.pi * step / steps))
            adam.step(gradients, rate)
            loss, beats, step = loss + lost, beats + batch.known, step + 1
        tell(epoch + 1, loss / max(beats, 1))
    return weights


def _initial(rng: np.random.Generator, inputs: int, outputs: int) -> Floats:
    """Weights after He and others 2015, with a row of biases."""
    weights = rng.normal(0, np.sqrt(2 / inputs), (inputs + 1, outputs))
    weights[-1] = 0
    return weights.astype(np.float32)


def _batches(
    examples: Sequence[Example], size: int, rng: np.random.Generator
) -> list[NDArray[np.int64]]:
    """Batches in random order, of tunes of about one length, so that little is padded."""
    order = rng.permutation(len(examples))
    lengths = np.array([len(examples[i].kinds) // 32 for i in order])
    order = order[np.argsort(lengths, kind="stable")]
    batches = [order[start : start + size] for start in range(0, len(order), size)]
    return [batches[i] for i in rng.permutation(len(batches))]


class _Batch:
    """Several tunes side by side, padded to the longest."""

    def __init__(self, examples: Sequence[Example], scores: Sequence[Floats]) -> None:
        self.lengths = np.array([len(example.kinds) for example in examples])
        longest = int(self.lengths.max())
        self.inside = np.arange(longest)[None] < self.lengths[:, None]
        self.rows = self.padded(np.concatenate([example.features for example in examples]))
        self.scores = self.padded(np.concatenate(scores))
        self.kinds = np.zeros(self.inside.shape, np.int64)
        self.kinds[self.inside] = np.concatenate([example.kinds for example in examples])
        triads = np.concatenate([example.triads for example in examples])
        self.known = int((triads >= 0).sum())
        given = np.zeros((len(triads), TRIADS), np.float32)
        given[triads >= 0] = FORBIDDEN
        given[triads >= 0, triads[triads >= 0]] = 0
        self.given = self.padded(given)

    def padded(self, rows: Floats) -> Floats:
        """(beats of all tunes, …) → (tunes, longest, …)."""
        table = np.zeros((*self.inside.shape, rows.shape[-1]), np.float32)
        table[self.inside] = rows
        return table


def _gradients(
    weights: Sequence[Floats], batch: _Batch, how: ChordTraining, rng: np.random.Generator
) -> tuple[float, list[Floats]]:
    """The loss of a batch (nats) and what it changes by with each weight, a beat."""
    *tables, changing = weights
    count = np.float32(max(int(batch.inside.sum()), 1))
    loss = 0.0
    pairs = np.zeros_like(changing)

    def loss_gradient(added: Floats) -> Floats:
        nonlocal loss, pairs
        scores = batch.scores + added
        free = marginals(scores, batch.kinds, changing, batch.lengths)
        constrained = marginals(scores + batch.given, batch.kinds, changing, batch.lengths)
        loss = float((free.log_partition - constrained.log_partition).sum())
        pairs = (free.pairs - constrained.pairs) / count
        gradient: Floats = (free.states - constrained.states) * batch.inside[..., None] / count
        return gradient

    gradients = backpropagate(tables, batch.rows, batch.inside, how.dropout, rng, loss_gradient)
    return loss, [*gradients, pairs]


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
            if index < len(self.weights) - 1:  # changes of chord have nothing to do with zero
                change += np.float32(self.decay) * table
            np.subtract(table, np.float32(rate) * change, out=table)
