"""The formats: ABC, MIDI and plain text are three values of one idea.

What differs between them stands in one row each; whatever is common (training, sampling, saving)
is written once and looks here. What a row names of other modules is imported when it is called.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from musicrnn.errors import UsageError, choices
from musicrnn.score import Score

__all__ = ["FORMATS", "Finding", "Format", "format_of"]


class Finding(Protocol):
    """One thing that a checker found; ``str`` of it is a line for people."""

    @property
    def code(self) -> str:
        """A stable name for the kind of fault."""
        ...

    @property
    def severity(self) -> str:
        """``"error"``, ``"warning"`` or ``"info"``."""
        ...


@dataclass(frozen=True, slots=True)
class Format:
    """How pieces of one format are read, checked, heard and written.

    `suffixes` are those of its files, the usual one first; `spoken` is its name in a sentence and
    `token` what one of its tokens is. A sample is given up after `longest` tokens. `check` takes a
    piece's content and ``strict``; `to_score` gives the notes of the content, `played` what sounds
    (ornaments, chords, the dance's tempo); both are None for text, which has no notes.
    """

    name: str
    suffixes: tuple[str, ...]
    spoken: str
    token: str
    longest: int
    check: Callable[..., Sequence[Finding]]
    to_score: Callable[[Any], Score] | None = None
    played: Callable[[Any], Score] | None = None

    @property
    def extension(self) -> str:
        """The suffix that a piece is saved with if nothing else is asked."""
        return self.suffixes[0]

    @property
    def sounds(self) -> bool:
        """Whether pieces have notes."""
        return self.to_score is not None


def _later(place: str) -> Callable[..., Any]:
    """The function at ``module:name``, imported when it is first called."""
    module, _, name = place.partition(":")

    def call(*arguments: Any, **options: Any) -> Any:
        return getattr(importlib.import_module(module), name)(*arguments, **options)

    return call


def _nothing(content: object, *, strict: bool = False) -> Sequence[Finding]:
    """Text is always right."""
    return ()


FORMATS: dict[str, Format] = {
    row.name: row
    for row in (
        Format(
            "abc", (".abc",), "ABC", "character", longest=3000,
            check=_later("musicrnn.abc:check"),
            to_score=_later("musicrnn.abc.to_score:score_of_text"),
            played=_later("musicrnn.render.performance:performed"),
        ),
        Format(
            "midi", (".mid", ".midi", ".kar", ".rmi", ".midi2", ".smf"), "MIDI", "event",
            longest=3000,
            check=_later("musicrnn.midi.melody_check:check_melody"),
            to_score=lambda score: score,
            played=_later("musicrnn.render.performance:accompany"),
        ),
        Format("text", (".txt", ".text"), "plain text", "character", longest=600, check=_nothing),
    )
}  # fmt: skip


def format_of(name: str) -> Format:
    """The row of that name. Raises `UsageError` for a name that is not in the table."""
    if name not in FORMATS:
        raise UsageError(f"there is no format {name!r}; {choices(name, FORMATS)}")
    return FORMATS[name]
