"""Repair: the smallest edits that make a tune well formed, and no guess that is not called one.

Each fault is tried with candidate edits: the one that its diagnostic brings, and, in the bar where
it stands, every edit of one character (a bar line, a bracket, a length, …). A candidate counts when
it leaves fewer faults than there were. Of those that leave the fewest, the likeliest kind is looked
at (bar lines before brackets before lengths), and one is taken when it is the only reading: when
all of them sound the same. Some exceptions are marked as guesses: where several readings are left,
one is taken if the rest of the tune speaks for it (it makes its bar equal to more of the other bars
than any, or what stands around it then comes again most often), or a note goes that leaps, or, of
two, the likelier slip is taken; a bar that is too short, with nothing else wrong in it, is filled
with a rest, which changes no note; and a rest is put where a note seems to be lost.

What is not music (a paragraph after a tune) is left alone, and so is what the budget of
`repair_view.Budget` does not suffice for: the time grows with the length of the text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Final

from musicrnn.abc.checking.checker import check
from musicrnn.abc.checking.diagnostics import Diagnostic, Edit
from musicrnn.abc.checking.repair_candidates import (
    SECTIONS,
    Option,
    candidates,
    fillings,
    similar_places,
    squeezed,
)
from musicrnn.abc.checking.repair_view import (
    WORST,
    Budget,
    Reading,
    View,
    Weight,
    apply,
    is_structural,
    read,
)
from musicrnn.abc.syntax.parser import parse
from musicrnn.abc.syntax.text import strange_words
from musicrnn.abc.syntax.tune_reader import match_field
from musicrnn.abc.to_score import to_score
from musicrnn.errors import AbcError

__all__ = ["Repair", "Repaired", "fix"]

#: times that a tune is read again after edits, at most
_MOST_ROUNDS: Final = 8
#: edits made in one tune before giving up: more wants a person
_MOST_EDITS: Final = 40
#: characters on each side of a fault by which it is known again
_AROUND: Final = 80
#: findings in a line, and their share of its characters, that make it prose rather than music
_PROSE, _PROSE_SHARE = 4, 0.12
_STRANGE: Final = frozenset(
    {
        "stray-character",
        "unknown-symbol",
        "old-symbol",
        "reserved-character",
        "unknown-decoration",
        "bad-ending",
    }
)
#: what is heard of a note (onset, pitch, duration), and a fifth in semitones
_HEARD, _FIFTH = 3, 7
_NOTE: Final = re.compile("[A-Ga-gxzXZ]")
#: a line of prose while the music around it is repaired
_MASK: Final = "%\x01{}\x01"
_MASKED: Final = re.compile("%\x01(\\d+)\x01")


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
    """The repaired text, the edits in the order made, and what is still wrong."""

    text: str
    edits: tuple[Repaired, ...]
    left: tuple[Diagnostic, ...]


@dataclass(frozen=True)
class _Choice:
    """The option taken for a fault, and whether another was possible."""

    option: Option
    guessed: bool


def fix(text: str, *, file: str | None = None, join_bars: bool = False) -> Repair:
    """Repair every tune of `text`. A tune that is well formed is not touched.

    With `join_bars`, a bar line between two bars that are too long may be taken out, too. Raises
    AbcError past a limit of the reader.
    """
    masked, prose = _without_prose(text)
    book = parse(masked, file=file)
    edits: list[Repaired] = []
    if len(book.tunes) <= 1:
        masked, edits = _fix_tune(masked, "", join_bars=join_bars)
    else:
        head = masked[: book.tunes[0].start] if book.header else ""
        pieces = [masked[: book.tunes[0].start]]
        starts = [*(tune.start for tune in book.tunes), len(masked)]
        for start, end in pairwise(starts):
            fixed, made = _fix_tune(masked[start:end], head, join_bars=join_bars)
            above = sum(piece.count("\n") for piece in pieces)
            edits += [replace(edit, line=edit.line + above) for edit in made]
            pieces.append(fixed)
        masked = "".join(pieces)
    text = _MASKED.sub(lambda match: prose[int(match[1])], masked) if prose else masked
    left = tuple(fault for fault in check(text, file=file) if fault.severity != "info")
    return Repair(text, tuple(edits), left)


def _without_prose(text: str) -> tuple[str, list[str]]:
    """The text with the lines that are no music masked as remarks, and those lines."""
    strange: Counter[int] = Counter()
    for fault in parse(text).diagnostics:
        if fault.code in _STRANGE:
            strange[fault.line] += 1
    lines = text.split("\n")
    prose: list[str] = []
    if _MASKED.search(text):
        return text, prose
    ended = after_prose = False  # whether the music ended above, and prose began
    for number, line in enumerate(lines):
        count = strange[number + 1]
        if not line.strip() or line.startswith("%") or match_field(line, 0, len(line)):
            ended = after_prose = False if not line.strip() else ended
            continue
        words, others = strange_words(line)
        alien = count >= _PROSE and count >= _PROSE_SHARE * len(line)
        alien |= count > 0 and "|" not in line and others > 0 and 2 * others >= words
        alien |= ended and not _NOTE.search(line)
        alien |= after_prose and count > 0
        if alien:
            lines[number] = _MASK.format(len(prose))
            prose.append(line)
        ended, after_prose = ended or line.rstrip().endswith("|]"), alien and ended
    return "\n".join(lines), prose


class _Judge:
    """Chooses edits for the faults of a tune; remembers what it could not decide."""

    def __init__(self, budget: Budget, *, join_bars: bool) -> None:
        self.budget = budget
        self.join_bars = join_bars
        self._undecided: set[tuple[str, str]] = set()

    def round(self, reading: Reading, first: int) -> list[tuple[Diagnostic, _Choice]]:
        """A choice for each fault from the offset `first` on that can be decided; they do not
        touch each other."""
        chosen: list[tuple[Diagnostic, _Choice]] = []
        taken: list[tuple[int, int]] = []
        for fault in reading.faults:
            around = reading.text[max(0, fault.start - _AROUND) : fault.start + _AROUND]
            key = fault.code, around
            if fault.start < first or key in self._undecided:
                continue
            if self.budget.overdrawn:
                break
            view = View.of(reading, fault, self.budget)
            span = view.region if view else (fault.start, fault.start + fault.length)
            around = reading.text[slice(*span)] + (view.before + view.after if view else "")
            key = fault.code, f"{fault.start - span[0]} {around}"
            if key in self._undecided or any(
                start < span[1] and span[0] < end for start, end in taken
            ):
                continue
            choice = self._choose(reading, fault, view)
            if choice is None or any(edit.start < first for edit in choice.option.edits):
                self._undecided.add(key)
                continue
            chosen.append((fault, choice))
            taken.append(span)
            if view is None or is_structural(fault) or not view.holds(choice.option.edits):
                break  # what else is wrong may have to do with it
        return chosen

    def _choose(self, reading: Reading, fault: Diagnostic, view: View | None) -> _Choice | None:
        """The one edit that mends `fault`, None where there is none or more than one reading."""
        best = self._best(reading, fault, view)
        # The likeliest kind alone: if that is undecided, a less likely one would be a guess.
        rank = min((option.rank for option in best), default=SECTIONS)
        filling = None if rank < SECTIONS else self._filling(reading, fault, view)
        if filling is not None:
            return filling
        alike = [option for option in best if option.rank == rank]
        choice = self._only_reading(reading, view, alike) if alike else None
        return choice or self._filling(reading, fault, view)

    def _filling(self, reading: Reading, fault: Diagnostic, view: View | None) -> _Choice | None:
        """A rest that mends a bar which is merely short."""
        if view is None:
            return None
        now = view.weight()
        for filling in fillings(reading, fault):
            fills = view.holds(filling.edits) and _only_short(reading, fault, filling)
            if fills and view.weight(filling.edits) < now:
                return _Choice(filling, guessed=True)
        return None

    def _best(self, reading: Reading, fault: Diagnostic, view: View | None) -> list[Option]:
        """The options that leave the fewest faults, and fewer than there are now."""
        if self.budget.left <= 0:
            return []
        best: list[Option] = []
        narrow = None if view is None or is_structural(fault) else view.narrow
        least = now = view.weight() if view else reading.weight
        here = narrow.weight() if narrow else now
        options = candidates(reading, fault, join_bars=self.join_bars)
        for option in sorted(options, key=lambda option: option.rank):
            if best and least == (0, 0) and option.rank > best[0].rank:
                break  # nothing is left to mend, and these are less likely
            if self.budget.spent:
                return []  # what was not tried might be another reading
            weight = self._weight(reading, view, narrow, here, option)
            if weight < least:
                best, least = [], weight
            if weight == least < now:
                best.append(option)
        return best

    def _weight(
        self, reading: Reading, view: View | None, narrow: View | None, here: Weight, option: Option
    ) -> Weight:
        """How much is wrong with an option taken; what does not even mend its bar is the worst."""
        if view is None or not view.holds(option.edits):
            changed = apply(reading.text, option.edits)
            self.budget.spend(2 * len(changed))
            try:
                weight = read(changed).weight
            except AbcError:
                return WORST
            if view is None:
                return weight
            # Counted against the view, so that both kinds of option are weighed alike.
            errors, warnings = view.weight()
            was = reading.weight
            return max(0, errors + weight[0] - was[0]), max(0, warnings + weight[1] - was[1])
        if narrow is not None and narrow.weight(option.edits) >= here:
            return WORST
        return view.weight(option.edits)

    def _only_reading(
        self, reading: Reading, view: View | None, options: Sequence[Option]
    ) -> _Choice | None:
        """The smallest of the options that sound alike, if all do or the rest of the tune
        decides."""
        readings: dict[object, list[Option]] = {}
        for option in options:
            readings.setdefault(_sound(reading, view, option), []).append(option)
        groups = list(readings.values())
        chosen = groups[0] if len(groups) == 1 else None
        guessed = chosen is None
        if chosen is None and view is not None:
            start, end = options[0].edits[0].start, options[0].edits[0].end
            bars = Counter(
                squeezed(reading.text[m.start : m.end])
                for m in reading.measures()
                if m.end < start or end < m.start
            )
            chosen = _clear_best(groups, partial(_twins, view, bars))
        if chosen is None:
            chosen = _clear_best(groups, partial(_context, reading.text))
        if chosen is None:
            chosen = _leaping(reading, view, groups) or _likelier(groups)
        if chosen is None:
            return None
        option = min(chosen, key=lambda option: _size(option.edits))
        return _Choice(option, guessed or option.guess)


def _fix_tune(tune: str, head: str, *, join_bars: bool) -> tuple[str, list[Repaired]]:
    """One tune repaired under the file header `head`."""
    made: list[Repaired] = []
    budget = Budget(len(tune))
    judge = _Judge(budget, join_bars=join_bars)
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
    return reading.text[len(head) :], made


def _taken(
    reading: Reading, chosen: Sequence[tuple[Diagnostic, _Choice]], budget: Budget
) -> tuple[Reading, list[_Choice]] | None:
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


def _only_short(reading: Reading, fault: Diagnostic, filling: Option) -> bool:
    """Whether nothing else is wrong in a bar that is to be filled with a rest."""
    (edit,) = filling.edits
    return not any(
        fault.start <= other.start <= edit.start and other != fault for other in reading.faults
    )


def _leaping(
    reading: Reading, view: View | None, groups: Sequence[list[Option]]
) -> list[Option] | None:
    """Of the notes that may be one too many the one without which the line leaps least: by a fifth
    less, at least, than without any other."""
    leaps: list[tuple[int, int]] = []
    for place, group in enumerate(groups):
        edit = group[0].edits[0]
        if edit.text or not reading.text[edit.start : edit.end].isalpha():
            continue
        heard = _sound(reading, view, group[0])
        notes = sorted(heard) if isinstance(heard, tuple) else []
        pitches = [note[1] for note in notes if len(note) == _HEARD]
        leaps.append((sum(abs(b - a) for a, b in pairwise(pitches)), place))
    leaps.sort()
    clear = len(leaps) > 1 and leaps[1][0] - leaps[0][0] >= _FIFTH
    return groups[leaps[0][1]] if clear else None


def _likelier(groups: Sequence[list[Option]]) -> list[Option] | None:
    """Of two readings the one of the likelier slip; None where there are more, or none is."""
    if len(groups) != 2:
        return None
    one, other = (min(map(_slip, group)) for group in groups)
    if one == other:
        return None
    return groups[0] if one < other else groups[1]


def _slip(option: Option) -> int:
    """How unlikely a slip is: two characters swapped, rather than a length mistyped, than a space
    moved, than broken rhythm lost, than a character too many, than a note lost."""
    (edit, *_) = option.edits
    if edit.end - edit.start == 2:
        return 2 if " " in edit.text else 0
    if option.guess:
        return 5
    return 1 if edit.text.isdecimal() else 3 if edit.text else 4


def _clear_best(
    groups: Sequence[list[Option]], weigh: Callable[[Option], int]
) -> list[Option] | None:
    """The group of which one option weighs more than all of the others, None where none does."""
    weights = [max(map(weigh, group)) for group in groups]
    most = max(weights)
    return groups[weights.index(most)] if most > 0 and weights.count(most) == 1 else None


def _twins(view: View, bars: Counter[str], option: Option) -> int:
    """How many other bars of the tune have the same text as the bar that an option makes."""
    seen = view.seen(option.edits) if view.holds(option.edits) else None
    if seen is None:
        return 0
    text = view.changed(option.edits)
    at = len(view.before) + option.edits[0].start - view.region[0]
    for voice in seen.timeline.voices:
        for measure in voice.measures:
            if measure.start <= at <= measure.end:
                return bars[squeezed(text[measure.start : measure.end])]
    return 0


def _context(text: str, option: Option) -> int:
    return similar_places(apply(text, option.edits), option.edits[0])


def _sound(reading: Reading, view: View | None, option: Option) -> object:
    """What is heard: equal for two options that differ only on paper."""
    if view is not None and view.holds(option.edits):
        return view.sound(option.edits)
    scores = [to_score(tune) for tune in parse(apply(reading.text, option.edits)).tunes]
    return tuple(
        tuple((note.onset, note.pitch, note.duration) for note in score) for score in scores
    )


def _size(edits: Iterable[Edit]) -> int:
    return sum(edit.end - edit.start + len(edit.text) for edit in edits)


def _record(text: str, head: str, choice: _Choice, others: Sequence[_Choice]) -> Repaired:
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
