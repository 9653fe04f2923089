"""Files wherever they lie: on this machine, or at an fsspec address (``s3://…``, ``https://…``)."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from musicrnn.errors import CorpusError, MissingExtraError
from musicrnn.files import is_address

__all__ = ["files", "opened"]

#: ``**`` in one pattern: all folders below, and below those.
MOST_STARS = 2


def files(address: str) -> Iterator[tuple[str, int, int]]:
    """(path, size, time of the last change) of every file there, sorted."""
    if is_address(address):
        yield from _remote_files(address)
    elif glob.has_magic(address) and not Path(address).exists():
        if address.count("**") > MOST_STARS:  # each multiplies the work by all that there is
            raise CorpusError(f"{address}: more than {MOST_STARS} ** in one pattern")
        for path in sorted(glob.iglob(address, recursive=True)):  # noqa: PTH207 - has_magic's own
            if Path(path).is_file():
                yield _described(path)
    elif Path(address).is_dir():
        yield from _walk(address)
    elif Path(address).is_file():
        yield _described(address)
    else:
        raise CorpusError(f"{address}: no such file or folder")


def _described(path: str) -> tuple[str, int, int]:
    status = Path(path).stat()
    return path, status.st_size, status.st_mtime_ns


def _walk(folder: str) -> Iterator[tuple[str, int, int]]:
    """Depth first, each folder sorted by name; hidden files and folders are passed over."""
    with os.scandir(folder) as listing:
        entries = sorted(listing, key=lambda entry: entry.name)
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(entry.path)
        elif _is_file(entry):
            yield entry.path, entry.stat().st_size, entry.stat().st_mtime_ns


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Whether it is an ordinary file, or a link to one; a link that goes in a circle is none."""
    try:
        return entry.is_file()
    except OSError:
        return False


def opened(address: str) -> IO[bytes]:
    """The file at `address`, open for reading."""
    if not is_address(address):
        return Path(address).open("rb")
    file: IO[bytes] = _filesystem(address)[0].open(address, "rb")
    return file


def _remote_files(address: str) -> Iterator[tuple[str, int, int]]:
    system, path = _filesystem(address)
    if glob.has_magic(path):
        details = system.glob(path, detail=True)
    elif system.isdir(path):
        details = system.find(path, detail=True)
    else:
        details = {path: system.info(path)}
    for name in sorted(details):
        if details[name]["type"] == "file":
            yield system.unstrip_protocol(name), int(details[name].get("size") or 0), 0


def _filesystem(address: str) -> tuple[Any, str]:
    try:
        import fsspec
    except ImportError as error:
        raise MissingExtraError(f"reading {address}", "cluster") from error
    try:
        system, path = fsspec.core.url_to_fs(address)
    except (ValueError, ImportError) as error:
        raise CorpusError(f"{address}: {error}") from error
    return system, path
