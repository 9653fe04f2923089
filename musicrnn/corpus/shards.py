"""A corpus as token ids on disk: ``.npy`` files and an index that NumPy alone can read.

    tokens/index.json               tokenizer, dtype, and of each shard: pieces, ids, SHA-256
           vocabulary.json
           train-00000.npy          the ids of its pieces end to end, without end tokens
           train-00000.starts.npy   int64: where each piece starts, and where the last one ends

Shards are memory-mapped: what is read is what is used, and forgotten under memory pressure. Each
file is written whole or not at all, the index last.
"""

from __future__ import annotations

import hashlib
import json
import os
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from musicrnn import tokens
from musicrnn.corpus.corpus import Corpus
from musicrnn.corpus.splitting import PARTS
from musicrnn.errors import CorpusError
from musicrnn.files import read_limited, replaced, require_name, write_whole
from musicrnn.stored import from_json, mapped
from musicrnn.tokens.vocabulary import Vocabulary
from musicrnn.version import __version__

__all__ = ["INDEX", "Pieces", "Shards", "is_packed", "pack"]

Ids = NDArray[np.unsignedinteger[Any]]

INDEX = "index.json"
#: A shard is closed when it holds this many ids.
SHARD_IDS = 1 << 24
#: Bytes of an index, or of a vocabulary: a line for each of a hundred thousand shards.
MOST_INDEX_BYTES = 1 << 24


def pack(corpus: Corpus, folder: Path, tokenizer: tokens.Tokenizer) -> Shards:
    """Write all pieces of `corpus` as ids into `folder`, one shard after the other.

    Raises `VocabularyError` for a piece with a token that `tokenizer` does not know.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / INDEX).unlink(missing_ok=True)
    count = len(tokenizer.vocabulary)
    dtype = np.dtype(np.uint8 if count <= 1 << 8 else np.uint16 if count <= 1 << 16 else np.uint32)
    parts = {}
    for part in PARTS:
        pieces = (tokenizer.encode(piece) for piece in corpus.pieces(part))
        parts[part] = [
            _write(folder, f"{part}-{number:05}", group, dtype)
            for number, group in enumerate(_groups(pieces))
        ]
    write_whole(folder / "vocabulary.json", tokenizer.vocabulary.to_json())
    index = {
        "musicrnn": __version__,
        "corpus": {"name": corpus.name, "digest": corpus.digest},
        "tokenizer": tokenizer.to_config(),
        "vocabulary_digest": tokenizer.vocabulary.digest,
        "dtype": dtype.str,
        "parts": parts,
    }
    write_whole(folder / INDEX, json.dumps(index, indent=1) + "\n")
    return Shards(folder)


def _groups(pieces: Iterator[list[int]]) -> Iterator[list[list[int]]]:
    """The pieces in groups of at least `SHARD_IDS` ids, the last one smaller."""
    group: list[list[int]] = []
    size = 0
    for ids in pieces:
        group.append(ids)
        size += len(ids)
        if size >= SHARD_IDS:
            yield group
            group, size = [], 0
    if group:
        yield group


def _write(folder: Path, stem: str, group: list[list[int]], dtype: np.dtype[Any]) -> dict[str, Any]:
    starts = np.array([0, *accumulate(len(ids) for ids in group)], np.int64)
    ids = np.empty(int(starts[-1]), dtype)
    for start, piece in zip(starts, group, strict=False):
        ids[start : start + len(piece)] = piece
    for name, array in ((f"{stem}.npy", ids), (f"{stem}.starts.npy", starts)):
        with replaced(folder / name) as temporary:
            np.save(temporary, array)
    digest = hashlib.sha256(ids.tobytes()).hexdigest()
    return {"file": f"{stem}.npy", "pieces": len(group), "ids": len(ids), "sha256": digest}


def is_packed(folder: str | os.PathLike[str]) -> bool:
    """Whether a folder holds packed shards."""
    return (Path(folder) / INDEX).is_file()


class Shards:
    """Packed token ids of a corpus, memory-mapped. Raises `CorpusError` where there are none."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        try:
            self.index: dict[str, Any] = from_json(self._text(INDEX))
            self._check_index()
            vocabulary = Vocabulary.from_json(
                self._text("vocabulary.json"), file=self.folder / "vocabulary.json"
            )
            self.tokenizer = tokens.from_config(self.index["tokenizer"], vocabulary)
        except FileNotFoundError as error:
            raise CorpusError(
                f"{error.filename}: missing; pack the corpus with musicrnn corpus build --tokens"
            ) from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CorpusError(f"{self.folder / INDEX}: damaged; pack the corpus again") from error

    def _text(self, name: str) -> str:
        return read_limited(self.folder / name, MOST_INDEX_BYTES, regular=True).decode("utf-8")

    def _check_index(self) -> None:
        """Raise for an index that is none, and for a shard outside the folder."""
        for part in PARTS:
            for shard in self.index["parts"][part]:
                require_name(shard["file"], f"{self.folder / INDEX}: the name of a shard")
                counts = shard["pieces"], shard["ids"]
                if not all(type(count) is int and count >= 0 for count in counts):
                    raise ValueError(f"{shard['file']}: {counts}")

    def part(self, name: str) -> Pieces:
        """The pieces of ``"train"``, ``"validation"`` or ``"test"``."""
        return Pieces(self.folder, self.index["parts"][name], len(self.tokenizer.vocabulary))


