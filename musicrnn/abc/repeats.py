"""Repeats written out, and repetitions folded into repeats.

Both work on the bars of a tune with one voice, as text in canonical spelling, so that everything
that stands in a bar (ornaments, chord symbols) goes along, and so do the words under its notes
(``w:``): each pass of a repeat sings its verse.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain, islice, zip_longest
from typing import TypeAlias

from musicrnn.abc.checking.lyrics import spell_words, verses
from musicrnn.abc.syntax.decorations import MARKS
from musicrnn.abc.syntax.parser import parse_tune
from musicrnn.abc.syntax.tree import Bar, Chord, Ending, Field, Note, ParsedTune, require_tune
from musicrnn.abc.syntax.writer import write
from musicrnn.abc.timeline.build_timeline import read_timeline, voice_of
from musicrnn.abc.timeline.order import played_order, turns
from musicrnn.abc.timeline.symbols import with_symbols
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

#: the syllable of a note in each verse, as `checking.lyrics.syllables` gives them
Verses: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _BarText:
    """One bar: its text, its length, and the key and metre that hold at its start and end."""

    text: str
    length: Fraction
    full: Fraction | None
    before: tuple[str, str]
    after: tuple[str, str]
    sung: tuple[Verses, ...] = ()  # by its notes


@dataclass(slots=True)
class _Line:
    """A line of music as it will be written, and what is sung under each of its notes."""

    text: str
    sung: list[Verses]


def expand_repeats(tune: ParsedTune) -> ParsedTune:
    """The tune as it is played: without repeats, variant endings, order of parts and D.C.

    A bar that a repeat had cut in two (the end of a part and the pickup of its second time) is
    one bar again. Raises `UsageError` for a tune with several voices.
    """
    require_tune(tune, "expand_repeats")
    timeline, bars = _bars(tune)
    measures = timeline.voices[0].measures
    out: list[_Line] = []
    state = bars[0].before if bars else ("", "")
    open_for = Fraction(0)  # what is missing in the bar before this one
    order = played_order(measures, timeline.parts)
    for index, turn in zip(order, turns(measures, order), strict=True):
        bar = bars[index]
        if out:
            out.append(_Line("" if open_for and open_for == bar.length else "|", []))
        joined = bool(out) and not out[-1].text
        changes = "".join(
            f"[{letter}:{value}]"
            for letter, value, old in zip("KM", bar.before, state, strict=True)
            if value != old
        )
        sung = [(turn.words(verses), *verses[turn.number + turn.of :: turn.of])
                for verses in bar.sung]  # fmt: skip
        out.append(_Line(changes + _STEERING.sub("", bar.text), sung))
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
    lines: list[_Line] = []
    place = 0
    folded = False
    while place < len(bars):
        part, length = _repeated(bars, place)
        if part:
            place += 2 * length
            if place < len(bars):  # a second ending ends the section; only the last ends the tune
                part[-1].text = re.sub(r"\|\]$", "||", part[-1].text)
            lines += part
            folded = True
        else:
            bar = bars[place]
            place += 1
            lines.append(_Line(bar.text + (" |]" if place == len(bars) else " |"), [*bar.sung]))
    return _rebuilt(tune, lines) if folded else tune


def part_bars(text: str, *, voice: str = "") -> list[list[tuple[int, int]]]:
    """Where the bars of each part of a tune stand: (start, end) offsets into `text`.

    A part ends at a repeat, double or final bar line; variant endings belong to their part, and
    a pickup is no bar. They are those of the voice named `voice`, or of the first one. Raises
    `UsageError` for a voice that the tune does not have.
    """
    tune = parse_tune(text)
    measures = voice_of(read_timeline(tune), voice).measures
    fields = [
        node
        for node in tune.body
        if isinstance(node, Field) and (node.letter == "V" or not node.inline)
    ]
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
        start = max([start, *(field.end for field in fields if field.end <= measure.start)])
        end = min([end, *(field.start for field in fields if measure.end <= field.start)])
        bar = text[start:end]
        start, end = start + len(bar) - len(bar.lstrip()), start + len(bar.rstrip())
        parts[-1].append((start, end))
    return parts


def _repeated(bars: Sequence[_BarText], place: int) -> tuple[list[_Line], int]:
    """The longest part that starts at `place` and comes twice, as lines, and its length."""
    for length in _PART_LENGTHS:
        first, second = bars[place : place + length], bars[place + length : place + 2 * length]
        if len(second) < length:
            continue
        for ending in range(_LONGEST_ENDING + 1):
            same = length - ending
            if same <= _LONGEST_ENDING or any(
                a.text != b.text for a, b in zip(first[:same], second[:same], strict=True)
            ):
                continue
            sung = _both(first[:same], second[:same])
            lines = _rows(first[:same], sung)
            lines[0].text = f"|: {lines[0].text}"
            last = lines[-1]
            if not ending:
                last.text += " :|"
                return lines, length
            one, two = (" | ".join(bar.text for bar in half[same:]) for half in (first, second))
            last.text += f" |1 {one} :|2 {two} |]"
            last.sung += [under for bar in first[same:] for under in bar.sung]
            later = ("",) if any(len(under) > 1 for under in sung) else ()
            last.sung += [(*later, *under) for bar in second[same:] for under in bar.sung]
            return lines, length
    return [], 0


def _both(first: Sequence[_BarText], second: Sequence[_BarText]) -> list[Verses]:
    """What is sung in a part that comes twice: the verses of either time in turn, or those of both
    where they are the same."""
    one, two = ([under for bar in half for under in bar.sung] for half in (first, second))
    if one == two:
        return one
    return [tuple(chain(*zip_longest(a, b, fillvalue=""))) for a, b in zip(one, two, strict=True)]


def _rows(bars: Sequence[_BarText], sung: Sequence[Verses]) -> list[_Line]:
    """Bars in lines of four; `sung` is under their notes."""
    left = iter(sung)
    lines = []
    for first in range(0, len(bars), _BARS_A_LINE):
        row = bars[first : first + _BARS_A_LINE]
        end = " |" if first + _BARS_A_LINE < len(bars) else ""
        text = " | ".join(bar.text for bar in row) + end
        lines.append(_Line(text, list(islice(left, sum(len(bar.sung) for bar in row)))))
    return lines


def _laid_out(pieces: Sequence[_Line]) -> list[_Line]:
    """Bars and what stands between them in lines of four bars, ``|]`` at the end."""
    lines = [_Line("", [])]
    count = 0
    for piece in pieces:
        lines[-1].text += piece.text + " " * bool(piece.text)
        lines[-1].sung += piece.sung
        if piece.text == "|":
            count += 1
            if count % _BARS_A_LINE == 0:
                lines.append(_Line("", []))
    lines[-1].text = lines[-1].text.rstrip() + " |]"
    return lines


def _with_words(lines: Sequence[_Line]) -> Iterator[str]:
    """Each line of music and the words under it. Where there are none they are written as such,
    since words belong to all notes since the words before."""
    words = [
        [spell_words(syllables) for syllables in zip_longest(*line.sung, fillvalue="")]
        for line in lines
    ]
    for line, sung in zip(lines, words, strict=True):
        yield line.text.rstrip()
        while len(sung) > 1 and not sung[-1].strip("* "):
            sung.pop()
        yield from (f"w:{verse}" for verse in sung or ["*"] * (any(words) and bool(line.sung)))


def _bars(tune: ParsedTune) -> tuple[Timeline, list[_BarText]]:
    """The timeline of a tune with one voice, and the text of each of its measures."""
    text = write(with_symbols(standalone(tune)))
    tune = parse_tune(text)
    words = verses(tune)
    notes = [node.start for node in tune.body if isinstance(node, (Note, Chord))] if words else []
    timeline = read_timeline(tune)
    if len(timeline.voices) != 1:
        raise UsageError("repeats are rewritten in tunes with one voice; choose one first")
    measures = timeline.voices[0].measures
    state = (tune.key, tune.meter or "none")
    bars = []
    for measure in measures:
        start, end = _extent(measure, tune, len(text))
        source = _inlined(text[start:end])
        after = _state_after(source, state)
        full = measure.meter.length if measure.meter else None
        here = notes[bisect_left(notes, start) : bisect_left(notes, end)]
        sung = tuple(tuple(words.get(note, ())) for note in here)
        bars.append(_BarText(source, measure.length, full, state, after, sung))
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


def _rebuilt(tune: ParsedTune, lines: Sequence[_Line]) -> ParsedTune:
    """The tune with other music; the words after it (``W:``) stay."""
    header = write(ParsedTune(standalone(tune).header)).rstrip("\n")
    after = [
        f"W:{node.value}" for node in tune.body if isinstance(node, Field) and node.letter == "W"
    ]
    return parse_tune("\n".join([header, *_with_words(lines), *after, ""]))
