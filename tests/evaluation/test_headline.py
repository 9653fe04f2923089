"""The figures that one would quote: in words, as a table, and kept in the model's own card."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from musicrnn.evaluation.headline import FIGURES, markdown, told
from musicrnn.evaluation.publish import keep_report
from musicrnn.models.bundle import Bundle


def test_every_figure_is_there(found: dict[str, Any]) -> None:
    assert list(found["headline"]) == list(FIGURES)
    assert told("bits_per_token", 1.5474) == "1.547"
    assert told("controls_kept", 0.75) == "75.0%"
    assert told("new", math.nan) == "undefined"


def test_models_side_by_side() -> None:
    ours = {"bits_per_token": 1.4, "copies": 0.0, "new": math.nan}
    other = {"bits_per_token": 1.55, "copies": math.nan, "new": math.nan}
    assert markdown({"folk": ours, "mit-lab": other}).splitlines() == [
        "| | folk | mit-lab |",
        "|---|---|---|",
        "| bits per token, held out | 1.400 | 1.550 |",
        "| copies or variants of known pieces, samples | 0.0% | undefined |",
    ]


def test_a_card_keeps_the_last_report(
    found: dict[str, Any], bundle: Bundle, tmp_path: Path
) -> None:
    bundle.save(tmp_path / "model")
    (tmp_path / "model" / "card.md").write_text("# tiny\n\nMade by hand.\n")
    for seed in (3, 4):
        keep_report(tmp_path / "model", found | {"seed": seed})
    kept = Bundle.load(tmp_path / "model")
    assert kept.card.startswith("# tiny\n\nMade by hand.\n\n## Evaluated\n")
    assert kept.card.count("## Evaluated") == kept.card.count("--seed 4") == 1
    assert "| wishes kept | 75.0% |" in kept.card
    report = kept.config.figures["report"]
    assert report["controls_kept"] == 0.75
    assert "NaN" not in json.dumps(report)
