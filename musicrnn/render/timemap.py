"""When each drawn note sounds: verovio's times as written, repeats played out as our player does.

verovio can play repeats out itself, but goes back to other places than ABC's rules say (a section
that ends at ``||`` and is closed by ``:|``), and its notes would then run away from the sound.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from musicrnn.abc import ParsedTune

__all__ = ["Sounding", "played_times"]

#: verovio counts quarters in floats; no notation divides one finer than this.
_FINEST = 5040


@dataclass(frozen=True, slots=True, order=True)
class Sounding:
    """A note head in the picture while it sounds: `onset` and `end` in quarter notes from the
    start of the performance (repeats played out), `id` that of its ``<g class="note">``."""

    onset: Fraction
    end: Fraction
    id: str


def played_times(events: Iterable[dict[str, Any]], tune: ParsedTune) -> tuple[Sounding, ...]:
    """The soundings of a performance, in order, from verovio's timemap of the tune as written."""
    written = sorted(_written(events))
    played = []
    for start, length, now in _measures(tune):
        end = start + length
        played += [
            Sounding(note.onset - start + now, note.end - start + now, note.id)
            for note in written
            if start <= note.onset < end
        ]
    return tuple(sorted(played))


def _written(events: Iterable[dict[str, Any]]) -> Iterator[Sounding]:
    begun: dict[str, Fraction] = {}
    for event in events:
        now = Fraction(event["qstamp"]).limit_denominator(_FINEST)
        for name in event.get("off", ()):
            if name in begun:
                yield Sounding(begun.pop(name), now, name)
        begun.update(dict.fromkeys(event.get("on", ()), now))


def _measures(tune: ParsedTune) -> Iterator[tuple[Fraction, Fraction, Fraction]]:
    """(onset as written, length, onset as played) of each measure in the order of play.

    The first voice speaks for all: they share bar lines.
    """
    from musicrnn.abc.timeline.build_timeline import read_timeline
    from musicrnn.abc.timeline.order import played_order

    timeline = read_timeline(tune)
    measures = timeline.voices[0].measures if timeline.voices else []
    onsets = list(accumulate((measure.length for measure in measures), initial=Fraction(0)))
    now = Fraction(0)
    for index in played_order(measures, timeline.parts):
        yield onsets[index], measures[index].length, now
        now += measures[index].length
