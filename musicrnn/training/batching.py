"""Batches: what one training step reads, in four ways to cut pieces.

A piece is a run of ids without the end token. What the model learns is END p₀ p₁ … pₙ END, one
id predicted from those before it (teacher forcing), so a piece of n ids gives n + 1 examples.

| batching | what one row is | state at its start |
|---|---|---|
| `windows` | a random stretch of all pieces end to end | zero |
| `streams` | the next stretch of one of `batch` long streams | carried over |
| `tunes` | the next stretch of a piece; a new piece starts in a new row | carried, zero at starts |
| `buckets` | one whole piece, with others of about its length | zero |

Everything is a function of the pieces, the epoch's generator and a batch's number, so training
can go on from any batch as though it had never stopped. A batch reads the pieces that it is made
of and no others, so they may lie in memory-mapped shards larger than memory.
"""

from __future__ import annotations

import heapq
from array import array
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from musicrnn.errors import CorpusError, UsageError
from musicrnn.training.shuffled import Ids, Ordered, Stream, framed

__all__ = ["BATCHINGS", "Batch", "Epoch", "evaluation_epoch", "plan_epoch"]

#: Whole pieces are padded to a multiple of this, so that few shapes occur.
BUCKET = 32


@dataclass(frozen=True, slots=True)
class Batch:
    """One step's rows: `inputs` and `targets` int32 (batch, steps); `weights` float32 (batch,
    steps), 0 where a row is padding; `keep` float32 (batch, 1), 1 where the row goes on from the
    batch before and 0 where its state starts at zero.
    """

    inputs: npt.NDArray[np.int32]
    targets: npt.NDArray[np.int32]
    weights: npt.NDArray[np.float32]
    keep: npt.NDArray[np.float32]

    @property
    def tokens(self) -> int:
        """The number of ids that are learned."""
        return int(self.weights.sum())


@dataclass(frozen=True)
class Epoch:
    """`steps` batches, any of which `batch(i)` makes."""

    steps: int
    batch: Callable[[int], Batch]


def plan_epoch(
    pieces: Sequence[Ids],
    rng: np.random.Generator,
    *,
    batching: str,
    batch: int,
    length: int,
    end: int = 0,
) -> Epoch:
    """All of an epoch's batches over `pieces`, in an order drawn from `rng`.

    `batch` rows of `length` steps (`buckets` ignores `length`). Raises `UsageError` for an
    unknown `batching` and `CorpusError` when there is not one piece.
    """
    if batching not in BATCHINGS:
        raise UsageError(f"no batching {batching!r}; choose {', '.join(BATCHINGS)}")
    if not len(pieces):
        raise CorpusError("there is no piece to train on; the corpus or its training side is empty")
    order = Ordered(pieces, rng.permutation(len(pieces)))
    return BATCHINGS[batching](order, rng, batch, length, end)


