"""What a folk musician would put a tune aside for, counted on the written page.

Each row of `ROWS` is one figure of a tune: a share (0 or 1 for a tune that has it or not) or a
number, nan where the tune cannot have it (a tune of one section has no two last bars).
`bootstrap` gives the mean over a collection with its 95 % interval. Nothing here is shared with
the judge by which `generate` chooses among candidates, so that what it prefers is not measured
with its own rule.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicrnn import abc
from musicrnn.evaluation.written import TICKS, WrittenBar, WrittenTune
from musicrnn.theory.keyfinding import find_key

__all__ = [
    "ROWS", "Estimate", "Row", "bootstrap", "measure", "title_lexicon", "titles_row",
]  # fmt: skip

RESAMPLINGS = 2000
THIRTY_SECOND = TICKS // 8
_TRIPLE = (0, TICKS // 2, TICKS)


# --- figures of one tune ------------------------------------------------------------------------


def ends_on_tonic(tune: WrittenTune) -> float:
    """Whether the last note is the tonic of ``K:``."""
    return float(tune.ends_on_tonic)


def sections_end_on_tonic(tune: WrittenTune) -> float:
    """The share of sections whose last note is the tonic."""
    tonic = tune.key.pitch_class
    lasts = [section.notes[-1].pitch % 12 == tonic for section in tune.sections]
    return sum(lasts) / len(lasts)


def loops(tune: WrittenTune, times: int = 3) -> float:
    """Whether a cell of one, two or four bars stands `times` times or more in a row."""
    bars = [bar.content for bar in tune.bars]
    for cell in (1, 2, 4):
        run = 0
        for before, bar in zip(bars, bars[cell:], strict=False):
            run = run + 1 if before == bar else 0
            if run >= cell * (times - 1):
                return 1.0
    return 0.0


def bar_five_times(tune: WrittenTune) -> float:
    """Whether some bar is written five times or more."""
    return float(max(_bar_counts(tune).values()) >= 5)


def unusable(tune: WrittenTune) -> float:
    """Whether a player would put it down on sight: a bar with two 32nds or more, one bar more than
    40 % of the tune, a cell four times in a row, or more than a tenth of the notes tied."""
    tiny = (sum(note.duration <= THIRTY_SECOND for note in bar.notes) for bar in tune.bars)
    return float(
        any(count >= 2 for count in tiny)
        or max(_bar_counts(tune).values()) > 0.4 * len(tune.bars)
        or bool(loops(tune, 4))
        or sum(note.tied for note in tune.notes) > len(tune.notes) / 10
    )


def key_found(tune: WrittenTune) -> float:
    """Whether the key that the notes fit best has the tonic of ``K:`` and its third."""
    heard = find_key(abc.to_score(abc.parse_tune(tune.text)))
    minor = (tune.key.pitch_class + 4) % 12 not in tune.key.pitch_classes
    return float(heard.pitch_class == tune.key.pitch_class and minor == (heard.mode == "minor"))


def two_of_eight(tune: WrittenTune) -> float:
    """Whether there are two sections of eight bars."""
    return float(tune.form == (8, 8))


def last_bars_alike(tune: WrittenTune, bars: int = 1) -> float:
    """Whether the first two sections end with the same `bars` bars."""
    if len(tune.sections) < 2 or min(tune.form[:2]) <= bars:
        return math.nan
    first, second = (section.bars[-bars:] for section in tune.sections[:2])
    return float(all(_sounds(a) == _sounds(b) for a, b in zip(first, second, strict=True)))


def two_last_bars_alike(tune: WrittenTune) -> float:
    """Whether the first two sections end with the same two bars."""
    return last_bars_alike(tune, 2)


def _sounds(bar: WrittenBar) -> tuple[tuple[int, int], ...]:
    """Onsets and pitches: the last note of a section may give way to a pickup."""
    return tuple((note.onset, note.pitch) for note in bar.notes)


def phrases_begin_alike(tune: WrittenTune) -> float:
    """The share of eight-bar sections whose bars 5 and 6 are bars 1 and 2."""
    return _come_again(tune, 2)


def bar_five_as_one(tune: WrittenTune) -> float:
    """The share of eight-bar sections whose bar 5 is bar 1."""
    return _come_again(tune, 1)


def _come_again(tune: WrittenTune, bars: int) -> float:
    again = [
        all(a.content == b.content for a, b in zip(s.bars[:bars], s.bars[4:], strict=False))
        for s in tune.sections
        if len(s.bars) == 8
    ]
    return sum(again) / len(again) if again else math.nan


def section_ends_on_32nd(tune: WrittenTune) -> float:
    """Whether some section ends on a 32nd note or less."""
    return float(any(s.notes[-1].duration <= THIRTY_SECOND for s in tune.sections))


def tiny_values(tune: WrittenTune) -> float:
    """Whether any note is a 32nd or less."""
    return float(any(note.duration <= THIRTY_SECOND for note in tune.notes))


def eighth_triples(tune: WrittenTune) -> float:
    """Of the dotted-quarter beats in compound time, those that are three eighth notes."""
    if not tune.meter.compound:
        return math.nan
    beat = 3 * TICKS // 2
    beats = triples = 0
    for bar in tune.bars:
        for start in range(bar.length // beat):
            onsets = [n.onset - start * beat for n in bar.notes]
            beats += 1
            triples += tuple(at for at in onsets if 0 <= at < beat) == _TRIPLE
    return triples / beats if beats else math.nan


def distinct_bars(tune: WrittenTune) -> float:
    """Distinct bars as a share of the bars written."""
    counts = _bar_counts(tune)
    return len(counts) / counts.total()


def bars_heard_once(tune: WrittenTune) -> float:
    """The share of written bars that do not come again."""
    counts = _bar_counts(tune)
    return sum(n == 1 for n in counts.values()) / counts.total()


def number_of_sections(tune: WrittenTune) -> float:
    """How many sections there are."""
    return float(len(tune.sections))


def has_triplets(tune: WrittenTune) -> float:
    """Whether some note is part of a triplet."""
    return float(any(note.in_triplet for note in tune.notes))


def mean_pitch(tune: WrittenTune) -> float:
    """The mean MIDI pitch of the notes written."""
    return sum(note.pitch for note in tune.notes) / len(tune.notes)


def compass(tune: WrittenTune) -> float:
    """Semitones from the lowest to the highest note."""
    pitches = [note.pitch for note in tune.notes]
    return float(max(pitches) - min(pitches))


def bars_written(tune: WrittenTune) -> float:
    """How many bars are written."""
    return float(len(tune.bars))


def characters(tune: WrittenTune) -> float:
    """The length of the text."""
    return float(len(tune.text))


def _bar_counts(tune: WrittenTune) -> Counter[object]:
    return Counter(bar.content for bar in tune.bars)


def title_lexicon(titles: Iterable[str]) -> frozenset[str]:
    """The words that stand in `titles`."""
    return frozenset(word for title in titles for word in _title_words(title))


def _title_words(title: str) -> list[str]:
    return re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)*", title.lower())


# --- rows ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: how it reads, how it is measured, whether it is a share (shown in per cent), and
    the rhythms that it is about (empty: all)."""

    name: str
    of: Callable[[WrittenTune], float]
    share: bool = True
    rhythms: tuple[str, ...] = ()


