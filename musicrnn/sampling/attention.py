"""Attention over what a piece has said so far, a step at a time (`musicrnn.models.config`).

The key of step s lies at place s, and beside the key of step s - 1 its value. The newest key has
no value yet, and is not looked at. Each row is at a step of its own: what lies behind it is masked,
so a row goes back to an earlier step by nothing more than another number (`engine.State.restore`).

There are places for a whole piece where the piece is shorter than attention looks back over;
beyond that they are a ring, with `SLACK` more places than are looked at: so far can a row go back.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from musicrnn.sampling.blas import Matrix

__all__ = ["SLACK", "Attention", "Memory"]

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.intp]

#: Steps that a row can go back over when it has made more than attention looks at: some bars.
SLACK = 128

#: Places for a start; there are twice as many whenever they are full.
_FIRST = 64


class Memory:
    """Keys and values, (batch, places, A) each, for attention over `steps` steps."""

    def __init__(
        self, keys: FloatArray, values: FloatArray, furthest: IntArray, steps: int
    ) -> None:
        self.keys = keys
        self.values = values
        #: of each row the steps that it had made when it had made most
        self.furthest = furthest
        self._steps = steps
        self._most = steps + 1 + SLACK

    def keep(self, rows: IntArray) -> Memory:
        """The memory of some rows only, copied."""
        return Memory(self.keys[rows], self.values[rows], self.furthest[rows], self._steps)

    def copy(self, source: int, rows: IntArray, first: int, last: int) -> None:
        """Give `rows` what the row `source` remembers of the steps `first` to `last`."""
        places = self.keys.shape[1]
        # The value beside a key is that of the step after it.
        first = max(first - 1, 0)
        if last - first >= places or first // places != last // places:
            span = slice(None)
        else:
            span = slice(first % places, last % places + 1)
        self.keys[rows, span] = self.keys[source, span]
        self.values[rows, span] = self.values[source, span]
        self.furthest[rows] = self.furthest[source]

    def check_return(self, rows: IntArray, positions: IntArray) -> None:
        """Raise `ValueError` where what a row would look at has been overwritten."""
        wrapped = self.furthest[rows] >= self._most
        if (wrapped & (self.furthest[rows] - positions > SLACK)).any():
            raise ValueError(f"a row cannot go back over more than {SLACK} steps")

    def write(
        self, rows: IntArray, positions: IntArray, key: FloatArray, value: FloatArray
    ) -> None:
        """Remember the key and value of the step of each of `rows`."""
        self.furthest[rows] = np.maximum(self.furthest[rows], positions)
        self._reserve(int(positions.max(initial=0)) + 1)
        places = self.keys.shape[1]
        self.keys[rows, positions % places] = key
        # The value of the first step, which nothing comes before, goes where it is not looked at.
        self.values[rows, (positions - 1) % places] = value

    def _reserve(self, wanted: int) -> None:
        places = self.keys.shape[1]
        if wanted <= places or places == self._most:
            return
        while places < wanted:
            places *= 2
        more = ((0, 0), (0, min(places, self._most) - self.keys.shape[1]), (0, 0))
        self.keys, self.values = np.pad(self.keys, more), np.pad(self.values, more)


class Attention:
    """The layer from a bundle's weights, looking back over so many `steps`."""

    def __init__(self, weights: Mapping[str, FloatArray], steps: int) -> None:
        self.steps = steps
        width = weights["attention.key"].shape[1]
        scale = np.float32(1 / np.sqrt(width))
        # One product makes query, key and value.
        self._matrix = Matrix(
            np.hstack(
                [
                    weights["attention.query"] * scale,
                    weights["attention.key"],
                    weights["attention.value"],
                ]
            )
        )
        self._bias = np.pad(weights["attention.query_bias"] * scale, (0, 2 * width))
        self._result = Matrix(weights["attention.result"])

    @property
    def nbytes(self) -> int:
        """Bytes of weights that a step reads."""
        return self._matrix.nbytes + self._result.nbytes

    def start(self, batch: int) -> Memory:
        """Nothing to look at yet."""
        shape = (batch, min(_FIRST, self.steps + 1 + SLACK), self._result.shape[0])
        return Memory(
            np.zeros(shape, np.float32),
            np.zeros(shape, np.float32),
            np.zeros(batch, np.intp),
            self.steps,
        )

    def read(
        self, x: FloatArray, memory: Memory, positions: IntArray, rows: IntArray | None = None
    ) -> FloatArray:
        """`x` (batch, U), the output of each row's step, plus what is read; and remember it.

        With `rows`, `x` and `positions` are those of these rows, and the others make no step.
        """
        told = self._matrix.product(x) + self._bias
        width = told.shape[1] // 3  # np.split takes 40 µs
        query, key, value = told[:, :width], told[:, width : 2 * width], told[:, 2 * width :]
        memory.write(np.arange(len(x)) if rows is None else rows, positions, key, value)
        keys, values = memory.keys, memory.values
        if rows is not None and len(rows) < len(keys):
            keys, values = keys[rows], values[rows]
        furthest = int(positions.max(initial=0))
        places = keys.shape[1]
        pairs = min(furthest, places)
        scores = np.matmul(keys[:, :pairs], query[:, :, None])[:, :, 0]
        if furthest > self.steps or int(positions.min(initial=furthest)) < furthest:
            ages = (positions[:, None] - 1 - np.arange(pairs)) % places
            hidden = ages >= np.minimum(positions, self.steps)[:, None]
            scores[hidden] = -np.inf
        # The softmax over these scores and 0, which reads nothing.
        highest = scores.max(axis=1, keepdims=True, initial=0)
        shares = np.exp(scores - highest)
        shares /= shares.sum(axis=1, keepdims=True) + np.exp(-highest)
        read = np.matmul(shares[:, None], values[:, :pairs])[:, 0]
        return np.asarray(x + self._result.product(read))
