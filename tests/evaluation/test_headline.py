"""The figures that one would quote: in words, as a table, and kept in the model's own card."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

from musicrnn.evaluation.headline import Figure, headline, markdown
from musicrnn.evaluation.publish import keep_report
from musicrnn.evaluation.study import Study
from musicrnn.models.bundle import Bundle


def test_figures_read_with_their_interval() -> None:
    assert Figure(1.5474).said == "1.547"
    assert Figure(0.75, share=True).said == "75.0 %"
    assert Figure(0.392, 0.348, 0.44, 0.79, share=True).said == "39.2 % [34.8–44.0]"
    assert Figure(0.392, real=0.79, share=True).real_said == "79.0 %"
    assert Figure(1.5).real_said == ""


def test_the_worst_are_quoted_and_no_mean(found: Study) -> None:
    figures = headline(found)
    assert figures["controls kept"].value == 0.75
    assert figures["well formed, constrained samples"].value == 1
    distances = [name for name in figures if name.startswith("distance in")]
    assert len(distances) == 3
    above = {n: f.distance.value - f.distance.floor for n, f in found.features.items()}
    worst = max((n for n in above if not math.isnan(above[n])), key=lambda n: above[n])
    assert distances[0] == f"distance in {worst}"
    assert not any("mean distance" in name for name in figures)


def test_figures_name_their_split(found: Study) -> None:
    assert "bits per token, test split" in headline(found)


def test_models_side_by_side() -> None:
    ours = {"bits": Figure(1.4), "copies": Figure(0.0, real=0.063, share=True)}
    other = {"bits": Figure(1.55)}
    assert markdown({"folk": ours, "mit-lab": other}).splitlines() == [
        "| | folk | mit-lab | real |",
        "|---|---|---|---|",
        "| bits | 1.400 | 1.550 |  |",
        "| copies | 0.0 % |  | 6.3 % |",
    ]


def test_a_card_keeps_the_last_report(found: Study, bundle: Bundle, tmp_path: Path) -> None:
    named = replace(bundle, config=replace(bundle.config, name="tiny"))
    named.save(tmp_path / "model")
    (tmp_path / "model" / "card.md").write_text("# tiny\n\nMade by hand.\n")
    for _ in range(2):
        keep_report(tmp_path / "model", found)
    kept = Bundle.load(tmp_path / "model")
    assert kept.card.startswith("# tiny\n\nMade by hand.\n\n## Evaluated\n")
    assert kept.card.count("## Evaluated") == kept.card.count("--seed 3") == 1
    assert "| controls kept | 75.0 % |  |" in kept.card
    report = kept.config.figures["report"]
    assert report["figures"]["controls kept"] == {"value": 0.75}
    assert "NaN" not in json.dumps(report)
