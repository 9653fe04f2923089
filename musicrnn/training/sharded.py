"""Training on packed shards: a run that reads its ids where they lie, however many there are.

A run on a corpus keeps a copy of its ids; a run on shards keeps their address and the digest of
their index, which names the SHA-256 of each shard. What it holds in memory is the length of each
piece (see `ordered`) and the piece it is reading.
"""

from __future__ import annotations

import hashlib
import json
import shlex
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from musicrnn.corpus.build import DONE
from musicrnn.corpus.places import remember, was_named
from musicrnn.corpus.shards import INDEX, Pieces, Shards
from musicrnn.errors import CorpusError, UsageError
from musicrnn.files import is_address, read_limited, write_whole
from musicrnn.models.bundle import Bundle
from musicrnn.stored import from_json
from musicrnn.training.prepare import Prepared, assembled
from musicrnn.training.recipe import Recipe
from musicrnn.training.run_data import Dataset

__all__ = ["ShardDataset", "load_dataset", "prepare_shards"]

#: Beside the place of a run's own ids: where the shards lie.
POINTER = "shards.json"
MOST_POINTER = 1 << 16


@dataclass(frozen=True)
class ShardDataset:
    """The two sides of packed shards that a run needs, memory-mapped."""

    folder: Path
    train: Pieces
    validation: Pieces

    @classmethod
    def open(cls, shards: Shards) -> ShardDataset:
        """Raises `CorpusError` for a split without a piece."""
        made = cls(shards.folder.absolute(), shards.part("train"), shards.part("validation"))
        for side, pieces in (("training", made.train), ("validation", made.validation)):
            if not len(pieces):
                raise CorpusError(f"{shards.folder}: the {side} split is empty; pack more pieces")
        return made

    def epoch_pieces(self, _: np.random.Generator) -> Pieces:
        """Every training piece once, as it was packed."""
        return self.train

    def save(self, path: Path) -> str:
        """Write beside `path` where the shards lie; returns the digest that names their content."""
        remember(self.folder)
        write_whole(path.with_name(POINTER), json.dumps({"shards": str(self.folder)}) + "\n")
        return _digest(self.folder)

    @classmethod
    def load(cls, pointer: Path, digest: str, *, trusted: bool = False) -> ShardDataset:
        """What `save` pointed to, if that was on this machine or the pointer is `trusted`.

        Raises `CorpusError` when it is gone, was packed anew, or nobody has named it here.
        """
        try:
            named = from_json(read_limited(pointer, MOST_POINTER, regular=True))["shards"]
        except (UsageError, ValueError, KeyError, TypeError) as error:
            raise CorpusError(f"{pointer}: damaged; start a new run") from error
        if not isinstance(named, str) or is_address(named):
            raise CorpusError(f"{pointer}: names no folder of this machine; start a new run")
        if not trusted and not was_named(named):
            raise CorpusError(
                f"{pointer} names {named}, which lies elsewhere; if it is yours, say so once: "
                f"musicrnn train {shlex.quote(named)} --resume {shlex.quote(str(pointer.parent))}"
            )
        folder = Path(named)
        shards = Shards(folder)
        if _digest(folder) != digest:
            raise CorpusError(f"{folder}: packed anew since the run began; start a new run")
        return cls.open(shards)


def _digest(folder: Path) -> str:
    return hashlib.sha256((folder / INDEX).read_bytes()).hexdigest()


def load_dataset(path: Path, digest: str, *, trusted: bool = False) -> Dataset | ShardDataset:
    """The data of a run: its own ids at `path`, or the shards that it points to; `trusted` is for
    workers of a process that has looked at where they lie.

    Raises `CorpusError` when they are missing or altered.
    """
    pointer = path.with_name(POINTER)
    if pointer.is_file():
        return ShardDataset.load(pointer, digest, trusted=trusted)
    return Dataset.load(path, digest)


def prepare_shards(recipe: Recipe, shards: Shards, *, base: Bundle | None = None) -> Prepared:
    """`prepare.prepare` for a corpus that is packed already, with the tokenizer it was packed by.

    Raises `UsageError` where recipe or `base` want other tokens than those that were packed.
    """
    tokenizer = shards.tokenizer
    if recipe.training.transpose:
        raise UsageError(
            f"{shards.folder}: shards hold each piece in its own key alone; "
            "set training.transpose = false"
        )
    if recipe.tokenizer["name"] != tokenizer.name:
        raise UsageError(
            f"{shards.folder}: packed as {tokenizer.name} tokens, the recipe wants "
            f"{recipe.tokenizer['name']}; pack them again as those"
        )
    if base is not None and base.vocabulary.digest != tokenizer.vocabulary.digest:
        raise UsageError(
            f"{shards.folder}: packed with another vocabulary than that of {base.config.name}; "
            "to go on from that model, name the corpus itself instead of its shards"
        )
    built = shards.folder.parent
    recipe = replace(recipe, corpus=str(built if (built / DONE).is_file() else shards.folder))
    dataset = ShardDataset.open(shards)
    counts = {"pieces": len(dataset.train), "held_out_pieces": len(dataset.validation)}
    return assembled(recipe, tokenizer, dataset, counts, base)
