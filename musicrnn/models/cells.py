"""The recurrent cells: one row each, with its step in NumPy.

Everything that is to be known of a cell without Keras stands here: its weights follow from the
row (`ModelConfig.weight_shapes`), sampling runs its step. The layer that trains it is a row of
`musicrnn.training.recurrent`. The equations are Keras': LSTM gates in the order i, f, c, o
(Hochreiter and Schmidhuber 1997, with forget gates), GRU gates z, r, h in the `reset_after` form
(Cho et al. 2014).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["CELLS", "Cell"]

FloatArray = npt.NDArray[np.float32]

_HALF, _ONE = np.float32(0.5), np.float32(1)


@dataclass(frozen=True, slots=True)
class Cell:
    """One kind of recurrent cell, of U units.

    `gates` products of size U are made from the input; `sigmoids` says which of them go through a
    sigmoid. The weights of those are halved beforehand, so that σ(x) is (1 + tanh(x/2))/2 and one
    ``tanh`` call serves all gates. `states` arrays (batch, U) are carried, the output first.
    `recurrent` tells whether the last output is multiplied, `summed` whether the gates only see
    the sum of what it and the input contribute, `biases` how many rows of bias there are.
    `open_gate` is the gate whose bias starts at one (Jozefowicz et al. 2015).

    ``step(inner, outer, states)`` gives the states after a step: `inner` is what the input
    contributes (batch, gates·U), or the sum where `summed`, `outer` what the last output does.
    """

    name: str
    gates: int
    states: int
    sigmoids: tuple[bool, ...]
    step: Callable[[FloatArray, FloatArray, list[FloatArray]], list[FloatArray]]
    recurrent: bool = True
    summed: bool = True
    biases: int = 1
    open_gate: int | None = None

    def bias_shape(self, units: int) -> tuple[int, ...]:
        """The shape of its bias: one row, or several."""
        columns = self.gates * units
        return (columns,) if self.biases == 1 else (self.biases, columns)


def _lstm(inner: FloatArray, _: FloatArray, states: list[FloatArray]) -> list[FloatArray]:
    c, units = states[1], states[1].shape[1]
    z = np.tanh(inner, out=inner)
    gates = z * _HALF + _HALF
    c = gates[:, units : 2 * units] * c + gates[:, :units] * z[:, 2 * units : 3 * units]
    return [gates[:, 3 * units :] * np.tanh(c), c]


def _gru(inner: FloatArray, outer: FloatArray, states: list[FloatArray]) -> list[FloatArray]:
    h, units = states[0], states[0].shape[1]
    gates = np.tanh(inner[..., : 2 * units] + outer[:, : 2 * units]) * _HALF + _HALF
    z = gates[:, :units]
    candidate = np.tanh(inner[..., 2 * units :] + gates[:, units:] * outer[:, 2 * units :])
    return [z * h + (_ONE - z) * candidate]


def _rnn(inner: FloatArray, _: FloatArray, states: list[FloatArray]) -> list[FloatArray]:
    return [np.tanh(inner)]


def _mingru(inner: FloatArray, _: FloatArray, states: list[FloatArray]) -> list[FloatArray]:
    h, units = states[0], states[0].shape[1]
    z = np.tanh(inner[..., :units]) * _HALF + _HALF
    return [(_ONE - z) * h + z * inner[..., units:]]


#: name → cell
CELLS: dict[str, Cell] = {
    cell.name: cell
    for cell in (
        Cell("lstm", 4, 2, (True, True, False, True), _lstm, open_gate=1),
        Cell("gru", 3, 1, (True, True, False), _gru, summed=False, biases=2),
        Cell("rnn", 1, 1, (False,), _rnn),
        # gates that do not see the last output (Feng et al. 2024): trained as a parallel scan
        Cell("mingru", 2, 1, (True, False), _mingru, recurrent=False, summed=False),
    )
}
