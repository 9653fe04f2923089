"""Batches: what one training step reads, in four ways to cut pieces.

A piece is a run of ids without the end token. What the model learns is END p₀ p₁ … pₙ END, one
id predicted from those before it (teacher forcing), so a piece of n ids gives n + 1 examples.

| batching | what one row is | state at its start |
|---|---|---|
| `windows` | a random stretch of all pieces end to end | zero |
| `streams` | the next stretch of one of `batch` long streams | carried over |
| `tunes` | the next stretch of a piece; a new piece starts in a new row | carried, zero at starts |
| `pieces` | one whole piece, with others of about its length | zero |

Where attention looks back over a piece, `pieces` lets gradients flow over all of it; `length` then
is the longest row, which bounds the memory: of a longer piece the beginning is learned.

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
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from musicrnn.errors import CorpusError, UsageError
from musicrnn.tokens.features import Features, along
from musicrnn.training.shuffled import Ids, Ordered, Stream, framed

__all__ = ["ALONE", "BATCHINGS", "Batch", "Epoch", "evaluation_epoch", "plan_epoch"]

#: Whole pieces are padded to a multiple of this, so that few shapes occur; long ones to a larger.
BUCKET = 64


@dataclass(frozen=True, slots=True)
class Batch:
    """One step's rows: `inputs` and `targets` int32 (batch, steps); `weights` float32 (batch,
    steps), 0 where a row is padding; `keep` float32 (batch, 1), 1 where the row goes on from the
    batch before and 0 where its state starts at zero; `features` int32 (batch, steps, features),
    what the tokenizer tells beside each input, None where it tells nothing.
    """

    inputs: npt.NDArray[np.int32]
    targets: npt.NDArray[np.int32]
    weights: npt.NDArray[np.float32]
    keep: npt.NDArray[np.float32]
    features: npt.NDArray[np.int32] | None = None

    @property
    def network_inputs(self) -> list[npt.NDArray[np.int32]]:
        """What the network reads: the ids, and with features their values."""
        return [self.inputs] if self.features is None else [self.inputs, self.features]

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
    features: Features | None = None,
) -> Epoch:
    """All of an epoch's batches over `pieces`, in an order drawn from `rng`.

    `batch` rows of `length` steps, or up to that many. Raises `UsageError` for an unknown
    `batching`, or one whose rows begin in the middle of a piece where there are `features`, and
    `CorpusError` when there is not one piece.
    """
    if batching not in BATCHINGS:
        raise UsageError(f"no batching {batching!r}; choose {', '.join(BATCHINGS)}")
    if not len(pieces):
        raise CorpusError("there is no piece to train on; the corpus or its training side is empty")
    order = Ordered(pieces, rng.permutation(len(pieces)))
    if features is not None and batching in ANYWHERE:
        raise UsageError(
            f"with the place in the piece as input, training.batching is {batching!r}; choose "
            "pieces or tunes, whose rows begin with a piece"
        )
    return BATCHINGS[batching](order, rng, batch, length, _Frame(end, features))


def evaluation_epoch(
    pieces: Sequence[Ids],
    *,
    batch: int = 64,
    length: int = 128,
    longest: int = 4096,
    end: int = 0,
    features: Features | None = None,
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
        raise CorpusError("there is no piece to evaluate on; the validation split is empty")
    order = np.argsort(sizes, kind="stable")
    batch = min(batch, len(order))
    frame = _Frame(end, features)
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
        rows = [frame.row(part(j), start, length) for j in chosen]
        return frame.batch(rows, length, keep=float(start > 0), least=batch)

    return Epoch(len(batches), make)


# --- rows --------------------------------------------------------------------------------------


class _Row(NamedTuple):
    """A stretch of a piece: n + 1 `ids`, of which each of the first n predicts the next, and the
    features (n, features) told beside the first n."""

    ids: npt.NDArray[np.int32]
    features: npt.NDArray[np.int32] | None = None


@dataclass(frozen=True)
class _Frame:
    """How pieces become rows: between two `end` tokens, with the values of `features`."""

    end: int
    features: Features | None

    @property
    def empty(self) -> _Row:
        """A row without a piece."""
        return _Row(np.empty(0, np.int32))

    def row(self, piece: Ids, start: int, length: int) -> _Row:
        """Up to `length` steps of a piece from its step `start` on."""
        ids = framed(piece, self.end)[start : start + length + 1]
        if self.features is None:
            return _Row(ids)
        last = start + max(len(ids) - 1, 0)
        return _Row(ids, along(self.features, piece[:last].tolist())[start:last])

    def batch(self, rows: Sequence[_Row], width: int, *, keep: float, least: int = 0) -> Batch:
        """Rows filled up to `width` steps, and with empty ones to `least`: each new shape of a
        batch is compiled anew, which costs more than the padding.
        """
        shape = (max(len(rows), least), width)
        inputs = np.full(shape, self.end, np.int32)
        targets = inputs.copy()
        weights = np.zeros(shape, np.float32)
        values = None
        if self.features is not None:
            values = np.zeros((*shape, len(self.features.sizes)), np.int32)
        for i, row in enumerate(rows):
            n = max(len(row.ids) - 1, 0)
            inputs[i, :n] = row.ids[:n]
            targets[i, :n] = row.ids[1:]
            weights[i, :n] = 1
            if values is not None and row.features is not None:
                values[i, :n] = row.features
        return Batch(inputs, targets, weights, np.full((shape[0], 1), keep, np.float32), values)


def _full(rows: npt.NDArray[np.int32], *, keep: float) -> Batch:
    shape = (rows.shape[0], rows.shape[1] - 1)
    return Batch(
        np.ascontiguousarray(rows[:, :-1]),
        np.ascontiguousarray(rows[:, 1:]),
        np.ones(shape, np.float32),
        np.full((rows.shape[0], 1), keep, np.float32),
    )


# --- the four ways -----------------------------------------------------------------------------


def _windows(
    pieces: Ordered, rng: np.random.Generator, batch: int, length: int, frame: _Frame
) -> Epoch:
    stream = Stream(pieces, frame.end)
    size = max(len(stream), length + 1)
    steps = max(1, (size - 1) // (batch * length))
    starts = rng.integers(0, size - length, (steps, batch))

    def make(i: int) -> Batch:
        return _full(stream.rows(starts[i], length + 1), keep=0.0)

    return Epoch(steps, make)


def _streams(
    pieces: Ordered, rng: np.random.Generator, batch: int, length: int, frame: _Frame
) -> Epoch:
    stream = Stream(pieces, frame.end)
    steps = max(1, (len(stream) - 1) // (batch * length))
    size = max(len(stream), batch * length + 1)
    # A few ids at the end do not fill a row; starting at a random place leaves out others each time
    spare = size - (steps * batch * length + 1)
    first = int(rng.integers(0, spare + 1))
    starts = first + np.arange(batch) * steps * length

    def make(i: int) -> Batch:
        return _full(stream.rows(starts + i * length, length + 1), keep=float(i > 0))

    return Epoch(steps, make)


def _tunes(
    pieces: Ordered, _: np.random.Generator, batch: int, length: int, frame: _Frame
) -> Epoch:
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

    def row(lane: int, i: int) -> tuple[_Row, float]:
        if i >= ends[lane]:
            return frame.empty, 0.0
        place = bisect_right(begins[lane], i) - 1
        start = (i - begins[lane][place]) * length
        piece = pieces[numbers[lane][place]]
        return frame.row(piece, start, length), float(start > 0)

    def make(i: int) -> Batch:
        rows, keep = zip(*(row(lane, i) for lane in range(batch)), strict=True)
        made = frame.batch(rows, length, keep=0.0)
        made.keep[:, 0] = keep
        return made

    return Epoch(max(ends.values()), make)


def _padded(width: int) -> int:
    """The next width to which rows are filled: four or more an octave, since each is compiled."""
    step = max(BUCKET, 1 << max(width.bit_length() - 3, 0))
    return -(-width // step) * step


def _pieces(
    pieces: Ordered, rng: np.random.Generator, batch: int, length: int, frame: _Frame
) -> Epoch:
    # A stable sort keeps the shuffled order among pieces of one bucket.
    ordered = np.argsort(pieces.lengths // BUCKET, kind="stable")
    firsts = rng.permutation(np.arange(0, len(ordered), batch))

    def make(i: int) -> Batch:
        chosen = ordered[firsts[i] : firsts[i] + batch].tolist()
        rows = [frame.row(pieces[j], 0, length) for j in chosen]
        width = _padded(max(len(row.ids) for row in rows) - 1)
        return frame.batch(rows, width, keep=0.0, least=min(batch, len(ordered)))

    return Epoch(len(firsts), make)


#: name → how the pieces, already shuffled, become an epoch
BATCHINGS: dict[str, Callable[[Ordered, np.random.Generator, int, int, _Frame], Epoch]] = {
    "windows": _windows,
    "streams": _streams,
    "tunes": _tunes,
    "pieces": _pieces,
}

#: the ways in which no row goes on from the batch before
ALONE = frozenset({"windows", "pieces"})
#: the ways in which a row begins anywhere in a piece
ANYWHERE = frozenset({"windows", "streams"})
