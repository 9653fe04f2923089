"""Macros (``m:``, ABC 2.1, section 9): text that stands for other text in lines of music.

They are worked out while a tune is read; the tree holds what they stand for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final

from musicrnn.abc.syntax import limits
from musicrnn.errors import AbcError

__all__ = ["Macro", "expand_macros", "read_macro"]

_DEFINITION: Final = re.compile(r"\s*([^=]*[^=\s])\s*=\s*(.*)", re.DOTALL)
_NOTES: Final = "CDEFGABcdefgab"
_NOTE: Final = r"(?P<note>[A-Ga-g][,']*)"
_RELATIVE: Final = re.compile(r"[h-z]")


@dataclass(frozen=True, slots=True)
class Macro:
    """`pattern` matches what is replaced, and `part` occurs in all of that. A transposing macro has
    an ``n`` in its target, which stands for any note; the letters h…z of `text` are then the notes
    around it."""

    pattern: re.Pattern[str]
    part: str
    text: str
    transposing: bool


def read_macro(value: str) -> Macro | None:
    """The macro that the value of an ``m:`` field defines, None where it defines none."""
    match = _DEFINITION.fullmatch(value)
    if not match or not match[1].strip():
        return None
    target = match[1].strip()
    before, n, after = target.partition("n")
    if not n:
        return Macro(re.compile(re.escape(target)), target, match[2].strip(), transposing=False)
    pattern = re.compile(re.escape(before) + _NOTE + re.escape(after))
    return Macro(pattern, before or after, match[2].strip(), transposing=True)


def expand_macros(line: str, macros: Iterable[Macro]) -> str:
    """A line of music with each macro replaced, in the order in which they were defined, once.

    Raises AbcError where that makes the line longer than `limits.EXPANDED`.
    """
    for macro in macros:
        if macro.part not in line:
            continue
        count = sum(1 for _ in macro.pattern.finditer(line))
        if count and len(line) + count * len(macro.text) > limits.EXPANDED:
            raise AbcError(f"macros make a line longer than {limits.EXPANDED} characters")
        if count:
            line = macro.pattern.sub(partial(_replacement, macro), line)
    return line


def _replacement(macro: Macro, match: re.Match[str]) -> str:
    if not macro.transposing:
        return macro.text
    note = match["note"]
    return _RELATIVE.sub(lambda letter: _shifted(note, ord(letter[0]) - ord("n")), macro.text)


def _shifted(note: str, steps: int) -> str:
    """The note so many steps of the scale above `note`: ``b`` and 1 is ``c'``."""
    octaves = note.count("'") - note.count(",")
    place = _NOTES.index(note[0]) + 7 * octaves + steps
    octave, step = divmod(place, 7)
    letter = _NOTES[step]
    if octave >= 1:
        return letter.lower() + "'" * (octave - 1)
    return letter + "," * -octave
