"""Variations: the share that is asked for, the bars that are to stay, nothing wrong."""

from __future__ import annotations

import warnings

import pytest

from musicrnn import abc
from musicrnn.arranging.bars import share_kept, written_bars
from musicrnn.arranging.melody import one_voice
from musicrnn.errors import UsageError
from musicrnn.generation import Model
from musicrnn.generation.vary import TOLERANCE
from tests.constraints.helpers import untrained

JIG = """X:1
T:A jig
R:jig
M:6/8
L:1/8
K:D
|:A|"D"dfe edB|AFA def|gfg efg|"A"fed cBA|
dfe edB|AFA def|gfe dBc|"D"d3 d2:|
|:g|fdf ece|dBd AFA|GBd gfe|"A"fed c2g|
fdf ece|dBd AFA|GBd cBc|"D"d3 d2:|
"""


@pytest.fixture(scope="module")
def model() -> Model:
    return Model(untrained())


def bars(text: str) -> list[str]:
    tune, _ = one_voice(text)
    whole = abc.write(tune)
    return [whole[bar.start : bar.end] for bar in written_bars(*one_voice(whole))]


@pytest.mark.parametrize("closeness", [0.3, 0.55, 0.8])
def test_the_share_of_notes_that_is_asked_for(model: Model, closeness: float) -> None:
    varied = model.vary(JIG, closeness, seed=2)
    assert share_kept(JIG, varied.text) == pytest.approx(closeness, abs=TOLERANCE)
    assert abc.check(varied.text, strict=True) == []
    assert varied.key == "D"
    assert varied.text.count("|:") == 2
    old, new = bars(JIG), bars(varied.text)
    assert len(new) == len(old)
    assert (new[8], new[17]) == (old[8], old[17])  # the last bars of sections


@pytest.mark.parametrize(
    "key", ["Hp", "none", "D treble", "D octave=-1", "G transpose=-12", "D ^c"]
)
def test_keys_without_a_tonic_and_with_a_clef(model: Model, key: str) -> None:
    tune = JIG.replace("K:D", f"K:{key}")
    varied = model.vary(tune, 0.5, seed=2)
    assert share_kept(tune, varied.text) == pytest.approx(0.5, abs=TOLERANCE)
    assert abc.check(varied.text, strict=True) == abc.check(tune, strict=True)
    old, new = (abc.to_score(abc.parse_tune(text)) for text in (tune, varied.text))
    assert abs(max(n.pitch for n in old) - max(n.pitch for n in new)) < 8


def test_bars_to_keep_stay_to_the_letter(model: Model) -> None:
    varied = model.vary(JIG, 0.5, keep="1-2,9", seed=1)
    old, new = bars(JIG), bars(varied.text)
    # the pickups belong to the bars after them
    assert [new[place] for place in (0, 1, 2, 9, 10)] == [old[p] for p in (0, 1, 2, 9, 10)]


def test_bars_that_are_alike_stay_alike(model: Model) -> None:
    old, new = bars(JIG), bars(model.vary(JIG, 0.4, seed=5).text)
    assert old[6] == old[2]
    assert new[6] == new[2]


def test_chord_symbols_stay_in_their_places(model: Model) -> None:
    varied = model.vary(JIG, 0.3, seed=4)
    one, other = (abc.to_score(abc.parse_tune(text)) for text in (JIG, varied.text))
    assert one.chords == other.chords


def test_the_same_seed_gives_the_same_variation(model: Model) -> None:
    assert model.vary(JIG, 0.6, seed=7).text == model.vary(JIG, 0.6, seed=7).text
    assert model.vary(JIG, 0.6, seed=7).text != model.vary(JIG, 0.6, seed=8).text


def test_all_of_it(model: Model) -> None:
    assert bars(model.vary(JIG, 1.0, seed=1).text) == bars(JIG)


def test_words_are_left_out_with_a_warning(model: Model) -> None:
    sung = "X:1\nM:4/4\nL:1/4\nK:C\nCDEF|GABc|\nw:a b c d e f g h\ndcBA|GFEC|]\n"
    with pytest.warns(UserWarning, match="the words under the notes are left out"):
        varied = model.vary(sung, 0.6, seed=1)
    assert "w:" not in varied.text


def test_ornaments_in_the_tune_do_not_stop_it(model: Model) -> None:
    played = JIG.replace("AFA def", "~A3 {a}def").replace("GBd", "G(3Bcd")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        varied = model.vary(played, 0.6, seed=3)
    assert abc.check(varied.text, strict=True) == []


def test_slurs_over_a_bar_line_keep_both_ends(model: Model) -> None:
    slurred = JIG.replace("gfg efg|", "gfg ef(g|").replace("cBA|\n", "c)BA|\n", 1)
    slurred = slurred.replace('"A"fed c)BA', '"A"f)ed cBA')
    varied = model.vary(slurred, 0.4, seed=3)
    assert abc.check(varied.text, strict=True) == []
    assert 'gfg ef(g|"A"f)ed cBA' in varied.text


@pytest.mark.parametrize(
    ("text", "closeness", "keep", "said"),
    [
        (JIG, 2, "", "a closeness of 2 makes no sense"),
        (JIG, -0.1, "", "makes no sense"),
        (JIG, 0.8, "40", "there is no bar 40: the tune has 16 bars"),
        (JIG, 0.8, "b", "'b' names no bars"),
        (JIG, 0.2, "1-12", "the bars to keep hold 7"),
        ("X:1\nM:4/4\nK:C\nz4|]\n", 0.8, "", "there is no melody"),
        ("X:1\nM:4/4\nL:1/4\nK:C\nV:1\nCDEF|\nV:2\nEFGA|\n", 0.8, "", "2 voices already"),
        ("X:1\nM:4/4\nL:1/4\nK:C\nCDEF & C4|GABc & G4|]\n", 0.8, "", "two voices at once"),
        ("X:1\nM:none\nL:1/4\nK:C\nCDEF|GABc|]\n", 0.8, "", "without a metre"),
        ("X:1\nL:1/4\nK:C\n%%MIDI channel 10\nCDEF|GABc|]\n", 0.8, "", "only percussion"),
        (JIG.replace("K:D", "K:D exp _b ^c"), 0.8, "", "is that of no key"),
        ("X:1\nM:4/4\nL:1/4\nK:C\n" + "CDEF|" * 301, 0.8, "", "has 301 bars; 300 are the most"),
    ],
)
def test_what_cannot_be_done(
    model: Model, text: str, closeness: float, keep: str, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        model.vary(text, closeness, keep=keep, seed=1)
