"""A suffix array over many melodies: every place where a run of steps occurs, by binary search.

Manber and Myers, "Suffix arrays: a new method for on-line string searches" (1993): all places of
the text are sorted by what follows them, so the places that share the longest run with a query
stand next to where the query would stand. A search takes O(log n) comparisons however many
melodies there are, and all places of a query are searched at once, in NumPy.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

__all__ = ["SEPARATOR", "SuffixArray"]

Ints = NDArray[np.int64]

#: Stands in the text before, between and after melodies; never a step.
SEPARATOR = 0
#: Stands in place of a step at both ends of a query; never in the text, so a run stops there.
_QUERY_EDGE = 0xFFE
_STEP_BITS = 12
_PACKED = 5  # steps in one 60-bit key
_BLOCK = 16  # steps compared at a time
#: A place whose next steps, this many, repeat an earlier place of the same melody is not listed:
#: played-out repeats would double the array and add nothing, as runs are extended backwards.
_REPEAT = 24


class SuffixArray:
    """The sorted places of `text`.

    `text` is uint16, shape ``(n,)``: steps below 2¹² (`melody.STEP_LIMIT`), with a `SEPARATOR`
    first, last and between melodies. `places` is int32: indices into `text`, in the order of
    what follows them.
    """

    def __init__(self, text: NDArray[np.uint16], places: NDArray[np.int32]) -> None:
        self.text = text
        self.places = places

    @classmethod
    def build(cls, text: NDArray[np.uint16]) -> SuffixArray:
        """Sort `text` by prefix doubling, in O(n log n log r), r the longest repeated run."""
        order = _sorted_places(text)
        return cls(text, order[_listed(text)[order]].astype(np.int32))

    def runs(
        self, query: NDArray[np.uint16], *, least: int, around: int = 8
    ) -> tuple[Ints, Ints, Ints]:
        """The longest runs of at least `least` steps that `query` shares with the text.

        Returns int64 arrays (start in the query, start in the text, length), one row a run. Runs
        are maximal. For each place of the query, the `around` best places of the text to either
        side are followed, so the longest run is always among them; of a phrase that is
        everywhere, only some of its places are.
        """
        if not len(query) or not len(self.places):
            return (np.zeros(0, np.int64),) * 3
        edge = np.full(1, _QUERY_EDGE, np.uint16)
        padded = np.concatenate([edge, query, edge])
        starts = np.arange(1, len(query) + 1)
        ranks = self._search(padded, starts)[:, None] + np.arange(-around, around)
        rows, columns = np.nonzero((ranks >= 0) & (ranks < len(self.places)))
        places = self.places[ranks[rows, columns]].astype(np.int64)
        i, j = starts[rows], places
        forward = self._common(padded, i, j)
        seen = forward > 0
        i, j, forward = i[seen], j[seen], forward[seen]
        backward = self._common(padded, i - 1, j - 1, direction=-1)
        lengths = forward + backward
        repeats = np.stack([i - backward - 1, j - backward, lengths], axis=1)[lengths >= least]
        repeats = np.unique(repeats, axis=0)
        return repeats[:, 0], repeats[:, 1], repeats[:, 2]

    @cached_property
    def _sorted_keys(self) -> Ints:
        """The packed first steps of every listed place: they narrow a search in one call."""
        return _keys(self.text)[self.places]

    def _search(self, query: NDArray[np.uint16], starts: Ints) -> Ints:
        """For each start, how many listed places sort before what follows it in `query`."""
        keys = _keys(query)[starts]
        low = np.searchsorted(self._sorted_keys, keys, side="left")
        high = np.searchsorted(self._sorted_keys, keys, side="right")
        while len(rows := np.flatnonzero(low < high)):
            middle = (low[rows] + high[rows]) // 2
            places = self.places[middle].astype(np.int64)
            common = self._common(query, starts[rows], places)
            before = self.text[places + common] < query[starts[rows] + common]
            low[rows] = np.where(before, middle + 1, low[rows])
            high[rows] = np.where(before, high[rows], middle)
        return low

    def _common(self, query: NDArray[np.uint16], i: Ints, j: Ints, direction: int = 1) -> Ints:
        """How many steps are equal from `query[i]` and `text[j]` on, going in `direction`."""
        common = np.zeros(len(i), np.int64)
        rows = np.arange(len(i))
        ahead = direction * np.arange(_BLOCK)
        while len(rows):
            offset = (direction * common[rows])[:, None] + ahead
            ours = np.take(query, i[rows, None] + offset, mode="clip")
            theirs = np.take(self.text, j[rows, None] + offset, mode="clip")
            differ = ours != theirs
            stopped = differ.any(axis=1)
            common[rows] += np.where(stopped, differ.argmax(axis=1), _BLOCK)
            rows = rows[~stopped]
        return common


def _keys(text: NDArray[np.uint16]) -> Ints:
    """The next five steps at each place as one number that sorts as they do.

    Past the end stands 0, below everything, so that places near the end differ too.
    """
    padded = np.concatenate([text.astype(np.int64) + 1, np.zeros(_PACKED, np.int64)])
    key = np.zeros(len(text), np.int64)
    for i in range(_PACKED):
        key = (key << _STEP_BITS) | padded[i : i + len(text)]
    return key


def _sorted_places(text: NDArray[np.uint16]) -> Ints:
    """All places of `text` in the order of what follows them."""
    n = len(text)
    key = _keys(text)
    depth = _PACKED
    while True:
        order = np.argsort(key, kind="stable")
        ordered = key[order]
        ranks = np.empty(n, np.int64)
        ranks[order] = np.cumsum(np.append(0, ordered[1:] != ordered[:-1]))
        if n == 0 or ranks[order[-1]] == n - 1:
            return order
        later = np.zeros(n, np.int64)  # 0: past the end, before everything
        later[: max(n - depth, 0)] = ranks[depth:] + 1
        key = ranks * (n + 1) + later
        depth *= 2


def _listed(text: NDArray[np.uint16]) -> NDArray[np.bool_]:
    """Which places are worth listing: steps, and not the repeat of a passage (see `_REPEAT`)."""
    n = len(text)
    padded = np.concatenate([text, np.zeros(_REPEAT, np.uint16)]).astype(np.uint64)
    multiplier = np.uint64(0x9E3779B97F4A7C15)  # 2⁶⁴ / golden ratio (Knuth's multiplicative hash)
    passage = np.cumsum(text == SEPARATOR).astype(np.uint64)  # the number of the melody
    for i in range(_REPEAT):
        passage = (passage ^ padded[i : i + n]) * multiplier
        passage ^= passage >> np.uint64(29)
    listed = np.zeros(n, np.bool_)
    listed[np.unique(passage, return_index=True)[1]] = True
    listed[text == SEPARATOR] = False
    return listed
