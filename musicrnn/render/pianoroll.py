"""`Score` → piano roll: time to the right, pitch upwards, a colour for each part. SVG of our own.

PNG and PDF are made from it as from a score picture.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from musicrnn.errors import RenderError
from musicrnn.render.xmltext import escaped
from musicrnn.score import Note, Score
from musicrnn.theory.chords import pitch_name

__all__ = ["bar_lines", "piano_roll", "piano_roll_spans"]

#: Paul Tol's "bright" scheme: told apart by the colour-blind as well.
COLOURS = ("#4477AA", "#EE6677", "#228833", "#CCBB44", "#66CCEE", "#AA3377", "#777777")

_ROW = 11  # pixels a semitone
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 16, 46, 30
_GAP = 8  # between one line of the roll and the next
_WIDE, _TIGHT = 28.0, 4.0  # pixels a quarter note, at most and at least
_COMFORTABLE = 1600  # pixels of music that fit a page
_BLACK_KEYS = frozenset({1, 3, 6, 8, 10})
#: Where there is no metre, there is a line each whole note.
_FREE_BAR = Fraction(4)
#: bars of a line, where the roll is broken into lines: the most that fit
_BARS = (16, 12, 8, 6, 4, 3, 2, 1)
_FONT = "Liberation Serif, Times New Roman, Times, serif"


@dataclass(frozen=True)
class _Plan:
    """Where things stand: pixels a quarter note, the first and last row, and the lines, each from
    one time to another, in quarter notes."""

    scale: float
    low: int
    high: int
    lines: tuple[tuple[Fraction, Fraction], ...]

    @property
    def width(self) -> float:
        longest = max(end - start for start, end in self.lines)
        return _LEFT + float(longest) * self.scale + _RIGHT

    @property
    def line_height(self) -> int:
        return (self.high - self.low + 1) * _ROW + _BOTTOM

    @property
    def height(self) -> int:
        return _TOP + len(self.lines) * (self.line_height + _GAP) - _GAP

    def x(self, line: int, time: Fraction) -> float:
        return _LEFT + float(time - self.lines[line][0]) * self.scale

    def y(self, line: int, pitch: int) -> int:
        """The top of a row."""
        return _TOP + line * (self.line_height + _GAP) + (self.high - pitch) * _ROW

    @classmethod
    def of(cls, score: Score, width: int | None) -> _Plan:
        pitches = [note.pitch for note in score.notes]
        low, high = min(pitches) - 1, max(pitches) + 1
        length = max(score.length, Fraction(1))
        if width is None:
            scale = min(_WIDE, max(_TIGHT, _COMFORTABLE / float(length)))
            return cls(scale, low, high, ((Fraction(0), length),))
        room = width - _LEFT - _RIGHT
        lines = _lines(score, Fraction(room) / Fraction(_WIDE))
        longest = max(end - start for start, end in lines)
        return cls(min(room / float(longest), 2 * _WIDE), low, high, lines)


def piano_roll(score: Score, *, width: int | None = None) -> str:
    """An SVG piano roll of the whole score: bar lines, notes named, louder notes darker.

    With a `width` in pixels it is broken into lines at bar lines, as a score is, else it is one
    long line. Raises RenderError when there are no notes.
    """
    if not score.notes:
        raise RenderError("there is nothing to draw: the score has no notes")
    plan = _Plan.of(score, width)
    label = escaped(f"Piano roll of {score.title}" if score.title else "Piano roll")
    body = "".join(
        [
            *_keys(score, plan),
            *_bars(score, plan),
            *_notes(score, plan),
            *_legend(score, plan.width),
        ]
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {plan.width:.0f} {plan.height}" '
        f'width="{plan.width:.0f}" height="{plan.height}" role="img" aria-label="{label}" '
        f'font-family="{_FONT}">{body}</svg>'
    )


def piano_roll_spans(score: Score, *, width: int | None = None) -> list[tuple[float, float, str]]:
    """(start, end, id) of each box of the piano roll, in seconds; as `Engraving.follow`."""
    clock = score.clock()
    return [
        (clock(note.onset), clock(note.end), name)
        for note, name, *_ in _boxes(score, _Plan.of(score, width) if score.notes else None)
    ]


def _lines(score: Score, room: Fraction) -> tuple[tuple[Fraction, Fraction], ...]:
    """The times of the lines, each of as many bars as fit into `room` quarter notes."""
    length = max(score.length, Fraction(1))
    bars = [line for line in bar_lines(score) if line < length]
    for count in _BARS:
        starts = bars[::count] or [Fraction(0)]
        starts[0] = Fraction(0)  # a pickup stands before the first bar
        lines = tuple(zip(starts, [*starts[1:], length], strict=True))
        if count == 1 or max(end - start for start, end in lines) <= room:
            break
    return lines


def _boxes(score: Score, plan: _Plan | None) -> Iterator[tuple[Note, str, int, Fraction, Fraction]]:
    """Each box: its note, its id, its line, and from when to when; a note that goes on over the
    end of a line has one in each."""
    # Ids other than those of other scores on the same page.
    digest = zlib.crc32(repr(score.notes).encode())
    for index, note in enumerate(score.notes):
        lines = plan.lines if plan else ()
        there = [n for n, (start, end) in enumerate(lines) if start < note.end and note.onset < end]
        for line in there:
            start, end = lines[line]
            name = f"roll-{digest:08x}-{index}" + (f"-{line}" if line != there[0] else "")
            yield note, name, line, max(start, note.onset), min(end, note.end)


def _box(x: float, y: float, width: float, height: float, fill: str, more: str = "") -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
        f'fill="{fill}" stroke-width="0"{more}/>'
    )


def _word(x: float, y: float, size: int, text: str, anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}px" text-anchor="{anchor}">'
        f"{escaped(text)}</text>"
    )


def _keys(score: Score, plan: _Plan) -> Iterator[str]:
    """A row for each key, those of black keys shaded; notes that sound are named, and each C."""
    used = {note.pitch for note in score.notes}
    flats = score.key is not None and score.key.fifths < 0
    for line, (start, end) in enumerate(plan.lines):
        width = float(end - start) * plan.scale
        for pitch in range(plan.low, plan.high + 1):
            y = plan.y(line, pitch)
            if pitch % 12 in _BLACK_KEYS:
                yield _box(_LEFT, y, width, _ROW, "#f0eee9")
            if pitch % 12 == 0:
                yield _box(_LEFT, y + _ROW - 0.5, width, 0.8, "#bbb5a8")
            if pitch in used or pitch % 12 == 0:
                name = f"{pitch_name(pitch, flats=flats)}{pitch // 12 - 1}"
                yield _word(_LEFT - 6, y + _ROW - 2, 11, name, "end")


def _bars(score: Score, plan: _Plan) -> Iterator[str]:
    """Bar lines, numbered so that the numbers do not touch."""
    marks = bar_lines(score)
    for line, (start, end) in enumerate(plan.lines):
        numbered_to = -1.0
        top, bottom = plan.y(line, plan.high), plan.y(line, plan.low) + _ROW
        for number, onset in enumerate(marks, 1):
            if not start <= onset < end:
                continue
            x = plan.x(line, onset)
            yield _box(x - 0.4, top, 0.8, bottom - top, "#cfcabf")
            if x >= numbered_to:
                yield _word(x, bottom + 14, 11, str(number), "middle")
                numbered_to = x + 28


def bar_lines(score: Score) -> list[Fraction]:
    """Where bars begin: after the pickup, and from each change of metre."""
    lines: list[Fraction] = []
    ends = [*(change.onset for change in score.meters), score.length][1:]
    for change, end in zip(score.meters, ends, strict=False):
        step = change.meter.length if change.meter else _FREE_BAR
        at = change.onset or score.pickup
        while at < end:
            lines.append(at)
            at += step
    return lines


def _notes(score: Score, plan: _Plan) -> Iterator[str]:
    for note, name, line, start, end in _boxes(score, plan):
        colour = _tinted(COLOURS[note.part % len(COLOURS)], note.velocity)
        # A sliver is left between repeated notes, so that one sees two.
        wide = max(float(end - start) * plan.scale - 0.8, 1.0)
        x, y = plan.x(line, start), plan.y(line, note.pitch) + 0.7
        yield _box(x, y, wide, _ROW - 1.4, colour, f' class="note" id="{name}"')


def _tinted(colour: str, velocity: int) -> str:
    """The colour mixed with white: at velocity 1 half white, at 100 and above pure."""
    strength = 0.5 + 0.5 * min(velocity, 100) / 100
    channels = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 - (255 - channel) * strength):02x}" for channel in channels)


def _legend(score: Score, width: float) -> Iterator[str]:
    """The title, and the parts' names in their colours where there are several."""
    yield _word(_LEFT, 26, 18, score.title)
    named = [(index, part.name or f"part {index + 1}") for index, part in enumerate(score.parts)]
    x = width - _RIGHT
    for index, name in reversed(named if len(named) > 1 else []):
        x -= 7 * len(name)
        if x < width / 3:
            break
        yield _word(x, 26, 12, name)
        yield _box(x - 16, 17, 11, 11, COLOURS[index % len(COLOURS)])
        x -= 30
