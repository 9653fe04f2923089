"""Token ids on disk: what was packed is what is read, in any order, from any place."""

import numpy as np
import pytest

from musicrnn import corpus, tokens
from musicrnn.corpus import shards
from musicrnn.corpus.shuffling import Permutation, Shuffled
from musicrnn.errors import CorpusError


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
    assert train.ids == sum(len(content) for content in contents)
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


@pytest.mark.parametrize("n", [1, 2, 3, 5, 16, 17, 1000, 4097])
def test_a_permutation_holds_every_number_once(n):
    order = Permutation(n, seed=3, epoch=1)
    assert sorted(order.take(np.arange(n)).tolist()) == list(range(n))


def test_a_permutation_is_decided_by_seed_and_epoch_and_entered_anywhere():
    whole = Permutation(10_000, seed=1).take(np.arange(10_000))
    assert Permutation(10_000, seed=1)[7777] == whole[7777]
    for other in (Permutation(10_000, seed=2), Permutation(10_000, seed=1, epoch=1)):
        assert np.mean(other.take(np.arange(10_000)) == whole) < 0.01


def test_a_permutation_mixes_far_apart_numbers():
    order = Permutation(100_000, seed=0).take(np.arange(100_000))
    assert abs(np.corrcoef(order, np.arange(100_000))[0, 1]) < 0.02
    assert abs(np.corrcoef(order[1:], order[:-1])[0, 1]) < 0.02


def test_a_permutation_of_billions_costs_nothing():
    order = Permutation(10**10, seed=0)
    assert order[0] != order[1]
    assert 0 <= order[10**10 - 1] < 10**10


def test_shuffled_pieces_are_the_same_pieces(packed):
    train = packed.part("train")
    order = Shuffled(train, seed=5, epoch=2)
    assert sorted(ids.tobytes() for ids in order) == sorted(ids.tobytes() for ids in train)
    assert [ids.tobytes() for ids in order[10:20]] == [order[i].tobytes() for i in range(10, 20)]
