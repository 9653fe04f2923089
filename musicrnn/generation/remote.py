"""What workers do with a model: draw tunes, answer wishes, foretell pieces.

A worker process loads a model once and holds it. A task names everything that decides its result,
so it does not matter who does it, how often, or in which order: blocks of tunes and of pieces are
cut as one process cuts them, and come out the same to the last bit.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from musicrnn.errors import ModelError, UsageError, VocabularyError
from musicrnn.evaluation import control_check, likelihood
from musicrnn.generation import BLOCK, Model, load
from musicrnn.generation.tune import Tune
from musicrnn.novelty.index import FILE_NAME, Index
from musicrnn.parallel.workers import Lost, Workers

__all__ = ["Held", "Which", "answers", "drawn", "foretold", "held"]

#: What is measured is the model as it learned, and not what makes its tunes more careful.
_AS_LEARNED = 1.0

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Which:
    """A model by name or folder, and the digest of what is in it."""

    name: str
    digest: str

    @classmethod
    def of(cls, model: Model) -> Which:
        """The model that all workers are to hold."""
        return cls(os.fspath(model.bundle.folder or model.name), _digest(model))


@dataclass(frozen=True)
class Held:
    """A model, and an index of what it learnt from, if it keeps one."""

    model: Model
    index: Index | None


@lru_cache(maxsize=1)
def held(which: Which) -> Held:
    """The model that this process holds, loaded when it is first asked for.

    Raises `ModelError` when another one lies there by now.
    """
    model = load(which.name)
    if _digest(model) != which.digest:
        raise ModelError(f"{which.name}: another model than where the work was shared out")
    known = model.bundle.folder / FILE_NAME if model.bundle.folder else None
    return Held(model, Index.load(known) if known and known.is_file() else None)


def _digest(model: Model) -> str:
    """What the weights and the vocabulary are, as hexadecimal digits."""
    digest = hashlib.blake2b(model.bundle.vocabulary.digest.encode(), digest_size=16)
    for name, values in sorted(model.bundle.weights.items()):
        digest.update(name.encode() + values.tobytes())
    return digest.hexdigest()


def _in_order(workers: Workers, function: Callable[[T], R], tasks: Sequence[T]) -> list[R]:
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
    model: Which
    seed: int
    first: int
    count: int
    free: bool


def drawn(workers: Workers, model: Which, n: int, *, seed: int, free: bool = False) -> list[Tune]:
    """The first `n` tunes of `seed`, in order."""
    blocks = range(0, n, BLOCK)
    tasks = [_Draw(model, seed, first, min(BLOCK, n - first), free) for first in blocks]
    return [tune for tunes in _in_order(workers, _draw, tasks) for tune in tunes]


def _draw(task: _Draw) -> list[Tune]:
    writer = held(task.model).model
    return list(
        writer.stream(
            task.count, first=task.first, seed=task.seed, temperature=_AS_LEARNED, free=task.free
        )
    )


@dataclass(frozen=True, slots=True)
class _Wish:
    model: Which
    seed: int
    index: int
    asked: tuple[tuple[str, Any], ...]


def answers(
    workers: Workers, model: Which, wishes: Sequence[dict[str, Any]], *, seed: int
) -> list[dict[str, bool]]:
    """For each wish which controls its tune keeps; nothing where the model cannot spell it."""
    tasks = [_Wish(model, seed, i, tuple(wish.items())) for i, wish in enumerate(wishes)]
    return _in_order(workers, _answer, tasks)


def _answer(task: _Wish) -> dict[str, bool]:
    wish = dict(task.asked)
    how: dict[str, Any] = {"seed": task.seed, "first": task.index, "temperature": _AS_LEARNED}
    try:
        tune = next(held(task.model).model.stream(1, **how, **wish))
    except (UsageError, VocabularyError):
        return {}
    return control_check.kept(wish, tune.piece.content)


# --- likelihood ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Foretell:
    model: Which
    pieces: tuple[tuple[int, ...], ...]


def foretold(
    workers: Workers, model: Which, pieces: Sequence[Sequence[int]]
) -> list[likelihood.Scored]:
    """`likelihood.score_pieces`, a batch a task."""
    batches = likelihood.batches(pieces)
    tasks = [_Foretell(model, tuple(tuple(pieces[row]) for row in rows)) for rows in batches]
    scored = _in_order(workers, _foretell, tasks)
    found = {
        row: one
        for rows, batch in zip(batches, scored, strict=True)
        for row, one in zip(rows, batch, strict=True)
    }
    return [found[row] for row in range(len(pieces))]


def _foretell(task: _Foretell) -> list[likelihood.Scored]:
    return likelihood.score_pieces(held(task.model).model.engine, task.pieces)
