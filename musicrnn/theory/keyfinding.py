"""Which key is this? For music that does not say.

The method is Krumhansl and Schmuckler's: the durations of the twelve pitch classes are correlated
with the profile of each key, and the best wins (C. Krumhansl, *Cognitive Foundations of Musical
Pitch*, 1990, chapter 4; the profiles are those of Krumhansl and Kessler 1982). A last note that
is the tonic adds a little, which decides between a key and its relative. Where chord symbols stand
over the notes, their tones count as notes that last, and the last chord's root as the last note:
what wanders over Dm7 G7 Cmaj7 is in C, however often it touches F sharp.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from musicrnn.score import Key, Score
from musicrnn.theory.chords import Chord, is_chord, parse_chord

__all__ = ["PROFILES", "find_key", "key_of", "pitch_class_weights"]

#: Krumhansl and Kessler's probe tone ratings, from the tonic upwards
PROFILES = {
    "major": (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
    "minor": (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
}
#: tonic names by pitch class, the spelling with the fewer accidentals in each mode
_TONICS = {
    "major": ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"),
    "minor": ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B"),
}
#: what the tonic as last note adds to a correlation of at most 1
_FINAL_BONUS = 0.1


def pitch_class_weights(score: Score) -> NDArray[np.float64]:
    """How long each pitch class sounds: shape (12,), in quarter notes. Drum parts do not count."""
    weights = np.zeros(12)
    for note in score.notes:
        if not score.parts[note.part].drums:
            weights[note.pitch % 12] += float(note.duration)
    return weights


def _chords(score: Score) -> Iterator[tuple[Chord, float]]:
    """The chords that symbols name, each with the time until the next, in quarter notes."""
    ends = [symbol.onset for symbol in score.chords[1:]] + [score.length]
    for symbol, end in zip(score.chords, ends, strict=False):
        if end > symbol.onset and is_chord(symbol.text):
            yield parse_chord(symbol.text), float(end - symbol.onset)


def find_key(score: Score) -> Key:
    """The major or minor key that fits the notes and chord symbols best; C major for a score
    without notes."""
    weights = pitch_class_weights(score)
    if not weights.any():
        return Key("C")
    final = max(score.notes, key=lambda note: (note.end, -note.pitch)).pitch % 12
    for chord, quarters in _chords(score):
        weights[list(chord.tones)] += quarters
        final = chord.root
    best, best_fit = Key("C"), -np.inf
    for mode, profile in PROFILES.items():
        for tonic in range(12):
            with np.errstate(invalid="ignore"):
                fit = np.corrcoef(np.roll(profile, tonic), weights)[0, 1]
            # All twelve equally long: the correlation is undefined, only the last note speaks.
            fit = (0.0 if np.isnan(fit) else fit) + (_FINAL_BONUS if tonic == final else 0.0)
            if fit > best_fit:
                best, best_fit = Key(_TONICS[mode][tonic], mode), fit
    return best


def key_of(score: Score) -> Key:
    """The key that the score names first, else the one that fits it best."""
    return score.key or find_key(score)