class Pieces(Sequence[Ids]):
    """The pieces of one part as ids, in corpus order, each read when it is asked for."""

    def __init__(self, folder: Path, shards: Sequence[dict[str, Any]], tokens: int) -> None:
        self._folder = folder
        self._tokens = tokens
        self._shards = shards
        self._ends = list(accumulate(shard["pieces"] for shard in shards))
        self._open: dict[int, tuple[Ids, NDArray[np.int64]]] = {}

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    @property
    def ids(self) -> int:
        """The number of ids of all pieces."""
        return sum(shard["ids"] for shard in self._shards)

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """The number of ids of each piece, int64: 8 bytes a piece, the one thing held in memory."""
        lengths = [np.diff(self._mapped(shard)[1]) for shard in range(len(self._shards))]
        return np.concatenate([np.empty(0, np.int64), *lengths])

    @overload
    def __getitem__(self, number: int) -> Ids: ...
    @overload
    def __getitem__(self, number: slice) -> list[Ids]: ...

    def __getitem__(self, number: int | slice) -> Ids | list[Ids]:
        if isinstance(number, slice):
            return [self[i] for i in range(*number.indices(len(self)))]
        if not -len(self) <= number < len(self):
            raise IndexError(number)
        number %= len(self)
        shard = bisect_right(self._ends, number)
        ids, starts = self._mapped(shard)
        place = number - (self._ends[shard - 1] if shard else 0)
        return ids[starts[place] : starts[place + 1]]

    def _mapped(self, shard: int) -> tuple[Ids, NDArray[np.int64]]:
        if shard not in self._open:
            path = self._folder / self._shards[shard]["file"]
            try:
                ids, starts = mapped(path), mapped(path.with_suffix(".starts.npy"))
            except (OSError, ValueError) as error:
                raise CorpusError(f"{path}: missing or damaged; pack the corpus again") from error
            if not _fits(self._shards[shard], ids, starts, self._tokens):
                raise CorpusError(f"{path}: does not match its index; pack the corpus again")
            self._open[shard] = (ids, starts)
        return self._open[shard]


def _fits(shard: dict[str, Any], ids: NDArray[Any], starts: NDArray[Any], tokens: int) -> bool:
    """Whether the arrays of a shard are what its index says, piece after piece, and each id is
    below `tokens`."""
    return bool(
        ids.ndim == starts.ndim == 1
        and ids.dtype.kind == "u"
        and starts.dtype == np.int64
        and (len(ids), len(starts)) == (shard["ids"], shard["pieces"] + 1)
        and starts[0] == 0
        and starts[-1] == len(ids)
        and np.all(np.diff(starts) >= 0)
        and int(ids.max(initial=0)) < tokens
    )
