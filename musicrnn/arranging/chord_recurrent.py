"""The networks of the chord model: a layer of ReLUs, then a bidirectional GRU over the tune.

Cho and others, "Learning Phrase Representations using RNN Encoder-Decoder", 2014, in the form that
resets the state after its product with the weights, which is one product a step. Both directions of
all networks go through a tune side by side.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from musicrnn.arranging.chord_theory import TRIADS

__all__ = ["NAMES", "Networks", "Tape", "run", "second_reversed"]

Floats = NDArray[np.float32]
_Number = TypeVar("_Number", bound=np.generic)

#: The tables of `Networks`, in order.
NAMES = ("entry", "gates", "recurrent", "output")


@dataclass(frozen=True)
class Networks:
    """The weights of an ensemble of networks, whose scores are averaged.

    `entry` (networks, features + 1, width), `gates` (networks, 2 directions, width + 1, 3 · units),
    `recurrent` (networks, 2, units, 3 · units), `output` (networks, 2 · units + 1, TRIADS); biases
    are in last rows, and the gates are update, reset and candidate.
    """

    entry: Floats
    gates: Floats
    recurrent: Floats
    output: Floats

    @classmethod
    def none(cls, features: int) -> Networks:
        """No network at all."""
        shapes = (0, features + 1, 1), (0, 2, 2, 3), (0, 2, 1, 3), (0, 3, TRIADS)
        return cls(*(np.zeros(shape, np.float32) for shape in shapes))

    def __len__(self) -> int:
        return len(self.entry)

    def fits(self, features: int) -> bool:
        """Whether the tables go together and are for so many features."""
        if any(table.ndim != rank for table, rank in zip(self.tables, (3, 4, 4, 3), strict=True)):
            return False
        networks, _, width = self.entry.shape
        units = self.recurrent.shape[2]
        return [table.shape for table in self.tables] == [
            (networks, features + 1, width),
            (networks, 2, width + 1, 3 * units),
            (networks, 2, units, 3 * units),
            (networks, 2 * units + 1, TRIADS),
        ]

    @property
    def tables(self) -> tuple[Floats, ...]:
        """The weights in the order of `NAMES`."""
        return self.entry, self.gates, self.recurrent, self.output

    def scores(self, rows: Floats) -> Floats:
        """Scores of the triads (beats, TRIADS) for the features of one tune's beats."""
        networks, beats, units = len(self), len(rows), self.recurrent.shape[2]
        entered = np.maximum(rows @ self.entry[:, :-1] + self.entry[:, -1:], 0)
        steps = entered[:, None] @ self.gates[:, :, :-1] + self.gates[:, :, -1:]
        steps[:, 1] = steps[:, 1, ::-1]
        along = steps.reshape(2 * networks, beats, -1).swapaxes(0, 1)[:, :, None]
        inside = np.ones((beats, 2 * networks, 1), bool)
        states = run(along, self.recurrent.reshape(2 * networks, units, -1), inside)
        both = states[:, :, 0].reshape(beats, networks, 2, units).transpose(1, 2, 0, 3)
        joined = np.concatenate([both[:, 0], both[:, 1, ::-1]], axis=2)
        scores: Floats = (joined @ self.output[:, :-1] + self.output[:, -1:]).mean(axis=0)
        return scores


@dataclass
class Tape:
    """The activations of `run`, step by step, for backpropagation."""

    update: list[Floats] = field(default_factory=list)
    reset: list[Floats] = field(default_factory=list)
    candidate: list[Floats] = field(default_factory=list)
    #: the state's product with the candidate's weights, before the reset gate
    carried: list[Floats] = field(default_factory=list)


def run(
    steps: Floats, recurrent: Floats, inside: NDArray[np.bool_], tape: Tape | None = None
) -> Floats:
    """The states (steps, groups, rows, units) of a GRU over several groups of rows at once.

    `steps` (steps, groups, rows, 3 · units) are the projected inputs, `recurrent` (groups, units,
    3 · units) the weights; where a row is not `inside` (steps, groups, rows), its state stays.
    """
    count, groups, rows, width = steps.shape
    units = width // 3
    states = np.zeros((count, groups, rows, units), np.float32)
    state = np.zeros((groups, rows, units), np.float32)
    for step in range(count):
        product = state @ recurrent
        both = steps[step, ..., : 2 * units] + product[..., : 2 * units]
        opened = 1 / (1 + np.exp(-both))
        update, reset = opened[..., :units], opened[..., units:]
        carried = product[..., 2 * units :]
        candidate = np.tanh(steps[step, ..., 2 * units :] + reset * carried)
        update = np.where(inside[step, ..., None], update, np.float32(1))
        state = update * state + (1 - update) * candidate
        states[step] = state
        if tape is not None:
            tape.update.append(update)
            tape.reset.append(reset)
            tape.candidate.append(candidate)
            tape.carried.append(carried)
    return states


def second_reversed(steps: NDArray[_Number]) -> NDArray[_Number]:
    """(2, steps, …) with the steps of the second in reverse order; twice, it is as before."""
    return np.stack([steps[0], steps[1, ::-1]])
