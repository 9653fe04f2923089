"""Shared bars, one tune under the other."""

from __future__ import annotations

import pytest

from musicrnn import abc
from musicrnn.novelty.index import Index
from musicrnn.novelty.passages import letter, shared_bars

KNOWN = "X:1\nT:Known\nM:4/4\nL:1/8\nK:C\nEDCE GFED|CEGc BAGF|EFGA G2E2|D2DE C4|]\n"
MINE = "X:1\nT:Mine\nM:4/4\nL:1/8\nK:D\nA8|FEDF AGFE|DFAd cBAG|FGAB AFDF|]\n"


@pytest.mark.parametrize(
    ("pitch", "name"), [(60, "C"), (61, "^C"), (58, "_B,"), (72, "c"), (84, "c'"), (47, "B,,")]
)
def test_letters(pitch: int, name: str) -> None:
    assert letter(pitch) == name


def test_bars_side_by_side() -> None:
    index = Index.build([abc.to_score(abc.parse_tune(KNOWN))])
    mine = abc.to_score(abc.parse_tune(MINE))
    known = index.novelty(mine).nearest[0]
    bars = shared_bars(index, mine, known, known.passages[0])
    assert (bars[0].bar, bars[0].known_bar) == (2, 1)
    assert bars[0].notes == "^F E D ^F A G ^F E"
    assert bars[0].known_notes == "E D C E G F E D"
    assert (bars[1].bar, bars[1].known_bar) == (3, 2)
