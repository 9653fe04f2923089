"""The tree in time: each voice as measures of events with exact lengths.

This is what the checker and the player share. Time is in quarter notes, as fractions; pitches are
resolved (key, accidentals of the bar, clef), tuplets, broken rhythm and chord lengths worked out;
repeats are not yet played out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from musicrnn.abc.fields import MeterField
from musicrnn.abc.tree import Bar, Ending, Field, Note
from musicrnn.score import Key

__all__ = ["Boundary", "Change", "Event", "Measure", "Pitch", "Timeline", "Voice"]

ZERO: Final = Fraction(0)


@dataclass(slots=True)
class Pitch:
    """One sounding pitch of an event: MIDI number, own length, and whether a tie goes on."""

    number: int
    duration: Fraction
    tie: bool = False
    node: Note | None = None


@dataclass(slots=True)
class Event:
    """What starts at `onset` (from the start of its measure) and takes `duration`: a note, a chord
    or, without pitches, a rest. `graces` are (pitch, written length) pairs that sound before it."""

    onset: Fraction
    duration: Fraction
    pitches: list[Pitch]
    start: int
    end: int
    marks: tuple[str, ...] = ()
    graces: tuple[tuple[int, Fraction], ...] = ()
    velocity: int = 80


@dataclass(slots=True)
class Change:
    """At `onset` of its measure something changes: a field (key, metre, tempo, chord symbol)."""

    onset: Fraction
    kind: str
    value: object


@dataclass(slots=True)
class Boundary:
    """What stands between two measures: bar lines, and the ending that starts there.

    Without bar lines (`bars` empty) it only cuts one measure in two, where an ending or a part
    starts within it.
    """

    bars: list[Bar] = field(default_factory=list)
    ending: Ending | None = None
    part: Field | None = None

    @property
    def ends(self) -> int:
        """How many times more the section before is to be played, 0 without ``:|``."""
        return max((_dots(bar.kind)[0] for bar in self.bars), default=0)

    @property
    def starts(self) -> bool:
        """Whether a repeated section starts here."""
        return any(_dots(bar.kind)[1] for bar in self.bars)

    @property
    def double(self) -> bool:
        """Whether a section ends here."""
        return any(bar.kind not in ("|", ".|", "[|]") for bar in self.bars)


@dataclass(slots=True)
class Measure:
    """What stands between two bar lines of one voice.

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


@dataclass(slots=True)
class Voice:
    """One voice: its name (``V:``), its measures in the order of the text, and how it sounds."""

    id: str
    name: str = ""
    measures: list[Measure] = field(default_factory=list)
    program: int | None = None
    channel: int | None = None
    transpose: int = 0


@dataclass(slots=True)
class Timeline:
    """A tune in time: its voices, and what holds at its start."""

    voices: list[Voice]
    key: Key | None
    meter: MeterField | None
    unit: Fraction
    qpm: Fraction | None
    parts: str = ""


def _dots(kind: str) -> tuple[int, int]:
    if kind == "::":
        return 1, 1
    return len(kind) - len(kind.lstrip(":")), len(kind) - len(kind.rstrip(":"))
