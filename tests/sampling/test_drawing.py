"""What a constraint refuses is thrown away and drawn again; the mask is the last resort."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from musicrnn.piece import Piece
from musicrnn.sampling import Sample, Sampler, sample

A, B, LINE, END = range(4)


class Dice:
    """A network that writes A and B by fixed odds and, after two of them, nearly always a bar
    line; its state is the number of letters in each row's bar."""

    def __init__(self, a: float) -> None:
        letter = [a, 1 - a, 1e-6, 1e-6]
        line = [0.1, 1e-6, 0.9, 1e-6]
        self.odds = np.log(np.array([letter, letter, line, line], np.float32))

    def start(self, batch: int = 1) -> Letters:
        return Letters(np.zeros(batch, np.intp))

    def step(self, state: Letters, ids: Sequence[int]) -> np.ndarray:
        tokens = np.asarray(ids)
        state.counts = np.where(tokens < LINE, np.minimum(state.counts + 1, 3), 0)
        return self.odds[state.counts]

    def feed(self, state: Letters, ids: Sequence[int]) -> np.ndarray:
        return self.step(state, [END])


@dataclass
class Letters:
    """The state of `Dice`."""

    counts: np.ndarray

    def keep(self, rows: list[int]) -> Letters:
        return Letters(self.counts[rows])

    def save(self, rows: list[int]) -> list[int]:
        return self.counts[rows].tolist()

    def restore(self, rows: list[int], saved: list[int]) -> None:
        self.counts[rows] = saved


@dataclass
class Place:
    """Bars closed so far, letters in this one."""

    bars: list[str] = field(default_factory=list)
    bar: str = ""
    done: bool = False
    masked: bool = False

    @property
    def checkpoint(self) -> int:
        return 1 + len(self.bars)

    def __copy__(self) -> Place:
        return Place([*self.bars], self.bar, self.done, self.masked)


class TwoBars:
    """Two bars, each one of `bars`, then the end; after some bars only those in `after` fit."""

    prefix = ()

    def __init__(self, *bars: str, after: dict[str, list[str]] | None = None) -> None:
        self.bars, self.after = bars, after or {}

    def start(self, batch: int, generators: Any = ()) -> list[Place]:
        return [Place() for _ in range(batch)]

    def mask(self, states: Sequence[Place]) -> np.ndarray:
        return np.array([self._row(place) for place in states])

    def _row(self, place: Place) -> list[bool]:
        if len(place.bars) == 2:
            return [False, False, False, True]
        if len(place.bar) == 2:
            return [False, False, True, False]
        fitting = self.after.get(place.bars[-1], self.bars) if place.bars else self.bars
        letters = [any(bar.startswith(place.bar + each) for bar in fitting) for each in "AB"]
        return [*letters, False, False]

    def advance(self, states: Sequence[Place], ids: Sequence[int]) -> None:
        for place, token in zip(states, ids, strict=True):
            if token == END:
                place.done = True
            elif token == LINE:
                place.bars.append(place.bar)
                place.bar = ""
                place.masked = len(place.bars) == 2
            else:
                place.bar += "AB"[token]

    def piece(self, state: Place, ids: Sequence[int], *, number: int = 1) -> Piece:
        return Piece("text", "|".join(state.bars))


def drawn(a: float, constraint: TwoBars, n: int, **how: Any) -> list[Sample]:
    generators = [np.random.default_rng([0, i]) for i in range(n)]
    return sample(Dice(a), Sampler(**how), generators, end=END, constraint=constraint)  # type: ignore[arg-type]


def test_bars_are_those_of_the_free_model_that_are_well_formed() -> None:
    bars = Counter(one.state.bars[0] for one in drawn(0.8, TwoBars("AA", "AB", "BB"), 4000))
    free = {"AA": 0.64, "AB": 0.16, "BB": 0.04}
    for bar, probability in free.items():
        assert abs(bars[bar] / 4000 - probability / 0.84) < 0.02
    # A mask alone would have written BB as often as a bar starts with B: one in five.


def test_what_is_thrown_away_is_told() -> None:
    samples = drawn(0.5, TwoBars("AA", "AB", "BB"), 200)
    assert all(one.complete and one.bars == 3 and not one.masked for one in samples)
    refused = sum(one.refused for one in samples) / 400
    # One bar in four is BA, and a third letter comes in a tenth of the others.
    assert abs(refused - 0.325 / 0.675) < 0.1


def test_a_blind_alley_is_left_backwards() -> None:
    """After AB only BB fits, which hardly ever comes: then the AB is drawn again."""
    constraint = TwoBars("AA", "AB", "BB", after={"AB": ["BB"]})
    samples = drawn(0.9, constraint, 1000)
    first = Counter(one.state.bars[0] for one in samples)
    assert first["AB"] < 1000 * 0.09 / 0.91 / 3
    assert sum(one.masked > 0 for one in samples) < 20


def test_the_mask_is_the_last_resort() -> None:
    samples = drawn(0.999999, TwoBars("BA", "BB"), 20)
    assert all(one.masked == 6 and len(one.state.bars) == 2 for one in samples)
    assert all(one.refused == 16 + 8 for one in samples)


def test_a_row_does_not_depend_on_its_neighbours() -> None:
    constraint = TwoBars("AA", "AB", "BB")
    assert drawn(0.5, constraint, 3) == drawn(0.5, constraint, 8)[:3]


def test_the_likeliest_is_not_drawn_twice() -> None:
    (one,) = drawn(0.8, TwoBars("AB", "BB"), 1, greedy=True)
    assert one.state.bars == ["AB", "AB"]
    assert one.refused == 0
