"""New sets: tunes of one kind that a model writes to be played one after the other."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from musicrnn.arranging.sets import MOST_SHARED, chosen_keys, shared_bars
from musicrnn.errors import UsageError
from musicrnn.generation.tune import Tune, Tunes

if TYPE_CHECKING:
    from musicrnn.generation.model import Model

__all__ = ["new_set"]

_MOST_TUNES = 12
#: tunes drawn for a place before one that is like another is taken after all
_MOST_TRIES = 4
_MOST_SEED = 2**32


def new_set(
    model: Model, n: int = 3, *, keys: Sequence[str] = (), seed: int | None = None, **options: Any
) -> Tunes:
    """`n` new tunes in keys that follow each other well (or in `keys`, one a tune), no two of which
    share more than `MOST_SHARED` bars. Other options are those of `Model.generate`.

    Raises `UsageError` for what makes no sense.
    """
    if not 1 <= n <= _MOST_TUNES:
        raise UsageError(f"a set of {n} tunes: choose 1 to {_MOST_TUNES}")
    if keys and len(keys) != n:
        raise UsageError(f"a set of {n} tunes wants {n} keys, not {len(keys)}")
    seed = secrets.randbelow(_MOST_SEED) if seed is None else seed
    chosen = list(keys) or chosen_keys(n, np.random.default_rng(seed))
    tunes = Tunes()
    for number, key in enumerate(chosen):
        best: tuple[int, Tune] | None = None
        for attempt in range(_MOST_TRIES):
            first = number * _MOST_TRIES + attempt
            (tune,) = model.stream(1, first=first, seed=seed, key=key, **options)
            alike = max((shared_bars(tune.score, other.score) for other in tunes), default=0)
            if best is None or alike < best[0]:
                best = alike, tune
            if alike <= MOST_SHARED:
                break
        assert best is not None  # there is a first attempt
        tunes.append(best[1])
    return tunes
