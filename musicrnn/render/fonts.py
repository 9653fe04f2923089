"""Fonts of one's own, for the characters that the fonts verovio ships have not.

Those have Latin, Greek and Cyrillic. Arabic, Hebrew, Chinese and all else is drawn with a font
that the user names, or that fontconfig finds, shaped by HarfBuzz: letters that join are joined,
and what is written from right to left runs so.
"""

from __future__ import annotations

import shutil
import subprocess
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from musicrnn.errors import MissingExtraError, RenderError, UsageError
from musicrnn.render.engraver_client import shared_worker

__all__ = ["AUTO", "MIRRORED", "Font", "Fonts", "directed"]

#: In place of a font: whatever font of this machine has the character.
AUTO: Final = "auto"
#: Brackets, which look the other way in what is read from right to left.
MIRRORED: Final = str.maketrans("()[]{}<>«»‹›", ")(][}{><»«›‹")
_SUFFIXES: Final = (".ttf", ".otf", ".ttc", ".otc", ".woff", ".woff2")
_FONTCONFIG_SECONDS: Final = 20


class Font:
    """One font file. Raises `UsageError` for a file that is none, `RenderError` for one on which
    HarfBuzz crashes; that takes only the engraver's process along."""

    def __init__(self, path: Path) -> None:
        if find_spec("uharfbuzz") is None:
            raise MissingExtraError("a picture with a font of one's own", "score")
        self._path = path.absolute()
        described = self._asked("font")
        self.em: float = described["em"]
        self._first = [first for first, _ in described["characters"]]
        self._last = [last for _, last in described["characters"]]
        if not self._first:
            raise UsageError(f"{path}: not a font that can be read (TrueType, OpenType)")

    def __contains__(self, character: str) -> bool:
        at = bisect_right(self._first, ord(character)) - 1
        return at >= 0 and ord(character) <= self._last[at]

    def shapes(self, text: str, *, right_to_left: bool) -> list[tuple[str, float, float, float]]:
        """Path data, advance, and by how much to move it right and up, of each glyph from left to
        right, in units of the em."""
        answer = self._asked("shape", text=text, right_to_left=right_to_left)
        return [tuple(glyph) for glyph in answer["glyphs"]]

    def _asked(self, task: str, **request: Any) -> dict[str, Any]:
        try:
            return shared_worker()(task, path=str(self._path), **request)
        except RenderError as error:
            raise RenderError(f"{self._path.name}: {error}") from None


class Fonts:
    """The fonts that a user named, in order: files, names of installed ones, or `AUTO`."""

    def __init__(self, named: Iterable[str] = ()) -> None:
        self._automatic = False
        self._fonts: list[Font] = []
        for name in named:
            if name == AUTO:
                self._automatic = True
            else:
                self._fonts.append(_font(_place(name)))

    def __bool__(self) -> bool:
        return bool(self._fonts) or self._automatic

    def holding(self, character: str) -> Font | None:
        """The first font that has a character."""
        for font in self._fonts:
            if character in font:
                return font
        path = _installed(f":charset={ord(character):x}") if self._automatic else None
        if path is None or character not in (fitting := _font(path)):
            return None
        return fitting


def directed(text: str) -> Iterator[tuple[str, bool]]:
    """The stretches of a line from left to right as they are seen, each in the order in which it is
    read, and whether that is from right to left.

    After the Unicode Bidirectional Algorithm (UAX 9), without explicit embeddings, which a line of
    a title has not: neutral characters go with the letters on both sides of them, or the line.

    >>> list(directed("ab"))
    [('ab', False)]
    """
    ways = _ways(text)
    stretches = [
        ("".join(text[place] for place in places), way)
        for way, places in (
            (way, list(group)) for way, group in groupby(range(len(text)), ways.__getitem__)
        )
    ]
    base = next((way for way in map(_strong, text) if way is not None), False)
    yield from reversed(stretches) if base else stretches


def _ways(text: str) -> list[bool]:
    strong = [_strong(character) for character in text]
    base = next((way for way in strong if way is not None), False)
    numbers = [unicodedata.bidirectional(character) in ("EN", "AN") for character in text]
    ways = [False if number else way for way, number in zip(strong, numbers, strict=True)]
    resolved: list[bool] = []
    for place, way in enumerate(ways):
        if way is None:
            before = resolved[-1] if resolved else base
            after = next((w for w in ways[place + 1 :] if w is not None), base)
            resolved.append(before if before == after else base)
        else:
            resolved.append(way)
    return resolved


def _strong(character: str) -> bool | None:
    """Whether a character runs from right to left, None where it goes with its neighbours."""
    return {"L": False, "R": True, "AL": True}.get(unicodedata.bidirectional(character))


@lru_cache(maxsize=32)
def _font(path: Path) -> Font:
    return Font(path)


def _place(name: str) -> Path:
    """The file of a font that is named by its path or, where it is installed, by its name."""
    if Path(name).suffix.lower() in _SUFFIXES:
        if not Path(name).is_file():
            raise UsageError(f"{name}: no such font file")
        return Path(name)
    path = _installed(name)
    if path is None or not _is_called(path, name):
        raise UsageError(f"no font {name!r} is installed; name its file, or auto for any that fits")
    return path


@lru_cache(maxsize=4096)
def _installed(pattern: str) -> Path | None:
    """The file of the font that fontconfig takes for a pattern."""
    if shutil.which("fc-match") is None:
        return None
    words: Sequence[str] = ["fc-match", "-f", "%{file}", pattern]
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, check=False, timeout=_FONTCONFIG_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    path = Path(done.stdout)
    return path if done.returncode == 0 and path.suffix.lower() in _SUFFIXES else None


def _is_called(path: Path, name: str) -> bool:
    """Whether the font is the one that was meant: fontconfig answers with some font always."""
    plain = "".join(filter(str.isalnum, name)).lower()
    done = subprocess.run(
        ["fc-scan", "-f", "%{family} %{fullname} ", str(path)],
        capture_output=True, text=True, check=False, timeout=_FONTCONFIG_SECONDS,
    )  # fmt: skip
    return plain in "".join(filter(str.isalnum, done.stdout)).lower()
