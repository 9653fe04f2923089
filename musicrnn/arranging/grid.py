"""A melody as a row a beat: what sounds in it, where in the bar and the section it stands.

Pitch classes are counted from the tonic, so that the same tune in another key is the same grid. A
pickup of less than half a bar has no rows: players leave it without a chord.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from musicrnn import abc
from musicrnn.abc import Event, Measure, ParsedTune, Timeline
from musicrnn.abc.timeline.order import played_order
from musicrnn.arranging.melody import few, melodic
from musicrnn.errors import UsageError
from musicrnn.score import Key, Meter
from musicrnn.theory.keyfinding import find_key

__all__ = ["Beat", "Grid", "grid_of"]

Floats = NDArray[np.float64]

_COMMON = Meter(4, 4)
#: Modes with a minor third over the tonic.


@dataclass(frozen=True, slots=True)
class Beat:
    """One beat: its bar (index of the measure) and place in it, from 0, of `beats`.

    `sounding` is how long each pitch class sounds, in beats, counted from the tonic; `struck` the
    pitch class that begins on the beat, None for none. `event` begins on the beat, None where a
    note is held over it: there no symbol can be written. `chord` is the symbol in force where the
    beat begins, ``""`` for none.
    """

    bar: int
    place: int
    beats: int
    tonic: int
    sounding: tuple[float, ...]
    struck: int | None
    lowest: int | None
    event: Event | None
    chord: str = ""


@dataclass(frozen=True)
class Grid:
    """The beats of one voice, in the order of the text.

    `sections` holds for each beat the section that it is in, from 0; `bar_in_section` and
    `bars_in_section` count whole bars; `played` how often each beat is heard. `minor` says whether
    the tonic's third is minor, `scale` which of the twelve pitch classes over it the key has.
    """

    beats: tuple[Beat, ...]
    meter: Meter
    key: Key
    sections: tuple[int, ...]
    bar_in_section: tuple[int, ...]
    bars_in_section: tuple[int, ...]
    played: tuple[int, ...]
    bars: tuple[int, ...] = field(default=())

    @property
    def minor(self) -> bool:
        """Whether the third over the tonic is minor."""
        return self.key.minor

    @property
    def scale(self) -> frozenset[int]:
        """The pitch classes of the key, counted from its tonic."""
        return frozenset((tone - self.key.pitch_class) % 12 for tone in self.key.pitch_classes)


def grid_of(tune: ParsedTune, *, voice: str = "") -> Grid:
    """The beats of a tune's melody. Raises `UsageError` for a tune without notes, of several
    voices of which none is named, and for one in free metre."""
    timeline = abc.read_timeline(tune)
    measures = _melody(timeline, voice)
    key = timeline.key or find_key(abc.to_score(tune))
    meter = next((m.meter.meter for m in measures if m.meter and m.meter.meter), None)
    if meter is None:
        raise UsageError("a melody without a metre has no beats to put chords on; give it an M:")
    times = np.bincount(played_order(measures, timeline.parts), minlength=len(measures))
    starts = _section_starts(measures)
    beats: list[Beat] = []
    chord = ""
    for index in range(len(measures)):
        rows, chord = _beats(measures, index, key, chord, starts[index])
        beats += rows
    section = np.cumsum(starts)
    bars = [beat.bar for beat in beats]
    number, total = _places(measures, bars, section)
    return Grid(
        tuple(beats), meter, key, tuple(int(section[bar]) for bar in bars), number, total,
        tuple(int(times[bar]) for bar in bars), tuple(bars),
    )  # fmt: skip


def _melody(timeline: Timeline, name: str) -> Sequence[Measure]:
    """The measures of the one voice that is meant."""
    voices = melodic(timeline.voices)
    if name:
        chosen = [voice for voice in voices if name in (voice.id, voice.name)]
        if not chosen:
            known = few([voice.id or "1" for voice in voices])
            raise UsageError(f"there is no voice {name!r} with notes; there are {known}")
        return chosen[0].measures
    if len(voices) > 1:
        known = few([voice.id or "1" for voice in voices])
        raise UsageError(f"{len(voices)} voices at once ({known}); say which of them is the melody")
    if any(measure.layers for measure in voices[0].measures):
        raise UsageError("two voices at once (&) in one bar; take out all but the melody")
    return voices[0].measures


def _section_starts(measures: Sequence[Measure]) -> NDArray[np.int64]:
    """1 where a section begins, 0 elsewhere, so that the running sum numbers the sections."""
    starts = np.zeros(len(measures), np.int64)
    for index, measure in enumerate(measures[1:], 1):
        before = measure.before
        later_ending = before.ending is not None and min(before.ending.numbers, default=1) > 1
        new = before.ends or before.starts or before.double or before.part is not None
        starts[index] = bool(new and not later_ending)
    return starts


def _beats(
    measures: Sequence[Measure], index: int, key: Key, chord: str, opens: int
) -> tuple[list[Beat], str]:
    """The rows of one measure, and the chord symbol that holds at its end."""
    measure = measures[index]
    now = measure.state.key if measure.state and measure.state.key else key
    meter = measure.meter.meter if measure.meter and measure.meter.meter else _COMMON
    symbols = [
        (change.onset, str(change.value)) for change in measure.changes if change.kind == "chord"
    ]
    last = symbols[-1][1] if symbols else chord
    beat, length = meter.beat, measure.length
    short = length < meter.length
    pickup = short and (index == 0 or bool(opens)) and index + 1 < len(measures)
    if not length or (pickup and length < meter.length / 2):
        return [], last
    beats = max(1, int(meter.length / beat))
    offset = -length % beat if pickup else Fraction(0)
    first = beats - int((length + offset) / beat) if pickup else 0
    rows = []
    # A bar that is short at its end has no row for less than half a beat.
    for place in range(max(round(float((length + offset) / beat)), 1)):
        start = max(place * beat - offset, Fraction(0))
        stop = min((place + 1) * beat - offset, length)
        holding = [text for onset, text in symbols if onset <= start]
        row = _row(measure.events, start, stop, beat, now.pitch_class)
        rows.append(
            Beat(index, first + place, beats, now.pitch_class, *row, holding[-1] if holding
                 else chord)
        )  # fmt: skip
    return rows, last


def _row(
    events: Sequence[Event], start: Fraction, stop: Fraction, beat: Fraction, tonic: int
) -> tuple[tuple[float, ...], int | None, int | None, Event | None]:
    """What sounds between two moments of a measure."""
    sounding = [0.0] * 12
    struck, lowest, begins = None, None, None
    for event in events:
        if event.onset == start:
            begins = event
        if event.onset >= stop or event.onset + event.duration <= start:
            continue
        for pitch in event.pitches[-1:]:
            shared = min(stop, event.onset + event.duration) - max(start, event.onset)
            sounding[(pitch.number - tonic) % 12] += float(shared / beat)
            lowest = pitch.number if lowest is None else min(lowest, pitch.number)
            if event.onset == start:
                struck = (pitch.number - tonic) % 12
    return tuple(sounding), struck, None if lowest is None else (lowest - tonic) % 12, begins


def _places(
    measures: Sequence[Measure], bars: Sequence[int], section: NDArray[np.int64]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """For each beat the number of its bar in the section, from 0, and how many the section has;
    a second ending counts from where the first one does."""
    number: dict[int, int] = {}
    counts: dict[int, int] = {}
    ending: dict[int, int] = {}
    for bar in dict.fromkeys(bars):
        at = int(section[bar])
        if measures[bar].before.ending is not None:
            first = ending.setdefault(at, counts.get(at, 0))
            number[bar] = first
        else:
            previous = number.get(bar - 1) if bar and section[bar - 1] == at else None
            number[bar] = counts.get(at, 0) if previous is None else previous + 1
        counts[at] = max(counts.get(at, 0), number[bar] + 1)
    return (
        tuple(number[bar] for bar in bars),
        tuple(counts[int(section[bar])] for bar in bars),
    )
