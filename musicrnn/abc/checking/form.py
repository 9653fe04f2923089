"""Whether bars add up and repeats balance: what "well formed" means (for checker, corpus and
constraint alike).

A *section* ends at ``|:`` ``:|`` ``::`` ``||`` ``|]`` ``[|``, at the end of a variant ending and at
the end of the tune. Every bar fills the metre exactly, but

* the first bar of a section may be shorter, a pickup p (a section of one short bar only where it
  opens the tune or makes a full bar together with its neighbour);
* the last bar of a section may be full, or full less p, where p is the pickup of its own section,
  of the section that follows, or of the section that its ``:|`` goes back to;
* a bar cut by an ending (``A2 [1 B2 :|[2 C2 |]``) is full in both readings.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from musicrnn.abc.checking.diagnostics import Edit, Fix, Reporter
from musicrnn.abc.syntax.fields import MeterField
from musicrnn.abc.syntax.tree import Bar, Ending
from musicrnn.abc.timeline.rhythm import shared
from musicrnn.abc.timeline.timeline import Boundary, Measure, Voice

__all__ = ["check_form", "completes_pickup", "wanted_length"]

ZERO: Final = Fraction(0)


@dataclass(slots=True)
class _Bar:
    """What stands between two bar lines: one measure, or several where an ending cuts it."""

    first: Measure
    last: Measure
    length: Fraction
    full: Fraction | None
    lead: Fraction = ZERO
    further: bool = False  # an ending after others of its repeat

    @property
    def opens(self) -> bool:
        """Whether a section starts here, and not a further ending of one."""
        before = self.first.before
        return (before.double or not before.bars) and not self.further

    @property
    def short(self) -> Fraction | None:
        """The length of a pickup, None where the bar is full or there is no metre."""
        if self.full is None or self.length is self.full or self.length >= self.full:
            return None
        return self.length

    @property
    def fills(self) -> bool:
        """Whether it has the length that the metre asks for, or is free."""
        full = self.full
        return (
            full is None
            or self.length is full
            or self.length == full
            or (self.lead is not ZERO and self.length + self.lead == full)
        )


def check_form(voice: Voice, reporter: Reporter) -> None:
    """Report bars that do not add up, unbalanced repeats and endings, a missing final bar line."""
    if not voice.measures:
        return
    boundaries = [voice.measures[0].before, *(measure.after for measure in voice.measures)]
    further = _further(voice.measures)
    _check_bars(_bars(voice.measures, further), reporter)
    _check_repeats(boundaries, reporter)
    if any(boundary.ending is not None for boundary in boundaries):
        _check_endings(boundaries, reporter)
    if any(boundary.ends or boundary.ending is not None for boundary in boundaries):
        _check_implied(voice.measures, further, reporter)
    _check_final_bar(voice.measures[-1], reporter)
    for measure in voice.measures:
        for length, start, end in measure.layers:
            if length != measure.length:
                reporter.report(
                    "overlay-length", start, end, _quarters(length), _quarters(measure.length)
                )


def wanted_length(voice: Voice, measure: Measure) -> Fraction | None:
    """The length, in quarter notes, that a short bar is to be filled up to: the metre, less the
    pickup where the bar ends a section that begins with one; None in free metre."""
    bar, completed = _last_of_section(voice, measure)
    if bar is None or completed is None or bar.length >= completed:
        return bar.full if bar else None
    return completed


def completes_pickup(voice: Voice, measure: Measure) -> bool:
    """Whether a bar ends a section that begins with a pickup, and is shorter by just that."""
    bar, completed = _last_of_section(voice, measure)
    return bar is not None and bar.length == completed


def _last_of_section(voice: Voice, measure: Measure) -> tuple[_Bar | None, Fraction | None]:
    """The bar of a measure and, where it ends a section that begins with a pickup, the length of
    a bar less that pickup."""
    bars = _bars(voice.measures, _further(voice.measures))
    pickup: Fraction | None = None
    for place, bar in enumerate(bars):
        if bar.opens:
            pickup = bar.short
        if bar.first.start <= measure.start <= bar.last.end:
            closes = bar.last.after.double or place + 1 == len(bars) or bar.last.after.ending
            if bar.full is None or bar.opens or not (closes and pickup):
                return bar, None
            return bar, bar.full - pickup
    return None, None


def _further(measures: Sequence[Measure]) -> set[int]:
    """Where, in the text, the endings start that follow others of their repeat."""
    further: set[int] = set()
    seen: set[int] = set()
    for measure in measures:
        ending = measure.before.ending
        if measure.before.starts or (ending and 1 in seen and 1 in ending.numbers):
            seen = set()
        if ending is not None:
            if seen or 1 not in ending.numbers:
                further.add(ending.start)
            seen.update(ending.numbers)
    return further


def _bars(measures: Sequence[Measure], further: Collection[int]) -> list[_Bar]:
    """The bars of a voice: measures that no bar line parts are joined."""
    bars: list[_Bar] = []
    lead = ZERO
    meter: MeterField | None = None
    length: Fraction | None = None  # of a bar in it
    for measure in measures:
        before = measure.before
        if bars and not before.bars:
            if before.ending is not None:
                lead = bars[-1].length
            bars[-1].last = measure
            bars[-1].length += measure.length
            continue
        if measure.meter is not meter:
            meter = measure.meter
            length = meter.length if meter else None
            length = shared(length) if length else None
        full = length * measure.count if length and measure.count > 1 else length
        bar = _Bar(measure, measure, measure.length, full)
        if before.ending is not None and before.ending.start in further:
            bar.lead, bar.further = lead, True
        elif before.ending is not None:
            lead = ZERO
        bars.append(bar)
    return bars


def _check_bars(bars: Sequence[_Bar], reporter: Reporter) -> None:
    pickup: Fraction | None = None  # of the section that runs
    back: Fraction | None = None  # of the section that the next :| goes back to
    for place, bar in enumerate(bars):
        previous = bars[place - 1] if place else None
        if bar.opens:
            before = bar.first.before
            lone = previous is not None and previous.opens and previous.short is not None
            pickup = bar.short if bar.short is not None or not lone else pickup
            if before.starts or before.ends or previous is None:
                back = pickup
        if bar.fills:
            continue
        assert bar.full is not None
        following = bars[place + 1] if place + 1 < len(bars) else None
        after = bar.last.after
        closes = after.double or following is None or after.ending is not None
        if bar.length > bar.full or not (bar.opens or closes):
            _report_bar("bar-length", bar, reporter)
            continue
        missing = bar.full - bar.length
        upbeat = following.short if following and following.opens else None
        if closes and missing in (pickup, back, upbeat):
            continue
        if bar.opens and (not closes or previous is None or _completes(bar, previous, following)):
            continue
        _report_bar("bar-incomplete", bar, reporter)


def _completes(bar: _Bar, previous: _Bar, following: _Bar | None) -> bool:
    """Whether a section of one short bar makes a full bar with the bar before or after it."""
    return bar.full in (
        previous.length + bar.length,
        bar.length + following.length if following else None,
    )


def _report_bar(code: str, bar: _Bar, reporter: Reporter) -> None:
    meter = bar.first.meter
    assert meter is not None
    assert meter.meter is not None
    assert bar.full is not None
    unit = meter.meter.denominator
    reporter.report(
        code, bar.first.start, bar.last.end, bar.first.number, _count(bar.length, unit),
        meter.canonical, _count(bar.full, unit).split()[0],
    )  # fmt: skip


_UNITS: Final = {1: "whole notes", 2: "halves", 4: "quarters", 8: "eighths", 16: "sixteenths"}


def _count(length: Fraction, denominator: int) -> str:
    """A length in quarter notes, in the words of the metre: ``7 eighths``, ``5/2 quarters``."""
    count = Fraction(length.numerator * denominator, length.denominator * 4)
    return f"{count} {_UNITS.get(denominator, f'1/{denominator} notes')}"


def _quarters(length: Fraction) -> str:
    return f"{length} quarters"


def _check_repeats(boundaries: Sequence[Boundary], reporter: Reporter) -> None:
    opened: Bar | None = None
    for boundary in boundaries:
        if not (boundary.ends or boundary.starts):
            continue
        for bar in boundary.bars:
            if ":" in bar.kind[:1]:
                opened = None
            if bar.kind[-1:] == ":":
                if opened is not None:
                    _report_open(opened, reporter)
                opened = bar
    if opened is not None:
        _report_open(opened, reporter)


def _report_open(bar: Bar, reporter: Reporter) -> None:
    kind = ":|" if bar.kind.startswith(":") else "|"
    fix = Fix("do not repeat here", (Edit(bar.start, bar.end, kind),))
    reporter.report("repeat-unclosed", bar.start, bar.end, fix=fix)


def _check_endings(boundaries: Sequence[Boundary], reporter: Reporter) -> None:
    """Report endings that lack others of their repeat, and those that lead to none of them. They
    may stand in any order: ``|1,3 … :|2 … :|4`` (4.10)."""
    group: list[Boundary] = []
    last = 0
    for place, boundary in enumerate(boundaries):
        if boundary.ending is None:
            continue
        again = 1 in boundary.ending.numbers and any(
            1 in b.ending.numbers for b in group if b.ending
        )
        if group and (again or boundary.starts):
            _check_group(group, boundaries[last + 1 :], reporter)
            group = []
        group.append(boundary)
        last = place
    if group:
        _check_group(group, boundaries[last + 1 :], reporter)


def _check_group(group: Sequence[Boundary], after: Iterable[Boundary], reporter: Reporter) -> None:
    """The endings of one repeat; `after` are the boundaries that follow the last of them."""
    endings = [boundary.ending for boundary in group if boundary.ending is not None]
    numbers = {number for ending in endings for number in ending.numbers}
    if len(endings) == 1 and 1 in numbers:
        (ending,) = endings
        fix = Fix("no ending here", (Edit(ending.start, ending.end, ""),))
        reporter.report(
            "ending-unpaired", ending.start, ending.end, _numbers(ending), max(numbers) + 1, fix=fix
        )
    seen: set[int] = set()
    for place, ending in enumerate(endings):
        lacking = next((n for n in range(1, min(ending.numbers)) if n not in numbers), 0)
        if seen.intersection(ending.numbers):
            reporter.report("ending-twice", ending.start, ending.end, _numbers(ending))
        elif lacking:
            reporter.report("ending-unpaired", ending.start, ending.end, _numbers(ending), lacking)
        elif place and not group[place].ends:
            before = endings[place - 1]
            reporter.report("ending-unrepeated", before.start, before.end, _numbers(before))
        seen.update(ending.numbers)
    closing = next((b for b in after if b.ends or b.double), None)
    if max(endings[-1].numbers) < max(numbers) and not (closing and closing.ends):
        ending = endings[-1]
        reporter.report("ending-unrepeated", ending.start, ending.end, _numbers(ending))


def _check_implied(
    measures: Sequence[Measure], further: Collection[int], reporter: Reporter
) -> None:
    """Report repeats without ``|:`` where programs differ about the place to go back to: after a
    double bar, and with endings after a ``:|``. From the start of the tune all agree."""
    marked = closing = double = False  # started by |:, by a double bar; the last ending runs
    fresh = True
    start = measures[0].start
    for measure in measures:
        before, after = measure.before, measure.after
        follows = before.ending is not None and before.ending.start in further
        if before.starts:
            marked, closing, fresh = True, False, False
        elif not follows and (
            before.ends or (before.double and (closing or not (marked or fresh)))
        ):
            marked, closing, fresh, start = False, False, False, measure.start
            double = not before.ends
        if before.ending is not None:
            closing = follows
        endings = before.ending is not None and not closing
        if not (marked or fresh) and (endings or (double and after.ends and not closing)):
            fix = Fix("write |: where the repeat starts", (Edit(start, start, "|:"),))
            line = reporter.place(start)[0]
            at = before.ending or after.bars[-1]
            reporter.report("implied-repeat", at.start, at.end, line, fix=fix)
            marked = True  # once is enough


def _numbers(ending: Ending) -> str:
    return ",".join(map(str, ending.numbers))


def _check_final_bar(measure: Measure, reporter: Reporter) -> None:
    bars = measure.after.bars
    if any(bar.kind == "|]" or (bar.kind[0] == ":" and bar.kind[-1] == "|") for bar in bars):
        return
    start, end = (bars[0].start, bars[-1].end) if bars else (measure.end, measure.end)
    text = ":|" if bars and bars[-1].kind.startswith(":") else "|]"
    reporter.replace("no-final-bar", start, end, text, f"end with {text}")
