"""What music theory knows of the chords over a melody, as a hidden Markov model.

What a chord does to a melody is written down as tables: its tones are likelier than the other
tones of the scale, more so where a beat begins; tonic, dominant and subdominant are what folk
players reach for, with the chords of the mode (the seventh degree in mixolydian and dorian tunes);
a chord lasts a bar, sometimes half of one; sections begin and end on the tonic, with the dominant
before. The numbers were written down, not counted; `training.chord_fitting` moves them towards
tunes with chords, and `chord_network` adds to them what a network has learned.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicrnn.arranging.chain import Marginals, marginals
from musicrnn.arranging.chord_features import changes
from musicrnn.arranging.grid import Grid

__all__ = [
    "KINDS",
    "MODES",
    "PLACES",
    "TRIADS",
    "Theory",
    "logarithms",
    "melody_of",
    "mode_of",
    "place_of",
    "theory",
]

Floats = NDArray[np.float32]

#: States: 0…11 the major triads by root above the tonic, 12…23 the minor ones.
TRIADS = 24
#: Kinds of places at which a chord may change (`chord_features.changes`).
KINDS = 3

#: Scales told apart: by the third, and by the sixth and seventh where they tell the mode.
MODES = ("major", "mixolydian", "dorian", "minor")
#: Places in a section, eight bars long or not: see `place_of`.
PLACES = 9
#: What a beat's notes count, of which neighbours are not independent.
_TRUST = 0.75


@dataclass(frozen=True)
class Theory:
    """Logarithms of probabilities: `sounding` and `struck` (TRIADS, 12) of pitch classes over a
    chord, `places` (modes, PLACES, TRIADS) of chords by their place in the section, `transitions`
    (modes, KINDS, TRIADS, TRIADS) of changes."""

    sounding: Floats
    struck: Floats
    places: Floats
    transitions: Floats

    def scores(self, grid: Grid) -> Floats:
        """Scores of the triads (beats, TRIADS)."""
        sounding, struck = melody_of(grid)
        mode = mode_of(grid)
        places = np.array([place_of(grid, row) for row in range(len(grid.beats))])
        notes = sounding @ self.sounding.T + struck @ self.struck.T
        scores: Floats = np.float32(_TRUST) * notes + self.places[mode, places]
        return scores

    def marginals(self, grid: Grid, given: Floats | None = None) -> Marginals:
        """The marginals of the chords of a tune."""
        scores = self.scores(grid)
        if given is not None:
            scores = scores + given
        kinds, _ = changes(grid)
        return marginals(
            scores[None], kinds[None], self.transitions[mode_of(grid)], np.array([len(scores)])
        )


def mode_of(grid: Grid) -> int:
    """The index in `MODES` of a tune: by its key, and by what it plays of the seventh degree."""
    sounding, _ = melody_of(grid)
    total = sounding.sum(axis=0)
    if grid.minor:
        sixth = 2 if 9 in grid.scale else 3
        return 2 if sixth == 2 and total[9] >= total[8] else 3
    flat = 10 in grid.scale and total[10] >= total[11]
    return 1 if flat else 0


def melody_of(grid: Grid) -> tuple[Floats, Floats]:
    """How long each pitch class sounds in each beat, and which is struck on it."""
    sounding = np.array([beat.sounding for beat in grid.beats], np.float32).reshape(-1, 12)
    struck = np.zeros_like(sounding)
    for row, beat in enumerate(grid.beats):
        if beat.struck is not None:
            struck[row, beat.struck] = 1
    return sounding, struck


def place_of(grid: Grid, row: int) -> int:
    """0 the section's first bar, 1 its last, 2 and 3 the halves of the bar before it, 4 the middle
    cadence (the fourth bar of eight), 5 the bar before that, 6 a bar that opens four, 7 the start
    and 8 the rest of any other bar."""
    beat = grid.beats[row]
    bar, total = grid.bar_in_section[row], grid.bars_in_section[row]
    late = 2 * beat.place >= beat.beats
    if bar == total - 1:
        return 1
    if bar == 0:
        return 0
    if bar == total - 2:
        return 3 if late else 2
    if bar % 8 == 3:
        return 4
    if bar % 8 == 2:
        return 5
    if bar % 4 == 0:
        return 6
    return 8 if late else 7


# --- what theory says --------------------------------------------------------------------------

#: mode → degree → how often players choose it, of a hundred; roots above the tonic in semitones
_CHOSEN: dict[str, dict[int, float]] = {
    "major": {0: 46, 7: 24, 5: 14, 14: 4, 21: 4, 2: 2.5, 16: 0.8, 9: 0.8, 4: 0.5, 10: 0.4},
    "mixolydian": {0: 46, 10: 22, 5: 12, 7: 6, 19: 3, 14: 3, 21: 2},
    "dorian": {12: 48, 10: 26, 3: 6, 5: 6, 19: 5, 7: 3, 14: 1.5, 8: 0.5},
    "minor": {12: 46, 7: 14, 10: 14, 3: 8, 17: 7, 8: 4, 19: 3, 5: 1},
}
#: place → degrees that are likelier there (tonic T, dominant D, subdominant S), by what factor
_HERE: tuple[dict[str, float], ...] = (
    {"T": 2.5, "D": 0.6}, {"T": 3.5, "D": 0.5, "S": 0.4}, {"D": 1.4, "S": 1.3}, {"D": 2.8},
    {"D": 1.8, "T": 0.9}, {"S": 1.3}, {"T": 1.5}, {}, {"D": 1.15},
)  # fmt: skip
#: the share of beats at which the chord stays, by kind of place (`chord_features.changes`)
_STAYS = (0.36, 0.72, 0.94)
#: How likely the next chord is, beside how often it is chosen: (from, to) on any mode.
_LEADS = {("D", "T"): 2.2, ("S", "T"): 1.2, ("S", "D"): 1.8, ("D", "S"): 0.5}
#: What a chord's root, third and fifth, another tone of the scale, and any other tone weigh.
_TONES = (5.0, 4.2, 4.0)
_SCALE, _OTHER = 1.0, 0.12
#: The same for the note with which a beat begins.
_STRUCK, _STRUCK_SCALE = (6.5, 5.5, 5.0), 0.8


def _function(triad: int, mode: int) -> str:
    """T, D, S or nothing, as players feel the chord in the mode."""
    if triad in (0, 12):
        return "T"
    if triad in (7, 19) or (triad == 10 and mode):
        return "D"
    return "S" if triad in (5, 17, 14) else ""


def theory() -> Theory:
    """The tables before any tune was looked at."""
    sounding = np.full((TRIADS, 12), _OTHER)
    struck = np.full((TRIADS, 12), _OTHER)
    for triad in range(TRIADS):
        root, third = triad % 12, 3 if triad >= 12 else 4
        around = (0, 2, 3, 5, 7, 9, 10) if triad >= 12 else (0, 2, 4, 5, 7, 9, 11)
        if triad in (7, 2, 4, 9, 11):  # with a minor seventh, as dominants have
            around = (0, 2, 4, 5, 7, 9, 10)
        for tone in around:
            sounding[triad, (root + tone) % 12] = _SCALE
            struck[triad, (root + tone) % 12] = _STRUCK_SCALE
        for tone, weight, first in zip((0, third, 7), _TONES, _STRUCK, strict=True):
            sounding[triad, (root + tone) % 12] = weight
            struck[triad, (root + tone) % 12] = first
    places = np.zeros((len(MODES), PLACES, TRIADS))
    transitions = np.zeros((len(MODES), KINDS, TRIADS, TRIADS))
    for mode, name in enumerate(MODES):
        chosen = np.full(TRIADS, 0.02)
        for triad, share in _CHOSEN[name].items():
            chosen[triad] = share
        chosen /= chosen.sum()
        functions = [_function(triad, mode) for triad in range(TRIADS)]
        for place, here in enumerate(_HERE):
            places[mode, place] = [here.get(function, 1.0) for function in functions]
        leads = np.array([[_LEADS.get((a, b), 1.0) for b in functions] for a in functions])
        going = chosen * leads
        np.fill_diagonal(going, 0)
        going /= going.sum(axis=1, keepdims=True)
        for kind, stays in enumerate(_STAYS):
            # Who is chosen often also stays longer.
            stay = stays + (1 - stays) * chosen
            transitions[mode, kind] = going * (1 - stay)[:, None] + np.diag(stay)
    return Theory(
        logarithms(sounding, 1), logarithms(struck, 1),
        np.log(places).astype(np.float32), logarithms(transitions, -1),
    )  # fmt: skip


def logarithms(weights: NDArray[np.float64], axis: int) -> Floats:
    """Logarithms of shares of the sum along an axis."""
    shares = weights / weights.sum(axis=axis, keepdims=True)
    logarithms: Floats = np.log(np.maximum(shares, 1e-9)).astype(np.float32)
    return logarithms
