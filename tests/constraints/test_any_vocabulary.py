"""Whatever characters a model knows and whatever is asked: refused at once, or never stuck."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from musicrnn import abc
from musicrnn.errors import UsageError, VocabularyError
from tests.constraints.helpers import ASCII, constrained, walk
from tests.parallel.helpers import TUNE

#: characters that a small model may know or lack
SPARE = "]:12347/8CDEFGABcdefgab^_=',z-<>(){}[~TRMLK!"

CONTROLS: dict[str, Any] = {
    "key": st.sampled_from(["C", "D", "F# minor", "Eb", "A dorian", "C#", "Bloc"]),
    "meter": st.sampled_from(["4/4", "6/8", "2/2", "5/8", "1/8", "3/16", "11/8", "9/8"]),
    "unit": st.sampled_from(["1/4", "1/8", "1/16"]),
    "rhythm": st.sampled_from(["jig", "hornpipe", "one of my own"]),
    "bars": st.sampled_from([1, 2, 3]),
    "form": st.sampled_from(["AABB", "AB", "AA", "through", "AAB", "AABA", "ABAB"]),
    "pickup": st.sampled_from(["none", "1/8", "1/16", "3/8"]),
    "tonic_end": st.just(True),
    "in_scale": st.sampled_from([1.0, 0.9, 0.5]),
    "lowest": st.integers(50, 75),
    "highest": st.integers(70, 90),
}


@given(
    left_out=st.sets(st.sampled_from(SPARE), max_size=len(SPARE) - 1),
    asked=st.fixed_dictionaries({}, optional=CONTROLS),
    seed=st.integers(0, 2**32),
)
@example(left_out=set("]z"), asked={"bars": 2}, seed=0)
def test_refused_at_once_or_never_stuck(
    left_out: set[str], asked: dict[str, Any], seed: int
) -> None:
    characters = "\n |" + "".join(c for c in SPARE if c not in left_out)
    try:
        constraint = constrained(characters, **asked)
    except (UsageError, VocabularyError):
        return
    text = walk(constraint, random.Random(seed))
    assert abc.check(text, strict=True) == [], text


@pytest.mark.parametrize("form", ["AAA", "A1", ""])
def test_a_form_that_is_none_names_some_that_are(form: str) -> None:
    with pytest.raises(UsageError, match=r"is not a form|once or twice"):
        constrained(form=form)


def test_a_prime_and_a_part_that_comes_back_do_not_go_together() -> None:
    with pytest.raises(UsageError, match="no part comes back, such as AABB"):
        constrained(prime="DFA dAF|", key="D", meter="6/8", form="ABA")


def test_a_tune_without_a_closing_bracket_ends_with_a_repeat() -> None:
    constraint = constrained("".join(sorted(set(TUNE))), bars=2)
    for seed in range(20):
        text = walk(constraint, random.Random(seed))
        assert text.rstrip().endswith(":|")
        assert abc.check(text, strict=True) == []


@given(cut=st.integers(1, 200), seed=st.integers(0, 2**32), form=st.sampled_from(
    [None, "AABB", "AB", "AAB", "ABB", "AA", "AABBCC"]), bracket=st.booleans(),
)  # fmt: skip
def test_a_prime_cut_anywhere_is_refused_or_finished(
    cut: int, seed: int, form: str | None, bracket: bool
) -> None:
    rng = random.Random(seed)
    characters = ASCII if bracket else ASCII.replace("]", "")
    whole = walk(constrained(bars=2, meter="3/4", key="C", unit="1/8"), rng)
    body = whole.partition("\nK:C\n")[2]
    prime = body[: max(1, len(body) * cut // 200)]
    try:
        constraint = constrained(characters, prime=prime, meter="3/4", key="C", form=form)
    except (UsageError, VocabularyError):
        return
    text = walk(constraint, rng)
    assert abc.check(text, strict=True) == [], text


def test_a_prime_that_stops_in_a_tie_says_so() -> None:
    for body in ("DFA A2d-", "DFA A3-|"):
        with pytest.raises(UsageError, match="middle of a tie"):
            constrained(prime=body, key="D", meter="6/8")


@pytest.mark.parametrize(
    ("body", "form", "message"),
    [
        ("|:DFA dAF:|\nDFA dAF|", "AABB", "does not start with |:"),
        ("DFA dAF|| |:DFA dAF|", "AB", "leave out its |:"),
    ],
)
def test_a_prime_whose_part_cannot_be_finished_says_why(body: str, form: str, message: str) -> None:
    with pytest.raises(UsageError, match=message.replace("|", r"\|")):
        constrained(prime=body, key="D", meter="6/8", form=form)
