"""Finding the files of a corpus and reading them, in an order that never changes.

A source is a file, folder, glob or archive, on this machine or at an fsspec address. It is listed
as a stream of `Item`s: whole files, archive members, or, of a large tune book, stretches that start
and end between two tunes. Items are grouped into `Block`s, the unit of work and of what a killed
build has to do again; blocks depend on the files alone, not on how many workers there are.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from musicrnn.corpus.archives import ARCHIVES, members, read_member
from musicrnn.corpus.places import leads_out
from musicrnn.corpus.rules import Source
from musicrnn.corpus.storage import files, opened
from musicrnn.errors import CorpusError
from musicrnn.files import is_address

__all__ = ["MIDI_SUFFIXES", "SUFFIXES", "Block", "Item", "blocks", "guess_format", "items", "read"]

#: What a MIDI file is called.
MIDI_SUFFIXES = (".mid", ".midi", ".kar", ".rmi")
#: format → the file name extensions it is read from; events also come out of scores and tune books
SUFFIXES = {
    "abc": (".abc",),
    "midi": (*MIDI_SUFFIXES, ".mxl", ".musicxml", ".abc"),
    "text": (".txt",),
}

#: A block ends when it holds this many files or bytes: one to three seconds of work.
BLOCK_FILES = 128
BLOCK_BYTES = 1 << 16
#: A tune book longer than this is read in stretches of about `BLOCK_BYTES`.
BOOK_BYTES = 1 << 20
#: A single file above this size is no piece of music, and is reported instead of read.
MOST_BYTES = 1 << 26


@dataclass(frozen=True, slots=True)
class Item:
    """One file, archive member or stretch of a tune book.

    `name` is shown to the user; `address` is opened. The bytes wanted are `size` from `start`
    (of the member, if there is one: `offset` is where a tar member lies in the archive). A
    stretch (`first_line` > 1) is preceded by the `header` bytes at the start of its file.
    `changed` is when the file was last changed, in nanoseconds, 0 where that is not known.
    """

    source: int
    name: str
    address: str
    size: int
    member: str = ""
    offset: int = 0
    start: int = 0
    header: int = 0
    first_line: int = 1
    changed: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """Items that are worked on together; `index` counts from 0 through the corpus."""

    index: int
    items: tuple[Item, ...]


# --- listing ------------------------------------------------------------------------------


def guess_format(address: str) -> str | None:
    """The format of the first file there of a known kind; None where there is nothing such.

    Raises `CorpusError` for an address that cannot be listed and an archive that cannot be read;
    one archive among other files is passed over.
    """
    for name, kinds in SUFFIXES.items():
        if address.lower().endswith(kinds):
            return name
    if not (is_address(address) or glob.has_magic(address) or Path(address).exists()):
        return None
    for path, *_ in files(address):
        is_archive = path.lower().endswith(ARCHIVES)
        try:
            entries = [name for name, *_ in members(path)] if is_archive else [path]
        except CorpusError:
            if path == address:
                raise
            continue
        for entry in entries:
            for name, kinds in SUFFIXES.items():
                if entry.lower().endswith(kinds):
                    return name
    return None


def items(
    number: int,
    source: Source,
    format: str,  # noqa: A002 - the term of the design
    base: Path,
    *,
    confined: bool = False,
) -> Iterator[Item]:
    """The items of one source, sorted by path.

    Raises `CorpusError` if there are none, and, where the source is `confined` to the folder
    `base`, for a link that leads out of it.
    """
    address = source.address(base)
    root = _root(address)
    kinds = SUFFIXES[format]
    any_found = False
    confined = confined and not source.package and not is_address(address)
    for path, size, changed in files(address):
        if confined and leads_out(path, base):
            raise CorpusError(f"{path}: a link that leads elsewhere; put the file itself there")
        name = os.path.relpath(path, root) if root and not is_address(path) else path
        name = PurePosixPath(name).as_posix() if root else PurePosixPath(path).name
        name = _utf8(name)
        lower = path.lower()
        if lower.endswith(ARCHIVES):
            for member, offset, length in members(path):
                if member.lower().endswith(kinds):
                    any_found = True
                    yield Item(
                        number,
                        _utf8(f"{name}/{member}"),
                        path,
                        length,
                        member,
                        offset,
                        changed=changed,
                    )
        elif lower.endswith(kinds) or path == address:
            any_found = True
            item = Item(number, name, path, size, changed=changed)
            yield from _stretches(item) if format == "abc" and size > BOOK_BYTES else (item,)
    if not any_found:
        raise CorpusError(
            f"{source.name}: nothing of {', '.join(kinds)} at {address}; "
            "name a file, folder, glob or archive"
        )


def blocks(stream: Iterable[Item]) -> Iterator[Block]:
    """The items in groups of about the same work, in order."""
    group: list[Item] = []
    size = index = 0
    for item in stream:
        if group and (len(group) >= BLOCK_FILES or size + item.size > BLOCK_BYTES):
            yield Block(index, tuple(group))
            group, size, index = [], 0, index + 1
        group.append(item)
        size += item.size
    if group:
        yield Block(index, tuple(group))


def _utf8(name: str) -> str:
    """A file's name as it is shown and written down: bytes that are not UTF-8 become U+FFFD."""
    return os.fsencode(name).decode("utf-8", "replace")


def _root(address: str) -> str:
    """What names are shown relative to: a folder, or the part of a glob before its first star."""
    if is_address(address):
        return ""
    if glob.has_magic(address):
        parts = Path(address).parts
        plain = next(i for i, part in enumerate(parts) if glob.has_magic(part))
        return str(Path(*parts[:plain])) if plain else "."
    return address if Path(address).is_dir() else ""


def _stretches(item: Item) -> Iterator[Item]:
    """A long tune book cut before ``X:`` lines, with the line number that each cut starts at."""
    header = start = position = 0
    line = first_line = 1
    seen = False
    with opened(item.address) as file:
        for content in file:
            if content.startswith(b"X:"):
                if not seen:
                    header, seen = min(position, 1 << 16), True
                elif position - start >= BLOCK_BYTES:
                    yield replace(
                        item, size=position - start, start=start, first_line=first_line,
                        header=header if start else 0,
                    )  # fmt: skip
                    start, first_line = position, line
            position += len(content)
            line += 1
    yield replace(
        item, size=position - start, start=start, first_line=first_line,
        header=header if start else 0,
    )  # fmt: skip


# --- reading ------------------------------------------------------------------------------


def read(item: Item) -> bytes:
    """The bytes of one item, those of its book's header first.

    Raises `CorpusError` for a file too large to be a piece, `OSError` for one that is not there.
    """
    if not 0 <= item.size <= MOST_BYTES:
        raise CorpusError(f"{item.size} bytes are more than a file of music has")
    if item.member:
        return read_member(item.address, item.member, item.offset, item.size)
    with opened(item.address) as file:
        header = file.read(item.header) if item.header else b""
        file.seek(item.start)
        return header + file.read(item.size)
