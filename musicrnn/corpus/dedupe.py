"""Which records are duplicates, for any number of them.

Fingerprints of all records, in order, lie in a file of 16 bytes each (zeros: a record that was
left out). They are compared in passes over ranges of their leading bits, so that what is sorted
at a time is bounded, whatever the size of the corpus.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["FINGERPRINT_BYTES", "first_occurrences"]

FINGERPRINT_BYTES = 16
#: Records compared in one pass: about 100 MB of memory.
MOST_AT_ONCE = 1 << 21


def first_occurrences(fingerprints: Path, result: Path) -> NDArray[np.int64]:
    """For each record the number of the first one with its fingerprint, often its own.

    Reads `fingerprints` and writes `result`, int64, of which the memory map is returned.
    """
    count = fingerprints.stat().st_size // FINGERPRINT_BYTES
    if not count:
        return np.zeros(0, np.int64)
    rows = np.memmap(fingerprints, np.dtype(">u8"), "r", shape=(count, 2))
    first = np.memmap(result, np.int64, "w+", shape=(count,))
    first[:] = np.arange(count)
    passes = -(-count // MOST_AT_ONCE)
    edges = [(i << 64) // passes for i in range(passes + 1)]
    for low, high in pairwise(edges):
        chosen = _between(rows, low, high - 1)
        keys = np.asarray(rows[chosen])
        order = np.lexsort((chosen, keys[:, 1], keys[:, 0]))
        keys, chosen = keys[order], chosen[order]
        starts = np.ones(len(keys), bool)
        starts[1:] = (keys[1:] != keys[:-1]).any(axis=1)
        leaders = np.maximum.accumulate(np.where(starts, np.arange(len(keys)), 0))
        first[chosen] = chosen[leaders]
    first.flush()
    return first


def _between(rows: NDArray[np.uint64], low: int, high: int) -> NDArray[np.int64]:
    """The numbers of the records whose first half is in low … high; zeros are passed over."""
    hits = []
    for start in range(0, len(rows), MOST_AT_ONCE):
        part = rows[start : start + MOST_AT_ONCE]
        lead = part[:, 0].astype(np.uint64)
        hit = (lead >= np.uint64(low)) & (lead <= np.uint64(high)) & part.any(axis=1)
        hits.append(np.flatnonzero(hit) + start)
    return np.concatenate(hits)
