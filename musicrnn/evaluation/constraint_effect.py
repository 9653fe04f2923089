"""Does the constraint bend the music? Constrained tunes beside the free ones that are well formed.

What the constraint gives should be what the free model gives when its ill-formed tunes are thrown
away. So in each feature the constrained tunes are compared with the free, well-formed ones, and
the distance stands beside that of two halves of the latter. Two places show a bent rhythm first:
the last note of a bar and that of a section, which have to fill what is left. Their information
content is taken under an n-gram of notes (degree, octave and length) that knows real tunes and
nothing of the model.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from musicrnn import abc
from musicrnn.evaluation import distributions
from musicrnn.evaluation.distances import Distance
from musicrnn.evaluation.musicality import tiny_values
from musicrnn.evaluation.ngrams import KneserNey
from musicrnn.evaluation.written import WrittenTune
from musicrnn.score import Score

__all__ = ["ConstraintEffect", "LastNotes", "NoteModel", "measure"]

ORDER = 5
_END, _UNKNOWN, _BAR, _SECTION = range(4)


@dataclass(frozen=True)
class LastNotes:
    """Of `tunes` tunes: mean bits of the last note of bars and of sections, and the share of tunes
    with a value of a 32nd or less; nan for no tunes."""

    tunes: int
    of_bars: float
    of_sections: float
    tiny: float


@dataclass(frozen=True)
class ConstraintEffect:
    """How constrained tunes differ from free ones that are well formed.

    `features` are the distances between the two, the floor being that of two halves of the free
    ones; `sides` (``constrained``, ``free``, ``real``) the bits of their last notes;
    `constrained_steps` the share of tokens at which more than half of the model's probability was
    taken away.
    """

    constrained: int
    free: int
    features: dict[str, Distance]
    sides: dict[str, LastNotes]
    constrained_steps: float

    @property
    def outside(self) -> tuple[str, ...]:
        """The features whose distance is above what 95 % of the halvings stay below."""
        return tuple(
            name for name, distance in self.features.items() if distance.value > distance.floor_high
        )


class NoteModel:
    """An n-gram model of the notes of written tunes, in any key."""

    def __init__(self, tunes: Sequence[WrittenTune]) -> None:
        notes = sorted({self._note(tune, i) for tune in tunes for i in range(len(tune.notes))})
        self._ids = {note: number for number, note in enumerate(notes, _SECTION + 1)}
        sequences = [self._sequence(tune)[0] for tune in tunes]
        size = _SECTION + 1 + len(notes)
        self._model = KneserNey.fit(sequences, vocabulary=size, order=ORDER, end=_END)

    @staticmethod
    def _note(tune: WrittenTune, number: int) -> tuple[int, int]:
        note = tune.notes[number]
        return note.pitch - tune.key.pitch_class, note.duration

    def _sequence(self, tune: WrittenTune) -> tuple[list[int], list[int], list[int]]:
        """The ids of notes, bar lines and section ends, and the places of the last notes of bars
        and of sections among them."""
        ids: list[int] = []
        of_bars, of_sections, number = [], [], 0
        for section in tune.sections:
            for bar in (section.pickup, *section.bars):
                if bar is None or not bar.notes:
                    continue
                for _ in bar.notes:
                    ids.append(self._ids.get(self._note(tune, number), _UNKNOWN))
                    number += 1
                of_bars.append(len(ids) - 1)
                ids.append(_BAR)
            of_sections.append(of_bars.pop())
            ids[-1] = _SECTION
        return ids, of_bars, of_sections

    def last_notes(self, tunes: Sequence[WrittenTune]) -> LastNotes:
        """The bits of the last notes of bars (those that end no section) and of sections."""
        if not tunes:
            return LastNotes(0, math.nan, math.nan, math.nan)
        sequences = [self._sequence(tune) for tune in tunes]
        bits = self._model.bits([ids for ids, _, _ in sequences])[-1]
        start, bars, sections = 0, [], []
        for ids, of_bars, of_sections in sequences:
            bars += [bits[start + place] for place in of_bars]
            sections += [bits[start + place] for place in of_sections]
            start += len(ids) + 1
        return LastNotes(
            len(tunes),
            float(np.mean(bars)) if bars else math.nan,
            float(np.mean(sections)),
            float(np.mean([tiny_values(tune) for tune in tunes])),
        )


def measure(
    constrained: Sequence[WrittenTune],
    free: Sequence[WrittenTune],
    real: Sequence[WrittenTune],
    known: Sequence[WrittenTune],
    rng: np.random.Generator,
    *,
    constrained_steps: float,
) -> ConstraintEffect | None:
    """`free` are the free samples that are well formed, `real` tunes of a split that nobody has
    learned from, `known` the tunes that the n-gram is counted on; None where a side is empty."""
    if not (constrained and free and known):
        return None
    features = distributions.of_scores(_scores(constrained), _scores(free), rng)
    model = NoteModel(known)
    sides = {"constrained": constrained, "free": free, "real": real}
    return ConstraintEffect(
        len(constrained),
        len(free),
        {name: feature.distance for name, feature in features.items()},
        {name: model.last_notes(tunes) for name, tunes in sides.items()},
        constrained_steps,
    )


def _scores(tunes: Sequence[WrittenTune]) -> list[Score]:
    return [abc.to_score(abc.parse_tune(tune.text)) for tune in tunes]
