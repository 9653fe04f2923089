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

from musicrnn.errors import CorpusError
from musicrnn.files import write_whole

__all__ = ["HELD_OUT_SHARE", "Dataset"]

Ids = npt.NDArray[Any]

#: The share of each piece that is held out where no whole piece can be.
HELD_OUT_SHARE = 0.1


@dataclass(frozen=True)
class Dataset:
    """`train` holds, for each piece, its variants (the piece itself, then transpositions);
    `validation` those of the validation split as they stand. All are ids without end tokens.
    """

    train: Sequence[Sequence[Ids]]
    validation: Sequence[Ids]

    @classmethod
    def holding_out_ends(cls, train: Sequence[Sequence[Ids]]) -> Dataset:
        """A corpus too small to hold whole pieces out: of each, the last `HELD_OUT_SHARE` is.

        Raises `CorpusError` when not one piece has so many ids that a part can be held out.
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
        flat = [variant for variants in self.train for variant in variants]
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
            data = path.read_bytes()
            if hashlib.sha256(data).hexdigest() != digest:
                raise CorpusError(f"{path}: altered since the run began; start a new run")
            arrays = load_tensors(data)
        except (OSError, SafetensorError) as error:
            raise CorpusError(f"{path}: cannot be read; start a new run") from error
        flat = _split(arrays["train.ids"], arrays["train.lengths"])
        ends = np.cumsum(arrays["train.variants"])
        train = [flat[end - n : end] for end, n in zip(ends, arrays["train.variants"], strict=True)]
        return cls(train, _split(arrays["validation.ids"], arrays["validation.lengths"]))


def _cut(ids: Ids) -> int:
    """Where the held-out end of a piece begins."""
    return len(ids) - int(len(ids) * HELD_OUT_SHARE)


def _split(ids: Ids, lengths: npt.NDArray[np.int64]) -> list[Ids]:
    return np.split(ids, np.cumsum(lengths)[:-1]) if len(lengths) else []