def evaluation_epoch(
    pieces: Sequence[Ids], *, batch: int = 64, length: int = 128, longest: int = 4096, end: int = 0
) -> Epoch:
    """Every id of every piece once, each piece from a state of zero.

    Pieces are sorted by length, so that little is padding; one longer than `longest` is cut
    there, which costs the model its memory at the cut.
    """
    ordered = Ordered(pieces)
    cuts = np.maximum(-(-ordered.lengths // longest), 1)
    numbers = np.repeat(np.arange(len(ordered)), cuts)
    offsets = (np.arange(len(numbers)) - np.repeat(np.cumsum(cuts) - cuts, cuts)) * longest
    sizes = np.minimum(ordered.lengths[numbers] - offsets, longest)
    if not len(numbers):
        raise CorpusError("there is no piece to evaluate on; the held-out side is empty")
    order = np.argsort(sizes, kind="stable")
    batch = min(batch, len(order))
    batches: list[tuple[int, int]] = []
    for first in range(0, len(order), batch):
        width = int(sizes[order[min(first + batch, len(order)) - 1]]) + 1
        batches += [(first, start) for start in range(0, width, length)]

    def part(i: int) -> Ids:
        offset = int(offsets[i])
        return ordered[int(numbers[i])][offset : offset + longest]

    def make(i: int) -> Batch:
        first, start = batches[i]
        chosen = order[first : first + batch].tolist()
        rows = [framed(part(j), end)[start : start + length + 1] for j in chosen]
        return _padded(rows, length, keep=float(start > 0), end=end, least=batch)

    return Epoch(len(batches), make)


# --- the four ways -----------------------------------------------------------------------------


def _windows(pieces: Ordered, rng: np.random.Generator, batch: int, length: int, end: int) -> Epoch:
    stream = Stream(pieces, end)
    size = max(len(stream), length + 1)
    steps = max(1, (size - 1) // (batch * length))
    starts = rng.integers(0, size - length, (steps, batch))

    def make(i: int) -> Batch:
        return _full(stream.rows(starts[i], length + 1), keep=0.0)

    return Epoch(steps, make)


def _streams(pieces: Ordered, rng: np.random.Generator, batch: int, length: int, end: int) -> Epoch:
    stream = Stream(pieces, end)
    steps = max(1, (len(stream) - 1) // (batch * length))
    size = max(len(stream), batch * length + 1)
    # A few ids at the end do not fill a row; starting at a random place leaves out others each time
    spare = size - (steps * batch * length + 1)
    first = int(rng.integers(0, spare + 1))
    starts = first + np.arange(batch) * steps * length

    def make(i: int) -> Batch:
        return _full(stream.rows(starts + i * length, length + 1), keep=float(i > 0))

    return Epoch(steps, make)


def _tunes(pieces: Ordered, _: np.random.Generator, batch: int, length: int, end: int) -> Epoch:
    # Each lane plays its own pieces one after the other; the next piece goes to the lane that
    # is free first, so all lanes end at about the same step.
    numbers = [array("q") for _ in range(batch)]  # of each lane the pieces that it plays
    begins = [array("q") for _ in range(batch)]  # and the step at which each begins
    free = [(0, lane) for lane in range(batch)]
    for number, ids in enumerate(pieces.lengths):
        step, lane = free[0]
        numbers[lane].append(number)
        begins[lane].append(step)
        heapq.heapreplace(free, (step + int(ids) // length + 1, lane))
    ends = {lane: step for step, lane in free}

    def row(lane: int, i: int) -> tuple[npt.NDArray[np.int32], float]:
        if i >= ends[lane]:
            return np.empty(0, np.int32), 0.0
        place = bisect_right(begins[lane], i) - 1
        start = (i - begins[lane][place]) * length
        piece = framed(pieces[numbers[lane][place]], end)
        return piece[start : start + length + 1], float(start > 0)

    def make(i: int) -> Batch:
        rows, keep = zip(*(row(lane, i) for lane in range(batch)), strict=True)
        made = _padded(rows, length, keep=0.0, end=end)
        made.keep[:, 0] = keep
        return made

    return Epoch(max(ends.values()), make)


def _buckets(pieces: Ordered, rng: np.random.Generator, batch: int, _: int, end: int) -> Epoch:
    # A stable sort keeps the shuffled order among pieces of one bucket.
    ordered = np.argsort(pieces.lengths // BUCKET, kind="stable")
    firsts = rng.permutation(np.arange(0, len(ordered), batch))

    def make(i: int) -> Batch:
        chosen = ordered[firsts[i] : firsts[i] + batch].tolist()
        rows = [framed(pieces[j], end) for j in chosen]
        width = -(-(max(len(row) for row in rows) - 1) // BUCKET) * BUCKET
        return _padded(rows, width, keep=0.0, end=end, least=min(batch, len(ordered)))

    return Epoch(len(firsts), make)


#: name → how the pieces, already shuffled, become an epoch
BATCHINGS: dict[str, Callable[[Ordered, np.random.Generator, int, int, int], Epoch]] = {
    "windows": _windows,
    "streams": _streams,
    "tunes": _tunes,
    "buckets": _buckets,
}


# --- rows --------------------------------------------------------------------------------------


def _full(rows: npt.NDArray[np.int32], *, keep: float) -> Batch:
    shape = (rows.shape[0], rows.shape[1] - 1)
    return Batch(
        np.ascontiguousarray(rows[:, :-1]),
        np.ascontiguousarray(rows[:, 1:]),
        np.ones(shape, np.float32),
        np.full((rows.shape[0], 1), keep, np.float32),
    )


def _padded(
    rows: Sequence[npt.NDArray[np.int32]], width: int, *, keep: float, end: int, least: int = 0
) -> Batch:
    """Rows filled up to `width` steps, and with empty ones to `least`: each new shape of a batch
    is compiled anew, which costs more than the padding.
    """
    shape = (max(len(rows), least), width)
    inputs = np.full(shape, end, np.int32)
    targets = inputs.copy()
    weights = np.zeros(shape, np.float32)
    for i, row in enumerate(rows):
        n = max(len(row) - 1, 0)
        inputs[i, :n] = row[:n]
        targets[i, :n] = row[1:]
        weights[i, :n] = 1
    return Batch(inputs, targets, weights, np.full((shape[0], 1), keep, np.float32))
