"""What workers do with a model: hold it, and draw tunes.

A worker process loads a model once and holds it. A task names everything that decides its result,
so it does not matter who does it, how often, or in ref order: blocks of tunes are cut as one
process cuts them, and come out the same to the last bit.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from musicrnn.errors import ModelError
from musicrnn.generation.model import BLOCK, Model, load
from musicrnn.generation.tune import Tune
from musicrnn.novelty.index import FILE_NAME, Index
from musicrnn.parallel.workers import Lost, Workers

__all__ = ["AS_LEARNED", "LoadedModel", "ModelRef", "drawn", "in_order", "loaded_model"]

#: What is measured is the model as it learned, and not what makes its tunes more careful.
AS_LEARNED = 1.0

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class ModelRef:
    """A model by name or folder, and the digest of what is in it."""

    name: str
    digest: str

    @classmethod
    def of(cls, model: Model) -> ModelRef:
        """The model that all workers are to hold."""
        return cls(os.fspath(model.bundle.folder or model.name), _digest(model))


@dataclass(frozen=True)
class LoadedModel:
    """A model, and an index of what it learned from, if it keeps one."""

    model: Model
    index: Index | None


@lru_cache(maxsize=1)
def loaded_model(ref: ModelRef) -> LoadedModel:
    """The model that this process holds, loaded when it is first asked for.

    Raises `ModelError` when another one lies there by now.
    """
    model = load(ref.name)
    if _digest(model) != ref.digest:
        raise ModelError(f"{ref.name}: another model than where the work was shared out")
    known = model.bundle.folder / FILE_NAME if model.bundle.folder else None
    return LoadedModel(model, Index.load(known) if known and known.is_file() else None)


def _digest(model: Model) -> str:
    """What the weights and the vocabulary are, as hexadecimal digits."""
    digest = hashlib.blake2b(model.bundle.vocabulary.digest.encode(), digest_size=16)
    for name, values in sorted(model.bundle.weights.items()):
        digest.update(name.encode() + values.tobytes())
    return digest.hexdigest()


def in_order(workers: Workers, function: Callable[[T], R], tasks: Sequence[T]) -> list[R]:
    """The results in the order of the tasks. Raises `ModelError` when one was lost."""
    done: dict[T, R] = {}
    for task, result in workers.map(function, tasks):
        if isinstance(result, Lost):
            raise ModelError(f"a part of the work could not be done: {result.why}; start it again")
        done[task] = result
    return [done[task] for task in tasks]


# --- tunes --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Draw:
    model: ModelRef
    seed: int
    first: int
    count: int
    options: tuple[tuple[str, Any], ...]


def drawn(workers: Workers, model: ModelRef, n: int, *, seed: int, **options: Any) -> list[Tune]:
    """The first `n` tunes of `seed`, in order; `options` are those of `Model.stream`."""
    asked = tuple(options.items())
    blocks = range(0, n, BLOCK)
    tasks = [_Draw(model, seed, first, min(BLOCK, n - first), asked) for first in blocks]
    return [tune for tunes in in_order(workers, _draw, tasks) for tune in tunes]


def _draw(task: _Draw) -> list[Tune]:
    writer = loaded_model(task.model).model
    return list(writer.stream(task.count, first=task.first, seed=task.seed, **dict(task.options)))
