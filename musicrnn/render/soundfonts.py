"""Which SoundFont plays: the one asked for, else one from ``soundfonts/``, else pretty_midi's.

A SoundFont is a RIFF file of type ``sfbk`` (SoundFont Technical Specification 2.04, section 4).
"""

from __future__ import annotations

import os
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from musicrnn.errors import RenderError
from musicrnn.resources import data_folder

__all__ = ["EXTENSIONS", "find_soundfont", "is_known"]

EXTENSIONS = (".sf2", ".sf3")

#: Where Debian, Fedora and Homebrew put General MIDI SoundFonts; searched by name only.
_SYSTEM_FOLDERS = (
    "/usr/share/sounds/sf2",
    "/usr/share/soundfonts",
    "/opt/homebrew/share/soundfonts",
)


def find_soundfont(wanted: str | os.PathLike[str] | None = None) -> Path:
    """The path of a SoundFont that exists and looks like one.

    `wanted` is a path, or the bare name of a SoundFont in ``soundfonts/`` or in the system's
    folders (``FluidR3_GM``). None takes the first in ``soundfonts/`` by name, else the
    TimGM6mb that comes with pretty_midi. Raises RenderError.
    """
    path = _default() if wanted is None else _named(Path(wanted))
    _require_soundfont(path)
    return path


def is_known(path: Path) -> bool:
    """Whether a SoundFont was installed with this package or by the system, and not by a user."""
    folders = [data_folder("soundfonts"), *map(Path, _SYSTEM_FOLDERS)]
    with suppress(RenderError):
        folders.append(_from_pretty_midi().parent)
    return path.resolve().parent in [folder.resolve() for folder in folders]


def _default() -> Path:
    own = sorted(p for p in data_folder("soundfonts").glob("*") if p.suffix.lower() in EXTENSIONS)
    return own[0] if own else _from_pretty_midi()


def _from_pretty_midi() -> Path:
    """TimGM6mb.sf2 beside pretty_midi, found without importing it (that takes half a second)."""
    spec = find_spec("pretty_midi")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / "TimGM6mb.sf2"
        if path.is_file():
            return path
    raise RenderError("no SoundFont: name a file (.sf2), or pip install pretty_midi")


def _named(wanted: Path) -> Path:
    if wanted.is_file():
        return wanted
    if len(wanted.parts) == 1:
        names = [wanted.name] if wanted.suffix else [wanted.name + ext for ext in EXTENSIONS]
        folders = [data_folder("soundfonts"), *map(Path, _SYSTEM_FOLDERS)]
        for path in (folder / name for folder in folders for name in names):
            if path.is_file():
                return path
        if wanted.stem == "TimGM6mb":
            return _from_pretty_midi()
    raise RenderError(f"{wanted}: no such SoundFont; give the path of an .sf2 file")


def _require_soundfont(path: Path) -> None:
    if not path.is_file():  # opening a pipe would wait
        raise RenderError(f"{path}: not an ordinary file; give an .sf2 file")
    with path.open("rb") as file:
        head = file.read(12)
    if head[:4] != b"RIFF" or head[8:12] != b"sfbk":
        raise RenderError(f"{path}: not a SoundFont (no RIFF sfbk header); give an .sf2 file")
