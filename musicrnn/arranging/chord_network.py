"""The chord model: how well each of 24 triads goes with each beat, and with the one before.

The tables of theory (`chord_theory`) score transitions, and each beat by its notes and its place.
Bidirectional recurrent networks (`chord_recurrent`) add to these scores, and together they are a
conditional random field (`chain`), trained as one; a memory of the training tunes (`chord_memory`)
adds what was played over similar bars. The model that comes with the package is theory alone, since
there are no tunes with chords that it might be trained on.

A model is one file of safetensors; nothing in it is code.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from musicrnn.arranging import chord_memory, chord_recurrent
from musicrnn.arranging.chain import marginals, sample_path
from musicrnn.arranging.chord_features import NUMBER_OF_FEATURES, changes, features
from musicrnn.arranging.chord_memory import Memory
from musicrnn.arranging.chord_recurrent import Networks
from musicrnn.arranging.chord_theory import KINDS, TRIADS, Theory, mode_of, theory
from musicrnn.arranging.grid import Grid
from musicrnn.errors import ModelError
from musicrnn.files import write_whole
from musicrnn.theory.chords import Chord

__all__ = ["FILE", "TRIADS", "ChordNetwork", "triad_of"]

Floats = NDArray[np.float32]

#: The model that comes with the package, and what a model is called in a run's folder.
FILE = "chords.safetensors"
_SHIPPED = Path(__file__).with_name(FILE)
_TABLES = ("sounding", "struck", "places", "transitions")
#: What a forbidden state or change weighs.
FORBIDDEN = np.float32(-40)


@dataclass(frozen=True)
class ChordNetwork:
    """Tables, an ensemble of networks, and a memory; the last two may be empty."""

    tables: Theory
    networks: Networks
    memory: Memory

    @classmethod
    def of(cls, tables: Theory) -> ChordNetwork:
        """A model of tables alone."""
        return cls(tables, Networks.none(NUMBER_OF_FEATURES), Memory.none())

    def scores(self, grid: Grid) -> Floats:
        """Scores of the triads (beats, TRIADS)."""
        scores = self.tables.scores(grid) + self.memory.scores(grid)
        return scores + self.networks.scores(features(grid)) if len(self.networks) else scores

    def probabilities(
        self, grid: Grid, *, given: Floats | None = None, temperature: float = 1.0
    ) -> Floats:
        """The marginal probability of each triad at each beat, (beats, TRIADS).

        `given` is added to the scores: `FORBIDDEN` where another chord is known.
        """
        scores, kinds, transitions = self._chain(grid, given, temperature)
        one = np.array([len(scores)])
        states: Floats = marginals(scores[None], kinds[None], transitions, one).states[0]
        return states

    def draw(
        self,
        grid: Grid,
        rng: np.random.Generator,
        *,
        given: Floats | None = None,
        temperature: float = 1.0,
    ) -> NDArray[np.int64]:
        """The triad of each beat, sampled from the model."""
        scores, kinds, transitions = self._chain(grid, given, temperature)
        return sample_path(scores, kinds, transitions, rng)

    def _chain(
        self, grid: Grid, given: Floats | None, temperature: float
    ) -> tuple[Floats, NDArray[np.int64], Floats]:
        """Scores, the kind of each transition, and their tables; the last forbids all changes."""
        scores = self.scores(grid) / np.float32(temperature)
        if given is not None:
            scores = scores + given
        kinds, writable = changes(grid)
        stays = np.where(np.eye(TRIADS, dtype=bool), 0, FORBIDDEN).astype(np.float32)
        changing = self.tables.transitions[mode_of(grid)]
        table = np.concatenate([changing / np.float32(temperature), stays[None]])
        return scores, np.where(writable, kinds, KINDS), table

    def to_bytes(self) -> bytes:
        """The file, numbers in half precision."""
        numbers = dict(zip(chord_recurrent.NAMES, self.networks.tables, strict=True)) | {
            name: getattr(self.tables, name) for name in _TABLES
        }
        kept = dict(zip(chord_memory.NAMES, self.memory.tables, strict=True))
        data: bytes = save(
            {name: table.astype(np.float16) for name, table in numbers.items()} | kept
        )
        return data

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the file, whole or not at all."""
        write_whole(path, self.to_bytes())

    @classmethod
    def load(cls, path: str | os.PathLike[str] = "") -> ChordNetwork:
        """The model of a file or of a run's folder; the one that comes with the package where
        none is named. Raises `ModelError` for what is none."""
        place = Path(path) if path else _SHIPPED
        return _loaded(place / FILE if place.is_dir() else place)


@lru_cache(maxsize=4)
def _loaded(path: Path) -> ChordNetwork:
    try:
        tensors = load(path.read_bytes())
        tables = {name: tensors[name].astype(np.float32) for name in _TABLES}
        if not set(tensors) >= {*chord_recurrent.NAMES, *chord_memory.NAMES}:
            raise ModelError(f"{path}: a chord model of another version; train it again")
        networks = Networks(*(tensors[name].astype(np.float32) for name in chord_recurrent.NAMES))
        memory = Memory(*(tensors[name] for name in chord_memory.NAMES))
    except FileNotFoundError:
        raise ModelError(
            f"{path}: there is no chord model; musicrnn train --recipe chords makes one"
        ) from None
    except (SafetensorError, KeyError, OSError) as error:
        raise ModelError(f"{path}: this is no chord model") from error
    wanted = {name: getattr(theory(), name).shape for name in _TABLES}
    fits = {name: table.shape for name, table in tables.items()} == wanted
    if not fits or not networks.fits(NUMBER_OF_FEATURES) or not memory.fits():
        raise ModelError(f"{path}: a chord model of another version; train it again")
    return ChordNetwork(Theory(**tables), networks, memory)


def triad_of(chord: Chord, tonic: int) -> int | None:
    """The state that a chord belongs to: its root over the tonic, and its third. None for one
    without a third, or with a fifth that is neither perfect nor augmented."""
    above = {(tone - chord.root) % 12 for tone in chord.tones}
    root = (chord.root - tonic) % 12
    if 4 in above:
        return root
    if 3 in above and 7 in above:
        return root + 12
    return None


def clamped(triads: Sequence[int | None]) -> Floats:
    """What is added to scores where a triad is known: (beats, TRIADS)."""
    given = np.zeros((len(triads), TRIADS), np.float32)
    for row, triad in enumerate(triads):
        if triad is not None:
            given[row] = FORBIDDEN
            given[row, triad] = 0
    return given
