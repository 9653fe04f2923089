"""Each figure on a tune short enough to see it."""

from __future__ import annotations

import math

import numpy as np

from musicrnn.evaluation import musicality
from musicrnn.evaluation.written import WrittenTune

HEAD = "X:1\nT:The Quick Tune\nR:jig\nM:6/8\nL:1/8\nK:D\n"
#: eight bars, bars 5 and 6 those of 1 and 2
PHRASE = "dfa afd|gfe efg|fed cBA|B2A F2A|dfa afd|gfe efg|fed cdB|"
GOOD = (
    HEAD
    + f"|:{PHRASE}A2d d3:|\n|:faf ded|cde cAG|FAd fed|ecA A2g|faf ded|cde cAG|FAd fec|A2d d3:|\n"
)
LOOP = HEAD + "|:dfa afd|dfa afd|dfa afd|dfa afd|dfa afd|efe d3:|\n"


def tune(text: str) -> WrittenTune:
    return WrittenTune.parse(text)


def test_a_good_jig() -> None:
    jig = tune(GOOD)
    assert musicality.ends_on_tonic(jig) == 1
    assert musicality.sections_end_on_tonic(jig) == 1
    assert musicality.loops(jig) == 0
    assert musicality.unusable(jig) == 0
    assert musicality.key_found(jig) == 1
    assert musicality.two_of_eight(jig) == 1
    assert musicality.last_bars_alike(jig) == 1
    assert musicality.two_last_bars_alike(jig) == 0
    assert musicality.phrases_begin_alike(jig) == 1
    assert musicality.distinct_bars(jig) == 11 / 16
    assert musicality.eighth_triples(jig) == 25 / 32


def test_a_loop_is_found_and_a_repeat_is_none() -> None:
    loop = tune(LOOP)
    assert musicality.loops(loop) == 1
    assert musicality.bar_five_times(loop) == 1
    assert musicality.unusable(loop) == 1
    assert musicality.loops(tune(HEAD + "dfa afd|efg gfe|dfa afd|efg gfe|dfa afd|d3 d3|]\n")) == 0
    assert musicality.loops(tune(HEAD + "dfa afd|efg gfe|" * 3 + "d6|]\n")) == 1


def test_tiny_values() -> None:
    odd = tune(HEAD + "|:dfa afd|d3 d2 c/4d3/4:|\n|:dfa afd|d3 d2 d3/4c/4:|\n")
    assert musicality.tiny_values(odd) == 1
    assert musicality.section_ends_on_32nd(odd) == 1
    assert musicality.section_ends_on_32nd(tune(GOOD)) == 0


def test_last_bars_may_give_way_to_a_pickup() -> None:
    jig = tune(HEAD + "|:dfa afd|A2d d3:|\n|:A|faf ded|A2d d2:|\n")
    assert musicality.last_bars_alike(jig) == 1


def test_what_a_tune_cannot_have_is_nan() -> None:
    assert math.isnan(musicality.last_bars_alike(tune(HEAD + "dfa afd|d6|]\n")))
    assert math.isnan(musicality.phrases_begin_alike(tune(HEAD + "dfa afd|d6|]\n")))
    assert math.isnan(musicality.eighth_triples(tune(GOOD.replace("6/8", "3/4"))))


def test_titles_are_looked_up_word_by_word() -> None:
    row = musicality.titles_row(musicality.title_lexicon(["The Quick Step", "My Tune"]))
    assert row.of(tune(GOOD)) == 1
    assert row.of(tune(GOOD.replace("Quick", "Quirk"))) == 0


def test_the_interval_holds_the_mean_and_narrows() -> None:
    rng = np.random.default_rng(0)
    few = musicality.bootstrap(np.array([0.0, 1.0] * 10), rng)
    many = musicality.bootstrap(np.array([0.0, 1.0] * 200), rng)
    assert few.low < few.value == 0.5 < few.high
    assert many.high - many.low < few.high - few.low
    assert math.isnan(musicality.bootstrap(np.zeros(0), rng).value)
