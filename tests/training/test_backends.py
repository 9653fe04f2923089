"""TensorFlow and JAX train the same model on the same batches to the same figures."""

import json
import subprocess
import sys

import pytest

TRAIN = """
import json, sys, tempfile
from pathlib import Path
from musicrnn.training.backend import choose
choose(sys.argv[1])
from musicrnn.training.prepare import prepare
from musicrnn.training.trainer import Trainer
from tests.training.helpers import Silent, small_recipe, tunes

settings = ["model.dropout=0.0", "training.batching='tunes'", "training.rate=0.01"]
prepared = prepare(small_recipe(*settings), tunes())
with tempfile.TemporaryDirectory() as folder:
    whole, reporter = Silent(), Silent()
    Trainer.begin(Path(folder) / "whole", prepared).train(whole)
    part = Trainer.begin(Path(folder) / "part", prepared)
    part.train(reporter, stop=lambda: reporter.steps >= 3)
    Trainer.resume(Path(folder) / "part").train(reporter)
keep = ("train_bits", "validation_bits")
print(json.dumps([[[line[key] for key in keep] for line in r.lines] for r in (whole, reporter)]))
"""


def figures(backend):
    """The log of a run, and of one that was stopped and resumed, each in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", TRAIN, backend], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    whole, resumed = json.loads(done.stdout.splitlines()[-1])
    assert whole == resumed
    return [number for line in whole for number in line]


@pytest.mark.slow
@pytest.mark.needs("tensorflow", "jax")
def test_both_backends_learn_the_same():
    assert figures("jax") == pytest.approx(figures("tensorflow"), rel=1e-3)
