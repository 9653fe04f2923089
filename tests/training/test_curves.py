"""Loss curves: one run with its best epoch, several side by side, as SVG and PNG."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from musicrnn.errors import UsageError
from musicrnn.training.curves import draw, loss_curves

LOG = [
    {"epoch": 1, "train_bits": 2.5, "validation_bits": 2.2},
    {"epoch": 2, "train_bits": 1.9, "validation_bits": 1.8, "well_formed": 0.5},
    {"epoch": 3, "train_bits": 1.5, "validation_bits": 1.9, "well_formed": 0.75},
]


def test_one_run_names_its_best_epoch() -> None:
    picture = loss_curves({"reels & jigs": LOG})
    root = ElementTree.fromstring(picture)
    words = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "reels & jigs" in words
    assert "best 1.800 bits at epoch 2; 75% of samples well formed" in words
    assert "bits per token, validation split" in words
    assert "class=" not in picture  # colours are in the file itself


def test_runs_side_by_side_have_colours_of_their_own() -> None:
    picture = loss_curves({"a": LOG, "b": LOG[:2]})
    assert picture.count("<circle") == 5
    assert "#4477AA" in picture
    assert "#c2410c" in picture
    assert "best" not in picture


def test_a_loss_that_ran_away_leaves_a_gap() -> None:
    broken = [*LOG, {"epoch": 4, "train_bits": float("nan"), "validation_bits": float("inf")}]
    assert loss_curves({"a": broken}).count("<circle") == 3


def test_files(tmp_path: Path) -> None:
    draw({"run": LOG}, tmp_path / "loss.svg")
    assert (tmp_path / "loss.svg").read_text().startswith("<svg xmlns=")
    with pytest.raises(UsageError, match=r"\.svg or \.png"):
        draw({"run": LOG}, tmp_path / "loss.pdf")


@pytest.mark.needs("verovio", "resvg_py", "fontTools")
def test_png(tmp_path: Path) -> None:
    draw({"run": LOG}, tmp_path / "loss.png")
    assert (tmp_path / "loss.png").read_bytes().startswith(b"\x89PNG")