def titles_row(lexicon: Collection[str]) -> Row:
    """The share of titles all of whose words stand in `lexicon`."""

    def all_known(tune: WrittenTune) -> float:
        words = _title_words(tune.title)
        return float(all(word in lexicon for word in words)) if words else math.nan

    return Row("titles whose words all exist", all_known)


ROWS: tuple[Row, ...] = (
    Row("ends on the tonic", ends_on_tonic),
    Row("a section ends on the tonic", sections_end_on_tonic),
    Row("loop: a cell of 1, 2 or 4 bars three times in a row", loops),
    Row("some bar written five times or more", bar_five_times),
    Row("unusable on sight", unusable),
    Row("key found from the notes = K:, jigs", key_found, rhythms=("jig",)),
    Row("two sections of eight bars, jigs", two_of_eight, rhythms=("jig",)),
    Row("two sections of eight bars, reels", two_of_eight, rhythms=("reel",)),
    Row("last bar of A = last bar of B, jigs", last_bars_alike, rhythms=("jig",)),
    Row("last two bars of A = those of B, jigs", two_last_bars_alike, rhythms=("jig",)),
    Row("bars 1–2 = bars 5–6, jigs", phrases_begin_alike, rhythms=("jig",)),
    Row("bar 1 = bar 5, reels", bar_five_as_one, rhythms=("reel",)),
    Row("a section ends on a 32nd, jigs", section_ends_on_32nd, rhythms=("jig",)),
    Row("any value of a 32nd or less, jigs", tiny_values, rhythms=("jig",)),
    Row("any value of a 32nd or less, reels", tiny_values, rhythms=("reel",)),
    Row("eighth triples, jigs", eighth_triples, rhythms=("jig",)),
    Row("distinct bars", distinct_bars),
    Row("bars heard once", bars_heard_once),
    Row("sections, reels", number_of_sections, share=False, rhythms=("reel",)),
    Row("tunes with triplets, reels", has_triplets, rhythms=("reel",)),
    Row("mean pitch", mean_pitch, share=False),
    Row("range in semitones", compass, share=False),
    Row("bars written, jigs", bars_written, share=False, rhythms=("jig",)),
    Row("characters, jigs", characters, share=False, rhythms=("jig",)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over `tunes` tunes with its 95 % bootstrap interval; nan for none."""

    value: float
    low: float
    high: float
    tunes: int


def measure(tunes: Sequence[WrittenTune], row: Row) -> NDArray[np.float64]:
    """The figure of each tune that has it: float64, shape ``(n,)``."""
    kept = [tune for tune in tunes if not row.rhythms or tune.rhythm in row.rhythms]
    values = np.array([row.of(tune) for tune in kept], np.float64)
    return values[~np.isnan(values)]


def bootstrap(values: NDArray[np.float64], rng: np.random.Generator) -> Estimate:
    """The mean of `values` with the interval from drawing them anew with replacement (Efron
    1979)."""
    n = len(values)
    if not n:
        return Estimate(math.nan, math.nan, math.nan, 0)
    means = values[rng.integers(0, n, size=(RESAMPLINGS, n))].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return Estimate(float(values.mean()), float(low), float(high), n)
