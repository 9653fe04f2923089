"""The folder of one training run.

    run/
      recipe.toml        the recipe as it was trained
      data.safetensors   the ids it learns from and is judged on; for a run on packed shards
                         instead shards.json, which says where they lie
      log.jsonl          one line an epoch
      loss.svg           the same as a picture
      samples/           what the model writes, every few epochs
      best/              the bundle to use: that with the best held-out figure so far, or the last
      checkpoints/       the last checkpoint: a bundle and what training needs to go on

A checkpoint gets a name of its own and is renamed into place when it is on disk, and only then
is the one before it removed: whenever a run is killed, a whole checkpoint is there.
"""

from __future__ import annotations

import json
import math
import re
import shutil
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from musicrnn.config_values import from_values
from musicrnn.errors import ModelError, UsageError
from musicrnn.files import locked, read_limited, remove_temporary_files, temporary_name, write_whole
from musicrnn.models.bundle import BEST, Bundle
from musicrnn.stored import from_json, require
from musicrnn.training.recipe import Recipe

__all__ = ["Run", "TrainingState"]

NUMBERS = "numbers.safetensors"
POSITION = "position.json"

_CHECKPOINT = re.compile(r"\d{6,}-\d{8,}")
#: Bytes of one file of a checkpoint: weights, their average and two moments of each.
MOST_BYTES = 1 << 34
#: Bytes of its log.
MOST_LOG = 1 << 28


@dataclass
class TrainingState:
    """Where a run stands: what a checkpoint holds besides its tensors.

    `epoch` and `step` are the next ones to do; `nats` and `tokens` sum over the epoch so far;
    `best` is the lowest validation loss so far, in bits per token; `seconds` is the time spent
    training; `data_digest` names the data.
    """

    data_digest: str
    dropout_seed: int
    epoch: int = 0
    step: int = 0
    nats: float = 0.0
    tokens: int = 0
    best: float | None = None
    best_epoch: int = 0
    epochs_without_improvement: int = 0
    seconds: float = 0.0
    finished: str = ""
    log: list[dict[str, Any]] = field(default_factory=list)

    @property
    def bits(self) -> float:
        """The epoch's mean loss so far, in bits per token."""
        return self.nats / max(self.tokens, 1) / math.log(2)

    def check(self) -> None:
        """Raise `ValueError` for values that no run reaches."""
        counts = (
            self.epoch,
            self.step,
            self.tokens,
            self.best_epoch,
            self.epochs_without_improvement,
        )
        sums = self.nats, self.seconds, self.best or 0.0
        if min(counts) < 0 or max(counts) >= 1 << 53 or not all(map(math.isfinite, sums)):
            raise ValueError("a position that no run has")
        if not 0 <= self.dropout_seed < 1 << 31:
            raise ValueError("a seed that no run has")

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """The inverse of `to_bytes`. Raises `ValueError` or `UsageError` for anything else."""
        values = from_json(text)
        if isinstance(values, dict) and "stale" in values:  # its name in older checkpoints
            values["epochs_without_improvement"] = values.pop("stale")
        return from_values(cls, values, "position")

    def to_bytes(self) -> bytes:
        """JSON; floats come back exactly."""
        return json.dumps(asdict(self), indent=1).encode()


