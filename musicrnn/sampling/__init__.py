"""Writing new pieces: the network's step in NumPy, ways to choose, and what may be chosen.

`sample` joins them: an `Engine` gives the logits, a `Constraint` the tokens that may come next,
a `Sampler` picks one. Nothing here imports TensorFlow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from musicrnn.sampling.blas import one_thread
from musicrnn.sampling.engine import Engine
from musicrnn.sampling.protocol import Constraint
from musicrnn.sampling.samplers import Sampler, log_softmax

__all__ = ["Constraint", "Engine", "Sample", "Sampler", "one_thread", "sample"]


@dataclass
class Sample:
    """What was drawn: `ids` after the constraint's prefix, without the end token.

    `logprob` is the natural logarithm of the probability that the model, left free, gives to the
    tokens drawn, the end token included; `complete` is false when `max_tokens` came first. `state`
    is where the constraint ended, `cut` the number of steps at which the mask took away more than
    half of the probability.
    """

    ids: list[int] = field(default_factory=list)
    logprob: float = 0.0
    complete: bool = False
    cut: int = 0
    state: Any = None


@one_thread()
def sample(
    engine: Engine,
    sampler: Sampler,
    generators: Sequence[np.random.Generator],
    *,
    end: int,
    constraint: Constraint | None = None,
    prefix: Sequence[int] = (),
    max_tokens: int = 20_000,
) -> list[Sample]:
    """Draw one piece for each generator, all at once.

    The model is fed the end token, then `prefix` (the constraint's own goes before it), and goes
    on from there; a piece ends with the end token. Without a constraint any token may come.
    """
    batch = len(generators)
    samples = [Sample() for _ in range(batch)]
    if not batch:
        return samples
    fed = [end, *(constraint.prefix if constraint is not None else ()), *prefix]
    state = engine.start(1)
    logits = np.repeat(engine.feed(state, fed), batch, axis=0)
    state = state.keep([0] * batch)
    places = constraint.start(batch) if constraint is not None else []
    for row, place in enumerate(places):
        samples[row].state = place
    rows = list(range(batch))
    for _ in range(max_tokens):
        logprobs = log_softmax(logits)
        offered = logits
        if constraint is not None:
            mask = constraint.mask([places[row] for row in rows])
            offered = np.where(mask, logits, -np.inf)
            allowed = np.where(mask, np.exp(logprobs), 0).sum(axis=1)
        uniform = np.array([generators[row].random() for row in rows])
        ids = sampler.choose(offered, uniform)
        if constraint is not None:
            constraint.advance([places[row] for row in rows], ids.tolist())
        going = []
        for at, row in enumerate(rows):
            found, token = samples[row], int(ids[at])
            found.logprob += float(logprobs[at, token])
            if constraint is not None and allowed[at] < 0.5:
                found.cut += 1
            done = token == end if constraint is None else places[row].done
            if done:
                found.complete = True
            else:
                found.ids.append(token)
                going.append(at)
        if len(going) < len(rows):
            if not going:
                break
            rows = [rows[at] for at in going]
            ids = ids[going]
            state = state.keep(going)
        logits = engine.step(state, ids)
    return samples
