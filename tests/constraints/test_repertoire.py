"""Forms and titles of new tunes are those of the learned ones, in their proportions."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from musicrnn import abc
from musicrnn.constraints.abc.constraint import AbcConstraint
from musicrnn.constraints.abc.controls import Controls
from musicrnn.constraints.abc.repertoire import Repertoire, shape_of
from musicrnn.constraints.abc.titles import Titles
from musicrnn.errors import ModelError
from musicrnn.piece import Piece
from tests.constraints.helpers import vocabulary

HEAD = "X:1\nT:{title}\nR:jig\nM:6/8\nL:1/8\nK:D\n"
EIGHT = "D3 E3|F3 G3|A3 B3|d3 A3|D3 E3|F3 G3|A3 F3|D3 D2"


@pytest.mark.parametrize(
    ("body", "shape"),
    [
        (f"|:A|{EIGHT}:|\n|:A|{EIGHT}:|\n", ((8, True), (8, True))),
        (f"A|:{EIGHT}:|\n|:A|{EIGHT}:|\n", ((8, True), (8, True))),
        (f"A|{EIGHT}||\nA|{EIGHT}|]\n", ((8, False), (8, False))),
        (f"A||{EIGHT}||\nA|{EIGHT}|]\n", ((8, False), (8, False))),
        ("|:D3 E3|F3 G3|1A3 F3:|2A3 D3||\nD3 E3|D6|]\n", ((3, True), (2, False))),
    ],
    ids=["two parts", "pickup before |:", "no repeats", "pickup before ||", "endings"],
)
def test_the_shape_of_a_tune(body: str, shape: tuple[tuple[int, bool], ...]) -> None:
    assert shape_of(HEAD.format(title="t") + body) == shape


def learned() -> Repertoire:
    two = f"|:A|{EIGHT}:|\n|:A|{EIGHT}:|\n"
    three = two + f"|:A|{EIGHT}:|\n"
    titles = ["The Maid of Kildare", "The Rose of the Glen", "The Glen of Kildare", "My Maid"]
    return Repertoire.learn(
        Piece(
            "abc",
            HEAD.format(title=titles[i % 4]) + (three if i % 4 == 0 else two),
            title=titles[i % 4],
            meter="6/8",
            rhythm="jig",
        )
        for i in range(40)
    )


def test_a_repertoire_comes_back_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "repertoire.json"
    learned().save(path)
    assert Repertoire.load(path) == learned()
    path.write_text("{}")
    with pytest.raises(ModelError, match="damaged"):
        Repertoire.load(path)


def written(n: int, **asked: object) -> list[str]:
    """Tunes of chance, each with a generator of its own."""
    constraint = AbcConstraint(
        vocabulary(),
        Controls.of(rhythm="jig", meter="6/8", **asked),  # type: ignore[arg-type]
        repertoire=learned(),
    )
    texts = []
    for i in range(n):
        (state,) = constraint.start(1, [np.random.default_rng([1, i])])
        rng, ids = random.Random(i), []
        while not state.done:
            ids.append(int(rng.choice(np.flatnonzero(constraint.mask([state])[0]).tolist())))
            constraint.advance([state], ids[-1:])
        texts.append(constraint.text(state, ids[:-1]))
    return texts


def test_forms_come_in_their_proportions() -> None:
    texts = written(40)
    assert all(abc.check(text, strict=True) == [] for text in texts)
    shapes = Counter(shape_of(text) for text in texts)
    assert set(shapes) == {((8, True),) * 2, ((8, True),) * 3}
    assert 20 < shapes[((8, True),) * 2] < 40


def test_what_is_asked_rules() -> None:
    assert {shape_of(text) for text in written(4, form="AAB", bars=4)} == {((4, True), (4, False))}
    assert {bars for text in written(8, bars=4) for bars, _ in shape_of(text) or ()} == {4}
    assert {shape_of(text) for text in written(4, form="AABBCC")} == {((8, True),) * 3}


def test_titles_are_words_of_titles_and_none_of_them() -> None:
    known = set(learned().titles)
    words = {word for title in known for word in title.split()}
    for text in written(20):
        title = abc.parse_tune(text).title
        assert title not in known
        assert set(title.split()) <= words
    assert abc.parse_tune(written(1, title="My Own")[0]).title == "My Own"


def test_a_title_names_no_other_dance() -> None:
    titles = Titles(["The Merry Reel", "The Merry Maid", "The Old Maid", "The Old Jig"])
    drawn = {titles.draw(np.random.default_rng(i), "jig") for i in range(50)}
    assert "The Merry Jig" not in drawn
    assert not any("Reel" in title for title in drawn)
