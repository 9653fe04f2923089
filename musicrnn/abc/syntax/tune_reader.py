"""The lines of one tune: fields, directives, comments and music, in header and body."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from musicrnn.abc.checking.diagnostics import Reporter
from musicrnn.abc.syntax import limits
from musicrnn.abc.syntax.field_effects import FieldEffects, check_order
from musicrnn.abc.syntax.fields import (
    FIELDS,
    canonical_value,
    read_tempo,
)  # fmt: skip
from musicrnn.abc.syntax.macros import Macro, expand_macros
from musicrnn.abc.syntax.music import MusicReader
from musicrnn.abc.syntax.text import end_of_code, looks_like_music, strange_words
from musicrnn.abc.syntax.tree import (
    TEXT_BLOCKS,
    Comment,
    Directive,
    Field,
    HeaderItem,
    Node,
    ParsedTune,
)  # fmt: skip
from musicrnn.errors import AbcError

__all__ = ["TEXT_BLOCK", "TuneReader", "match_field", "read_body"]

_FIELD: Final = re.compile(r"([A-Za-z+]):")
#: the same with spaces around the letter, where no bar line follows
_SPACED_FIELD: Final = re.compile(r"[ \t]*([A-Za-z])[ \t]*:(?![ \t]*[:|])")
#: letters that are notes or rests too: with a colon they start a field only where ABC has one
_MUSIC_LETTERS: Final = frozenset("ABCDEFGabcdefgxyzZ")
#: fields whose value is a text, which an old file may continue after a backslash
_TEXT_FIELDS: Final = frozenset("ABCDFGHNORSTWZw")
#: the start of a text block, whose lines are no music
TEXT_BLOCK: Final = re.compile(r"%%[ \t]*begin(text|ps|svg)\b")


def match_field(text: str, start: int, end: int) -> re.Match[str] | None:
    """The letter and the colon that a line starts with, if it does; spaces may stand around the
    letter of a field that the standard knows."""
    match = _FIELD.match(text, start, end)
    if match is None:
        match = _SPACED_FIELD.match(text, start, end)
        if match is not None and match[1] not in FIELDS:
            return None
    return match


class TuneReader:
    """Reads the lines of one tune, from ``X:`` to the last line of the body."""

    def __init__(
        self, text: str, reporter: Reporter, inherited: tuple[HeaderItem, ...] = (),
        macros: Sequence[Macro] = (),
    ) -> None:  # fmt: skip
        self.text = text
        self.reporter = reporter
        self.inherited = inherited
        self.header: list[HeaderItem] = []
        self.music = MusicReader(text, reporter)
        self.effects = FieldEffects(text, reporter, self.music, macros)
        self.music.on_field = self.effects.apply
        self._block: tuple[str, int, list[str]] | None = None
        self._directive: list[str] = []
        self._directive_start = 0
        self._continued: list[str] = []
        self._unfinished: str | None = None  # a text that goes on in the next line (\\)
        self._continued_items: list[Node] | list[HeaderItem] = []
        for item in inherited:
            if isinstance(item, Field):
                self.effects.apply(item)

    def read(self, lines: Sequence[tuple[int, int]]) -> ParsedTune:
        """The tune of these lines."""
        first = len(self.reporter)
        for start, end in lines:
            if self.effects.in_body:
                self._read_body_line(start, end)
            else:
                self.read_header_line(start, end)
        self._join_continued()
        start, end = lines[0][0], lines[-1][1]
        items: list[Node] | list[HeaderItem] = (
            self.music.nodes if self.effects.in_body else self.header
        )
        self._end_directive(end, items)
        self._end_block(end, items)
        self.music.finish(end)
        if not self.effects.in_body:
            self._end_header(end, found_key=False)
        self.music.on_field = lambda field: None  # so that the reader goes when nobody holds it
        return ParsedTune(
            tuple(self.header), tuple(self.music.nodes), self.inherited,
            self.reporter.diagnostics(first), start, end, self.reporter.place(start)[0],
            tuple(line[0] for line in lines),
        )  # fmt: skip

    def read_music(self) -> ParsedTune:
        """The tune whose body is the whole text; the header is what was inherited."""
        self.effects.in_body = True
        at = 0
        for line in self.text.split("\n"):
            if line.strip():
                self._read_body_line(at, at + len(line))
            at += len(line) + 1
        self._join_continued()
        self._end_directive(at, self.music.nodes)
        self._end_block(at, self.music.nodes)
        self.music.finish(max(at - 1, 0))
        return ParsedTune(self.inherited, tuple(self.music.nodes))

    @property
    def in_text_block(self) -> bool:
        """Whether the next line belongs to a text block."""
        return self._block is not None

    def _finish_text(self, start: int, end: int, items: list[Node] | list[HeaderItem]) -> bool:
        """Whether the line is the rest of a text field whose line ended with a backslash."""
        text, self._unfinished = self._unfinished, None
        if text is None or match_field(self.text, start, end) or self.text.startswith("%", start):
            return False
        place = next(
            (place for place in range(len(items) - 1, -1, -1) if isinstance(items[place], Field)),
            -1,
        )
        field = items[place] if place >= 0 else None
        if not isinstance(field, Field) or field.letter not in _TEXT_FIELDS:
            return False
        if field.letter == "w" and looks_like_music(self.text[start:end]):
            return False
        written = self.text[start:end].rstrip()
        if goes_on := _goes_on(written):
            written = written[:-1]
        if len(text) + len(written) > limits.LINE:
            raise AbcError(
                f"a field of more than {limits.LINE} characters", file=self.reporter.file,
                line=self.reporter.place(start)[0],
            )  # fmt: skip
        self._unfinished = text + written if goes_on else None
        items[place] = Field(
            field.letter, (text + written).strip(), False, field.start, end
        )  # fmt: skip
        return True

    # the header

    def read_header_line(self, start: int, end: int) -> None:
        """A line before or at the ``K:`` that ends the header."""
        if self._unfinished is not None and self._finish_text(start, end, self.header):
            return
        if self._special_line(start, end, self.header):
            return
        match = match_field(self.text, start, end)
        if match is None:
            last = next((item for item in reversed(self.header) if isinstance(item, Field)), None)
            if last is not None and last.letter == "H":  # old: history in several lines (10.1)
                self._add_field(*self._field("H", start, start, end), self.header)
                return
            self._read_music_line(start, end)
            self._after_stray_line(start)
            return
        letter = match[1]
        field, comment = self._field(letter, match.end(), start, end)
        if letter == "+":
            self._continue(field, self.header)
            return
        self._join_continued()
        rule = FIELDS.get(letter)
        if rule is None:
            self.reporter.report("unknown-field", start, start + 2, letter)
        elif not rule.header:
            self.reporter.report("field-place", start, start + 2, letter, "the header")
        # A remark behind K: stands after the header, as it will once it has a line of its own.
        self._add_field(field, None if letter == "K" else comment, self.header)
        if letter == "K" and comment:
            self.music.nodes.append(comment)
        self.effects.apply(field)
        if letter == "K":
            self._end_header(end, found_key=True)

    def _after_stray_line(self, start: int) -> None:
        """A line of the header that is no field: where it held music, there was no ``K:``."""
        nodes = self.music.nodes
        remarks = [node for node in nodes if isinstance(node, Comment)]
        if len(remarks) < len(nodes):
            self._end_header(start, found_key=False)
        else:
            self.header += remarks
            nodes.clear()

    def _end_header(self, at: int, *, found_key: bool) -> None:
        self._join_continued()
        self.effects.in_body = True
        fields = [item for item in self.header if isinstance(item, Field)]
        if not found_key:
            before = self.text[at - 1 : at]
            text = "K:C\n" if before in ("", "\n") else "\nK:C"
            self.reporter.replace("missing-key", at, at, text, "end the header with K:C")
        check_order(fields, self.reporter)
        for field in fields:
            tempo = read_tempo(field.value) if field.letter == "Q" else None
            if tempo is not None and tempo.old:  # the length of C in C=120 is known only now
                self.effects.report_old_tempo(field)

    # the body

    def _read_body_line(self, start: int, end: int) -> None:
        nodes = self.music.nodes
        if self._unfinished is not None and self._finish_text(start, end, nodes):
            return
        if self._special_line(start, end, nodes):
            return
        match = match_field(self.text, start, end)
        if match and self._is_field(match[1], match.end(), end):
            letter = match[1]
            field, comment = self._field(letter, match.end(), start, end)
            if letter == "+":
                self._continue(field, nodes)
                return
            self._join_continued()
            if letter not in FIELDS:
                self.reporter.report("unknown-field", start, start + 2, letter)
            elif not FIELDS[letter].body:
                self.reporter.report("field-place", start, start + 2, letter, "the body")
            self._add_field(field, comment, nodes)
            self.effects.apply(field)
            return
        self._join_continued()
        if self._goes_on_with_history(start, end):
            nodes.append(self._field("H", start, start, end)[0])
            return
        self._read_music_line(start, end)

    def _goes_on_with_history(self, start: int, end: int) -> bool:
        """Whether a line of words follows one of history (10.1)."""
        last = self.music.nodes[-1] if self.music.nodes else None
        line = self.text[start:end]
        return (
            isinstance(last, Field)
            and last.letter == "H"
            and not looks_like_music(line)
            and strange_words(line)[1] > 0
        )

    def _is_field(self, letter: str, after: int, end: int) -> bool:
        """Whether a line that starts with a letter and a colon is a field: ``d:|`` is music."""
        rule = FIELDS.get(letter)
        if rule is not None and rule.body:
            return True
        if self.text[after : after + 1] in ("|", ":"):  # a bar line
            return False
        return rule is not None or letter not in _MUSIC_LETTERS

    def _read_music_line(self, start: int, end: int) -> None:
        stop = end_of_code(self.text, start, end)
        last = stop
        while last > start and self.text[last - 1] in " \t\u00a0":
            last -= 1
        continued = last > start and self.text[last - 1] == "\\"
        if continued:
            last -= 1
        if self.effects.macros:
            line = expand_macros(self.text[start:last], self.effects.macros)
            self.music.read_expanded(line, start, last)
        else:
            self.music.read(start, last, continued=continued)
        if not continued:
            self.music.break_line("\n", last, stop)
        if stop < end:
            self.music.nodes.append(Comment(self.text[stop + 1 : end].strip(), stop, end))

    # both

    def _special_line(self, start: int, end: int, items: list[Node] | list[HeaderItem]) -> bool:
        """Read a directive, a comment or a line of a text block; False for other lines."""
        text = self.text
        if self._block is not None:
            name, block_start, block = self._block
            if text.startswith(f"%%end{name}", start):
                items.append(Directive(f"begin{name}", "\n".join(block), block_start, end))
                self._block = None
            else:
                line = text[start:end].rstrip()
                block.append(line[2:] if line.startswith("%%") else line)
            return True
        if self._directive and not text.startswith("%%", start):
            self._add_directive(text[start:end], end, items)
            return True
        if self._directive:
            self._end_directive(start, items)
        if not text.startswith("%", start):
            return False
        if not text.startswith("%%", start):
            items.append(Comment(text[start + 1 : end].strip(), start, end))
            return True
        opening = TEXT_BLOCK.match(text, start, end)
        if opening:
            self._block = (opening[1], start, [])
            return True
        self._directive_start = start
        self._add_directive(text[start + 2 : end], end, items)
        return True

    def _end_block(self, end: int, items: list[Node] | list[HeaderItem]) -> None:
        """A text block that nothing ends: what it swallowed is kept, and said."""
        if self._block is None:
            return
        name, start, block = self._block
        self.reporter.report("unclosed-block", start, start + len(f"%%begin{name}"), name)
        items.append(Directive(f"begin{name}", "\n".join(block), start, end))
        self._block = None

    def _add_directive(self, line: str, end: int, items: list[Node] | list[HeaderItem]) -> None:
        """A directive, or a line more of one that goes on after a backslash."""
        line = line.strip()
        self._directive.append(line.rstrip("\\").strip())
        if not line.endswith("\\"):
            self._end_directive(end, items)

    def _end_directive(self, end: int, items: list[Node] | list[HeaderItem]) -> None:
        name, _, value = " ".join(self._directive).strip().partition(" ")
        self._directive = []
        if name == "abc-include":
            self.reporter.report("include", self._directive_start, end)
        elif name in TEXT_BLOCKS:
            self._block = (name.removeprefix("begin"), self._directive_start, [])
        elif name:
            items.append(Directive(name, value.strip(), self._directive_start, end))
            self.effects.apply_directive(name, value.strip())

    def _field(self, letter: str, after: int, start: int, end: int) -> tuple[Field, Comment | None]:
        """The field of a line, and the remark behind it."""
        stop = end_of_code(self.text, after, end)
        written = self.text[after:stop].rstrip()
        if _goes_on(written):
            written = written[:-1]
            self._unfinished = written if letter in _TEXT_FIELDS else None
        value = canonical_value(letter, written)
        remark = Comment(self.text[stop + 1 : end].strip(), stop, end) if stop < end else None
        written = written.strip()
        as_written = written if written != value else ""
        return Field(letter, value, False, start, stop, as_written), remark

    def _add_field(
        self, field: Field, comment: Comment | None, items: list[Node] | list[HeaderItem]
    ) -> None:
        if _is_kept(field):
            items.append(field)
        if comment:
            items.append(comment)

    def _continue(self, field: Field, items: list[Node] | list[HeaderItem]) -> None:
        """``+:`` goes on with the field before (3.3)."""
        if items and isinstance(items[-1], Field) and not items[-1].inline:
            self._continued.append(field.value)
            self._continued_items = items
        else:
            self.reporter.report("field-place", field.start, field.end, "+", "the start of a text")

    def _join_continued(self) -> None:
        if not self._continued:
            return
        items = self._continued_items
        last = items[-1]
        if isinstance(last, Field):
            value = " ".join([last.value, *self._continued]).strip()
            items[-1] = Field(last.letter, value, False, last.start, last.end)
        self._continued = []


def read_body(text: str, header: tuple[HeaderItem, ...], reporter: Reporter) -> ParsedTune:
    """The tune of a header that is read already and the text of a body, or of some bars of it."""
    silent = Reporter("")
    reader = TuneReader(text, silent, header)
    reader.reporter = reader.music.reporter = reader.effects.reporter = reporter
    return reader.read_music()


def _is_kept(field: Field) -> bool:
    """Macros are worked out in the tree, and other files are never included."""
    included = field.letter == "I" and field.value.startswith("abc-include")
    return field.letter != "m" and not included


def _goes_on(written: str) -> bool:
    """Whether a line ends with a backslash that is none of a text (``\\\\``)."""
    return written.endswith("\\") and (len(written) - len(written.rstrip("\\"))) % 2 == 1
