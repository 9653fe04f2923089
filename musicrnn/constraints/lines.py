"""What constraints have in common that look at one piece at a time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from musicrnn.errors import UsageError

__all__ = ["BoolArray", "Line", "LineConstraint"]

BoolArray = npt.NDArray[np.bool_]


@dataclass(slots=True, kw_only=True)
class Line:
    """One piece on its way, as far as a sampler looks at it (see `sampling.Constraint`)."""

    done: bool = False
    checkpoint: int = 0
    masked: bool = True


LineT = TypeVar("LineT", bound=Line)


class LineConstraint(ABC, Generic[LineT]):
    """A `sampling.Constraint` that says in `_row` what may come next in a piece, and in `_move`
    what that changes. Every piece begins with `prefix` and goes on from `_first`."""

    prefix: tuple[int, ...]
    _first: LineT
    _tokens: Sequence[str]

    @abstractmethod
    def _row(self, line: LineT) -> BoolArray:
        """(V,): what may come next."""

    @abstractmethod
    def _move(self, line: LineT, token: int) -> None:
        """Move `line` over a token that may come next."""

    def start(self, batch: int, generators: Sequence[np.random.Generator] = ()) -> list[LineT]:
        """The states after the prefix."""
        return [copy(self._first) for _ in range(batch)]

    def mask(self, states: Sequence[LineT]) -> BoolArray:
        """(batch, V): what may come next."""
        return np.stack([self._row(line) for line in states])

    def advance(self, states: Sequence[LineT], ids: Sequence[int]) -> None:
        """Move each state over its token. Raises `UsageError` for one that its mask forbids."""
        for line, token in zip(states, ids, strict=True):
            if not self._row(line)[token]:
                raise UsageError(f"{self._tokens[token]!r} cannot stand here")
            self._move(line, int(token))
