"""Plain text: names one a line, verses or paragraphs, whole files."""

from __future__ import annotations

from collections.abc import Iterator

from musicrnn.corpus.record import Record, text_key
from musicrnn.corpus.rules import Clean, Source
from musicrnn.corpus.sources import Item
from musicrnn.errors import CorpusError, TextError
from musicrnn.piece import Piece

__all__ = ["read_text"]


def read_text(item: Item, data: bytes, source: Source, rules: Clean) -> Iterator[Record]:
    """The pieces of one file, cut as `Clean.pieces` says.

    Lines that start with ``#`` are comments where a piece is a line. Raises `TextError`.
    """
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise TextError("not UTF-8; save it as UTF-8", byte=error.start) from error
    for number, (line, content) in enumerate(_cut(text, rules.pieces), 1):
        keys = text_key(content)
        title = content.split("\n", 1)[0][:60]
        piece = Piece("text", content, title=title, source=source.name, licence=source.licence)
        yield Record(line, str(number), title, piece, fingerprint=keys, group=keys)


def _cut(text: str, pieces: str) -> Iterator[tuple[int, str]]:
    """(line number, text) of each piece."""
    if pieces == "file":
        if text.strip():
            yield 1, text
        return
    if pieces not in ("line", "paragraph"):
        raise CorpusError(f"a piece of text is a line, paragraph or file, not {pieces!r}")
    lines = text.split("\n")
    start = 0
    for end in range(len(lines) + 1):
        last = end == len(lines)
        if pieces == "line":
            if not last and lines[end].strip() and not lines[end].startswith("#"):
                yield end + 1, lines[end].strip()
        elif last or not lines[end].strip():
            if start < end:
                yield start + 1, "\n".join(lines[start:end])
            start = end + 1
