"""Two workers that share each batch learn what one learns."""

import json
import shutil
import subprocess

import numpy as np
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.needs("tensorflow")]


def begun(folder, *settings):
    """A run that is about to begin: three rows a batch, clipped, an embedding."""
    from musicrnn.training.backend import choose

    choose("tensorflow")
    from musicrnn.training.prepare import prepare
    from musicrnn.training.trainer import Trainer
    from tests.training import helpers

    recipe = helpers.small_recipe(
        "model.dropout=0", "training.batch=3", "training.clip_norm=0.5", *settings
    )
    return Trainer.begin(folder, prepare(recipe, helpers.tunes()))


def losses(folder):
    lines = map(json.loads, (folder / "log.jsonl").read_text().splitlines())
    return np.array([(line["train_bits"], line["validation_bits"]) for line in lines])


def test_a_batch_is_shared_out_row_by_row():
    from musicrnn.training.batching import Batch
    from musicrnn.training.shared_step import share

    rows = np.arange(15, dtype=np.int32).reshape(5, 3)
    batch = Batch(rows, rows, np.ones((5, 3), np.float32), np.ones((5, 1), np.float32))
    parts = [share(batch, rank, 2) for rank in range(2)]
    assert [len(part.inputs) for part in parts] == [3, 3]
    assert sum(part.tokens for part in parts) == batch.tokens
    assert parts[1].inputs[0].tolist() == [3, 4, 5]


@pytest.mark.needs("ray")
@pytest.mark.timeout(1200)  # the group starts twice, TensorFlow with it: long on a busy machine
def test_two_workers_learn_what_one_learns_though_one_is_killed(connection, tmp_path):
    import os
    import signal

    from musicrnn.training.ray_training import train_on_cluster
    from tests.training import helpers

    run = begun(tmp_path / "run", "training.epochs=30")
    shared = tmp_path / "shared"
    shutil.copytree(run.run.folder, shared)
    killed = []

    def kill_once(line):
        if not killed:
            assert len(losses(shared)) < 25, "the run was over before a worker was killed"
            killed.extend(pids_of("ray::_RayTrainWorker") or pids_of("ray::RayTrainWorker"))
            for pid in killed[:1]:
                os.kill(pid, signal.SIGKILL)

    train_on_cluster(shared, 2, tell=kill_once)
    assert killed
    run.train(helpers.Silent())
    np.testing.assert_allclose(losses(shared), losses(run.run.folder), rtol=1e-6)


@pytest.mark.needs("ray")
@pytest.mark.timeout(1200)
def test_two_workers_learn_chorales_as_one_does(connection, tmp_path):
    from musicrnn.training.backend import choose

    choose("tensorflow")
    from musicrnn.training.prepare import prepare
    from musicrnn.training.ray_training import train_on_cluster
    from musicrnn.training.trainer import Trainer
    from tests.training import helpers

    recipe = helpers.small_chorale_recipe("model.dropout=0")
    run = Trainer.begin(tmp_path / "run", prepare(recipe, helpers.chorales()))
    shared = tmp_path / "shared"
    shutil.copytree(run.run.folder, shared)
    train_on_cluster(shared, 2)
    run.train(helpers.Silent())
    np.testing.assert_allclose(losses(shared), losses(run.run.folder), rtol=1e-6)


def pids_of(title):
    """The processes whose title starts like that: Ray names its workers so."""
    listed = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True)
    rows = (line.split(None, 1) for line in listed.stdout.splitlines())
    return [int(row[0]) for row in rows if len(row) > 1 and row[1].startswith(title)]
