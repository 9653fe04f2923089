"""Training and evaluation from Python: one call, arrays, and Keras for whoever wants it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import musicrnn
from musicrnn.errors import UsageError
from musicrnn.piece import Piece
from musicrnn.workflow import History

NAMES = "\n".join(f"{first}{last}saurus" for first in "abcdefgh" for last in ("ro", "le", "ti"))
TINY = {
    "model.units": [8],
    "training.batch": 4,
    "training.precision": "float32",
    "training.samples": 2,
}


def test_a_log_becomes_arrays() -> None:
    line = {"epoch": 1, "train_bits": 3.0, "validation_bits": 3.5, "rate": 1e-3, "tokens": 90}
    history = History.of([line | {"seconds": 2.0}, line | {"epoch": 2, "validation_bits": 3.25}])
    assert history.validation_bits.tolist() == [3.5, 3.25]
    assert history.epoch.dtype == np.int64
    assert np.isnan(history.well_formed).all()
    assert (len(history), history.best) == (2, 2)


def test_what_makes_no_sense_is_said_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no recipe 'flok'; did you mean folk"):
        musicrnn.train("dinosaurs", recipe="flok", out=tmp_path / "run")
    with pytest.raises(UsageError, match="knows no 'unit'"):
        musicrnn.train("dinosaurs", recipe="names", settings={"model.unit": [8]})
    with pytest.raises(UsageError, match="split is 'train'"):
        musicrnn.evaluate("folk", split="train")
    with pytest.raises(UsageError, match=r"name it \.html"):
        musicrnn.evaluate("folk", report=tmp_path / "report.pdf")
    assert not list(tmp_path.iterdir())


def test_a_corpus_opens_by_any_name(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text(NAMES)
    corpus = musicrnn.Corpus.open(tmp_path / "names.txt")
    assert sum(corpus.parts.values()) == len(corpus) > 0
    assert all(isinstance(piece, Piece) for piece in corpus.pieces("train"))


@pytest.mark.slow
@pytest.mark.needs("keras")
def test_train_look_and_go_on(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text(NAMES)
    run = musicrnn.train(
        tmp_path / "names.txt",
        recipe="names",
        out=tmp_path / "run",
        epochs=2,
        settings=TINY,
        seed=1,
    )
    assert run.history.epoch.tolist() == [1, 2]
    assert run.history.train_bits[1] < run.history.train_bits[0]
    again = musicrnn.resume(tmp_path / "run", epochs=3)
    assert len(again.history) == 3
    assert again.recipe.training.epochs == 3
    assert run.model.format.name == "text"
    with pytest.raises(UsageError, match="ask for more epochs than 3"):
        musicrnn.resume(tmp_path / "run")


@pytest.mark.slow
@pytest.mark.needs("keras")
def test_a_keras_user_fits_and_brings_the_weights_back(tmp_path: Path) -> None:
    keras = pytest.importorskip("keras")
    folk = musicrnn.load("folk")
    text = musicrnn.load("folk").generate(seed=1, bars=4, form="AB", meter="2/4").text
    tune = folk.tokenizer.decode(folk.tokenizer.encode(Piece("abc", text)))
    x, y, weights = folk.examples([tune, tune], length=48)
    assert (x["ids"][:, 1:] == y[:, :-1]).all()
    network = folk.keras(rate=1e-3)
    before = network.evaluate(x, y, sample_weight=weights, verbose=0, return_dict=True)
    network.fit(
        x, y, sample_weight=weights, validation_data=(x, y, weights), epochs=3, verbose=0,
        callbacks=[
            keras.callbacks.ModelCheckpoint(tmp_path / "best.keras", save_best_only=True),
            keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True),
        ],
    )  # fmt: skip
    after = network.evaluate(x, y, sample_weight=weights, verbose=0, return_dict=True)
    assert after["nats"] < before["nats"]
    mine = folk.with_keras(network)
    assert not np.array_equal(mine.bundle.weights["dense.bias"], folk.bundle.weights["dense.bias"])
    stored = keras.models.load_model(tmp_path / "best.keras")
    np.testing.assert_allclose(
        stored.predict(x, verbose=0), network.predict(x, verbose=0), rtol=1e-4, atol=1e-4
    )
    mine.save(tmp_path / "mine")
    back = musicrnn.load(tmp_path / "mine")
    assert not back.generate(seed=2, bars=4, meter="2/4", key="G").diagnostics()
    with pytest.raises(UsageError, match="is not a network of"):
        folk.with_keras(keras.Sequential())
