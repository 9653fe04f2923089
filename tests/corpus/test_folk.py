"""The default corpus, out of music21's installation."""

import re
from pathlib import Path

import pytest

from musicrnn import abc, corpus
from musicrnn.abc.checking.checker import well_formed
from musicrnn.corpus import manifest
from musicrnn.parallel.workers import Pool

pytestmark = pytest.mark.slow


@pytest.fixture
def folk():
    """Built once, into the cache that all tests share."""
    return corpus.open("folk", workers=Pool(2))


def test_the_report_counts_every_number_field_of_the_five_collections(folk):
    loaded = manifest.load("folk")
    for source in loaded.sources:
        address = Path(source.address(loaded.base))
        texts = [path.read_bytes() for path in address.parent.glob(address.name)]
        fields = sum(len(re.findall(rb"^X:", text, re.MULTILINE)) for text in texts)
        assert folk.info["sources"][source.name]["found"] == fields
        assert folk.info["sources"][source.name]["unreadable"] == 0
    assert folk.info["counts"]["found"] == len(folk.report["pieces"]) == 4433


def test_most_tunes_are_kept_and_each_of_them_is_well_formed(folk):
    assert len(folk) > 3600
    for piece in list(folk.pieces())[::10]:
        assert well_formed(piece.content)


def test_no_tune_stands_on_both_sides(folk):
    from musicrnn.corpus.record import melody_keys

    groups = {}
    for part in ("validation", "test"):
        for piece in folk.pieces(part):
            score = abc.to_score(abc.parse(piece.content).tunes[0])
            groups.setdefault(melody_keys(score)[1], set()).add(part)
    assert all(len(parts) == 1 for parts in groups.values())
