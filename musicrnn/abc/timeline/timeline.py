"""The tree in time: each voice as measures of events with exact lengths.

This is what the checker and the player share. Time is in quarter notes, as fractions; pitches are
resolved (key, accidentals of the bar, clef), tuplets, broken rhythm and chord lengths worked out;
repeats are not yet played out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, NamedTuple

from musicrnn.abc.syntax.fields import MeterField
from musicrnn.abc.syntax.tokens import dots
from musicrnn.abc.syntax.tree import Bar, Ending, Field, Note, ParsedTune
from musicrnn.errors import UsageError
from musicrnn.score import Key

__all__ = ["Boundary", "Change", "Event", "Measure", "Pitch", "State", "Timeline", "Voice"]

ZERO: Final = Fraction(0)


@dataclass(slots=True)
class Pitch:
    """One sounding pitch of an event: MIDI number, own length, and whether a tie goes on.

    `altered` is by how many semitones key and accidentals alter the written note, `octave` where
    it stands (4 from middle C up) with the clef's octave counted in. A grace note's `duration` is
    its written length.
    """

    number: int
    duration: Fraction
    tie: bool = False
    node: Note | None = None
    altered: Fraction = ZERO
    octave: int = 4

    @property
    def cents(self) -> Fraction:
        """By how much a microtone sounds above `number`, which lies on the natural's side of it."""
        altered = self.altered
        return ZERO if altered.denominator == 1 else 100 * (altered - int(altered))


@dataclass(slots=True)
class Event:
    """What starts at `onset` (from the start of its measure) and takes `duration`: a note, a chord
    or, without pitches, a rest. `graces` sound before it, `after` are grace notes that a bar line
    follows, at its end."""

    onset: Fraction
    duration: Fraction
    pitches: list[Pitch]
    start: int
    end: int
    marks: tuple[str, ...] = ()
    graces: tuple[Pitch, ...] = ()
    velocity: int = 80
    after: tuple[Pitch, ...] = ()


@dataclass(slots=True)
class Change:
    """At `onset` of its measure something changes: a field (key, metre, tempo, chord symbol)."""

    onset: Fraction
    kind: str
    value: object


class State(NamedTuple):
    """What holds at the start of a measure as written: a repeat goes back to it."""

    key: Key | None
    meter: MeterField | None
    qpm: Fraction | None


@dataclass(slots=True)
class Boundary:
    """What stands between two measures: bar lines, and the ending that starts there.

    Without bar lines (`bars` empty) it only cuts one measure in two, where an ending or a part
    starts within it.
    """

    bars: list[Bar] = field(default_factory=list)
    ending: Ending | None = None
    part: Field | None = None
    #: how many times more the section before is to be played, 0 without ``:|``
    ends: int = 0
    #: whether a repeated section starts here
    starts: bool = False
    #: whether a section ends here
    double: bool = False

    def add(self, bar: Bar) -> None:
        """One bar line more."""
        self.bars.append(bar)
        if bar.kind == "|":
            return
        before, after = dots(bar.kind)
        self.ends = max(self.ends, before)
        self.starts = self.starts or after > 0
        self.double = self.double or bar.kind not in ("|", ".|", "[|]")


@dataclass(slots=True)
class Measure:
    """What stands between two bar lines of one voice: bar `number`, counted from 1.

    A bar that an ending or a part cuts in two is two measures with one number. `meter` holds at
    its end, `state` at its start; `length` is in quarter notes.
    `layers` are the lengths of overlaid voices (``&``); `count` is more than 1 for a rest of
    several bars; `marks` are the decorations that steer the order of play (segno, fine, …).
    `start` and `end` are offsets into the text.
    """

    before: Boundary
    after: Boundary
    meter: MeterField | None
    number: int
    start: int
    end: int
    events: list[Event] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    length: Fraction = ZERO
    layers: list[tuple[Fraction, int, int]] = field(default_factory=list)
    marks: set[str] = field(default_factory=set)
    count: int = 1
    state: State | None = None


@dataclass(slots=True)
class Voice:
    """One voice: its name (``V:``), its measures in the order of the text, and how it sounds.

    Every length in it is a whole number of ticks, of which `resolution` make a quarter note."""

    id: str
    name: str = ""
    measures: list[Measure] = field(default_factory=list)
    program: int | None = None
    channel: int | None = None
    resolution: int = 1

    @property
    def percussion(self) -> bool:
        """Whether it sounds on channel 10, where pitches are drums."""
        return self.channel == 10

    @property
    def sounds(self) -> bool:
        """Whether it has a note."""
        return any(event.pitches for measure in self.measures for event in measure.events)


@dataclass(slots=True)
class Timeline:
    """A tune in time: its voices, and what holds at its start.

    `unit` and `qpm` (None: not said) are in quarter notes, `parts` is the order of play that ``P:``
    asks for, `tune` what all this was read from.
    """

    voices: list[Voice]
    key: Key | None
    meter: MeterField | None
    unit: Fraction
    qpm: Fraction | None
    parts: str = ""
    tune: ParsedTune | None = None
    _pitches: dict[int, Pitch] = field(default_factory=dict, repr=False)

    def pitch_of(self, note: Note) -> Pitch:
        """How a note of the tune sounds: its MIDI number, cents and length in quarter notes.

        Raises UsageError for a note that is not of this tune (notes that look alike are not the
        same), such as a grace note's chord or one that was changed since.
        """
        if not self._pitches:
            self._pitches.update(
                (id(pitch.node), pitch)
                for voice in self.voices
                for measure in voice.measures
                for event in measure.events
                for pitch in (*event.graces, *event.pitches, *event.after)
            )
        try:
            return self._pitches[id(note)]
        except KeyError:
            raise UsageError("this note does not belong to the tune of this timeline") from None
