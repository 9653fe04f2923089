"""The rejection rules of the AI Music Generation Challenge, as a program can follow them.

The challenge (Sturm and Maruri-Aguilar, "The Ai Music Generation Challenge 2020", Journal of
Creative Music Systems 5(1), 2021; Sturm, the same of 2022, AIMC 2023) asks for tunes like those of
O'Neill's book and lets folk musicians put a tune aside unreviewed for plagiarism, for a rhythm
that is not the dance's, for a range, or a mode and accidentals, that are not characteristic. Only
then are marks given, for structure, melody and more.

Here "not characteristic" means: outside what a share of 98 % of the book's own tunes keep to. Each
of `MEASURES` is taken of every tune of the reference (O'Neill's jigs), and a tune is rejected that
lies below the 1st or above the 99th percentile on the side that matters. Plagiarism is a share of
half the notes or more with one known tune (`musicrnn.novelty`), asked only where an index is
given. Two figures stand beside the rejections and are no part of them: loops, and good form
(two to four sections of eight bars each).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from musicrnn.evaluation.musicality import loops
from musicrnn.evaluation.written import TICKS, WrittenTune
from musicrnn.theory.keyfinding import PROFILES

__all__ = ["MEASURES", "RULES", "Limits", "Measure", "Verdict", "judge", "summary"]

#: The rules by which a tune is rejected, in the order of the challenge.
RULES: Final = ("plagiarism", "rhythm", "range", "mode")
LOWEST, HIGHEST = 1.0, 99.0  # percentiles

_EIGHTH = TICKS // 2
_BEAT = 3 * _EIGHTH
#: The ways in which a double jig fills a beat, as the lengths of its notes in eighths.
_JIG_BEATS = frozenset({(1, 1, 1), (2, 1), (1, 2), (3,)})


def jig_beats(tune: WrittenTune) -> float:
    """The share of beats that are filled as a double jig fills them."""
    beats = kept = 0
    for bar in tune.bars:
        for start in range(bar.length // _BEAT):
            here = [n for n in bar.notes if start * _BEAT <= n.onset < (start + 1) * _BEAT]
            beats += 1
            kept += tuple(n.duration / _EIGHTH for n in here) in _JIG_BEATS
    return kept / beats if beats else 0.0


def notes_per_bar(tune: WrittenTune) -> float:
    """The mean number of notes in a bar."""
    return sum(len(bar.notes) for bar in tune.bars) / len(tune.bars)


def shortest(tune: WrittenTune) -> float:
    """The shortest note in quarter notes."""
    return min(note.duration for note in tune.notes) / TICKS


def lowest(tune: WrittenTune) -> float:
    """The lowest pitch as a MIDI number."""
    return float(min(note.pitch for note in tune.notes))


def highest(tune: WrittenTune) -> float:
    """The highest pitch as a MIDI number."""
    return float(max(note.pitch for note in tune.notes))


def accidentals(tune: WrittenTune) -> float:
    """The share of notes outside the key signature."""
    scale = tune.key.pitch_classes
    return sum(note.pitch % 12 not in scale for note in tune.notes) / len(tune.notes)


def key_denied(tune: WrittenTune) -> float:
    """1 where nothing confirms ``K:``: no section ends on its tonic, and the notes, weighted by
    their length, fit another tonic of the same mode better; else 0."""
    tonic = tune.key.pitch_class
    if any(section.notes[-1].pitch % 12 == tonic for section in tune.sections):
        return 0.0
    weights = np.zeros(12)
    for note in tune.notes:
        weights[note.pitch % 12] += note.duration
    profile = PROFILES["minor" if _minor(tune) else "major"]
    with np.errstate(invalid="ignore"):
        fits = [np.corrcoef(np.roll(profile, other), weights)[0, 1] for other in range(12)]
    return float(max(fits) > fits[tonic])


def tonic_time(tune: WrittenTune) -> float:
    """The share of the time in which the tonic sounds."""
    tonic = tune.key.pitch_class
    total = sum(note.duration for note in tune.notes)
    return sum(n.duration for n in tune.notes if n.pitch % 12 == tonic) / total


def triad_on_beats(tune: WrittenTune) -> float:
    """The share of notes on a beat that belong to the tonic triad."""
    triad = {(tune.key.pitch_class + step) % 12 for step in (0, 3 if _minor(tune) else 4, 7)}
    beats = [n.pitch % 12 in triad for bar in tune.bars for n in bar.notes if n.onset % _BEAT == 0]
    return sum(beats) / len(beats) if beats else 0.0


def _minor(tune: WrittenTune) -> bool:
    return (tune.key.pitch_class + 4) % 12 not in tune.key.pitch_classes


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of a tune, the rule it belongs to, and on which sides it can be uncommon: below
    the lowest percentile, above the highest, or above a `most` that no percentile gives (a figure
    that is 0 or 1)."""

    name: str
    rule: str
    of: Callable[[WrittenTune], float]
    low: bool = False
    high: bool = False
    most: float | None = None


