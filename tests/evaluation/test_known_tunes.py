"""The corpus that a model names: taken of a model of one's own, never of a stranger's alone."""

from __future__ import annotations

import string
from pathlib import Path

import numpy as np
import pytest

from musicrnn import corpus as corpora
from musicrnn.cli.app import main
from musicrnn.errors import CorpusError
from musicrnn.evaluation.assess import assess
from musicrnn.evaluation.known_tunes import index_of_model
from musicrnn.evaluation.publish import publish
from musicrnn.models.bundle import Bundle
from musicrnn.models.config import BundleConfig, ModelConfig
from musicrnn.piece import Piece
from musicrnn.tokens.char import CharTokenizer
from musicrnn.training.initial import initial_weights

HEAD = "X:{0}\nT:Tune {0}\nM:4/4\nL:1/8\nK:C\n"


def tune(number: int) -> str:
    rng = np.random.default_rng(number)
    return HEAD.format(number) + "".join(
        "".join(rng.choice([*"CDEFGABc"], 8)) + "|" for _ in "x" * 8
    )


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSICRNN_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "private.abc"
    path.write_text("\n".join(tune(number) + "]\n" for number in range(1, 41)))
    return path


def model(folder: Path, corpus: object) -> Path:
    """A bundle, untrained, that says to have learned from `corpus`."""
    every = HEAD.format(0) + string.ascii_letters + string.digits + string.punctuation + " \n"
    tokenizer = CharTokenizer.learn([Piece("abc", every)], format="abc")
    network = ModelConfig(units=(8,), embedding=4)
    weights = initial_weights(network, len(tokenizer.vocabulary), np.random.default_rng(0))
    config = BundleConfig(
        "m", "abc", tokenizer.to_config(), network, tokenizer.vocabulary.digest,
        training={"corpus": str(corpus)},
    )  # fmt: skip
    Bundle(config, tokenizer.vocabulary, weights).save(folder / "m")
    return folder / "m"


def test_a_stranger_s_model_has_nothing_looked_up(tmp_path: Path, book: Path) -> None:
    folder = model(tmp_path, book)
    with pytest.raises(CorpusError, match="which lies elsewhere"):
        index_of_model(folder)
    with pytest.raises(CorpusError, match="which lies elsewhere"):
        publish(folder, tmp_path / "out", samples=0)
    assert not (tmp_path / "out").exists()


def test_a_stranger_s_model_is_compared_with_nothing(tmp_path: Path, book: Path) -> None:
    folder = model(tmp_path, book)
    with pytest.warns(UserWarning, match="nothing is compared with real pieces"):
        study, _ = assess(folder, samples=2)
    assert not study.about.pieces


def test_a_place_that_was_named_here_is_the_model_s_too(tmp_path: Path, book: Path) -> None:
    folder = model(tmp_path, book)
    corpora.open(book)
    assert len(index_of_model(folder)) > 20


def test_a_place_that_would_connect_is_not_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = model(tmp_path, "/net/example.org/tunes")
    asked = []
    stat = Path.stat

    def watched(path: Path, **options: object) -> object:
        asked.append(str(path))
        return stat(path, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "stat", watched)
    with pytest.raises(CorpusError):
        index_of_model(folder)
    assert asked
    assert not any("/net" in path for path in asked)


def test_novelty_says_how_to_name_it(
    tmp_path: Path, book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["novelty", str(book), "--model", str(model(tmp_path, book))])
    assert stop.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(f"say so once: musicrnn corpus info {book}")
