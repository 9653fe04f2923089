"""Where the files that travel with the package lie, in a wheel and in a checkout alike."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import platformdirs

from musicrnn.errors import UsageError

__all__ = ["cache_folder", "child_environment", "data_folder"]

_PACKAGE = Path(__file__).resolve().parent


def data_folder(name: str) -> Path:
    """The folder ``corpora`` or ``soundfonts``: inside the wheel, or at the checkout's top."""
    installed = _PACKAGE / "_data" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


def child_environment() -> dict[str, str]:
    """The environment of a process of this package: it finds the modules that this one finds, and
    none in the folder where the user happens to be, which may be a stranger's."""
    modules = os.pathsep.join(filter(None, sys.path))
    return {**os.environ, "PYTHONPATH": modules, "PYTHONSAFEPATH": "1"}


def cache_folder() -> Path:
    """Where derived files may be kept; ``MUSICRNN_CACHE`` overrides the platform's place.

    Nothing here is needed: whatever is missing is made again. Where the home cannot be written, it
    is a folder among the temporary files.
    """
    named = os.environ.get("MUSICRNN_CACHE")
    if named:
        return Path(named)
    usual = Path(platformdirs.user_cache_dir("musicrnn"))
    with suppress(OSError):
        if usual.is_absolute():  # without a home it begins with ~
            usual.mkdir(parents=True, exist_ok=True)
            if os.access(usual, os.W_OK):
                return usual
    return _without_home()


def _without_home() -> Path:
    """A folder of this user alone among the temporary files, where the home cannot be written.

    Raises `UsageError` where somebody else has made one of that name.
    """
    number = os.getuid() if hasattr(os, "getuid") else 0
    folder = Path(tempfile.gettempdir()) / f"musicrnn-{number}"
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    status = folder.lstat()
    foreign = hasattr(os, "getuid") and (status.st_uid != number or status.st_mode & 0o022)
    if foreign or not stat.S_ISDIR(status.st_mode):
        raise UsageError(f"{folder}: not this user's alone; set MUSICRNN_CACHE to a folder that is")
    return folder
