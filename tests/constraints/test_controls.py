"""One row a control: everything that shows controls has the same ones, and each is verified."""

from __future__ import annotations

import inspect
import random
import re
from typing import Any

import numpy as np
import pytest

from musicrnn import abc
from musicrnn.cli.generate import generate
from musicrnn.constraints.abc.controls import Controls
from musicrnn.constraints.controls import CONTROLS, ControlOptions, controls_of, parse_controls
from musicrnn.errors import UsageError
from musicrnn.evaluation.control_check import controls_satisfied, random_controls
from musicrnn.generation.options import SamplingArguments, SamplingOptions
from tests.constraints.helpers import constrained, walk


def test_the_typed_options_are_the_rows() -> None:
    assert set(ControlOptions.__annotations__) == set(CONTROLS)
    assert set(SamplingArguments.__annotations__) == set(SamplingOptions.__slots__)


def test_the_command_has_an_option_for_each_row() -> None:
    assert set(CONTROLS) | set(SamplingOptions.__slots__) <= set(
        inspect.signature(generate).parameters
    )


@pytest.mark.parametrize("name", CONTROLS)
def test_what_menus_offer_can_be_asked(name: str) -> None:
    control = CONTROLS[name]
    for choice in control.choices:
        assert name in parse_controls({name: choice}, control.formats[-1])


def test_a_control_of_another_kind_of_model_is_refused() -> None:
    with pytest.raises(UsageError, match="rhythm is for models of ABC"):
        parse_controls({"rhythm": "jig"}, "midi")
    with pytest.raises(UsageError, match="did you mean key"):
        parse_controls({"kye": "D"}, "abc")
    with pytest.raises(UsageError, match="bars: 'x'"):
        parse_controls({"bars": "x"}, "abc")
    assert "chords" not in {row.name for row in controls_of("midi", "piano")}


def test_random_walks_satisfy_random_controls() -> None:
    seen: set[str] = set()
    requests = random_controls(np.random.default_rng(5), 40)
    for number, request in enumerate(requests):
        # What is chosen among drafts is looked at by the model (`tests/generation`).
        ruled = {name: v for name, v in request.items() if not CONTROLS[name].chosen}
        try:
            constraint = constrained(**ruled)
        except UsageError:
            continue  # a key without its tonic in the range of an instrument, and the like
        text = walk(constraint, random.Random(number))
        assert all(controls_satisfied(ruled, text).values()), (ruled, text)
        seen |= set(ruled)
    assert seen == {row.name for row in controls_of("abc") if row.choices and not row.chosen}


def test_a_tradition_is_asked_of_a_model_that_knows_traditions() -> None:
    from musicrnn.constraints.abc.constraint import AbcConstraint
    from musicrnn.constraints.abc.controls import Controls
    from musicrnn.tokens.char import CharTokenizer
    from tests.constraints.helpers import vocabulary

    asked = Controls.of(style="Scottish", rhythm="reel", key="A")
    tokenizer = CharTokenizer(vocabulary(), style=True)
    text = walk(AbcConstraint.of(tokenizer, asked), random.Random(1))
    assert "\nR:reel\nO:scottish\nM:" in text
    assert all(controls_satisfied({"style": "scottish"}, text).values())
    with pytest.raises(UsageError, match="knows no traditions"):
        AbcConstraint.of(CharTokenizer(vocabulary()), asked)
    with pytest.raises(UsageError, match="is not a tradition known here"):
        parse_controls({"style": "welsh"}, "abc")


@pytest.mark.parametrize(
    ("typed", "name"),
    [("double jig", "jig"), ("Slipjig", "slip jig"), ("hop jig", "slip jig"), ("slow air", "air"),
     ("quickstep", "quick step"), ("Hornpipe", "hornpipe")],
)  # fmt: skip
def test_a_rhythm_has_one_name(typed: str, name: str) -> None:
    assert Controls.of(rhythm=typed).rhythm == name


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"rhythm": "rel"}, "did you mean reel?"),
        ({"rhythm": "hornpipe", "meter": "6/8"}, "a hornpipe is in 4/4 or 2/4, not in 6/8"),
        ({"rhythm": "jig", "meter": "4/4"}, "a jig is in 6/8, not in 4/4; in 4/4 there"),
        ({"instrument": "whistle-D", "key": "Eb"}, "a whistle-D does not play in Eb"),
        ({"instrument": "whistle-D", "lowest": "C6"}, "is above the highest"),
        ({"form": "ABCDEF", "bars": 64}, "would be 384 whole notes long"),
        ({"form": "ABAB", "bars": "128,64"}, "would be 384 whole notes long"),
        ({"meter": "32/1"}, "a bar of 32/1 is too long"),
        ({"prime": "|:" + "GABc dedB|" * 900}, "the prime has 9,002 characters"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_refused(asked: dict[str, Any], why: str) -> None:
    with pytest.raises(UsageError, match=re.escape(why)):
        Controls.of(**asked)


def test_an_instrument_keeps_its_range_beside_a_lowest_note() -> None:
    controls = Controls.of(instrument="whistle-D", lowest="G3", highest="A5")
    assert (controls.lowest, controls.highest) == (62, 81)
    assert Controls.of(instrument="whistle-D", key="Bm").highest == 83


def test_an_instrument_leaves_the_keys_it_has() -> None:
    constraint = constrained(instrument="whistle-D", meter="6/8", title="x", rhythm="jig")
    for seed in range(3):
        score = abc.to_score(abc.parse_tune(walk(constraint, random.Random(seed))))
        assert 0 <= score.keys[0].key.fifths <= 3
