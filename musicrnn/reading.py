"""What kind of file is this, and what is in it: the one place that answers.

ABC, MIDI, MusicXML (plain or compressed) and plain text are told apart by their first bytes and,
where those say nothing, by the name.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from musicrnn.errors import AbcError, FormatError, TextError, UsageError, want
from musicrnn.formats import FORMATS, Finding
from musicrnn.piece import Piece
from musicrnn.score import Score

if TYPE_CHECKING:
    from musicrnn.abc import ParsedTune, TuneBook
    from musicrnn.midi.diagnostics import Diagnostic

__all__ = ["SUFFIXES", "Music", "kind_of", "names_music", "read"]

#: kind of file → its suffixes, the usual one first. MusicXML is read into pieces of MIDI's format.
SUFFIXES: dict[str, tuple[str, ...]] = {
    "abc": FORMATS["abc"].suffixes,
    "midi": FORMATS["midi"].suffixes,
    "musicxml": (".musicxml", ".xml", ".mxl"),
    "text": FORMATS["text"].suffixes,
}

_KINDS = {suffix: kind for kind, suffixes in SUFFIXES.items() for suffix in suffixes}
_MIDI_STARTS = (b"MThd", b"RIFF", b"SMF2")
_XML_STARTS = (b"<?xml", b"<score-partwise", b"<score-timewise", b"<!DOCTYPE score")
_ZIP_START = b"PK\x03\x04"


def kind_of(data: bytes, name: str = "") -> str:
    """``"abc"``, ``"midi"``, ``"musicxml"`` or ``"text"``, by content, then by name; ABC where
    neither says anything."""
    head = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    if data.startswith(_MIDI_STARTS):
        return "midi"
    if data.startswith(_ZIP_START) or head.startswith(_XML_STARTS):
        return "musicxml"
    return _KINDS.get(Path(name).suffix.lower(), "abc")


def names_music(text: str) -> bool:
    """Whether a text is the name of a file of music rather than the music."""
    return "\n" not in text and len(text) < 1000 and Path(text).suffix.lower() in _KINDS


@dataclass(frozen=True)
class Music:
    """The bytes of one file and what is in them; `name` is only shown, never opened. `tell` is
    given a line for what was wrong with the file, and for what ABC cannot say of it. `qpm` is the
    tempo, in quarters a minute, of notes that were played without a click, to write them as ABC.

    Everything is read when it is first asked for, and once. Raises `FormatError` where the file
    is not what it claims to be.
    """

    data: bytes
    name: str = ""
    tell: Callable[[str], None] = lambda line: None
    qpm: Fraction | None = None

    @cached_property
    def kind(self) -> str:
        """What kind of file it is (`kind_of`)."""
        return kind_of(self.data, self.name)

    @cached_property
    def text(self) -> str:
        """The characters of ABC or plain text; what another kind of file says, written as ABC."""
        if self.kind == "abc":
            from musicrnn import abc

            return abc.decode(
                self.data,
                file=self.name or None,
                tell=lambda line: self.tell(f"{self.name}: {line}"),
            )
        if self.kind == "text":
            try:
                return self.data.decode("utf-8-sig")
            except UnicodeDecodeError as error:
                raise TextError(
                    "this is not UTF-8 text; save it as UTF-8",
                    file=self.name or None,
                    byte=error.start,
                ) from error
        if self.kind == "musicxml":
            from musicrnn import abc
            from musicrnn.musicxml import read_tune

            with self._named():
                converted = read_tune(self.data)
            if converted.lost:
                self.tell(f"{self.name}: {converted.warning}")
            return abc.write(converted.tune)
        from musicrnn.abc.from_score import written

        text, lost = written(self.score, qpm=self.qpm)
        if lost:
            self.tell(f"{self.name}: {lost}")
        return text

    @cached_property
    def book(self) -> TuneBook:
        """The parsed tunes of an ABC file. Raises `AbcError` where there is none."""
        from musicrnn import abc

        book = abc.parse(self.text, file=self.name or None)
        if not book.tunes:
            raise AbcError(
                "there is no tune in it; a tune starts with an X: line", file=self.name or None
            )
        return book

    @cached_property
    def score(self) -> Score:
        """The notes of the first tune, or of the whole file where it holds one piece.

        Raises `UsageError` for plain text.
        """
        if self.kind == "midi":
            score, findings = self._midi
            for finding in findings:
                if finding.severity == "warning" or finding.code == "encoding":
                    self.tell(str(replace(finding, file=self.name or None)))
            return score
        if self.kind == "musicxml":
            from musicrnn.musicxml.reader import read_musicxml

            with self._named():
                return read_musicxml(self.data)
        if self.kind == "text":
            raise UsageError(f"{self.name or 'this'}: plain text has no notes")
        from musicrnn import abc

        return abc.to_score(self.book.tunes[0])

    @cached_property
    def _midi(self) -> tuple[Score, tuple[Diagnostic, ...]]:
        from musicrnn import midi

        with self._named():
            return midi.read_with_warnings(self.data)

    @property
    def left_out(self) -> str:
        """What a MIDI file holds that `score` does not, so that it is lost where the file is not
        played as it is but written anew: one line, empty where that is nothing."""
        if self.kind != "midi":
            return ""
        from musicrnn.midi.diagnostics import NOT_KEPT

        by_track: dict[int | None, list[str]] = {}
        for finding in self._midi[1]:
            if finding.code == "not-kept":
                by_track.setdefault(finding.track, []).append(
                    finding.message.removeprefix(NOT_KEPT)
                )
        tracks = [f"{', '.join(kept)} (track {track})" for track, kept in by_track.items()]
        return f"{self.name}: left out: {'; '.join(tracks)}" if tracks else ""

    def pieces(self, *, signs: bool = False) -> list[Piece]:
        """Every tune of a book of ABC, or the one piece of another kind of file.

        With `signs`, C and cut time stay as they are written, for a picture; else they are 4/4
        and 2/2, as a model knows them.
        """
        if self.kind == "text":
            return [Piece("text", self.text)]
        if self.kind != "abc":
            score = self.score
            key = str(score.key or "")
            meter = score.meter
            title = score.title or Path(self.name).stem
            return [Piece("midi", score, title=title, key=key, meter=str(meter or ""))]
        from musicrnn import abc

        return [
            Piece(
                "abc",
                abc.write(_with_signs(tune) if signs else tune),
                title=tune.title,
                key=tune.key,
                meter=tune.meter,
                rhythm=tune.rhythm,
            )
            for tune in map(abc.standalone, self.book.tunes)
        ]

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Errors in the block say which file it is."""
        try:
            yield
        except FormatError as error:
            if error.file is not None or not self.name:
                raise
            place = {"line": error.line, "column": error.column, "byte": error.byte}
            raise type(error)(error.message, file=self.name, **place) from error

    def check(self, *, strict: bool = False) -> Sequence[Finding]:
        """What is wrong with the file."""
        if self.kind == "midi":
            from musicrnn import midi

            return [replace(one, file=self.name or None) for one in midi.check(self.data)]
        if self.kind == "abc":
            from musicrnn import abc

            return abc.check(self.text, strict=strict, file=self.name or None)
        self.pieces()  # raises what is wrong
        return ()


def _with_signs(tune: ParsedTune) -> ParsedTune:
    """The tune with C and cut time as they were written, which a picture shows."""

    def signed(node: Any) -> Any:
        if getattr(node, "letter", "") == "M" and getattr(node, "written", "") in ("C", "C|"):
            return replace(node, value=node.written)
        return node

    return replace(tune, header=tuple(map(signed, tune.header)), body=tuple(map(signed, tune.body)))


def read(source: str | os.PathLike[str] | bytes, *, name: str = "") -> Music:
    """A file by its path, or its bytes (`name` then says what it is called).

    Raises `OSError` for a file that cannot be read.
    """
    want(source, (str, bytes, os.PathLike), "a file is a path or bytes")
    if isinstance(source, bytes):
        return Music(source, name)
    if isinstance(source, str) and "\n" in source:
        raise UsageError("a file is a path or bytes; of text, give text.encode()")
    return Music(Path(source).read_bytes(), name or os.fspath(source))
