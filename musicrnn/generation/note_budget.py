"""How much of each bar of a tune that is varied stays."""

from __future__ import annotations

import numpy as np

from musicrnn.generation.original import Original

__all__ = ["NoteBudget"]

#: what the openings of sections keep more than other bars: by them a tune is known
_OPENINGS = 0.2


class NoteBudget:
    """Which share of its notes each group of bars is to keep, so that all together keep what is
    asked for. `loose` tells that the last bars of sections must change too."""

    def __init__(self, original: Original, closeness: float, rng: np.random.Generator) -> None:
        bars = original.bars
        groups = original.alike()
        closing = [g for g in groups if bars[g[0]].closes]
        sizes = [bar.notes.total() for bar in bars]
        stays = sum(sizes[n] for n in original.fixed)
        cadences = sum(sizes[n] for group in closing for n in group)
        self.wanted_in_all = closeness * original.notes
        self.loose = stays + cadences > self.wanted_in_all
        self._groups = [g for g in groups if self.loose or not bars[g[0]].closes]
        self._number = {n: at for at, group in enumerate(self._groups) for n in group}
        self._sizes = [sizes[group[0]] for group in self._groups]
        self._weights = [size * len(g) for size, g in zip(self._sizes, self._groups, strict=True)]
        self._kept = float(stays + (0 if self.loose else cadences))
        total = max(sum(self._weights), 1)
        mean = min(max((self.wanted_in_all - self._kept) / total, 0.0), 1.0)
        self._shares = rng.beta(max(mean, 0.04), max(1 - mean, 0.04), len(self._groups))
        for at, group in enumerate(self._groups):
            before = bars[group[0] - 1] if group[0] else None
            if before is None or before.closes:
                self._shares[at] = min(self._shares[at] + _OPENINGS, 1.0)
        self._open = list(range(len(self._groups)))

    def group_of(self, number: int) -> int | None:
        """The group of a bar; None for one that stays."""
        return self._number.get(number)

    def wanted(self, group: int) -> float:
        """How many notes a bar of a group is to keep, given what was kept so far."""
        weights = np.array([self._weights[at] for at in self._open], float)
        shares = np.array([self._shares[at] for at in self._open])
        need = self.wanted_in_all - self._kept
        # What is too much or too little is shared out; those that are full pass it on.
        for _ in range(4):
            missing = need - float(weights @ shares)
            room = (1 - shares) if missing > 0 else shares
            if not float(weights @ room):
                break
            shares = np.clip(shares + missing * room / float(weights @ room), 0, 1)
        return float(shares[self._open.index(group)]) * self._sizes[group]

    def settle(self, group: int, kept: int) -> None:
        """Note that a group is written, and how many notes each of its bars keeps."""
        self._kept += kept * len(self._groups[group])
        self._open.remove(group)
