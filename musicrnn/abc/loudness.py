"""How loud each event of a voice is played: dynamics, hairpins, the accents of the metre, and a
little more in the middle of a phrase of four bars than at its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

from musicrnn.abc.syntax.decorations import DYNAMICS
from musicrnn.abc.timeline.timeline import Event, Measure, Voice
from musicrnn.theory.accents import accented, strength

__all__ = ["velocities"]

#: begin of a hairpin → which way it goes
_HAIRPINS: Final = {"crescendo(": 1, "<(": 1, "cresc(": 1,
                    "diminuendo(": -1, ">(": -1, "dim(": -1}  # fmt: skip
_CLOSINGS: Final = frozenset(name.replace("(", ")") for name in _HAIRPINS)
#: what a hairpin that leads to no dynamic adds or takes: one dynamic
_ONE_DYNAMIC: Final = 14
#: added in the bars of a phrase
_PHRASE: Final = (0, 2, 3, -3)


def velocities(voice: Voice) -> dict[int, int]:
    """The velocity of each event of a voice by where it starts in the text."""
    levels = _levels([event for measure in voice.measures for event in measure.events])
    played = {}
    for bar, (measure, shift) in enumerate(_placed(voice.measures)):
        meter = measure.meter.meter if measure.meter else None
        for event in measure.events:
            share = strength(event.onset + shift, meter)
            level = levels[event.start] + _PHRASE[bar % len(_PHRASE)]
            played[event.start] = accented(max(1, min(127, level)), share)
    return played


def _placed(measures: Sequence[Measure]) -> Iterator[tuple[Measure, Fraction]]:
    """Each measure with the place in its bar at which it begins: not 0 for a pickup, and for the
    rest of a bar that an ending or a part cuts in two."""
    before: Measure | None = None
    reached = Fraction(0)
    for measure in measures:
        full = measure.meter.length if measure.meter else None
        shift = Fraction(0)
        if before is not None and before.number == measure.number:
            shift = reached
        elif full and measure.length < full and _opens(measure, before):
            shift = full - measure.length
        yield measure, shift
        before, reached = measure, shift + measure.length


def _opens(measure: Measure, before: Measure | None) -> bool:
    """Whether a measure begins a section, where a short one is a pickup."""
    edge = measure.before
    return before is None or edge.ends > 0 or edge.starts or edge.double


def _levels(events: Sequence[Event]) -> dict[int, int]:
    """The loudness of each event without accents, hairpins worked out."""
    levels: dict[int, int] = {}
    offset = 0  # what a hairpin left behind, until the next dynamic
    hairpin: tuple[int, int] | None = None  # index of its first event, which way it goes
    for index, event in enumerate(events):
        if any(mark in DYNAMICS for mark in event.marks):
            offset = 0
        levels[event.start] = max(1, min(127, event.velocity + offset))
        ways = [_HAIRPINS[mark] for mark in event.marks if mark in _HAIRPINS]
        if ways:
            hairpin = index, ways[-1]
        if hairpin and not _CLOSINGS.isdisjoint(event.marks):
            first, way = hairpin
            start = levels[events[first].start]
            target = _target(events[index : index + 2], start, way)
            for step, one in enumerate(events[first : index + 1]):
                share = Fraction(step, max(index - first, 1))
                levels[one.start] = round(start + (target - start) * share)
            offset = target - event.velocity
            hairpin = None
    return levels


def _target(ending: Sequence[Event], start: int, way: int) -> int:
    """The loudness that a hairpin leads to: the dynamic at its end, if it is one that way."""
    for event in ending:
        marked = any(mark in DYNAMICS for mark in event.marks)
        if marked and (event.velocity - start) * way > 0:
            return event.velocity
    return max(1, min(127, start + way * _ONE_DYNAMIC))
