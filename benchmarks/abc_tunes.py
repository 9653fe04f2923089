"""The ABC tunes of the collections that music21 installs, for the benchmarks of `musicrnn.abc`."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from musicrnn import abc

__all__ = ["COLLECTIONS", "Found", "read_tunes"]

#: five folk collections and the Essen folk songs, as folders of music21's corpus
COLLECTIONS: Final = (
    "oneills1850", "ryansMammoth", "airdsAirs", "miscFolk", "josquin", "essenFolksong",
)  # fmt: skip


class Found(NamedTuple):
    """A tune, the text of its file, and where it was found."""

    tune: abc.ParsedTune
    text: str
    collection: str
    file: str


def corpus_folder() -> Path:
    """The corpora of the installed music21, found without importing it."""
    spec = importlib.util.find_spec("music21")
    if spec is None or spec.origin is None:
        sys.exit("this needs music21: pip install music21")
    return Path(spec.origin).parent / "corpus"


def read_tunes(names: Sequence[str] = COLLECTIONS, most: int | None = None) -> Iterator[Found]:
    """Every tune of the collections, or at most so many of each file."""
    for name in names:
        for path in sorted((corpus_folder() / name).glob("*.abc")):
            text = abc.decode(path.read_bytes()).replace("\r\n", " \n")
            for tune in abc.parse(text).tunes[:most]:
                yield Found(tune, text, name, path.name)
