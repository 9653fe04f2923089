"""The tree to ABC text, in one canonical spelling.

One tune has one text: a space ends a beam and nothing else (none beside bar lines or at line
ends), lengths are as short as they can be (``A/`` and ``A/4``, never ``A/2`` or ``A1``), bar lines
and decorations have one shape, and an ending is joined to its bar line (``|1``, ``:|2``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Sequence
from fractions import Fraction
from typing import Any, Final

from musicrnn.abc.syntax.decorations import DEFAULT_SYMBOLS
from musicrnn.abc.syntax.tree import (
    TEXT_BLOCKS,
    Annotation,
    Bar,
    Broken,
    Chord,
    ChordName,
    Comment,
    Decoration,
    Directive,
    Ending,
    Field,
    Grace,
    HeaderItem,
    LineBreak,
    MultiRest,
    Node,
    Note,
    Overlay,
    ParsedTune,
    Rest,
    Slur,
    Space,
    Spacer,
    TuneBook,
    Tuplet,
    require_tune,
)  # fmt: skip
from musicrnn.errors import UsageError, want

__all__ = ["spell_length", "spell_note", "write", "write_body", "write_book"]

_SHORT: Final = {
    name: sign
    for sign, name in DEFAULT_SYMBOLS.items()
    if name in ("staccato", "roll", "upbow", "downbow", "trill", "fermata")
}
_LINES: Final = (Field, Directive, Comment)  # where not inline, these take a line of their own
#: what ends the search for the second ! of a decoration
_NO_NAME: Final = re.compile(r"[\s|\[\]:\"]")
_VERSION: Final = re.compile(r"abc(?:-\d+(?:\.\d+){0,2})?")
_ENDING_JOINS: Final = frozenset({"|", ":|", "||", "|]"})


def write_book(book: TuneBook) -> str:
    """The text of a whole tune book: file header, tunes, an empty line between them.

    Raises UsageError for what is no book.
    """
    if not isinstance(book, TuneBook):
        raise UsageError(f"write_book wants a book, not {type(book).__name__}: abc.parse(text)")
    parts = [_header(book.header)] if book.header else []
    parts += [write(tune) for tune in book.tunes]
    return "\n".join(parts)


def write(tune: ParsedTune) -> str:
    """The text of one tune, header first, each line ended by a newline.

    Raises UsageError for what is no parsed tune.
    """
    require_tune(tune, "write")
    return _header(tune.header) + write_body(tune.body, _redefined(tune))


def write_body(nodes: Iterable[Node], redefined: Container[str] = ()) -> str:
    """The text of body nodes. Signs in `redefined` (by ``U:``) are not used as shorthand."""
    given: object = nodes
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise UsageError(f"write_body wants the nodes of a body, not {type(given).__name__}")
    lines = _Lines()
    joins = False  # whether an ending may be written as a mere number
    body = tuple(nodes)
    for place, node in enumerate(body):
        if isinstance(node, _LINES) and not getattr(node, "inline", False):
            lines.put_alone(_line(node))
        elif isinstance(node, LineBreak):
            lines.add(node.sign)
        elif isinstance(node, Ending):
            lines.add(_ending(node, joins))
        elif isinstance(node, Decoration):
            following = body[place + 1] if place + 1 < len(body) else None
            lines.add(_decoration(node.name, following, redefined))
        elif isinstance(node, Bar):
            lines.add(_bar(node, lines.line))
        else:
            want(node, tuple(_WRITERS), "write_body wants the nodes of a body")
            lines.add(_WRITERS[type(node)](node))
        joins = isinstance(node, Bar) and node.kind in _ENDING_JOINS
    return lines.finished()


class _Lines:
    """Lines of music, word by word; `line` are the words of the last one so far."""

    def __init__(self) -> None:
        self.line: list[str] = []
        self._done: list[str] = []
        self._break = -1  # the place of the last ! in the line that is a line break

    def add(self, word: str) -> None:
        """One word more, or the line end."""
        if "!" in word:
            # What stands between two signs must not look like the name of a decoration.
            if self._break >= 0 and not _NO_NAME.search("".join(self.line[self._break :])):
                self.line.insert(self._break, "\\\n")
            self._break = len(self.line) + 1 if word == "!" else -1
        self.line.append(word)
        if word == "\n":
            self._end()

    def put_alone(self, text: str) -> None:
        """A field or remark, which takes a line of its own; music goes on after it."""
        if self.line:
            self.line.append("\\\n")
        self.line.append(text)
        self._end()

    def _end(self) -> None:
        self._done += self.line
        self.line, self._break = [], -1

    def finished(self) -> str:
        """The text of all lines."""
        if self.line:
            self.add("\n")
        return "".join(self._done)


def spell_length(length: Fraction) -> str:
    """A length in unit note lengths as it stands after a note: ``""``, ``2``, ``/``, ``3/2``."""
    above, below = length.numerator, length.denominator
    top = "" if above == 1 else str(above)
    if below == 1:
        return top
    return f"{top}/" if below == 2 and above == 1 else f"{top}/{below}"


def spell_note(note: Note) -> str:
    """A note as it stands in the text: ``^c'3/2-``."""
    pitch = _pitch(note.step, note.octave)
    marks = "".join(_SHORT.get(mark, f"!{mark}!") for mark in note.marks)
    return f"{marks}{note.accidental}{pitch}{spell_length(note.length)}{note.tie}"


