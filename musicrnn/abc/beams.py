"""Beams end where beats do: spaces within a beat, which cut a beam in two, are left out."""

from __future__ import annotations

from bisect import bisect_left

from musicrnn.abc.syntax.parser import parse_tune
from musicrnn.abc.syntax.tree import Space
from musicrnn.abc.timeline.build_timeline import read_timeline
from musicrnn.abc.timeline.timeline import Measure

__all__ = ["beams_on_beats"]


def beams_on_beats(text: str, *, start: int = 0) -> str:
    """The text of one tune, from `start` on without spaces before notes that stand within a beat.

    The notes and everything else stay as they are. Raises AbcError for what is no tune.
    """
    tune = parse_tune(text)
    voices = read_timeline(tune).voices
    places = sorted(
        (event.start, _is_within_beat(measure, number))
        for voice in voices
        for measure in voice.measures
        for number, event in enumerate(measure.events)
    )
    starts = [at for at, _ in places]
    kept, done = [], 0
    for node in tune.body:
        if not isinstance(node, Space) or node.start < start:
            continue
        following = bisect_left(starts, node.end)
        if following < len(places) and places[following][1]:
            kept.append(text[done : node.start])
            done = node.end
    return "".join([*kept, text[done:]])


def _is_within_beat(measure: Measure, number: int) -> bool:
    """Whether an event of a bar stands on no beat, counted from either end of it: a short bar may
    be a pickup, whose beats are those of the bar's end."""
    onset = measure.events[number].onset
    meter = measure.meter.meter if measure.meter else None
    if meter is None:
        return False
    return bool(onset % meter.beat and (onset - measure.length) % meter.beat)
