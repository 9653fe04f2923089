"""A small corpus, an untrained model of it, and what was measured of the two."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest

from musicrnn import abc
from musicrnn.abc.from_score import from_score
from musicrnn.evaluation.known_tunes import index_of_pieces
from musicrnn.evaluation.music import Request
from musicrnn.evaluation.study import Samples, Study, study
from musicrnn.models.bundle import Bundle
from musicrnn.models.config import BundleConfig, ModelConfig
from musicrnn.piece import Piece
from musicrnn.score import Score
from musicrnn.tokens.char import CharTokenizer
from musicrnn.training.initial import initial_weights

from .tunes import dance

REEL = Request("reel", "4/4")


class Tunes:
    """A corpus of four tunes to learn from and three to test with."""

    name = "dances"

    def __init__(self) -> None:
        rng = np.random.default_rng(1)
        texts = [from_score(dance(rng, bars=4)) for _ in range(7)]
        self.all = [
            Piece("abc", text, title=f"Dance <{i}>", meter="4/4", rhythm="reel")
            for i, text in enumerate(texts)
        ]

    def pieces(self, split: str | None = None) -> Iterator[Piece]:
        yield from {"train": self.all[:4], "test": self.all[4:], None: self.all}[split]


@dataclass
class Drawn:
    text: str
    complete: bool = True
    logprob: float = -200.0
    tokens: int = 150
    constrained_steps: int = 3

    @property
    def score(self) -> Score:
        return abc.to_score(abc.parse_tune(self.text))


def renamed(study: Study, name: str) -> Study:
    """The same study of a model of another name."""
    return replace(study, about=replace(study.about, name=name))


@pytest.fixture(scope="module")
def corpus() -> Tunes:
    return Tunes()


@pytest.fixture(scope="module")
def bundle(corpus: Tunes) -> Bundle:
    tokenizer = CharTokenizer.learn(corpus.all, format="abc")
    model = ModelConfig(units=(16,), embedding=8)
    weights = initial_weights(model, len(tokenizer.vocabulary), np.random.default_rng(0))
    config = BundleConfig(
        "tiny <model>", "abc", tokenizer.to_config(), model, tokenizer.vocabulary.digest
    )
    return Bundle(config, tokenizer.vocabulary, weights)


@pytest.fixture(scope="module")
def found(bundle: Bundle, corpus: Tunes) -> Study:
    copy = str(corpus.all[0].content)
    free = [Drawn("not a tune", complete=False), Drawn(copy)]
    constrained = [Drawn(copy), Drawn(from_score(dance(np.random.default_rng(9), bars=4)))]
    usual = [Drawn(str(piece.content)) for piece in corpus.all[:3]]
    samples = Samples(
        free, constrained, {"key": [True, False], "meter": [True, True]}, usual, {REEL: usual}
    )
    index = index_of_pieces(corpus.pieces("train"))
    return study(bundle, samples, np.random.default_rng(2), corpus=corpus, index=index, seed=3)
