"""A corpus of a few real tunes and a run small enough for a test."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from musicrnn.musicxml.reader import read_musicxml
from musicrnn.piece import Piece
from musicrnn.training.recipe import Recipe

#: Four traditional tunes, written down for these tests.
TUNES = (
    "X:1\nT:The Kesh\nR:jig\nM:6/8\nL:1/8\nK:G\n"
    "|:G2G GAB|A2A ABd|edd gdd|edB dBA|G2G GAB|A2A ABd|edd gdB|AGF G3:|\n",
    "X:2\nT:Cooley's\nR:reel\nM:4/4\nL:1/8\nK:Edor\n"
    "|:D2|EBBA B2EB|B2AB dBAG|FDAD BDAD|FDAD dAFD|EBBA B2EB|B2AB defg|afef dBAF|DEFD E2:|\n",
    "X:3\nT:Twinkle\nR:air\nM:4/4\nL:1/4\nK:C\nCCGG|AAG2|FFEE|DDC2|GGFF|EED2|GGFF|EED2|]\n",
    "X:4\nT:Ode\nR:hymn\nM:4/4\nL:1/4\nK:D\nFFGA|AGFE|DDEF|F3/2E/2E2|FFGA|AGFE|DDEF|E3/2D/2D2|]\n",
)


@dataclass(frozen=True)
class SmallCorpus:
    """Pieces by split, as `musicrnn.corpus.Corpus` gives them."""

    train: tuple[Piece, ...]
    validation: tuple[Piece, ...]

    def pieces(self, split: str | None = None) -> Iterator[Piece]:
        if split in (None, "train"):
            yield from self.train
        if split in (None, "validation"):
            yield from self.validation


def tunes() -> SmallCorpus:
    pieces = tuple(Piece("abc", text) for text in TUNES)
    return SmallCorpus(pieces[:3], pieces[3:])


def small_recipe(*settings: str) -> Recipe:
    small = {
        "name": "small",
        "seed": 5,
        # The plain cell is compiled in no time; what depends on the cell is tested with others.
        "model": {
            "cell": "rnn",
            "units": [8],
            "embedding": 4,
            "dropout": 0.1,
            "attention": 20,
            "attention_width": 4,
        },
        "training": {"epochs": 3, "batch": 2, "length": 16, "average": 0.9},
    }
    return Recipe.from_dict(small).changed(settings)


def chorales() -> SmallCorpus:
    """Three of Bach's chorales, as music21 installs them."""
    spec = importlib.util.find_spec("music21")
    if spec is None or spec.origin is None:
        pytest.skip("music21 is not installed")
    folder = Path(spec.origin).parent / "corpus" / "bach"
    scores = [
        read_musicxml((folder / f"bwv{number}.mxl").read_bytes())
        for number in ("66.6", "269", "4.8")
    ]
    pieces = tuple(Piece("midi", score, title=score.title) for score in scores)
    return SmallCorpus(pieces[:2], pieces[2:])


def small_chorale_recipe(*settings: str) -> Recipe:
    """The shipped recipe, its network small."""
    small = (
        "model.units=[8]", "model.hidden=8", "model.embedding=4", "model.feature_width=2",
        "model.attention=32", "model.attention_width=4", "training.batch=2", "training.epochs=2",
    )  # fmt: skip
    return Recipe.load("chorale").changed([*small, *settings])


class Silent:
    """A reporter that keeps the lines of the log."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self.steps = 0

    def begin(self, recipe: Recipe, parameters: int, epoch: int) -> None: ...

    def epoch(self, number: int, steps: int, done: int) -> None: ...

    def step(self, tokens: int, bits: float) -> None:
        self.steps += 1

    def epoch_done(self, line: dict[str, Any], better: bool) -> None:
        self.lines.append(line)

    def end(self) -> None: ...
