"""The rules that go with each tokenizer: what may be asked, what may come next, what is checked.

One row a tokenizer; its modules are imported when a model of its kind is used.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from musicrnn.constraints.abc.repertoire import Repertoire
from musicrnn.constraints.controls import CONTROLS, parse_controls
from musicrnn.errors import UsageError
from musicrnn.formats import Finding
from musicrnn.score import Score
from musicrnn.tokens import Tokenizer

if TYPE_CHECKING:
    from musicrnn.tokens.constraint import Constraint

__all__ = ["RULES", "Rules", "rules_of"]


@dataclass(frozen=True, slots=True)
class Rules:
    """What goes with one tokenizer, each as ``module:name``.

    `controls_at` is a class with ``of_values(parsed values)``, `constraint_at` one with
    ``of(tokenizer, controls, free=False)``, `check_at` a function of a piece's content and
    ``strict``. They are used through the methods.
    """

    tokenizer: str
    format: str
    controls_at: str
    constraint_at: str
    check_at: str = ""

    def controls(self, asked: Mapping[str, Any]) -> Any:
        """What is asked for, read and checked. Raises `UsageError` for what makes no sense."""
        values = parse_controls(asked, self.format, tokenizer=self.tokenizer)
        ruled = {name: value for name, value in values.items() if not CONTROLS[name].chosen}
        return _at(self.controls_at).of_values(ruled)

    def chosen(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Of what is asked for, what no grammar keeps: tunes are drawn until one has it."""
        values = parse_controls(asked, self.format, tokenizer=self.tokenizer)
        return {name: value for name, value in values.items() if CONTROLS[name].chosen}

    def constraint(
        self,
        tokenizer: Tokenizer,
        controls: Any,
        *,
        free: bool = False,
        repertoire: Repertoire | None = None,
    ) -> Constraint:
        """What keeps pieces well formed and as `controls` ask; what they leave open is as in the
        `repertoire` of a model of tunes."""
        known = {} if repertoire is None else {"repertoire": repertoire}
        made: Constraint = _at(self.constraint_at).of(tokenizer, controls, free=free, **known)
        return made

    def check(self, content: str | Score, *, strict: bool) -> Sequence[Finding]:
        """What is wrong with a piece that such a model wrote."""
        if not self.check_at:
            return ()
        findings: Sequence[Finding] = _at(self.check_at)(content, strict=strict)
        return findings


def _at(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)


_HERE = "musicrnn.constraints"

#: (tokenizer, format) → rules
RULES: dict[tuple[str, str], Rules] = {
    (row.tokenizer, row.format): row
    for row in (
        Rules(
            "char", "abc",
            f"{_HERE}.abc.controls:Controls",
            f"{_HERE}.abc.constraint:AbcConstraint",
            "musicrnn.abc:check",
        ),
        Rules("char", "text", f"{_HERE}.text:PlainControls", f"{_HERE}.text:PlainConstraint"),
        Rules(
            "piano", "midi",
            f"{_HERE}.events.controls:EventControls",
            f"{_HERE}.events.piano:PianoConstraint",
            "musicrnn.midi.melody_check:check_melody",
        ),
        Rules(
            "jazz", "midi",
            f"{_HERE}.events.controls:EventControls",
            f"{_HERE}.events.jazz:JazzConstraint",
            "musicrnn.midi.melody_check:check_melody",
        ),
        Rules(
            "voices", "midi",
            f"{_HERE}.events.controls:EventControls",
            f"{_HERE}.events.voices:VoicesConstraint",
            "musicrnn.theory.voice_leading:check_score",
        ),
        *(
            Rules(
                name, "midi",
                f"{_HERE}.events.controls:EventControls",
                f"{_HERE}.events.token_graph:TokenGraphConstraint",
                "musicrnn.midi.melody_check:check_voices",
            )
            for name in ("remi", "performance")
        ),
    )
}  # fmt: skip


def rules_of(tokenizer: Tokenizer) -> Rules:
    """The rules for a tokenizer. Raises `UsageError` for one that has none."""
    rules = RULES.get((tokenizer.name, tokenizer.format))
    if rules is None:
        raise UsageError(f"nothing is known about writing with the tokenizer {tokenizer.name!r}")
    return rules
