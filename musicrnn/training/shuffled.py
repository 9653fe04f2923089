"""Pieces in an order of their own, fetched when they are used.

What an epoch needs to know of every piece is its place and its length: 24 bytes a piece. The ids
stay where they are, in memory or in memory-mapped shards.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["Ids", "Ordered", "Stream", "framed"]

Ids = npt.NDArray[np.integer]
Numbers = npt.NDArray[np.int64]


class Ordered:
    """The pieces of `order`, one after the other; `lengths` int64 are their numbers of ids."""

    def __init__(self, pieces: Sequence[Ids], order: Numbers | None = None) -> None:
        self._pieces = pieces
        self._order = np.arange(len(pieces)) if order is None else order
        known: Numbers | None = getattr(pieces, "lengths", None)
        if known is None:
            known = np.fromiter(map(len, pieces), np.int64, len(pieces))
        self.lengths: Numbers = known[self._order]

    def __len__(self) -> int:
        return len(self._order)

    def __getitem__(self, place: int) -> Ids:
        return self._pieces[int(self._order[place])]


class Stream:
    """Ordered pieces end to end, one `end` token between two and at both edges, over and over."""

    def __init__(self, pieces: Ordered, end: int) -> None:
        self._pieces = pieces
        self._end = end
        self._starts = np.ones(len(pieces) + 1, np.int64)
        np.cumsum(pieces.lengths + 1, out=self._starts[1:])
        self._starts[1:] += 1

    def __len__(self) -> int:
        """The number of ids until it starts again."""
        return int(self._starts[-1])

    def rows(self, starts: Numbers, width: int) -> npt.NDArray[np.int32]:
        """`width` ids from each of `starts`: int32, shape (len(starts), width)."""
        rows = np.full((len(starts), width), self._end, np.int32)
        for row, start in zip(rows, starts % len(self), strict=True):
            self._fill(row, int(start))
        return rows

    def _fill(self, row: npt.NDArray[np.int32], start: int) -> None:
        """Write the ids from `start` into `row`, which holds end tokens."""
        place = int(np.searchsorted(self._starts, start, side="right")) - 1
        done = 0
        if place < 0:  # at the end token before the first piece
            place, start, done = 0, 1, 1
        offset = start - int(self._starts[place])
        while done < len(row):
            ids = self._pieces[place][offset : offset + len(row) - done]
            row[done : done + len(ids)] = ids
            done += len(ids) + 1
            offset, place = 0, place + 1
            if place == len(self._pieces):
                place, done = 0, done + 1  # the edges of two rounds: two end tokens


def framed(piece: Ids, end: int) -> npt.NDArray[np.int32]:
    """One piece between two end tokens."""
    row = np.full(len(piece) + 2, end, np.int32)
    row[1:-1] = piece
    return row
