"""Filling in reads on from bar to bar, and weighs each draw as reading everything again would."""

from __future__ import annotations

import numpy as np
import pytest

from musicrnn.constraints.abc.controls import Controls
from musicrnn.constraints.abc.infill import GapConstraint, next_gap
from musicrnn.errors import UsageError
from musicrnn.generation.filling import Filler
from musicrnn.generation.model import Model
from musicrnn.sampling import Engine, Sampler, sample
from musicrnn.sampling.samplers import log_softmax
from musicrnn.tokens.char import CharTokenizer
from tests.constraints.helpers import untrained

TUNE = "X:1\nT:t\nM:4/4\nL:1/8\nK:C\ncdef gfed|{}|c2e2 g2e2|{}|c8|]\n"


def weight(engine: Engine, ids: list[int], following: list[int]) -> float:
    """The log-probability of what follows, read from the beginning."""
    logits = engine.feed(state := engine.start(1), ids)
    total = 0.0
    for token in following:
        total += float(log_softmax(logits)[0, token])
        logits = engine.step(state, [token])
    return total


@pytest.mark.parametrize("shape", [{}, {"attention": 64, "attention_width": 6}], ids=str)
def test_the_bar_that_leads_best_to_what_follows(shape: dict[str, int]) -> None:
    bundle = untrained(**shape)
    engine, tokenizer = Engine(bundle), bundle.tokenizer
    assert isinstance(tokenizer, CharTokenizer)
    filler = Filler(engine, tokenizer.end)
    text = TUNE.format("?", "?")
    for number in range(2):  # the second goes on from where the first was read
        gap = next_gap(text)
        assert gap is not None
        constraint = GapConstraint.of(tokenizer, gap, Controls())
        seeds = [[7, number, j] for j in range(4)]
        found = filler.fill(
            constraint, Sampler(), [np.random.default_rng(seed) for seed in seeds], gap.following
        )
        drawn = sample(
            engine,
            Sampler(),
            [np.random.default_rng(seed) for seed in seeds],
            end=tokenizer.end,
            constraint=constraint,
        )
        start = [tokenizer.end, *constraint.prefix]
        following = constraint.known(gap.following)
        best = max(drawn, key=lambda one: one.logprob + weight(engine, start + one.ids, following))
        assert found.ids == best.ids
        text = gap.before + constraint.text(found.ids) + gap.after
    assert next_gap(text) is None


@pytest.mark.parametrize("key", ["Hp", "none", "D treble", "Am octave=-1"])
def test_bars_are_filled_under_keys_without_a_tonic_and_beside_clefs(key: str) -> None:
    text = TUNE.replace("K:C", f"K:{key}").format("?", "?")
    tune = Model(untrained()).complete(text, seed=1)
    assert f"K:{key}\n" in tune.text
    assert next_gap(tune.text) is None
    assert tune.score.length == 20


def test_a_signature_of_no_key_is_refused_in_a_line() -> None:
    with pytest.raises(UsageError, match="is that of no key"):
        Model(untrained()).complete(TUNE.replace("K:C", "K:D exp _b ^c").format("?", "?"))


def test_nothing_is_read_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    model = Model(untrained())
    steps = 0
    step = Engine.step

    def counted(self: Engine, state: object, ids: object) -> object:
        nonlocal steps
        steps += 1
        return step(self, state, ids)  # type: ignore[arg-type]

    monkeypatch.setattr(Engine, "step", counted)
    bars = "cdef gfed|" * 12
    model.complete(f"X:1\nT:t\nM:4/4\nL:1/8\nK:C\n{bars}?|c8|]\n", seed=1)
    one = steps
    steps = 0
    model.complete(f"X:1\nT:t\nM:4/4\nL:1/8\nK:C\n{bars}?|?|?|c8|]\n", seed=1)
    assert steps < 2.5 * one
