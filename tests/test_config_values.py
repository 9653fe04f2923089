"""Dataclasses from plain values: what fits is taken, what does not is named."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from musicrnn.config_values import from_values
from musicrnn.errors import UsageError


@dataclass
class Oven:
    name: str
    heat: float = 180.0
    minutes: int = 40
    fan: bool = False
    shelves: tuple[int, ...] = ()
    size: tuple[str, int] = ("cm", 60)
    timer: int | None = None
    notes: dict[str, str] = field(default_factory=dict)


def test_what_toml_gives_becomes_what_the_fields_say():
    oven = from_values(
        Oven, {"name": "a", "heat": 200, "shelves": [1, 2], "size": ["in", 24]}, "oven"
    )
    assert oven == Oven("a", 200.0, shelves=(1, 2), size=("in", 24))
    assert type(oven.heat) is float
    assert from_values(Oven, {"name": "a", "timer": None}, "oven").timer is None


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["name"], r"\[oven\] is no table"),
        ({}, r"\[oven\] lacks 'name'"),
        ({"name": "a", "minuts": 3}, r"knows no 'minuts'; did you mean 'minutes'\?"),
        ({"name": "a", "x": 3}, r"knows no 'x'; it knows name, heat"),
        ({"name": 3}, "oven.name must be text, not 3"),
        ({"name": "a", "minutes": True}, "oven.minutes must be a whole number, not True"),
        ({"name": "a", "minutes": 1.5}, "oven.minutes must be a whole number, not 1.5"),
        ({"name": "a", "heat": "hot"}, "oven.heat must be a number, not 'hot'"),
        ({"name": "a", "heat": 10**400}, "oven.heat is a number too large"),
        ({"name": "a", "fan": 1}, "oven.fan must be true or false, not 1"),
        ({"name": "a", "shelves": 1}, "oven.shelves must be a list, not 1"),
        ({"name": "a", "shelves": [1, "2"]}, "oven.shelves must be a whole number, not '2'"),
        ({"name": "a", "size": ["cm"]}, "oven.size has 1 values, not 2"),
        ({"name": "a", "timer": "3"}, "oven.timer must be a whole number, not '3'"),
        ({"name": "a", "notes": []}, r"oven.notes must be a table, not \[\]"),
    ],
)
def test_what_does_not_fit_is_named(values, message):
    with pytest.raises(UsageError, match=message):
        from_values(Oven, values, "oven")
