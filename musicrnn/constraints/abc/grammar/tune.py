"""The grammar of a tune's body: bars (`body`) and what stands between them (`between`), as one.

A state is a `Bar` or a `Between`. A `Bar` does not know its `Plan`, so that bars that look alike
share their states; whoever walks keeps the plan beside the state.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from musicrnn.constraints.abc.grammar.bar_lines import Between, Copy, Seams
from musicrnn.constraints.abc.grammar.body import Body
from musicrnn.constraints.abc.grammar.form import Plan, Rules
from musicrnn.constraints.abc.grammar.state import Bar, Phase

__all__ = ["BodyGrammar", "Place", "TuneGrammar"]

Place = Bar | Between | Copy


class BodyGrammar(Protocol):
    """What the constraint asks of the grammar of a body; places are its own, and hashable."""

    @property
    def forms(self) -> int:
        """How many forms a tune may have."""
        ...

    def start(self, form: int = 0) -> tuple[Any, Plan]:
        """The place before the first character, and the plan there, for a tune of that form."""
        ...

    def draw_form(self, generator: np.random.Generator) -> int:
        """The number of one of the forms that a tune may have."""
        ...

    def options(self, place: Any) -> str:
        """The characters that may follow; `between.FINISH` where the tune may end."""
        ...

    def step(self, place: Any, plan: Plan, character: str) -> tuple[Any, Plan]:
        """The place and plan after an allowed character."""
        ...

    def leaves(self, place: Any, character: str) -> bool:
        """Whether what follows the character depends on the plan, which the place lacks."""
        ...

    def written(self, place: Any, character: str) -> bool | None:
        """Whether the character completes a note of the scale (True), one outside of it (False),
        or none (None)."""
        ...

    def sparing(self, place: Any, spare: bool) -> Any:
        """The same place, with or without a note outside of the scale to spare."""
        ...

    def copy(self, place: Any, body: str) -> Any | None:
        """The place from which music of `body`, the tune so far, is written out again, where
        that is due; None elsewhere."""
        ...

    def times(self, plan: Plan) -> int:
        """How often what is written now stands in the tune."""
        ...


class TuneGrammar:
    """What may follow what in a body; `first` is where it starts, if not before the first bar."""

    def __init__(
        self, rules: Rules, body: Body, *, first: tuple[Place, Plan] | None = None
    ) -> None:
        self.rules = rules
        self.body = body
        self._seams = Seams(rules, body)
        self._first = first or (Between(Plan()), Plan())

    @property
    def forms(self) -> int:
        """How many forms a tune may have."""
        return len(self.rules.forms)

    def start(self, form: int = 0) -> tuple[Place, Plan]:
        """The place before the first character, and the plan there, for a tune of that form."""
        place, plan = self._first
        plan = plan._replace(form=form)
        if isinstance(place, Between):
            return place._replace(plan=plan), plan
        assert isinstance(place, Bar)  # a prime may stop inside a bar, but in no copy
        return place._replace(frame=self.rules.frame(plan)), plan

    def draw_form(self, generator: np.random.Generator) -> int:
        """The number of one of the forms that a tune may have, by their weights."""
        heights = np.cumsum(self.rules.weights)
        return int(np.searchsorted(heights, generator.random() * heights[-1], side="right"))

    def options(self, place: Place) -> str:
        """The characters that may follow; `between.FINISH` where the tune may end."""
        if isinstance(place, Bar):
            return self.body.options(place)
        if isinstance(place, Copy):
            return place.text[0]
        return self._seams.options(place)

    def step(self, place: Place, plan: Plan, character: str) -> tuple[Place, Plan]:
        """The place and plan after an allowed character."""
        if isinstance(place, Bar):
            if self.leaves(place, character):
                return self._seams.leave(place, plan, character), plan
            return self.body.moves.step(place, character), plan
        if isinstance(place, Copy):
            return place._replace(text=place.text[1:]) if place.text[1:] else place.after, plan
        after = self._seams.step(place, character)
        if isinstance(after, Between):
            return after, plan
        return after[1], after[0]

    def leaves(self, place: Place, character: str) -> bool:
        """Whether the character leaves a bar, so that what follows depends on the plan."""
        return character in "|:" and isinstance(place, Bar)

    def written(self, place: Place, character: str) -> bool | None:
        """Whether the character completes a note of the scale (True), one outside of it (False),
        or none (None)."""
        if not isinstance(place, Bar) or place.phase is not Phase.NOTE or place.note is None:
            return None
        if character in "',/" or character.isdigit():
            return None
        return self.body.pitches.in_scale(place.note, place.altered)

    def sparing(self, place: Place, spare: bool) -> Place:
        """The same place, with or without a note outside of the scale to spare."""
        return place if isinstance(place, Copy) else place._replace(spare=spare)

    def copy(self, place: Place, body: str) -> Copy | None:
        """The place from which an earlier section is written out again, where one is due."""
        return self._seams.copy(place, body) if isinstance(place, Between) else None

    def times(self, plan: Plan) -> int:
        """How often the section being written stands in the tune."""
        return self.rules.times(plan)
