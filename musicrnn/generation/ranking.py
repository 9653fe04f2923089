"""Candidates, best first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from musicrnn.generation.judge import Judge, choose, faultless
from musicrnn.generation.tune import Tune

__all__ = ["ranked"]


def ranked(
    tunes: Sequence[Tune], judge: Judge | None, generator: np.random.Generator | None
) -> list[Tune]:
    """The candidates, best first: as the judge has it, for ABC, then by their likelihood.

    With a `generator` one drawn by its odds of being a real tune comes before the others.
    """
    judged = [_judged(tune, judge) for tune in tunes]
    # Where the judge tells all apart, nobody needs to count the notes that each one plays.
    equal = len(set(judged)) < len(tunes)
    likely = [_likelihood(tune) if equal else 0.0 for tune in tunes]
    order = sorted(range(len(tunes)), key=lambda at: (judged[at], likely[at]), reverse=True)
    if judge is not None and generator is not None:
        first = choose(judged, generator)
        order = [first, *(at for at in order if at != first)]
    return [tunes[at] for at in order]


def _judged(tune: Tune, judge: Judge | None) -> float:
    if tune.format != "abc":
        return 0.0
    return judge.score(tune.text) if judge else faultless(tune.text)


def _likelihood(tune: Tune) -> float:
    return tune.logprob if tune.format == "text" else tune.logprob_per_note
