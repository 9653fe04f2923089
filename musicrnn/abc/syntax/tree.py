"""The syntax tree of ABC text: what is written, in the order in which it is written.

The body of a tune is a flat sequence: slurs, tuplets and broken rhythm are marks between notes,
as in the notation, so nothing nests and no input can make a reader recurse. Nodes are immutable.
Two nodes are equal when they say the same thing; their place in the text (`start` and `end`,
offsets in characters) does not count.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, TypeAlias, get_args

from musicrnn.abc.checking.diagnostics import Diagnostic
from musicrnn.abc.syntax.text import decode_escapes
from musicrnn.errors import UsageError, want

__all__ = [
    "TEXT_BLOCKS", "Annotation", "Bar", "Broken", "Chord", "ChordName", "Comment", "Decoration",
    "Directive", "Ending", "Field", "Grace", "LineBreak", "MultiRest", "Node", "Note", "Overlay",
    "ParsedTune", "Rest", "Slur", "Space", "Spacer", "TuneBook", "Tuplet", "require_tune",
]  # fmt: skip

ONE: Final = Fraction(1)
_VERSION: Final = re.compile(r"abc-(\d+(?:\.\d+){0,2})\b")
#: the directives whose lines, up to ``%%endtext`` and the like, are no music
TEXT_BLOCKS: Final = frozenset({"begintext", "beginps", "beginsvg"})


@dataclass(frozen=True, slots=True)
class Note:
    """A note. `step` is ``"A"``…``"G"``, `octave` 4 from middle C up, `accidental` as written
    (``""`` is none, ``"="`` natural), `length` in unit note lengths, `tie` is ``""``, ``"-"`` or
    ``".-"``; `marks` are decorations written inside a chord."""

    step: str
    octave: int
    accidental: str = ""
    length: Fraction = ONE
    tie: str = ""
    marks: tuple[str, ...] = ()
    start: int = field(default=0, compare=False, repr=False)
    end: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Rest:
    """A rest: `kind` is ``z`` (printed) or ``x`` (invisible)."""

    kind: str = "z"
    length: Fraction = ONE
    start: int = field(default=0, compare=False, repr=False)
    end: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class MultiRest:
    """`bars` whole bars of rest: `kind` is ``Z`` or ``X``."""

    kind: str = "Z"
    bars: int = 1
    start: int = field(default=0, compare=False, repr=False)
    end: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Spacer:
    """``y``: room on paper, no time."""

    width: str = ""
    start: int = field(default=0, compare=False, repr=False)
    end: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Chord:
    """Notes that start together. It lasts as long as its first note, times `length`."""

    notes: tuple[Note, ...]
    length: Fraction = ONE
    tie: str = ""
    start: int = field(default=0, compare=False, repr=False)
    end: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Grace:
    """Grace notes before the next note; with a slash (``{/g}``) an acciaccatura."""

    notes: tuple[Note | Chord, ...]
    slash: bool = False
    start: int = field(default=0, compare=False, repr=False)
    end: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Broken:
    """Broken rhythm: ``>`` (the note before is longer) or ``<``, `depth` times."""

    sign: str
    depth: int = 1
    start: int = field(default=0, compare=False, repr=False)
    end: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Tuplet:
    """``(p:q:r``: p notes in the time of q, for the next r; q and r are 0 where not written."""

    p: int
    q: int = 0
    r: int = 0
    start: int = field(default=0, compare=False, repr=False)
    end: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Slur:
    """The start ``(`` (dotted ``.(``) or end ``)`` of a slur."""

    sign: str
    start: int = field(default=0, compare=False, repr=False)
    end: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar line in its canonical shape: ``|`` ``||`` ``|]`` ``[|`` ``|:`` ``:|`` ``::`` ``.|``
    ``[|]``, or with more dots (``|::``, ``::|``) for more repeats."""

    kind: str
    start: int = field(default=0, compare=False, repr=False)
    end: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Ending:
    """The start of a variant ending: ``[1`` is ``(1,)``, ``[1,3-4`` is ``(1, 3, 4)``."""

    numbers: tuple[int, ...]
    start: int = field(default=0, compare=False, repr=False)
    end: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Decoration:
    """A decoration by its full name: ``.`` is ``staccato``, ``!trill!`` is ``trill``."""

    name: str
    start: int = field(default=0, compare=False, repr=False)
    end: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ChordName:
    """A chord symbol: ``"Am7"``."""

    text: str
    start: int = field(default=0, compare=False, repr=False)
    end: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Annotation:
    """Text at a note, its place (``^ _ < > @``) included: ``"^slowly"``."""

    text: str
    start: int = field(default=0, compare=False, repr=False)
    end: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Overlay:
    """``&``: what follows sounds from the start of the bar, beside what came before."""

    start: int = field(default=0, compare=False, repr=False)
    end: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Space:
    """White space between notes: the beam ends here."""

    start: int = field(default=0, compare=False, repr=False)
    end: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class LineBreak:
    """The end of a line of music: a new staff line. `sign` is ``"\\n"`` or ``"$"``."""

    sign: str = "\n"
    start: int = field(default=0, compare=False, repr=False)
    end: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Field:
    """An information field. `value` is in canonical spelling where the field has one (M, L, Q,
    K), else as written. `inline` fields stand in brackets: ``[K:D]``. `written` is the value as
    it stood in the text where that differs: ``C|`` is drawn as a sign and counted as 2/2."""

    letter: str
    value: str
    inline: bool = False
    start: int = field(default=0, compare=False, repr=False)
    end: int = field(default=0, compare=False, repr=False)
    written: str = field(default="", compare=False, repr=False)

    @property
    def text(self) -> str:
        """The value with its escapes (``\\'e``, ``&eacute;``, ``\\u00e9``) decoded."""
        return decode_escapes(self.value)


@dataclass(frozen=True, slots=True)
class Directive:
    """A ``%%`` line: ``%%MIDI program 24`` has the name ``MIDI``. A text block is one directive
    with a name of `TEXT_BLOCKS` and its lines as value."""

    name: str
    value: str = ""
    start: int = field(default=0, compare=False, repr=False)
    end: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Comment:
    """A remark: ``% text`` on a line of its own or after music."""

    text: str
    start: int = field(default=0, compare=False, repr=False)
    end: int = field(default=0, compare=False, repr=False)


Node: TypeAlias = (
    Note | Rest | MultiRest | Spacer | Chord | Grace | Broken | Tuplet | Slur | Bar | Ending
    | Decoration | ChordName | Annotation | Overlay | Space | LineBreak | Field | Directive
    | Comment
)  # fmt: skip

HeaderItem: TypeAlias = Field | Directive | Comment


@dataclass(frozen=True, slots=True)
class ParsedTune:
    """One tune: its header (``X:`` … ``K:``) and its body, in the order of the text.

    `inherited` is what stands in the file header and holds for all tunes of the book.
    """

    header: tuple[HeaderItem, ...]
    body: tuple[Node, ...] = ()
    inherited: tuple[HeaderItem, ...] = field(default=(), compare=False, repr=False)
    diagnostics: tuple[Diagnostic, ...] = field(default=(), compare=False, repr=False)
    start: int = field(default=0, compare=False, repr=False)
    end: int = field(default=0, compare=False, repr=False)
    first_line: int = field(default=1, compare=False, repr=False)
    line_starts: tuple[int, ...] = field(default=(), compare=False, repr=False)

    def place(self, node: Node | int) -> tuple[int, int]:
        """Line and column, from 1, of a node or an offset in the text that the tune was read
        from; (0, 0) for a tune that was not read from text."""
        want(node, (int, *get_args(Node)), "place wants a node of the tune, or an offset")
        offset = node if isinstance(node, int) else node.start
        line = bisect_right(self.line_starts, offset)
        if not line:
            return 0, 0
        return self.first_line + line - 1, offset - self.line_starts[line - 1] + 1

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields of the header."""
        return tuple(item for item in self.header if isinstance(item, Field))

    @property
    def letters(self) -> set[str]:
        """The letters of the fields in its body."""
        return {node.letter for node in self.body if type(node) is Field}

    def values(self, letter: str) -> tuple[str, ...]:
        """The values of all header fields with this letter, escapes decoded."""
        return tuple(item.text for item in self.fields if item.letter == letter)

    def value(self, letter: str) -> str:
        """The value of the first header field with this letter, or ``""``."""
        return next(iter(self.values(letter)), "")

    @property
    def number(self) -> str:
        """``X:``, the number of the tune in its book."""
        return self.value("X")

    @property
    def title(self) -> str:
        """The first ``T:``."""
        return self.value("T")

    @property
    def titles(self) -> tuple[str, ...]:
        """All ``T:`` of the header: the title, other names and subtitles."""
        return self.values("T")

    @property
    def key(self) -> str:
        """``K:`` in canonical spelling: ``G``, ``Am``, ``Dmix``."""
        return self.value("K")

    @property
    def meter(self) -> str:
        """``M:`` in canonical spelling: ``6/8``, ``2/2``, ``none``."""
        return self.value("M")

    @property
    def rhythm(self) -> str:
        """``R:``: jig, reel, …"""
        return self.value("R")

    @property
    def unit(self) -> str:
        """``L:``, the unit note length as written (``""`` where the default holds)."""
        return self.value("L")


@dataclass(frozen=True, slots=True)
class TuneBook:
    """What one text holds: file header, tunes, and the free text between them.

    `diagnostics` are all findings of the parser; those of one tune stand in its own too.
    """

    tunes: tuple[ParsedTune, ...]
    header: tuple[HeaderItem, ...] = ()
    texts: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = field(default=(), compare=False, repr=False)

    def __iter__(self) -> Iterator[ParsedTune]:
        return iter(self.tunes)

    @property
    def version(self) -> str:
        """The version that the first line names (``%abc-2.1`` names ``"2.1"``), or ``""``."""
        first = self.header[0] if self.header else None
        named = _VERSION.match(first.text) if isinstance(first, Comment) else None
        return named[1] if named else ""


def require_tune(tune: object, function: str) -> None:
    """Raise UsageError for what is no parsed tune, though `function` wants one."""
    if not isinstance(tune, ParsedTune):
        raise UsageError(
            f"{function} wants a parsed tune, not {type(tune).__name__}: "
            f"abc.{function}(abc.parse_tune(text))"
        )
