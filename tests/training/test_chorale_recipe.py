"""The recipe of chorales, a few steps of it, stopped and resumed, and a setting by what it made."""

import importlib.util
import shutil
from pathlib import Path

import pytest

from musicrnn.cli import main
from musicrnn.generation import load
from musicrnn.models.bundle import Bundle
from musicrnn.theory.four_voices import four_voices
from tests.training.helpers import Silent, chorales, small_chorale_recipe

pytestmark = pytest.mark.needs("tensorflow", "keras", "matplotlib")


def test_a_folder_of_chorales_makes_a_model_that_harmonizes(tmp_path: Path) -> None:
    spec = importlib.util.find_spec("music21")
    if spec is None or spec.origin is None:
        pytest.skip("music21 is not installed")
    for number in ("66.6", "269", "4.8"):
        source = Path(spec.origin).parent / "corpus" / "bach" / f"bwv{number}.mxl"
        shutil.copy(source, tmp_path / source.name)
    manifest = tmp_path / "few.toml"
    manifest.write_text(
        'name = "few"\nformat = "midi"\n[clean]\nvoices = 4\n'
        '[[source]]\nname = "few"\npath = "*.mxl"\nlicence = "public domain"\n'
    )
    out = tmp_path / "run"
    small = ["model.units=[8]", "model.hidden=8", "training.batch=2", "training.average=0"]
    with pytest.raises(SystemExit) as ended:
        main([
            "train", str(manifest), "--recipe", "chorale", "--epochs", "1", "--output", str(out),
            *(word for value in small for word in ("--set", value)),
        ])  # fmt: skip
    assert not ended.value.code
    assert Bundle.load(out).config.model.stride == 4
    tune = load(out).harmonize("X:1\nM:4/4\nL:1/4\nK:G\nGABc|dBG2|]\n", seed=1)
    voices = four_voices(tune.score)
    assert voices.pitches[:, 0].tolist()[::4] == [67, 69, 71, 72, 74, 71, 67, 67]
    assert voices.pitches[-1, 3] % 12 == 7
    new = load(out).generate(bars=4, key="D", seed=1)
    assert new.score.length == 16


def test_stopped_and_resumed_it_has_the_bytes_of_an_unbroken_run(tmp_path: Path) -> None:
    from musicrnn.training.prepare import prepare
    from musicrnn.training.trainer import Trainer

    recipe = small_chorale_recipe("training.batch=1")
    whole = Silent()
    assert Trainer.begin(tmp_path / "whole", prepare(recipe, chorales())).train(whole)
    assert whole.steps == 4
    broken = Silent()
    trainer = Trainer.begin(tmp_path / "broken", prepare(recipe, chorales()))
    assert not trainer.train(broken, stop=lambda: broken.steps >= 3)
    assert Trainer.resume(tmp_path / "broken").train(broken)
    for name in ("weights.safetensors", "vocabulary.json"):
        one, other = (tmp_path / run / "best" / name for run in ("whole", "broken"))
        assert one.read_bytes() == other.read_bytes()
    assert [line | {"seconds": 0} for line in broken.lines] == [
        line | {"seconds": 0} for line in whole.lines
    ]
