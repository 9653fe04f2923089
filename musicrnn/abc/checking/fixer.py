"""Repair: the smallest edits that make a tune well formed, and none that would be a guess.

Each fault is tried with candidate edits: the one that its diagnostic brings, and, in the bar
where it stands, every edit of one character (a bar line, a bracket, a length, …). A candidate
counts when it leaves fewer faults than there were. Of those that leave the fewest, the likeliest
kind is looked at (bar lines before brackets before lengths), and one is taken when it is the only
reading: when all of them sound the same, or when the rest of the tune decides: one makes its bar
equal to more of the other bars than any, or what stands around it then comes again most often.
What stays undecided is left alone and reported; only a bar that is too short
may be filled with a rest, which changes no note.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Final

from musicrnn.abc.checking.checker import check
from musicrnn.abc.checking.diagnostics import Diagnostic, Edit
from musicrnn.abc.checking.repair_candidates import (
    Option,
    candidates,
    rests,
    similar_bars,
    similar_places,
)
from musicrnn.abc.syntax.parser import parse
from musicrnn.abc.to_score import to_score
from musicrnn.errors import AbcError

__all__ = ["Repair", "Repaired", "fix"]

#: edits made in one tune before giving up: more wants a person
_MOST_EDITS: Final = 40
_WORST: Final = (1 << 30, 0)


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
                made.append(_record(text, head, chosen))
                tune = apply(text, chosen.edits)[len(head) :]
                break
        else:
            return tune, made
    return tune, made


def _choose(text: str, fault: Diagnostic) -> Option | None:
    """The one edit that mends `fault`, None where there is none or more than one reading."""
    best = _best(text, fault)
    if best:
        # The likeliest kind alone: if that is undecided, a less likely one would be a guess.
        rank = min(option.rank for option in best)
        chosen = _only_reading(text, [option for option in best if option.rank == rank])
        if chosen is not None:
            return chosen
    return next((rest for rest in rests(text, fault) if _fills(text, fault, rest)), None)


def _fills(text: str, fault: Diagnostic, rest: Option) -> bool:
    """Whether a rest mends its bar, with nothing else in it that is wrong."""
    (edit,) = rest.edits
    left = _faults(apply(text, rest.edits))
    now = _faults(text)
    return len(left) < len(now) and not any(
        fault.start <= each.start <= edit.start for each in left
    )


def _window(text: str, fault: Diagnostic) -> tuple[int, int] | None:
    """The line of a fault that can be judged by its header and its line alone, else None."""
    if fault.code.startswith(("repeat", "ending", "missing")):
        return None
    start = text.rfind("\n", 0, fault.start) + 1
    end = text.find("\n", fault.start)
    window = start, end if end >= 0 else len(text)
    shown = _faults(_alone(text, window))
    return window if any(found.code == fault.code for found in shown) else None


def _alone(text: str, window: tuple[int, int]) -> str:
    """The header of the text and one line of its music, closed by a final bar line."""
    key = text.rfind("\nK:", 0, window[0])
    line = text[slice(*window)].rstrip()
    close = "" if line.endswith(("|]", ":|")) else "]" if line.endswith("|") else "|]"
    return text[: text.find("\n", key + 1) + 1] + line + close + "\n"


def _best(text: str, fault: Diagnostic) -> list[Option]:
    """The options that leave the fewest faults, and fewer than there are now.

    Where one line of the tune shows the fault by itself, what does not mend that line is not
    tried on the whole tune, which costs ten times as much.
    """
    best: list[Option] = []
    least = now = _weight(text)
    window = _window(text, fault)
    here = _weight(_alone(text, window)) if window else now
    seen: set[str] = set()
    for option in sorted(candidates(text, fault), key=lambda option: option.rank):
        if least == (0, 0) and option.rank > best[0].rank:
            break  # nothing is left to mend, and these are less likely
        changed = apply(text, option.edits)
        if changed in seen:
            continue
        seen.add(changed)
        if window:
            end = window[1] + len(changed) - len(text)
            if _weight(_alone(changed, (window[0], end))) >= here:
                continue
        weight = _weight(changed)
        if weight < least:
            best, least = [], weight
        if weight == least < now:
            best.append(option)
    return best


def _only_reading(text: str, options: Sequence[Option]) -> Option | None:
    """The smallest of the options that sound alike, if all do or the rest of the tune decides."""
    readings: dict[object, list[Option]] = {}
    for option in options:
        readings.setdefault(_sound(apply(text, option.edits)), []).append(option)
    groups = list(readings.values())
    chosen = groups[0] if len(groups) == 1 else None
    for evidence in (_twins, _context):
        if chosen is None:
            chosen = _clear_best(groups, partial(evidence, text))
    return min(chosen, key=lambda option: _size(option.edits)) if chosen else None


def _clear_best(
    groups: Sequence[list[Option]], weigh: Callable[[Option], int]
) -> list[Option] | None:
    """The group of which one option weighs more than all of the others, None where none does."""
    weights = [max(map(weigh, group)) for group in groups]
    most = max(weights)
    return groups[weights.index(most)] if most > 0 and weights.count(most) == 1 else None


def _twins(text: str, option: Option) -> int:
    return similar_bars(apply(text, option.edits), option.edits[0].start)


def _context(text: str, option: Option) -> int:
    return similar_places(apply(text, option.edits), option.edits[0])


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


def _record(text: str, head: str, option: Option) -> Repaired:
    first = min(option.edits, key=lambda edit: edit.start)
    above = text[len(head) : first.start]
    line = above.count("\n") + 1
    column = len(above) - (above.rfind("\n") + 1) + 1
    before = text[first.start : first.end]
    return Repaired(line, column, option.title, before, first.text)
