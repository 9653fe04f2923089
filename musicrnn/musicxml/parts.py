"""Which voices share a staff, and which staves a part: ``%%score`` and ``%%staves`` (ABC 2.1,
11.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from musicrnn.abc.syntax.tree import Directive, Field, ParsedTune

__all__ = ["PartPlan", "plan_parts"]

_TOKEN: Final = re.compile(r"[(){}\[\]|]|[^\s(){}\[\]|*]+")


@dataclass(slots=True)
class PartPlan:
    """A part: the voices on each of its staves, and the brackets that open and close at it."""

    staves: list[list[str]] = field(default_factory=list)
    opens: int = 0
    closes: int = 0


def plan_parts(tune: ParsedTune, voices: Iterable[str]) -> list[PartPlan]:
    """The parts of a tune from top to bottom; a voice that no directive names has its own."""
    left = list(voices)
    plans: list[PartPlan] = []
    brace: PartPlan | None = None
    staff: list[str] | None = None
    opens = 0
    for token in _TOKEN.findall(_score(tune)):
        if token == "{":
            brace = PartPlan(opens=opens)
            plans.append(brace)
            opens = 0
        elif token == "}":
            brace = None
        elif token == "(":
            staff = _new_staff(plans, brace, opens)
            opens = opens if brace else 0
        elif token == ")":
            staff = None
        elif token == "[":
            opens += 1
        elif token == "]" and plans:
            plans[-1].closes += 1
        elif token in left:
            left.remove(token)
            if staff is None:
                _new_staff(plans, brace, opens).append(token)
                opens = opens if brace else 0
            else:
                staff.append(token)
    for plan in plans:
        plan.staves = [voices for voices in plan.staves if voices]
    return [plan for plan in plans if plan.staves] + [PartPlan([[voice]]) for voice in left]


def _new_staff(plans: list[PartPlan], brace: PartPlan | None, opens: int) -> list[str]:
    staff: list[str] = []
    if brace is None:
        plans.append(PartPlan([staff], opens=opens))
    else:
        brace.staves.append(staff)
    return staff


def _score(tune: ParsedTune) -> str:
    """The value of the last ``%%score``, ``%%staves`` or ``I:score``."""
    value = ""
    for item in (*tune.inherited, *tune.header, *tune.body):
        if isinstance(item, Directive) and item.name in ("score", "staves"):
            value = item.value
        elif isinstance(item, Field) and item.letter == "I":
            name, _, said = item.value.partition(" ")
            value = said if name in ("score", "staves") else value
    return value
