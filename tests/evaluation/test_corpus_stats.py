"""A collection at a glance: counts, names, near duplicates, and a page that loads nothing."""

from __future__ import annotations

import re

import numpy as np
import pytest

from musicrnn import corpus
from musicrnn.abc.from_score import from_score
from musicrnn.evaluation.corpus_stats import corpus_stats, page

from .tunes import dance, disguised


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> corpus.Corpus:
    """Twelve dances, one of them there again with two notes changed, and a text that is no tune."""
    rng = np.random.default_rng(5)
    dances = [dance(rng) for _ in range(12)]
    scores = [*dances, disguised(dances[0], rng)]
    tunes = [re.sub("^X:.*", f"X:{n}", from_score(s)) for n, s in enumerate(scores, 1)]
    folder = tmp_path_factory.mktemp("book")
    (folder / "book.abc").write_text("\n".join([*tunes, "X:99\nT:Nothing\nK:H\nzz\n"]))
    return corpus.open(folder / "book.abc")


def test_counts_and_names(collection: corpus.Corpus) -> None:
    found = corpus_stats(collection)
    assert found["pieces"] == sum(found["parts"].values()) == len(list(collection.pieces()))
    assert found["names"]["metre"] == {"4/4": found["pieces"]}
    assert sum(found["histograms"]["scale degree"].sides["real"]) == pytest.approx(1)
    assert found["numbers"]["length in bars"].median == 32


def test_near_duplicates_are_named(collection: corpus.Corpus) -> None:
    pairs = corpus_stats(collection)["near_duplicates"]["pairs"]
    assert len(pairs) == 2  # each is a variant of the other
    assert all("Under Another Name" in f"{title} {other}" for title, other, _ in pairs)
    assert all(share > 0.5 for _, _, share in pairs)


def test_the_page_loads_nothing(collection: corpus.Corpus) -> None:
    html = page(corpus_stats(collection))
    assert html.startswith("<!doctype html>")
    assert not re.search(r"https?://", html)
    assert html.count("<svg") >= 6
