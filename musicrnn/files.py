"""Files: written whole or not at all, read within limits, named by plain names.

Everything that this package writes under a temporary name is called
``.NAME.musicrnn-HOST-PROCESS-RANDOM.EXT``, so that what a killed process left behind can be told
from what belongs to somebody else, and only the former is ever removed.
"""

from __future__ import annotations

import json
import math
import os
import re
import secrets
import shutil
import socket
import stat
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import IO, Any

from musicrnn.errors import UsageError

__all__ = [
    "is_address",
    "is_temporary",
    "locked",
    "plain_name",
    "read_at_most",
    "read_limited",
    "remove_temporary_files",
    "replaced",
    "replaced_folder",
    "require_name",
    "temporary_name",
    "to_json",
    "write_whole",
]

#: A leftover of another machine (on a shared disk) counts as one after so many seconds.
_FOREIGN_SECONDS = 24 * 3600.0
_TEMPORARY = re.compile(
    r"\.(?P<name>.*)\.musicrnn-(?P<host>[0-9a-f]{8})-(?P<process>[0-9a-f]+)-[0-9a-f]{8}"
    r"(?P<end>(\.[^.]*)?)",
    re.DOTALL,
)
_OLD, _NEW = ".old", ".new"
#: Characters of the name that a temporary one begins with.
_STEM = 40

# --- names -------------------------------------------------------------------------------------

#: Bytes of UTF-8 that a name may have: room for what is put around it in a file name of 255.
NAME_BYTES = 100
#: What Windows takes for a device, whatever the extension.
_DEVICES = re.compile(r"(con|prn|aux|nul|(com|lpt)[\d¹²³]) *(\..*)?", re.IGNORECASE)


def _is_plain(text: str) -> bool:
    return (
        bool(text)
        and text[0] not in ".-+ "
        and text[-1] not in ". "
        and all(character.isalnum() or character in "._-+ " for character in text)
        and len(text.encode()) <= NAME_BYTES
        and not _DEVICES.fullmatch(text)
    )


def require_name(name: object, what: str) -> str:
    """`name`, if it can be one component of a path on every system; else `UsageError`.

    It consists of letters, digits, spaces and ``. _ - +``, starts with a letter or digit (or
    ``_``), and has at most 100 bytes. `what` says whose name it is, for the message.
    """
    if isinstance(name, str) and _is_plain(name):
        return name
    raise UsageError(
        f"{what} is {str(name)[:60]!r}; a name is made of letters, digits and . _ - + "
        f"and has at most {NAME_BYTES} bytes"
    )


def plain_name(text: str, default: str) -> str:
    """`text` made into a name that `require_name` accepts; `default` where nothing is left.

    >>> plain_name("../../My tunes!", "corpus")
    'My tunes'
    """
    kept = "".join(c if c.isalnum() or c in "._-+ " else "-" for c in text if c.isprintable())
    kept = kept.lstrip(".-+ ")
    while len(kept.encode()) > NAME_BYTES:
        kept = kept[:-1]
    kept = kept.rstrip(".- ")
    return kept if kept and _is_plain(kept) else default


def is_address(text: str) -> bool:
    """Whether `text` names a place on the network rather than a path of this machine.

    >>> is_address("ftp://example.org/tunes"), is_address("tunes/reels")
    (True, False)
    """
    return "://" in text or text.startswith(("\\\\", "//"))


# --- one at a time -----------------------------------------------------------------------------


