"""Notes, chords, rests and grace notes to nodes of the tree (ABC 2.1, sections 4.1 to 4.5, 4.12
and 4.17)."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final, TypeAlias

from musicrnn.abc.checking.diagnostics import Reporter
from musicrnn.abc.syntax.decorations import DEFAULT_SYMBOLS, OLDER_SYMBOLS
from musicrnn.abc.syntax.tokens import INNER, LENGTH, NOTE_PARTS, read_length
from musicrnn.abc.syntax.tree import (
    Chord,
    Grace,
    MultiRest,
    Node,
    Note,
    Rest,
    Spacer,
)

__all__ = ["NoteReader", "make_note", "plain_note"]

ONE: Final = Fraction(1)
#: the start of an inline field
_INLINE: Final = re.compile(r"\[[A-Za-z]:")


#: step, octave, accidental, length and tie of a note
NoteParts: TypeAlias = tuple[str, int, str, Fraction, str]


class _Draft:
    """A `Note` that is not frozen yet: it has the same slots, so that it can become one."""

    __slots__ = Note.__slots__


def make_note(parts: NoteParts, marks: tuple[str, ...], start: int, end: int) -> Note:
    """``Note(…)`` in a third of the time, for readers of many: what is frozen sets each field by a
    call."""
    note: Any = _Draft()
    note.step, note.octave, note.accidental, note.length, note.tie = parts
    note.marks = marks
    note.start = start
    note.end = end
    note.__class__ = Note
    made: Note = note
    return made


#: the octaves that MIDI has
_LOWEST, _HIGHEST = -1, 9


@lru_cache(maxsize=4096)
def plain_note(text: str) -> NoteParts | None:
    """The parts of a note as it is written; None where something about it is to be reported."""
    step, octave, accidental, written, tie = _parts(text)
    length = read_length(written)
    if length is None or not _is_usual(length) or not _LOWEST <= octave <= _HIGHEST:
        return None
    return step, octave, accidental, length, tie


def _parts(text: str) -> tuple[str, int, str, str, str]:
    """Step, octave, accidental, length as it is written, and tie of a note."""
    match = NOTE_PARTS.fullmatch(text)
    assert match is not None
    accidental, step, marks, length, tie = match.groups()
    octave = (4 if step < "a" else 5) + marks.count("'") - marks.count(",")
    return step.upper(), octave, accidental, length, tie


def _is_usual(length: Fraction) -> bool:
    """Whether a length is a whole number of halves, quarters, eighths …"""
    below = length.denominator
    return not below & (below - 1)


class NoteReader:
    """Reads what sounds or is silent for a while. Nodes go to `nodes`; offsets are those of `text`.

    `symbols` are the meanings of the signs that ``U:`` may define.
    """

    def __init__(self, text: str, reporter: Reporter) -> None:
        self.text = text
        self.reporter = reporter
        self.nodes: list[Node] = []
        self.symbols: dict[str, str] = dict(DEFAULT_SYMBOLS)
        self._odd_length = False  # one is reported, which stands for all of a tune

    def _note(self, text: str, start: int, end: int, marks: tuple[str, ...] = ()) -> Note:
        parts = plain_note(text)
        if parts is None:
            step, octave, accidental, length, tie = _parts(text)
            if not _LOWEST <= octave <= _HIGHEST:
                self.reporter.report("note-range", start, end)
                octave = max(_LOWEST, min(_HIGHEST, octave))
            parts = step, octave, accidental, self._length(length, start, end), tie
        return make_note(parts, marks, start, end)

    def _length(self, text: str, start: int, end: int) -> Fraction:
        length = read_length(text)
        if length is None:
            self.reporter.report("bad-length", start, end, text[:20])
            return ONE
        if not _is_usual(length) and not self._odd_length:
            self._odd_length = True
            self.reporter.report("unusual-length", start, end, self.text[start:end][:20])
        return length

    def _chord(self, token: re.Match[str]) -> int:
        start = token.start()
        notes, at = self._inner_notes(token.end(), "]")
        if at < 0:
            field = _INLINE.match(self.text, start)
            self.reporter.report("unclosed-field" if field else "unclosed-chord", start, start + 1)
            return token.end()
        return self._add_chord(notes, start, at)

    def _add_chord(self, notes: list[Note], start: int, at: int) -> int:
        """A chord of these notes, whose length may stand at `at`; the offset after it."""
        after = LENGTH.match(self.text, at)
        end = after.end() if after else at
        if not notes:
            self.reporter.replace("empty-chord", start, end, "", "remove the brackets")
            return end
        length, tie = after.group(1, 2) if after else ("", "")
        self.nodes.append(Chord(tuple(notes), self._length(length, start, end), tie, start, end))
        return end

    def _inner_notes(self, at: int, closing: str) -> tuple[list[Note], int]:
        """The notes up to `closing`, and the offset after it (−1 where the line ends first)."""
        notes: list[Note] = []
        marks: list[str] = []
        while (token := INNER.match(self.text, at)) is not None:
            kind, at = token.lastgroup, token.end()
            if kind == "note":
                notes.append(self._note(token[0], *token.span(), tuple(marks)))
                marks.clear()
            elif kind == "mark":
                name = token["mark"].strip("!+")
                marks.append(self.symbols.get(name, OLDER_SYMBOLS.get(name, name)))
            elif kind == "close":
                return (notes, at) if token[0] == closing else (notes, -1)
            elif kind == "open":
                return notes, -1
            elif token[0] == closing:  # the + of an old chord
                return notes, at
            elif kind == "other":
                self.reporter.report("stray-character", *token.span(), token[0])
        return notes, -1

    def _rest(self, token: re.Match[str]) -> None:
        start, end = token.span()
        length = self._length(token["rest_length"], start, end)
        self.nodes.append(Rest(token["kind"], length, start, end))

    def _multirest(self, token: re.Match[str]) -> None:
        start, end = token.span()
        bars = int(token["bars"][:4] or 1)
        if not 0 < bars <= 999:
            self.reporter.report("bad-length", start, end, token["bars"][:20])
            bars = 1
        self.nodes.append(MultiRest(token[0][0], bars, start, end))

    def _spacer(self, token: re.Match[str]) -> None:
        self.nodes.append(Spacer(token["width"], *token.span()))

    def _grace(self, token: re.Match[str]) -> None:
        start, end = token.span()
        notes: list[Note | Chord] = []
        marks: list[str] = []
        at = end - 1 - len(token["graces"])
        while at < end - 1 and (inner := INNER.match(self.text, at, end - 1)) is not None:
            kind, at = inner.lastgroup, inner.end()
            if kind == "note":
                notes.append(self._note(inner[0], *inner.span(), tuple(marks)))
                marks.clear()
            elif kind == "mark":
                name = inner["mark"].strip("!+")
                marks.append(self.symbols.get(name, OLDER_SYMBOLS.get(name, name)))
            elif kind == "open":
                chord, after = self._inner_notes(at, "]")
                if 0 < after < end and chord:
                    length = LENGTH.match(self.text, after, end - 1)
                    at = length.end() if length else after
                    written = length.group(1) if length else ""
                    notes.append(
                        Chord(tuple(chord), self._length(written, after, at), "", after, at)
                    )
            elif kind in ("close", "other"):
                self.reporter.report("stray-character", *inner.span(), inner[0])
        if notes:
            self.nodes.append(Grace(tuple(notes), bool(token["slash"]), start, end))
