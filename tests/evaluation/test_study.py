"""From samples and a corpus to figures, and from figures to a page that loads nothing."""

from __future__ import annotations

import json
import math
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from musicrnn.evaluation.headline import as_json
from musicrnn.evaluation.report.page import page
from musicrnn.evaluation.study import Samples, Study, study
from musicrnn.files import to_json
from musicrnn.models.bundle import Bundle

from .conftest import Drawn, Tunes, renamed


def test_likelihood(found: Study) -> None:
    predicted = found.likelihood
    assert predicted is not None
    assert predicted.pieces == 3
    assert predicted.bits_per_token == pytest.approx(math.log2(found.about.vocabulary), rel=0.1)
    assert len(predicted.ngrams) == 8
    assert predicted.best_ngram < predicted.bits_per_token
    assert set(predicted.by_field) >= {"T", "M", "L", "K", "body"}
    assert predicted.bits_per_token < predicted.bits_per_note < 5 * predicted.bits_per_token


def test_validity(found: Study) -> None:
    validity = found.validity
    assert validity is not None
    assert validity.constrained is not None
    assert validity.free is not None
    assert validity.constrained.rules.share == 1
    assert validity.free.rules.share == 0.5
    assert validity.free.rules.kept["ended"] == 0.5
    assert validity.constrained.constrained_steps == 0.02


def test_the_constraints_effect(found: Study) -> None:
    effect = found.constraint
    assert effect is not None
    assert (effect.constrained, effect.free) == (2, 1)  # a free sample that is no tune is left out
    assert effect.constrained_steps == 0.02
    known, unknown = effect.sides["free"], effect.sides["real"]
    assert known.of_sections < unknown.of_sections  # the free sample is a training tune
    assert set(effect.features) == set(found.features)


def test_the_music(found: Study) -> None:
    heard = found.music
    assert heard is not None
    assert heard.drawn == heard.real == 3
    row = heard.figures["distinct bars"]
    assert 0 < row.drawn.low <= row.drawn.value <= row.drawn.high <= 1
    assert heard.dances == {}  # fewer tunes than folds


def test_novelty(found: Study) -> None:
    shared = found.memorisation
    assert shared is not None
    assert shared.closest is not None
    assert shared.samples.copies == 0.5
    assert shared.real.copies == 0
    assert shared.closest.known.startswith("Dance <0>")
    assert shared.closest.share == 1


def test_without_a_corpus(bundle: Bundle, corpus: Tunes) -> None:
    free = [Drawn(str(corpus.all[0].content))]
    alone = study(bundle, Samples(free), np.random.default_rng(0))
    assert alone.likelihood is None
    assert alone.memorisation is None
    assert alone.features == {}
    assert "undefined" not in page([alone])


def test_same_seed_same_figures(bundle: Bundle, corpus: Tunes) -> None:
    samples = Samples([Drawn(str(corpus.all[1].content))])
    twice = [study(bundle, samples, np.random.default_rng(4), corpus=corpus) for _ in range(2)]
    assert as_json(twice[:1]) == as_json(twice[1:])


def test_json_has_null_for_undefined(found: Study) -> None:
    assert "NaN" not in as_json([found])
    text = to_json({"new": math.nan, "bits": np.array([1.0, math.inf])})
    assert json.loads(text) == {"new": None, "bits": [1.0, None]}


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
def test_page(found: Study, count: int) -> None:
    html = page([found, renamed(found, "another")][:count], [{"Best": "<p>player</p>"}] * count)
    checked = _Checked()
    checked.feed(html)
    assert checked.open == []
    assert "tiny &lt;model&gt;" in html
    assert "<model>" not in html
    assert not re.search(r"https?://", html)
    assert "default-src 'none'" in html
    assert html.count("<svg") >= 20
    assert "nan" not in re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
