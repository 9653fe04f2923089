"""What may be written between two bars: bar lines, endings, line breaks, repeat starts, the end.

The text between two bars is a bar line, then perhaps a line break, then perhaps ``|:``. A bar
line may be the beginning of a longer one (``|`` of ``|1``), so the characters that go on with it
and those that start the next bar stand side by side.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from musicrnn.constraints.abc.grammar.body import Body
from musicrnn.constraints.abc.grammar.form import FormRules, FormState
from musicrnn.constraints.abc.grammar.state import BarState, Tie

__all__ = ["FINISH", "START", "BarLineGrammar", "BarLineState", "Copy"]

#: stands for the end of the tune among the characters offered
FINISH = "\0"
_SECTION_END = re.compile(r"\|:|:\|(?!2)|::|\|\||\|\]")
#: what is typed before the first bar: the line break of the K: line
START = "\n"


class BarLineState(NamedTuple):
    """A place between two bars: `typed` since the bar ended at `time`; `plan` is still the one
    before the bar line. `tonic` tells whether the last note was; `tie` waits for its second
    note; `chromatic_allowed` is handed on to the next bar (see `BarState`)."""

    plan: FormState
    typed: str = START
    time: int = 0
    tonic: bool = False
    tie: Tie | None = None
    chromatic_allowed: bool = True


class Copy(NamedTuple):
    """A place in a section that is written out again: the `text` still to come, and where it
    leads."""

    text: str
    after: BarLineState


class BarLineGrammar:
    """The grammar between bars, over the `rules` of the tune and the `body` grammar of bars."""

    def __init__(self, rules: FormRules, body: Body) -> None:
        self.rules = rules
        self.body = body

    def leave(self, bar: BarState, plan: FormState, character: str) -> BarLineState:
        """The place after the first character of the bar line that closes `bar`."""
        at = self.body.transitions.closed(bar)
        return BarLineState(plan, character, at.time, at.tonic, at.tie, at.chromatic_allowed)

    def options(self, at: BarLineState) -> str:
        """The characters that may follow; `FINISH` among them where the tune may end."""
        line, broken, mark = _parts(at.typed)
        if mark == "|":
            return ":"
        lines = self._lines(at)
        text = ""
        if not broken:
            longer = {s[len(line)] for s in lines if len(s) > len(line) and s.startswith(line)}
            text = "".join(sorted(longer))
            if line not in lines:
                return text
        plan = self._plan_after(at, lines)
        if mark or line.endswith(("1", "2")):
            return text + self._into(at, plan)
        lone = not plan.finished and self._lone(plan)
        if not broken:
            text += "" if lone and not plan.fresh else "\n"
        elif plan.may_end:
            text += FINISH
        if plan.finished:
            return text
        if self.rules.copied(plan) is not None:
            return text  # what follows is not chosen: see `recall`
        # ":||:" would be one bar line to most readers, so a repeat starts on a line of its own.
        if broken and self.rules.may_mark(plan):
            text += "|"
        if self.rules.must_mark(plan) or (broken and lone and self.rules.may_mark(plan)):
            return text
        return text + self._into(at, plan)

    def recall(self, at: BarLineState, body: str) -> Copy | None:
        """The place from which an earlier section is written out again, where one is due at the
        start of a line; `body` is the tune so far."""
        if not at.typed.endswith("\n"):
            return None
        plan = self._plan_after(at, self._lines(at))
        like = self.rules.copied(plan)
        if like is None:
            return None
        parts = [part for part in _SECTION_END.split(body) if part.strip()]
        music = parts[like].strip("\n")
        bars = music.count("|") + 1 - bool(plan.pickup)
        repeated = self.rules.wanted(plan).repeated
        plan = plan._replace(bars=bars - 1, fresh=False, marked=bool(repeated), may_end=False)
        time = self.rules.bar - plan.pickup
        lines = self.rules.bar_lines(plan, time, tonic=True, tied=False)
        close = next(line for line in (":|", "||", "|]") if line in lines)
        start = "|:" if repeated else ""
        return Copy(
            start + music + close, BarLineState(plan, close, time, True, None, at.chromatic_allowed)
        )

    def step(self, at: BarLineState, character: str) -> BarLineState | tuple[FormState, BarState]:
        """The place after an allowed character: still between, or the plan and the first state
        inside the next bar."""
        line, broken, mark = _parts(at.typed)
        lines = self._lines(at)
        longer = not broken and any(s.startswith(line + character) for s in lines)
        if longer or character == "\n" or (broken and character in "|:" and len(mark) < 2):
            return at._replace(typed=at.typed + character)
        plan = self._plan_after(at, lines)
        return plan, self.body.transitions.step(self._bar(at, plan), character)

    def _lines(self, at: BarLineState) -> dict[str, FormState]:
        if at.typed[0] == START:
            return {"": at.plan}
        return self.rules.bar_lines(at.plan, at.time, tonic=at.tonic, tied=at.tie is not None)

    def _plan_after(self, at: BarLineState, lines: dict[str, FormState]) -> FormState:
        line, _, mark = _parts(at.typed)
        plan = lines[line]
        return self.rules.marked(plan) if mark else plan

    def _into(self, at: BarLineState, plan: FormState) -> str:
        """The characters that may start the next bar."""
        return self.body.options(self._bar(at, plan))

    def _lone(self, plan: FormState) -> bool:
        """Whether one letter may fill the bar to come and a colon follow: at the start of a line
        that reads like a field."""
        spec, unit = self.rules.bar_spec(plan), self.body.lengths.unit
        return ":" in spec.closers(unit, True) + spec.closers(unit, False)

    def _bar(self, at: BarLineState, plan: FormState) -> BarState:
        return BarState(
            self.rules.bar_spec(plan),
            tie=at.tie,
            column=0 if at.typed.endswith("\n") else 2,
            tonic=at.tonic,
            chromatic_allowed=at.chromatic_allowed,
        )


def _parts(typed: str) -> tuple[str, str, str]:
    """Bar line, line break and repeat start of what is typed between two bars."""
    return typed.partition("\n")
