"""Token ids on disk: what was packed is what is read, in any order, from any place."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from musicrnn import corpus, tokens
from musicrnn.corpus import shards
from musicrnn.errors import CorpusError, UsageError


@pytest.fixture
def names():
    return corpus.open("dinosaurs")


@pytest.fixture
def packed(names, tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "SHARD_IDS", 2000)
    tokenizer = tokens.learn("char", names.pieces(), format="text")
    return shards.pack(names, tmp_path / "tokens", tokenizer)


def test_every_piece_comes_back_in_order(names, packed):
    train = packed.part("train")
    contents = [packed.tokenizer.decode(ids).content for ids in train]
    assert contents == [piece.content for piece in names.pieces("train")]
    assert len(packed.index["parts"]["train"]) > 3
    assert train.lengths.tolist() == [len(content) for content in contents]
    assert train.ids == train.lengths.sum()
    assert packed.tokenizer.decode(train[-1]).content == contents[-1]
    with pytest.raises(IndexError):
        train[len(train)]


def test_numpy_alone_can_read_a_shard(packed):
    first = packed.index["parts"]["train"][0]
    ids = np.load(packed.folder / first["file"])
    starts = np.load(packed.folder / first["file"].replace(".npy", ".starts.npy"))
    assert (ids.dtype, len(ids), len(starts)) == (np.uint8, first["ids"], first["pieces"] + 1)


def test_packing_again_gives_the_same_bytes(names, packed, tmp_path):
    again = shards.pack(names, tmp_path / "again", packed.tokenizer)
    for path in packed.folder.iterdir():
        assert (again.folder / path.name).read_bytes() == path.read_bytes()


def test_a_missing_or_cut_shard_is_named(packed):
    first = packed.folder / packed.index["parts"]["train"][0]["file"]
    np.save(first, np.load(first)[:-1])
    with pytest.raises(CorpusError, match="does not match its index"):
        packed.part("train")[0]
    first.unlink()
    with pytest.raises(CorpusError, match="pack the corpus again"):
        packed.part("train")[0]
    with pytest.raises(CorpusError, match="corpus build --tokens"):
        shards.Shards(packed.folder / "nowhere")


def changed(packed: shards.Shards, change: Callable[[dict[str, Any]], object]) -> shards.Shards:
    """The shards opened again, with something changed in their index."""
    change(packed.index)
    (packed.folder / shards.INDEX).write_text(json.dumps(packed.index))
    return shards.Shards(packed.folder)


@pytest.mark.parametrize("name", ["../secret.npy", "/etc/passwd", "a/b.npy", "..", "", 7])
def test_a_shard_is_a_file_of_its_folder(packed, name):
    with pytest.raises(UsageError, match="name of a shard"):
        changed(packed, lambda index: index["parts"]["train"][0].update(file=name))


@pytest.mark.parametrize(
    "change",
    [
        lambda index: index.pop("parts"),
        lambda index: index["parts"].pop("train"),
        lambda index: index["parts"].update(train=7),
        lambda index: index["parts"]["train"][0].update(pieces="many"),
        lambda index: index["parts"]["train"][0].update(ids=-1),
        lambda index: index["parts"]["train"][0].pop("file"),
        lambda index: index.update(tokenizer=None),
    ],
)
def test_an_index_that_is_damaged_is_said(packed, change):
    with pytest.raises(CorpusError, match=r"index\.json: damaged"):
        changed(packed, change)


def test_pieces_that_overlap_are_no_pieces(packed):
    place = packed.folder / packed.index["parts"]["train"][0]["file"].replace(".npy", ".starts.npy")
    starts = np.load(place)
    starts[1], starts[2] = starts[2], starts[1]
    np.save(place, starts)
    with pytest.raises(CorpusError, match="does not match its index"):
        packed.part("train")[0]