@contextmanager
def locked(folder: Path, what: str) -> Iterator[None]:
    """Only one process at a time works in `folder`; the lock ends with it, however it ends.

    Raises `UsageError` when another one has it; `what` names the work. The lock is on the folder
    itself, so no file is left. Systems without such locks go without.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(
                f"{folder}: another {what} is at work there; wait for it, or name another folder"
            ) from None
        except OSError:
            pass  # a file system without locks
        yield
    finally:
        os.close(handle)


# --- reading -----------------------------------------------------------------------------------


def read_limited(path: str | os.PathLike[str], limit: int, *, regular: bool = False) -> bytes:
    """The bytes of a file that has at most `limit` of them.

    With `regular`, pipes and devices are refused without being opened. Raises `OSError`, and
    `UsageError` for a file that is too large or of another kind.
    """
    place = Path(path)
    with _blaming(place):
        return _read_limited(place, limit, regular=regular)


def _read_limited(place: Path, limit: int, *, regular: bool) -> bytes:
    status = place.stat()
    if regular and not stat.S_ISREG(status.st_mode):
        raise UsageError(f"{place}: not an ordinary file")
    if stat.S_ISREG(status.st_mode) and status.st_size > limit:
        raise UsageError(f"{place}: larger than {_megabytes(limit)}, the most that is read")
    with place.open("rb") as file:
        data = read_at_most(file, limit + 1, expected=status.st_size)
    if len(data) > limit:
        raise UsageError(f"{place}: larger than {_megabytes(limit)}, the most that is read")
    return data


def read_at_most(file: IO[bytes], most: int, *, expected: int = 0) -> bytes:
    """The next bytes of an open file, no more than `most`. Its own ``read(most)`` would take all
    that memory before it reads anything."""
    parts: list[bytes] = []
    size = min(expected + 1, most)
    while size:
        parts.append(file.read(size))
        if len(parts[-1]) < size:
            break
        most -= size
        size = min(most, 1 << 20)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _megabytes(size: int) -> str:
    return f"{size / (1 << 20):.0f} MiB" if size >= 1 << 20 else f"{size / 1024:.0f} KiB"


# --- temporary names ---------------------------------------------------------------------------


def temporary_name(target: Path, end: str | None = None) -> Path:
    """A name beside `target` that nobody else has; `end` in place of the target's extension.

    The extension is kept, since many libraries choose a format by it.
    """
    stem, end = (target.stem, target.suffix) if end is None else (target.name, end)
    tag = f"{_host()}-{os.getpid():x}-{secrets.token_hex(4)}"
    return target.with_name(f".{stem[:_STEM]}.musicrnn-{tag}{end}")


def is_temporary(name: str) -> bool:
    """Whether a file of this name was made by `temporary_name`."""
    return _TEMPORARY.fullmatch(name) is not None


def remove_temporary_files(folder: Path) -> None:
    """Remove from `folder` what processes that no longer run left under temporary names.

    Nothing else is touched. A folder that was moved aside and not yet replaced is put back.
    """
    with suppress(OSError):
        for path in list(folder.iterdir()):
            match = _TEMPORARY.fullmatch(path.name)
            if match and _abandoned(path, match["host"], int(match["process"], 16)):
                is_folder = path.is_dir() and not path.is_symlink()
                if match["end"] == _OLD and is_folder:
                    if len(match["name"]) < _STEM:  # else the name may have been cut
                        _settle(path, path.with_name(match["name"]))
                elif is_folder:
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    with suppress(OSError):
                        path.unlink()


def _settle(old: Path, target: Path) -> None:
    """A folder that was moved aside for another: put back if that never came, else removed."""
    if target.is_dir():
        _remove_but_foreign(old, target)
    elif not target.exists():
        with suppress(OSError):
            old.rename(target)


def _abandoned(path: Path, host: str, process: int) -> bool:
    if host != _host():
        with suppress(OSError):
            return time.time() - path.stat().st_mtime > _FOREIGN_SECONDS
        return False
    return process != os.getpid() and not _runs(process)


def _runs(process: int) -> bool:
    if os.name != "posix":
        return False  # Windows does not let a file go that is still open
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _host() -> str:
    return f"{zlib.crc32(socket.gethostname().encode('utf-8', 'replace')):08x}"


# --- writing -----------------------------------------------------------------------------------


@contextmanager
def _blaming(target: Path) -> Iterator[None]:
    """Errors name the file that is read or was to be written, not a temporary one, nor none."""
    try:
        yield
    except OSError as error:
        named = error.filename
        is_name = isinstance(named, str | bytes)
        if error.errno and not (is_name and not is_temporary(Path(os.fsdecode(named)).name)):
            raise OSError(error.errno, error.strerror, str(target)) from error
        raise


@contextmanager
def replaced(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path beside `path`, renamed over it when the block ends well, else removed.

    The content is on disk (fsync) before the rename, so a crash leaves the old file or the new
    one. An `OSError` that arises names `path`. Raises `UsageError` where a pipe or a device has
    that name: whoever reads from it would wait for ever.
    """
    target = Path(path)
    with suppress(OSError):
        kind = target.stat().st_mode
        if not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
            raise UsageError(f"{target}: a pipe or device, which cannot be replaced by a file")
    temporary = temporary_name(target)
    try:
        with _blaming(target):
            yield temporary
            with temporary.open("rb+") as file:
                os.fsync(file.fileno())
            temporary.replace(target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def write_whole(path: str | os.PathLike[str], content: str | bytes) -> None:
    """Write text (UTF-8, newlines as they are) or bytes; the file appears whole or not at all."""
    data = content.encode() if isinstance(content, str) else content
    with replaced(path) as temporary:
        temporary.write_bytes(data)


@contextmanager
def replaced_folder(folder: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary folder beside `folder`, put in its place when the block ends well, else removed.

    All files are on disk (fsync) before the rename. A folder cannot be renamed over another one,
    so an old one is moved aside first and removed last; `remove_temporary_files` puts it back if
    the process is killed between the two. Folders and hidden files in the old one (``.git``) are
    somebody else's, and stand in the new one, too. Raises `UsageError` where a file has that name.
    """
    target = Path(folder)
    if target.exists() and not target.is_dir():
        raise UsageError(f"{target}: a file; give the name of a folder")
    temporary, old = temporary_name(target, _NEW), temporary_name(target, _OLD)
    try:
        with _blaming(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary.mkdir()
            yield temporary
            for path in temporary.iterdir():
                with path.open("rb+") as file:
                    os.fsync(file.fileno())
            if target.exists():
                target.rename(old)
            _rename_or(temporary, target, lambda: old.rename(target))
            _sync_folder(target.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        if target.exists() and old.exists():
            _remove_but_foreign(old, target)


def _remove_but_foreign(old: Path, new: Path) -> None:
    """Remove a folder that was replaced by `new`, once what is not ours in it has moved there."""
    with suppress(OSError):
        for path in list(old.iterdir()):
            is_ours = path.is_file() and not path.name.startswith(".")
            if not is_ours and not is_temporary(path.name) and not (new / path.name).exists():
                path.rename(new / path.name)
        shutil.rmtree(old, ignore_errors=True)


def _rename_or(source: Path, target: Path, undo: Callable[[], object]) -> None:
    try:
        source.rename(target)
    except OSError:
        with suppress(OSError):
            undo()
        raise


def _sync_folder(folder: Path) -> None:
    """Ask the system to keep a rename; only POSIX can open a folder."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


# --- JSON --------------------------------------------------------------------------------------


def to_json(value: Any) -> str:
    """`value` (plain values, dataclasses, arrays) as JSON, six digits after the point; JSON has no
    word for undefined but null, so nan and infinities are null.

    >>> print(to_json({"share": 2 / 3, "undefined": float("nan")}))
    {
     "share": 0.666667,
     "undefined": null
    }
    """
    return json.dumps(_plain(value), ensure_ascii=False, indent=1)


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "tolist"):  # an array or number of NumPy, which need not be imported here
        return _plain(value.tolist())
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    return value
