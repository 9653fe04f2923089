"""The ids that a run learns from and is judged on, kept in the run's folder.

A run keeps its own copy, so that it can be resumed exactly even when the corpus has changed or
gone: one byte a character, two where the vocabulary has more than 256 tokens.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from musicrnn.errors import CorpusError, UsageError
from musicrnn.files import read_limited, write_whole
from musicrnn.stored import require

__all__ = ["HELD_OUT_SHARE", "Dataset"]

Ids = npt.NDArray[Any]

#: The share of each piece that is held out where no whole piece can be.
HELD_OUT_SHARE = 0.1
#: Bytes of the file of ids.
MOST_BYTES = 1 << 34


@dataclass(frozen=True)
class Dataset:
    """`train` holds, for each piece, its variants (the piece itself, then transpositions);
    `validation` those of the validation split as they stand. All are ids without end tokens.
    """

    train: Sequence[Sequence[Ids]]
    validation: Sequence[Ids]

    @property
    def flat(self) -> list[Ids]:
        """Every variant of every training piece."""
        return [variant for variants in self.train for variant in variants]

    @classmethod
    def holding_out_ends(cls, train: Sequence[Sequence[Ids]]) -> Dataset:
        """A corpus too small to hold whole pieces out: of each, the last `HELD_OUT_SHARE` is.

        Raises `CorpusError` when no piece has enough ids for a part of it to be held out.
        """
        kept, held_out = [], []
        for variants in train:
            kept.append([ids[: _cut(ids)] for ids in variants])
            held_out.append(variants[0][_cut(variants[0]) :])
        held_out = [ids for ids in held_out if len(ids)]
        if not held_out:
            raise CorpusError("too little to learn from and to hold a part out; add more music")
        return cls(kept, held_out)

    def epoch_pieces(self, rng: np.random.Generator) -> list[Ids]:
        """Every training piece once, in a variant drawn from `rng`: half of the time as it is."""
        chosen = []
        for variants in self.train:
            as_it_is = len(variants) == 1 or rng.random() < 0.5
            chosen.append(variants[0 if as_it_is else int(rng.integers(1, len(variants)))])
        return chosen

    def save(self, path: Path) -> str:
        """Write all ids to one file; returns its SHA-256."""
        flat = self.flat
        largest = max((int(ids.max()) for ids in [*flat, *self.validation] if len(ids)), default=0)
        dtype = np.uint8 if largest < 256 else np.uint16 if largest < 65536 else np.uint32
        arrays = {"train.variants": np.array([len(variants) for variants in self.train], np.int32)}
        for name, pieces in (("train", flat), ("validation", list(self.validation))):
            arrays[f"{name}.lengths"] = np.array([len(ids) for ids in pieces], np.int64)
            arrays[f"{name}.ids"] = np.concatenate([np.empty(0, dtype), *pieces], dtype=dtype)
        data = save_tensors(arrays)
        write_whole(path, data)
        return hashlib.sha256(data).hexdigest()

    @classmethod
    def load(cls, path: Path, digest: str) -> Dataset:
        """Read what `save` wrote. Raises `CorpusError` when it is missing or altered."""
        try:
            data = read_limited(path, MOST_BYTES, regular=True)
            if hashlib.sha256(data).hexdigest() != digest:
                raise CorpusError(f"{path}: altered since the run began; start a new run")
            arrays = load_tensors(data)
            flat = _split(arrays["train.ids"], arrays["train.lengths"])
            counts = arrays["train.variants"]
            train = [flat[end - n : end] for end, n in zip(np.cumsum(counts), counts, strict=True)]
            require(all(train) and sum(map(len, train)) == len(flat), "variants of no piece")
            return cls(train, _split(arrays["validation.ids"], arrays["validation.lengths"]))
        except (OSError, UsageError, SafetensorError, KeyError, TypeError, ValueError) as error:
            raise CorpusError(f"{path}: cannot be read; start a new run") from error


def _cut(ids: Ids) -> int:
    """Where the held-out end of a piece begins."""
    return len(ids) - int(len(ids) * HELD_OUT_SHARE)


def _split(ids: Ids, lengths: npt.NDArray[np.int64]) -> list[Ids]:
    """The ids cut into pieces. Raises `ValueError` where they are not so long."""
    if ids.ndim != 1 or ids.dtype.kind != "u" or lengths.ndim != 1 or lengths.dtype.kind != "i":
        raise ValueError("ids that are none")
    if (lengths < 0).any() or lengths.sum() != len(ids):
        raise ValueError("pieces longer than the ids")
    return np.split(ids, np.cumsum(lengths)[:-1]) if len(lengths) else []
