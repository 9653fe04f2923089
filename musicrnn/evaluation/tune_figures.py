"""Some sixty figures of a tune, by which a classifier tells two collections apart.

They are about form, repetition, ends, rhythm, intervals and accidentals, never about range, key or
title; all are taken from the written page (`musicrnn.evaluation.written`), so that a repeat played
out counts once. `nan` stands for what a tune cannot have.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from musicrnn.evaluation import musicality
from musicrnn.evaluation.metrics import entropy
from musicrnn.evaluation.written import TICKS, WrittenBar, WrittenSection, WrittenTune

__all__ = ["figures"]

#: Note values in quarters: name → from (exclusive) … to (inclusive).
_VALUES = {
    "32nds and less": (0.0, 0.125),
    "sixteenths": (0.125, 0.25),
    "triplet eighths and dotted sixteenths": (0.25, 0.375),
    "eighths": (0.375, 0.5),
    "dotted eighths": (0.5, 0.75),
    "quarters": (0.75, 1.0),
    "dotted quarters": (1.0, 1.5),
    "halves and more": (1.5, 64.0),
}


def figures(tune: WrittenTune) -> dict[str, float]:
    """Name → value, the same names for every tune."""
    values: dict[str, float] = {}
    for group in (_form, _repetition, _ends, _rhythm, _intervals, _degrees):
        values |= group(tune)
    return values


# --- form and repetition ------------------------------------------------------------------------


def _form(tune: WrittenTune) -> dict[str, float]:
    sections = tune.sections
    pickups = [s.pickup.length / TICKS if s.pickup else 0.0 for s in sections]
    return {
        "sections": len(sections),
        "bars written": len(tune.bars),
        "bars of the first section": len(sections[0].bars),
        "bars of the last section": len(sections[-1].bars),
        "sections of eight bars": _mean(len(s.bars) == 8 for s in sections),
        "sections repeated": _mean(s.repeated for s in sections),
        "pickup of the first section": pickups[0],
        "sections with the first one's pickup": _mean(p == pickups[0] for p in pickups),
        "short last bars": _mean(s.bars[-1].length < tune.bar_length for s in sections if s.bars),
    }


def _repetition(tune: WrittenTune) -> dict[str, float]:
    bars = tune.bars
    counts = Counter(bar.content for bar in bars)
    rhythms = Counter(_rhythm_of(bar) for bar in bars)
    first, second = tune.sections[0], tune.sections[min(1, len(tune.sections) - 1)]
    return {
        "distinct bars": len(counts) / len(bars),
        "bars heard once": musicality.bars_heard_once(tune),
        "the commonest bar": max(counts.values()) / len(bars),
        "distinct bar rhythms": len(rhythms) / len(bars),
        "the commonest bar rhythm": max(rhythms.values()) / len(bars),
        "bar 1 = bar 3": _again(tune, 2, 1),
        "bar 1 = bar 5": _again(tune, 4, 1),
        "bars 1-2 = bars 5-6": _again(tune, 4, 2),
        "bars 1-3 = bars 5-7": _again(tune, 4, 3),
        "first bar of A = first bar of B": _alike(first, second, slice(0, 1)),
        "last bar of A = last bar of B": _alike(first, second, slice(-1, None)),
        "last two bars of A = those of B": _alike(first, second, slice(-2, None)),
        "last four bars of A = those of B": _alike(first, second, slice(-4, None)),
        "shared with the next bar": _shared(tune, 1),
        "shared with the bar after the next": _shared(tune, 2),
        "shared with the fourth bar on": _shared(tune, 4),
        "shared with the eighth bar on": _shared(tune, 8),
        "same rhythm as the next bar": _mean(
            _rhythm_of(a) == _rhythm_of(b) for a, b in pairwise(bars)
        ),
        "same rhythm four bars on": _mean(
            _rhythm_of(a) == _rhythm_of(b) for a, b in zip(bars, bars[4:], strict=False)
        ),
    }


def _rhythm_of(bar: WrittenBar) -> tuple[int, ...]:
    return tuple(note.onset for note in bar.notes)


def _pairs(bar: WrittenBar) -> frozenset[tuple[int, int]]:
    return frozenset((note.onset, note.pitch) for note in bar.notes)


def _again(tune: WrittenTune, lag: int, bars: int) -> float:
    """The share of sections whose first `bars` bars come again `lag` bars later."""
    long = [s.bars for s in tune.sections if len(s.bars) >= lag + bars]
    return _mean(all(_pairs(b[i]) == _pairs(b[i + lag]) for i in range(bars)) for b in long)


def _alike(first: WrittenSection, second: WrittenSection, which: slice) -> float:
    if first is second:
        return math.nan
    a, b = first.bars[which], second.bars[which]
    return float([_pairs(bar) for bar in a] == [_pairs(bar) for bar in b])


def _shared(tune: WrittenTune, lag: int) -> float:
    """The mean share of (onset, pitch) pairs that a bar has in common with the `lag`-th on."""
    sets = [_pairs(bar) for bar in tune.bars]
    return _mean(len(a & b) / len(a | b) for a, b in zip(sets, sets[lag:], strict=False) if a | b)


# --- ends ---------------------------------------------------------------------------------------


def _ends(tune: WrittenTune) -> dict[str, float]:
    tonic = tune.key.pitch_class
    lasts = [section.notes[-1] for section in tune.sections]
    last, before = tune.notes[-1], tune.notes[max(len(tune.notes) - 2, 0)]
    return {
        "ends on the tonic": tune.ends_on_tonic,
        "degree of the last note": (last.pitch - tonic) % 12,
        "sections ending on the tonic": musicality.sections_end_on_tonic(tune),
        "length of the last note": last.duration / TICKS,
        "length of sections' last notes": _mean(note.duration / TICKS for note in lasts),
        "sections with equally long last notes": _mean(
            note.duration == last.duration for note in lasts
        ),
        "interval into the last note": last.pitch - before.pitch,
        "notes in the last bar": len(tune.bars[-1].notes),
        "notes in sections' last bars": _mean(
            len(s.bars[-1].notes) for s in tune.sections if s.bars
        ),
        "degree of the first note": (tune.notes[0].pitch - tonic) % 12,
        "last note above the mean": last.pitch - musicality.mean_pitch(tune),
        "half-way bars ending on the fifth": _mean(
            (s.bars[3].notes[-1].pitch - tonic) % 12 == 7
            for s in tune.sections
            if len(s.bars) == 8 and s.bars[3].notes
        ),
        "half-way notes longer than an eighth": _mean(
            s.bars[3].notes[-1].duration > TICKS // 2
            for s in tune.sections
            if len(s.bars) == 8 and s.bars[3].notes
        ),
    }


# --- rhythm -------------------------------------------------------------------------------------


def _rhythm(tune: WrittenTune) -> dict[str, float]:
    notes, beat = tune.notes, tune.beat
    sizes = [len(bar.notes) for bar in tune.bars]
    mean = _mean(sizes)
    values = {
        f"{name}, share": _mean(low * TICKS < note.duration <= high * TICKS for note in notes)
        for name, (low, high) in _VALUES.items()
    }
    sounding = sum(note.duration for note in notes)
    length = sum(bar.length for bar in tune.bars) + sum(
        s.pickup.length for s in tune.sections if s.pickup
    )
    return values | {
        "notes in a bar": mean,
        "spread of notes in a bar": math.sqrt(_mean((size - mean) ** 2 for size in sizes)),
        "different note values": len({note.duration for note in notes}),
        "triplets": _mean(note.in_triplet for note in notes),
        "rests": 1 - sounding / length,
        "ties": _mean(note.tied for note in notes),
        "notes across a beat": _mean(
            note.onset % beat + note.duration > beat and note.onset % beat > 0
            for bar in tune.bars
            for note in bar.notes
        ),
        "beats of equal notes": _mean(_even(bar, at, beat) for bar, at in _beats(tune)),
        "beats of one note": _mean(
            sum(at <= note.onset < at + beat for note in bar.notes) == 1 for bar, at in _beats(tune)
        ),
        "long before short": _mean(
            a.duration > b.duration for bar in tune.bars for a, b in pairwise(bar.notes)
        ),
        "short before long": _mean(
            a.duration < b.duration for bar in tune.bars for a, b in pairwise(bar.notes)
        ),
    }


def _beats(tune: WrittenTune) -> Iterable[tuple[WrittenBar, int]]:
    beat = tune.beat
    for bar in tune.bars:
        for number in range(bar.length // beat):
            yield bar, number * beat


def _even(bar: WrittenBar, start: int, beat: int) -> bool:
    values = {note.duration for note in bar.notes if start <= note.onset < start + beat}
    return len(values) == 1 and values != {beat}


# --- intervals, degrees, accidentals --------------------------------------------------------------


def _intervals(tune: WrittenTune) -> dict[str, float]:
    leaps = [b.pitch - a.pitch for s in tune.sections for a, b in pairwise(s.notes)]
    sizes = [abs(leap) for leap in leaps]
    across = [
        b.notes[0].pitch - a.notes[-1].pitch
        for s in tune.sections
        for a, b in pairwise(s.bars)
        if a.notes and b.notes
    ]
    return {
        "mean interval": _mean(sizes),
        "widest interval": max(sizes, default=0),
        "same note again": _mean(size == 0 for size in sizes),
        "steps": _mean(1 <= size <= 2 for size in sizes),
        "thirds": _mean(3 <= size <= 4 for size in sizes),
        "fourths and fifths": _mean(5 <= size <= 7 for size in sizes),
        "wider than a fifth": _mean(size > 7 for size in sizes),
        "upwards": _mean(leap > 0 for leap in leaps),
        "turns": _mean(a * b < 0 for a, b in pairwise(leaps)),
        "leap after leap": _mean(abs(a) > 2 and abs(b) > 2 for a, b in pairwise(leaps)),
        "variety of intervals": _entropy(leaps),
        "mean interval across bar lines": _mean(abs(leap) for leap in across),
        "same note across bar lines": _mean(leap == 0 for leap in across),
    }


def _degrees(tune: WrittenTune) -> dict[str, float]:
    tonic, scale = tune.key.pitch_class, tune.key.pitch_classes
    classes = [note.pitch % 12 for note in tune.notes]
    onbeat = [bar.notes[0].pitch % 12 for bar in tune.bars if bar.notes]
    degrees = sorted(scale, key=lambda pitch: (pitch - tonic) % 12)
    shares = {
        f"degree {number}": _mean(pitch == degree for pitch in classes)
        for number, degree in enumerate(degrees, 1)
    }
    return shares | {
        "accidentals": _mean(pitch not in scale for pitch in classes),
        "different accidentals": len(set(classes) - scale),
        "variety of degrees": _entropy(classes),
        "tonic on the first beat": _mean(pitch == tonic for pitch in onbeat),
    }


def _entropy(values: Sequence[int]) -> float:
    return entropy(Counter(values))


def _mean(values: Iterable[Any]) -> float:
    listed = [float(value) for value in values]
    return sum(listed) / len(listed) if listed else math.nan