MEASURES: Final = (
    Measure("beats filled as in a double jig, share", "rhythm", jig_beats, low=True),
    Measure("notes in a bar, mean", "rhythm", notes_per_bar, low=True, high=True),
    Measure("shortest note in quarters", "rhythm", shortest, low=True),
    Measure("lowest pitch", "range", lowest, low=True),
    Measure("highest pitch", "range", highest, high=True),
    Measure("accidentals, share of notes", "mode", accidentals, high=True),
    Measure("tonic, share of time", "mode", tonic_time, low=True),
    Measure("tonic triad, share of notes on beats", "mode", triad_on_beats, low=True),
    Measure("neither notes nor ends confirm K:", "mode", key_denied, most=0.0),
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What the reference keeps to: measure name → lowest and highest value that pass."""

    tunes: int
    bounds: dict[str, tuple[float, float]]

    @classmethod
    def of(cls, reference: Sequence[WrittenTune]) -> Limits:
        """The limits that `reference` (O'Neill's jigs) sets; values of its own tunes, so that a
        figure shared by many of them passes."""
        bounds = {}
        for measure in MEASURES:
            values = [measure.of(tune) for tune in reference]
            low = float(np.percentile(values, LOWEST, method="lower"))
            high = float(np.percentile(values, HIGHEST, method="higher"))
            top = high if measure.high else np.inf
            bounds[measure.name] = (
                low if measure.low else -np.inf,
                top if measure.most is None else measure.most,
            )
        return cls(len(reference), bounds)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of one tune: the measures in which it is uncommon, by rule; whether it loops;
    whether it is in good form."""

    reasons: dict[str, tuple[str, ...]] = field(default_factory=dict)
    loops: bool = False
    good_form: bool = False

    @property
    def rejected(self) -> bool:
        """Whether a rule rejects it."""
        return bool(self.reasons)


def judge(tune: WrittenTune, limits: Limits, *, copied: bool = False) -> Verdict:
    """The verdict on a jig; `copied` says that it is a copy or variant of a known tune.

    A tune that is not in 6/8 is no double jig: its rhythm rejects it.
    """
    reasons: dict[str, list[str]] = {rule: [] for rule in RULES}
    if copied:
        reasons["plagiarism"].append("half of its notes are shared with one known tune")
    if (tune.meter.numerator, tune.meter.denominator) != (6, 8):
        reasons["rhythm"].append(f"metre {tune.meter}")
    for measure in MEASURES:
        low, high = limits.bounds[measure.name]
        if not low <= measure.of(tune) <= high:
            reasons[measure.rule].append(measure.name)
    return Verdict(
        {rule: tuple(names) for rule, names in reasons.items() if names},
        bool(loops(tune)),
        2 <= len(tune.form) <= 4 and set(tune.form) == {8},
    )


def summary(verdicts: Sequence[Verdict]) -> dict[str, float]:
    """Shares of the tunes: rejected, rejected by each rule, loops, passed and in good form."""
    n = max(len(verdicts), 1)
    counts = Counter(rule for verdict in verdicts for rule in verdict.reasons)
    return {
        "rejected": sum(verdict.rejected for verdict in verdicts) / n,
        **{rule: counts[rule] / n for rule in RULES},
        "loops": sum(verdict.loops for verdict in verdicts) / n,
        "passed and in good form": sum(
            verdict.good_form and not verdict.rejected for verdict in verdicts
        )
        / n,
    }
