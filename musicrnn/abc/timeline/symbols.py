"""Symbol lines (``s:``, ABC 2.1, section 4.15): decorations, chord symbols and annotations put
where they belong, before the notes above them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from musicrnn.abc.syntax.decorations import DEFAULT_SYMBOLS, OLDER_SYMBOLS
from musicrnn.abc.syntax.tree import (
    Annotation,
    Bar,
    Chord,
    ChordName,
    Decoration,
    Field,
    Node,
    Note,
    ParsedTune,
)  # fmt: skip

__all__ = ["with_symbols"]

#: ``*`` passes over a note, ``|`` goes on to the next bar
_TOKEN: Final = re.compile(r'"([^"]*)"|!([^!\s]+)!|\+([^+\s]+)\+|(\S)')
_PLACES: Final = ("^", "_", "<", ">", "@")


def with_symbols(tune: ParsedTune) -> ParsedTune:
    """The tune with the symbols of its ``s:`` lines before their notes and the lines gone; the
    tune itself where it has none. No note is changed."""
    if "s" not in tune.letters:
        return tune
    before: dict[int, list[Node]] = {}
    voices: dict[str, _Line] = {}
    line = voices.setdefault("", _Line())
    for place, node in enumerate(tune.body):
        if isinstance(node, (Note, Chord)):
            line.note(place)
        elif isinstance(node, Bar):
            line.bar()
        elif isinstance(node, Field) and node.letter == "s":
            for at, symbol in line.symbols(node):
                before.setdefault(at, []).append(symbol)
        elif isinstance(node, Field) and node.letter == "V":
            line = voices.setdefault(next(iter(node.value.split()), ""), _Line())
    body: list[Node] = []
    for place, node in enumerate(tune.body):
        body += before.get(place, ())
        if not (isinstance(node, Field) and node.letter == "s"):
            body.append(node)
    return replace(tune, body=tuple(body))


class _Line:
    """The notes of a voice since its last symbols, as places in the body."""

    def __init__(self) -> None:
        self._notes: list[int] = []
        self._ends: list[int] = []  # how many of them stand before each bar line
        self._done = False  # symbols stand below these notes; further lines may follow

    def note(self, place: int) -> None:
        if self._done:
            self._notes, self._ends, self._done = [], [], False
        self._notes.append(place)

    def bar(self) -> None:
        if not self._done and len(self._notes) > (self._ends[-1] if self._ends else 0):
            self._ends.append(len(self._notes))

    def symbols(self, field: Field) -> Iterator[tuple[int, Node]]:
        """The symbols of a line, each with the place of its note."""
        self._done = True
        notes, ends = self._notes, self._ends
        at = bar = 0
        for token in _TOKEN.finditer(field.value):
            if token[0] == "|":
                at = max(at, ends[bar] if bar < len(ends) else len(notes))
                bar += 1
                continue
            symbol = _symbol(token, field)
            if symbol is not None and at < len(notes):
                yield notes[at], symbol
            at += 1


def _symbol(token: re.Match[str], field: Field) -> Node | None:
    span = field.start, field.end
    text, name, sign = token[1], token[2] or token[3], token[4]
    if text is not None:
        return (Annotation if text[:1] in _PLACES else ChordName)(text, *span)
    name = name or DEFAULT_SYMBOLS.get(sign) or OLDER_SYMBOLS.get(sign)
    return Decoration(name, *span) if name else None
