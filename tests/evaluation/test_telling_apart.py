"""Collections that are alike, and collections that are not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from musicrnn.errors import UsageError
from musicrnn.evaluation.telling_apart import area, tell_apart
from musicrnn.evaluation.tune_figures import figures
from musicrnn.evaluation.written import WrittenTune

HEAD = "X:1\nT:Jig\nR:jig\nM:6/8\nL:1/8\nK:D\n"
BARS = ("dfa afd", "gfe efg", "fed cBA", "B2A F2A", "d2f afd", "ecA ABc", "d3 dcB", "A2d d3")


def rows(seed: int, n: int = 60, **shift: float) -> list[dict[str, float]]:
    """Tunes of two figures that mean nothing, `shift` added to one of them."""
    rng = np.random.default_rng(seed)
    names = ("form", "rhythm", "ends")
    return [{name: rng.normal() + shift.get(name, 0.0) for name in names} for _ in range(n)]


def test_the_area_is_the_share_of_pairs_in_order() -> None:
    assert area(np.array([2.0, 3.0]), np.array([1.0, 2.0])) == 0.875
    assert math.isnan(area(np.zeros(0), np.ones(1)))


def test_what_is_alike_cannot_be_told_apart() -> None:
    found = tell_apart(rows(0), rows(1))
    assert found.low < 0.5 < found.high


def test_what_differs_is_told_by_the_figure_in_which_it_differs() -> None:
    found = tell_apart(rows(0, rhythm=2.0), rows(1))
    assert found.area > 0.85
    assert found.figures[0].name == "rhythm"
    assert found.figures[0].drawn > found.figures[0].real + 1


def test_the_same_seed_gives_the_same() -> None:
    assert tell_apart(rows(0), rows(1), seed=3) == tell_apart(rows(0), rows(1), seed=3)


def test_too_few_tunes_are_refused() -> None:
    with pytest.raises(UsageError, match="too few"):
        tell_apart(rows(0, 4), rows(1, 4))


def test_figures_have_the_same_names_for_every_tune_and_say_nothing_of_the_key() -> None:
    body = f"|:{'|'.join(BARS)}:|\n|:{'|'.join(BARS[::-1])}|d6:|\n"
    in_d = figures(WrittenTune.parse(HEAD + body))
    short = figures(WrittenTune.parse(HEAD.replace("K:D", "K:G") + "G6|]\n"))
    assert list(in_d) == list(short)
    assert len(in_d) > 60
    lower = figures(WrittenTune.parse(HEAD.replace("K:D", "K:Db") + body))
    assert lower == pytest.approx(in_d, nan_ok=True)


def test_figures_of_a_jig() -> None:
    found = figures(WrittenTune.parse(HEAD + f"|:{'|'.join(BARS)}:|\n|:A|{'|'.join(BARS)}:|\n"))
    assert found["sections of eight bars"] == 1
    assert found["last two bars of A = those of B"] == 1
    assert found["shared with the eighth bar on"] == 1
    assert found["eighths, share"] == pytest.approx(0.85, abs=0.05)
    assert found["sections with the first one's pickup"] == 0.5
