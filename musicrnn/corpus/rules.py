"""The rules of a corpus as plain values: its sources, how they are cleaned, how they are split.

`manifest` reads them from TOML; everything else of this package only uses them.
"""

from __future__ import annotations

import importlib.util
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from musicrnn.errors import CorpusError, install_command
from musicrnn.files import is_address, require_name

__all__ = ["Clean", "Manifest", "RhythmRange", "Source", "Split"]

#: What a manifest is told by whoever reads it, and no file may say.
NOT_IN_FILES = ("base", "remote", "confined")

OPENINGS = ("notes", "beats")
NOTATIONS = ("source", "players")


@dataclass(frozen=True, slots=True)
class RhythmRange:
    """Tunes numbered `first` … `last` (their ``X:``) are of `rhythm` where they name none."""

    first: int
    last: int
    rhythm: str


@dataclass(frozen=True, slots=True)
class Source:
    """Files that belong together. `path` may be a file, folder, glob, archive or address;
    relative paths count from the manifest, or from the package's folder. `opening`, ``notes`` or
    ``beats``, is by what settings of one tune are known (`record.melody_keys`). `style` is the
    tradition that its ABC tunes are of, in a word: it stands in their ``O:`` field."""

    name: str
    path: str
    title: str = ""
    package: str = ""
    licence: str = ""
    rhythms: tuple[RhythmRange, ...] = ()
    opening: str = OPENINGS[0]
    style: str = ""

    def __post_init__(self) -> None:
        if self.opening not in OPENINGS:
            raise CorpusError(
                f"source {self.name}: opening is {' or '.join(OPENINGS)}, not {self.opening}"
            )

    def address(self, base: Path) -> str:
        """Where the source lies on this machine. Raises `CorpusError` if it cannot be known."""
        if self.package:
            if not self.package.isidentifier():  # of a dotted name, find_spec imports the parents
                raise CorpusError(f"source {self.name}: {self.package!r} is no name of a package")
            spec = importlib.util.find_spec(self.package)
            if spec is None or spec.origin is None:
                # A stranger's file may not have any package installed.
                ours = self.package == "music21"
                how = f": {install_command('corpora')}" if ours else ", which is not installed"
                raise CorpusError(f"the source {self.name} comes with {self.package}{how}")
            return str(Path(spec.origin).parent / self.path)
        if is_address(self.path) or Path(self.path).is_absolute():
            return self.path
        return str(base / self.path)


@dataclass(frozen=True, slots=True)
class Clean:
    """What is kept of an ABC tune, and which tunes are.

    `fields` keeps tunes that change key, metre or unit length on their way; `strict` rejects
    those that the strict checker warns of. Lengths are of the whole cleaned tune. Pieces
    in another metre than `meters` (empty: any) are left out. `notation` is that of the ``source``
    or one for each dance, that of ``players`` of today (`notation`); with `mend`, a tune comes in
    whose bars do not add up but can be repaired without guessing a note. For text,
    `pieces` says what one piece is: ``line``, ``paragraph`` or ``file``. With
    `voices` = 4 what is not in four voices, or changes its metre, is left out; 0 asks for nothing.
    """

    chords: bool = False
    slurs: bool = False
    decorations: tuple[str, ...] = ("roll", "trill")
    fields: bool = False
    strict: bool = True
    least_bars: int = 4
    most_characters: int = 4000
    pieces: str = "paragraph"
    meters: tuple[str, ...] = ()
    notation: str = NOTATIONS[0]
    mend: bool = False
    voices: int = 0

    def __post_init__(self) -> None:
        if self.notation not in NOTATIONS:
            raise CorpusError(f"notation is {' or '.join(NOTATIONS)}, not {self.notation}")
        if self.voices not in (0, 4):
            raise CorpusError(f"clean.voices is {self.voices}; choose 4, or 0 for any music")


@dataclass(frozen=True, slots=True)
class Split:
    """The share of each part, and the seed that says which tune falls where."""

    seed: int = 0
    train: float = 0.90
    validation: float = 0.05
    test: float = 0.05

    def __post_init__(self) -> None:
        shares = (self.train, self.validation, self.test)
        if min(shares) < 0 or abs(sum(shares) - 1) > 1e-6:
            raise CorpusError(f"the shares of a split add up to 1, not {sum(shares):g}")


@dataclass(frozen=True, slots=True)
class Manifest:
    """One corpus: its sources in order (the first of several duplicates is kept), its rules.

    With `remote`, sources may lie on the network; those of a `confined` one only in the folder
    `base`, whatever links lie there, and where a person has named a place. Raises `UsageError` for
    a name that is not one plain component of a path, since a corpus is kept in a folder of its
    name.
    """

    name: str
    format: str
    sources: tuple[Source, ...]
    title: str = ""
    description: str = ""
    split: Split = Split()
    clean: Clean = Clean()
    base: Path = field(default=Path(), compare=False)
    remote: bool = field(default=False, compare=False)
    confined: bool = field(default=False, compare=False)

    def __post_init__(self) -> None:
        require_name(self.name, "the corpus's name")

    def to_json(self) -> str:
        """Everything that decides the result, as one line of JSON."""
        content = asdict(self)
        for name in NOT_IN_FILES:
            del content[name]
        return json.dumps(content, ensure_ascii=False, sort_keys=True)
