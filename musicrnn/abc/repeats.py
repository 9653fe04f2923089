"""Repeats written out, and repetitions folded into repeats.

Both work on the bars of a tune with one voice, as text in canonical spelling, so that everything
that stands in a bar (ornaments, chord symbols) goes along. Words under the notes (``w:``) belong
to one pass of a repeat and are left out, since they would fit only one of the two.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from musicrnn.abc.syntax.decorations import MARKS
from musicrnn.abc.syntax.parser import parse_tune
from musicrnn.abc.syntax.tree import Bar, Ending, Field, ParsedTune, require_tune
from musicrnn.abc.syntax.writer import write
from musicrnn.abc.timeline.build_timeline import read_timeline, voice_of
from musicrnn.abc.timeline.order import played_order
from musicrnn.abc.timeline.timeline import Measure, Timeline
from musicrnn.abc.transform import standalone
from musicrnn.errors import UsageError

__all__ = ["expand_repeats", "fold_repeats", "part_bars"]

_BARS_A_LINE = 4
#: lengths of a part that are looked for, in bars, the longest first
_PART_LENGTHS = (32, 24, 16, 12, 8, 6, 4)
#: how many bars at the end of a part may differ the second time: they become variant endings
_LONGEST_ENDING = 2
_FIELD_LINE = re.compile(r"^([A-Za-z+]):(.*)$")
#: fields that change what is heard, and so go along when they stand on a line of their own
_KEPT_FIELDS = "KLMQ"
#: what steers the order of play
_STEERING = re.compile(r"\[P:[^\]]*\]|!(?:" + "|".join(map(re.escape, sorted(MARKS))) + ")!")


@dataclass(frozen=True, slots=True)
class _BarText:
    """One bar: its text, its length, and the key and metre that hold at its start and end."""

    text: str
    length: Fraction
    full: Fraction | None
    before: tuple[str, str]
    after: tuple[str, str]


def expand_repeats(tune: ParsedTune) -> ParsedTune:
    """The tune as it is played: without repeats, variant endings, order of parts and D.C.

    A bar that a repeat had cut in two (the end of a part and the pickup of its second time) is
    one bar again. Raises `UsageError` for a tune with several voices.
    """
    require_tune(tune, "expand_repeats")
    timeline, bars = _bars(tune)
    out: list[str] = []
    state = bars[0].before if bars else ("", "")
    open_for = Fraction(0)  # what is missing in the bar before this one
    for index in played_order(timeline.voices[0].measures, timeline.parts):
        bar = bars[index]
        if out:
            out.append("" if open_for and open_for == bar.length else "|")
        joined = bool(out) and out[-1] == ""
        changes = "".join(
            f"[{letter}:{value}]"
            for letter, value, old in zip("KM", bar.before, state, strict=True)
            if value != old
        )
        out.append(changes + _STEERING.sub("", bar.text))
        state = bar.after
        missing = (bar.full or bar.length) - bar.length
        open_for = Fraction(0) if joined else missing
    header = tuple(
        item for item in tune.header if not (isinstance(item, Field) and item.letter == "P")
    )
    return _rebuilt(replace(tune, header=header), _laid_out(out))


def fold_repeats(tune: ParsedTune) -> ParsedTune:
    """The tune with every part that is written twice in a row as a repeat.

    Parts of 4 to 32 bars are found; where only the last bar or two differ, they become variant
    endings. A tune that has repeats already is returned as it is. Raises `UsageError` for a tune
    with several voices.
    """
    require_tune(tune, "fold_repeats")
    timeline, bars = _bars(tune)
    if any(m.after.ends or m.before.starts or m.before.ending for m in timeline.voices[0].measures):
        return tune
    texts = [bar.text for bar in bars]
    pieces: list[str] = []
    place = 0
    folded = False
    while place < len(texts):
        part, length = _repeated(texts, place)
        if part:
            place += 2 * length
            # After a second ending a section ends; only the last one ends the tune.
            pieces.append(part if place == len(texts) else re.sub(r"\|\]$", "||", part))
            folded = True
        else:
            pieces.append(texts[place] + (" |]" if place == len(texts) - 1 else " |"))
            place += 1
    return _rebuilt(tune, "\n".join(pieces)) if folded else tune


def part_bars(text: str, *, voice: str = "") -> list[list[tuple[int, int]]]:
    """Where the bars of each part of a tune stand: (start, end) offsets into `text`.

    A part ends at a repeat, double or final bar line; variant endings belong to their part, and
    a pickup is no bar. They are those of the voice named `voice`, or of the first one. Raises
    `UsageError` for a voice that the tune does not have.
    """
    tune = parse_tune(text)
    measures = voice_of(read_timeline(tune), voice).measures
    parts: list[list[tuple[int, int]]] = []
    for measure in measures:
        before = measure.before
        further = before.ending is not None and 1 not in before.ending.numbers
        full = (measure.meter.length if measure.meter else None) or measure.length
        if not parts or (before.double and not further):
            parts.append([])
            if measure.length < full:
                continue
        start, end = _extent(measure, tune, len(text))
        bar = text[start:end]
        start, end = start + len(bar) - len(bar.lstrip()), start + len(bar.rstrip())
        parts[-1].append((start, end))
    return parts


def _repeated(texts: Sequence[str], place: int) -> tuple[str, int]:
    """The longest part that starts at `place` and comes twice, as text, and its length."""
    for length in _PART_LENGTHS:
        first, second = texts[place : place + length], texts[place + length : place + 2 * length]
        if len(second) < length:
            continue
        for ending in range(_LONGEST_ENDING + 1):
            same = length - ending
            if first[:same] == second[:same] and same > _LONGEST_ENDING:
                if not ending:
                    return f"|: {_lines(first)} :|", length
                one, two = " | ".join(first[same:]), " | ".join(second[same:])
                return f"|: {_lines(first[:same])} |1 {one} :|2 {two} |]", length
    return "", 0


def _lines(bars: Sequence[str]) -> str:
    rows = [
        " | ".join(bars[first : first + _BARS_A_LINE])
        for first in range(0, len(bars), _BARS_A_LINE)
    ]
    return " |\n".join(rows)


def _laid_out(pieces: Sequence[str]) -> str:
    """Bars and the lines between them as text, a new line every four bars, ``|]`` at the end."""
    out: list[str] = []
    count = 0
    for piece in pieces:
        out.append(piece)
        if piece == "|":
            count += 1
            out.append("\n" if count % _BARS_A_LINE == 0 else " ")
        elif piece:
            out.append(" ")
    return "".join(out).rstrip() + " |]"


def _bars(tune: ParsedTune) -> tuple[Timeline, list[_BarText]]:
    """The timeline of a tune with one voice, and the text of each of its measures."""
    text = write(standalone(tune))
    tune = parse_tune(text)
    timeline = read_timeline(tune)
    if len(timeline.voices) != 1:
        raise UsageError("repeats are rewritten in tunes with one voice; choose one first")
    measures = timeline.voices[0].measures
    state = (tune.key, tune.meter or "none")
    bars = []
    for measure in measures:
        source = _inlined(text[slice(*_extent(measure, tune, len(text)))])
        after = _state_after(source, state)
        full = measure.meter.length if measure.meter else None
        bars.append(_BarText(source, measure.length, full, state, after))
        state = after
    return timeline, bars


def _extent(measure: Measure, tune: ParsedTune, end: int) -> tuple[int, int]:
    """Where the text of a bar lies, fields at its edges included."""
    before: list[Bar | Ending] = [*measure.before.bars]
    after: list[Bar | Ending] = [*measure.after.bars]
    for nodes, boundary in ((before, measure.before), (after, measure.after)):
        if boundary.ending is not None:
            nodes.append(boundary.ending)
    start = max((node.end for node in before), default=measure.start)
    if not before and tune.body and tune.body[0].start <= measure.start:
        start = tune.body[0].start if measure.number <= 1 else measure.start
    return start, min((node.start for node in after), default=end)


def _inlined(source: str) -> str:
    """The text of a bar on one line: field lines that are heard become inline fields."""
    parts = []
    for line in source.split("\n"):
        field = _FIELD_LINE.match(line)
        if not field:
            parts.append(line.strip())
        elif field[1] in _KEPT_FIELDS:
            parts.append(f"[{field[1]}:{field[2].strip()}]")
    return " ".join(part for part in parts if part)


def _state_after(source: str, state: tuple[str, str]) -> tuple[str, str]:
    key, meter = state
    for letter, value in re.findall(r"\[([KM]):([^\]]*)\]", source):
        key, meter = (value.strip(), meter) if letter == "K" else (key, value.strip())
    return key, meter


def _rebuilt(tune: ParsedTune, body: str) -> ParsedTune:
    """The tune with another body, read from text."""
    header = write(ParsedTune(standalone(tune).header)).rstrip("\n")
    return parse_tune(f"{header}\n{body}\n")
