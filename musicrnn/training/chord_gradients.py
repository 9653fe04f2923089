"""Backpropagation through a network of the chord model (`arranging.chord_recurrent`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicrnn.arranging.chord_recurrent import Tape, run, second_reversed

__all__ = ["Dropout", "backpropagate"]

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Dropout:
    """Rates of dropout: of the features, of the ReLUs, of the states."""

    inputs: float = 0.0
    width: float = 0.0
    units: float = 0.0


def backpropagate(
    weights: Sequence[Floats],
    rows: Floats,
    inside: NDArray[np.bool_],
    dropout: Dropout,
    rng: np.random.Generator,
    loss_gradient: Callable[[Floats], Floats],
) -> list[Floats]:
    """The gradients of the four tables of one network.

    `rows` (tunes, beats, features) are the inputs, `inside` (tunes, beats) the mask;
    `loss_gradient` takes the scores (tunes, beats, TRIADS) and returns the gradient of the loss.
    """
    entry, gates, recurrent, output = weights
    seen = rows * _dropout_mask(rng, rows.shape, dropout.inputs)
    before = seen @ entry[:-1] + entry[-1]
    kept_width = _dropout_mask(rng, before.shape, dropout.width) * (before > 0)
    entered = before * kept_width
    steps = entered[None] @ gates[:, None, :-1] + gates[:, None, -1:]
    tape = Tape()
    along = second_reversed(steps.swapaxes(1, 2)).swapaxes(
        0, 1
    )  # (beats, directions, tunes, gates)
    within = second_reversed(np.stack([inside.T, inside.T])).swapaxes(0, 1)
    states = run(along, recurrent, within, tape)
    both = second_reversed(states.swapaxes(0, 1))  # (directions, beats, tunes, units)
    joined = np.concatenate([both[0], both[1]], axis=2).swapaxes(0, 1)
    kept_units = _dropout_mask(rng, joined.shape, dropout.units)
    heard = joined * kept_units
    upper = loss_gradient(heard @ output[:-1] + output[-1])
    below = (upper @ output[:-1].T) * kept_units
    units = recurrent.shape[1]
    onto = second_reversed(np.stack([below[..., :units], below[..., units:]]).swapaxes(1, 2))
    to_steps, to_recurrent = _gru_gradients(onto.swapaxes(0, 1), states, recurrent, tape)
    to_gates = second_reversed(to_steps.swapaxes(0, 1)).swapaxes(
        1, 2
    )  # (directions, tunes, beats, gates)
    to_entered = (to_gates @ gates[:, None, :-1].swapaxes(2, 3)).sum(axis=0) * kept_width
    return [
        _weights(seen, to_entered),
        np.stack([_weights(entered, one) for one in to_gates]),
        to_recurrent,
        _weights(heard, upper),
    ]


def _gru_gradients(
    onto: Floats, states: Floats, recurrent: Floats, tape: Tape
) -> tuple[Floats, Floats]:
    """The gradients of the projected inputs (steps, groups, rows, 3 · units) and of the weights,
    from those of the states (`chord_recurrent.run`)."""
    count, groups, rows, units = states.shape
    to_steps = np.zeros((count, groups, rows, 3 * units), np.float32)
    to_product = np.zeros_like(to_steps)
    back = recurrent.swapaxes(1, 2)
    gradient = np.zeros((groups, rows, units), np.float32)
    nothing = np.zeros_like(gradient)
    for step in range(count - 1, -1, -1):
        gradient = gradient + onto[step]
        previous = states[step - 1] if step else nothing
        update, reset, candidate = tape.update[step], tape.reset[step], tape.candidate[step]
        to_candidate = gradient * (1 - update) * (1 - candidate * candidate)
        to_update = gradient * (previous - candidate) * update * (1 - update)
        to_reset = to_candidate * tape.carried[step] * reset * (1 - reset)
        shared = [to_update, to_reset]
        to_steps[step] = np.concatenate([*shared, to_candidate], axis=2)
        to_product[step] = np.concatenate([*shared, to_candidate * reset], axis=2)
        gradient = gradient * update + to_product[step] @ back
    before = np.concatenate([nothing[None], states[:-1]]).transpose(1, 0, 2, 3)
    products = to_product.transpose(1, 0, 2, 3)
    to_recurrent = before.reshape(groups, -1, units).swapaxes(1, 2) @ products.reshape(
        groups, -1, 3 * units
    )
    return to_steps, to_recurrent


def _weights(rows: Floats, gradient: Floats) -> Floats:
    """The gradients of weights with a row of biases, over all rows."""
    flat, below = rows.reshape(-1, rows.shape[-1]), gradient.reshape(-1, gradient.shape[-1])
    gradients: Floats = np.concatenate([flat.T @ below, below.sum(axis=0, keepdims=True)])
    return gradients


def _dropout_mask(rng: np.random.Generator, shape: tuple[int, ...], dropped: float) -> Floats:
    """Inverted dropout: zeros for the share that is dropped, and more weight for the rest."""
    if not dropped:
        return np.ones(shape, np.float32)
    keep = np.float32(1 - dropped)
    return ((rng.random(shape, np.float32) < keep) / keep).astype(np.float32)
