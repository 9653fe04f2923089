"""What can be measured on one score: pure functions, alike for ABC and MIDI, real and generated.

Numbers are floats and `nan` where they are undefined (the range of no notes), never 0 instead.
Histograms are counters from a category to how often it occurs, empty where nothing does; their
categories do not depend on the key, the octave or the unit of length, so that tunes can be added
up. Where muspy defines a metric (Dong et al. 2020, "MusPy: a toolkit for symbolic music
generation"), the value is the same; the sources of the others are named.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np

from musicrnn.score import Note, Score
from musicrnn.theory.keyfinding import key_of
from musicrnn.theory.melody import BarLines, Melody, line
from musicrnn.theory.pitch import MAJOR

__all__ = [
    "HISTOGRAMS",
    "NUMBERS",
    "bar_rhythms",
    "contours",
    "degrees",
    "durations",
    "entropy",
    "groove_consistency",
    "intervals",
    "length_in_bars",
    "neighbour_similarity",
    "number_of_notes",
    "part_similarity",
    "phrase_ends",
    "pitch_class_entropy",
    "pitch_range",
    "polyphony",
    "scale_consistency",
    "tonic_ending",
]

#: Tunes of this tradition are built from phrases of four bars.
PHRASE_BARS = 4
#: The scale degrees of the twelve pitch classes above the tonic.
DEGREES = ("1", "♭2", "2", "♭3", "3", "4", "♯4", "5", "♭6", "6", "♭7", "7")
#: Leaps wider than an octave are counted together.
WIDEST = 12
_CLOSE = 1e-6  # bar positions are floats


# --- histograms ------------------------------------------------------------------------------


def degrees(score: Score) -> Counter[str]:
    """How often each scale degree sounds: the pitch classes of all notes, above the tonic."""
    tonic = key_of(score).pitch_class
    return Counter(DEGREES[(note.pitch - tonic) % 12] for note in _pitched(score))


def intervals(score: Score) -> Counter[int]:
    """Melodic intervals in semitones; ±13 stands for every leap wider than an octave."""
    leaps = np.clip(line(score).intervals, -WIDEST - 1, WIDEST + 1)
    return Counter(leaps.tolist())


def durations(score: Score) -> Counter[str]:
    """Note lengths in quarter notes, from onset to next onset in the melody (``"1/2"``)."""
    melody = line(score)
    return Counter(str(Fraction(span, melody.ticks)) for span in melody.spans.tolist())


def bar_rhythms(score: Score) -> Counter[str]:
    """The rhythm of each bar: where in the bar its notes start, in parts of the bar.

    Of full bars only: what stands before the first and after the last bar line is left out.
    """
    return Counter(" ".join(map(str, onsets)) for onsets in _bars(score, line(score)))


def contours(score: Score) -> Counter[str]:
    """The shape of each four-bar phrase: its first note, the mean of the others, its last note.

    Huron, "The melodic arch in Western folksongs" (1996), with his nine names. Two pitches are
    level when they are less than a semitone apart.
    """
    shapes: Counter[str] = Counter()
    for phrase in _phrases(score):
        if len(phrase) < 3:
            continue
        first, last = phrase[0], phrase[-1]
        middle = sum(phrase[1:-1]) / (len(phrase) - 2)
        shapes[_CONTOURS[_direction(first, middle), _direction(middle, last)]] += 1
    return shapes


_CONTOURS = {
    (1, -1): "convex", (-1, 1): "concave", (1, 1): "ascending", (-1, -1): "descending",
    (0, 0): "horizontal", (0, 1): "horizontal-ascending", (0, -1): "horizontal-descending",
    (1, 0): "ascending-horizontal", (-1, 0): "descending-horizontal",
}  # fmt: skip


def phrase_ends(score: Score) -> Counter[str]:
    """The scale degrees on which the four-bar phrases end."""
    tonic = key_of(score).pitch_class
    return Counter(DEGREES[(phrase[-1] - tonic) % 12] for phrase in _phrases(score))


# --- numbers ---------------------------------------------------------------------------------


def number_of_notes(score: Score) -> float:
    """Notes of the melody, repeats played out."""
    return float(len(line(score)))


def length_in_bars(score: Score) -> float:
    """The length in bars, repeats played out."""
    bars = BarLines(score)
    return float(bars.number(score.length) - bars.number(Fraction(0)))


def pitch_range(score: Score) -> float:
    """Semitones between the lowest and the highest note (muspy: `pitch_range`)."""
    pitches = [note.pitch for note in _pitched(score)]
    return float(max(pitches) - min(pitches)) if pitches else math.nan


def pitch_class_entropy(score: Score) -> float:
    """Bits, 0 to log2(12) = 3.58 (muspy: `pitch_class_entropy`)."""
    return entropy(Counter(note.pitch % 12 for note in _pitched(score)))


def scale_consistency(score: Score) -> float:
    """The largest share of notes that one major scale holds, 0 to 1.

    Mogren, "C-RNN-GAN" (2016); muspy's `scale_consistency` (a natural minor scale is a major
    one).
    """
    counts = np.bincount([note.pitch % 12 for note in _pitched(score)], minlength=12)
    if not counts.any():
        return math.nan
    inside = [counts[[(root + step) % 12 for step in MAJOR]].sum() for root in range(12)]
    return float(max(inside) / counts.sum())


def groove_consistency(score: Score, grid: int | None = None) -> float:
    """How alike neighbouring bars are in where notes start, 0 to 1.

    One minus the mean share of a bar's `grid` places at which just one of two neighbouring bars
    has an onset (Wu and Yang, "The Jazz Transformer on the front line", 2020; muspy's
    `groove_consistency`). Without `grid` the coarsest grid is taken that holds all onsets.
    """
    bars = _bars(score, line(score))
    if len(bars) < 2:
        return math.nan
    grid = grid or math.lcm(*(place.denominator for bar in bars for place in bar), 1)
    differences = [len(set(a) ^ set(b)) / grid for a, b in pairwise(bars)]
    return 1 - sum(differences) / len(differences)


def polyphony(score: Score) -> float:
    """The mean number of notes sounding at once where any sounds (muspy: `polyphony`)."""
    edges = Counter[Fraction]()
    for note in _pitched(score):
        edges[note.onset] += 1
        edges[note.end] -= 1
    sounding, total, time, last = 0, Fraction(0), Fraction(0), Fraction(0)
    for moment, change in sorted(edges.items()):
        total += sounding * (moment - last)
        time += (moment - last) if sounding else 0
        sounding, last = sounding + change, moment
    return float(total / time) if time else math.nan


def tonic_ending(score: Score) -> float:
    """1 where the melody ends on the tonic, else 0; nan for no notes."""
    melody = line(score)
    if not len(melody):
        return math.nan
    return float(int(melody.pitches[-1]) % 12 == key_of(score).pitch_class)


def part_similarity(score: Score, lag: int | None = None) -> float:
    """How much bars have in common with the bar `lag` bars later, 0 to 1.

    The mean, over pairs of full bars, of the share of (place in the bar, pitch) pairs that both
    have among those that one of them has (Jaccard's index). `lag` 1 compares each bar with the
    next, None the first half of the tune with the second: part A with part B, where both are
    played twice.
    """
    melody = line(score)
    bars = _bars(score, melody, pitches=True)
    lag = lag if lag is not None else len(bars) // 2
    if not 0 < lag < len(bars):
        return math.nan
    shares = [
        len(set(a) & set(b)) / len(set(a) | set(b))
        for a, b in zip(bars[:-lag], bars[lag:], strict=True)
        if a or b
    ]
    return sum(shares) / len(shares) if shares else math.nan


def neighbour_similarity(score: Score) -> float:
    """`part_similarity` of each bar with the next one."""
    return part_similarity(score, 1)


def entropy(counts: Counter[int]) -> float:
    """Shannon's entropy of a histogram in bits; nan for an empty one."""
    total = sum(counts.values())
    if not total:
        return math.nan
    shares = [count / total for count in counts.values() if count]
    return sum(-share * math.log2(share) for share in shares)


# --- bars and phrases --------------------------------------------------------------------------


def _pitched(score: Score) -> list[Note]:
    """The notes that have a pitch: drums are left out."""
    return [note for note in score.notes if not score.parts[note.part].drums]


def _bars(score: Score, melody: Melody, *, pitches: bool = False) -> list[tuple[Any, ...]]:
    """The places, 0 to 1 in the bar, at which notes of each full bar start; with the pitch."""
    lines = BarLines(score)
    last = math.floor(float(lines.number(score.length)) + _CLOSE)
    bars: list[list[Any]] = [[] for _ in range(max(last, 0))]
    numbers = lines.numbers(melody)[: len(melody)]
    for number, pitch in zip(numbers.tolist(), melody.pitches.tolist(), strict=True):
        bar = math.floor(number + _CLOSE)
        if 0 <= bar < len(bars):
            place = Fraction(max(number - bar, 0.0)).limit_denominator(96)
            bars[bar].append((place, pitch) if pitches else place)
    return [tuple(bar) for bar in bars]


def _phrases(score: Score) -> list[list[int]]:
    """The pitches of each whole four-bar phrase; a pickup belongs to the phrase it leads into."""
    melody, lines = line(score), BarLines(score)
    pickup = -float(lines.number(Fraction(0)))
    count = math.floor((float(lines.number(score.length)) + pickup) / PHRASE_BARS + _CLOSE)
    phrases: list[list[int]] = [[] for _ in range(max(count, 0))]
    numbers = lines.numbers(melody)[: len(melody)] + pickup
    for number, pitch in zip(numbers.tolist(), melody.pitches.tolist(), strict=True):
        phrase = math.floor((number + _CLOSE) / PHRASE_BARS)
        if phrase < count:
            phrases[phrase].append(pitch)
    return [phrase for phrase in phrases if phrase]


def _direction(here: float, there: float) -> int:
    """1 up, -1 down, 0 level: less than a semitone."""
    return 0 if abs(there - here) < 1 else (1 if there > here else -1)


#: name → histogram, in the order of a report
HISTOGRAMS: Mapping[str, Callable[[Score], Counter[Any]]] = {
    "scale degree": degrees,
    "interval": intervals,
    "note length": durations,
    "bar rhythm": bar_rhythms,
    "contour": contours,
    "phrase-end degree": phrase_ends,
}

#: name → number, in the order of a report
NUMBERS: Mapping[str, Callable[[Score], float]] = {
    "range": pitch_range,
    "tonic ending": tonic_ending,
    "A against B": part_similarity,
    "bar against next bar": neighbour_similarity,
    "length in bars": length_in_bars,
    "notes": number_of_notes,
    "pitch class entropy": pitch_class_entropy,
    "scale consistency": scale_consistency,
    "groove consistency": groove_consistency,
    "polyphony": polyphony,
}
