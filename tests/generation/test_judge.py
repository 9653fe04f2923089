"""What makes one candidate better than another."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from musicrnn.errors import ModelError
from musicrnn.generation.judge import Judge, Tables, choose, faultless
from musicrnn.generation.judge_figures import Page

HEAD = "X:1\nT:Test\nR:jig\nM:6/8\nL:1/8\nK:{key}\n"
A = "|:DFA AFA|BGB AFD|DFA AFA|BGE E2 F|DFA AFA|BGB AFA|ded cAG|FDD D3:|\n"
B = "|:fdf ece|dBd AFA|GBG FAF|GFE E2 e|fdf ece|dBd AFA|ded cAG|FDD D3:|\n"


def jig(first: str = A, second: str = B, key: str = "D") -> str:
    return HEAD.format(key=key) + first + second


def test_a_tune_without_faults() -> None:
    assert faultless(jig()) == 0
    assert faultless("no tune") < faultless(jig())


@pytest.mark.parametrize(
    "part",
    [
        "|:DFA AFA|DFA AFA|DFA AFA|DFA AFA|BGB AFA|BGB AFA|ded cAG|FDD D3:|\n",
        "|:DFA AFA|BGB AFD|DFA AFA|BGB AFD|DFA AFA|BGB AFD|ded cAG|FDD D3:|\n",
        "|:DFA AFA|BGB A//B//A//G//F2|GBG FAF|GFE E2 F|DFA AFA|BGB AFA|ded cAG|FDD D3:|\n",
        "|:DFA AFA|BGB AFD|GBG FAF|GFE E2 F|DFA AFA|BGB AFA|ded cAG|FDD D2>>>D2:|\n",
        A,
        "|:DFA AFA|BGB AFD|GBG FAF|GFE E2 F|DFA AFA|BGB AFA|ded cAG|FDD ^D3:|\n",
    ],
    ids=[
        "one bar over and over",
        "two bars over and over",
        "32nds",
        "an odd tail",
        "part A again",
        "an end outside of the scale",
    ],
)
def test_what_alone_puts_a_tune_aside(part: str) -> None:
    assert faultless(jig(A, part)) < 0


def test_a_page_is_read_alike_in_every_key() -> None:
    page = Page.read(jig())
    other = Page.read(jig(A.replace("D", "C"), B, key="C"))
    assert page is not None
    assert other is not None
    assert page.notes[0][2] == other.notes[0][2] == 0
    assert not page.minor
    assert [len(section) for section in page.sections] == [8, 8]


def tunes(n: int, *, noise: bool, seed: int) -> list[str]:
    """Jigs of bars in their order, or of the same bars with notes by chance."""
    rng = random.Random(seed)
    bars = [bar for part in (A, B) for bar in part.strip("|:\n").split("|")]
    written = []
    for _ in range(n):
        parts = []
        for half in (bars[:6], bars[8:14]):
            first, second, third = rng.sample(sorted(set(half)), 3)
            last = rng.choice(["ded cAG|FDD D3", "dcB AGF|EDD D3"])
            part = f"{first}|{second}|{first}|{third}|{first}|{second}|{last}"
            if noise:
                part = "".join(rng.choice("DEFGABcdef") if c.isalpha() else c for c in part)
            parts.append(f"|:{part}:|\n")
        written.append(jig(*parts))
    return written


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge.fit(tunes(80, noise=False, seed=1), tunes(80, noise=True, seed=2))


def test_a_judge_tells_tunes_from_drafts_it_has_not_seen(judge: Judge) -> None:
    real = [judge.score(text) for text in tunes(20, noise=False, seed=3)]
    drafts = [judge.score(text) for text in tunes(20, noise=True, seed=4)]
    assert sum(a > b for a in real for b in drafts) > 0.95 * 400


def test_what_lies_beyond_all_real_tunes_counts_against_a_tune(judge: Judge) -> None:
    high = jig(A, B.replace("fdf ece", "f''df ece"))
    assert judge.score(high) < judge.score(jig()) - 3


def test_a_choice_grows_with_the_odds_and_leaves_the_others_some() -> None:
    generator = np.random.default_rng(1)
    chosen = [choose([0.0, 2 / 3, -12.0], generator) for _ in range(2000)]
    assert 0.68 < chosen.count(1) / 2000 < 0.78  # e : 1
    assert chosen.count(0) + chosen.count(1) == 2000
    assert choose([-np.inf, -np.inf], generator) == 0


def test_a_tune_learned_from_is_measured_without_itself() -> None:
    page = Page.read(jig())
    assert page is not None
    tables = Tables.learn([page])
    assert tables.figures(page, own=True)[0] < tables.figures(page)[0]


def test_a_judge_comes_back_from_its_file(judge: Judge, tmp_path: Path) -> None:
    judge.save(tmp_path / "judge.npz")
    again = Judge.load(tmp_path / "judge.npz")
    for text in (jig(), *tunes(3, noise=True, seed=5)):
        assert again.score(text) == pytest.approx(judge.score(text))
    (tmp_path / "judge.npz").write_bytes(b"PK")
    with pytest.raises(ModelError, match="damaged"):
        Judge.load(tmp_path / "judge.npz")
