"""`Score` → piano roll: time to the right, pitch upwards, a colour for each part. SVG of our own.

PNG and PDF are made from it as from a score picture.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from fractions import Fraction

from musicrnn.errors import RenderError
from musicrnn.render.xmltext import escaped
from musicrnn.score import Score

__all__ = ["bar_lines", "piano_roll", "piano_roll_spans"]

#: Paul Tol's "bright" scheme: told apart by the colour-blind as well.
COLOURS = ("#4477AA", "#EE6677", "#228833", "#CCBB44", "#66CCEE", "#AA3377", "#777777")

_ROW = 9  # pixels a semitone
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 16, 46, 30
_WIDE, _TIGHT = 28.0, 4.0  # pixels a quarter note, at most and at least
_COMFORTABLE = 1600  # pixels of music that fit a page
_BLACK_KEYS = frozenset({1, 3, 6, 8, 10})
#: Where there is no metre, there is a line each whole note.
_FREE_BAR = Fraction(4)
_FONT = "Liberation Serif, Times New Roman, Times, serif"


def piano_roll(score: Score) -> str:
    """An SVG piano roll of the whole score: bar lines, octaves named, louder notes darker.

    Raises RenderError when there are no notes.
    """
    if not score.notes:
        raise RenderError("there is nothing to draw: the score has no notes")
    scale = min(_WIDE, max(_TIGHT, _COMFORTABLE / float(max(score.length, Fraction(1)))))
    pitches = [note.pitch for note in score.notes]
    low, high = min(pitches) - 2, max(pitches) + 2
    width = _LEFT + float(score.length) * scale + _RIGHT
    height = _TOP + (high - low + 1) * _ROW + _BOTTOM
    label = escaped(f"Piano roll of {score.title}" if score.title else "Piano roll")
    body = "".join(
        [
            *_keys(low, high, width),
            *_bars(score, scale, height),
            *_notes(score, scale, high),
            *_legend(score, width),
        ]
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" '
        f'width="{width:.0f}" height="{height}" role="img" aria-label="{label}" '
        f'font-family="{_FONT}">{body}</svg>'
    )


def piano_roll_spans(score: Score) -> list[tuple[float, float, str]]:
    """(start, end, id) of each box of the piano roll, in seconds; as `Engraving.follow`."""
    clock = score.clock()
    names = _names(score)
    return [
        (clock(note.onset), clock(note.end), name)
        for note, name in zip(score.notes, names, strict=True)
    ]


def _names(score: Score) -> list[str]:
    """An id for each note, other than those of other scores on the same page."""
    digest = zlib.crc32(repr(score.notes).encode())
    return [f"roll-{digest:08x}-{index}" for index in range(len(score.notes))]


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


def _keys(low: int, high: int, width: float) -> Iterator[str]:
    """A row for each key, those of black keys shaded, each C named."""
    for pitch in range(low, high + 1):
        y = _TOP + (high - pitch) * _ROW
        if pitch % 12 in _BLACK_KEYS:
            yield _box(_LEFT, y, width - _LEFT - _RIGHT, _ROW, "#f0eee9")
        if pitch % 12 == 0:
            yield _box(_LEFT, y + _ROW - 0.5, width - _LEFT - _RIGHT, 0.8, "#bbb5a8")
            yield _word(_LEFT - 8, y + _ROW - 1, 12, f"C{pitch // 12 - 1}", "end")


def _bars(score: Score, scale: float, height: float) -> Iterator[str]:
    """Bar lines, numbered so that the numbers do not touch."""
    numbered_to = -1.0
    for number, onset in enumerate(bar_lines(score), 1):
        x = _LEFT + float(onset) * scale
        yield _box(x - 0.4, _TOP, 0.8, height - _TOP - _BOTTOM, "#cfcabf")
        if x >= numbered_to:
            yield _word(x, height - 12, 11, str(number), "middle")
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


def _notes(score: Score, scale: float, high: int) -> Iterator[str]:
    for note, name in zip(score.notes, _names(score), strict=True):
        x = _LEFT + float(note.onset) * scale
        y = _TOP + (high - note.pitch) * _ROW
        colour = _tinted(COLOURS[note.part % len(COLOURS)], note.velocity)
        # A sliver is left between repeated notes, so that one sees two.
        wide = max(float(note.duration) * scale - 0.8, 1.0)
        yield _box(x, y + 0.7, wide, _ROW - 1.4, colour, f' class="note" id="{name}"')


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
