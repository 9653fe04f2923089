"""Which part of the split a piece falls into: decided by its group and the seed, nothing else.

Every group has a place between 0 and 1, a hash of seed and group; the parts are ranges of it.
In a corpus of up to a million pieces the range edges are set so that the shares are met to the
nearest group (fifty tunes do have a validation part); beyond that chance meets them anyway.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from musicrnn.corpus.rules import Split

__all__ = ["PARTS", "edges", "part_of", "place"]

PARTS = ("train", "validation", "test")
_EXACT_UP_TO = 1_000_000


def place(group: bytes, seed: int) -> float:
    """Where a group lies in 0 … 1."""
    digest = hashlib.blake2b(group, digest_size=8, salt=seed.to_bytes(8, "big", signed=True))
    return int.from_bytes(digest.digest(), "big") / 2**64


def edges(places: NDArray[np.float64], split: Split) -> tuple[float, float]:
    """The places where validation and test start, from the places of all groups.

    A part that should have a share has at least one group as soon as there are three groups;
    one or two groups are all to train on, if anything is.
    """
    places = np.unique(places)
    count = len(places)
    if count < len(PARTS) and split.train:
        return 1.0, 1.0
    if count > _EXACT_UP_TO or count < len(PARTS):
        return split.train, split.train + split.validation
    wanted = [round(count * share) for share in (split.validation, split.test)]
    least = [min(1, int(np.ceil(share))) for share in (split.validation, split.test)]
    validation, test = (max(pair) for pair in zip(wanted, least, strict=True))
    train = count - validation - test

    def edge(below: int) -> float:
        """A place with that many groups below it."""
        if below >= count:
            return 1.0
        return float(places[below])

    return edge(train), edge(train + validation)


def part_of(at: float, split_edges: tuple[float, float]) -> str:
    """The part that a place lies in, for the edges given by `edges`."""
    return PARTS[(at >= split_edges[0]) + (at >= split_edges[1])]
