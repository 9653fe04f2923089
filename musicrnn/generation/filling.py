"""Filling in, bar after bar: what stands before a gap is read once, not again for every bar."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from musicrnn.constraints.abc.controls import Controls
from musicrnn.constraints.abc.infill import GapConstraint, next_gap
from musicrnn.errors import UsageError
from musicrnn.sampling import Engine, Sample, Sampler, one_thread, sample
from musicrnn.sampling.engine import State
from musicrnn.sampling.samplers import log_softmax
from musicrnn.tokens.char import CharTokenizer

__all__ = ["Filler", "fill_gaps"]

#: tokens that are read before a gap
_MOST_READ = 20_000

FloatArray = npt.NDArray[np.float32]


def fill_gaps(
    text: str,
    engine: Engine,
    tokenizer: CharTokenizer,
    controls: Controls,
    sampler: Sampler,
    *,
    seed: int,
    draws: int,
) -> tuple[str, float]:
    """`text` with a bar for each ``?``, the likeliest of so many `draws`, and the log-probability
    of the bars."""
    filler = Filler(engine, tokenizer.end)
    logprob, number = 0.0, 0
    while (gap := next_gap(text)) is not None:
        constraint = GapConstraint.of(tokenizer, gap, controls)
        generators = [np.random.default_rng([seed, number, draw]) for draw in range(draws)]
        best = filler.fill(constraint, sampler, generators, gap.following)
        text = gap.before + constraint.text(best.ids) + gap.after
        logprob += best.logprob
        number += 1
    return text, logprob


class Filler:
    """The network at the end of what it has read; a longer text is read on from there."""

    def __init__(self, engine: Engine, end: int) -> None:
        self._engine = engine
        self._end = end
        self._read: list[int] = []
        self._state: State
        self._logits: FloatArray

    @one_thread()
    def fill(
        self,
        constraint: GapConstraint,
        sampler: Sampler,
        generators: Sequence[np.random.Generator],
        following: str,
    ) -> Sample:
        """Of one draw for each generator the one that is likeliest together with the music that
        follows."""
        self._read_to([self._end, *constraint.prefix])
        drawn = sample(
            self._engine,
            sampler,
            generators,
            end=self._end,
            constraint=constraint,
            start=(self._state, self._logits),
        )
        # Draws that came out alike need not be weighed twice.
        different = list({tuple(one.ids): one for one in drawn}.values())
        if len(different) == 1:
            return different[0]
        weights = self._leading_to([one.ids for one in different], constraint.known(following))
        best = max(range(len(different)), key=lambda row: different[row].logprob + weights[row])
        return different[best]

    def _read_to(self, ids: list[int]) -> None:
        """Read on to the end of `ids`, or, where they begin otherwise, from the start."""
        if len(ids) > _MOST_READ:
            raise UsageError(
                f"{len(ids):,} characters stand before a gap; at most {_MOST_READ:,} are read"
            )
        known = len(self._read)
        if not known or self._read != ids[:known]:
            self._state, known = self._engine.start(1), 0
        if ids[known:]:
            self._logits = self._engine.feed(self._state, ids[known:])
        self._read = ids

    def _leading_to(
        self, bars: Sequence[Sequence[int]], following: Sequence[int]
    ) -> npt.NDArray[np.float64]:
        """The log-probability of what follows after each of the bars, all at once."""
        state = self._state.keep([0] * len(bars))
        logits = np.repeat(self._logits, len(bars), axis=0)
        texts = [[*bar, *following] for bar in bars]
        totals = np.zeros(len(bars))
        for place in range(max(map(len, texts))):
            logprobs = log_softmax(logits)
            for row, (bar, text) in enumerate(zip(bars, texts, strict=True)):
                if len(bar) <= place < len(text):
                    totals[row] += logprobs[row, text[place]]
            # A row that is at its end reads anything; nobody looks at it any more.
            logits = self._engine.step(
                state, [text[place] if place < len(text) else self._end for text in texts]
            )
        return totals
