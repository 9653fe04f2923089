"""Where the files that travel with the package lie, in a wheel and in a checkout alike."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

__all__ = ["cache_folder", "data_folder"]

_PACKAGE = Path(__file__).resolve().parent


def data_folder(name: str) -> Path:
    """The folder ``corpora`` or ``soundfonts``: inside the wheel, or at the checkout's top."""
    installed = _PACKAGE / "_data" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


def cache_folder() -> Path:
    """Where derived files may be kept; ``MUSICRNN_CACHE`` overrides the platform's place.

    Nothing here is needed: whatever is missing is made again.
    """
    return Path(os.environ.get("MUSICRNN_CACHE") or platformdirs.user_cache_dir("musicrnn"))
