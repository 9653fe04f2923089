"""The choice of an edit for each fault of a tune: what is tried, what it leaves wrong, and when
several ways are too alike to choose one."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from musicrnn.abc.checking.diagnostics import Diagnostic
from musicrnn.abc.checking.repair_candidates import SECTIONS, Option, candidates, fillings
from musicrnn.abc.checking.repair_likelihood import Choice, only_reading
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
from musicrnn.errors import AbcError

__all__ = ["Judge"]

#: characters on each side of a fault by which it is known again
_AROUND = 80
#: characters from which on it costs something to look at a bar as often as it has faults
_LONG_BAR = 1000
#: music that an empty line parts from its tune: the first thing to mend
_OUTSIDE = "music-outside"


class Judge:
    """Chooses edits for the faults of a tune; remembers what it could not decide."""

    def __init__(self, budget: Budget, *, join_bars: bool) -> None:
        self.budget = budget
        self.join_bars = join_bars
        self._undecided: set[tuple[str, str]] = set()

    def round(self, reading: Reading, first: int) -> list[tuple[Diagnostic, Choice]]:
        """A choice for each fault from the offset `first` on that can be decided; they do not
        touch each other."""
        chosen: list[tuple[Diagnostic, Choice]] = []
        taken: list[tuple[int, int]] = []
        for fault in sorted(reading.faults, key=lambda fault: fault.code != _OUTSIDE):
            around = reading.text[max(0, fault.start - _AROUND) : fault.start + _AROUND]
            key = fault.code, around
            if fault.start < first or key in self._undecided:
                continue
            if self.budget.overdrawn:
                break
            view = View.of(reading, fault, self.budget)
            span = view.region if view else (fault.start, fault.start + fault.length)
            around = reading.text[slice(*span)] + (view.before + view.after if view else "")
            if span[1] - span[0] > _LONG_BAR:
                self.budget.spend(span[1] - span[0])
            key = fault.code, f"{fault.start - span[0]} {around}"
            if key in self._undecided or any(
                start < span[1] and span[0] < end for start, end in taken
            ):
                continue
            if fault.code != _OUTSIDE and any(other.code == _OUTSIDE for other, _ in chosen):
                break  # what else is wrong may have to do with what is outside
            choice = self._choose(reading, fault, view)
            if choice is None or any(edit.start < first for edit in choice.option.edits):
                self._undecided.add(key)
                continue
            chosen.append((fault, choice))
            taken.append(span)
            if fault.code == _OUTSIDE:
                continue
            if view is None or is_structural(fault) or not view.holds(choice.option.edits):
                break  # what else is wrong may have to do with it
        return chosen

    def _choose(self, reading: Reading, fault: Diagnostic, view: View | None) -> Choice | None:
        """The one edit that mends `fault`, None where there is none or more than one reading."""
        best = self._best(reading, fault, view)
        # The likeliest kind alone: if that is undecided, a less likely one would be a guess.
        rank = min((option.rank for option in best), default=SECTIONS)
        filling = None if rank < SECTIONS else self._filling(reading, fault, view)
        if filling is not None:
            return filling
        alike = [option for option in best if option.rank == rank]
        choice = only_reading(reading, view, alike) if alike else None
        return choice or self._filling(reading, fault, view)

    def _filling(self, reading: Reading, fault: Diagnostic, view: View | None) -> Choice | None:
        """A rest that mends a bar which is merely short."""
        if view is None:
            return None
        now = view.weight()
        for filling in fillings(reading, fault):
            fills = view.holds(filling.edits) and _only_short(reading, fault, filling)
            if fills and view.weight(filling.edits) < now:
                return Choice(filling, guessed=True)
        return None

    def _best(self, reading: Reading, fault: Diagnostic, view: View | None) -> list[Option]:
        """The options that leave the fewest faults, and fewer than there are now."""
        if self.budget.runs_out():
            return []
        best: list[Option] = []
        narrow = None if view is None or is_structural(fault) else view.narrow
        least = now = view.weight() if view else reading.weight
        here = narrow.weight() if narrow else now
        bar = view.bar if view is not None and fault.code == "bar-length" else None
        wrong = bar.weight() if bar else now
        options = sorted(
            candidates(reading, fault, join_bars=self.join_bars), key=lambda option: option.rank
        )
        for option in options:
            if best and least == (0, 0) and option.rank > best[0].rank:
                break  # nothing is left to mend, and these are less likely
            if self.budget.runs_out():
                return []  # what was not tried might be another reading
            if bar and bar.holds(option.edits) and bar.weight(option.edits) >= wrong:
                continue
            # By which length a last bar is complete, the pickup of its section says.
            alone = fault.code != "bar-incomplete" or not _adds_a_length(option)
            weight = self._weight(reading, view, narrow if alone else None, here, option)
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


def _adds_a_length(option: Option) -> bool:
    (edit, *_) = option.edits
    return edit.start == edit.end and edit.text.isdecimal()


def _only_short(reading: Reading, fault: Diagnostic, filling: Option) -> bool:
    """Whether nothing else is wrong in a bar that is to be filled with a rest."""
    (edit,) = filling.edits
    first = bisect_left(reading.fault_starts, fault.start)
    last = bisect_right(reading.fault_starts, edit.start)
    return all(other == fault for other in reading.faults[first:last])
