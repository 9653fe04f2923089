"""A tune as it stands on paper: its sections and their bars, each written once.

Everything that is said of a tune's form (what its last bar is, whether a bar comes again, whether
two sections end alike) is about the written page, not about the repeats played out. One notation
stands for one dance: reels and hornpipes in 2/4 are read with doubled lengths, as in 4/4, and so
is 2/2. Times are whole numbers of `TICKS` to a quarter note.

>>> tune = WrittenTune.parse("X:1\\nT:Jig\\nR:jig\\nM:6/8\\nL:1/8\\nK:D\\n|:A|dfa afd|d3 d2:|\\n")
>>> [len(section.bars) for section in tune.sections], tune.ends_on_tonic
([2], True)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Final

from musicrnn import abc
from musicrnn.abc.timeline.build_timeline import read_timeline
from musicrnn.abc.timeline.timeline import Event, Measure
from musicrnn.errors import FormatError
from musicrnn.score import Key, Meter

__all__ = [
    "TICKS", "WrittenBar", "WrittenNote", "WrittenSection", "WrittenTune", "parse_book", "readable",
]  # fmt: skip

#: to a quarter note: exact for 128ths and for tuplets of 3, 5, 7 and 9 of them
TICKS: Final = 2**5 * 3**2 * 5 * 7
#: Rhythms whose 2/4 (with L:1/16) is another notation of 4/4 (with L:1/8).
_DOUBLED: Final = frozenset({"reel", "hornpipe", "strathspey", "clog", "fling", "breakdown"})


@dataclass(frozen=True, slots=True)
class WrittenNote:
    """One note: `onset` from the start of its bar and `duration` in ticks, the MIDI `pitch` (of a
    chord its highest note), and whether it is `tied` to the next."""

    onset: int
    duration: int
    pitch: int
    tied: bool = False

    @property
    def in_triplet(self) -> bool:
        """Whether its length is a third of a note value."""
        return self.duration * 128 % TICKS != 0


@dataclass(frozen=True)
class WrittenBar:
    """What stands between two bar lines; `length` in ticks, rests included."""

    notes: tuple[WrittenNote, ...]
    length: int

    @cached_property
    def content(self) -> tuple[tuple[int, int, int], ...]:
        """What makes two bars the same: onset, duration and pitch of each note."""
        return tuple((note.onset, note.duration, note.pitch) for note in self.notes)


@dataclass(frozen=True, slots=True)
class WrittenSection:
    """A section with its last ending. `pickup` is None where it starts with a full bar; `bars`
    are the others, of which the last may lack the length of a pickup."""

    pickup: WrittenBar | None
    bars: tuple[WrittenBar, ...]
    repeated: bool

    @property
    def notes(self) -> list[WrittenNote]:
        """All notes of the section, the pickup's first."""
        bars = (self.pickup, *self.bars) if self.pickup else self.bars
        return [note for bar in bars for note in bar.notes]


