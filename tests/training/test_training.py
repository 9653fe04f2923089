"""Training on a few tunes: it learns, it can be stopped anywhere, it never loses good weights."""

import json
import math
import shutil
from dataclasses import replace

import numpy as np
import pytest

from musicrnn.errors import CorpusError, ModelError, UsageError
from musicrnn.evaluation import training_samples
from musicrnn.models.bundle import Bundle
from musicrnn.training.prepare import prepare
from musicrnn.training.run import Run
from musicrnn.training.trainer import Trainer
from tests.training.helpers import Silent, SmallCorpus, small_recipe, tunes

pytestmark = pytest.mark.needs("tensorflow", "keras")


def started(folder, *settings):
    return Trainer.begin(folder, prepare(small_recipe(*settings), tunes()))


def weights_of(folder):
    return Bundle.load(folder).weights


def assert_same_weights(first, second):
    one, other = weights_of(first), weights_of(second)
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run that nothing interrupted."""
    folder = tmp_path_factory.mktemp("runs") / "whole"
    reporter = Silent()
    assert started(folder, "model.cell='lstm'").train(reporter)
    return folder, reporter


def test_a_run_leaves_all_that_is_promised(finished):
    folder, reporter = finished
    assert {path.name for path in folder.iterdir()} == {
        "recipe.toml",
        "data.safetensors",
        "log.jsonl",
        "loss.svg",
        "samples",
        "best",
        "checkpoints",
    }
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    assert lines == reporter.lines
    assert [line["epoch"] for line in lines] == [1, 2, 3]
    assert lines[-1]["train_bits"] < lines[0]["train_bits"]
    best = Bundle.load(folder)
    assert best.config.figures["bits_per_token"] == pytest.approx(
        min(line["validation_bits"] for line in lines), abs=1e-4
    )
    assert "Validation bits per token" in best.card
    assert "<svg" in (folder / "loss.svg").read_text()


def test_stopped_and_resumed_it_ends_with_the_same_weights(finished, tmp_path):
    whole, reporter = finished
    silent = Silent()
    trainer = started(tmp_path / "run", "model.cell='lstm'")
    assert not trainer.train(silent, stop=lambda: silent.steps >= 5)
    assert Trainer.resume(tmp_path / "run").train(silent)
    assert_same_weights(whole / "best", tmp_path / "run" / "best")
    for line, wanted in zip(silent.lines, reporter.lines, strict=True):
        assert line | {"seconds": 0} == wanted | {"seconds": 0}


def test_whole_pieces_with_features_are_resumed_exactly(tmp_path):
    """No state goes from batch to batch, and a checkpoint holds none."""
    settings = (
        "training.batching='pieces'", "training.length=120", "model.attention=120",
        "tokenizer.place=true", "tokenizer.one_tonic=true", "model.feature_width=3",
    )  # fmt: skip
    started(tmp_path / "whole", *settings).train(Silent())
    silent = Silent()
    assert not started(tmp_path / "run", *settings).train(silent, stop=lambda: silent.steps >= 3)
    trainer = Trainer.resume(tmp_path / "run")
    assert not [name for name in trainer.stepper.state_dict() if name.startswith("state")]
    assert trainer.train(silent)
    assert_same_weights(tmp_path / "whole" / "best", tmp_path / "run" / "best")
    bundle = Bundle.load(tmp_path / "run")
    assert dict(bundle.config.model.features) == bundle.tokenizer.features.sizes


@pytest.mark.parametrize(("one_tonic", "variants"), [("false", 2), ("true", 1)])
def test_on_one_tonic_a_tune_has_no_variants_in_other_keys(one_tonic, variants):
    recipe = small_recipe("training.transpose=true", f"tokenizer.one_tonic={one_tonic}")
    kesh = tunes().train[0]
    in_d = replace(kesh, content=kesh.content.replace("K:G", "K:D"), key="D")
    prepared = prepare(recipe, SmallCorpus((replace(kesh, key="G"), in_d), tunes().validation))
    assert [len(group) for group in prepared.dataset.train] == [variants, variants]


def test_more_epochs_may_be_asked_of_a_finished_run(finished, tmp_path):
    shutil.copytree(finished[0], tmp_path / "run")
    assert Trainer.resume(tmp_path / "run", epochs=4).train(Silent())
    assert Run(tmp_path / "run").read_log()[-1]["epoch"] == 4


def test_fewer_epochs_than_are_done_are_refused_and_change_nothing(finished, tmp_path):
    shutil.copytree(finished[0], tmp_path / "run")
    before = (tmp_path / "run" / "recipe.toml").read_bytes()
    with pytest.raises(UsageError, match="3 epochs done already"):
        Trainer.resume(tmp_path / "run", epochs=2)
    assert (tmp_path / "run" / "recipe.toml").read_bytes() == before


def test_resuming_removes_nothing_that_is_not_the_run_s_own(finished, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(finished[0], run)
    canaries = [".env", ".git/config", "samples/.notes", "checkpoints/.keep", "checkpoints/mine/x"]
    for name in canaries:
        (run / name).parent.mkdir(exist_ok=True)
        (run / name).write_text("mine")
    assert Trainer.resume(run, epochs=4).train(Silent())
    assert all((run / name).read_text() == "mine" for name in canaries)


@pytest.mark.parametrize("name", ["samples", "checkpoints", "best"])
def test_a_run_whose_folders_lead_elsewhere_is_not_written_into(finished, tmp_path, name):
    run, elsewhere = tmp_path / "run", tmp_path / "elsewhere"
    shutil.copytree(finished[0], run)
    (run / name).rename(elsewhere)
    (run / name).symlink_to(elsewhere)
    before = sorted(elsewhere.rglob("*"))
    with pytest.raises(UsageError, match=f"{name}: a link"):
        Trainer.resume(run, epochs=4)
    assert sorted(elsewhere.rglob("*")) == before


def test_a_new_run_is_not_begun_in_a_folder_that_leads_elsewhere(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "tensorboard").symlink_to(tmp_path / "mine")
    with pytest.raises(UsageError, match="tensorboard: a link"):
        Run.create(tmp_path / "run", needed=0)
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == ["tensorboard"]


def test_a_run_that_is_being_trained_is_left_alone_by_a_second_resume(finished, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(finished[0], run)
    (run / "log.jsonl").write_text("as the first one wrote it")
    with (
        Run(run).alone(),
        pytest.raises(UsageError, match="another training is at work there"),
    ):
        Trainer.resume(run, epochs=4)
    assert (run / "log.jsonl").read_text() == "as the first one wrote it"


def test_it_stops_when_it_no_longer_gets_better(tmp_path):
    reporter = Silent()
    trainer = started(tmp_path / "run", "training.epochs=9", "training.patience=2")
    trainer.stepper.evaluate = lambda _: 4.0
    trainer.train(reporter)
    assert trainer.position.finished == "no better for 2 epochs"
    assert trainer.position.best_epoch == 1


def test_numbers_that_run_away_stop_the_run_and_the_good_weights_stay(tmp_path):
    trainer = started(tmp_path / "run")
    learn, silent = trainer.stepper.train, Silent()

    def overflowing(batch, rate):
        outcome = learn(batch, rate)
        return outcome if silent.steps < 2 else replace(outcome, loss=math.inf)

    trainer.stepper.train = overflowing
    with pytest.raises(ModelError, match=r"epoch 1, step 3: the loss is inf .* lower"):
        trainer.train(silent)
    (last,) = (tmp_path / "run" / "checkpoints").iterdir()
    assert Bundle.load(last).parameters
    assert Trainer.resume(tmp_path / "run").position.step == 0


def test_what_an_observer_saw_stands_in_the_log_and_the_card(tmp_path):
    def observe(epoch, bundle, folder):
        (folder / f"{epoch}.txt").write_text(bundle.config.name)
        return {"well_formed": 0.25}

    reporter = Silent()
    started(tmp_path / "run", "training.epochs=1").train(reporter, observe=observe)
    assert reporter.lines[0]["well_formed"] == 0.25
    assert (tmp_path / "run" / "samples" / "1.txt").read_text() == "small"
    assert "25 %" in Bundle.load(tmp_path / "run").card


def test_a_run_is_not_begun_over_another(finished):
    with pytest.raises(UsageError, match="--resume"):
        started(finished[0])


def test_two_trainings_do_not_work_in_one_folder(finished, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(finished[0], folder)
    trainer = Trainer.resume(folder, epochs=20)
    with trainer.run.alone(), pytest.raises(UsageError, match="another training is at work there"):
        trainer.train(Silent())
    assert not trainer.train(Silent(), stop=lambda: True)  # the lock has gone with the other one


def test_no_room_is_said_before_the_first_step(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 8, 1))
    with pytest.raises(UsageError, match="make room"):
        started(tmp_path / "run")


def test_a_folder_that_cannot_be_written_is_said_before_the_first_step(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        started(tmp_path / "file" / "run")


def test_data_that_were_altered_are_not_trained_on(finished, tmp_path):
    shutil.copytree(finished[0], tmp_path / "run")
    with (tmp_path / "run" / "data.safetensors").open("ab") as file:
        file.write(b"x")
    with pytest.raises(CorpusError, match="altered"):
        Trainer.resume(tmp_path / "run")


def test_where_no_piece_is_held_out_the_ends_are():
    prepared = prepare(small_recipe(), SmallCorpus(tunes().train, ()))
    assert prepared.start.config.training["held_out"] == "the last 10% of each piece"
    assert len(prepared.dataset.validation) == len(prepared.dataset.train)


def test_a_corpus_without_pieces_to_learn_is_said():
    with pytest.raises(CorpusError, match="training side"):
        prepare(small_recipe(), SmallCorpus((), tunes().validation))


@pytest.mark.parametrize("batching", ["windows", "tunes", "pieces"])
def test_every_batching_learns(tmp_path, batching):
    reporter = Silent()
    started(tmp_path / "run", f"training.batching={batching!r}", "training.rate=0.02").train(
        reporter
    )
    assert reporter.lines[-1]["train_bits"] < reporter.lines[0]["train_bits"]


def test_a_model_goes_on_from_another_one_and_learns_new_characters(finished, tmp_path):
    base = Bundle.load(finished[0])
    corpus = tunes()
    foreign = tuple(
        type(piece)(piece.format, piece.content.replace("T:", "T:é")) for piece in corpus.train
    )
    prepared = prepare(
        small_recipe("name='mine'"), SmallCorpus(foreign, corpus.validation), base=base
    )
    assert set(prepared.start.vocabulary.tokens) == {*base.vocabulary.tokens, "é"}
    for token in base.vocabulary.tokens:
        np.testing.assert_array_equal(
            prepared.start.weights["embedding"][prepared.start.vocabulary.id(token)],
            base.weights["embedding"][base.vocabulary.id(token)],
        )
    trainer = Trainer.begin(tmp_path / "run", prepared)
    reporter = Silent()
    trainer.train(reporter)
    assert reporter.lines[0]["train_bits"] < 6
    assert Bundle.load(tmp_path / "run").config.training["from"] == "small"


@pytest.mark.needs("tensorboard")
def test_tensorboard_is_told_each_epoch(tmp_path):
    from musicrnn.training.tensorboard import TensorBoard

    reporter = Silent()
    trainer = started(tmp_path / "run", "training.epochs=1")
    assert trainer.train(TensorBoard(tmp_path / "events", reporter))
    (events,) = (tmp_path / "events").iterdir()
    assert b"validation_bits" in events.read_bytes()
    assert len(reporter.lines) == 1


def test_samples_that_fail_do_not_stop_a_training(finished, tmp_path, monkeypatch):
    def failing(*_, **__):
        raise UsageError("no")

    monkeypatch.setattr(training_samples, "free_samples", failing)
    bundle = Bundle.load(finished[0])
    found = training_samples.observe(1, bundle, tmp_path, samples=2, seed=0)
    assert found == {"samples_failed": "no"}


def test_samples_are_written_and_checked(finished, tmp_path):
    found = training_samples.observe(7, Bundle.load(finished[0]), tmp_path, samples=3, seed=0)
    assert 0 <= found["well_formed"] <= 1
    assert (tmp_path / "epoch-007.abc").read_text().count("X:") == 3