class Run:
    """A run's folder: what is written there and how it is found again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        #: whether the process that started the work locks the folder, as for workers of a cluster
        self.shared = False
        self.recipe_path = folder / "recipe.toml"
        self.data_path = folder / "data.safetensors"
        self.log_path = folder / "log.jsonl"
        self.picture_path = folder / "loss.svg"
        self.samples = folder / "samples"
        self.best = folder / BEST
        self.checkpoints = folder / "checkpoints"
        self.tensorboard = folder / "tensorboard"

    # --- starting and finding -------------------------------------------------------------

    @classmethod
    def create(cls, folder: Path, *, needed: int) -> Run:
        """A new, empty run. `needed` is the bytes it will take.

        Raises `UsageError` when there is a run already, the folder cannot be written or the disk
        has not that much room: now, not after an hour.
        """
        run = cls(folder)
        if run.checkpoints.is_dir() and run._checkpoints():
            raise UsageError(
                f"{folder}: holds a run already; go on with: musicrnn train --resume {folder}, "
                "or name another folder"
            )
        run.check_links()
        try:
            for path in (folder, run.checkpoints, run.samples):
                path.mkdir(parents=True, exist_ok=True)
            trial = temporary_name(folder / "trial")
            trial.write_bytes(b"x")
            trial.unlink()
        except OSError as error:
            raise UsageError(
                f"{folder}: cannot be written ({error.strerror}); name another folder"
            ) from error
        run.check_room(needed)
        return run

    @classmethod
    def open(cls, folder: Path) -> Run:
        """A run that was begun. Raises `UsageError` when there is none."""
        run = cls(folder)
        if not run.checkpoints.is_dir() or not run.recipe_path.is_file():
            raise run._no_run()
        return run

    def alone(self) -> AbstractContextManager[None]:
        """While this is open no other process trains in the folder; see `files.locked`."""
        return nullcontext() if self.shared else locked(self.folder, "training")

    def check_links(self) -> None:
        """Raise `UsageError` where a folder that training writes into is a link: in a run that a
        stranger made it leads to files of somebody else."""
        for path in (self.checkpoints, self.samples, self.best, self.tensorboard):
            if path.is_symlink():
                raise UsageError(f"{path}: a link; put the folder itself there to go on training")

    def check_room(self, needed: int) -> None:
        """Raise `UsageError` when the disk has less than `needed` bytes free."""
        free = shutil.disk_usage(self.folder).free
        if free < needed:
            raise UsageError(
                f"{self.folder}: the run needs {needed / 1e6:.0f} MB and the disk has "
                f"{free / 1e6:.0f} MB free; make room or name another folder"
            )

    @property
    def recipe(self) -> Recipe:
        """The recipe that this run follows. Raises `UsageError` where there is no run."""
        if not self.recipe_path.is_file():
            raise self._no_run()
        return Recipe.load(self.recipe_path)

    def _no_run(self) -> UsageError:
        return UsageError(f"{self.folder}: holds no training run; start one with: musicrnn train")

    # --- checkpoints ----------------------------------------------------------------------

    def save_checkpoint(
        self, bundle: Bundle, tensors: Mapping[str, npt.NDArray[Any]], position: TrainingState
    ) -> None:
        """Write a whole checkpoint, then remove the ones before it."""
        folder = self.checkpoints / f"{position.epoch:06}-{position.step:08}"
        extra = {NUMBERS: save_tensors(dict(tensors)), POSITION: position.to_bytes()}
        bundle.save(folder, extra=extra)
        for path in self._checkpoints():
            if path.name != folder.name:
                shutil.rmtree(path, ignore_errors=True)

    def _checkpoints(self) -> list[Path]:
        """The checkpoints, oldest first; nothing else that may lie in their folder."""
        return sorted(p for p in self.checkpoints.iterdir() if _CHECKPOINT.fullmatch(p.name))

    def load_checkpoint(self) -> tuple[Bundle, dict[str, npt.NDArray[Any]], TrainingState]:
        """The last checkpoint. Raises `ModelError` when there is none or it is damaged."""
        whole = self._checkpoints()
        if not whole:
            raise ModelError(f"{self.folder}: the run ended before its first checkpoint; start it")
        try:
            tensors = load_tensors(read_limited(whole[-1] / NUMBERS, MOST_BYTES, regular=True))
            text = read_limited(whole[-1] / POSITION, MOST_BYTES, regular=True)
            position = TrainingState.from_json(text)
            position.check()
        except (OSError, SafetensorError, ValueError, UsageError) as error:
            raise ModelError(f"{whole[-1]}: damaged; start a new run") from error
        return Bundle.load(whole[-1]), tensors, position

    def remove_temporary_files(self) -> None:
        """Remove what a killed process left under temporary names, and nothing else."""
        for folder in (self.folder, self.checkpoints, self.samples):
            remove_temporary_files(folder)

    # --- the log --------------------------------------------------------------------------

    def write_log(self, lines: list[dict[str, Any]], *, picture: bool = True) -> None:
        """Write `log.jsonl` and, with `picture`, `loss.svg` anew from all lines so far."""
        write_whole(self.log_path, "".join(json.dumps(line) + "\n" for line in lines))
        if picture:
            from musicrnn.training.curves import draw

            draw({self.folder.name: lines}, self.picture_path)

    def read_log(self) -> list[dict[str, Any]]:
        """The lines of `log.jsonl`. Raises `UsageError` when there is not one."""
        try:
            text = read_limited(self.log_path, MOST_LOG, regular=True).decode("utf-8")
            lines = [from_json(line) for line in text.splitlines()]
            require(all(_is_epoch(line) for line in lines), "a line that is none of an epoch")
        except (OSError, ValueError) as error:
            raise UsageError(f"{self.folder}: holds no log of a run with a whole epoch") from error
        if not lines:
            raise UsageError(f"{self.folder}: holds no log of a run with a whole epoch")
        return lines


def _is_epoch(line: object) -> bool:
    """Whether a line of a log holds the figures of an epoch."""
    return isinstance(line, dict) and all(
        isinstance(line.get(name), int | float) and math.isfinite(line[name])
        for name in ("epoch", "train_bits", "validation_bits", "seconds")
    )


def room_needed(parameters: int, states: int) -> int:
    """Bytes that a run may take: two checkpoints (weights, moving average, and of each its two
    moments, and the numbers of all `states`) while one replaces the other, two bundles for the
    best, and the small files.
    """
    numbers = 2 * (5 * parameters + states) + 2 * parameters
    return np.dtype(np.float32).itemsize * numbers + 20_000_000
