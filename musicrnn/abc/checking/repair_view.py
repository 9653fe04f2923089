"""What a repair looks at: one bar with its neighbours, rather than the whole tune.

A candidate edit is judged on a `View`: the bars around the fault as they are written, and those
farther off as nothing but their length and bar lines. Reading that costs the same however long the
tune is, and so the time for a repair grows with the text and no faster.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Final, NamedTuple, TypeAlias

from musicrnn.abc.checking.checker import check_book
from musicrnn.abc.checking.codes import RULES
from musicrnn.abc.checking.diagnostics import Diagnostic, Edit, Reporter
from musicrnn.abc.checking.form import check_form
from musicrnn.abc.syntax.parser import parse
from musicrnn.abc.syntax.tree import Field, ParsedTune, TuneBook
from musicrnn.abc.syntax.tune_reader import read_body
from musicrnn.abc.timeline.build_timeline import read_timeline
from musicrnn.abc.timeline.timeline import Boundary, Measure, Timeline
from musicrnn.abc.to_score import play
from musicrnn.errors import AbcError

__all__ = [
    "HEADER_CODES",
    "Budget",
    "Reading",
    "View",
    "apply",
    "full_length",
    "is_structural",
    "read",
]

#: (errors, warnings): less is better
Weight: TypeAlias = tuple[int, int]
WORST: Final[Weight] = (1 << 30, 0)

#: bars on each side of a fault whose lengths and bar lines are looked at
_AROUND: Final = 12
#: characters behind the last bar that are looked at with it
_AFTER: Final = 4
#: faults that only the bars around show
_STRUCTURAL: Final = ("repeat", "ending", "no-final")
#: faults that stand in a header, where an edit of one character proves nothing
HEADER_CODES: Final = frozenset(
    {
        "missing-number", "missing-title", "missing-key", "bad-number", "bad-key", "bad-meter",
        "bad-unit", "bad-tempo", "field-order", "repeated-field", "duplicate-number", "no-tune",
        "unknown-field", "field-place", "bad-parts", "no-blank-line", "music-outside",
        "unknown-word", "half-meter", "bad-voice", "bad-symbol-definition", "bad-macro", "include",
        "voice-lengths", "too-long", "empty-tune", "too-many-words", "unclosed-block",
    }
)  # fmt: skip
#: what is wrong only because a view is no whole tune
_NO_END: Final = "no-final-bar"


class Budget:
    """The characters that may still be read for the repair of one text.

    It grows with the text and no faster, up to the length of any real tune, so that no input takes
    long; what it does not suffice for is left alone.
    """

    #: characters for any text, and for each of its characters, up to so many
    BASE: Final = 40_000
    EACH: Final = 6
    MOST: Final = 16_000

    def __init__(self, size: int) -> None:
        #: whether edits were left untried, since nothing was left for them
        self.gave_up = False
        self._whole = self.left = self.BASE + self.EACH * min(size, self.MOST)
        #: what views of the text showed: where bars come again, so do the same edits
        self.known: dict[tuple[str, str, bool], Seen | None] = {}

    def runs_out(self) -> bool:
        """Whether nothing is left for edits that take a search."""
        self.gave_up |= self.left <= 0
        return self.left <= 0

    @property
    def overdrawn(self) -> bool:
        """Whether nothing is left for edits that are to hand either (half as much again)."""
        return self.left <= -self._whole // 2

    def spend(self, characters: int) -> None:
        """Take so many characters."""
        self.left -= characters


@dataclass
class Reading:
    """A text as it was read: its tunes in time, and what is wrong with it."""

    text: str
    book: TuneBook
    timelines: list[Timeline]
    faults: tuple[Diagnostic, ...]

    @property
    def weight(self) -> Weight:
        """How much is wrong."""
        errors = sum(fault.severity == "error" for fault in self.faults)
        return errors, len(self.faults) - errors

    def measures(self) -> list[Measure]:
        """All measures of all voices."""
        return [m for timeline in self.timelines for v in timeline.voices for m in v.measures]

    @cached_property
    def fault_starts(self) -> list[int]:
        """Where the faults start, in order."""
        return sorted(fault.start for fault in self.faults)

    def faulty(self, first: int, last: int) -> bool:
        """Whether a fault starts from `first` to `last`."""
        starts = self.fault_starts
        return bisect_left(starts, first) < bisect_right(starts, last)

    @cached_property
    def _changes(self) -> dict[int, list[Field]]:
        """By the start of a tune, the fields of its body that change how bars are counted."""
        return {
            tune.start: [
                replace(node, inline=False)
                for node in tune.body
                if isinstance(node, Field) and node.letter in "MLKU"
            ]
            for tune in self.book.tunes
        }

    def in_force(self, tune: ParsedTune, offset: int) -> list[Field]:
        """The fields of the body that hold at an offset and change how bars are counted."""
        latest: dict[str, Field] = {}
        for change in self._changes[tune.start]:
            if change.start >= offset:
                break
            latest[change.letter] = change
        return list(latest.values())

    def timeline_at(self, offset: int) -> Timeline | None:
        """The tune that an offset stands in."""
        for tune, timeline in zip(self.book.tunes, self.timelines, strict=True):
            if tune.start <= offset <= tune.end:
                return timeline
        return None


def read(text: str) -> Reading:
    """Read and check a whole text. Raises AbcError past a limit."""
    book = parse(text)
    findings, timelines = check_book(book, text)
    return Reading(text, book, timelines, tuple(f for f in findings if f.severity != "info"))


def is_structural(fault: Diagnostic) -> bool:
    """Whether a fault is one of repeats and endings, which no bar shows by itself."""
    return fault.code.startswith(_STRUCTURAL)


def full_length(measure: Measure) -> Fraction | None:
    """The length of a full bar where a measure stands, in quarter notes."""
    return measure.meter.length if measure.meter else None


def apply(text: str, edits: Sequence[Edit]) -> str:
    """`text` with all edits made; they do not overlap."""
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


class Seen(NamedTuple):
    """What a view shows: how much is wrong, and the tune that it is."""

    weight: Weight
    tune: ParsedTune
    timeline: Timeline


@dataclass
class View:
    """The bars around a fault.

    `region` is what is kept as written, as offsets into the text of `reading`: edits within it can
    be judged. `before` and `after` stand for the bars around it; `ends` says that the tune ends
    with them.
    """

    reading: Reading
    region: tuple[int, int]
    header: tuple[Field, ...]
    before: str
    after: str
    ends: bool
    budget: Budget
    #: the bar of the fault alone, where whether it is full depends on no other
    bar: View | None = None

    @property
    def narrow(self) -> View:
        """The region alone."""
        return View(self.reading, self.region, self.header, "", "", False, self.budget)

    def holds(self, edits: Sequence[Edit]) -> bool:
        """Whether all edits lie in the region."""
        return all(self.region[0] <= edit.start and edit.end <= self.region[1] for edit in edits)

    def changed(self, edits: Sequence[Edit]) -> str:
        """The text of the view with edits made."""
        start, end = self.region
        shifted = [replace(edit, start=edit.start - start, end=edit.end - start) for edit in edits]
        return self.before + apply(self.reading.text[start:end], shifted) + self.after

    def seen(self, edits: Sequence[Edit] = ()) -> Seen | None:
        """What the view shows with edits made; None past a limit of the reader."""
        text = self.changed(edits)
        key = self._head, text, self.ends
        known = self.budget.known
        if key not in known:
            self.budget.spend(len(text) + 20)
            known[key] = _looked_at(text, self.header, ends=self.ends)
        return known[key]

    @property
    def _head(self) -> str:
        return " ".join(f"{item.letter}:{item.value}" for item in self.header)

    def weight(self, edits: Sequence[Edit] = ()) -> Weight:
        """How much is wrong with edits made."""
        seen = self.seen(edits)
        return seen.weight if seen else WORST

    def sound(self, edits: Sequence[Edit]) -> object:
        """What is heard: equal for two edits that differ only on paper."""
        seen = self.seen(edits)
        if seen is None:
            return None
        score = play(seen.timeline)
        return tuple((note.onset, note.pitch, note.duration) for note in score)

    @classmethod
    def of(cls, reading: Reading, fault: Diagnostic, budget: Budget) -> View | None:
        """The view of a fault; None where no music stands there."""
        timeline = reading.timeline_at(fault.start)
        if timeline is None or timeline.tune is None or fault.code in HEADER_CODES:
            return None
        measures, place = _nearest(timeline, fault.start)
        if not measures:
            return None
        near = measures[max(0, place - 1) : place + 2]
        start = min(_start(near[0]), fault.start)
        end = max(_end(near[-1]), fault.start + fault.length)
        tune = timeline.tune
        start = max(start, _body_start(tune))
        if place + 2 >= len(measures):  # what stands behind the last bar belongs to its bar line
            end += _AFTER
        end = min(max(end, start), tune.end)
        header = (*_counting(tune), *reading.in_force(tune, start))
        first = _section_start(measures, max(0, place - 1 - _AROUND))
        before = _outlines(measures[first : max(0, place - 1)], reading, leads_on=True)
        after = _outlines(measures[place + 2 : place + 2 + _AROUND], reading)
        opening = _boundary(measures[first].before, reading.text) if before else ""
        ends = place + 2 + _AROUND >= len(measures)
        bar = None
        if _inner(measures[place]):
            region = measures[place].start, measures[place].end
            inside = (*_counting(tune), *reading.in_force(tune, region[0]))
            bar = cls(reading, region, inside, "Z|", "|Z|", False, budget)
        return cls(reading, (start, end), header, opening + before, after, ends, budget, bar)


def _looked_at(text: str, header: tuple[Field, ...], *, ends: bool) -> Seen | None:
    reporter = Reporter(text)
    try:
        tune = read_body(text, header, reporter)
        timeline = read_timeline(tune, reporter)
        for voice in timeline.voices:
            check_form(voice, reporter)
    except AbcError:
        return None
    severities = [RULES[code].severity for code in reporter.codes() if ends or code != _NO_END]
    return Seen((severities.count("error"), severities.count("warning")), tune, timeline)


def _nearest(timeline: Timeline, offset: int) -> tuple[list[Measure], int]:
    """The measures of the voice that has one at an offset, and the place of that one."""
    best: tuple[int, list[Measure], int] = (1 << 60, [], 0)
    for voice in timeline.voices:
        measures = voice.measures
        here = bisect_right(measures, offset, key=lambda measure: measure.start)
        for place in range(max(0, here - 2), min(len(measures), here + 1)):
            distance = max(measures[place].start - offset, offset - measures[place].end, 0)
            if distance < best[0]:
                best = distance, measures, place
    return best[1], best[2]


def _section_start(measures: Sequence[Measure], place: int) -> int:
    """The measure at which the section of another begins, so that its pickup is seen."""
    while place > 0 and not measures[place].before.double:
        place -= 1
    return place


def _inner(measure: Measure) -> bool:
    """Whether a measure stands between two plain bar lines, so that it is to be full."""
    before, after = measure.before, measure.after
    plain = before.bars and after.bars and not (before.double or after.double)
    return bool(plain and before.ending is None and after.ending is None and not measure.layers)


def _start(measure: Measure) -> int:
    """Where a measure and the bar lines before it start."""
    return min([measure.start, *(bar.start for bar in measure.before.bars)])


def _end(measure: Measure) -> int:
    """Where a measure and the bar lines and ending after it end."""
    ends = [measure.end, *(bar.end for bar in measure.after.bars)]
    return max(ends + ([measure.after.ending.end] if measure.after.ending else []))


def _body_start(tune: ParsedTune) -> int:
    """Where the header of a tune ends."""
    ends = [item.end + 1 for item in tune.header]
    return max(ends, default=tune.start)


def _counting(tune: ParsedTune) -> list[Field]:
    """The header fields that change how bars are read and counted."""
    return [
        item
        for item in (*tune.inherited, *tune.header)
        if isinstance(item, Field) and item.letter in "MLKUI"
    ]


def _outlines(measures: Sequence[Measure], reading: Reading, *, leads_on: bool = False) -> str:
    """Measures and what stands between them; a full bar that nothing is wrong with is ``Z``. The
    bar line after the last is left out where it `leads_on` to a text that begins with it."""
    text = reading.text
    outlines = []
    meter = None
    rests = 0  # full bars with a plain bar line after each, which one rest stands for
    for measure in measures:
        full = measure.length == full_length(measure) and measure.count == 1 and not measure.layers
        full = full and not reading.faulty(measure.start, measure.end)
        after = _boundary(measure.after, text)
        same = meter is not None and measure.meter is meter
        if full and same and after == "|":
            rests += 1
            continue
        if rests:
            outlines.append(f"Z{rests}|")
            rests = 0
        if measure.meter and not same:
            meter = measure.meter
            outlines.append(f"[M:{meter.canonical}]")
        outlines.append("Z" if full else text[measure.start : measure.end].replace("\n", " "))
        outlines.append(after)
    if rests:
        outlines += [f"Z{rests}", "|"]
    return "".join(outlines[:-1] if leads_on else outlines)


def _boundary(boundary: Boundary, text: str) -> str:
    lines = "".join(text[bar.start : bar.end] for bar in boundary.bars)
    ending = boundary.ending
    return lines + (f"[{','.join(map(str, ending.numbers))} " if ending else "")
