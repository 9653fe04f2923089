"""A folder for a model hub: its card is read by the hub's own parser, and it is a model still."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from musicrnn.cli import main
from musicrnn.errors import UsageError
from musicrnn.models.bundle import SHIPPED, Bundle
from musicrnn.models.hub import export, metadata

needs_parser = pytest.mark.needs("huggingface_hub")


@needs_parser
def test_the_card_is_what_the_hub_reads(tmp_path: Path) -> None:
    from huggingface_hub import ModelCard

    export("folk", tmp_path / "folk")
    card = ModelCard.load(tmp_path / "folk" / "README.md")
    assert card.data.license == "mit"
    assert card.data.library_name == "musicrnn"
    assert card.data.pipeline_tag == "text-generation"
    assert "abc-notation" in card.data.tags
    assert card.data.datasets == ["folk"]
    assert card.data.metrics == ["bits_per_character", "perplexity"]
    bits, perplexity = card.data.eval_results
    figures = Bundle.load("folk").config.figures
    assert bits.metric_value == round(figures["test_bits_per_token"], 4)
    assert perplexity.metric_value == pytest.approx(2**bits.metric_value, abs=1e-3)
    assert (bits.dataset_name, bits.dataset_split) == ("folk", "test")
    assert "musicrnn.load" in card.text


def test_the_folder_is_a_model(tmp_path: Path) -> None:
    export("folk", tmp_path / "folk")
    names = {path.name for path in (tmp_path / "folk").iterdir()}
    assert {"README.md", "config.json", "vocabulary.json", "model.safetensors"} <= names
    assert not {"card.md", "weights.safetensors"} & names
    again, shipped = Bundle.load(tmp_path / "folk"), Bundle.load("folk")
    assert again.config == shipped.config
    assert all((again.weights[name] == shipped.weights[name]).all() for name in shipped.weights)
    assert again.card.startswith("# folk")  # without the metadata


def test_a_changed_model_does_not_pass_for_the_one_of_its_card(tmp_path: Path) -> None:
    export("folk", tmp_path / "folk")
    config = tmp_path / "folk" / "config.json"
    config.write_text(config.read_text().replace('"epochs"', '"Epochs"'))
    with pytest.raises(Exception, match="not the model that its card describes"):
        Bundle.load(tmp_path / "folk")


def test_a_hub_folder_can_be_exported_again(tmp_path: Path) -> None:
    export("folk", tmp_path / "a")
    export(tmp_path / "a", tmp_path / "b")
    read = (tmp_path / "b" / "README.md").read_text()
    assert read.count("library_name") == 1


@pytest.mark.parametrize(
    ("words", "license_"),
    [
        ("MIT, as the package", "mit"),
        ("CC BY-NC 4.0", "cc-by-nc-4.0"),
        ("Apache License 2.0", "apache-2.0"),
        ("", "unknown"),
        ("ask my aunt", "unknown"),
    ],
)
def test_licences(words: str, license_: str) -> None:
    bundle = Bundle.load("folk")
    bundle.config.training["weights_licence"] = words
    assert metadata(bundle)["license"] == license_


def test_wrong_input(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no licence's name"):
        export("folk", tmp_path / "x", license="do what you want")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear aunt")
    with pytest.raises(UsageError, match="holds something else"):
        export("folk", tmp_path / "mine")
    shutil.copytree(SHIPPED / "folk", tmp_path / "own")
    with pytest.raises(UsageError, match="is the model itself"):
        export(tmp_path / "own", tmp_path / "own")


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(["models", "export", *map(str, arguments)])
    return int(stopped.value.code or 0)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("folk", "--hub", tmp_path / "hub", "--license", "cc-by-4.0") == 0
    assert 'license: "cc-by-4.0"' in (tmp_path / "hub" / "README.md").read_text()
    assert "licence cc-by-4.0" in capsys.readouterr().err
    assert run("folk") == 1
    assert "say what to write" in capsys.readouterr().err
    assert run("folk", "--onnx", tmp_path / "x.onnx", "--license", "mit") == 1
    assert "--hub" in capsys.readouterr().err
    assert run("no-such-model", "--hub", tmp_path / "no") == 1
    assert "there is no model or folder 'no-such-model'" in capsys.readouterr().err


@pytest.mark.needs("onnx")
def test_the_command_writes_onnx(tmp_path: Path) -> None:
    assert run("folk", "--onnx", tmp_path / "folk.onnx") == 0
    assert b"musicrnn.vocabulary" in (tmp_path / "folk.onnx").read_bytes()


@pytest.mark.parametrize("bits", [65536, 10**40, -1, float("nan"), float("inf"), "1.5", None])
def test_a_figure_that_is_none_is_left_out(bits: object) -> None:
    from musicrnn.models.hub import _measured

    assert _measured("abc", {"test_bits_per_token": bits}) == []
    assert len(_measured("abc", {"test_bits_per_token": 1.5})) == 2
