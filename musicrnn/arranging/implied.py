"""The chords that a melody implies, where no symbols name any: a path through the key's triads.

Each stretch of the melody speaks for the triads that hold its notes, and a chord would rather stay
or move as chords of folk tunes do: to the tonic from its fifth, or, in dorian and mixolydian tunes,
from the chord on the lowered seventh. The best path is found by dynamic programming.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from musicrnn.score import Key

__all__ = ["implied_triads"]

#: what speaks for a note outside of a chord, beside 1 for one in it
_FOREIGN = -0.7
#: what speaks for a chord by the interval of its root above the tonic, in semitones
_LIKING = {0: 0.6, 7: 0.4, 5: 0.3, 10: 0.2, 2: 0.0, 9: 0.0, 3: 0.0, 8: 0.0, 4: -0.3, 11: -0.5}
_STAYS, _RESOLVES, _CLOSES = 0.5, 0.5, 2.0


def implied_triads(
    key: Key, sounding: Sequence[Sequence[tuple[int, float]]], closing: Sequence[bool]
) -> list[tuple[int, int, int]]:
    """One triad (pitch classes, root first) for each stretch of a melody.

    `sounding` are (pitch class, weight in quarter notes) of its notes, `closing` tells of each
    whether a section ends with it.
    """
    triads = _triads(key)
    roots = np.array([triad[0] for triad in triads])
    home = roots == key.pitch_class
    dominant = np.isin((roots - key.pitch_class) % 12, (7, 10))
    moves = _STAYS * np.eye(len(triads)) + _RESOLVES * np.outer(dominant, home)
    liking = np.array([_LIKING.get(int(root - key.pitch_class) % 12, -0.5) for root in roots])
    total = np.zeros(len(triads))
    back: list[np.ndarray] = []
    for notes, closes in zip(sounding, closing, strict=True):
        fit = liking + _CLOSES * closes * home
        for pitch_class, weight in notes:
            fit = fit + weight * np.array([1.0 if pitch_class in t else _FOREIGN for t in triads])
        choices = total[:, None] + moves
        back.append(choices.argmax(axis=0))
        total = choices.max(axis=0) + fit
    at = int(total.argmax())
    path = []
    for before in reversed(back):
        path.append(triads[at])
        at = int(before[at])
    return path[::-1]


def _triads(key: Key) -> list[tuple[int, int, int]]:
    """The triads of a key, less the diminished one; in minor the dominant has its major third."""
    scale = [7 * fifth % 12 for fifth in range(key.fifths - 1, key.fifths + 6)]
    scale.sort(key=lambda tone: (tone - key.pitch_class) % 12)
    triads = [(scale[i], scale[(i + 2) % 7], scale[(i + 4) % 7]) for i in range(7)]
    chosen = [t for t in triads if (t[2] - t[0]) % 12 == 7]
    if key.mode in ("minor", "aeolian"):
        fifth = (key.pitch_class + 7) % 12
        chosen.append((fifth, (fifth + 4) % 12, (fifth + 7) % 12))
    return chosen
