"""From samples and a corpus to figures, and from figures to a page that loads nothing."""

from __future__ import annotations

import json
import math
import re
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from musicrnn.evaluation.page import page
from musicrnn.evaluation.study import Samples, study
from musicrnn.evaluation.values import to_json
from musicrnn.models.bundle import Bundle

from .conftest import Drawn, Tunes


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
    assert to_json(twice[:1]) == to_json(twice[1:])


def test_json_has_null_for_undefined(found: dict[str, Any]) -> None:
    text = to_json([found | {"headline": {"new": math.nan}}])
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
