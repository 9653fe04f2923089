"""Forwards and back through a network of the chord model (`arranging.chord_recurrent`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicrnn.arranging.chord_recurrent import Tape, run, turned

__all__ = ["Dropout", "forward_and_back"]

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Dropout:
    """Shares that are dropped: of the features, of the rectified units, of the states."""

    inputs: float = 0.0
    width: float = 0.0
    units: float = 0.0


def forward_and_back(
    weights: Sequence[Floats],
    rows: Floats,
    inside: NDArray[np.bool_],
    dropout: Dropout,
    rng: np.random.Generator,
    blame: Callable[[Floats], Floats],
) -> list[Floats]:
    """The gradients of the four tables of one network.

    `rows` (tunes, beats, features) are what is seen, `inside` (tunes, beats) where there is a tune;
    `blame` is given the scores (tunes, beats, TRIADS) and answers with their gradients.
    """
    entry, gates, recurrent, output = weights
    seen = rows * _kept(rng, rows.shape, dropout.inputs)
    before = seen @ entry[:-1] + entry[-1]
    kept_width = _kept(rng, before.shape, dropout.width) * (before > 0)
    entered = before * kept_width
    steps = entered[None] @ gates[:, None, :-1] + gates[:, None, -1:]
    tape = Tape()
    along = turned(steps.swapaxes(1, 2)).swapaxes(0, 1)  # (beats, directions, tunes, gates)
    within = turned(np.stack([inside.T, inside.T])).swapaxes(0, 1)
    states = run(along, recurrent, within, tape)
    both = turned(states.swapaxes(0, 1))  # (directions, beats, tunes, units)
    joined = np.concatenate([both[0], both[1]], axis=2).swapaxes(0, 1)
    kept_units = _kept(rng, joined.shape, dropout.units)
    heard = joined * kept_units
    upper = blame(heard @ output[:-1] + output[-1])
    below = (upper @ output[:-1].T) * kept_units
    units = recurrent.shape[1]
    onto = turned(np.stack([below[..., :units], below[..., units:]]).swapaxes(1, 2))
    to_steps, to_recurrent = _back(onto.swapaxes(0, 1), states, recurrent, tape)
    to_gates = turned(to_steps.swapaxes(0, 1)).swapaxes(1, 2)  # (directions, tunes, beats, gates)
    to_entered = (to_gates @ gates[:, None, :-1].swapaxes(2, 3)).sum(axis=0) * kept_width
    return [
        _weights(seen, to_entered),
        np.stack([_weights(entered, one) for one in to_gates]),
        to_recurrent,
        _weights(heard, upper),
    ]


def _back(onto: Floats, states: Floats, recurrent: Floats, tape: Tape) -> tuple[Floats, Floats]:
    """The gradients of what came in (steps, groups, rows, 3 · units) and of the weights, from
    those of the states (`chord_recurrent.run`)."""
    count, groups, rows, units = states.shape
    to_steps = np.zeros((count, groups, rows, 3 * units), np.float32)
    to_product = np.zeros_like(to_steps)
    back = recurrent.swapaxes(1, 2)
    blamed = np.zeros((groups, rows, units), np.float32)
    nothing = np.zeros_like(blamed)
    for step in range(count - 1, -1, -1):
        blamed = blamed + onto[step]
        previous = states[step - 1] if step else nothing
        update, reset, candidate = tape.update[step], tape.reset[step], tape.candidate[step]
        to_candidate = blamed * (1 - update) * (1 - candidate * candidate)
        to_update = blamed * (previous - candidate) * update * (1 - update)
        to_reset = to_candidate * tape.carried[step] * reset * (1 - reset)
        shared = [to_update, to_reset]
        to_steps[step] = np.concatenate([*shared, to_candidate], axis=2)
        to_product[step] = np.concatenate([*shared, to_candidate * reset], axis=2)
        blamed = blamed * update + to_product[step] @ back
    before = np.concatenate([nothing[None], states[:-1]]).transpose(1, 0, 2, 3)
    products = to_product.transpose(1, 0, 2, 3)
    to_recurrent = before.reshape(groups, -1, units).swapaxes(1, 2) @ products.reshape(
        groups, -1, 3 * units
    )
    return to_steps, to_recurrent


def _weights(rows: Floats, blamed: Floats) -> Floats:
    """The gradients of weights with a row of biases, over all rows."""
    flat, below = rows.reshape(-1, rows.shape[-1]), blamed.reshape(-1, blamed.shape[-1])
    gradients: Floats = np.concatenate([flat.T @ below, below.sum(axis=0, keepdims=True)])
    return gradients


def _kept(rng: np.random.Generator, shape: tuple[int, ...], dropped: float) -> Floats:
    """Dropout: zeros for the share that is dropped, and more weight for the rest."""
    if not dropped:
        return np.ones(shape, np.float32)
    keep = np.float32(1 - dropped)
    return ((rng.random(shape, np.float32) < keep) / keep).astype(np.float32)
