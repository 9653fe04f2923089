"""The states of the grammar: small, immutable, hashable, so that what follows each can be kept.

Time is in ticks (see `lengths`). Inside a bar a state knows nothing of the tune around it but its
`BarSpec`; between bars it knows nothing of the notes. That keeps both kinds few.
"""

from __future__ import annotations

from enum import IntEnum, auto
from typing import NamedTuple

from musicrnn.constraints.abc.grammar.pitches import Altered, Spelled

__all__ = ["BarSpec", "BarState", "Phase", "Tie", "TupletState"]


class BarSpec(NamedTuple):
    """What the tune around it asks of a bar.

    The bar may be closed by a plain bar line at `plain_end` (−1: never) or, as a pickup, anywhere
    up to `pickup`; at `end` its section may end, with one of the bar lines that start with `ends`
    (`cadences` where the last note is the tonic). With one of `full` it may end at `top` too, and
    with one of `soon` anywhere from `early` on. `top` is the last of these times, and the notes
    never pass it. Where `min_final_tonic` is not 0, the note that reaches `top` must be the tonic,
    and at least that long. `may_tie_over` allows a tie into the next bar.
    """

    top: int
    pickup: int = 0
    plain_end: int = -1
    end: int = -1
    ends: str = ""
    cadences: str = ""
    min_final_tonic: int = 0
    may_tie_over: bool = False
    full: str = ""
    soon: str = ""
    early: int = 0

    def plain_at(self, time: int) -> bool:
        """Whether a plain bar line may stand at `time`."""
        return time == self.plain_end or 0 < time <= self.pickup

    def closers(self, time: int, tonic: bool) -> str:
        """The characters that bar lines allowed at `time` start with."""
        first = "|" if self.plain_at(time) else ""
        if time == self.end:
            others = self.cadences if tonic else self.ends
        elif self.full and time == self.top:
            others = self.full
        else:
            others = self.soon if self.early <= time < self.top else ""
        return first + "".join(c for c in others if c not in first)


class Phase(IntEnum):
    """Where in the text of a bar one is."""

    FRESH = auto()  # at the start of the bar
    AFTER = auto()  # after a note, chord or rest
    SPACED = auto()  # after a space
    OPEN = auto()  # after a ( that may yet start a tuplet
    LEAD = auto()  # after grace notes or the start of a tuplet
    MARKED = auto()  # after a decoration
    BROKEN = auto()  # after > or <
    TIED = auto()  # after -
    SIGN = auto()  # after an accidental
    NOTE = auto()  # in a note, which may get longer
    REST = auto()  # in a rest, which may get longer
    GRACE = auto()  # in { }, before a note
    CHORD = auto()  # in [ ], before a note
    CHORD_LENGTH = auto()  # after ], before or in the length


class Tie(NamedTuple):
    """A tie that waits for its second note; `plain`: the pitch is that of the signature, so the
    tie may cross a bar line."""

    letter: str
    marks: int
    plain: bool


class TupletState(NamedTuple):
    """`left` notes are missing, each `length` ticks long (0: the first one decides); the whole
    lasts `times` such lengths."""

    left: int
    times: int
    length: int = 0


class BarState(NamedTuple):
    """A place inside a bar.

    `time` is what the closed elements fill. `slur` is 0 outside of a slur, else 1 + the notes in
    it, up to 3 (it may close). `broken` is the length that the note after ``>`` must have.
    `inside` is ``{`` or ``[`` while a note of such a group is written, `group` its notes so far;
    `graces` is the number of grace notes before the note to come; a decoration needs the time of
    one, and `decorated` notes start no tie (a tied trill is held once too often by some players).
    `previous` is the note that a tie could start from, `dotted` the length of a note that broken
    rhythm may change (0: none), by the signs in `signs`. `column` is 0 at the start of a line, 1
    after its first letter, else 2: a letter and a colon there would be a field. `tonic` tells
    whether the last note was. `sounded`: the bar has a note, as every bar must.
    `chromatic_allowed`: the next note may be outside the scale.
    """

    spec: BarSpec
    phase: Phase = Phase.FRESH
    time: int = 0
    altered: Altered = ()
    slur: int = 0
    tie: Tie | None = None
    broken: int = 0
    tuplet: TupletState | None = None
    note: Spelled | None = None
    typed: str = ""
    inside: str = ""
    group: tuple[tuple[int, int], ...] = ()
    graces: int = 0
    decorated: bool = False
    previous: Spelled | None = None
    dotted: int = 0
    signs: str = ""
    column: int = 2
    tonic: bool = False
    sounded: bool = False
    chromatic_allowed: bool = True
