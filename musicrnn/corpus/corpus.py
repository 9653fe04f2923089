"""A built corpus: what training, evaluation and statistics read."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from musicrnn.corpus import manifest as manifests
from musicrnn.corpus import places
from musicrnn.corpus.build import DONE, Progress, build, digest_of
from musicrnn.corpus.rules import Manifest
from musicrnn.corpus.splitting import PARTS
from musicrnn.errors import CorpusError, UsageError
from musicrnn.files import (
    is_address,
    read_limited,
    remove_temporary_files,
    require_name,
    temporary_name,
)
from musicrnn.formats import FORMATS
from musicrnn.parallel.workers import Workers
from musicrnn.piece import Piece, piece_of
from musicrnn.resources import cache_folder
from musicrnn.stored import from_json, require

__all__ = ["Corpus", "available", "open"]

#: Bytes that the description of a built corpus may have.
MOST_BYTES = 1 << 26
#: Characters of one piece.
MOST_LINE = 1 << 28


class Corpus:
    """The pieces of a corpus, in parts that do not overlap, and the report of how it was made.

    Nothing is held in memory: `pieces` reads the files anew each time it is called.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        """Open a finished corpus. Raises `CorpusError` where there is none."""
        self.folder = Path(folder)
        try:
            text = read_limited(self.folder / DONE, MOST_BYTES, regular=True)
            self.info: dict[str, Any] = from_json(text)
            self.name: str = require_name(self.info["name"], "the corpus's name")
            self.format: str = self.info["format"]
            self.digest: str = self.info["digest"]
            self.parts: dict[str, int] = self.info["parts"]
            require(self.format in FORMATS and isinstance(self.digest, str), "no format or digest")
            require(
                self.parts.keys() == set(PARTS)
                and all(type(n) is int and 0 <= n < 1 << 48 for n in self.parts.values()),
                "numbers of pieces that are none",
            )
            for name in ("manifest", "counts"):
                require(isinstance(self.info[name], dict), f"no {name}")
        except FileNotFoundError as error:
            raise CorpusError(
                f"{self.folder}: no finished corpus; make it with musicrnn corpus build"
            ) from error
        except (ValueError, KeyError, TypeError, AttributeError, UsageError) as error:
            raise CorpusError(f"{self.folder / DONE}: damaged; build the corpus again") from error

    @classmethod
    def open(
        cls,
        corpus: str | os.PathLike[str] | Manifest,
        *,
        remote: bool = False,
        workers: Workers | None = None,
    ) -> Corpus:
        """The corpus of that name, manifest, file, folder or glob, as `open` has it."""
        return open(corpus, remote=remote, workers=workers)

    def __len__(self) -> int:
        return sum(self.parts.values())

    def __repr__(self) -> str:
        return f"<Corpus {self.name}: {len(self)} pieces>"

    def pieces(self, split: str | None = None) -> Iterator[Piece]:
        """The pieces of ``"train"``, ``"validation"`` or ``"test"``, or all, in corpus order."""
        if split is not None and split not in PARTS:
            raise UsageError(f"a corpus has no part {split!r}; it has {', '.join(PARTS)}")
        for part in PARTS if split is None else (split,):
            path = self.folder / f"{part}.jsonl"
            if not path.is_file():  # opening a pipe would wait
                raise CorpusError(f"{path}: missing; build the corpus again")
            try:
                with path.open(encoding="utf-8", newline="\n") as file:
                    while line := file.readline(MOST_LINE):
                        yield piece_of(line)
            except UnicodeDecodeError as error:
                raise CorpusError(f"{path}: damaged; build the corpus again") from error

    @cached_property
    def report(self) -> dict[str, Any]:
        """``report.json``: counts, reasons, and an entry for each piece that was found."""
        report: dict[str, Any] = from_json((self.folder / "report.json").read_bytes())
        return report


def available() -> dict[str, Path]:
    """Name → manifest of the corpora that come with the package."""
    return manifests.manifest_files()


def open(  # noqa: A001 - as in gzip, tarfile
    corpus: str | os.PathLike[str] | Manifest,
    *,
    remote: bool = False,
    workers: Workers | None = None,
    progress: Progress | None = None,
) -> Corpus:
    """The corpus of that name, manifest, file, folder or glob; built now if it was not before.

    What was built is kept in the cache folder under a digest of the manifest, of every file's
    name, size and time, and of the code; whatever changes, the corpus is built again.

    With `remote`, addresses on the network (``s3://…``) are opened: say so where a person named
    them, and never of what was read from a model, a recipe or a run.
    """
    if not isinstance(corpus, Manifest):
        name = os.fspath(corpus)
        # A name is that of a shipped corpus wherever one is, as with models; ./NAME is a folder.
        # An address is not even looked for, lest the system does so on the network.
        local = name not in available() and (remote or not is_address(name))
        if local and (Path(name) / DONE).is_file():
            places.remember(name)
            return Corpus(name)
        corpus = manifests.load(name, remote=remote)
    digest, _ = digest_of(corpus)
    home = cache_folder() / "corpora"
    folder = home / f"{corpus.name}-{digest}"
    if not (folder / DONE).is_file():
        home.mkdir(parents=True, exist_ok=True)
        remove_temporary_files(home)
        # Built aside and renamed: another process may be building the same corpus just now.
        building = temporary_name(folder, ".new")
        try:
            build(corpus, building, workers=workers, progress=progress)
            if not (folder / DONE).is_file():
                shutil.rmtree(folder, ignore_errors=True)
                try:
                    building.rename(folder)
                except OSError:
                    if not (folder / DONE).is_file():
                        raise
        finally:
            shutil.rmtree(building, ignore_errors=True)
    return Corpus(folder)
