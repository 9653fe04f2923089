"""The formats: ABC, MIDI and plain text are three values of one idea.

What differs between them stands in one table, by name, and is imported when it is asked for;
whatever is common (training, sampling, saving) is written once and looks here.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

from musicrnn.errors import UsageError

__all__ = ["FORMATS", "TEMPERATURE", "Format", "format_of"]

#: What models sample with if nothing else is asked. At 1, as learned, a long tune nearly always
#: has its unlikely moments. At 0.9 `folk` has as many different bars in a tune as real tunes have
#: (three of four); at 0.8 it has two of three, and now and then says one bar over and over.
TEMPERATURE = 0.9


@dataclass(frozen=True, slots=True)
class Format:
    """How pieces of one format are written, checked and played.

    `controls`, `constraint`, `check` and `to_score` are places, ``module:name``, or ``""`` where
    the format has none. `controls` is a class whose ``of(**asked)`` reads what a user asks for;
    `constraint` is a class whose ``of(tokenizer, controls, free=False)`` gives a
    `sampling.Constraint`; `check` takes a piece's content and ``strict`` and gives diagnostics;
    `to_score` takes a piece's content. A piece is saved as `extension` if nothing else is asked.
    """

    name: str
    extension: str
    controls: str
    constraint: str
    check: str = ""
    to_score: str = ""

    def part(self, name: str) -> Any:
        """What stands at one of the places, imported now; None where the format has none."""
        module, _, attribute = getattr(self, name).partition(":")
        return getattr(importlib.import_module(module), attribute) if module else None


FORMATS: dict[str, Format] = {
    row.name: row
    for row in (
        Format(
            "abc",
            ".abc",
            controls="musicrnn.constraints.abc.controls:Controls",
            constraint="musicrnn.constraints.abc.constraint:AbcConstraint",
            check="musicrnn.abc:check",
            to_score="musicrnn.abc.to_score:score_of_text",
        ),
        Format(
            "midi",
            ".mid",
            controls="musicrnn.constraints.events.controls:EventControls",
            constraint="musicrnn.constraints.events.constraint:EventConstraint",
            check="musicrnn.midi.melody_check:check_melody",
        ),
        Format(
            "text",
            ".txt",
            controls="musicrnn.constraints.text:PlainControls",
            constraint="musicrnn.constraints.text:PlainConstraint",
        ),
    )
}


def format_of(name: str) -> Format:
    """The row of that name. Raises `UsageError` for a name that is not in the table."""
    if name not in FORMATS:
        raise UsageError(f"there is no format {name!r}; there are {', '.join(FORMATS)}")
    return FORMATS[name]
