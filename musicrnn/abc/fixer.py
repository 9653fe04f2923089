"""Repair: the smallest edits that make a tune well formed, and none that would be a guess.

Each fault is tried with a few candidate edits: the one that its diagnostic brings, and, in the
bar where it stands, every edit of one character (a bar line, a bracket, a length, …). A candidate
counts when it leaves fewer faults than there were. Of those that leave the fewest, one is taken
when it is the only reading: when all of them sound the same, or when only one makes its bar equal
to another bar of the tune. What stays undecided is left alone and reported; only a bar that is too
short may be filled with a rest, which changes no note.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from typing import Final, TypeAlias

from musicrnn.abc.checker import check
from musicrnn.abc.diagnostics import Diagnostic, Edit
from musicrnn.abc.parser import parse
from musicrnn.abc.player import to_score
from musicrnn.abc.readings import Option, candidates, rests, similar_bars
from musicrnn.errors import AbcError

__all__ = ["Repair", "Repaired", "fix"]

#: edits made in one tune before giving up: more wants a person
_MOST_EDITS: Final = 40
_WORST: Final = (1 << 30, 0)

#: an option and the text that it makes
_Tried: TypeAlias = tuple[str, Sequence[Edit], str]


@dataclass(frozen=True, slots=True)
class Repaired:
    """One edit that was made: `line` and `column` (from 1, in the text as it then was), what it
    does in words, and the characters `before` and `after`."""

    line: int
    column: int
    title: str
    before: str
    after: str

    def __str__(self) -> str:
        change = f"{self.before!r} → {self.after!r}" if self.before else f"+ {self.after!r}"
        return f"{self.line}:{self.column}: {self.title}: {change}"


@dataclass(frozen=True, slots=True)
class Repair:
    """The repaired text, the edits in the order made, and what is still wrong."""

    text: str
    edits: tuple[Repaired, ...]
    left: tuple[Diagnostic, ...]


def fix(text: str, *, file: str | None = None) -> Repair:
    """Repair every tune of `text`. A tune that is well formed is not touched.

    Raises AbcError past a limit of the reader.
    """
    book = parse(text, file=file)
    edits: list[Repaired] = []
    if len(book.tunes) <= 1:
        text, edits = _fix_tune(text, "")
        return Repair(text, tuple(edits), _faults(text, file))
    head = text[: book.tunes[0].start] if book.header else ""
    pieces = [text[: book.tunes[0].start]]
    starts = [*(tune.start for tune in book.tunes), len(text)]
    for start, end in pairwise(starts):
        fixed, made = _fix_tune(text[start:end], head)
        above = sum(piece.count("\n") for piece in pieces)
        edits += [replace(edit, line=edit.line + above) for edit in made]
        pieces.append(fixed)
    text = "".join(pieces)
    return Repair(text, tuple(edits), _faults(text, file))


def _faults(text: str, file: str | None = None) -> tuple[Diagnostic, ...]:
    return tuple(found for found in check(text, file=file) if found.severity != "info")


def _weight(text: str) -> tuple[int, int]:
    """(errors, warnings) of a text: less is better."""
    try:
        found = _faults(text)
    except AbcError:
        return _WORST
    errors = sum(each.severity == "error" for each in found)
    return errors, len(found) - errors


def _fix_tune(tune: str, head: str) -> tuple[str, list[Repaired]]:
    """One tune repaired under the file header `head`."""
    made: list[Repaired] = []
    while len(made) < _MOST_EDITS:
        text = head + tune
        faults = [found for found in _faults(text) if found.start >= len(head)]
        for fault in faults:
            chosen = _choose(text, fault)
            if chosen is not None:
                title, edits = chosen
                made.append(_record(text, head, title, edits))
                tune = apply(text, edits)[len(head) :]
                break
        else:
            return tune, made
    return tune, made


def _choose(text: str, fault: Diagnostic) -> Option | None:
    """The one edit that mends `fault`, None where there is none or more than one reading."""
    now = _weight(text)
    own = [(fault.fix.title, fault.fix.edits)] if fault.fix else []
    # What a person would try first; an unclosed repeat was meant to be a repeat.
    closes = fault.code == "repeat-unclosed"
    stages = [candidates(text, fault), own] if closes else [chain(own, candidates(text, fault))]
    for stage in (*stages, rests(text, fault)):
        chosen = _only_reading(_best(text, stage, now))
        if chosen is not None:
            return chosen
    return None


def _best(text: str, options: Iterable[Option], now: tuple[int, int]) -> list[_Tried]:
    """The options that leave the fewest faults, and fewer than there are now."""
    best: list[_Tried] = []
    least = now
    for title, edits in options:
        changed = apply(text, edits)
        weight = _weight(changed)
        if weight < least:
            best, least = [], weight
        if weight == least < now:
            best.append((title, edits, changed))
    return best


def _only_reading(options: Sequence[_Tried]) -> Option | None:
    """The option to take: the smallest of those that sound alike, if all do or a twin decides."""
    readings: dict[object, list[_Tried]] = {}
    for option in options:
        readings.setdefault(_sound(option[2]), []).append(option)
    if len(readings) > 1:
        twins = [similar_bars(group[0][2], group[0][1][0].start) for group in readings.values()]
        most = max(twins)
        if most == 0 or twins.count(most) > 1:
            return None
        groups = [list(readings.values())[twins.index(most)]]
    else:
        groups = list(readings.values())
    if not groups:
        return None
    title, edits, _ = min(groups[0], key=lambda option: _size(option[1]))
    return title, edits


def _sound(text: str) -> object:
    """What is heard: equal for two texts that differ only on paper."""
    scores = [to_score(tune) for tune in parse(text).tunes]
    return tuple(
        tuple((note.onset, note.pitch, note.duration) for note in score) for score in scores
    )


def _size(edits: Iterable[Edit]) -> int:
    return sum(edit.end - edit.start + len(edit.text) for edit in edits)


def apply(text: str, edits: Sequence[Edit]) -> str:
    """`text` with all edits made; they do not overlap."""
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def _record(text: str, head: str, title: str, edits: Sequence[Edit]) -> Repaired:
    first = min(edits, key=lambda edit: edit.start)
    above = text[len(head) : first.start]
    line = above.count("\n") + 1
    column = len(above) - (above.rfind("\n") + 1) + 1
    return Repaired(line, column, title, text[first.start : first.end], first.text)
