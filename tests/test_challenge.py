"""The challenge's rules on a tune that breaks each of them."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.challenge_rules import Limits, judge, summary
from musicrnn.evaluation.written import WrittenTune

HEAD = "X:1\nT:Jig\nR:jig\nM:6/8\nL:1/8\nK:D\n"
BARS = ("dfa afd", "gfe efg", "fed cBA", "B2A F2A", "d2f afd", "ecA ABc", "d3 dcB", "A2d d3")


def book() -> list[WrittenTune]:
    """Jigs of eight-bar sections, bars in any order."""
    rng = np.random.default_rng(1)
    tunes = []
    for _ in range(60):
        bars = ["|".join(rng.permutation(BARS)) for _ in range(2)]
        tunes.append(WrittenTune.parse(HEAD + f"|:{bars[0]}:|\n|:{bars[1]}:|\n"))
    return tunes


LIMITS = Limits.of(book())
GOOD = HEAD + f"|:{'|'.join(BARS)}:|\n|:{'|'.join(BARS[::-1])}|d6:|\n"


def test_the_books_own_tunes_mostly_pass() -> None:
    assert summary([judge(tune, LIMITS) for tune in book()])["rejected"] < 0.15


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("dfa afd", "d/8f/8a/8a/8f/8d/8 d6-d3/4 a/4f/4", "rhythm"),
        ("gfe efg", "g'fe e'f'g'", "range"),
        ("fed cBA", "^f_e=d ^c_B_A", "mode"),
        ("M:6/8", "M:3/4", "rhythm"),
    ],
)
def test_each_rule_rejects(old: str, new: str, rule: str) -> None:
    verdict = judge(WrittenTune.parse(GOOD.replace(old, new)), LIMITS)
    assert verdict.rejected
    assert rule in verdict.reasons


def test_a_key_that_nothing_confirms_is_rejected() -> None:
    verdict = judge(WrittenTune.parse(GOOD.replace("K:D", "K:Bb").replace("d6:|", "c6:|")), LIMITS)
    assert "neither notes nor ends confirm K:" in verdict.reasons["mode"]


def test_a_copy_is_plagiarism() -> None:
    assert judge(WrittenTune.parse(GOOD), LIMITS, copied=True).reasons["plagiarism"]


def test_good_form_is_sections_of_eight() -> None:
    assert not judge(WrittenTune.parse(GOOD), LIMITS).good_form
    assert judge(WrittenTune.parse(GOOD.replace("|d6:|", ":|")), LIMITS).good_form
