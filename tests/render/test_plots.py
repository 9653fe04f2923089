"""Plots are well-formed XML whatever the values."""

from __future__ import annotations

import math
from xml.etree import ElementTree

import pytest

from musicrnn.render import plots

NAN = math.nan


@pytest.mark.parametrize(
    "plot",
    [
        plots.bars([], {}, label="empty"),
        plots.bars(["<a>", "b&"], {"samples": [0.1, NAN], "real": [0.0, 2.5]}, label='"q"'),
        plots.bars([f"a long category {i}" for i in range(20)], {"real": [0.5] * 20}, label="x"),
        plots.bars(["a"], {"real": [0.0]}, label="zero", percent=False),
        plots.lines({}, label="empty", x_label="x"),
        plots.lines({"samples": [(1.0, 1.0)]}, label="one point", x_label="<x>"),
        plots.lines({"real": [(0, 0), (3, 1)]}, label="steps", x_label="x", steps=True,
                    percent=True, levels={"samples": 0.5}, diagonal=True),
        plots.intervals([], label="empty", x_label="x"),
        plots.intervals([plots.Interval("a", NAN, NAN, NAN, NAN)], label="x", x_label="x"),
        plots.intervals([plots.Interval("a", 0.1, 0.05, 0.2, NAN)], label="x", x_label="x"),
    ],
)  # fmt: skip
def test_is_well_formed(plot: str) -> None:
    root = ElementTree.fromstring(plot)
    assert root.get("aria-label")
    assert "nan" not in plot


def test_ticks_are_round() -> None:
    plot = ElementTree.fromstring(
        plots.lines({"real": [(1, 2.0), (8, 4.7)]}, label="x", x_label="x")
    )
    ticks = {element.text for element in plot.iter() if element.get("class") == "tick"}
    assert {"0", "1", "2", "4", "6", "8"} <= ticks


def test_values_can_be_read_off() -> None:
    plot = plots.bars(["jig"], {"real": [0.125]}, label="x")
    assert "<title>jig: 12.5 %</title>" in plot
