"""Training on packed shards: the run that the same pieces in memory give, and none in memory."""

import json
from dataclasses import dataclass, replace

import numpy as np
import pytest

from musicrnn import tokens
from musicrnn.corpus import shards
from musicrnn.errors import CorpusError, UsageError
from musicrnn.models.bundle import Bundle
from musicrnn.piece import Piece
from musicrnn.training.batching import BATCHINGS, evaluation_epoch, plan_epoch
from musicrnn.training.prepare import prepare
from musicrnn.training.sharded import prepare_shards
from musicrnn.training.trainer import Trainer
from tests.training.helpers import TUNES, Silent, SmallCorpus, small_recipe

needs_tensorflow = pytest.mark.needs("tensorflow", "keras")


@dataclass(frozen=True)
class NamedCorpus(SmallCorpus):
    name: str = "four"
    digest: str = "0"


@pytest.fixture
def corpus():
    pieces = tuple(Piece("abc", text) for text in TUNES)
    return NamedCorpus(pieces[:3], pieces[3:])


@pytest.fixture
def packed(corpus, tmp_path, monkeypatch):
    """The same tunes in shards of one or two tunes."""
    monkeypatch.setattr(shards, "SHARD_IDS", 150)
    return shards.pack(corpus, tmp_path / "tokens", tokens.learn("char", corpus.pieces()))


@pytest.mark.parametrize("batching", BATCHINGS)
def test_batches_are_those_of_pieces_in_memory(packed, batching):
    mapped = packed.part("train")
    assert len(packed.index["parts"]["train"]) > 1
    held = [np.array(ids) for ids in mapped]
    one, other = (
        plan_epoch(pieces, np.random.default_rng(1), batching=batching, batch=2, length=20)
        for pieces in (mapped, held)
    )
    assert one.steps == other.steps
    for i in reversed(range(one.steps)):
        np.testing.assert_array_equal(one.batch(i).inputs, other.batch(i).inputs)
        np.testing.assert_array_equal(one.batch(i).weights, other.batch(i).weights)


def test_only_the_pieces_of_a_batch_are_read(packed):
    class Counting(list):
        read = 0

        def __getitem__(self, number):
            self.read += 1
            return super().__getitem__(number)

    pieces = Counting(np.ones(n, np.uint8) for n in range(10, 210))
    for batching in BATCHINGS:
        epoch = plan_epoch(pieces, np.random.default_rng(1), batching=batching, batch=2, length=20)
        pieces.read = 0
        epoch.batch(epoch.steps // 2)
        assert 2 <= pieces.read <= 10, batching
    pieces.read = 0
    evaluation_epoch(pieces, batch=2).batch(0)
    assert pieces.read == 2


@needs_tensorflow
def test_a_run_on_shards_learns_what_a_run_on_the_pieces_learns(corpus, packed, tmp_path):
    recipe = small_recipe()
    runs = []
    for name, prepared in (
        ("pieces", prepare(recipe, corpus)), ("shards", prepare_shards(recipe, packed)),
    ):  # fmt: skip
        runs.append(Trainer.begin(tmp_path / name, prepared))
        runs[-1].train(Silent())
    one, other = (run.final_bundle() for run in runs)
    for name, array in one.weights.items():
        np.testing.assert_array_equal(array, other.weights[name], err_msg=name)
    assert one.config.training["pieces"] == other.config.training["pieces"] == 3


@needs_tensorflow
def test_stopped_and_resumed_it_ends_with_the_same_weights(packed, tmp_path):
    whole = Trainer.begin(tmp_path / "whole", prepare_shards(small_recipe(), packed))
    whole.train(Silent())
    silent = Silent()
    cut = Trainer.begin(tmp_path / "cut", prepare_shards(small_recipe(), packed))
    assert not cut.train(silent, stop=lambda: silent.steps >= 5)
    assert Trainer.resume(tmp_path / "cut").train(silent)
    wanted = whole.final_bundle().weights
    for name, array in Bundle.load(tmp_path / "cut").weights.items():
        np.testing.assert_array_equal(array, wanted[name], err_msg=name)


@needs_tensorflow
def test_shards_packed_anew_are_not_taken_for_those_of_the_run(packed, corpus, tmp_path):
    Trainer.begin(tmp_path / "run", prepare_shards(small_recipe(), packed))
    index = packed.folder / shards.INDEX
    content = json.loads(index.read_text())
    index.write_text(json.dumps(content | {"corpus": {"name": "other", "digest": "1"}}))
    with pytest.raises(CorpusError, match="packed anew since the run began"):
        Trainer.resume(tmp_path / "run")
    index.unlink()
    with pytest.raises(CorpusError, match="missing"):
        Trainer.resume(tmp_path / "run")


def test_what_shards_cannot_give_is_said_before_training(packed, corpus, tmp_path):
    with pytest.raises(UsageError, match=r"set training\.transpose = false"):
        prepare_shards(small_recipe("training.transpose=true"), packed)
    with pytest.raises(UsageError, match="pack them again"):
        prepare_shards(replace(small_recipe(), tokenizer={"name": "piano"}), packed)
    other = prepare(small_recipe(), SmallCorpus(corpus.train[:1], corpus.train[:1])).start
    with pytest.raises(UsageError, match="name the corpus itself"):
        prepare_shards(small_recipe(), packed, base=other)
    empty = replace(corpus, validation=())
    without = shards.pack(empty, tmp_path / "empty", packed.tokenizer)
    with pytest.raises(CorpusError, match="validation split is empty"):
        prepare_shards(small_recipe(), without)


@needs_tensorflow
def test_a_run_points_to_no_shards_that_nobody_named_here(packed, tmp_path, monkeypatch):
    Trainer.begin(tmp_path / "run", prepare_shards(small_recipe(), packed))
    assert Trainer.resume(tmp_path / "run").dataset.folder == packed.folder
    monkeypatch.setenv("MUSICRNN_CACHE", str(tmp_path / "another-machine"))
    with pytest.raises(CorpusError, match="which lies elsewhere"):
        Trainer.resume(tmp_path / "run")
    assert Trainer.resume(tmp_path / "run", shared=True).dataset.folder == packed.folder
