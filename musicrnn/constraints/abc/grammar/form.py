"""The plan of a tune: sections, repeats, variant endings, pickups and how many bars of each.

A `FormState` is a place between two bars, here called the plan; `FormRules` say what is wanted.
`FormRules.bar_spec` turns a plan into what the next bar must look like, `FormRules.bar_lines` gives
the bar lines that may close it and the plan after each.

A section may start with a pickup p and then ends with a bar of M − p, so that the two together
fill the metre M; variant endings end with M − p both. Usually all sections have the same pickup.
Where the rules are `loose`, a section that is not repeated may also end with M − q, where q is the
pickup of the next one, or with a full bar where no pickup follows: so do one real tune in ten. A
repeated section starts with ``|:``, but for the first, which may leave it out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeAlias

from musicrnn.constraints.abc.grammar.state import BarSpec

__all__ = ["Form", "FormRules", "FormState", "Section"]

#: bars in a variant ending
_MOST_IN_ENDING = 4


class Section(NamedTuple):
    """What is asked of one section: the numbers of bars it may have, whether it is repeated (None:
    either), and the number of the earlier section whose music it is, written out again."""

    bars: tuple[int, ...]
    repeated: bool | None = None
    like: int | None = None


#: the sections of a tune, in order
Form: TypeAlias = tuple[Section, ...]


class FormState(NamedTuple):
    """Where a tune stands between two bars.

    `form` is the number of the tune's form among those of the rules. `section` counts from 0,
    `bars` are the full bars that the section has so far, `pickup` is that of the section, in
    ticks. `fresh`: nothing of the section is written, not even its pickup. `marked`: it started
    with ``|:``. In a variant ending `ending` is 1 or 2, `split` the bars before it, and in the
    second `goal` the bars that the first reached. `total` are the bars of the sections before.
    `finished`: nothing may follow; `may_end`: the tune may end here.
    """

    section: int = 0
    bars: int = 0
    pickup: int = 0
    fresh: bool = True
    marked: bool = False
    ending: int = 0
    split: int = 0
    goal: int = 0
    total: int = 0
    finished: bool = False
    may_end: bool = False
    form: int = 0


@dataclass(frozen=True)
class FormRules:
    """What is wanted of a tune, in bars of `bar` ticks.

    A tune has one of `forms`, drawn by `weights`, and its sections are exactly those; where that is
    None, there are up to `most_sections`, each of one of the lengths of `free`, and at most
    `most_bars` bars as written. `pickups` is None where the model decides, else the exact length in
    ticks (0: none). `known` are the characters of the model. With `min_final_tonic` the last note
    is the tonic, and at least that many ticks long (0: any note). `loose`: sections may have
    pickups of their own. `settled` are those of all sections where they are known beforehand, in
    ticks; what is repeated leaves its own to the next.
    """

    bar: int
    known: frozenset[str]
    free: Section
    forms: tuple[Form | None, ...] = (None,)
    weights: tuple[float, ...] = (1.0,)
    most_sections: int = 8
    most_bars: int = 64
    pickups: int | None = None
    min_final_tonic: int = 0
    loose: bool = False
    settled: tuple[int, ...] = ()
    _bar_specs: dict[FormState, BarSpec] = field(default_factory=dict, compare=False, repr=False)
    _finishing: dict[FormState, bool] = field(default_factory=dict, compare=False, repr=False)

    # --- sections ---------------------------------------------------------------------------

    def with_forms(self, forms: Iterable[tuple[Form | None, float]]) -> FormRules:
        """These rules with other forms, each with its weight."""
        chosen, weights = zip(*forms, strict=True)
        return replace(self, forms=chosen, weights=weights, _bar_specs={}, _finishing={})

    def with_pickups(self, settled: tuple[int, ...]) -> FormRules:
        """These rules with the pickup of each section settled, in ticks."""
        return replace(self, pickups=settled[0], settled=settled, _bar_specs={}, _finishing={})

    def _next_pickup(self, plan: FormState) -> int:
        """The pickup of the section after that of `plan`, as far as it is settled."""
        known = self.wanted(plan).repeated is False and plan.section + 1 < len(self.settled)
        return self.settled[plan.section + 1] if known else plan.pickup

    def _section_end(self, plan: FormState) -> int:
        """Where the last bar of the section of `plan` usually ends: it leaves room for the pickup
        that follows; at the very end, if the last section has none, for that of the first."""
        if plan.section + 1 == len(self.settled) and self.wanted(plan).repeated is False:
            return self.bar - (plan.pickup or self.settled[0])
        return self.bar - self._next_pickup(plan)

    def wanted(self, plan: FormState) -> Section:
        """What is asked of the section of `plan`."""
        form = self.forms[plan.form]
        return self.free if form is None else form[plan.section]

    def _lengths(self, plan: FormState) -> tuple[int, ...]:
        """The numbers of bars that the section of `plan` may reach, each with a way to end."""
        bars: Iterable[int] = (plan.goal,) if plan.goal else self.wanted(plan).bars
        if self.forms[plan.form] is None and not plan.goal:
            bars = (n for n in bars if plan.total + n <= self.most_bars)
        if plan.ending:
            bars = (n for n in bars if n - plan.split <= _MOST_IN_ENDING)
        return tuple(
            n
            for n in bars
            if n > plan.bars and self._usual_ends(plan._replace(bars=n - 1), tonic=True)
        )

    def _may_follow(self, plan: FormState) -> bool:
        """Whether the section of `plan`, which is yet to come, may be written."""
        form = self.forms[plan.form]
        if form is not None:
            return plan.section < len(form)
        room = plan.total + min(self.free.bars) <= self.most_bars
        return room and plan.section < self.most_sections

    def _may_end(self, plan: FormState) -> bool:
        """Whether the tune may end after the section of `plan`."""
        form = self.forms[plan.form]
        return form is None or plan.section == len(form) - 1

    def copied(self, plan: FormState) -> int | None:
        """The earlier section whose music the section of `plan` is, if any."""
        form = self.forms[plan.form] or ()
        return form[plan.section].like if plan.section < len(form) else None

    def multiplicity(self, plan: FormState) -> int:
        """How often the section of `plan` is written."""
        return 1 + sum(section.like == plan.section for section in self.forms[plan.form] or ())

    def may_mark(self, plan: FormState) -> bool:
        """Whether a new section may start with ``|:``."""
        wanted = self.wanted(plan).repeated is not False
        return wanted and plan.fresh and not plan.marked and ":" in self.known

    def must_mark(self, plan: FormState) -> bool:
        """Whether a new section has to start with ``|:``: because it could not end otherwise, or so
        that the network knows that it is to be repeated."""
        if not plan.fresh or plan.marked:
            return False
        repeated = self.wanted(plan).repeated is True and self.may_mark(plan)
        return repeated or (plan.section > 0 and not self._ends_well(plan))

    def marked(self, plan: FormState) -> FormState:
        """The plan after ``|:``."""
        return plan._replace(marked=True)

    def finishes(self, plan: FormState, *, begun: bool = False) -> bool:
        """Whether a tune that stands at `plan` can be brought to a legal end; `begun` where notes
        of the next bar are there, so that no ``|:`` can come before them."""
        if begun:
            return self._ends_well(plan)
        marks = self.may_mark(plan) and self._ends_well(self.marked(plan))
        return plan.may_end or self._ends_well(plan) or marks

    def _ends_well(self, plan: FormState) -> bool:
        """Whether its section can end, and the tune after it, with no further ``|:`` before.

        Asked section by section: whatever is left of one can be filled, so only the ways to end
        it count.
        """
        finishes = self._finishing.get(plan)
        if finishes is None:
            finishes = self._finishing[plan] = bool(self._lengths(plan))
        return finishes

    # --- one bar ----------------------------------------------------------------------------

    def bar_spec(self, plan: FormState) -> BarSpec:
        """What the bar after `plan` must look like."""
        spec = self._bar_specs.get(plan)
        if spec is None:
            spec = self._bar_specs[plan] = self._new_bar_spec(plan)
        return spec

    def _new_bar_spec(self, plan: FormState) -> BarSpec:
        pickup = plan.pickup if plan.section else self.pickups
        if plan.fresh and pickup:
            return BarSpec(top=pickup, plain_end=pickup, may_tie_over=self.bar - pickup > 1)
        lengths = self._lengths(plan)
        after = plan.bars + 1
        plain = self.bar if any(n > after for n in lengths) else -1
        pickup = self.bar // 2 if plan.fresh and pickup is None else 0
        may_tie_over = min(self.bar, self.bar - max(plan.pickup, pickup)) > 1
        if after not in lengths:
            return BarSpec(plain, pickup, plain, may_tie_over=may_tie_over)
        end, early = self._section_end(plan), self.bar - self.bar // 2
        ends = self._first(plan, end, tonic=False)
        full = self._first(plan, self.bar, tonic=True) if end < self.bar else ""
        before = early + (early == end)
        soon = self._first(plan, before, tonic=True) if before < self.bar else ""
        top = self.bar if full else max(plain, end)
        min_final_tonic = self.min_final_tonic if top == end and top != plain and not ends else 0
        if 0 < top <= min_final_tonic:
            min_final_tonic = 1  # so that another note fits before it: a tie may come into this bar
        return BarSpec(
            top, pickup, plain, end, ends, self._first(plan, end, tonic=True), min_final_tonic,
            may_tie_over,
            full, soon, early,
        )  # fmt: skip

    def _first(self, plan: FormState, time: int, *, tonic: bool) -> str:
        """The characters that the bar lines ending a section at `time` start with."""
        ends = self._section_ends(plan, time, tonic=tonic)
        return "".join(sorted({text[0] for text in ends}))

    # --- bar lines --------------------------------------------------------------------------

    def bar_lines(
        self, plan: FormState, time: int, *, tonic: bool, tied: bool
    ) -> dict[str, FormState]:
        """Bar line → plan after it, for a bar closed at `time`; `tied` allows plain ones only."""
        spec = self.bar_spec(plan)
        lines: dict[str, FormState] = {}
        if spec.plain_at(time):
            within = plan._replace(fresh=False, may_end=False)
            if plan.fresh and time < self.bar:
                lines["|"] = within._replace(pickup=time)
            else:
                lines["|"] = counted = within._replace(bars=plan.bars + 1)
                if not tied and self._may_split(counted):
                    lines["|1"] = counted._replace(ending=1, split=counted.bars)
        if spec.end >= 0 and not tied:
            lines |= self._section_ends(plan, time, tonic=tonic)
        return lines

    def _may_split(self, plan: FormState) -> bool:
        """Whether a first ending may start after `plan`."""
        if plan.ending or not self._may_repeat(plan) or self.multiplicity(plan) > 1:
            return False
        if not set("|:12]") <= self.known:
            return False
        return bool(self._lengths(plan._replace(ending=1, split=plan.bars)))

    def _may_repeat(self, plan: FormState) -> bool:
        """Whether the section of `plan` may still turn out to be repeated."""
        wanted = self.wanted(plan).repeated is not False
        return wanted and (plan.marked or plan.section == 0)

    def _section_ends(self, plan: FormState, time: int, *, tonic: bool) -> dict[str, FormState]:
        """Bar line → plan for those that end the section of `plan` with a bar closed at `time`."""
        if time == self._section_end(plan):
            return self._usual_ends(plan, tonic=tonic)
        if not self.loose or plan.ending or not self.bar <= 2 * time <= 2 * self.bar:
            return {}
        # What is played twice has to complete its own pickup, as programs that play it say.
        usual = self._usual_ends(plan, tonic=tonic)
        last = ("|]",) if time == self.bar else ()
        lines = last if self.settled else ("||", *last)
        return {
            line: usual[line]._replace(pickup=self.bar - time) for line in lines if line in usual
        }

    def _usual_ends(self, plan: FormState, *, tonic: bool) -> dict[str, FormState]:
        """Bar line → plan for those that end the section of `plan` after one more bar, which the
        section's own pickup completes."""
        bars = plan.bars + 1
        if plan.ending == 1:
            second = plan._replace(ending=2, bars=plan.split, goal=bars)
            over = plan._replace(ending=2, bars=bars - 1)
            return {":|2": second} if self._usual_ends(over, tonic=True) else {}
        total = plan.total + bars
        pickup = self._next_pickup(plan)
        next_ = FormState(plan.section + 1, pickup=pickup, total=total, form=plan.form)
        going = self._may_follow(next_) and self.finishes(next_)
        ending = self._may_end(plan) and (tonic or not self.min_final_tonic)
        form = self.forms[plan.form]
        if self.min_final_tonic and not tonic and form and form[-1].like == plan.section:
            return {}  # what comes back at the very end has to end with the tonic here too
        lines: dict[str, FormState] = {}
        repeated = self.wanted(plan).repeated
        if plan.ending == 2 or (repeated is not True and not plan.marked):
            if going:
                lines["||"] = next_
            if ending and "]" in self.known:
                lines["|]"] = next_._replace(may_end=True, finished=True)
        if not plan.ending and self._may_repeat(plan) and ":" in self.known:
            if going or ending:
                lines[":|"] = next_._replace(may_end=ending, finished=not going)
            if going and plan.marked and self.may_mark(next_) and self.copied(next_) is None:
                lines["::"] = self.marked(next_)
        return lines
