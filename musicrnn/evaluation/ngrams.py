"""N-gram models with modified Kneser-Ney smoothing: what a network has to be better than.

Chen and Goodman, "An empirical study of smoothing techniques for language modeling" (1999),
equations 26 and 27: interpolated, three discounts an order, estimated from the counts of counts.
An n-gram's number is found from the number of the n-1 tokens before its last one, so that an
order costs one look-up a token, and orders 1 to N are scored in one pass.

>>> model = KneserNey.fit([[1, 2, 1, 2, 1, 2, 3]], vocabulary=4, order=3)
>>> model.bits([[1, 2, 1, 2]]).shape  # orders × tokens, the end token included
(3, 5)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicrnn.errors import UsageError

__all__ = ["KneserNey"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

MOST_ORDERS = 8
_UNSEEN = -1


@dataclass(frozen=True)
class _Weights:
    """One order's counts: of each n-gram less its discount, of each context, and what the
    discounts of a context leave to the lower order."""

    kept: Floats  # (n-grams,)
    total: Floats  # (contexts,)
    left: Floats  # (contexts,)

    @classmethod
    def of(cls, counts: Ints, contexts: Ints, size: int) -> _Weights:
        discounts = _discounts(counts)[np.minimum(counts, 3)]
        total = np.bincount(contexts, counts, minlength=size).astype(np.float64)
        left = np.bincount(contexts, discounts, minlength=size).astype(np.float64)
        return cls(counts - discounts, total, left)

    def blend(self, grams: Ints, contexts: Ints, lower: Floats) -> Floats:
        """The interpolated probability; that of the lower order where the context is unseen."""
        total = np.where(contexts >= 0, self.total[contexts], 0.0)
        kept = np.where(grams >= 0, self.kept[grams], 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            blended = (kept + self.left[contexts] * lower) / total
        return np.where(total > 0, blended, lower)


@dataclass(frozen=True)
class _Order:
    """The n-grams of one order: their sorted keys (context·V + token) and two sets of counts.

    `top` counts occurrences, for a model of this order; `lower` counts, for use below another
    order, how many different tokens stand before the n-gram.
    """

    keys: Ints
    top: _Weights
    lower: _Weights

    def find(self, keys: Ints) -> Ints:
        """The numbers of n-grams by key, `_UNSEEN` for others."""
        places = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[places] == keys, places, _UNSEEN)


class KneserNey:
    """Models of the orders 1 (no context) to `order`, over token ids below `vocabulary`.

    Each piece is read as `order` - 1 end tokens, its tokens, and an end token, as the networks
    read it.
    """

    def __init__(self, orders: Sequence[_Order], vocabulary: int, end: int) -> None:
        self._orders = tuple(orders)
        self.vocabulary = vocabulary
        self.end = end

    @property
    def order(self) -> int:
        """The highest order."""
        return len(self._orders)

    @classmethod
    def fit(
        cls, pieces: Sequence[Sequence[int]], *, vocabulary: int, order: int = 6, end: int = 0
    ) -> KneserNey:
        """Count the n-grams of `pieces`. Raises `UsageError` for an order it cannot have."""
        if not 1 <= order <= MOST_ORDERS:
            raise UsageError(f"an n-gram model of order {order}; choose 1 to {MOST_ORDERS}")
        if not pieces:
            raise UsageError("an n-gram model needs at least one piece to count")
        tokens, predicted = _stream(pieces, order, end)
        orders: list[_Order] = []
        contexts = np.zeros(len(tokens), np.int64)  # the number of what stands before a token
        before = tokens  # the token before the n-gram that ends here
        for _ in range(order):
            keys = contexts * vocabulary + tokens
            # Every place counts as a context for the next order, only predictions are counted.
            known, grams = np.unique(keys, return_inverse=True)
            occurrences = np.bincount(grams[predicted], minlength=len(known))
            before = np.concatenate([[end], before[:-1]])
            preceded = np.unique((grams * vocabulary + before)[predicted]) // vocabulary
            different = np.bincount(preceded, minlength=len(known))
            size = len(orders[-1].keys) if orders else 1
            of = known // vocabulary
            orders.append(
                _Order(known, _Weights.of(occurrences, of, size), _Weights.of(different, of, size))
            )
            contexts = np.concatenate([[0], grams[:-1]])
        return cls(orders, vocabulary, end)

    def bits(self, pieces: Sequence[Sequence[int]]) -> Floats:
        """The bits of every token of `pieces`, end tokens included: shape (orders, tokens)."""
        tokens, predicted = _stream(pieces, self.order, self.end)
        lower = np.full(len(tokens), 1 / self.vocabulary)
        contexts = np.zeros(len(tokens), np.int64)
        bits = []
        for order in self._orders:
            keys = np.where(contexts >= 0, contexts * self.vocabulary + tokens, _UNSEEN)
            grams = order.find(keys)
            bits.append(-np.log2(order.top.blend(grams, contexts, lower)[predicted]))
            lower = order.lower.blend(grams, contexts, lower)
            contexts = np.concatenate([[0], grams[:-1]])
        return np.stack(bits)


def _discounts(counts: Ints) -> Floats:
    """What to take off a count of 0, 1, 2, 3 and more (Chen and Goodman 1999, equation 26)."""
    n = [int(np.count_nonzero(counts == count)) for count in range(5)]
    if not (n[1] and n[2]):
        return np.array([0.0, 0.5, 0.5, 0.5])  # too little data to estimate from
    y = n[1] / (n[1] + 2 * n[2])
    raw = [c - (c + 1) * y * n[c + 1] / n[c] if n[c] else c * y for c in (1, 2, 3)]
    return np.array([0.0, *(min(max(d, 0.05), c) for c, d in zip((1, 2, 3), raw, strict=True))])


def _stream(
    pieces: Sequence[Sequence[int]], order: int, end: int
) -> tuple[Ints, NDArray[np.bool_]]:
    """All pieces in a row with `order` - 1 end tokens before each and one after, and which tokens
    are predicted: all but those before."""
    before = [end] * (order - 1)
    tokens = [token for piece in pieces for token in (*before, *piece, end)]
    predicted = [
        p for piece in pieces for p in (*[False] * len(before), *[True] * (len(piece) + 1))
    ]
    return np.array(tokens, np.int64), np.array(predicted)
