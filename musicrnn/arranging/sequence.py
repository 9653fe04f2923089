"""Scores one after the other, as players go from one tune into the next: on the bar line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from musicrnn.score import DEFAULT_QPM, MeterChange, Note, Part, Score, TempoChange
from musicrnn.theory.excerpt import real_changes
from musicrnn.theory.melody import BarLines

__all__ = ["bar_line_after", "in_a_row"]

#: kinds of events that a score has beside its notes
_EVENTS = ("tempos", "meters", "keys", "chords", "controls", "bends", "lyrics")


def bar_line_after(score: Score) -> Fraction:
    """The first bar line, in quarter notes, at or after the end of a score."""
    lines = BarLines(score)
    return lines.start(int(-(-lines.number(score.length) // 1)))


def in_a_row(scores: Sequence[Score], *, title: str = "") -> Score:
    """The scores played one after the other, each at its own tempo.

    The first full bar of each starts on the bar line after the one before: a pickup is played in
    the last bar of that one, which is filled with silence or cut short for it. Parts that are alike
    (name, instrument) are one.
    """
    parts: list[Part] = []
    notes: list[Note] = []
    changes: dict[str, list[Any]] = {name: [] for name in _EVENTS}
    line = Fraction(0)
    for number, score in enumerate(scores):
        start = line - score.pickup if number else Fraction(0)
        notes = [_cut(note, start) for note in notes if note.onset < start or not number]
        places = _places(score.parts, parts)
        notes += [
            replace(note, onset=note.onset + start, part=places[note.part]) for note in score.notes
        ]
        for name, events in changes.items():
            events[:] = [event for event in events if event.onset < start or not number]
            events += [_moved(event, start, places) for event in _holding(score, name)]
        changes["meters"] = _on_bar_lines(changes["meters"], start, line if number else start)
        line = start + bar_line_after(score)
    end = start + score.length if scores else Fraction(0)
    return Score.of(
        notes, parts=parts or (Part(),), title=title, length=end,
        pickup=scores[0].pickup if scores else Fraction(0),
        **{n: own if n == "chords" else real_changes(n, own) for n, own in changes.items()},
    )  # fmt: skip


def _on_bar_lines(
    meters: Sequence[MeterChange], start: Fraction, line: Fraction
) -> list[MeterChange]:
    """The metre of a score that begins at `start` holds from its first bar line on."""
    return [replace(m, onset=line) if m.onset == start else m for m in meters]


def _cut(note: Note, end: Fraction) -> Note:
    return note if note.end <= end else replace(note, duration=end - note.onset)


def _places(own: Sequence[Part], parts: list[Part]) -> list[int]:
    """Where each part of a score stands among all `parts`, to which new ones are added; two parts
    of one score that are alike stay two."""
    places: list[int] = []
    for part in own:
        same = [n for n, other in enumerate(parts) if other == part and n not in places]
        if not same:
            parts.append(part)
            same = [len(parts) - 1]
        places.append(same[0])
    return places


def _holding(score: Score, name: str) -> Iterable[Any]:
    """The events of one kind, among them the tempo that holds at the beginning."""
    events: list[Any] = list(getattr(score, name))
    if name == "tempos" and not (events and events[0].onset == 0):
        events.insert(0, TempoChange(Fraction(0), DEFAULT_QPM))
    return events


def _moved(event: Any, start: Fraction, places: Sequence[int]) -> Any:
    moved = {"onset": event.onset + start}
    if hasattr(event, "part"):
        moved["part"] = places[event.part]
    return replace(event, **moved)
