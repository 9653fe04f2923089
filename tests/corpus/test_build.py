"""A build: the same bytes however it is run, everything accounted for, no bad file in the way."""

import json
import os
import shutil

import pytest

from musicrnn import corpus
from musicrnn.corpus import block_reader, build, manifest, sources
from musicrnn.errors import CorpusError, UsageError
from musicrnn.parallel.workers import Pool, Serial

LETTERS = "CDEFGABc"


def tune(number, shift=0):
    """A tune of its own for each number; shifted by a step it is another tune."""
    digits = [(number >> (3 * i)) % 8 for i in range(8)]
    notes = [LETTERS[(digit + shift) % 8] for digit in digits]
    bars = ["".join(notes[i : i + 4]) for i in (0, 4)] * 4
    return f"X:{number}\nT:Tune {number}\nR:reel\nM:4/4\nL:1/4\nK:C\n{'|'.join(bars)}|]\n"


@pytest.fixture
def tunes(tmp_path):
    """120 tunes in 30 files, six duplicates, one wrong bar, three files of garbage."""
    folder = tmp_path / "tunes"
    folder.mkdir()
    for i in range(30):
        numbers = range(1000 + 40 * i, 1000 + 40 * i + 40, 10)
        (folder / f"{i:02}.abc").write_text("\n".join(tune(number) for number in numbers))
    copies = [tune(number).replace("K:C", "K:C\n% copy") for number in range(1000, 1060, 10)]
    (folder / "98.abc").write_text("\n".join(copies))
    (folder / "99.abc").write_text("X:1\nT:Wrong\nM:4/4\nL:1/4\nK:C\nCDE|CDEFG|]\n")
    (folder / "g1.abc").write_bytes(b"\0\1\2" * 100)
    (folder / "g2.abc").write_bytes(b"")
    (folder / "g3.abc").write_text("Dear diary,\n")
    return folder


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(sources, "BLOCK_FILES", 4)


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_everything_that_came_in_is_accounted_for(tunes, tmp_path):
    build.build(manifest.load(str(tunes)), tmp_path / "out")
    built = corpus.Corpus(tmp_path / "out")
    assert built.info["counts"] == {
        "found": 127, "kept": 120, "duplicate": 6, "rejected": 1, "unreadable": 3
    }  # fmt: skip
    assert built.info["reasons"] == {"empty": 2, "bar-length": 1, "unreadable": 1}
    entries = built.report["pieces"]
    assert [entry["id"] for entry in entries] == list(range(130))
    copies = [entry for entry in entries if entry["outcome"] == "duplicate"]
    assert [entries[copy["of"]]["title"] for copy in copies] == [copy["title"] for copy in copies]
    unreadable = {entry["file"] for entry in entries if entry["outcome"] == "unreadable"}
    assert unreadable == {"g1.abc", "g2.abc", "g3.abc"}
    assert sum(1 for _ in built.pieces()) == len(built) == 120
    assert built.parts == {"train": 108, "validation": 6, "test": 6}


@pytest.mark.usefixtures("small_blocks")
def test_the_same_bytes_with_any_number_of_workers(tunes, tmp_path):
    loaded = manifest.load(str(tunes))
    build.build(loaded, tmp_path / "one", workers=Serial())
    build.build(loaded, tmp_path / "two", workers=Pool(2))
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


class Killed(BaseException):
    """Stands for SIGKILL: nothing may catch it."""


class KilledAfter(Serial):
    """Does some blocks, then dies."""

    def __init__(self, blocks):
        self.blocks = blocks

    def map(self, function, tasks):
        for done, pair in enumerate(super().map(function, tasks)):
            if done == self.blocks:
                raise Killed
            yield pair


@pytest.mark.usefixtures("small_blocks")
def test_a_killed_build_goes_on_where_it_stopped(tunes, tmp_path):
    loaded = manifest.load(str(tunes))
    build.build(loaded, tmp_path / "whole")
    with pytest.raises(Killed):
        build.build(loaded, tmp_path / "cut", workers=KilledAfter(5))
    with pytest.raises(CorpusError, match="no finished corpus"):
        corpus.Corpus(tmp_path / "cut")
    steps = []
    build.build(
        loaded, tmp_path / "cut", progress=lambda done, total, _: steps.append((done, total))
    )
    assert steps[0] == (7, 9)  # five blocks were counted, a sixth was written when it died
    assert contents(tmp_path / "cut") == contents(tmp_path / "whole")


def die_at_98(item, data, source, rules):
    from musicrnn.corpus.abc_reader import read_abc

    if item.name == "98.abc":
        os._exit(1)
    return read_abc(item, data, source, rules)


