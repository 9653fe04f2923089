"""What workers do to measure a model: check controls, score pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from musicrnn.errors import UsageError, VocabularyError
from musicrnn.evaluation import control_check, likelihood
from musicrnn.generation.remote import AS_LEARNED, ModelRef, in_order, loaded_model
from musicrnn.parallel.workers import Workers

__all__ = ["check_controls", "score"]


@dataclass(frozen=True, slots=True)
class _Request:
    model: ModelRef
    seed: int
    index: int
    asked: tuple[tuple[str, Any], ...]


def check_controls(
    workers: Workers, model: ModelRef, requests: Sequence[dict[str, Any]], *, seed: int
) -> list[dict[str, bool]]:
    """For each request which controls its tune keeps; nothing where the model cannot spell it."""
    tasks = [_Request(model, seed, i, tuple(request.items())) for i, request in enumerate(requests)]
    return in_order(workers, _check, tasks)


def _check(task: _Request) -> dict[str, bool]:
    request = dict(task.asked)
    how: dict[str, Any] = {"seed": task.seed, "first": task.index, "temperature": AS_LEARNED}
    try:
        tune = next(loaded_model(task.model).model.stream(1, **how, **request))
    except (UsageError, VocabularyError):
        return {}
    return control_check.controls_satisfied(request, tune.piece.content)


# --- likelihood ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Scoring:
    model: ModelRef
    pieces: tuple[tuple[int, ...], ...]


def score(
    workers: Workers, model: ModelRef, pieces: Sequence[Sequence[int]]
) -> list[likelihood.Scored]:
    """`likelihood.score_pieces`, a batch a task."""
    batches = likelihood.batches(pieces)
    tasks = [_Scoring(model, tuple(tuple(pieces[row]) for row in rows)) for rows in batches]
    scored = in_order(workers, _score, tasks)
    by_row = {
        row: one
        for rows, batch in zip(batches, scored, strict=True)
        for row, one in zip(rows, batch, strict=True)
    }
    return [by_row[row] for row in range(len(pieces))]


def _score(task: _Scoring) -> list[likelihood.Scored]:
    return likelihood.score_pieces(loaded_model(task.model).model.engine, task.pieces)
