"""The one folder that a user opened to a language model, and nothing outside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from musicrnn import reading
from musicrnn.errors import UsageError
from musicrnn.files import is_temporary, read_limited, require_name, write_whole
from musicrnn.reading import SUFFIXES
from musicrnn.render import EXTENSIONS

__all__ = ["names", "read", "set_root", "write"]

#: bytes of a file that is read: as much as the page takes
_MOST_BYTES = 512 * 1024
#: names that are listed
_MOST_NAMES = 500
_READ = {suffix for kind, suffixes in SUFFIXES.items() if kind != "text" for suffix in suffixes}

_root: list[Path] = []


def set_root(root: str) -> None:
    """The folder, resolved; with ``""`` there is none."""
    _root[:] = [Path(root).resolve(strict=True)] if root else []


def names() -> list[str]:
    """The music files of the folder, without those of folders in it."""
    music = sorted(
        path.name
        for path in _folder().iterdir()
        if path.suffix.lower() in _READ and path.is_file() and not is_temporary(path.name)
    )
    return [name for name in music if _is_inside(_folder() / name)][:_MOST_NAMES]


def read(name: str) -> str:
    """The ABC text of a file. Raises `UsageError` for a name outside the folder, `FormatError`."""
    path = _inside(name)
    if path.suffix.lower() not in _READ:
        raise UsageError(f"{name}: only music is read: {' '.join(sorted(_READ))}")
    if not path.is_file():
        raise UsageError(f"there is no file {name} in the folder; list_files names those that are")
    return reading.read(read_limited(path, _MOST_BYTES, regular=True), name=name).text


def write(name: str, encode: Callable[[str], bytes], *, overwrite: bool) -> int:
    """Write what `encode` makes for the file's ending; the number of bytes.

    Raises `UsageError` for a name outside the folder, of another kind, or of a file that is there
    and not to be written over.
    """
    path = _inside(name)
    ending = path.suffix.lower()
    if ending not in EXTENSIONS:
        raise UsageError(f"{name}: no such kind of file; choose {' '.join(EXTENSIONS)}")
    if path.exists() and not (overwrite and path.is_file()):
        raise UsageError(f"{name} is there already; give another name, or ask to overwrite it")
    data = encode(ending)
    write_whole(path, data)
    return len(data)


def _folder() -> Path:
    if not _root:
        raise UsageError("no folder is open; start musicrnn mcp with --folder")
    return _root[0]


def _inside(name: str) -> Path:
    """The path of a plain file name in the folder, symbolic links followed."""
    path = _folder() / require_name(name, "the file's name")
    if not _is_inside(path):
        raise UsageError(f"{name} leads out of the folder")
    return path


def _is_inside(path: Path) -> bool:
    try:
        return path.resolve().parent == _folder()
    except (OSError, RuntimeError):  # a link in a circle
        return False
