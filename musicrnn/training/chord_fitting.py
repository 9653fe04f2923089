"""Tables of theory (`chord_theory`) moved towards tunes with chords, by counting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from musicrnn.arranging.chain import Marginals
from musicrnn.arranging.chord_theory import (
    KINDS,
    MODES,
    PLACES,
    TRIADS,
    Theory,
    logarithms,
    melody_of,
    mode_of,
    place_of,
    theory,
)
from musicrnn.arranging.grid import Grid

__all__ = ["from_labels"]

Floats = NDArray[np.float32]


def from_labels(grids: Sequence[Grid], given: Sequence[Floats], *, held: float = 0.02) -> Theory:
    """The same model counted from tunes whose chords are known (`chord_network.clamped`)."""
    prior, counts = theory(), _Counts()
    for grid, known in zip(grids, given, strict=True):
        counts.add(grid, prior.marginals(grid, known))
    return counts.tables(prior, held)


class _Counts:
    """What is counted in a round."""

    def __init__(self) -> None:
        self.sounding = np.zeros((TRIADS, 12))
        self.struck = np.zeros((TRIADS, 12))
        self.places = np.zeros((len(MODES), PLACES, TRIADS))
        self.transitions = np.zeros((len(MODES), KINDS, TRIADS, TRIADS))

    def add(self, grid: Grid, chords: Marginals) -> None:
        """One tune more."""
        states = chords.states[0]
        sounding, struck = melody_of(grid)
        mode = mode_of(grid)
        self.sounding += states.T @ sounding
        self.struck += states.T @ struck
        self.transitions[mode] += chords.pairs
        places = [place_of(grid, row) for row in range(len(grid.beats))]
        np.add.at(self.places[mode], places, states)

    def tables(self, prior: Theory, held: float) -> Theory:
        """The shares of what was counted, with what was held before."""
        everywhere = self.places.sum(axis=1, keepdims=True) + 1.0
        everywhere /= everywhere.sum(axis=2, keepdims=True)
        here = self.places + held * self.places.sum(axis=2, keepdims=True) * (
            everywhere * np.exp(prior.places)
        )
        here = (here + 0.5 * everywhere) / (here + 0.5 * everywhere).sum(axis=2, keepdims=True)
        places = np.log(here / everywhere).astype(np.float32)
        return replace(
            prior,
            sounding=_mixed(self.sounding, prior.sounding, held),
            struck=_mixed(self.struck, prior.struck, held),
            places=np.clip(places, -2, 2),
            transitions=_mixed(self.transitions, prior.transitions, held),
        )


def _mixed(counts: NDArray[np.float64], prior: Floats, held: float) -> Floats:
    """Shares along the last axis of the counts and of the prior's, which weigh `held` times as
    much as there are, and a few beats more where there are none."""
    weight = held * counts.sum(axis=-1, keepdims=True) + 20.0
    return logarithms(counts + weight * np.exp(prior), -1)
