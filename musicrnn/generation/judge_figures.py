"""What a judge looks at in a tune: notes told from the tonic, bars, how sections begin and end.

Everything is read from the tune as written. Pitches are semitones above the tonic of ``K:``, so
that a tune is judged alike in every key.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from musicrnn.abc import parse_tune
from musicrnn.abc.syntax.keys import parse_key
from musicrnn.abc.timeline.build_timeline import read_timeline
from musicrnn.errors import MusicRNNError
from musicrnn.score import Key
from musicrnn.theory.keyfinding import PROFILES

__all__ = ["FIGURES", "LOWEST", "SPAN", "Page", "faults", "figures", "rhythms", "steps"]

#: notes in the tables of a judge: the lowest in semitones above the tonic, and how many there are
LOWEST, SPAN = -19, 56
#: an eighth and a 32nd note in quarter notes
_EIGHTH, _TINY = Fraction(1, 2), Fraction(1, 8)

FloatArray = npt.NDArray[np.float64]
#: onset and duration in quarter notes, semitones above the tonic
Note = tuple[Fraction, Fraction, int]
Bar = tuple[Note, ...]


@dataclass(frozen=True)
class Page:
    """A tune as written: the bars of each section, with the pickup as a bar of its own; `bar` and
    `beat` are the lengths of a full bar and of a beat in quarter notes, 0 in a free metre."""

    key: Key
    kind: str
    sections: tuple[tuple[Bar, ...], ...]
    ties: int
    bar: Fraction = Fraction(0)
    beat: Fraction = Fraction(0)

    @classmethod
    def read(cls, text: str) -> Page | None:
        """The page of an ABC tune of one voice; None where there is nothing to judge."""
        try:
            tune = parse_tune(text)
            voices = read_timeline(tune).voices
            key = parse_key(tune.key)
        except (MusicRNNError, IndexError):
            return None
        if len(voices) != 1:
            return None
        sections: list[list[Bar]] = [[]]
        ties = 0
        tonic = 60 + key.pitch_class
        for measure in voices[0].measures:
            if measure.before.double and sections[-1]:
                sections.append([])
            sounding = [event for event in measure.events if event.pitches]
            ties += sum(event.pitches[-1].tie for event in sounding)
            notes = tuple(
                (event.onset, event.duration, max(p.number for p in event.pitches) - tonic)
                for event in sounding
            )
            if notes:
                sections[-1].append(notes)
        filled = tuple(tuple(section) for section in sections if section)
        kind = f"{tune.rhythm} {tune.meter}".strip()
        if not filled:
            return None
        field = voices[0].measures[0].meter
        meter = field.meter if field else None
        if meter is None:
            return cls(key, kind, filled, ties)
        compound = meter.numerator % 3 == 0 and meter.denominator == 8
        beat = Fraction(3, 2) if compound else Fraction(1)
        return cls(key, kind, filled, ties, Fraction(meter.length), beat)

    @cached_property
    def bars(self) -> list[Bar]:
        """All bars, each as often as it is written."""
        return [bar for section in self.sections for bar in section]

    @cached_property
    def notes(self) -> list[Note]:
        """All notes."""
        return [note for bar in self.bars for note in bar]

    @cached_property
    def distinct(self) -> list[Bar]:
        """Each bar once, in the order of its first time."""
        return list(dict.fromkeys(self.bars))

    @property
    def tonic(self) -> int:
        """The tonic above middle C, or there, as a MIDI number; pitches count from it."""
        return 60 + self.key.pitch_class

    @cached_property
    def full(self) -> list[Sequence[Bar]]:
        """The bars of each section without its pickup."""
        return [
            section[1:] if len(section) > 1 and _end(section[0]) < self.bar else section
            for section in self.sections
        ]

    @property
    def minor(self) -> bool:
        """Whether the third above the tonic is a minor one."""
        return (self.key.pitch_class + 4) % 12 not in self.key.pitch_classes


def faults(page: Page) -> int:
    """How much there is that alone makes a player put a tune aside: a cell three times or more in a
    row, a bar that is more than a third of the tune, two 32nds or shorter in one bar, a section
    that ends on one, more than a tenth of the notes tied, two sections with the same bars, an end
    outside of the scale."""
    tiny = [sum(length <= _TINY for _, length, _ in bar) for bar in page.bars]
    return (
        (_longest_run(page.bars) > 2)
        + (3 * max(Counter(page.bars).values()) > len(page.bars) > 4)
        + (max(tiny) > 1)
        + any(section[-1][-1][1] <= _TINY for section in page.sections)
        + (10 * page.ties > len(page.notes))
        + (len(set(page.sections)) < len(page.sections))
        + ((page.tonic + page.sections[-1][-1][-1][2]) % 12 not in page.key.pitch_classes)
    )


def steps(page: Page) -> npt.NDArray[np.intp]:
    """(n, 3): each note of the distinct bars after the two that stand before it on the page; the
    numbers count semitones from `LOWEST`."""
    rows: list[tuple[int, int, int]] = []
    fresh = set(page.distinct)
    before = [SPAN, SPAN]
    for bar in page.bars:
        counted = bar in fresh
        fresh.discard(bar)
        for _, _, pitch in bar:
            number = min(max(pitch - LOWEST, 0), SPAN - 1)
            if counted:
                rows.append((before[0], before[1], number))
            before = [before[1], number]
    return np.array(rows, np.intp).reshape(-1, 3)


def rhythms(page: Page) -> list[str]:
    """How each distinct bar is divided: its metre, and the lengths of its notes."""
    meter = page.kind.rpartition(" ")[2]
    return [f"{meter}:{' '.join(str(length) for _, length, _ in bar)}" for bar in page.distinct]


# --- figures ------------------------------------------------------------------------------------

#: the figures that `figures` gives, in their order; those of the tables come before them
FIGURES = (
    "ends on tonic", "sections end on tonic", "cells in a row", "most usual bar", "distinct bars",
    "bars heard once", "last bars alike", "two last bars alike", "bars 5 and 6 are 1 and 2",
    "bar 5 is 1", "shortest note", "last note of section", "key", "range", "leaps", "steps",
    "repeated notes", "notes a bar", "widest leap", "middle", "ties", "triplets", "turns", "tonic",
    "lengths", "lowest note", "highest note", "accidentals", "notes across a beat", "quarters",
    "beats of one note", "short last bars", "bar 3 is 1", "alike two bars on", "alike four bars on",
    "alike one bar on", "alike one section on", "sections", "sections with a pickup",
    "third degree", "fourth degree", "fifth degree", "seventh degree", "bars from the tonic on",
    "thirds", "fourths and fifths", "mean interval", "variety of intervals", "leap after leap",
    "same note across bar lines", "into the last note", "last note above the mean",
    "length of the last note", "notes in last bars", "notes shorter than an eighth",
    "short before long", "long before short", "even beats", "distinct rhythms",
    "most usual rhythm", "rhythm again one bar on", "rhythm again four bars on",
)  # fmt: skip


def figures(page: Page) -> FloatArray:
    """The `FIGURES` of a page; nan where it cannot have one."""
    bars, notes, sections = page.bars, page.notes, page.sections
    counts = Counter(bars)
    ends = [section[-1][-1] for section in sections]
    onsets = [[(on, pitch) for on, _, pitch in section[-1]] for section in sections]
    eights = [section for section in sections if len(section) in (8, 9)]
    phrases = [section[len(section) - 8 :] for section in eights]
    pitches = np.array([pitch for _, _, pitch in notes])
    leaps = np.abs(np.diff(pitches)) if len(pitches) > 1 else np.zeros(1)
    lengths = [float(length) for _, length, _ in notes]
    signs = np.sign(np.diff(pitches))
    return np.array(
        [
            ends[-1][2] % 12 == 0,
            sum(end[2] % 12 == 0 for end in ends) / len(ends),
            _longest_run(bars),
            max(counts.values()) / len(bars),
            len(counts) / len(bars),
            sum(n == 1 for n in counts.values()) / len(bars),
            onsets[0] == onsets[1] if len(sections) > 1 else math.nan,
            _tails_alike(sections),
            np.mean([p[:2] == p[4:6] for p in phrases]) if phrases else math.nan,
            np.mean([p[0] == p[4] for p in phrases]) if phrases else math.nan,
            math.log2(min(lengths)),
            math.log2(min(float(end[1]) for end in ends)),
            _key_margin(page),
            pitches.max() - pitches.min(),
            np.mean(leaps > 5),
            np.mean((leaps > 0) & (leaps < 3)),
            np.mean(leaps == 0),
            len(notes) / len(bars),
            leaps.max(),
            pitches.mean(),
            page.ties / len(notes),
            sum(length.denominator % 3 == 0 for _, length, _ in notes) / len(notes),
            np.mean(signs[1:] * signs[:-1] < 0) if len(signs) > 1 else 0,
            np.mean(pitches % 12 == 0),
            len(set(lengths)),
            page.tonic + pitches.min(),
            page.tonic + pitches.max(),
            np.mean([(page.tonic + p) % 12 not in page.key.pitch_classes for p in pitches]),
            _across(page),
            np.mean([length == 1 for length in lengths]),
            _single(page),
            np.mean([_end(section[-1]) < page.bar for section in sections]),
            _mean([bars[2] == bars[0] for bars in page.full if len(bars) > 2]),
            _alike(page.full, 2),
            _alike(page.full, 4),
            _alike(page.full, 1),
            _shared(pair for both in pairwise(page.full) for pair in zip(*both, strict=False)),
            len(sections),
            np.mean([_end(section[0]) < page.bar for section in sections]),
            *_degrees(page, pitches),
            *_intervals(page, pitches),
            *_endings(page, pitches),
            *_values(page),
        ],
        np.float64,
    )


def _degrees(page: Page, pitches: npt.NDArray[np.int64]) -> list[float]:
    """The shares of the third, fourth, fifth and seventh degree, and of the full bars that begin on
    the tonic."""
    leading = 11 if (page.key.pitch_class + 11) % 12 in page.key.pitch_classes else 10
    classes = pitches % 12
    firsts = [bar[0][2] % 12 == 0 for bar in page.bars if bar[0][0] == 0]
    shares = [np.mean(classes == degree) for degree in (3 if page.minor else 4, 5, 7, leading)]
    return [*map(float, shares), _mean(firsts)]


def _intervals(page: Page, pitches: npt.NDArray[np.int64]) -> list[float]:
    """Thirds, fourths and fifths, the mean in semitones, entropy in bits, leaps after leaps, and
    notes that a bar takes over from the one before."""
    if len(pitches) < 2:
        return [math.nan] * 6
    steps = np.diff(pitches)
    sizes = np.abs(steps)
    _, counts = np.unique(steps, return_counts=True)
    shares = counts / len(steps)
    leaps = sizes > 2
    return [
        float(np.mean((sizes == 3) | (sizes == 4))),
        float(np.mean((sizes >= 5) & (sizes <= 7))),
        float(sizes.mean()),
        float(-(shares * np.log2(shares)).sum()),
        float(np.mean(leaps[1:] & leaps[:-1])) if len(leaps) > 1 else 0.0,
        _mean([bar[0][2] == before[-1][2] for before, bar in pairwise(page.bars)]),
    ]


def _endings(page: Page, pitches: npt.NDArray[np.int64]) -> list[float]:
    """The last interval in semitones, the last note above the mean, its length in quarter notes,
    and the notes in the last bars of sections."""
    return [
        float(pitches[-1] - pitches[-2]) if len(pitches) > 1 else 0.0,
        float(pitches[-1] - pitches.mean()),
        float(page.notes[-1][1]),
        _mean([len(section[-1]) for section in page.sections]),
    ]


def _values(page: Page) -> list[float]:
    """Notes shorter than an eighth, neighbours in a bar of which the second is longer, shorter,
    beats of equal notes, and how the rhythms of full bars come back."""
    lengths = [length for _, length, _ in page.notes]
    neighbours = [(a[1], b[1]) for bar in page.bars for a, b in pairwise(bar)]
    beats: dict[tuple[int, int], set[Fraction]] = {}
    if page.beat:
        for number, bar in enumerate(page.bars):
            for onset, length, _ in bar:
                beats.setdefault((number, onset // page.beat), set()).add(length)
    rhythms = [[tuple((on, length) for on, length, _ in bar) for bar in s] for s in page.full]
    every = [rhythm for section in rhythms for rhythm in section]
    counts = Counter(every)
    return [
        _mean([length < _EIGHTH and length.denominator % 3 > 0 for length in lengths]),
        _mean([a < b for a, b in neighbours]),
        _mean([a > b for a, b in neighbours]),
        _mean([len(values) == 1 for values in beats.values()]),
        len(counts) / len(every),
        max(counts.values()) / len(every),
        *(
            _mean([a == b for s in rhythms for a, b in zip(s, s[lag:], strict=False)])
            for lag in (1, 4)
        ),
    ]


def _end(bar: Bar) -> Fraction:
    return bar[-1][0] + bar[-1][1]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else math.nan


def _across(page: Page) -> float:
    """The share of notes that start inside a beat and last beyond it."""
    if not page.beat:
        return math.nan
    return _mean([on % page.beat > 0 and on % page.beat + d > page.beat for on, d, _ in page.notes])


def _single(page: Page) -> float:
    """The share of beats with a note on which no other note begins before the next."""
    if not page.beat:
        return math.nan
    counts = [Counter(on // page.beat for on, _, _ in bar) for bar in page.bars]
    return _mean([n == 1 for count in counts for n in count.values()])


def _alike(sections: Sequence[Sequence[Bar]], lag: int) -> float:
    """The share of notes that bars have in common with those `lag` bars on."""
    return _shared(pair for bars in sections for pair in zip(bars, bars[lag:], strict=False))


def _shared(pairs: Iterable[tuple[Bar, Bar]]) -> float:
    """The share of notes, with their places, that two bars have in common, in the mean."""
    sets = [[{(on, pitch) for on, _, pitch in bar} for bar in pair] for pair in pairs]
    return _mean([len(a & b) / len(a | b) for a, b in sets])


def _longest_run(bars: Sequence[Bar]) -> int:
    """How often a cell of one, two or four bars stands in a row, at most; 1 for none."""
    longest = 1
    for cell in (1, 2, 4):
        run = 0
        for before, bar in zip(bars, bars[cell:], strict=False):
            run = run + 1 if before == bar else 0
            longest = max(longest, 1 + run // cell)
    return longest


def _tails_alike(sections: Sequence[Sequence[Bar]]) -> float:
    """Whether the first two sections end with the same two bars, but for the very last length."""
    if len(sections) < 2 or min(len(section) for section in sections[:2]) < 3:
        return math.nan
    (a, b), (c, d) = (section[-2:] for section in sections[:2])
    return float(a == c and [n[::2] for n in b] == [n[::2] for n in d])


def _key_margin(page: Page) -> float:
    """How much better the notes fit the tonic of ``K:`` than the best of the other eleven."""
    weights = np.zeros(12)
    for _, length, pitch in page.notes:
        weights[pitch % 12] += float(length)
    if np.ptp(weights) == 0:
        return 0.0
    weights = (weights - weights.mean()) / (weights.std() * len(weights))
    fits = _PROFILES @ weights  # their correlations
    return float(fits[0, int(page.minor)] - fits[1:].max())


def _standard(profile: Sequence[float]) -> FloatArray:
    values = np.array(profile)
    return np.asarray((values - values.mean()) / values.std())


#: (12, 2, 12): tonic, major and minor, the profile of that key
_PROFILES = np.array([
    [np.roll(_standard(profile), tonic) for profile in PROFILES.values()] for tonic in range(12)
])  # fmt: skip
