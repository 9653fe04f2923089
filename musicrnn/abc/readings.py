"""The edits that a repair tries: what the writer of a faulty bar may have meant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

from musicrnn.abc.diagnostics import Diagnostic, Edit
from musicrnn.abc.parser import parse
from musicrnn.abc.reader import read_timeline
from musicrnn.abc.timeline import Measure
from musicrnn.abc.writer import spell_length

__all__ = ["Option", "candidates", "rests", "similar_bars"]

Option: TypeAlias = tuple[str, Sequence[Edit]]

#: faults that stand in a header, where an edit of one character proves nothing
_HEADER_CODES: Final = frozenset(
    {
        "missing-number", "missing-title", "missing-key", "bad-number", "bad-key", "bad-meter",
        "bad-unit", "bad-tempo", "field-order", "repeated-field", "duplicate-number", "no-tune",
        "unknown-field", "field-place", "bad-parts", "no-blank-line",
    }
)  # fmt: skip
#: what can be missing or in excess, and the words for it
_SIGNS: Final = {
    "|": "a bar line", ":": "a repeat dot", "[": "a bracket", "]": "a bracket", "(": "a bracket",
    ")": "a bracket", "{": "a brace", "}": "a brace", '"': "a quotation mark", "!": "a mark",
    "2": "a length", "3": "a length", "4": "a length", "6": "a length", "8": "a length",
    "/": "a length", ">": "broken rhythm", "<": "broken rhythm", "1": "an ending",
}  # fmt: skip
#: characters around a fault that are tried, at most
_REACH: Final = 60


def candidates(text: str, fault: Diagnostic) -> Iterator[Option]:
    """Edits that may mend `fault`, the likely ones first."""
    if fault.code in _HEADER_CODES:
        return
    measures = _measures(text)
    if fault.code == "repeat-unclosed":
        yield from _closings(text, fault, measures)
        return
    start, end = _region(text, fault, measures)
    yield from _single_characters(text, start, end)
    if fault.code in ("ending-unpaired", "ending-unrepeated"):
        yield from _endings(text, fault, measures)


def rests(text: str, fault: Diagnostic) -> Iterator[Option]:
    """The bar of `fault`, if it is short, filled with a rest at its end."""
    if fault.code not in ("bar-length", "bar-incomplete"):
        return
    for tune in parse(text).tunes:
        if not tune.start <= fault.start < tune.end:
            continue
        timeline = read_timeline(tune)
        for voice in timeline.voices:
            for measure in voice.measures:
                full = measure.meter.length if measure.meter else None
                if measure.start <= fault.start <= measure.end and full and measure.length < full:
                    at = len(text[: measure.end].rstrip())
                    rest = "z" + spell_length((full - measure.length) / timeline.unit)
                    yield "fill the bar with a rest", (Edit(at, at, rest),)


def similar_bars(text: str, offset: int) -> int:
    """How many other bars of the tune have the same text as the bar at `offset`."""
    measures = _measures(text)
    here = next((m for m in measures if m.start <= offset <= m.end), None)
    if here is None:
        return 0
    words = text[here.start : here.end].split()
    return sum(text[m.start : m.end].split() == words for m in measures) - 1


def _measures(text: str) -> list[Measure]:
    return [
        measure
        for tune in parse(text).tunes
        for voice in read_timeline(tune).voices
        for measure in voice.measures
    ]


def _region(text: str, fault: Diagnostic, measures: Sequence[Measure]) -> tuple[int, int]:
    """From the bar line before the fault's bar to the one after it."""
    found = next((m for m in measures if m.start <= fault.start <= m.end), None)
    start = found.start if found else fault.start
    end = found.end if found else fault.start + fault.length
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end)
    start = max(start - 3, line_start, fault.start - _REACH)
    end = min(end + 3, line_end if line_end >= 0 else len(text), fault.start + _REACH)
    return start, max(start, end)


def _single_characters(text: str, start: int, end: int) -> Iterator[Option]:
    """One character out, in, or in the place of another."""
    for at in range(start, end):
        yield f"remove {_SIGNS.get(text[at], 'a character')}", (Edit(at, at + 1, ""),)
    for sign, name in _SIGNS.items():
        for at in range(start, end + 1):
            # After ( only 3 makes a tuplet that one would leave out by mistake.
            if text[at - 1] != "(" or sign not in "2468":
                yield f"add {name}", (Edit(at, at, sign),)
        for at in range(start, end):
            # A bar line may stand in the place of a note; a length hardly does.
            if text[at] != sign and (sign == "|" or not text[at].isalpha()):
                yield f"put {name}", (Edit(at, at + 1, sign),)


def _closings(text: str, fault: Diagnostic, measures: Sequence[Measure]) -> Iterator[Option]:
    """``:|`` where the section that ``|:`` opened ends: at the next such mark or the tune's end."""
    after = [m for m in measures if m.start >= fault.start]
    for place, measure in enumerate(after):
        bars = measure.after.bars
        last = place == len(after) - 1
        if not (last or measure.after.starts or measure.after.double):
            continue
        for bar in bars:
            if bar.kind in ("|", "||", "|]"):
                yield "close the repeat", (Edit(bar.start, bar.end, ":|"),)
            elif bar.kind == "|:":
                yield "close the repeat", (Edit(bar.start, bar.end, "::"),)
        if not bars:
            yield "close the repeat", (Edit(measure.end, measure.end, ":|"),)
        return


def _endings(text: str, fault: Diagnostic, measures: Sequence[Measure]) -> Iterator[Option]:
    """The second ending after a ``:|`` that closes a first; ``:|`` before a second."""
    for measure in measures:
        for bar in measure.after.bars:
            if bar.start <= fault.start and measure.after.ending is None:
                continue
            if bar.kind == ":|" and measure.after.ending is None:
                yield "begin the second ending", (Edit(bar.end, bar.end, "2"),)
                return
            if bar.kind == "|" and measure.after.ending is not None:
                yield "repeat after the first ending", (Edit(bar.start, bar.end, ":|"),)
                return
