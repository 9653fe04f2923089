"""Drawing pieces: the network chooses freely, and what its constraint refuses is thrown away.

A mask forbids a token without regard to what the model meant by it, and what it then takes in
place of the forbidden one may be what it would never have written. So the mask is the last resort.
A constraint has *checkpoints*, such as bar lines; from one to the next the model draws as if it
were free, and at the first token that is refused the row returns to its last checkpoint and draws
again. What is kept has the distribution of the free model's own bars, given that they are well
formed. A checkpoint from which nothing fits for `PATIENCE` draws is taken for a blind alley: the
row goes back a bar more, then two, and only then does the mask lead over that one bar. A model
whose bars hardly ever fit (untrained, or in a metre that it never saw) is given fewer draws by and
by, so that it costs little more than the mask alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from musicrnn.sampling.blas import one_thread
from musicrnn.sampling.engine import Engine, Saved, State
from musicrnn.sampling.samplers import Sampler, log_softmax
from musicrnn.tokens.constraint import BoolArray, Constraint

__all__ = ["PATIENCE", "Sample", "sample"]

#: how often what follows a checkpoint is drawn before the way to it is doubted
PATIENCE = 16
#: how often a row goes back beyond its last checkpoint before the mask leads on
_MOST_RETREATS = 2
#: tokens that a row ever throws away of one bar; attention cannot go back much further
#: (`attention.SLACK`) in a very long piece
_LONGEST_DRAFT = 100

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.intp]


@dataclass
class Sample:
    """What was drawn: `ids` after the constraint's prefix, without the end token.

    `logprob` is the natural logarithm of the probability that the model, left free, gives to the
    tokens kept, the end token included; `complete` is false when `max_tokens` came first. `state`
    is where the constraint ended. `bars` counts the checkpoints passed and `refused` the draws
    thrown away between two of them; `masked` tokens were led by the mask, where nothing drawn
    freely would fit. `cut` is the number of steps, those of a header too, at which a mask took
    away more than half of the probability.
    """

    ids: list[int] = field(default_factory=list)
    logprob: float = 0.0
    complete: bool = False
    cut: int = 0
    bars: int = 0
    refused: int = 0
    masked: int = 0
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
    start: tuple[State, FloatArray] | None = None,
    max_tokens: int = 20_000,
) -> list[Sample]:
    """Draw one piece for each generator, all at once.

    The model is fed the end token, then `prefix` (the constraint's own goes before it), and goes
    on from there; a piece ends with the end token. Without a constraint any token may come.
    With `start`, one row's state and its logits (1, V), which stay as they are, the model stands
    there already and is fed nothing first.
    """
    batch = len(generators)
    if not batch:
        return []
    places = [None] * batch if constraint is None else constraint.start(batch, generators)
    # Drawing again what always comes out the same is of no use.
    patience = 0 if sampler.greedy or sampler.top_k == 1 else PATIENCE
    rows = [_Row(*row, patience) for row in zip(generators, places, strict=True)]
    samples = [row.sample for row in rows]
    if start is None:
        state = engine.start(1)
        fed = [end, *(constraint.prefix if constraint is not None else ()), *prefix]
        logits = engine.feed(state, fed)
    else:
        state, logits = start
    logits = np.repeat(logits, batch, axis=0)
    state = state.keep([0] * batch)
    while rows:
        _set_marks(rows, state, logits)
        ids, fits = _choose(sampler, rows, logits, constraint)
        for at, row in enumerate(rows):
            if fits[at]:
                row.take(int(ids[at]), end, max_tokens)
            else:
                row.go_back()
        going = [at for at, row in enumerate(rows) if not row.over]
        if len(going) < len(rows):
            rows = [rows[at] for at in going]
            ids, fits, logits = ids[going], fits[going], logits[going]
            state = state.keep(going)
        if fits.any():
            logits = engine.step(state, ids)
        back = np.flatnonzero(~fits).tolist()
        state.restore(back, [rows[at].marks[-1].saved for at in back])
        for at in back:
            logits[at] = rows[at].marks[-1].logits
    return samples


# --- one row ------------------------------------------------------------------------------------


@dataclass
class _Mark:
    """A checkpoint of a row: all that is needed to go on from there again."""

    saved: Saved
    logits: FloatArray
    place: Any
    tokens: int
    logprob: float
    cut: int
    masked: int
    refusals: int = 0


class _Row:
    """One piece on its way; `place` is its state in the constraint, None without one."""

    def __init__(self, generator: np.random.Generator, place: Any, patience: int) -> None:
        self.generator = generator
        self.place = place
        self.sample = Sample(state=place)
        self.over = False
        #: the last checkpoints, as far back as the row may have to go
        self.marks: deque[_Mark] = deque(maxlen=_MOST_RETREATS + 1)
        #: the checkpoint of the last mark, and the farthest one reached
        self.checkpoint = self._farthest = 0
        self._most_patience = self._patience = patience
        self._retreats = 0
        self._led = patience == 0

    @property
    def led(self) -> bool:
        """Whether the mask leads because nothing that was drawn freely fitted."""
        return self._led and not self.place.masked

    @property
    def arrived(self) -> bool:
        """Whether the row stands at a checkpoint that has no mark yet; a long bar has several."""
        if self.place is None:
            return False
        if self.place.checkpoint > self.checkpoint:
            return True
        begun = bool(self.marks) and not self.place.masked
        return begun and len(self.sample.ids) - self.marks[-1].tokens >= _LONGEST_DRAFT

    def take(self, token: int, end: int, most: int) -> None:
        """Keep a token; the place has moved over it already."""
        sample = self.sample
        sample.complete = token == end if self.place is None else self.place.done
        if not sample.complete:
            sample.ids.append(token)
        self.over = sample.complete or len(sample.ids) >= most
        if self.over and self.place is not None:
            sample.bars = self.place.checkpoint

    def mark(self, saved: Saved, logits: FloatArray) -> None:
        """Remember this checkpoint, and how hard it was to come here."""
        checkpoint, sample = self.place.checkpoint, self.sample
        if checkpoint > self.checkpoint and self._most_patience:
            if self._led:
                self._led, self._patience = False, max(self._patience // 2, 1)
            elif checkpoint > self._farthest:
                self._patience = min(self._patience * 2, self._most_patience)
        if checkpoint > self._farthest:
            self._farthest, self._retreats = checkpoint, 0
        self.checkpoint = checkpoint
        self.marks.append(
            _Mark(
                saved,
                logits.copy(),
                copy(self.place),
                len(sample.ids),
                sample.logprob,
                sample.cut,
                sample.masked,
            )
        )

    def go_back(self) -> None:
        """Throw away what was drawn since the last checkpoint, or since one further back."""
        self.sample.refused += 1
        self.marks[-1].refusals += 1
        if self.marks[-1].refusals >= self._patience:
            self._give_up()
        mark, sample = self.marks[-1], self.sample
        self.place = sample.state = copy(mark.place)
        self.checkpoint = mark.place.checkpoint
        del sample.ids[mark.tokens :]
        sample.logprob, sample.cut, sample.masked = mark.logprob, mark.cut, mark.masked

    def _give_up(self) -> None:
        """Doubt the bar before, then the two before; then let the mask lead to the next one."""
        further = self._retreats + 1
        if (
            self._patience == self._most_patience
            and further <= _MOST_RETREATS
            and further < len(self.marks)
            and len(self.sample.ids) - self.marks[-1 - further].tokens <= _LONGEST_DRAFT
        ):
            self._retreats = further
            for _ in range(further):
                self.marks.pop()
        else:
            self._led = True
        self.marks[-1].refusals = 0


def _set_marks(rows: Sequence[_Row], state: State, logits: FloatArray) -> None:
    arrived = [at for at, row in enumerate(rows) if row.arrived]
    for at, saved in zip(arrived, state.save(arrived), strict=True):
        rows[at].mark(saved, logits[at])


def _choose(
    sampler: Sampler, rows: Sequence[_Row], logits: FloatArray, constraint: Constraint | None
) -> tuple[IntArray, BoolArray]:
    """A token for each row, and whether its constraint takes it; places move over those taken."""
    logprobs = log_softmax(logits)
    uniform = np.array([row.generator.random() for row in rows])
    if constraint is None:
        ids = sampler.choose(logits, uniform)
        fits = np.ones(len(rows), np.bool_)
    else:
        mask = constraint.mask([row.place for row in rows])
        led = np.array([row.led for row in rows])
        masked = led | np.array([row.place.masked for row in rows])
        ids = sampler.choose(np.where(mask | ~masked[:, None], logits, -np.inf), uniform)
        fits = mask[np.arange(len(rows)), ids]
        allowed = np.where(mask, np.exp(logprobs), 0).sum(axis=1)
        taken = np.flatnonzero(fits).tolist()
        constraint.advance([rows[at].place for at in taken], ids[taken].tolist())
        for at in np.flatnonzero(masked).tolist():
            rows[at].sample.masked += bool(led[at])
            rows[at].sample.cut += bool(allowed[at] < 0.5)
    for at in np.flatnonzero(fits).tolist():
        rows[at].sample.logprob += float(logprobs[at, ids[at]])
    return ids, fits
