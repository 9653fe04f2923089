"""Archives as corpus members: ``.zip``, ``.tar`` and compressed tars.

A member of a ``.zip`` or a plain ``.tar`` is read from its place, whichever worker wants it. A
compressed tar has no such places: the first process on a machine that needs it unpacks it, once,
into a plain one in the cache folder.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
import os
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from musicrnn.corpus import storage
from musicrnn.errors import CorpusError
from musicrnn.files import is_address, remove_temporary_files, replaced
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

#: What an archive may hold at most. Unpacked it may also be no more than `MOST_RATIO` times its
#: archive beyond the first `FREE_BYTES`: text shrinks tenfold, and what shrinks a thousandfold is
#: there to fill a disk.
MOST_MEMBERS = 2_000_000
MOST_UNPACKED = 1 << 36
MOST_RATIO = 50
FREE_BYTES = 1 << 24

_DAMAGED = (tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError)


def members(address: str) -> Iterator[tuple[str, int, int]]:
    """(name, offset, size) of an archive's files, in the archive's order.

    Raises `CorpusError` for an archive that cannot be read.
    """
    try:
        if address.lower().endswith(".zip"):
            listed = _zip(*_described(address)).infolist()
            _check_count(address, len(listed))
            packed = _described(address)[1]
            if sum(info.file_size for info in listed) > _most_unpacked(packed):
                raise _too_much(address, packed)
            for info in listed:
                if not info.is_dir():
                    yield info.filename, 0, info.file_size
            return
        with _opened_tar(address) as file, tarfile.open(fileobj=file, mode="r:") as tar:
            for count, member in enumerate(tar, 1):
                _check_count(address, count)
                if member.isfile():
                    yield member.name, member.offset_data, member.size
                tar.members = []  # type: ignore[attr-defined]  # else it remembers all
    except _DAMAGED as error:
        reason = str(error) or "it ends too early"
        raise CorpusError(f"{address}: not an archive that can be read: {reason}") from error
    except (ValueError, IndexError, OverflowError) as error:  # a name, or a size, that is none
        raise CorpusError(f"{address}: not an archive that can be read: {error}") from error
    except NotImplementedError as error:  # a way of compression that zipfile does not know
        raise CorpusError(f"{address}: {error}; pack it as an ordinary zip") from error


def _check_count(address: str, count: int) -> None:
    if count > MOST_MEMBERS:
        raise CorpusError(f"{address}: more than {MOST_MEMBERS:,} files; unpack it into a folder")


def read_member(address: str, name: str, offset: int, size: int) -> bytes:
    """The bytes of one member, as `members` described it."""
    if address.lower().endswith(".zip"):
        with _zip(*_described(address)).open(name) as member:
            return member.read(size)  # `ZipFile.read` would unpack all that there is
    with _opened_tar(address) as file:
        file.seek(offset)
        return file.read(size)


@lru_cache(maxsize=1)
def _zip(address: str, size: int, changed: int) -> zipfile.ZipFile:
    """The archive, kept open: its directory is read once, not once for each member."""
    del size, changed  # another size or time is another archive
    return zipfile.ZipFile(storage.opened(address) if is_address(address) else address)


def _opened_tar(address: str) -> IO[bytes]:
    """A plain tar, open for reading."""
    for extension, decompress in _COMPRESSED.items():
        if address.lower().endswith(extension):
            return _unpacked(address, decompress).open("rb")
    return storage.opened(address)


def _unpacked(address: str, decompress: Callable[[IO[bytes]], Any]) -> Path:
    """The plain tar that a compressed one holds, named by address, size and time of change."""
    _, size, changed = _described(address)
    place = address if is_address(address) else os.path.realpath(address)  # one place, one copy
    key = hashlib.blake2b(repr((place, size, changed)).encode(), digest_size=8).hexdigest()
    target = cache_folder() / "unpacked" / f"{key}.tar"
    if not target.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        remove_temporary_files(target.parent)
        with (
            storage.opened(address) as packed,
            decompress(packed) as plain,
            replaced(target) as temporary,
            temporary.open("wb") as out,
        ):
            _copy(plain, out, size, address)
    return target


def _most_unpacked(packed: int) -> int:
    """Bytes that an archive of that size may unpack to."""
    return min(MOST_UNPACKED, FREE_BYTES + MOST_RATIO * packed)


def _too_much(address: str, packed: int) -> CorpusError:
    return CorpusError(
        f"{address}: unpacks to more than {_most_unpacked(packed) >> 20} MiB, far more than tunes "
        "do; unpack it yourself and name the folder"
    )


def _copy(plain: IO[bytes], out: IO[bytes], packed: int, address: str) -> None:
    """Copy what an archive of that size holds. Raises `CorpusError` for far too much."""
    written, most = 0, _most_unpacked(packed)
    while part := plain.read(1 << 20):
        written += len(part)
        if written > most:
            raise _too_much(address, packed)
        out.write(part)


def _described(address: str) -> tuple[str, int, int]:
    """Address, size and time of the last change."""
    return next(storage.files(address))
