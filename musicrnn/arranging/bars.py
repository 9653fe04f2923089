"""The bars of a tune as people count and rewrite them: their numbers, their text, their notes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from musicrnn.abc.syntax.decorations import MARKS
from musicrnn.abc.syntax.parser import parse_tune
from musicrnn.abc.syntax.tree import (
    Annotation,
    Bar,
    Chord,
    ChordName,
    Decoration,
    Ending,
    Field,
    LineBreak,
    Node,
    Note,
    ParsedTune,
    Rest,
    Space,
)  # fmt: skip
from musicrnn.abc.syntax.writer import write_body
from musicrnn.abc.timeline.timeline import Event, Measure
from musicrnn.arranging.melody import one_voice
from musicrnn.errors import UsageError, counted

__all__ = [
    "BarText", "Spelled", "bar_numbers", "bars_named", "parse_bars", "share_kept", "written_bars",
]  # fmt: skip

#: (onset in its bar in quarter notes, MIDI number): what makes two notes the same
NoteAt = tuple[Fraction, int]

_RANGE = re.compile(r"(\d+)(?:\s*-\s*(\d+))?")
#: nodes that stand at the edge of a bar and are not of it
_AROUND = (LineBreak, Space)
#: nodes that a rewritten bar may hold; others keep a bar as it is
_SOUNDS = (Note, Rest, Chord)


# --- numbers ----------------------------------------------------------------------------------


def bar_numbers(measures: Sequence[Measure]) -> list[int]:
    """The number of each measure as players count: a pickup belongs to the bar that follows, and
    what an ending or a repeat cuts in two is one bar."""
    numbers = []
    pickups = 0
    for place, measure in enumerate(measures):
        numbers.append(measure.number - pickups)
        pickups += _is_pickup(measure, first=not place)
    return numbers


def _is_pickup(measure: Measure, *, first: bool) -> bool:
    """Whether a measure is the beginning of a section that is shorter than a bar."""
    full = measure.meter.length if measure.meter else None
    before = measure.before
    opens = first or before.double or before.starts
    return bool(
        full and opens and measure.length < full and measure.after.bars and not before.ending
    )


def parse_bars(text: str, *, least: int = 1) -> tuple[tuple[int, int], ...]:
    """``1-4,8`` as ranges of bars from `least` on, ends included. Raises `UsageError` for anything
    else."""
    ranges = []
    for item in filter(None, (part.strip() for part in text.split(","))):
        match = _RANGE.fullmatch(item)
        first = int(match[1]) if match else 0
        last = int(match[2] or first) if match else 0
        if not match or not least <= first <= last:
            raise UsageError(f"{item!r} names no bars; write for example 1-4,8")
        ranges.append((first, last))
    return tuple(ranges)


def bars_named(text: str, measures: Sequence[Measure]) -> frozenset[int]:
    """The indices of the measures that ``1-4,8`` names. Raises `UsageError` for a bar that the
    tune does not have."""
    numbers = bar_numbers(measures)
    most = max(numbers, default=0)
    ranges = parse_bars(text)
    for first, last in ranges:
        if last > most:
            missing = last if first <= most else first
            raise UsageError(f"there is no bar {missing}: the tune has {counted(most, 'bar')}")
    return frozenset(
        place
        for place, number in enumerate(numbers)
        if any(first <= number <= last for first, last in ranges)
    )


# --- bars as text -----------------------------------------------------------------------------


@dataclass(frozen=True)
class BarText:
    """A measure with its text: `start` and `end` in the tune's text, its nodes, and key, metre and
    unit length (as fields say them) in force. `plain` tells that it may be rewritten."""

    measure: Measure
    nodes: tuple[Node, ...]
    start: int
    end: int
    key: str
    meter: str
    unit: str
    plain: bool

    @property
    def closes(self) -> bool:
        """Whether a section ends with it."""
        return self.measure.after.double or self.measure.after.ends > 0

    @property
    def notes(self) -> Counter[NoteAt]:
        """How often each note stands in it."""
        return _notes(self.measure.events)

    @property
    def music(self) -> str:
        """Its text without chord symbols and remarks."""
        return written(self.nodes)

    @property
    def symbols(self) -> tuple[tuple[Fraction, Node], ...]:
        """Chord symbols and remarks with the onset, in quarter notes, at which they stand."""
        return tuple(_symbols(self.nodes, self.measure.events))


def _notes(events: Iterable[Event]) -> Counter[NoteAt]:
    return Counter((event.onset, pitch.number) for event in events for pitch in event.pitches)


def written(nodes: Iterable[Node]) -> str:
    """Nodes as text, without chord symbols and remarks."""
    kept = [node for node in nodes if not isinstance(node, ChordName | Annotation)]
    return write_body(kept).strip()


def _symbols(nodes: Sequence[Node], events: Sequence[Event]) -> Iterator[tuple[Fraction, Node]]:
    onsets = {event.start: event.onset for event in events}
    waiting: list[Node] = []
    for node in nodes:
        if isinstance(node, ChordName | Annotation):
            waiting.append(node)
        elif isinstance(node, _SOUNDS):
            yield from ((onsets[node.start], symbol) for symbol in waiting)
            waiting = []


def written_bars(tune: ParsedTune, measures: Sequence[Measure]) -> list[BarText]:
    """The bars of a tune with one voice, in the order of the text."""
    place_of = {event.start: n for n, measure in enumerate(measures) for event in measure.events}
    values = {"K": tune.key, "M": tune.meter, "L": tune.unit}
    bars: list[BarText] = []
    run: list[Node] = []

    def close() -> None:
        while run and isinstance(run[0], _AROUND):
            del run[0]
        while run and isinstance(run[-1], _AROUND):
            del run[-1]
        place = next((place_of[n.start] for n in run if n.start in place_of), None)
        if place is not None:
            bars.append(
                BarText(
                    measures[place], tuple(run), run[0].start, run[-1].end, values["K"],
                    values["M"], values["L"], _is_plain(run, measures[place]),
                )
            )  # fmt: skip
        run.clear()

    for node in tune.body:
        if isinstance(node, Bar | Ending):
            close()
        elif isinstance(node, Field) and not node.inline:
            if node.letter == "P" or not any(isinstance(n, _SOUNDS) for n in run):
                close()
            else:
                run.append(node)
            if node.letter in values:
                values[node.letter] = node.value
        else:
            run.append(node)
            if isinstance(node, Field) and node.letter in values:
                values[node.letter] = node.value
    close()
    return bars


def _is_plain(nodes: Sequence[Node], measure: Measure) -> bool:
    """Whether a bar holds nothing but music, all of which may go."""
    kinds = ("Note", "Rest", "Chord", "Grace", "Broken", "Tuplet", "Slur", "Decoration",
             "ChordName", "Annotation", "Space", "Spacer")  # fmt: skip
    if measure.layers or measure.meter is None or measure.meter.length is None:
        return False
    steering = MARKS | {"fermata"}
    return all(
        type(node).__name__ in kinds
        and not (isinstance(node, Decoration) and node.name in steering)
        for node in nodes
    )


def share_kept(before: str, after: str) -> float:
    """The share of the notes of one tune (as written, each bar once) that stand in another at the
    same place of the same bar, at the same pitch. Raises `UsageError` where the bars differ."""
    old, new = (written_bars(*one_voice(text)) for text in (before, after))
    if len(old) != len(new):
        raise UsageError(f"the tunes have {len(old)} and {len(new)} bars")
    kept = sum((a.notes & b.notes).total() for a, b in zip(old, new, strict=True))
    return kept / sum(bar.notes.total() for bar in old)


# --- one bar, note by note --------------------------------------------------------------------


@dataclass(frozen=True)
class Spelled:
    """A bar note by note: `segments` are the nodes of each note, rest or chord with the signs that
    go with it, `onsets` (quarter notes) where each starts, `cuts` the numbers of the segments
    before which the bar may be cut (no tuplet, slur, tie or broken rhythm goes across)."""

    segments: tuple[tuple[Node, ...], ...]
    onsets: tuple[Fraction, ...]
    length: Fraction
    cuts: tuple[int, ...]
    notes: Counter[NoteAt]
    last: int | None
    tied: bool

    @classmethod
    def of(cls, music: str, like: BarText) -> Spelled:
        """Read the text of a bar in the key, metre and unit length of `like`."""
        unit = f"L:{like.unit}\n" if like.unit else ""
        tune = parse_tune(f"X:1\nM:{like.meter}\n{unit}K:{like.key}\n{music}\n")
        from musicrnn.abc.timeline.build_timeline import read_timeline

        voices = read_timeline(tune).voices
        events = [e for m in voices[0].measures for e in m.events] if voices else []
        nodes = [node for node in tune.body if not isinstance(node, LineBreak | Bar)]
        length = sum((e.duration for e in events), Fraction(0))
        sounding = [event for event in events if event.pitches]
        tied = bool(sounding) and any(pitch.tie for pitch in sounding[-1].pitches)
        last = sounding[-1].pitches[0].number if sounding else None
        segments = _segments(nodes)
        return cls(
            segments, tuple(e.onset for e in events), length,
            tuple(_cuts(segments)), _notes(events), last, tied,
        )  # fmt: skip

    def head(self, cut: int) -> str:
        """The text before a cut."""
        return written(node for segment in self.segments[:cut] for node in segment)

    def tail(self, cut: int) -> str:
        """The text from a cut on."""
        return written(node for segment in self.segments[cut:] for node in segment)

    def with_symbols(self, symbols: Sequence[tuple[Fraction, Node]]) -> str | None:
        """The text with chord symbols at their onsets; None where a note is missing there."""
        wanted = {onset for onset, _ in symbols}
        if not wanted <= set(self.onsets):
            return None
        nodes: list[Node] = []
        for onset, segment in zip(self.onsets, self.segments, strict=True):
            nodes += [symbol for at, symbol in symbols if at == onset]
            nodes += segment
        return write_body(nodes).strip()


def _segments(nodes: Sequence[Node]) -> tuple[tuple[Node, ...], ...]:
    """The nodes note by note: what stands before a note goes with it, and so do spaces, closed
    slurs and signs of broken rhythm after it."""
    segments: list[list[Node]] = []
    waiting: list[Node] = []
    for node in nodes:
        name = type(node).__name__
        after = name in ("Space", "Broken") or (name == "Slur" and getattr(node, "sign", "") == ")")
        if isinstance(node, _SOUNDS):
            segments.append([*waiting, node])
            waiting = []
        elif after and segments and not waiting:
            segments[-1].append(node)
        else:
            waiting.append(node)
    return tuple(map(tuple, segments))


def _cuts(segments: Sequence[Sequence[Node]]) -> Iterator[int]:
    """The segments before which nothing goes across."""
    tuplet = slurs = 0
    broken = tied = False
    for number, segment in enumerate(segments):
        if number and not (tuplet or slurs or broken or tied):
            yield number
        broken = False
        for node in segment:
            name = type(node).__name__
            if name == "Tuplet":
                tuplet = getattr(node, "r", 0) or getattr(node, "p", 0)
            elif name == "Slur":
                slurs += 1 if "(" in getattr(node, "sign", "") else -1
            elif name == "Broken":
                broken = True
            elif isinstance(node, _SOUNDS):
                tuplet = max(tuplet - 1, 0)
                tied = bool(getattr(node, "tie", ""))
