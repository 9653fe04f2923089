"""Some bars of a piece, as a piece: what is trained on where the whole file is too much.

>>> from musicrnn.score import Note, Score
>>> four = Score.of(Note(Fraction(4 * i), 60 + i, Fraction(4)) for i in range(4))
>>> [note.pitch for note in bars_of(four, 2, 3)]
[61, 62]
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

from musicrnn.errors import UsageError
from musicrnn.score import Score
from musicrnn.theory.melody import BarLines, Melody

__all__ = ["bars_of", "joined", "real_changes", "without_long_rests"]

#: A melody that is silent for more bars than this is trained on without them.
MOST_SILENT_BARS = 1

Span = tuple[Fraction, Fraction]


def bars_of(score: Score, first: int | None, last: int | None) -> Score:
    """Bars `first` to `last`, counted from 1, both included; None is where the piece begins or
    ends. Raises `UsageError` when there are none."""
    lines = BarLines(score)
    end = max((note.end for note in score.notes), default=Fraction(0))
    start = Fraction(0) if first is None else lines.start(first - 1)
    stop = score.length if last is None else min(lines.start(last), score.length)
    if (first or 1) < 1 or not start < stop or start >= end:
        bars = -(-lines.number(end) // 1)
        raise UsageError(f"bars {first or 1} to {last or 'the end'} of a piece of {bars} bars")
    return joined(score, [(start, stop)])


def without_long_rests(score: Score, melody: Melody) -> Score:
    """The score without the bars in which its melody is silent, but for one of a row of them,
    and for none before it begins."""
    if not len(melody):
        return score
    lines = BarLines(score)
    heard: set[int] = set()
    for onset, length in zip(melody.onsets.tolist(), melody.durations.tolist(), strict=True):
        begins = lines.number(melody.time(onset))
        ends = lines.number(melody.time(onset + length))
        heard |= set(range(int(begins // 1), int(-(-ends // 1))))
    kept = []
    before = min(heard)
    for bar in sorted(heard):
        silent = range(before + 1, bar)
        kept += [*silent[:MOST_SILENT_BARS], bar]
        before = bar
    spans = [(max(lines.start(bar), Fraction(0)), lines.start(bar + 1)) for bar in kept]
    whole = all(a[1] == b[0] for a, b in pairwise(spans)) and not spans[0][0]
    return score if whole else joined(score, spans)


def joined(score: Score, spans: Sequence[Span]) -> Score:
    """What sounds and holds in some spans of time, one after the other.

    Notes that begin in a span are cut at its end; metre, key, tempo, chord, controllers and
    bends that hold at its beginning are set there.
    """
    lists: dict[str, list[Any]] = {
        name: [] for name in ("notes", "tempos", "meters", "keys", "chords", "controls", "bends",
                              "lyrics")
    }  # fmt: skip
    at = Fraction(0)
    for start, stop in spans:
        for name in lists:
            lists[name] += _inside(name, getattr(score, name), start, stop, at)
        at += stop - start
    pickup = score.pickup if spans and not spans[0][0] else Fraction(0)
    notes = lists.pop("notes")
    return Score.of(
        notes, parts=score.parts, title=score.title, length=at, pickup=pickup,
        **{name: real_changes(name, events) for name, events in lists.items()},
    )  # fmt: skip


def _inside(
    name: str, events: Iterable[Any], start: Fraction, stop: Fraction, at: Fraction
) -> list[Any]:
    """The events of one kind in a span, moved to `at`, and first what holds where it begins."""
    inside, before = [], {}
    for event in events:
        if start <= event.onset < stop:
            inside.append(event)
        elif event.onset < start:
            before[getattr(event, "number", 0), getattr(event, "part", 0)] = event
    if name in ("notes", "lyrics"):
        before = {}
    moved = [replace(event, onset=at) for event in before.values()]
    for event in inside:
        changed = {"onset": event.onset - start + at}
        if name == "notes":
            changed["duration"] = min(event.duration, stop - event.onset)
        moved.append(replace(event, **changed))
    return moved


def real_changes(name: str, events: list[Any]) -> list[Any]:
    """Changes of what holds for the whole score: the last one of a moment, and only real ones; of
    events that hold for a part, all."""
    if name in ("controls", "bends", "lyrics"):
        return events
    last = {event.onset: event for event in events}
    changes: list[Any] = []
    for event in (last[onset] for onset in sorted(last)):
        if not changes or replace(event, onset=changes[-1].onset) != changes[-1]:
            changes.append(event)
    return changes
