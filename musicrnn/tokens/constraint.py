"""What a sampler asks of what keeps tokens well formed, whatever the format."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from musicrnn.piece import Piece

__all__ = ["BoolArray", "Constraint"]

BoolArray = npt.NDArray[np.bool_]


class Constraint(Protocol):
    """What keeps a sampler on the path: one state a tune, a mask, a step.

    A state can be copied with `copy.copy`, and has three attributes: `done`, true once its tune is
    complete; `checkpoint`, a number that grows where what is written so far may stand whatever
    becomes of what follows (at a bar line, say); `masked`, true where the mask chooses among what
    may come next, as in a header, false where a token is drawn freely, and all since the
    checkpoint drawn again when the mask refuses it.
    """

    #: tokens that every tune starts with, fed to the model before the first choice
    prefix: tuple[int, ...]

    def start(self, batch: int, generators: Sequence[np.random.Generator] = ()) -> list[Any]:
        """The states after `prefix`; with `generators`, one a state, each has what the constraint
        leaves to chance (the form of a dance)."""
        ...

    def mask(self, states: Sequence[Any]) -> BoolArray:
        """(batch, V): the tokens that may come next; at least one a row."""
        ...

    def advance(self, states: Sequence[Any], ids: Sequence[int]) -> None:
        """Move each state over a token that its mask allowed. Raises `UsageError` for others."""
        ...

    def piece(self, state: Any, ids: Sequence[int], *, number: int = 1) -> Piece:
        """The piece that `ids`, drawn after `prefix`, spell; `state` is where they ended."""
        ...
