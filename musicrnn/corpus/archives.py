"""Archives as corpus members: ``.zip``, ``.tar`` and compressed tars.

A member of a ``.zip`` or a plain ``.tar`` is read from its place, whichever worker wants it. A
compressed tar has no places: it is unpacked once into a plain one in the cache folder, by whoever
needs it first on that machine.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from musicrnn.corpus import storage
from musicrnn.errors import CorpusError
from musicrnn.files import replaced
from musicrnn.resources import cache_folder

__all__ = ["ARCHIVES", "members", "read_member"]

#: extension of a compressed tar → what opens it
_COMPRESSED: dict[str, Callable[[IO[bytes]], Any]] = {
    ".tar.gz": gzip.open,
    ".tgz": gzip.open,
    ".tar.bz2": bz2.open,
    ".tar.xz": lzma.open,
}
#: The extensions of archives.
ARCHIVES = (".zip", ".tar", *_COMPRESSED)

_DAMAGED = (tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError)


def members(address: str) -> Iterator[tuple[str, int, int]]:
    """(name, offset, size) of an archive's files, in the archive's order.

    Raises `CorpusError` for an archive that cannot be read.
    """
    try:
        if address.lower().endswith(".zip"):
            for info in _zip(*_described(address)).infolist():
                if not info.is_dir():
                    yield info.filename, 0, info.file_size
            return
        with _opened_tar(address) as file, tarfile.open(fileobj=file, mode="r:") as tar:
            for member in tar:
                if member.isfile():
                    yield member.name, member.offset_data, member.size
                tar.members = []  # type: ignore[attr-defined]  # else it remembers all
    except _DAMAGED as error:
        raise CorpusError(f"{address}: not an archive that can be read: {error}") from error


def read_member(address: str, name: str, offset: int, size: int) -> bytes:
    """The bytes of one member, as `members` described it."""
    if address.lower().endswith(".zip"):
        return _zip(*_described(address)).read(name)
    with _opened_tar(address) as file:
        file.seek(offset)
        return file.read(size)


@lru_cache(maxsize=1)
def _zip(address: str, size: int, changed: int) -> zipfile.ZipFile:
    """The archive, kept open: its directory is read once, not once for each member."""
    del size, changed  # another size or time is another archive
    return zipfile.ZipFile(storage.opened(address) if "://" in address else address)


def _opened_tar(address: str) -> IO[bytes]:
    """A plain tar, open for reading."""
    for extension, decompress in _COMPRESSED.items():
        if address.lower().endswith(extension):
            return _unpacked(address, decompress).open("rb")
    return storage.opened(address)


def _unpacked(address: str, decompress: Callable[[IO[bytes]], Any]) -> Path:
    """The plain tar that a compressed one holds, named by address, size and time of change."""
    key = hashlib.blake2b(repr(_described(address)).encode(), digest_size=8).hexdigest()
    target = cache_folder() / "unpacked" / f"{key}.tar"
    if not target.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        with (
            storage.opened(address) as packed,
            decompress(packed) as plain,
            replaced(target) as temporary,
            temporary.open("wb") as out,
        ):
            shutil.copyfileobj(plain, out, 1 << 20)
    return target


def _described(address: str) -> tuple[str, int, int]:
    """Address, size and time of the last change."""
    return next(storage.files(address))
