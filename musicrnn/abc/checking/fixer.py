"""Repair: the smallest edits that make a tune well formed, and no guess that is not called one.

Each fault is tried with candidate edits: the one that its diagnostic brings, and, in the bar where
it stands, every edit of one character (a bar line, a bracket, a length, …). A candidate counts when
it leaves fewer faults than there were. Of those that leave the fewest, the likeliest kind is looked
at (bar lines before brackets before lengths), and one is taken when it is the only reading: when
all of them sound the same. Some exceptions are marked as guesses: where several readings are left,
one is taken if the rest of the tune or the slip itself speaks for it (`repair_likelihood`); a bar
becomes like another from which one character parts it; a bar that is too short, with nothing else
wrong in it, is filled with a rest, which changes no note; and a rest is put where a note seems to
be lost.

What is not music (a paragraph after a tune) is left alone, and so is what the budget of
`repair_view.Budget` does not suffice for: the time grows with the length of the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from musicrnn.abc.checking.checker import check
from musicrnn.abc.checking.diagnostics import Diagnostic
from musicrnn.abc.checking.prose import mask_prose, unmask_prose
from musicrnn.abc.checking.repair_judge import Judge
from musicrnn.abc.checking.repair_likelihood import Choice
from musicrnn.abc.checking.repair_view import Budget, Reading, apply, read
from musicrnn.abc.syntax.parser import parse
from musicrnn.errors import AbcError

__all__ = ["Repair", "Repaired", "fix"]

#: times that a tune is read again after edits, at most
_MOST_ROUNDS: Final = 8
#: edits made in one tune before giving up: more wants a person
_MOST_EDITS: Final = 40


@dataclass(frozen=True, slots=True)
class Repaired:
    """One edit that was made: `line` and `column` (from 1, in the text as it then was), what it
    does in words, and the characters `before` and `after`; `guessed` says that another reading was
    possible."""

    line: int
    column: int
    title: str
    before: str
    after: str
    guessed: bool = False

    def __str__(self) -> str:
        change = f"{self.before!r} → {self.after!r}" if self.before else f"+ {self.after!r}"
        guess = " (a guess)" if self.guessed else ""
        return f"{self.line}:{self.column}: {self.title}: {change}{guess}"


@dataclass(frozen=True, slots=True)
class Repair:
    """The repaired text, the edits in the order made, and what is still wrong.

    `gave_up` are the tunes, counted from 1, in which so much is wrong that not all was tried.
    """

    text: str
    edits: tuple[Repaired, ...]
    left: tuple[Diagnostic, ...]
    gave_up: tuple[int, ...] = ()

    @property
    def remark(self) -> str:
        """In a line, that not everything was tried; empty where it was."""
        if not self.gave_up:
            return ""
        first, *more = self.gave_up
        tunes = f"tune {first}" + (f" and {len(more)} more" if more else "")
        return (
            f"{tunes}: so much is wrong that not every edit was tried; mend what is listed, and "
            "run it again"
        )


def fix(text: str, *, file: str | None = None, join_bars: bool = False) -> Repair:
    """Repair every tune of `text`. A tune that is well formed is not touched.

    With `join_bars`, a bar line between two bars that are too long may be taken out, too. Raises
    AbcError past a limit of the reader.
    """
    masked, prose = mask_prose(text)
    book = parse(masked, file=file)
    edits: list[Repaired] = []
    gave_up: list[int] = []
    if len(book.tunes) <= 1:
        masked, edits, whole = _fix_tune(masked, "", join_bars=join_bars)
        gave_up += [] if whole else [1]
    else:
        head = masked[: book.tunes[0].start] if book.header else ""
        pieces = [masked[: book.tunes[0].start]]
        starts = [*(tune.start for tune in book.tunes), len(masked)]
        for number, (start, end) in enumerate(pairwise(starts), 1):
            fixed, made, whole = _fix_tune(masked[start:end], head, join_bars=join_bars)
            gave_up += [] if whole else [number]
            above = sum(piece.count("\n") for piece in pieces)
            edits += [replace(edit, line=edit.line + above) for edit in made]
            pieces.append(fixed)
        masked = "".join(pieces)
    text = unmask_prose(masked, prose)
    left = tuple(fault for fault in check(text, file=file) if fault.severity != "info")
    return Repair(text, tuple(edits), left, tuple(gave_up) if left else ())


def _fix_tune(tune: str, head: str, *, join_bars: bool) -> tuple[str, list[Repaired], bool]:
    """One tune repaired under the file header `head`, and whether all was tried."""
    made: list[Repaired] = []
    budget = Budget(len(tune))
    judge = Judge(budget, join_bars=join_bars)
    reading = read(head + tune)
    for _ in range(_MOST_ROUNDS):
        chosen = judge.round(reading, len(head))[: _MOST_EDITS - len(made)]
        if not chosen:
            break
        taken = _taken(reading, chosen, budget)
        if taken is None:
            break
        after, edits = taken
        made += [_record(reading.text, head, choice, edits) for choice in edits]
        reading = after
    return reading.text[len(head) :], made, not budget.gave_up


def _taken(
    reading: Reading, chosen: Sequence[tuple[Diagnostic, Choice]], budget: Budget
) -> tuple[Reading, list[Choice]] | None:
    """The text with the choices made, if that leaves fewer faults: all of them, or the first."""
    for choices in (chosen, chosen[:1]):
        edits = [edit for _, choice in choices for edit in choice.option.edits]
        changed = apply(reading.text, edits)
        budget.spend(2 * len(changed))
        try:
            after = read(changed)
        except AbcError:
            continue
        if after.weight < reading.weight:
            return after, [choice for _, choice in choices]
        if len(chosen) == 1:
            break
    return None


def _record(text: str, head: str, choice: Choice, others: Sequence[Choice]) -> Repaired:
    """What an edit did, told of the text in which those before it are made already."""
    option = choice.option
    first = min(option.edits, key=lambda edit: edit.start)
    earlier = [
        edit for other in others for edit in other.option.edits if edit.end <= first.start
        and other is not choice
    ]  # fmt: skip
    above = apply(text[: first.start], earlier)[len(head) :]
    line = above.count("\n") + 1
    column = len(above) - (above.rfind("\n") + 1) + 1
    before = text[first.start : first.end]
    return Repaired(line, column, option.title, before, first.text, choice.guessed)
