"""The bars of a sheet as MusicXML counts and draws them, and what it has no sign for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from math import lcm
from typing import Final

from musicrnn.abc.syntax.tree import Bar
from musicrnn.abc.timeline.timeline import Boundary
from musicrnn.musicxml.notes import own_length, pieces_of
from musicrnn.musicxml.sheet import Sheet, SheetMeasure, Struck, VoiceSheet
from musicrnn.musicxml.signs import NOTATIONS

__all__ = ["divided", "divisions", "fills", "numbers", "partial", "spread", "style", "undrawn"]

ZERO: Final = Fraction(0)
#: more divisions of a quarter note than this are rounded to `_ROUND`; readers keep 32 bits
_MOST_DIVISIONS: Final = 1 << 20
_ROUND: Final = 50_400
#: decorations whose sign verovio passes over
_PASSED_OVER: Final = frozenset({"slide", "thumb"})
#: a bar of more notes is drawn in pieces of so many, between which a line may end
_LONG, _PIECE = 40, 16
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
            struck = replace(
                rest,
                length=length,
                onset=ZERO,
                bars=rest.bars if first else 0,
                graces=rest.graces if first else [],
                after=rest.after if last else [],
            )
            measures.append(
                replace(
                    measure,
                    before=measure.before if first else between,
                    after=measure.after if last else between,
                    fermatas=measure.fermatas if last else [],
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


def divided(voices: Sequence[list[SheetMeasure]]) -> list[list[SheetMeasure]]:
    """The measures of the voices, those that are too long for a line cut at moments when something
    begins in all of them, so that a line may end there."""
    shorter: list[list[SheetMeasure]] = [[] for _ in voices]
    for place in range(max(map(len, voices), default=0)):
        bars = [measures[place] for measures in voices if place < len(measures)]
        moments = _cuts(bars)
        for measures, cut in zip(voices, shorter, strict=True):
            if place < len(measures):
                cut.extend(_pieces(measures[place], moments))
    return shorter


def _cuts(bars: Sequence[SheetMeasure]) -> list[Fraction]:
    """Where a bar is cut that all voices are in; nowhere in one of ordinary length."""
    layers: dict[tuple[int, int], list[Struck]] = {}
    for number, bar in enumerate(bars):
        for item in bar.items:
            if isinstance(item, Struck):
                layers.setdefault((number, item.layer), []).append(item)
    busiest = max(layers.values(), key=len, default=[])
    if len(busiest) <= _LONG or len({bar.length for bar in bars}) > 1:
        return []
    allowed = [
        {item.onset for item in layer if item.ratio == (1, 1) or item.tuplet_starts}
        for layer in layers.values()
    ]
    common = set.intersection(*allowed)
    moments: list[Fraction] = []
    since = 0
    for place, item in enumerate(busiest):
        left = len(busiest) - place
        long = since >= _PIECE and (item.onset.denominator == 1 or since >= 2 * _PIECE)
        if long and left >= _PIECE // 2 and item.onset in common:
            moments.append(item.onset)
            since = 0
        since += 1
    return moments


def _pieces(measure: SheetMeasure, moments: Sequence[Fraction]) -> Iterator[SheetMeasure]:
    """A measure cut at some moments."""
    if not moments:
        yield measure
        return
    unseen = Boundary([Bar("[|]")])
    starts = [ZERO, *moments]
    for place, start in enumerate(starts):
        first, last = place == 0, place == len(moments)
        stop = measure.length if last else moments[place]
        items = [
            replace(item, onset=item.onset - start)
            for item in measure.items
            if (first or item.onset >= start) and (last or item.onset < stop)
        ]
        yield replace(
            measure,
            before=measure.before if first else unseen,
            after=measure.after if last else unseen,
            fermatas=measure.fermatas if last else [],
            length=stop - start,
            items=items,
            new_line=measure.new_line and first,
            goes_on=not first,
        )


def numbers(measures: Sequence[SheetMeasure]) -> Iterator[str]:
    """The numbers of bars: 0 is a pickup, and what completes a bar before it, as at a repeat, or
    goes on with it, has none of its own (``X1``)."""
    count = extra = 0
    open_ = ZERO  # what the bar before lacks
    for place, measure in enumerate(measures):
        full = measure.meter.length if measure.meter else None
        short = full is not None and measure.length < full
        cut = place > 0 and (measure.goes_on or not measure.before.bars)
        if place == 0 and short and len(measures) > 1:
            yield "0"
            continue
        if cut or (short and open_ == measure.length):
            extra += 1
            open_ = ZERO
            yield f"X{extra}"
            continue
        count += 1
        open_ = full - measure.length if full is not None and short else ZERO
        yield str(count)


def undrawn(sheet: Sheet) -> Iterator[str]:
    """Decorations that MusicXML (which keeps them by name) or verovio has no sign for."""
    names = {
        mark
        for voice in sheet.voices.values()
        for measure in voice.measures
        for item in measure.items
        if isinstance(item, Struck)
        for mark in (*item.marks, *_marks_within(item))
        if mark in _PASSED_OVER or (mark not in NOTATIONS and mark != "roll")
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
    return (
        measure.goes_on
        or (full is not None and measure.length < full)
        or not (measure.before.bars or measure.number <= 1)
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
