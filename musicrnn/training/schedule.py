"""The learning rate over a run, as a share of the highest."""

from __future__ import annotations

import math
from collections.abc import Callable

__all__ = ["SCHEDULES", "rate_at"]

#: What a schedule that falls ends with, as a share of the highest rate.
FLOOR = 0.02

#: name → share of the highest rate after the warm-up, from progress 0 … 1
SCHEDULES: dict[str, Callable[[float], float]] = {
    "constant": lambda _: 1.0,
    "linear": lambda t: 1 - (1 - FLOOR) * t,
    "cosine": lambda t: FLOOR + (1 - FLOOR) * (1 + math.cos(math.pi * t)) / 2,
}


def rate_at(progress: float, *, rate: float, schedule: str, warmup: float) -> float:
    """The learning rate when the share `progress` (0 … 1) of all steps is done.

    It rises in a straight line during the first `warmup` share, then follows the schedule.

    >>> [round(rate_at(p, rate=1, schedule="cosine", warmup=0.2), 2) for p in (0.1, 0.2, 0.6, 1)]
    [0.5, 1.0, 0.51, 0.02]
    """
    progress = min(max(progress, 0.0), 1.0)
    if progress < warmup:
        return rate * progress / warmup
    return rate * SCHEDULES[schedule]((progress - warmup) / (1 - warmup))