def _pitch(step: str, octave: int) -> str:
    if octave >= 5:
        return step.lower() + "'" * (octave - 5)
    return step + "," * (4 - octave)


def _header(items: Iterable[HeaderItem]) -> str:
    return "".join(map(_line, items))


def _line(node: Node) -> str:
    if isinstance(node, Directive) and node.name == "abc-charset":
        return "%%abc-charset utf-8\n"  # whatever it was read in
    if isinstance(node, Field):
        if node.letter == "I" and node.value.startswith("abc-charset"):
            return "I:abc-charset utf-8\n"
        space = " " if node.value.startswith((":", "|")) else ""  # "h::" would be music
        return f"{node.letter}:{space}{node.value}\n"
    if isinstance(node, Comment) and _VERSION.fullmatch(node.text):
        return f"%{node.text}\n"  # the first line of a file, which has no space (2.1)
    if isinstance(node, Comment):
        return f"% {node.text}".rstrip() + "\n"
    if isinstance(node, Directive) and node.name in TEXT_BLOCKS:
        end = node.name.replace("begin", "end")
        lines = "".join(
            f"{line}\n" if line.startswith(end) else f"%%{line}\n"
            for line in node.value.split("\n")
        )
        return f"%%{node.name}\n{lines}%%{end}\n"
    assert isinstance(node, Directive)
    return f"%%{node.name} {node.value}".rstrip() + "\n"


def _decoration(name: str, following: Node | None, redefined: Container[str]) -> str:
    sign = _SHORT.get(name, "")
    if not sign or sign in redefined:
        return f"!{name}!"
    if sign == "." and isinstance(following, (Bar, Slur, Tuplet)):
        return f"!{name}!"  # .| and .( have meanings of their own
    return sign


def _bar(node: Bar, before: Sequence[str]) -> str:
    """A bar line; `before` are the words of its line, which must not take its dots for theirs:
    ``d:|`` would be a field, ``(3:|`` a tuplet that goes on."""
    if not node.kind.startswith(":") or not before:
        return node.kind
    if before[-1].startswith("(") and before[-1] != "(":
        return "::"[before[-1].count(":") :] + node.kind
    lone_letter = len(before) == 1 and len(before[0]) == 1 and before[0].isalpha()
    return f" {node.kind}" if lone_letter else node.kind


def _ending(node: Ending, joins: bool) -> str:
    numbers = ",".join(map(str, node.numbers))
    return numbers if joins else f"[{numbers}"


def _chord(node: Chord) -> str:
    return f"[{''.join(map(spell_note, node.notes))}]{spell_length(node.length)}{node.tie}"


def _grace(node: Grace) -> str:
    notes = "".join(
        spell_note(note) if isinstance(note, Note) else _chord(note) for note in node.notes
    )
    return "{" + ("/" if node.slash else "") + notes + "}"


def _tuplet(node: Tuplet) -> str:
    if node.r:
        return f"({node.p}:{node.q or ''}:{node.r}"
    return f"({node.p}:{node.q}" if node.q else f"({node.p}"


def _multirest(node: MultiRest) -> str:
    return node.kind + (str(node.bars) if node.bars != 1 else "")


_WRITERS: Final[dict[type, Callable[[Any], str]]] = {
    Note: spell_note,
    Chord: _chord,
    Grace: _grace,
    Rest: lambda node: node.kind + spell_length(node.length),
    MultiRest: _multirest,
    Spacer: lambda node: f"y{node.width}",
    Broken: lambda node: node.sign * node.depth,
    Tuplet: _tuplet,
    Slur: lambda node: node.sign,
    ChordName: lambda node: f'"{node.text}"',
    Annotation: lambda node: f'"{node.text}"',
    Overlay: lambda node: "&",
    Space: lambda node: " ",
    Field: lambda node: f"[{node.letter}:{node.value}]",
}


def _redefined(tune: ParsedTune) -> frozenset[str]:
    """The signs that ``U:`` fields of the tune or its file header give another meaning."""
    return frozenset(
        node.value.strip()[:1]
        for node in (*tune.inherited, *tune.header, *tune.body)
        if isinstance(node, Field) and node.letter == "U"
    )
