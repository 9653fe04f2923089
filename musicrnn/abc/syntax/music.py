"""A line of music to nodes of the tree (ABC 2.1, section 4)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from musicrnn.abc.checking.diagnostics import Reporter
from musicrnn.abc.syntax import limits
from musicrnn.abc.syntax.decorations import DECORATIONS, OLDER_SYMBOLS
from musicrnn.abc.syntax.fields import FIELDS, canonical_value
from musicrnn.abc.syntax.notes import NoteReader, make_note, plain_note
from musicrnn.abc.syntax.tokens import NOTE, OLD_CHORD, TOKEN, canonical_bar, merged_bars
from musicrnn.abc.syntax.tree import (
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
    LineBreak,
    Note,
    Overlay,
    Slur,
    Space,
    Tuplet,
)  # fmt: skip
from musicrnn.errors import AbcError

__all__ = ["MusicReader"]

#: white space says nothing after these nodes and before these tokens
_NO_SPACE_AFTER: Final = frozenset({Bar, LineBreak, Ending, Space, Overlay})
#: what is not yet said when a bar line comes, or is one with it
_NO_PLAIN_BAR_AFTER: Final = frozenset({Bar, Space})
#: notes that stand between two ``!``, and the first of the two
_NOTES: Final = re.compile(r"(?=.*[A-Ga-gz])[A-Ga-gzx0-9/,'^_=<>()-]+")
_BREAK: Final = re.compile("!")
_NO_SPACE_BEFORE: Final = frozenset({"bar", "break", "overlay", "backquote"})


class MusicReader(NoteReader):
    """Reads the music lines of one tune; keeps what ``U:`` and ``I:`` change on the way.

    Nodes go to `nodes`. Offsets are those of `text`; each line is read where it stands.
    """

    def __init__(self, text: str, reporter: Reporter) -> None:
        super().__init__(text, reporter)
        self.break_signs: frozenset[str] = frozenset()  # set by I:linebreak (6.1)
        self.on_field: Callable[[Field], None] = lambda field: None
        self._slurs: list[tuple[int, int]] = []
        self._spaced: tuple[int, int] | None = None

    def read(self, start: int, end: int, *, continued: bool = False) -> None:
        """Read the music between two offsets; `continued` lines go on in the next one."""
        match_note, match, text, nodes = NOTE.match, TOKEN.match, self.text, self.nodes
        spaced = self._spaced
        at = start
        while at < end:
            token = match_note(text, at, end)
            if token is not None:
                if spaced and nodes and type(nodes[-1]) not in _NO_SPACE_AFTER:
                    nodes.append(Space(*spaced))
                stop, after = token.span(1)
                parts = plain_note(text[at:stop])
                nodes.append(
                    make_note(parts, (), at, stop) if parts else self._note(text[at:stop], at, stop)
                )
                spaced = (stop, after) if after > stop else None
                at = after
                continue
            if (
                text[at] == "|"
                and (at + 1 >= end or text[at + 1] not in "|[]:")
                and nodes
                and type(nodes[-1]) not in _NO_PLAIN_BAR_AFTER
            ):
                nodes.append(Bar("|", at, at + 1))
                spaced = None
                at += 1
                continue
            token = match(text, at, end)
            if token is None:  # `other` matches any character
                break
            kind = token.lastgroup or "other"
            if (
                spaced
                and kind not in _NO_SPACE_BEFORE
                and nodes
                and type(nodes[-1]) not in _NO_SPACE_AFTER
            ):
                nodes.append(Space(*spaced))
            spaced = None
            if kind == "space":
                spaced = token.span()
                at = token.end()
                continue
            at = _READERS[kind](self, token) or token.end()
            if nodes and type(nodes[-1]) is Space:  # the token meant nothing: not yet
                space = nodes.pop()
                spaced = space.start, space.end
        self._spaced = spaced
        if not continued:
            self._spaced = None
            self.drop_space()
        if len(nodes) > limits.WRITTEN:
            line, column = self.reporter.place(start)
            raise AbcError(
                f"a tune of more than {limits.WRITTEN} symbols; split it",
                file=self.reporter.file, line=line, column=column,
            )  # fmt: skip

    def read_expanded(self, line: str, start: int, end: int) -> None:
        """Read a line that macros made; its nodes and findings stand at `start`…`end`."""
        text, self.text = self.text, line
        self.reporter.pinned = start, end
        first = len(self.nodes)
        slurs = len(self._slurs)
        try:
            self.read(0, len(line))
        finally:
            self.text, self.reporter.pinned = text, None
        self.nodes[first:] = [replace(node, start=start, end=end) for node in self.nodes[first:]]
        self._slurs[slurs:] = [(start, end)] * (len(self._slurs) - slurs)

    def finish(self, at: int) -> None:
        """End the last line, though a backslash stood there; report what stays open."""
        self.break_line("\n", at, at)
        for start, end in self._slurs:
            self.reporter.replace("unclosed-slur", start, end, "", "remove the (")

    # marks between notes

    def _broken(self, token: re.Match[str]) -> None:
        sign, depth = token[0][0], len(token[0])
        start, end = token.span()
        last = self.nodes[-1] if self.nodes else None
        if isinstance(last, Broken) and last.sign == sign:  # what stood between meant nothing
            self.nodes.pop()
            depth, start = depth + last.depth, last.start
        if depth > limits.BROKEN:
            self.reporter.report("bad-length", start, end, token[0][:20])
            depth = limits.BROKEN
        self.nodes.append(Broken(sign, depth, start, end))

    def _tuplet(self, token: re.Match[str]) -> None:
        p, q, r = (int(token[name][:4] or 0) if token[name] else 0 for name in "pqr")
        nothing = any(token[name] and not int(token[name]) for name in "qr")  # (3:0, (3:2:0
        # (1:2 is no tuplet of the standard, but means something: the next note is twice as long
        if not (1 if q else 2) <= p <= limits.TUPLET or q > limits.TUPLET or r > limits.TUPLET:
            self.reporter.report("bad-tuplet", *token.span(), token[0][1:20])
            return
        if nothing or (not q and p > 9):
            self.reporter.report("bad-tuplet", *token.span(), token[0][1:20])
        self.nodes.append(Tuplet(p, q, r, *token.span()))

    def _tie_alone(self, token: re.Match[str]) -> None:
        """A tie that does not touch its note: it is given to the note before, with a warning."""
        start, end = token.span()
        for place in range(len(self.nodes) - 1, -1, -1):
            node = self.nodes[place]
            if isinstance(node, (Note, Chord)) and not node.tie:
                self.nodes[place] = _with_tie(node)
                self.reporter.report("loose-tie", start, end)
                return
            if not isinstance(node, (Space, Broken, Slur)):
                break
        self.reporter.report("stray-character", start, end, "-")

    # bars, endings, marks

    def _bar(self, token: re.Match[str]) -> None:
        self.drop_space()
        start, end = token.span()
        kind = canonical_bar(token[0])
        last = self.nodes[-1] if self.nodes else None
        if isinstance(last, Bar):  # with nothing between, two bar lines are one
            self.nodes.pop()
            kind, start = merged_bars(last.kind, kind), last.start
        self.nodes.append(Bar(kind, start, end))

    def drop_space(self) -> None:
        """Forget a space that turned out to stand before a bar line or a line end."""
        if self.nodes and isinstance(self.nodes[-1], Space):
            self.nodes.pop()

    def _ending(self, token: re.Match[str]) -> None:
        self._add_ending(token, token["numbers"])

    def _number(self, token: re.Match[str]) -> None:
        if self.nodes and isinstance(self.nodes[-1], Bar):
            self._add_ending(token, token["ordinal"])
        else:
            self.reporter.report("stray-character", *token.span(), token[0][:20])

    def _add_ending(self, token: re.Match[str], written: str) -> None:
        numbers: list[int] = []
        for term in written.strip(",-").split(","):
            first, _, last = term.partition("-")
            low, high = _whole(first), _whole(last or first)
            if not 0 < low <= high <= limits.ENDING:
                self.reporter.report("bad-ending", *token.span(), token[0][:20])
                return
            numbers.extend(range(low, high + 1))
        self.nodes.append(Ending(tuple(dict.fromkeys(numbers)), *token.span()))

    def _slur(self, token: re.Match[str]) -> None:
        start, end = token.span()
        if token[0].endswith(")"):
            if not self._slurs:
                self.reporter.replace("unopened-slur", start, end, "", "remove the )")
                return
            self._slurs.pop()
        else:
            self._slurs.append((start, end))
        self.nodes.append(Slur(token[0] if token[0] != ".)" else ")", start, end))

    def _quote(self, token: re.Match[str]) -> None:
        start, end = token.span()
        text = token["quoted"]
        kind = Annotation if text[:1] in ("^", "_", "<", ">", "@") else ChordName
        self.nodes.append(kind(text, start, end))

    def _decoration(self, token: re.Match[str]) -> int | None:
        """``!trill!``; but notes between two ``!`` stand between two line breaks, as in books
        older than decorations (6.1.1)."""
        name, start, end = token["name"], token.start(), token.end()
        if _NOTES.fullmatch(name) and ("!" in self.break_signs or name not in DECORATIONS):
            sign = _BREAK.match(self.text, start)
            assert sign is not None
            self._break(sign)
            return start + 1
        if name not in DECORATIONS:
            known = _unabbreviated(name)
            if known is None:
                self.reporter.report("unknown-decoration", start, end, name)
            else:
                name = known
        self.nodes.append(Decoration(name, start, end))
        return None

    def _plus(self, token: re.Match[str]) -> int | None:
        """``+trill+``, the decorations of ABC 2.0, and ``+CEG+``, the chords of ABC 1; a + that
        encloses neither stands for itself."""
        if token["plus_name"] not in DECORATIONS:
            chord = OLD_CHORD.match(self.text, token.start())
            if chord:
                return self._old_chord(chord)
            self.reporter.report("stray-character", token.start(), token.start() + 1, "+")
            return token.start() + 1
        self.nodes.append(Decoration(token["plus_name"], *token.span()))
        return None

    def _old_chord(self, token: re.Match[str]) -> int:
        start, end = token.span()
        notes, at = self._inner_notes(start + 1, "+")
        self.reporter.replace(
            "old-chord", start, end, f"[{token['notes']}]{token['after']}", "write [ and ]",
            f"[{token['notes'][:20]}]",
        )  # fmt: skip
        self._add_chord(notes, start, at)
        return end

    def _staccato(self, token: re.Match[str]) -> None:
        self._symbol(token)

    def _symbol(self, token: re.Match[str]) -> None:
        name = self.symbols.get(token[0])
        if name is None and token[0] in OLDER_SYMBOLS:
            name = OLDER_SYMBOLS[token[0]]
            new = "~" if name == "roll" else f"!{name}!"
            self.reporter.replace(
                "old-symbol", *token.span(), new, f"write {new}", token[0], name, new
            )
        if name is None:
            self.reporter.report("unknown-symbol", *token.span(), token[0])
        elif name.startswith('"'):
            self.nodes.append(Annotation(name.strip('"'), *token.span()))
        elif name not in ("nil", "none"):
            self.nodes.append(Decoration(name, *token.span()))

    def _inline(self, token: re.Match[str]) -> None:
        start, end = token.span()
        letter = token["letter"]
        rule = FIELDS.get(letter)
        if rule is None:
            self.reporter.report("unknown-field", start, end, letter)
        elif not rule.inline:
            self.reporter.report("field-place", start, end, letter, "the middle of a line")
        written = token["value"].strip()
        value = canonical_value(letter, written)
        field = Field(letter, value, True, start, end, written if written != value else "")
        if letter != "m" and not field.value.startswith("abc-include"):
            self.nodes.append(field)
        self.on_field(field)

    def _overlay(self, token: re.Match[str]) -> None:
        self.drop_space()
        self.nodes.append(Overlay(*token.span()))

    def _backquote(self, token: re.Match[str]) -> None:
        """Backquotes are for the eye of who reads the source (4.7)."""

    def _break(self, token: re.Match[str]) -> None:
        if token[0] == "!" and "!" not in self.break_signs:
            start, end = token.span()
            last = self.text[end : self.text.find("\n", end) + 1 or len(self.text)].isspace()
            self.reporter.replace(
                "old-line-break", start, end, "" if last else "\n", "break the line here"
            )
        self.break_line(token[0] if token[0] in self.break_signs else "\n", *token.span())

    def break_line(self, sign: str, start: int, end: int) -> None:
        """End a line of music, unless it is empty: an empty line would end the tune."""
        self.drop_space()
        last = self.nodes[-1] if self.nodes else None
        at_start = (
            last is None
            or (isinstance(last, LineBreak) and last.sign == "\n")
            or isinstance(last, (Comment, Directive))
            or (isinstance(last, Field) and not last.inline)
        )
        if sign != "\n" or not at_start:
            self.nodes.append(LineBreak(sign, start, end))

    def _reserved(self, token: re.Match[str]) -> None:
        self.reporter.replace("reserved-character", *token.span(), "", "remove it", token[0])

    def _open(self, token: re.Match[str]) -> None:
        self.reporter.report(
            "unclosed-quote" if token[0] == '"' else "unclosed-grace", *token.span()
        )

    def _other(self, token: re.Match[str]) -> None:
        self.reporter.replace("stray-character", *token.span(), "", "remove it", token[0])


#: kind of token → what reads it
_READERS: Final[dict[str, Callable[[MusicReader, re.Match[str]], int | None]]] = {
    kind: getattr(MusicReader, f"_{kind}")
    for kind in TOKEN.groupindex
    if hasattr(MusicReader, f"_{kind}")
}


def _with_tie(node: Note | Chord) -> Note | Chord:
    if isinstance(node, Chord):
        return Chord(node.notes, node.length, "-", node.start, node.end)
    return Note(
        node.step, node.octave, node.accidental, node.length, "-", node.marks, node.start, node.end
    )


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 5 else 0


def _unabbreviated(name: str) -> str | None:
    """The decoration that differs from `name` only in case (``Segno``, ``Fermata``)."""
    lower = name.lower()
    return next((known for known in sorted(DECORATIONS) if known.lower() == lower), None)
