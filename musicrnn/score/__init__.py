"""The exchange type between ABC, MIDI and everything that renders or measures music.

A `Score` is what a player would play: repeats played out, ties joined, ornaments resolved. It is
immutable, and its time is exact: onsets and durations are `fractions.Fraction`s of a quarter
note, never floats. Seconds appear only at the very edge (`Score.seconds`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import lcm
from numbers import Integral
from typing import Final, TypeVar

from musicrnn.errors import UsageError, want
from musicrnn.score.keys import Key, fifths_between, moved_chord

__all__ = [
    "BEND_RANGE", "SUSTAIN", "ChordSymbol", "ControlChange", "Key", "KeyChange", "Lyric", "Meter",
    "MeterChange", "Note", "Part", "PitchBend", "Place", "Score", "TempoChange", "fifths_between",
]  # fmt: skip

#: Tempo that a score without any tempo mark is played at (quarter notes a minute), as in MIDI.
DEFAULT_QPM = Fraction(120)
#: The controller that a sustain pedal moves: down from 64 on.
SUSTAIN = 64
#: Semitones that the farthest bend moves, up or down, where no controller says otherwise.
BEND_RANGE = 2


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a text a note is written: `line` and `column` from 1, the number of its `bar` (a
    pickup that opens the tune counts), `start` and `end` in characters."""

    line: int
    column: int
    bar: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """One sounding note.

    `onset` and `duration` are in quarter notes (duration > 0), `pitch` is a MIDI number 0…127
    (60 = middle C), `velocity` 1…127, `part` an index into `Score.parts`. A microtone sounds
    `cents` hundredths of a semitone above `pitch` (below where negative), exactly. `place` is where
    a note that was read from ABC text is written; it does not count in comparisons.
    """

    onset: Fraction
    pitch: int
    duration: Fraction
    velocity: int = 80
    part: int = 0
    cents: Fraction = Fraction(0)
    place: Place | None = field(default=None, compare=False, repr=False)

    @property
    def end(self) -> Fraction:
        """The time at which the note stops, in quarter notes."""
        return self.onset + self.duration


@dataclass(frozen=True, slots=True)
class Meter:
    """A time signature; `Meter(6, 8)` is 6/8. `length` is one bar in quarter notes.

    Raises `UsageError` for anything but two whole numbers from 1.
    """

    numerator: int
    denominator: int

    def __post_init__(self) -> None:
        for number in (self.numerator, self.denominator):
            want(number, Integral, "a metre is two whole numbers")
            if number < 1:
                raise UsageError(f"{self} is no metre; write for example Meter(6, 8)")

    @property
    def length(self) -> Fraction:
        """The length of one bar in quarter notes."""
        return Fraction(4 * self.numerator, self.denominator)

    @property
    def compound(self) -> bool:
        """Whether the beat has three parts: 6/8, 9/8, 12/8 and the like."""
        return self.numerator % 3 == 0 and self.numerator > 3 and self.denominator >= 8

    @property
    def beat(self) -> Fraction:
        """The length of one beat in quarter notes (a dotted quarter in 6/8)."""
        return Fraction(4, self.denominator) * (3 if self.compound else 1)

    def __str__(self) -> str:
        return f"{self.numerator}/{self.denominator}"


@dataclass(frozen=True, slots=True)
class TempoChange:
    """From `onset` (quarter notes) on, `qpm` quarter notes a minute."""

    onset: Fraction
    qpm: Fraction


@dataclass(frozen=True, slots=True)
class MeterChange:
    """From `onset` (quarter notes) on, `meter`; None is free metre."""

    onset: Fraction
    meter: Meter | None


@dataclass(frozen=True, slots=True)
class KeyChange:
    """From `onset` (quarter notes) on, `key`."""

    onset: Fraction
    key: Key


@dataclass(frozen=True, slots=True)
class ChordSymbol:
    """A chord symbol such as ``Am7`` sounding from `onset` (quarter notes) to the next one."""

    onset: Fraction
    text: str


@dataclass(frozen=True, slots=True)
class ControlChange:
    """From `onset` (quarter notes) on, controller `number` (0…127) of a part has a `value` (0…127).

    64 is the sustain pedal (`SUSTAIN`), 7 the volume, 10 the pan, 11 the expression, 1 the
    modulation. Bank selection (0, 32) is not among them but in `Part.bank`.
    """

    onset: Fraction
    number: int
    value: int
    part: int = 0


