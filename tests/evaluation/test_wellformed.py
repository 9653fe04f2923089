"""Which rules tunes keep, by group."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import ClassVar

import numpy as np
import pytest

from musicrnn.constraints.controls import controls_of
from musicrnn.evaluation.control_check import controls_satisfied, random_controls
from musicrnn.evaluation.wellformed import broken_rules, well_formed
from musicrnn.score import Key, KeyChange, Meter, MeterChange, Note, Score

GOOD = "X:1\nT:Scale\nM:4/4\nL:1/4\nK:C\n|:CDEF|GABc:|\n"


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        (GOOD, set()),
        (GOOD.replace("GABc", "GABcd"), {"bars"}),
        (GOOD.replace(":|", "|"), {"repeats", "final bar"}),
        (GOOD.replace(":|", "|").replace("|:", "|"), {"final bar"}),
        (GOOD.replace("M:4/4", "M:four"), {"header"}),
        (GOOD.replace("GABc", 'GA"Bc'), {"parse"}),
        ("what", {"header"}),
    ],
)
def test_broken_rules(text: str, rules: set[str]) -> None:
    assert broken_rules(text) >= rules
    assert bool(broken_rules(text)) == bool(rules)


def test_a_tune_that_was_cut_off() -> None:
    assert broken_rules(GOOD, complete=False) == {"ended"}


def melody(*pitches: int, length: int = 1) -> Score:
    """Notes of `length` quarters, one after another, in C."""
    notes = [Note(Fraction(i * length), p, Fraction(length)) for i, p in enumerate(pitches)]
    common = [MeterChange(Fraction(0), Meter(4, 4))]
    return Score.of(notes, meters=common, keys=[KeyChange(Fraction(0), Key("C"))])


@pytest.mark.parametrize(
    ("score", "rules"),
    [
        (melody(60, 62, 64, 60), set()),
        (melody(60, 62, 64), {"bars", "at rest"}),
        (melody(60, 62, 64, 62), {"at rest"}),
        (melody(60, 12, 64, 72), {"range"}),
        (melody(), {"notes"}),
    ],
)
def test_rules_of_a_melody(score: Score, rules: set[str]) -> None:
    assert broken_rules(score) == rules


def test_a_melody_and_its_shares() -> None:
    found = well_formed([melody(60, 62, 64, 60), melody(60, 62, 64)], [True, True])
    assert found.share == 0.5
    assert found.kept["bars"] == 0.5
    assert found.kept["file"] == 1


def test_shares() -> None:
    found = well_formed([GOOD, GOOD.replace("GABc", "GABcd")])
    assert found.share == 0.5
    assert found.kept["bars"] == 0.5
    assert found.kept["header"] == 1


def test_no_tunes() -> None:
    assert math.isnan(well_formed([]).share)


class TestAsking:
    ASKED: ClassVar = {"key": "Dmix", "meter": "6/8", "rhythm": "jig", "form": "AAB", "bars": 1}
    TUNE = "X:1\nT:A\nR:jig\nM:6/8\nL:1/8\nK:Dmix\n|:DFA dAF:|AFD D3|]\n"

    def test_all_controls_satisfied(self) -> None:
        assert all(controls_satisfied(self.ASKED, self.TUNE).values())

    @pytest.mark.parametrize(
        ("name", "change"),
        [
            ("key", ("K:Dmix", "K:D")),
            ("meter", ("M:6/8", "M:6/4")),
            ("rhythm", ("R:jig", "R:reel")),
            ("form", ("|:DFA dAF:|", "DFA dAF|DFA dAF|")),
            ("bars", ("AFD D3", "AFD D3|AFD D3")),
        ],
    )
    def test_not_controls_satisfied(self, name: str, change: tuple[str, str]) -> None:
        assert not controls_satisfied(self.ASKED, self.TUNE.replace(*change))[name]

    def test_no_tune_keeps_nothing(self) -> None:
        assert not any(controls_satisfied(self.ASKED, "").values())

    def test_a_scale_is_asked_of_a_melody_and_not_of_one_over_chords(self) -> None:
        for tokenizer, asked in (("piano", True), ("jazz", False)):
            (request,) = random_controls(
                np.random.default_rng(3), 1, format_="midi", tokenizer=tokenizer
            )
            assert ("in_scale" in request) <= asked

    def test_every_control_of_the_table_is_asked_for(self) -> None:
        requests = random_controls(np.random.default_rng(0), 32, examples=[self.TUNE])
        asked = {name for request in requests for name in request}
        assert asked == {control.name for control in controls_of("abc", "char")}
        assert {"prime": self.TUNE.rstrip()} in requests
        for request in requests[-2:]:
            assert all(controls_satisfied(request, self.TUNE).values())

    def test_requests_depend_on_the_generator_alone(self) -> None:
        first, second = (random_controls(np.random.default_rng(3), 10) for _ in range(2))
        assert first == second
