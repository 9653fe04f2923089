"""The commands around training, as a user types them."""

import json
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from musicrnn.cli import main
from musicrnn.errors import MissingExtraError
from musicrnn.models.bundle import Bundle


def run(*arguments):
    """The exit status of a command."""
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return ended.value.code or 0


#: A model of a second, on the names that come with the package.
SMALL = [
    "--recipe", "names", "--set", "model.units=[8]", "--set", "training.batch=64",
    "--set", "training.samples=2", "--set", "training.samples_every=2",
]  # fmt: skip


@pytest.mark.needs("tensorflow", "keras")
def test_train_resume_compare_and_info(tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first, second = tmp_path / "one", tmp_path / "two"
    assert run("train", *SMALL, "--output", first, "--epochs", 1) == 0
    assert run("train", "--resume", first) == 1
    assert "the run is over" in capfd.readouterr().err
    assert run("train", "--resume", first, "--epochs", 2) == 0
    assert run("train", "--from", first, *SMALL, "--output", second, "--epochs", 1) == 0
    assert Bundle.load(second).config.training["from"] == "names"
    assert run("compare", first, second, "--json") == 0
    rows = json.loads(capfd.readouterr().out)
    assert [len(row["log"]) for row in rows] == [2, 1]
    assert (tmp_path / "compare.svg").read_text().count("<svg") == 1
    assert (first / "samples" / "epoch-002.txt").read_text()
    assert run("models", "info", first) == 0
    assert "| Validation bits per token |" in capfd.readouterr().out
    assert run("models", "export", first, "-o", tmp_path / "small", "--name", "small") == 0
    assert "test_bits_per_token" in Bundle.load(tmp_path / "small").config.figures


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "--recipe", "nothing"], "there is no recipe 'nothing'"),
        (["train", "--recipe", "lyrics"], "needs a corpus"),
        (["train", "--resume", "x", "--recipe", "folk"], "goes on as the run began"),
        (["train", "--resume", "x"], "holds no training run"),
        (["train"], "say what to learn from"),
        (["train", "--epochs", "3"], "musicrnn train --recipe folk"),
        (["train", "--recipe", "names", "--backend", "theano"], "tensorflow or jax"),
        (["train", "--recipe", "names", "--set", "training.batch=0"], "above 0"),
        (["train", "no-such-file.abc"], "no-such-file"),
        (["train", "dinosaurs", "--from", "no-such-model"], "there is no model or folder"),
        (["compare", "x"], "x"),
        (["models", "info", "x"], "no model"),
        (["recipes", "show", "x"], "there is no recipe"),
    ],
)
@pytest.mark.needs("tensorflow", "keras")
def test_what_cannot_be_done_is_said_in_one_line(arguments, message, capfd, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(*arguments) == 1
    error = capfd.readouterr().err
    line = next(line for line in error.splitlines() if line.startswith("musicrnn: "))
    assert message in line
    assert "Traceback" not in error


def test_training_without_keras_names_the_command_that_installs_it(monkeypatch, capfd):
    def missing():
        raise MissingExtraError("training", "train")

    monkeypatch.setattr("musicrnn.training.backend.keras_module", missing)
    assert run("train", "--recipe", "folk") == 1
    assert "[train]'" in capfd.readouterr().err


def test_recipes_and_models_are_listed(capfd):
    assert run("recipes", "list", "--json") == 0
    assert {"folk", "names"} <= {row["name"] for row in json.loads(capfd.readouterr().out)}
    assert run("recipes", "show", "names") == 0
    assert "zero_start = true" in capfd.readouterr().out
    assert run("models", "list", "--json") == 0
    assert isinstance(json.loads(capfd.readouterr().out), list)


def wait_for_checkpoints(process, folder, steps):
    """Wait until the run has come so far."""
    while process.poll() is None:
        found = sorted((folder / "checkpoints").glob("[0-9]*"))
        if found and found[-1].name >= f"000000-{steps:08}":
            return
        time.sleep(0.02)
    pytest.fail(f"training ended early: {process.stderr.read().decode()[-500:]}")


@pytest.mark.slow
@pytest.mark.needs("tensorflow", "keras")
def test_killed_three_times_it_ends_with_the_same_weights(tmp_path):
    settings = [*SMALL, "--set", "training.checkpoint_minutes=0.0", "--epochs", "3"]
    train = [sys.executable, "-m", "musicrnn", "train"]
    # A process of its own too: in this one TensorFlow may be set up otherwise by other tests.
    whole = [*train, *settings, "--output", str(tmp_path / "whole")]
    subprocess.run(whole, check=True, capture_output=True)
    folder = tmp_path / "killed"
    resume = [*train, "--resume", str(folder)]
    begin = [*train, *settings, "--output", str(folder)]
    process = subprocess.Popen(begin, stderr=subprocess.PIPE)
    for steps in (4, 11):
        wait_for_checkpoints(process, folder, steps)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        process = subprocess.Popen(resume, stderr=subprocess.PIPE)
    wait_for_checkpoints(process, folder, 15)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert process.returncode == 130
    assert f"go on with: musicrnn train --resume {folder}" in errors.decode()
    subprocess.run(resume, check=True, capture_output=True)
    one, other = Bundle.load(tmp_path / "whole").weights, Bundle.load(folder).weights
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)
