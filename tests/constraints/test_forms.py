"""The form that a model is told, and the tune that comes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from musicrnn import abc
from musicrnn.constraints.abc.constraint import AbcConstraint
from musicrnn.constraints.abc.controls import Controls
from musicrnn.constraints.abc.infill import GapConstraint, next_gap
from musicrnn.constraints.abc.repertoire import Repertoire
from musicrnn.tokens.abc_form import form_line
from musicrnn.tokens.abc_place import form_of, pickups_of
from musicrnn.tokens.model_text import fields_of, to_model_text
from tests.constraints.helpers import vocabulary

JIGS = Repertoire({"jig 6/8": {"8r 8r": 80, "8r 16": 20}, "march 2/4": {"4r 8": 40}})
HEAD = "X:1\nT:Begun\nR:jig\nM:6/8\nL:1/8\nK:D\n"
BAR = "DFA AFA"


def written(
    seed: int, *, repertoire: Repertoire = JIGS, pickups: bool = False, **asked: Any
) -> tuple[str, str]:
    """What the model was told, and the form of a tune from uniform choices."""
    constraint = AbcConstraint(
        vocabulary(),
        Controls.of(**asked),
        repertoire=repertoire,
        pickups=pickups,
        fields=fields_of(style=False, form=True),
    )
    rng = np.random.default_rng(seed)
    (walk,) = constraint.start(1, [rng])
    ids: list[int] = []
    while not walk.done:
        ids.append(int(rng.choice(np.flatnonzero(constraint.mask([walk])[0]))))
        constraint.advance([walk], ids[-1:])
    text = constraint.text(walk, ids[:-1])
    assert abc.check(text, strict=True) == []
    told = "".join(constraint.vocabulary.tokens[i] for i in (*constraint.prefix, *ids))
    assert "\nP:" not in text
    line = told.partition("\nP:")[2].partition("\n")[0]
    came = to_model_text(text)
    return line, form_line(form_of(came), pickups_of(came) if pickups else ())


@pytest.mark.parametrize(
    ("asked", "lines"),
    [
        ({"rhythm": "jig", "meter": "6/8"}, {"8r 8r", "8r 16"}),
        ({"form": "AAB", "bars": 4}, {"4r 4"}),
        ({"rhythm": "jig", "meter": "6/8", "form": "ABA"}, {"8 8 8"}),
        ({"prime": f"{HEAD}|:{BAR}|{BAR}"}, {"8r 8r"}),
        ({"prime": f"{HEAD}|:{'|'.join([BAR] * 8)}:|\n{BAR}|"}, {"8r 16"}),
        ({"prime": f"{HEAD}|:{'|'.join([BAR] * 8)}:|\n"}, {"8r 8r"}),
        ({"bars_like": f"{HEAD}|:{BAR}|{BAR}:|\n{BAR}|]\n"}, {"2r 1"}),
        ({"rhythm": "jig", "meter": "6/8", "bars": 6}, {"6r 6r", "6r 6"}),
    ],
)
def test_what_is_told_is_what_comes(asked: dict[str, Any], lines: set[str]) -> None:
    for seed in range(3):
        told, came = written(seed, **asked)
        assert told == came
        assert told in lines


WITH_PICKUPS = Repertoire(
    {"jig 6/8": {"8r/2 8r/2": 60, "8r 8r": 20, "8r/2 8r": 9, "8r/4 16/4": 11}}
)


@pytest.mark.parametrize(
    ("asked", "lines"),
    [
        # A repeated section leaves its pickup to the next, so the third of them is not offered.
        ({"rhythm": "jig", "meter": "6/8", "unit": "1/8"}, {"8r/2 8r/2", "8r 8r", "8r/4 16/4"}),
        ({"rhythm": "jig", "meter": "6/8", "unit": "1/8", "pickup": "none"}, {"8r 8r", "8r 16"}),
        ({"rhythm": "jig", "meter": "6/8", "unit": "1/8", "pickup": "1/8", "form": "AABB"},
         {"8r/2 8r/2"}),
        ({"prime": f"{HEAD}|:d|{BAR}|{BAR}"}, {"8r/2 8r/2"}),
    ],
)  # fmt: skip
def test_the_pickups_that_are_told_come(asked: dict[str, Any], lines: set[str]) -> None:
    for seed in range(4):
        told, came = written(seed, repertoire=WITH_PICKUPS, pickups=True, **asked)
        assert told == came
        assert told in lines


def test_a_model_without_pickups_is_told_none() -> None:
    told, _ = written(1, repertoire=WITH_PICKUPS, rhythm="jig", meter="6/8")
    assert told in {"8r 8r", "8r 16"}


def test_a_gap_is_filled_in_a_tune_of_known_form() -> None:
    gap = next_gap(f"{HEAD}|:{BAR}|?:|\n|:{BAR}|?:|\n")
    assert gap is not None
    known = vocabulary()
    constraint = GapConstraint(known, gap, Controls.of(), fields=fields_of(style=False, form=True))
    assert "P:2r 2r\nK:D\n" in "".join(known.tokens[i] for i in constraint.prefix)
