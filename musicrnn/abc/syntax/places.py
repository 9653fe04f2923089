"""Trees that were built rather than read have no text; what belongs to a note (its words, how loud
it is) is known by where the note stands."""

from __future__ import annotations

from musicrnn.abc.syntax.parser import parse
from musicrnn.abc.syntax.tree import ParsedTune
from musicrnn.abc.syntax.writer import write
from musicrnn.errors import AbcError

__all__ = ["with_places"]


def with_places(tune: ParsedTune) -> ParsedTune:
    """The tune as it is where it was read from a text; else as it is read from its own, if the
    limits of the reader allow it."""
    if tune.line_starts or not tune.body:
        return tune
    try:
        tunes = parse(write(tune)).tunes
    except AbcError:
        return tune
    return tunes[0] if len(tunes) == 1 else tune
