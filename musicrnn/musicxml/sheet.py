"""A tune as it is drawn: each voice as measures of notes with all that belongs to each.

The times and pitches are those of the timeline, which is what sounds; the tree adds what only the
eye meets (beams, slurs, words). So picture, MusicXML and sound cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from musicrnn.abc.syntax.fields import MeterField
from musicrnn.abc.syntax.tree import (
    Annotation,
    Chord,
    ChordName,
    Decoration,
    Field,
    Grace,
    MultiRest,
    Note,
    ParsedTune,
    Rest,
)  # fmt: skip
from musicrnn.abc.timeline.timeline import Boundary, Event, Pitch, Timeline, Voice

__all__ = ["Graces", "Lyric", "Placed", "Sheet", "SheetMeasure", "Struck", "VoiceSheet"]

ZERO: Final = Fraction(0)


@dataclass(frozen=True, slots=True)
class Lyric:
    """A syllable under a note: `hyphen` where its word goes on, `held` where a line is drawn."""

    verse: int
    text: str
    follows: bool
    hyphen: bool
    held: bool


@dataclass(slots=True)
class Graces:
    """A group of grace notes, and the slurs, by number, from its first note and to its last."""

    node: Grace
    pitches: list[Pitch] = field(default_factory=list)
    slur_starts: list[int] = field(default_factory=list)
    slur_stops: list[int] = field(default_factory=list)

    @property
    def chords(self) -> list[list[Pitch]]:
        """The pitches of each of its notes and chords."""
        heads, at = [], 0
        for count in map(_heads, self.node.notes):
            heads.append(self.pitches[at : at + count])
            at += count
        return [chord for chord in heads if chord]

    @property
    def count(self) -> int:
        """How many pitches it has."""
        return sum(map(_heads, self.node.notes))


def _heads(node: Note | Chord) -> int:
    return len(node.notes) if isinstance(node, Chord) else 1


@dataclass(slots=True)
class Struck:
    """A note, chord or rest, and what stands at it. `layer` counts overlays (``&``) from 0;
    `graces` stand before it, `after` behind it, before a bar line."""

    event: Event
    node: Note | Chord | Rest | MultiRest
    layer: int
    onset: Fraction
    length: Fraction
    marks: list[str] = field(default_factory=list)
    graces: list[Graces] = field(default_factory=list)
    after: list[Graces] = field(default_factory=list)
    ratio: tuple[int, int] = (1, 1)
    tuplet_starts: bool = False
    tuplet_stops: bool = False
    slur_starts: list[int] = field(default_factory=list)
    slur_stops: list[int] = field(default_factory=list)
    #: those of the slurs that start here which are dotted
    dotted: list[int] = field(default_factory=list)
    joined: bool = False
    lyrics: list[Lyric] = field(default_factory=list)
    #: MIDI numbers that a tie from the event before leads to
    tied: frozenset[int] = frozenset()
    #: bars of rest, of which this is the first; 0 for what is no ``Z``
    bars: int = 0


@dataclass(slots=True)
class Placed:
    """A field, chord symbol, annotation or direction at `onset` of its measure."""

    onset: Fraction
    layer: int
    node: Field | ChordName | Annotation | Decoration


@dataclass(slots=True)
class SheetMeasure:
    """What stands between two bar lines; `items` are in the order of the text."""

    before: Boundary
    after: Boundary
    meter: MeterField | None
    number: int
    length: Fraction = ZERO
    items: list[Struck | Placed] = field(default_factory=list)
    new_line: bool = False
    #: pauses at the bar line after it
    fermatas: list[str] = field(default_factory=list)
    #: whether it goes on with a bar that is too long for one line
    goes_on: bool = False


@dataclass(slots=True)
class VoiceSheet:
    """One voice: its id, the words of its ``V:`` and its measures."""

    voice: Voice
    properties: str
    measures: list[SheetMeasure] = field(default_factory=list)


@dataclass(slots=True)
class Sheet:
    """A tune as it is drawn."""

    tune: ParsedTune
    timeline: Timeline
    voices: dict[str, VoiceSheet]