@dataclass(frozen=True)
class WrittenTune:
    """A tune on paper (see the module); `text` is the ABC that it was read from."""

    title: str
    rhythm: str
    meter: Meter
    key: Key
    sections: tuple[WrittenSection, ...]
    text: str

    @classmethod
    def parse(cls, text: str) -> WrittenTune:
        """The first voice of the first tune in ABC `text`.

        Raises `FormatError` where there is no tune, no key, no metre or no note.
        """
        tune = abc.parse_tune(text)
        timeline = read_timeline(tune)
        meter = timeline.meter.meter if timeline.meter else None
        if meter is None or timeline.key is None or not timeline.voices:
            raise FormatError(f"{tune.title or 'untitled'}: no metre, no key or no music")
        rhythm = tune.rhythm.strip().lower()
        doubled = meter == Meter(2, 4) and rhythm in _DOUBLED
        meter = Meter(4, 4) if doubled or meter == Meter(2, 2) else meter
        sections = _sections(timeline.voices[0].measures, 2 if doubled else 1, meter)
        if not sections:
            raise FormatError(f"{tune.title or 'untitled'}: there is no note in it")
        return cls(tune.title, rhythm, meter, timeline.key, sections, text)

    @property
    def bar_length(self) -> int:
        """The ticks of a full bar."""
        return int(self.meter.length * TICKS)

    @property
    def beat(self) -> int:
        """The ticks of a beat: a dotted quarter in 6/8."""
        return int(self.meter.beat * TICKS)

    @cached_property
    def bars(self) -> tuple[WrittenBar, ...]:
        """All bars in the order of the page, pickups left out."""
        return tuple(bar for section in self.sections for bar in section.bars)

    @cached_property
    def notes(self) -> tuple[WrittenNote, ...]:
        """All notes in the order of the page."""
        return tuple(note for section in self.sections for note in section.notes)

    @property
    def form(self) -> tuple[int, ...]:
        """The number of bars of each section."""
        return tuple(len(section.bars) for section in self.sections)

    @property
    def ends_on_tonic(self) -> bool:
        """Whether the last note is the tonic of ``K:``, in any octave."""
        return self.notes[-1].pitch % 12 == self.key.pitch_class


def parse_book(text: str) -> list[WrittenTune]:
    """Every tune of a book that can be read as music, in order."""
    return readable(abc.write(tune) for tune in abc.parse(text).tunes)


def readable(texts: Iterable[str]) -> list[WrittenTune]:
    """The tunes among ABC `texts` that can be read as music."""
    tunes = []
    for text in texts:
        with suppress(FormatError):
            tunes.append(WrittenTune.parse(text))
    return tunes


def _sections(measures: Sequence[Measure], times: int, meter: Meter) -> tuple[WrittenSection, ...]:
    """The sections that hold a note; `times` multiplies every length."""
    groups: list[list[Measure]] = []
    for measure in measures:
        before = measure.before
        opens = before.double and not (before.ending and 1 not in before.ending.numbers)
        if not groups or opens:
            groups.append([])
        groups[-1].append(measure)
    sections = (_section(group, times, meter) for group in groups)
    return tuple(section for section in sections if section.notes)


def _section(measures: Sequence[Measure], times: int, meter: Meter) -> WrittenSection:
    bars: list[list[Measure]] = []
    stem: list[Measure] | None = None  # what stands before a bar line that the endings share
    last = _last_ending(measures)
    within = 0  # the ending that runs, counted from 1
    for measure in measures:
        before = measure.before
        if before.ending is not None:
            within += 1
            if within == 1 and not before.bars and bars:
                stem = list(bars[-1])
        if within and within != last:
            continue
        if bars and (not before.bars or (stem and before.ending is not None)):
            bars[-1].append(measure)
        else:
            bars.append([measure])
    written = [_bar(bar, times) for bar in bars]
    pickup = (
        written.pop(0) if len(written) > 1 and written[0].length < meter.length * TICKS else None
    )
    repeated = any(measure.after.ends for measure in measures)
    return WrittenSection(pickup, tuple(bar for bar in written if bar.length), repeated)


def _last_ending(measures: Sequence[Measure]) -> int:
    return sum(measure.before.ending is not None for measure in measures)


def _bar(measures: Sequence[Measure], times: int) -> WrittenBar:
    notes: list[WrittenNote] = []
    start = 0
    for measure in measures:
        notes += (_note(event, start, times) for event in measure.events if event.pitches)
        start += _ticks(measure.length, times)
    return WrittenBar(tuple(notes), start)


def _note(event: Event, start: int, times: int) -> WrittenNote:
    highest = max(event.pitches, key=lambda pitch: pitch.number)
    onset, duration = _ticks(event.onset, times), _ticks(event.duration, times)
    return WrittenNote(start + onset, duration, highest.number, highest.tie)


def _ticks(quarters: Fraction, times: int) -> int:
    return round(quarters.numerator * TICKS * times / quarters.denominator)