@dataclass(frozen=True, slots=True)
class PitchBend:
    """From `onset` (quarter notes) on, the pitch wheel of a part stands at `value`, −8192…8191.

    The farthest is `BEND_RANGE` semitones unless controllers 101, 100 and 6 of the part set
    another range.
    """

    onset: Fraction
    value: int
    part: int = 0


@dataclass(frozen=True, slots=True)
class Lyric:
    """A syllable sung from `onset` (quarter notes) on; ``"Ro-"`` goes on with the next one."""

    onset: Fraction
    text: str
    part: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """One voice or track: `program` is General MIDI 0…127; `drums` puts it on channel 10.

    `bank` is the bank that the program is of, controller 0 times 128 plus controller 32. `track`
    and `channel` say where the part stood in the file that it was read from, counted from 1 as
    sequencers do; 0 where it is from none. They are no part of the music and not compared.
    """

    name: str = ""
    program: int = 0
    drums: bool = False
    bank: int = 0
    track: int = field(default=0, compare=False)
    channel: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Score:
    """Timed notes with tempo, metre, key and instruments.

    `notes` are sorted by onset, then pitch; `controls`, `bends` and `lyrics` by onset, those of
    one moment in the order in which they take effect. `length`, in quarter notes, may reach past
    the last note (a closing rest). `pickup` is the length of an incomplete first bar, 0 for none:
    bar lines are counted from its end (files that do not tell it leave it 0, so it is not
    compared). `fermatas` are the onsets of the notes under one, in whichever part, and `swing` the
    beats that `theory.playing.danced` has divided: (onset, length, which share of it was written
    where the middle sounds). Neither is compared.
    Build one with `Score.of`, which sorts and fills `length` in.
    """

    notes: tuple[Note, ...] = ()
    parts: tuple[Part, ...] = (Part(),)
    tempos: tuple[TempoChange, ...] = ()
    meters: tuple[MeterChange, ...] = ()
    keys: tuple[KeyChange, ...] = ()
    chords: tuple[ChordSymbol, ...] = ()
    title: str = ""
    length: Fraction = field(default=Fraction(0))
    pickup: Fraction = field(default=Fraction(0), compare=False)
    controls: tuple[ControlChange, ...] = ()
    bends: tuple[PitchBend, ...] = ()
    lyrics: tuple[Lyric, ...] = ()
    fermatas: tuple[Fraction, ...] = field(default=(), compare=False)
    swing: tuple[tuple[Fraction, Fraction, Fraction], ...] = field(default=(), compare=False)

    @classmethod
    def of(
        cls,
        notes: Iterable[Note],
        *,
        parts: Iterable[Part] = (Part(),),
        tempos: Iterable[TempoChange] = (),
        meters: Iterable[MeterChange] = (),
        keys: Iterable[KeyChange] = (),
        chords: Iterable[ChordSymbol] = (),
        title: str = "",
        length: Fraction | None = None,
        pickup: Fraction = Fraction(0),
        controls: Iterable[ControlChange] = (),
        bends: Iterable[PitchBend] = (),
        lyrics: Iterable[Lyric] = (),
        fermatas: Iterable[Fraction] = (),
    ) -> Score:
        """A score from notes in any order; `length` is at least the end of the last note."""
        ordered, end = _ordered(notes)
        return cls(
            ordered, tuple(parts), tuple(tempos), tuple(meters), tuple(keys), tuple(chords), title,
            max(end, length or Fraction(0)), pickup, _in_time(controls), _in_time(bends),
            _in_time(lyrics), tuple(sorted(set(fermatas))),
        )  # fmt: skip

    @property
    def key(self) -> Key | None:
        """The key that is named first."""
        return self.keys[0].key if self.keys else None

    @property
    def meter(self) -> Meter | None:
        """The metre that is named first; None also for free metre."""
        return self.meters[0].meter if self.meters else None

    def __iter__(self) -> Iterator[Note]:
        return iter(self.notes)

    def with_notes(self, notes: Iterable[Note]) -> Score:
        """The same score with other notes."""
        ordered, end = _ordered(notes)
        return replace(self, notes=ordered, length=max(self.length, end))

    def transposed(self, semitones: int) -> Score:
        """The score `semitones` higher: notes, keys and chord symbols; drum parts stay.

        Raises `UsageError` where a note would leave what MIDI has (0 to 127), and for what is no
        whole number.
        """
        pitches = [note.pitch for note in self.notes if not self.parts[note.part].drums]
        want(semitones, Integral, "a score moves by a whole number of semitones")
        if pitches and not (min(pitches) + semitones >= 0 and max(pitches) + semitones <= 127):
            raise UsageError(f"moved by {semitones} semitones, notes would be outside of 0 to 127")
        notes = (
            note if self.parts[note.part].drums else replace(note, pitch=note.pitch + semitones)
            for note in self.notes
        )
        keys = tuple(replace(change, key=change.key.transposed(semitones)) for change in self.keys)
        chords = tuple(
            replace(chord, text=moved_chord(chord.text, self._signature(chord.onset), semitones))
            for chord in self.chords
        )
        return replace(self, keys=keys, chords=chords).with_notes(notes)

    def _signature(self, time: Fraction) -> int:
        """The sharps (negative: flats) of the key that holds at `time`; 0 without a key."""
        holding = [change.key.fifths for change in self.keys if change.onset <= time]
        return holding[-1] if holding else 0

    def seconds(self, time: Fraction) -> float:
        """The moment, in seconds from the start, of `time` in quarter notes."""
        return self.clock()(time)

    def clock(self) -> Clock:
        """A reusable map from quarter notes to seconds (for many look-ups)."""
        return Clock(self.tempos)


