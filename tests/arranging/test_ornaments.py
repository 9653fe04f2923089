"""Ornaments: where players put them, and nothing else changed."""

from __future__ import annotations

import re

import pytest

from musicrnn import abc
from musicrnn.arranging.bars import share_kept
from musicrnn.arranging.ornaments import ornamented
from musicrnn.errors import UsageError

JIG = "X:1\nT:A jig\nR:jig\nM:6/8\nL:1/8\nK:D\n|:A|d3 fff|e3 dcd|c3 efe|d3 A3|d3 fgf|d3 d2:|\n"
REEL = "X:1\nT:A reel\nR:reel\nM:4/4\nL:1/8\nK:G\n|:G2BG dGBG|A2cA eAcA|G2BG d2Bd|cAFA G4:|\n"
SEEDS = range(12)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("text", [JIG, REEL])
def test_it_stays_well_formed(text: str, seed: int) -> None:
    made = ornamented(text, seed=seed)
    assert abc.check(made, strict=True) == []
    assert made == ornamented(text, seed=seed)


def test_rolls_and_cuts_leave_the_notes_of_a_jig_alone() -> None:
    for seed in SEEDS:
        made = ornamented(JIG, seed=seed)
        assert re.sub(r"~|\{.\}", "", made) == JIG
        assert "(3" not in made


def test_triplets_fill_a_third_in_a_reel() -> None:
    made = [ornamented(REEL, seed=seed) for seed in SEEDS]
    assert any("(3BAG" in text or "(3cBA" in text for text in made)
    assert all(share_kept(REEL, text) > 0.7 for text in made)


def test_the_last_note_of_a_section_is_left_alone() -> None:
    for seed in SEEDS:
        assert ornamented(JIG, seed=seed).rstrip().endswith("d2:|")
        assert ornamented(REEL, seed=seed).rstrip().endswith("G4:|")


def test_bars_to_keep_stay() -> None:
    for seed in SEEDS:
        made = ornamented(JIG, keep="1,3-6", seed=seed)
        assert re.sub(r"~|\{.\}", "", made.split("|")[3]) == "e3 dcd"
        assert made.replace(made.split("|")[3], "e3 dcd") == JIG


def test_where_there_is_nothing_to_ornament() -> None:
    with pytest.raises(UsageError, match="no note in these bars"):
        ornamented("X:1\nM:4/4\nL:1/4\nK:C\nz2 C2|]\n", seed=1)
    with pytest.raises(UsageError, match="no bar 40"):
        ornamented(JIG, keep="40")
