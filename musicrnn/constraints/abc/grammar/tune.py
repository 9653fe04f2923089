"""The grammar of a tune's body: bars (`body`) and what stands between them (`bar_lines`), as one.

A state is a `BarState` or a `BarLineState`. A `BarState` does not know its `FormState`, so that
bars that look alike share their states; the caller keeps the plan beside the state.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from musicrnn.constraints.abc.grammar.bar_lines import BarLineGrammar, BarLineState, Copy
from musicrnn.constraints.abc.grammar.body import Body
from musicrnn.constraints.abc.grammar.form import FormRules, FormState
from musicrnn.constraints.abc.grammar.state import BarState, Phase

__all__ = ["BodyGrammar", "Place", "TuneGrammar"]

Place = BarState | BarLineState | Copy


class BodyGrammar(Protocol):
    """What the constraint asks of the grammar of a body; places are its own, and hashable."""

    @property
    def forms(self) -> int:
        """How many forms a tune may have."""
        ...

    def start(self, form: int = 0) -> tuple[Any, FormState]:
        """The place before the first character, and the plan there, for a tune of that form."""
        ...

    def draw_form(self, generator: np.random.Generator) -> int:
        """The number of one of the forms that a tune may have."""
        ...

    def options(self, place: Any) -> str:
        """The characters that may follow; `bar_lines.FINISH` where the tune may end."""
        ...

    def step(self, place: Any, plan: FormState, character: str) -> tuple[Any, FormState]:
        """The place and plan after an allowed character."""
        ...

    def leaves_bar(self, place: Any, character: str) -> bool:
        """Whether what follows the character depends on the plan, which the place lacks."""
        ...

    def completes_note(self, place: Any, character: str) -> bool | None:
        """Whether the character completes a note of the scale (True), one outside of it (False),
        or none (None)."""
        ...

    def with_chromatic(self, place: Any, allowed: bool) -> Any:
        """The same place, where a note outside the scale is `allowed`, or not."""
        ...

    def recall(self, place: Any, body: str) -> Any | None:
        """The place from which music of `body`, the tune so far, is written out again, where
        that is due; None elsewhere."""
        ...

    def multiplicity(self, plan: FormState) -> int:
        """How often what is written now stands in the tune."""
        ...


class TuneGrammar:
    """What may follow what in a body; `first` is where it starts, if not before the first bar."""

    def __init__(
        self, rules: FormRules, body: Body, *, first: tuple[Place, FormState] | None = None
    ) -> None:
        self.rules = rules
        self.body = body
        self._bar_lines = BarLineGrammar(rules, body)
        self._first = first or (BarLineState(FormState()), FormState())

    @property
    def forms(self) -> int:
        """How many forms a tune may have."""
        return len(self.rules.forms)

    def start(self, form: int = 0) -> tuple[Place, FormState]:
        """The place before the first character, and the plan there, for a tune of that form."""
        place, plan = self._first
        plan = plan._replace(form=form)
        if isinstance(place, BarLineState):
            return place._replace(plan=plan), plan
        assert isinstance(place, BarState)  # a prime may stop inside a bar, but in no copy
        return place._replace(spec=self.rules.bar_spec(plan)), plan

    def draw_form(self, generator: np.random.Generator) -> int:
        """The number of one of the forms that a tune may have, by their weights."""
        heights = np.cumsum(self.rules.weights)
        return int(np.searchsorted(heights, generator.random() * heights[-1], side="right"))

    def options(self, place: Place) -> str:
        """The characters that may follow; `bar_lines.FINISH` where the tune may end."""
        if isinstance(place, BarState):
            return self.body.options(place)
        if isinstance(place, Copy):
            return place.text[0]
        return self._bar_lines.options(place)

    def step(self, place: Place, plan: FormState, character: str) -> tuple[Place, FormState]:
        """The place and plan after an allowed character."""
        if isinstance(place, BarState):
            if self.leaves_bar(place, character):
                return self._bar_lines.leave(place, plan, character), plan
            return self.body.transitions.step(place, character), plan
        if isinstance(place, Copy):
            return place._replace(text=place.text[1:]) if place.text[1:] else place.after, plan
        after = self._bar_lines.step(place, character)
        if isinstance(after, BarLineState):
            return after, plan
        return after[1], after[0]

    def leaves_bar(self, place: Place, character: str) -> bool:
        """Whether the character leaves a bar, so that what follows depends on the plan."""
        return character in "|:" and isinstance(place, BarState)

    def completes_note(self, place: Place, character: str) -> bool | None:
        """Whether the character completes a note of the scale (True), one outside of it (False),
        or none (None)."""
        if not isinstance(place, BarState) or place.phase is not Phase.NOTE or place.note is None:
            return None
        if character in "',/" or character.isdigit():
            return None
        return self.body.pitches.in_scale(place.note, place.altered)

    def with_chromatic(self, place: Place, allowed: bool) -> Place:
        """The same place, where a note outside the scale is `allowed`, or not."""
        return place if isinstance(place, Copy) else place._replace(chromatic_allowed=allowed)

    def recall(self, place: Place, body: str) -> Copy | None:
        """The place from which an earlier section is written out again, where one is due."""
        return self._bar_lines.recall(place, body) if isinstance(place, BarLineState) else None

    def multiplicity(self, plan: FormState) -> int:
        """How often the section being written stands in the tune."""
        return self.rules.multiplicity(plan)
