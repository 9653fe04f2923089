"""``musicrnn evaluate``, as a user runs it, on an untrained model."""

from __future__ import annotations

import json
import string
from pathlib import Path

import numpy as np
import pytest

from musicrnn.cli.app import main
from musicrnn.models.bundle import Bundle
from musicrnn.models.config import BundleConfig, ModelConfig
from musicrnn.piece import Piece
from musicrnn.tokens.char import CharTokenizer
from musicrnn.training.initial import initial_weights

HEAD = "X:{0}\nT:Tune {0}\nM:4/4\nL:1/8\nK:C\n"
LETTERS = "CDEFGABcdefg"


def tune(number: int) -> str:
    rng = np.random.default_rng(number)
    bars = ["".join(rng.choice(list(LETTERS), 8)) for _ in range(8)]
    return HEAD.format(number) + "|".join(bars) + "|]\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a book of forty tunes and a model that knows their characters."""
    folder = tmp_path_factory.mktemp("evaluate")
    texts = [tune(number) for number in range(1, 41)]
    (folder / "book.abc").write_text("\n".join(texts))
    every = HEAD.format(0) + string.ascii_letters + string.digits + string.punctuation + " \n"
    tokenizer = CharTokenizer.learn([Piece("abc", every)], format="abc")
    model = ModelConfig(units=(16,), embedding=8)
    weights = initial_weights(model, len(tokenizer.vocabulary), np.random.default_rng(0))
    config = BundleConfig(
        "untrained", "abc", tokenizer.to_config(), model, tokenizer.vocabulary.digest
    )
    Bundle(config, tokenizer.vocabulary, weights).save(folder / "model")
    return folder


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as stop:
        main(["evaluate", *map(str, arguments)])
    return int(stop.value.code or 0)


def test_report_and_figures(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = home / "report.html"
    options = ("--corpus", home / "book.abc", "--samples", 2, "--no-sound", "-o", page)
    assert run(home / "model", *options) == 0
    shown = capsys.readouterr()
    assert "well formed, constrained samples" in shown.out
    (figures,) = json.loads(page.with_suffix(".json").read_text())
    assert figures["headline"]["well formed, constrained samples"]["value"] == 1
    assert figures["about"]["pieces"] == (figures["likelihood"] or {"pieces": 0})["pieces"]
    assert page.read_text().startswith("<!doctype html>")


def test_two_processes_find_the_same_figures(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = (home / "model", "--corpus", home / "book.abc", "--samples", 2, "--json")
    figures = []
    for jobs in (1, 2):
        assert run(*asked, "-j", jobs) == 0
        figures.append(json.loads(capsys.readouterr().out))
    assert figures[0] == figures[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("a", "b", "c"), "one or two side by side"),
        (("nobody",), "there is no model or folder"),
        (("nobody", "-o", "report.pdf"), "name it .html"),
    ],
)
def test_what_makes_no_sense(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == 1
    assert said in " ".join(capsys.readouterr().err.split())
