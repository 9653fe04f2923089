"""What a finished tune shows of what was asked."""

from __future__ import annotations

import pytest

from musicrnn.constraints.finished import FinishedTune


@pytest.mark.parametrize(
    ("meter", "body", "low", "high"),
    [
        ("4/4", "A2B2 c2d2|e4 f4|", True, False),
        ("4/4", "ABcd efga|ABcd efga|", False, True),
        ("4/4", "A2B2 cdef|g2ag f2e2|", True, False),
        ("6/8", "ABc def|ABc def|", False, True),
        ("6/8", "A3 d3|A2d f3|", True, False),
        ("4/4", "A B2 c2 d2 e|A B2 c2 d2 e|", False, True),
    ],
)
def test_syncopation_is_measured_beside_even_eighths(
    meter: str, body: str, low: bool, high: bool
) -> None:
    tune = FinishedTune(f"X:1\nT:t\nM:{meter}\nL:1/8\nK:C\n{body}\n")
    assert tune.has_syncopation("low") is low
    assert tune.has_syncopation("high") is high


def test_a_tune_begins_with_its_prime_under_another_number() -> None:
    prime = "X:13\nT:Begun\nM:3/4\nL:1/8\nK:D\nA2 F2 D2|"
    tune = prime.replace("X:13", "X:2")
    assert FinishedTune(tune + "\nD6|]\n").begins_with(prime)
    assert not FinishedTune(tune.replace("A2 F2", "F2 A2") + "\nD6|]\n").begins_with(prime)
