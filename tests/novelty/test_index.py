"""A copy is found in any key and under any name; a tune that is new is called new."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from musicrnn.errors import ModelError
from musicrnn.novelty.index import FILE_NAME, Index
from musicrnn.score import Score
from musicrnn.theory.melody import BarLines, line
from tests.evaluation.tunes import dance, disguised


@pytest.fixture(scope="module")
def known() -> list[Score]:
    rng = np.random.default_rng(7)
    return [dance(rng) for _ in range(150)]


@pytest.fixture(scope="module")
def index(known: list[Score]) -> Index:
    return Index.build(known)


def test_planted_copies_are_found_every_time(known: list[Score], index: Index) -> None:
    rng = np.random.default_rng(11)
    for _ in range(300):
        number = int(rng.integers(len(known)))
        found = index.novelty(disguised(known[number], rng)).copied
        assert found is not None
        assert found.tune == number


def test_unrelated_tunes_are_new(index: Index) -> None:
    rng = np.random.default_rng(12)
    found = [index.novelty(dance(rng)) for _ in range(60)]
    assert not any(novelty.copied for novelty in found)
    assert np.mean([novelty.new for novelty in found]) > 0.95


def test_an_exact_copy(known: list[Score], index: Index) -> None:
    found = index.novelty(known[3])
    assert found.new == 0
    assert found.longest_notes == found.notes == len(line(known[3]))
    assert found.longest_bars == 32
    assert found.nearest[0].passages[0].start == 0
    assert index.shared_bars(known[3]) == 32


def test_two_bars_of_another_tune(known: list[Score], index: Index) -> None:
    new = dance(np.random.default_rng(13))
    start = max(note.end for note in new)
    bars = [replace(note, onset=note.onset + start) for note in known[5] if note.onset < 8]
    found = index.novelty(Score.of([*new, *bars], meters=new.meters), nearest=20)
    passage = next(tune for tune in found.nearest if tune.tune == 5).passages[0]
    assert passage.known_start <= 1
    assert 2 <= passage.bars < 3
    assert 0.9 < found.new < 1


def test_the_tune_itself_can_be_left_out(known: list[Score], index: Index) -> None:
    assert index.novelty(known[0], without=0).copied is None


def test_a_loop_over_two_known_bars_is_no_copy(known: list[Score], index: Index) -> None:
    cell = [note for note in known[5] if note.onset < 8]
    loop = Score.of(
        [replace(note, onset=note.onset + 8 * i) for i in range(12) for note in cell],
        meters=known[5].meters,
    )
    found = index.novelty(loop)
    assert found.copied is None
    assert found.new < 0.5  # its notes are known all the same


def test_shared_bars_are_rounded_up(known: list[Score], index: Index) -> None:
    first_bars = [note for note in known[9] if note.onset < Fraction(17)]  # four bars and a bit
    cut = Score.of(first_bars, meters=known[9].meters)
    assert index.shared_bars(cut) == 5


@pytest.mark.parametrize("notes", [0, 1, 2])
def test_next_to_nothing(index: Index, known: list[Score], notes: int) -> None:
    found = index.novelty(Score.of(known[0].notes[:notes]))
    assert found.longest_notes == 0
    assert found.nearest == ()
    assert np.isnan(found.new) if notes == 0 else found.new == 1


def test_an_empty_index_knows_nothing() -> None:
    found = Index.build([]).novelty(dance(np.random.default_rng(1)))
    assert found.new == 1
    assert found.copied is None


def test_gives_back_the_notes(known: list[Score], index: Index) -> None:
    for number in (0, 17, 149):
        melody = line(known[number])
        bars = [BarLines(known[number]).number(melody.time(int(t))) // 1 for t in melody.onsets]
        assert index.pitches(number) == melody.pitches.tolist()
        assert index.bars(number) == bars


class TestFile:
    def test_round_trip(self, index: Index, known: list[Score], tmp_path: Path) -> None:
        index.save(tmp_path / FILE_NAME)
        loaded = Index.load(tmp_path)
        assert loaded.titles == index.titles
        assert loaded.novelty(known[1]) == index.novelty(known[1])

    def test_same_tunes_same_bytes(self, known: list[Score], tmp_path: Path) -> None:
        for name in "ab":
            Index.build(known[:20]).save(tmp_path / f"{name}.npz")
        assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()

    def test_is_missing(self, tmp_path: Path) -> None:
        with pytest.raises(ModelError, match="keeps no index"):
            Index.load(tmp_path / "none.npz")

    @pytest.mark.parametrize("keep", [0.0, 0.3, 0.99])
    def test_is_damaged(self, index: Index, tmp_path: Path, keep: float) -> None:
        file = tmp_path / FILE_NAME
        index.save(file)
        content = file.read_bytes()
        file.write_bytes(content[: int(len(content) * keep)])
        with pytest.raises(ModelError, match="not an index"):
            Index.load(file)

    def test_pickles_are_not_opened(self, tmp_path: Path) -> None:
        content = {"version": np.array([print], dtype=object)}
        np.savez(tmp_path / FILE_NAME, **content)
        with pytest.raises(ModelError, match="not an index"):
            Index.load(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        {"text": np.array([0, 5, 0xFFE], np.uint16)},  # which a query's own edges are like
        {"text": np.array([5, 6, 7], np.uint16)},
        {"places": np.full((4, 2), 255, np.uint8)},
        {"first_bars": np.zeros(7, np.int16)},
        {"titles": np.frombuffer(b"[1]", np.uint8)},
        {"titles": np.frombuffer(b"[" * 99_999, np.uint8)},
        {"version": np.array([1, 1])},
    ],
)
def test_an_index_whose_parts_do_not_go_together_is_refused(
    known: list[Score], tmp_path: Path, change: dict[str, np.ndarray]
) -> None:
    path = tmp_path / FILE_NAME
    Index.build(known[:1], titles=["A"]).save(path)
    with np.load(path) as file:
        arrays = dict(file)
    np.savez(path, **(arrays | change))  # type: ignore[arg-type]
    with pytest.raises(ModelError):
        Index.load(path)