#: what notes are told apart by in `_ordered`: exact times, no more than so many to a quarter note
_EXACT: Final = frozenset({Fraction})
_FINEST: Final = 1 << 48


def _ordered(notes: Iterable[Note]) -> tuple[tuple[Note, ...], Fraction]:
    """The notes by onset and pitch, and the end of the last."""
    want(notes, Iterable, "a score is made of notes (musicrnn.Note)")
    given = list(notes)
    for note in given:
        want(note, Note, "a score is made of notes (musicrnn.Note)")
    times = [time for note in given for time in (note.onset, note.duration)]
    scale = lcm(*{time.denominator for time in times}) if set(map(type, times)) <= _EXACT else 0
    if not 0 < scale < _FINEST:
        given.sort()
        return tuple(given), max((note.end for note in given), default=Fraction(0))
    # Whole numbers are compared and added far faster than fractions.
    ticks = {id(time): time.numerator * (scale // time.denominator) for time in times}
    given.sort(
        key=lambda note: (
            ticks[id(note.onset)], note.pitch, ticks[id(note.duration)], note.velocity, note.part,
            note.cents,
        )
    )  # fmt: skip
    end = max((ticks[id(note.onset)] + ticks[id(note.duration)] for note in given), default=0)
    return tuple(given), Fraction(end, scale)


EventT = TypeVar("EventT", ControlChange, PitchBend, Lyric)


def _in_time(events: Iterable[EventT]) -> tuple[EventT, ...]:
    return tuple(sorted(events, key=lambda event: event.onset))


class Clock:
    """Quarter notes → seconds under a list of tempo changes; exact until the final float."""

    def __init__(self, tempos: Iterable[TempoChange]) -> None:
        self._onsets = [Fraction(0)]
        self._seconds = [Fraction(0)]
        self._rates = [60 / DEFAULT_QPM]  # seconds a quarter note
        for change in sorted(tempos, key=lambda change: change.onset):
            passed = (change.onset - self._onsets[-1]) * self._rates[-1]
            self._onsets.append(change.onset)
            self._seconds.append(self._seconds[-1] + passed)
            self._rates.append(60 / change.qpm)

    def __call__(self, time: Fraction) -> float:
        return float(self.exact(time))

    def exact(self, time: Fraction) -> Fraction:
        """The same without rounding."""
        try:
            at = max(bisect_right(self._onsets, time) - 1, 0)
        except TypeError:
            raise UsageError(f"a time is a number of quarter notes, not {time!r}") from None
        return self._seconds[at] + (time - self._onsets[at]) * self._rates[at]
