"""The bars of a sheet as MusicXML counts and draws them, and what it has no sign for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from math import lcm
from typing import Final

from musicrnn.abc.syntax.tree import Bar
from musicrnn.abc.timeline.timeline import Boundary
from musicrnn.musicxml.notes import own_length, pieces_of
from musicrnn.musicxml.sheet import Sheet, SheetMeasure, Struck, VoiceSheet
from musicrnn.musicxml.signs import NOTATIONS

__all__ = ["divisions", "fills", "partial", "spread", "style", "undrawn"]

ZERO: Final = Fraction(0)
#: more divisions of a quarter note than this are rounded to `_ROUND`; readers keep 32 bits
_MOST_DIVISIONS: Final = 1 << 20
_ROUND: Final = 50_400
_BARS: Final = {"||": "light-light", "|]": "light-heavy", "[|": "heavy-light", ".|": "dashed",
                "[|]": "none"}  # fmt: skip


def spread(sheet: VoiceSheet) -> list[SheetMeasure]:
    """The measures of a voice, each bar of a rest of several one measure."""
    measures = []
    for measure in sheet.measures:
        lasting = [item for item in measure.items if isinstance(item, Struck)]
        if len(lasting) != 1 or lasting[0].bars < 2:
            measures.append(measure)
            continue
        rest = lasting[0]
        place = measure.items.index(rest)
        length = rest.length / rest.bars
        between = Boundary([Bar("|")])
        for bar in range(rest.bars):
            first, last = bar == 0, bar == rest.bars - 1
            struck = replace(rest, length=length, onset=ZERO, bars=rest.bars if first else 0)
            measures.append(
                replace(
                    measure,
                    before=measure.before if first else between,
                    after=measure.after if last else between,
                    number=measure.number + bar,
                    length=length,
                    items=[
                        *(measure.items[:place] if first else ()),
                        struck,
                        *(measure.items[place + 1 :] if last else ()),
                    ],
                    new_line=measure.new_line and first,
                )
            )
    return measures


def undrawn(sheet: Sheet) -> Iterator[str]:
    """Decorations that MusicXML has no sign for; they are kept in the file by name."""
    names = {
        mark
        for voice in sheet.voices.values()
        for measure in voice.measures
        for item in measure.items
        if isinstance(item, Struck)
        for mark in (*item.marks, *_marks_within(item))
        if mark not in NOTATIONS and mark != "roll"
    }
    if names:
        yield f"not drawn, for want of a sign: {', '.join(f'!{name}!' for name in sorted(names))}"


def _marks_within(struck: Struck) -> Iterator[str]:
    for pitch in struck.event.pitches:
        if pitch.node is not None:
            yield from pitch.node.marks


def fills(measure: SheetMeasure, item: Struck) -> bool:
    meter = measure.meter
    return item.bars > 0 or (meter is not None and meter.length == item.length)


def partial(measure: SheetMeasure) -> bool:
    """Whether a bar is no whole bar: a pickup, or cut in two by an ending."""
    full = measure.meter.length if measure.meter else None
    return (full is not None and measure.length < full) or not (
        measure.before.bars or measure.number <= 1
    )


def style(after: Boundary) -> str:
    if after.ends:
        return "light-heavy"
    kinds = [bar.kind for bar in after.bars]
    if not kinds:
        return "none"
    if after.starts:
        return ""  # the heavy line stands before the next bar
    kind = next((kind for kind in ("|]", "||", "[|", ".|", "[|]") if kind in kinds), "|")
    return _BARS.get(kind, "")


def divisions(voices: Iterable[tuple[list[SheetMeasure], VoiceSheet, int]]) -> int:
    """Divisions of a quarter note so that every note is a whole number of them."""
    divisions = 1
    for measures, _, _ in voices:
        for measure in measures:
            for item in measure.items:
                if isinstance(item, Struck):
                    pieces = pieces_of(item)
                    below = [item.onset, *(piece.written.length for piece in pieces)]
                    below += [own_length(pieces[0], pitch).length for pitch in item.event.pitches]
                    divisions = lcm(divisions, *(length.denominator for length in below))
                    if divisions > _MOST_DIVISIONS:
                        return _ROUND
    return divisions
