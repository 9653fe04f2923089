"""From samples and a corpus to figures, and from figures to a page that loads nothing."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from musicrnn import abc
from musicrnn.abc.from_score import from_score
from musicrnn.cli.evaluate import _json
from musicrnn.evaluation.known import index_of_pieces
from musicrnn.evaluation.page import page
from musicrnn.evaluation.study import Samples, study
from musicrnn.models.bundle import Bundle
from musicrnn.models.config import BundleConfig, ModelConfig
from musicrnn.models.initial import initial_weights
from musicrnn.piece import Piece
from musicrnn.score import Score
from musicrnn.tokens.char import CharTokenizer

from .tunes import dance


class Tunes:
    """A corpus of four tunes to learn from and three held out."""

    name = "dances"

    def __init__(self) -> None:
        rng = np.random.default_rng(1)
        texts = [from_score(dance(rng, bars=4)) for _ in range(7)]
        self.all = [Piece("abc", text, title=f"Dance <{i}>") for i, text in enumerate(texts)]

    def pieces(self, split: str | None = None) -> Iterator[Piece]:
        yield from {"train": self.all[:4], "test": self.all[4:]}[split or "train"]


@dataclass
class Drawn:
    text: str
    complete: bool = True
    logprob: float = -200.0
    tokens: int = 150
    cut: int = 3

    @property
    def score(self) -> Score:
        return abc.to_score(abc.parse_tune(self.text))


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
def found(bundle: Bundle, corpus: Tunes) -> dict[str, Any]:
    copy = str(corpus.all[0].content)
    free = [Drawn("not a tune", complete=False), Drawn(copy)]
    constrained = [Drawn(copy), Drawn(from_score(dance(np.random.default_rng(9), bars=4)))]
    samples = Samples(free, constrained, {"key": [True, False], "meter": [True, True]})
    index = index_of_pieces(corpus.pieces("train"))
    return study(bundle, samples, np.random.default_rng(2), corpus=corpus, index=index)


def test_likelihood(found: dict[str, Any]) -> None:
    told = found["likelihood"]
    assert told["pieces"] == 3
    assert told["bits_per_token"] == pytest.approx(math.log2(found["vocabulary"]), rel=0.1)
    assert len(told["ngrams"]) == 8
    assert min(told["ngrams"]) < told["bits_per_token"]
    assert set(told["by_part"]) >= {"T", "M", "L", "K", "body"}
    assert told["bits_per_token"] < told["bits_per_note"] < 5 * told["bits_per_token"]


def test_validity(found: dict[str, Any]) -> None:
    formed = found["well_formed"]
    assert formed["constrained"]["share"] == 1
    assert formed["free"]["share"] == 0.5
    assert formed["free"]["kept"]["ended"] == 0.5
    assert formed["constrained"]["steps_cut"] == 0.02


def test_novelty(found: dict[str, Any]) -> None:
    memory = found["memorisation"]
    assert memory["samples"]["copies"] == 0.5
    assert memory["held_out"]["copies"] == 0
    assert memory["closest"]["known"].startswith("Dance <0>")
    assert memory["closest"]["share"] == 1


def test_headline(found: dict[str, Any]) -> None:
    assert found["headline"]["controls_kept"] == 0.75
    assert found["headline"]["well_formed_constrained"] == 1
    assert 0 < found["headline"]["mean_distance"] <= 1


def test_without_a_corpus(bundle: Bundle, corpus: Tunes) -> None:
    free = [Drawn(str(corpus.all[0].content))]
    alone = study(bundle, Samples(free), np.random.default_rng(0))
    assert alone["likelihood"] is None
    assert alone["memorisation"] is None
    assert math.isnan(alone["headline"]["mean_distance"])
    assert "undefined" not in page([alone])


def test_same_seed_same_figures(bundle: Bundle, corpus: Tunes, found: dict[str, Any]) -> None:
    samples = Samples([Drawn(str(corpus.all[1].content))])
    twice = [study(bundle, samples, np.random.default_rng(4), corpus=corpus) for _ in range(2)]
    assert _json(twice[:1]) == _json(twice[1:])


def test_json_has_null_for_undefined(found: dict[str, Any]) -> None:
    text = _json([found | {"headline": {"new": math.nan}}])
    assert json.loads(text)[0]["headline"]["new"] is None
    assert "NaN" not in text


class _Checked(HTMLParser):
    """Every tag that is opened is closed, and nothing names another host."""

    void = frozenset({"meta", "link", "img", "br", "hr", "input"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.void:
            self.open.append(tag)
        for name, value in attrs:
            assert not (name in {"src", "href"} and not (value or "").startswith(("data:", "#")))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("count", [1, 2])
def test_page(found: dict[str, Any], count: int) -> None:
    html = page([found, found | {"name": "another"}][:count], [{"Best": "<p>player</p>"}] * count)
    checked = _Checked()
    checked.feed(html)
    assert checked.open == []
    assert "tiny &lt;model&gt;" in html
    assert "<model>" not in html
    assert not re.search(r"https?://", html)
    assert "default-src 'none'" in html
    assert html.count("<svg") >= 20
    assert "nan" not in re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