def killing_reader(_):
    return die_at_98


@pytest.mark.usefixtures("small_blocks")
def test_a_file_that_kills_its_worker_is_listed_and_costs_no_other(tunes, tmp_path, monkeypatch):
    monkeypatch.setattr(block_reader, "reader_of", killing_reader)
    # A forked worker has the patched reader; the default is a fresh interpreter.
    workers = Pool(2, start="fork")
    build.build(manifest.load(str(tunes)), tmp_path / "out", workers=workers)
    built = corpus.Corpus(tmp_path / "out")
    assert built.info["counts"]["kept"] == 120
    (crash,) = [e for e in built.report["pieces"] if e.get("reason") == "crash"]
    assert (crash["file"], crash["outcome"]) == ("98.abc", "unreadable")


def test_the_cache_is_used_until_a_file_changes(tunes, monkeypatch, tmp_path):
    monkeypatch.setenv("MUSICRNN_CACHE", str(tmp_path / "cache"))
    first = corpus.open(tunes)
    assert corpus.open(tunes).folder == first.folder
    (tunes / "00.abc").write_text(tune(77777))
    again = corpus.open(tunes)
    assert again.folder != first.folder
    assert len(again) == 120 - 4 + 1 + 4  # four of the copies have lost their originals
    assert corpus.open(again.folder).digest == again.digest


def test_a_name_is_that_of_a_shipped_corpus_whatever_lies_here(tunes, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    build.build(manifest.load(str(tunes)), tmp_path / "dinosaurs")
    assert corpus.open("./dinosaurs").name == "tunes"
    assert corpus.open("dinosaurs").name == "dinosaurs"


def test_a_corpus_without_a_usable_piece_says_what_was_wrong(tunes, tmp_path):
    with pytest.raises(CorpusError, match=r"1 bar-length.*99.abc:1: bar 2 has"):
        build.build(manifest.load(str(tunes / "99.abc")), tmp_path / "out")


def test_a_file_that_disappears_is_listed(tunes, tmp_path, monkeypatch):
    loaded = manifest.load(str(tunes))
    listed = list(sources.blocks(build._items(loaded)))
    (tunes / "05.abc").unlink()
    monkeypatch.setattr(sources, "blocks", lambda stream: iter(listed))
    build.build(loaded, tmp_path / "out")
    entry = next(
        e for e in corpus.Corpus(tmp_path / "out").report["pieces"] if e["file"] == "05.abc"
    )
    assert "No such file" in entry["detail"]


def test_an_unknown_part_and_a_damaged_corpus_are_errors(tunes, tmp_path):
    built = corpus.open(tunes)
    with pytest.raises(UsageError, match="train, validation, test"):
        next(built.pieces("dev"))
    shutil.copytree(built.folder, tmp_path / "damaged")
    (tmp_path / "damaged" / "corpus.json").write_text("{}")
    with pytest.raises(CorpusError, match="damaged"):
        corpus.Corpus(tmp_path / "damaged")


def test_text_is_cut_as_the_manifest_says(tmp_path):
    (tmp_path / "poems.txt").write_text("one\ntwo\n\nthree\n\n\nfour\nfive\n")
    built = corpus.open(tmp_path / "poems.txt")
    assert sorted(piece.content for piece in built.pieces()) == ["four\nfive", "one\ntwo", "three"]


def test_names_are_one_a_line():
    names = corpus.open("dinosaurs")
    assert len(names) >= 500
    assert all("\n" not in piece.content for piece in names.pieces())


def test_the_summary_is_plain_json(tunes):
    assert json.dumps(corpus.open(tunes).info)


def test_a_folder_of_midi_files_is_a_corpus(tmp_path):
    from fractions import Fraction

    from musicrnn.render import to_midi
    from musicrnn.score import Note, Score

    folder = tmp_path / "midi"
    folder.mkdir()
    for i, pitches in enumerate([(60, 64, 67), (62, 66, 69), (60, 67, 64)]):
        notes = [Note(Fraction(at), pitch, Fraction(1)) for at, pitch in enumerate(pitches)]
        (folder / f"{i}.mid").write_bytes(to_midi(Score.of(notes, title=f"Tune {i}")))
    (folder / "broken.mid").write_bytes(b"MThd but no more")
    built = corpus.open(folder)
    assert built.info["counts"] == {
        "found": 3, "kept": 2, "duplicate": 1, "rejected": 0, "unreadable": 1
    }  # fmt: skip
    assert sorted(piece.content.notes[1].pitch for piece in built.pieces()) == [64, 67]
