"""ABC text to a tree: file header, tunes, free text; header and body (ABC 2.1, sections 2 and 3).

Nothing in here raises on bad music: what is wrong is reported, and reading goes on. `AbcError`
is for text past the limits of `limits.py`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, TypeAlias

from musicrnn.abc.checking.diagnostics import Edit, Fix, Reporter
from musicrnn.abc.syntax import limits
from musicrnn.abc.syntax.fields import FIELDS
from musicrnn.abc.syntax.macros import Macro
from musicrnn.abc.syntax.text import is_line_of_music
from musicrnn.abc.syntax.tree import HeaderItem, ParsedTune, TuneBook
from musicrnn.abc.syntax.tune_reader import TEXT_BLOCK, TuneReader, match_field
from musicrnn.errors import AbcError, UsageError

__all__ = ["parse", "parse_tune"]

#: texts up to this length are kept with their tree for a while: a tune, not a book
_KEPT_CHARACTERS: Final = 10_000

#: a line as offsets into the text, without its line end
Line: TypeAlias = tuple[int, int]

#: a line with a bar line before any remark
_BAR_LINE: Final = re.compile(r"(?:[^%|:]|:(?!:)|\\%)*(?:\||::)")
#: fields that make a block of lines without X: a tune all the same
_TUNE_FIELDS: Final = frozenset("TMLKQRPV")
#: notes of a line that can be nothing but music, at least, where the tune above is finished
_NOTES_OF_A_LINE: Final = 4
#: fields that belong to such a tune where they stand first; macros are no part of the tree
_HEADING: Final = frozenset(FIELDS) - {"m", "+"}


def parse(text: str, *, file: str | None = None) -> TuneBook:
    """The tree of a tune book. `file` is the name that diagnostics carry.

    Raises AbcError where a limit of `limits.py` is passed, UsageError for what is no text.
    """
    if not isinstance(text, str):
        raise UsageError(
            f"parse wants text, not {type(text).__name__}; the bytes of a file become text with "
            "abc.decode(data)"
        )
    if len(text) > limits.TEXT:
        raise AbcError(
            f"{len(text)} characters are more than the {limits.TEXT} read at once; split the file",
            file=file,
        )
    if "\r" in text:  # same offsets: a space for the CR of CRLF, a line end for the CR of old Macs
        text = text.replace("\r\n", " \n").replace("\r", "\n")
    return _parsed(text, file) if len(text) <= _KEPT_CHARACTERS else _read_book(text, file)


def _read_book(text: str, file: str | None) -> TuneBook:
    reporter = Reporter(text, file)
    book = _BookReader(text, reporter)
    for block in _blocks(text, file):
        book.read_block(block)
    if not book.tunes:
        reporter.report("no-tune", 0, min(len(text), 1))
    return TuneBook(
        tuple(book.tunes), tuple(book.header), tuple(book.texts), reporter.diagnostics()
    )


#: A tune's text goes through several hands (checked, played, drawn): they share one tree, which
#: nobody can change.
_parsed = lru_cache(maxsize=32)(_read_book)


def parse_tune(text: str, *, file: str | None = None) -> ParsedTune:
    """The one tune of `text`. Raises AbcError where there is none, or more than one."""
    tunes = parse(text, file=file).tunes
    if len(tunes) != 1:
        raise AbcError(f"one tune is wanted here; the text holds {len(tunes)}", file=file)
    return tunes[0]


def _blocks(text: str, file: str | None) -> list[list[Line]]:
    """The runs of lines between empty lines."""
    blocks: list[list[Line]] = []
    block: list[Line] = []
    at = 0
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > limits.LINE:
            raise AbcError(
                f"a line of {len(line)} characters; at most {limits.LINE} are read, "
                "so break the line",
                file=file, line=number,
            )  # fmt: skip
        if line and not line.isspace():
            mark = number == 1 and line.startswith("\ufeff")  # a byte order mark
            block.append((at + mark, at + len(line)))
        elif block:
            blocks.append(block)
            block = []
        at += len(line) + 1
    if block:
        blocks.append(block)
    return blocks


class _BookReader:
    """Sorts blocks of lines into file header, tunes and free text."""

    def __init__(self, text: str, reporter: Reporter) -> None:
        self.text = text
        self.reporter = reporter
        self.header: list[HeaderItem] = []
        self.tunes: list[ParsedTune] = []
        self.texts: list[str] = []
        self._macros: list[Macro] = []
        self._numbers: dict[str, int] = {}
        self._ended: int | None = None  # where the tune right above ends

    def read_block(self, block: Sequence[Line]) -> None:
        """One run of lines without an empty line: what comes before a tune, and tunes."""
        letters = self._letters(block)
        starts = [place for place, letter in enumerate(letters) if letter == "X"]
        before = starts[0] if starts else len(block)
        first = next((place for place, letter in enumerate(letters) if letter in _HEADING), before)
        if self._goes_on(letters[:before]):
            pass  # voices or parts of the tune above, from which an empty line parts them
        elif _TUNE_FIELDS.intersection(letters[:before]) and (
            starts or "K" in letters or self._has_music(block[first:], letters[first:])
        ):
            # The tune starts with another field, or has no X: at all.
            before = first
            starts[:1] = [before]
        if before:
            self._report_outside(block[:before], letters[:before])
            self._read_preamble(block[:before], letters[:before])
        for place, start in enumerate(starts):
            end = starts[place + 1] if place + 1 < len(starts) else len(block)
            if place:
                at = block[start][0]
                self.reporter.replace(
                    "no-blank-line", at, at + 2, "\n" + self.text[at : at + 2], "add an empty line"
                )
            self._read_tune(block[start:end])

    def _goes_on(self, letters: Sequence[str]) -> bool:
        """Whether a block right behind a tune begins with a voice or a part of it."""
        return (
            self._ended is not None
            and letters[:1] in (["V"], ["P"])
            and (not {"T", "K", "M"}.intersection(letters))
        )

    def _report_outside(self, lines: Sequence[Line], letters: Sequence[str]) -> None:
        """Report music that an empty line parts from its tune."""
        goes_on = self._goes_on(letters)
        ended, self._ended = self._ended, None
        if ended is None or not (goes_on or not letters[0]):
            return
        music = next(
            (line for line, letter in zip(lines, letters, strict=True) if not letter), None
        )
        finished = self.text[:ended].rstrip().endswith(("|]", ":|"))
        if music is None or not is_line_of_music(
            self.text[slice(*music)], fewest=_NOTES_OF_A_LINE if finished and not goes_on else 1
        ):
            return
        start, end = lines[0]
        fix = Fix("take out the empty line above", (Edit(ended, start, "\n"),))
        self.reporter.report("music-outside", start, end, fix=fix)
        self._ended = lines[-1][1]

    def _letters(self, block: Sequence[Line]) -> list[str]:
        """The letter of each line that is a field; ``%`` for lines that are no music either."""
        letters: list[str] = []
        closing = last = ""
        for start, end in block:
            remark = self.text.startswith("%", start)
            match = None if remark else match_field(self.text, start, end)
            if closing or remark:
                letters.append("%")
            elif match:
                letters.append(last := match[1])
            else:
                letters.append("%" if last == "H" else "")  # history in several lines (10.1)
            if closing:
                closing = "" if self.text.startswith(closing, start) else closing
            elif remark and (opening := TEXT_BLOCK.match(self.text, start, end)):
                closing = f"%%end{opening[1]}"
        return letters

    def _has_music(self, block: Sequence[Line], letters: Sequence[str]) -> bool:
        return any(
            _BAR_LINE.match(self.text, start, end)
            for (start, end), letter in zip(block, letters, strict=True)
            if not letter
        )

    def _read_tune(self, lines: Sequence[Line]) -> None:
        size = lines[-1][1] - lines[0][0]
        if size > limits.TUNE:
            raise AbcError(
                f"a tune of {size} characters; at most {limits.TUNE} are read",
                file=self.reporter.file, line=self.reporter.place(lines[0][0])[0],
            )  # fmt: skip
        reader = TuneReader(self.text, self.reporter, tuple(self.header), self._macros)
        tune = reader.read(lines)
        item = next((item for item in tune.fields if item.letter == "X"), None)
        number = item.text.strip() if item is not None else ""
        if item is not None and number:
            if number in self._numbers:
                self.reporter.report(
                    "duplicate-number", item.start, item.end, number, self._numbers[number]
                )
            else:
                self._numbers[number] = self.reporter.place(item.start)[0]
        self.tunes.append(tune)
        self._ended = lines[-1][1]

    def _read_preamble(self, lines: Sequence[Line], letters: Sequence[str]) -> None:
        """Lines outside of tunes: fields and directives are the file header, the rest is text."""
        texts: list[str] = []
        reader = TuneReader(self.text, self.reporter)
        for (start, end), letter in zip(lines, letters, strict=True):
            rule = FIELDS.get(letter)
            if self.text.startswith("%", start) or (rule and rule.file) or reader.in_text_block:
                reader.read_header_line(start, end)
            else:
                texts.append(self.text[start:end])
        if texts:
            self.texts.append("\n".join(texts))
        self.header += reader.header
        self._macros += reader.effects.macros
