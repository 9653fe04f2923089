"""Many tunes by many workers: those that one worker makes one by one, none lost, none doubled."""

import json

import pytest

from musicrnn import abc
from musicrnn.errors import ModelError, UsageError
from musicrnn.generation import bulk, load, parquet
from musicrnn.parallel.workers import Lost, Pool, Serial

from .helpers import Killed, KilledAfter, random_model

ASKED = {"key": "G", "meter": "6/8", "unit": "1/8", "bars": 2, "title": "Air"}


@pytest.fixture
def model(tmp_path):
    return random_model(tmp_path)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(bulk, "CHUNK", 4)


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_the_tunes_are_those_of_the_model_in_order(model, tmp_path):
    summary = bulk.generate(model, 10, tmp_path / "out", seed=7, **ASKED)
    expected = load(model).generate(4, seed=7, first=4, **ASKED)
    lines = [json.loads(line) for line in (tmp_path / "out" / "tunes.jsonl").open()]
    assert [line["index"] for line in lines] == list(range(10))
    book = (tmp_path / "out" / "tunes.abc").read_text()
    assert [tune.number for tune in abc.parse(book)] == [str(n) for n in range(1, 11)]
    assert "\n".join(tune.text for tune in expected) in book
    assert abc.check(book, strict=True) == []
    assert summary["counts"]["tunes"] == summary["counts"]["well_formed"] == 10


def test_the_same_bytes_by_several_workers(model, tmp_path):
    bulk.generate(model, 14, tmp_path / "one", seed=1, workers=Serial(), **ASKED)
    bulk.generate(model, 14, tmp_path / "two", seed=1, workers=Pool(2), **ASKED)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_a_killed_run_goes_on_without_losing_or_doubling_a_tune(model, tmp_path):
    bulk.generate(model, 14, tmp_path / "whole", seed=1, **ASKED)
    with pytest.raises(Killed):
        bulk.generate(model, 14, tmp_path / "cut", seed=1, workers=KilledAfter(2), **ASKED)
    seen = []
    bulk.generate(
        model, 14, tmp_path / "cut", seed=1,
        progress=lambda done, total, _: seen.append((done, total)), **ASKED,
    )  # fmt: skip
    assert seen == [(14, 14)]  # three of four chunks were there
    assert contents(tmp_path / "cut") == contents(tmp_path / "whole")


@pytest.mark.needs("pyarrow")
def test_a_parquet_table_holds_what_book_and_figures_hold(model, tmp_path, monkeypatch):
    from pyarrow.parquet import ParquetFile, read_table

    monkeypatch.setattr(parquet, "GROUP", 4)
    out = tmp_path / "out"
    summary = bulk.generate(model, 10, out, seed=7, parquet=True, **ASKED)
    rows = read_table(out / "tunes.parquet").to_pylist()
    assert "\n".join(row.pop("content") for row in rows) == (out / "tunes.abc").read_text()
    assert rows == [json.loads(line) for line in (out / "tunes.jsonl").open()]
    assert set(summary["files"]) == {"tunes.abc", "tunes.jsonl", "tunes.parquet"}
    assert ParquetFile(out / "tunes.parquet").num_row_groups == 3


class Losing(Serial):
    """Every worker dies."""

    def map(self, function, tasks):
        for task in tasks:
            yield task, Lost("killed by a test")


def test_tunes_that_cannot_be_made_are_named(model, tmp_path):
    with pytest.raises(ModelError, match=r"tunes 1 to 4 could not be made.*start it again"):
        bulk.generate(model, 10, tmp_path / "out", seed=1, workers=Losing(), **ASKED)


def test_what_makes_no_sense_is_said_before_any_work(model, tmp_path):
    with pytest.raises(UsageError):
        bulk.generate(model, 10, tmp_path / "out", seed=1, meter="4/0")
    with pytest.raises(UsageError, match="at least 1"):
        bulk.generate(model, 0, tmp_path / "out", seed=1)
    assert not (tmp_path / "out").exists()
