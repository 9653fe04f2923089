"""Which places of this machine a file may name.

A recipe, a manifest or a model may come from a stranger, and a path in it may lead anywhere. It is
taken only where it lies beside the file itself, or in a place that a person has named on this
machine: to a command, or to `musicrnn.corpus.open`. For each place that was named an empty file
lies in the cache folder, called by a digest, so that nobody can read the places there. A path that
is not taken is not even looked for: the system might connect to somewhere to find it.
"""

from __future__ import annotations

import hashlib
import os
import shlex
from contextlib import suppress
from pathlib import Path

from musicrnn.errors import CorpusError
from musicrnn.files import is_address
from musicrnn.resources import cache_folder

__all__ = ["leads_out", "remember", "require_allowed", "was_named"]

#: Links that are followed on the way to one file, as systems have it.
MOST_LINKS = 40


def remember(place: str | os.PathLike[str]) -> None:
    """Keep that a person has named this file, folder or glob."""
    named = os.fspath(place)
    if not named or is_address(named):
        return
    with suppress(OSError):  # no home, a full disk: it will be asked for again
        mark = _mark(os.path.abspath(named))  # noqa: PTH100 - no link is to be looked at
        if not mark.exists():
            mark.parent.mkdir(parents=True, exist_ok=True)
            mark.touch()


def was_named(place: str | os.PathLike[str]) -> bool:
    """Whether a person has named this place, or a folder that it lies in."""
    named = os.fspath(place)
    if not named or is_address(named):
        return False
    with suppress(OSError):
        path = Path(os.path.abspath(named))  # noqa: PTH100 - no link is to be looked at
        return any(_mark(str(above)).is_file() for above in (path, *path.parents))
    return False


def require_allowed(place: str, *, file: str | os.PathLike[str], beside: Path | None) -> None:
    """Raise `CorpusError` unless `file` may name the place: it lies in the folder `beside`, where
    there is one, or a person has named it before."""
    own = beside is not None and not is_address(place) and not leads_out(place, beside)
    if not own and not was_named(place):
        raise CorpusError(
            f"{os.fspath(file)} names {place}, which lies elsewhere; if it is yours, say so once: "
            f"musicrnn corpus info {shlex.quote(place)}"
        )


def leads_out(path: str, folder: Path) -> bool:
    """Whether a path that begins in `folder` comes by links to a place that lies neither there nor
    in one that a person has named. What it leads to is not looked at."""
    top = os.path.abspath(folder)  # noqa: PTH100 - no link is to be looked at
    at = os.path.abspath(path)  # noqa: PTH100
    for _ in range(MOST_LINKS):
        if not _inside(at, Path(top)):
            return not was_named(at)
        link = _first_link(at, top)
        if link is None or was_named(link):
            return False
        rest = os.path.relpath(at, link)
        target = os.path.join(os.path.dirname(link), os.readlink(link))  # noqa: PTH115, PTH118, PTH120
        at = os.path.normpath(os.path.join(target, rest))  # noqa: PTH118
    return True


def _first_link(path: str, top: str) -> str | None:
    """The first part of a path below `top` that is a link."""
    at = top
    for part in Path(os.path.relpath(path, top)).parts:
        at = os.path.join(at, part)  # noqa: PTH118
        if os.path.islink(at):  # noqa: PTH114
            return at
    return None


def _inside(place: str, folder: Path) -> bool:
    """Whether a path, as it is spelled, lies in a folder or is that folder."""
    top = os.path.abspath(folder)  # noqa: PTH100
    path = os.path.abspath(place)  # noqa: PTH100
    return path == top or Path(top) in Path(path).parents


def _mark(path: str) -> Path:
    """The file that stands for a place."""
    return cache_folder() / "named" / hashlib.sha256(os.fsencode(path)).hexdigest()[:32]
