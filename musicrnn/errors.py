"""Every error a user can meet, in one tree.

    MusicRNNError
    ├── UsageError        what was asked for makes no sense (a metre of 4/0, a key of H)
    ├── CorpusError       a corpus cannot be read or built
    ├── FormatError       a file is not what it claims to be
    │   ├── AbcError
    │   ├── MidiError
    │   └── TextError
    ├── VocabularyError   a token that the model does not know
    ├── ModelError        a bundle that is missing, damaged, of another version or vocabulary
    ├── RenderError       no synthesizer, no SoundFont, a failed conversion
    └── MissingExtraError an optional dependency is not installed

The command line prints ``str(error)`` on one line and exits 1, so a message is one line, names
what was wrong, and says how to mend it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

__all__ = [
    "AbcError",
    "CorpusError",
    "FormatError",
    "MidiError",
    "MissingExtraError",
    "ModelError",
    "MusicRNNError",
    "RenderError",
    "TextError",
    "UsageError",
    "VocabularyError",
    "choices",
    "counted",
    "install_command",
    "one_line",
    "want",
]


def counted(number: int, noun: str) -> str:
    """So many of what a noun names.

    >>> counted(1, "tune"), counted(2000, "bar")
    ('1 tune', '2,000 bars')
    """
    return f"{number:,} {noun}" + "s" * (number != 1)


def choices(name: str, known: Iterable[str]) -> str:
    """What to say of a `name` that is none of the `known`: the nearest of them, or all.

    >>> choices("flok", ["folk", "jazz"])
    'did you mean folk?'
    >>> choices("opera", ["folk", "jazz"])
    'there are folk, jazz'
    >>> choices("tin whistle", ["whistle-D", "whistle-G"])
    'did you mean whistle-D?'
    """
    import difflib  # what goes right needs none of these imports

    by_lower = {other.lower(): other for other in known}
    meant = name.strip().lower()
    word = meant.split()[-1] if meant else "-"
    longer = [other for other in by_lower if other.startswith(f"{word}-")]
    near = longer or difflib.get_close_matches(meant, by_lower, n=1)
    if near:
        return f"did you mean {by_lower[near[0]]}?"
    return f"there are {', '.join(by_lower.values())}" if by_lower else "there are none"


def install_command(extra: str) -> str:
    """The command that installs an extra from where this musicrnn came: the checkout in which the
    user stands, the folder that it was installed from, or else the package index."""
    return f"{_pip()} install {_quoted(f'{_origin()}[{extra}]')}"


def _pip() -> str:
    """The pip of the environment that runs: where it is not the active one (``.venv/bin/musicrnn``,
    a notebook's kernel), plain ``pip`` would install into another."""
    active = os.environ.get("VIRTUAL_ENV")
    own = Path(sys.prefix)
    if sys.prefix == sys.base_prefix or (active and Path(active).resolve() == own.resolve()):
        return "pip"
    pip = own / ("Scripts" if os.name == "nt" else "bin") / "pip"
    return _quoted(str(pip.relative_to(Path.cwd()) if pip.is_relative_to(Path.cwd()) else pip))


def _origin() -> str:
    """What pip is given to install musicrnn again."""
    import json
    from importlib import metadata
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    if _is_checkout(Path.cwd()):
        return "."
    package = Path(__file__).resolve().parent.parent
    if _is_checkout(package):
        return str(package)
    with suppress(metadata.PackageNotFoundError, ValueError, KeyError, TypeError):
        said = metadata.distribution("musicrnn").read_text("direct_url.json")
        address = urlsplit(json.loads(said or "{}")["url"])
        folder = Path(url2pathname(address.path))
        if address.scheme == "file" and _is_checkout(folder):
            return str(folder)
    return "musicrnn"


def _is_checkout(folder: Path) -> bool:
    import tomllib

    with suppress(OSError, ValueError, KeyError, TypeError):
        project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
        return bool(project["name"] == "musicrnn")
    return False


def _quoted(text: str) -> str:
    import shlex

    return f'"{text}"' if os.name == "nt" else shlex.quote(text)


def one_line(text: str) -> str:
    r"""`text` with line breaks, control characters and lone surrogates shown as escapes.

    Messages quote what a file or a visitor says; none of it may end a line of a log, or tell a
    terminal what to do.

    >>> one_line("My\ntune")
    'My\\ntune'
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class MusicRNNError(Exception):
    """The root of all errors that musicrnn raises on purpose."""


class UsageError(MusicRNNError):
    """What was asked for makes no sense; the message says what would."""


def want(value: object, kinds: type | tuple[type, ...], wanted: str) -> None:
    """Raise `UsageError` where an argument is none of `kinds`; `wanted` says what it should be.

    >>> want("x", int, "transposed wants a whole number of semitones")
    Traceback (most recent call last):
    musicrnn.errors.UsageError: transposed wants a whole number of semitones, not 'x'
    """
    if not isinstance(value, kinds):
        shown = repr(value)
        raise UsageError(f"{wanted}, not {shown if len(shown) <= 40 else f'{shown[:37]}...'}")


class CorpusError(MusicRNNError):
    """A corpus cannot be found, read or built."""


class FormatError(MusicRNNError):
    """A file or text is not well formed.

    `file` is the name shown to the user, `line` and `column` count from 1; for binary formats
    `byte` is the offset from the start of the file. Any of them may be unknown (None). The
    place is put before the message, as compilers do: ``song.abc:7:12: message``.
    """

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        line: int | None = None,
        column: int | None = None,
        byte: int | None = None,
    ) -> None:
        self.message = message
        self.file = file
        self.line = line
        self.column = column
        self.byte = byte
        place = [str(part) for part in (file, line, column) if part is not None]
        if byte is not None:
            place.append(f"byte {byte}")
        super().__init__(": ".join([":".join(place), message]) if place else message)


class AbcError(FormatError):
    """ABC text that cannot be read."""


class MidiError(FormatError):
    """A MIDI file that cannot be read."""


class TextError(FormatError):
    """Plain text that cannot be read (not UTF-8, empty)."""


class VocabularyError(MusicRNNError):
    """A token that the model does not know, or a vocabulary that does not fit the model."""


class ModelError(MusicRNNError):
    """A bundle that is missing, damaged, of another version or with another vocabulary."""


class RenderError(MusicRNNError):
    """Sound, picture or another file could not be made: no synthesizer, no SoundFont, …"""


class MissingExtraError(MusicRNNError):
    """An optional dependency is not installed; the message is the command that installs it."""

    def __init__(self, purpose: str, extra: str) -> None:
        self.extra = extra
        super().__init__(f"{purpose} needs an optional part: {install_command(extra)}")
