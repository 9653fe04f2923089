"""Bits per character on held-out tunes of irish.abc, the corpus of MIT's music lab.

    python benchmarks/irish.py FILE --recipe best     what this project reaches
    python benchmarks/irish.py FILE --recipe mit      the lab's own recipe, for its wall-clock
    python benchmarks/irish.py FILE --resume RUN      go on after a stop

The file is not part of this project. Protocol: tunes in file order are shuffled by
``random.Random(7)``; the first tenth is held out, training sees the other nine tenths alone. Held
out tunes are predicted as the file stands, headers too, each from a state of zero; a blank line
between two tunes is one token, the end of the piece. After each epoch: bits per character on both
sides and seconds of training; at the end the seconds until the figure of the MIT recipe, 1.50.

A GPU is used where there is one; characters a second stand in the epoch's line.
"""

from __future__ import annotations

import argparse
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console

from musicrnn import abc
from musicrnn.cli.progress import TrainingProgress
from musicrnn.errors import UsageError
from musicrnn.piece import Piece
from musicrnn.score import Key
from musicrnn.training.prepare import Prepared, prepare
from musicrnn.training.recipe import Recipe
from musicrnn.training.run_data import Dataset
from musicrnn.training.trainer import Trainer

RECIPES = {
    "mit": {"name": "irish-mit", "seed": 1, "model": {"units": [1024], "embedding": 256},
            "training": {"epochs": 20, "patience": 3, "batching": "windows", "batch": 64,
                         "length": 100, "rate": 1e-3, "schedule": "constant", "warmup": 0.0,
                         "clip_norm": 0.0}},
    "best": {"name": "irish-best", "seed": 1,
             "model": {"units": [640], "embedding": 64, "dropout": 0.3,
                       "attention": 256, "attention_width": 64},
             "training": {"epochs": 24, "patience": 8, "batching": "tunes", "batch": 16,
                          "length": 128, "rate": 3e-3, "weight_decay": 0.05, "average": 0.99,
                          "samples_every": 0}},
}  # fmt: skip

#: What the MIT recipe reaches here.
MIT_BITS = 1.50


@dataclass(frozen=True)
class Tunes:
    """The two sides, as raw text; see the head of the file."""

    train: list[str]
    held_out: list[str]

    @classmethod
    def read(cls, file: Path) -> Tunes:
        found = [tune.rstrip() for tune in re.split(r"(?m)^(?=X:)", file.read_text("utf-8"))[1:]]
        random.Random(7).shuffle(found)
        tenth = len(found) // 10
        return cls(found[tenth:], found[:tenth])

    def pieces(self, split: str | None = None) -> Iterator[Piece]:
        """As text: the model sees the file's own spelling."""
        sides = {"train": self.train, "validation": self.held_out}
        for side in sides if split is None else (split,):
            yield from (Piece("text", tune + "\n") for tune in sides[side])


def transposed(tune: str, key: Key) -> str | None:
    """A raw tune in another key of its mode, in the file's own spelling; None where it fails."""
    try:
        moved = abc.write(abc.transpose(abc.parse(tune).tunes[0], to=key)).splitlines()
    except (UsageError, IndexError):
        return None
    before = tune.splitlines()
    if len(moved) != len(before):
        return None
    lines = []
    for old, new in zip(before, moved, strict=True):
        if old.startswith("K:"):
            lines.append(re.sub(r"K:\s*[A-G][#b]?", f"K:{key.tonic}", old))
        elif re.match(r"[A-Z]:", old):
            lines.append(old)
        else:
            lines.append(new + "!" * old.rstrip().endswith("!"))
    return "\n".join(lines)


def with_transpositions(prepared: Prepared, tunes: Tunes) -> Prepared:
    """Each training tune also in the keys of its mode that training tunes stand in."""
    homes = [abc.parse(tune).tunes[0].key for tune in tunes.train]
    keys = {abc.parse_key(home) for home in homes if homes.count(home) >= 5}
    ids = prepared.start.vocabulary
    groups = []
    for tune, home, variants in zip(tunes.train, homes, prepared.dataset.train, strict=True):
        mine = abc.parse_key(home)
        others = sorted(str(key) for key in keys if key.mode == mine.mode and key != mine)
        moved = [transposed(tune, abc.parse_key(key)) for key in others]
        texts = [text + "\n" for text in moved if text and all(c in ids for c in text)]
        groups.append([*variants, *(np.asarray(ids.encode(text), np.uint32) for text in texts)])
    dataset = Dataset(groups, prepared.dataset.validation)
    return Prepared(prepared.recipe, prepared.start, dataset)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--recipe", choices=RECIPES, default="best")
    parser.add_argument("--no-transpose", action="store_true", help="learn tunes as they stand")
    parser.add_argument("--set", action="append", default=[], help="training.epochs=3, and so on")
    parser.add_argument("--out", type=Path, help="the run's folder: runs/irish-RECIPE")
    parser.add_argument("--resume", type=Path)
    options = parser.parse_args()
    if options.resume:
        trainer = Trainer.resume(options.resume)
    else:
        tunes = Tunes.read(options.file)
        recipe = Recipe.from_dict(RECIPES[options.recipe]).changed(options.set)
        prepared = prepare(recipe, tunes)
        if options.recipe == "best" and not options.no_transpose:
            prepared = with_transpositions(prepared, tunes)
        trainer = Trainer.begin(options.out or Path("runs") / recipe.name, prepared)
    trainer.train(TrainingProgress(Console(stderr=True)))
    position = trainer.position
    reached = [line for line in position.log if line["validation_bits"] <= MIT_BITS]
    print(f"parameters            {trainer.start.parameters:,}")
    print(f"validation best       {position.best:.3f} bits, epoch {position.best_epoch}")
    print(f"seconds to {MIT_BITS:.2f}       {reached[0]['seconds'] if reached else 'not reached'}")


if __name__ == "__main__":
    main()
