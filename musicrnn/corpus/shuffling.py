"""A shuffle that costs no memory and can be entered anywhere.

A permutation of n numbers as a function of seed and epoch: a Feistel network over the next power
of four, walked until the result is below n (Black and Rogaway, "Ciphers with arbitrary finite
domains", CT-RSA 2002). The element at any position is computed when it is asked for, so training
goes on at step 123,456 of epoch 7 at once, and ten billion pieces shuffle like ten.

>>> order = Permutation(5, seed=1, epoch=0)
>>> sorted(order[i] for i in range(5))
[0, 1, 2, 3, 4]
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

__all__ = ["Permutation", "Shuffled"]

T = TypeVar("T")

_ROUNDS = 6


class Permutation:
    """The numbers 0 … n-1 in an order that seed and epoch decide."""

    def __init__(self, n: int, *, seed: int, epoch: int = 0) -> None:
        self.n = n
        self._bits = max((max(n - 1, 1).bit_length() + 1) // 2, 1)  # of each half
        self._mask = np.uint64((1 << self._bits) - 1)
        self._keys = np.random.default_rng([seed, epoch]).integers(
            0, 2**64, _ROUNDS, np.uint64, endpoint=False
        )

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, position: int) -> int:
        """The number at one position. Raises `IndexError` past the end."""
        if not -self.n <= position < self.n:
            raise IndexError(position)
        return int(self.take(np.array([position % self.n]))[0])

    def take(self, positions: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
        """The numbers at `positions`, each in 0 … n-1; int64, of the same shape."""
        numbers = positions.astype(np.uint64)
        outside = np.ones(numbers.shape, bool)
        while outside.any():
            numbers[outside] = self._encrypted(numbers[outside])
            outside = numbers >= self.n
        return numbers.astype(np.int64)

    def _encrypted(self, numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
        left, right = numbers >> np.uint64(self._bits), numbers & self._mask
        for key in self._keys:
            left, right = right, left ^ (_mixed(right ^ key) & self._mask)
        return (left << np.uint64(self._bits)) | right


def _mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Each number scattered over 64 bits (the finalizer of SplitMix64)."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))


class Shuffled(Sequence[T]):
    """Another sequence in the order of a permutation; an element is fetched when it is used."""

    def __init__(self, items: Sequence[T], *, seed: int, epoch: int = 0) -> None:
        self._items = items
        self._order = Permutation(len(items), seed=seed, epoch=epoch)

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, position: int) -> T: ...
    @overload
    def __getitem__(self, position: slice) -> list[T]: ...

    def __getitem__(self, position: int | slice) -> T | list[T]:
        if isinstance(position, slice):
            chosen = self._order.take(np.arange(*position.indices(len(self))))
            return [self._items[number] for number in chosen.tolist()]
        return self._items[self._order[position]]
