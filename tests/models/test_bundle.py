"""A bundle is there whole, or it is refused with one line."""

import hashlib
import json
import os
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from musicrnn.errors import ModelError, MusicRNNError
from musicrnn.files import replaced_folder
from musicrnn.models import bundle as bundles
from musicrnn.models import hub
from musicrnn.models.bundle import Bundle
from musicrnn.models.config import BundleConfig, ModelConfig
from musicrnn.tokens.vocabulary import END, Vocabulary


@pytest.fixture
def bundle() -> Bundle:
    rng = np.random.default_rng(0)
    vocabulary = Vocabulary("ABC|", specials=(END,))
    model = ModelConfig(units=(4,), embedding=3)
    weights = {
        name: rng.normal(size=shape).astype(np.float32)
        for name, shape in model.weight_shapes(len(vocabulary)).items()
    }
    config = BundleConfig("tiny", "abc", {"name": "char"}, model, vocabulary.digest)
    return Bundle(config, vocabulary, weights, "# tiny\n")


def test_saved_and_loaded_it_is_the_same(bundle, tmp_path):
    bundle.save(tmp_path / "b")
    again = Bundle.load(tmp_path / "b")
    assert again.config == bundle.config
    assert again.vocabulary == bundle.vocabulary
    assert again.card == bundle.card
    for name, array in bundle.weights.items():
        np.testing.assert_array_equal(again.weights[name], array)


def test_half_precision_is_half_on_disk_and_float32_in_memory(bundle, tmp_path):
    bundle.save(tmp_path / "b", half=True)
    again = Bundle.load(tmp_path / "b")
    for name, array in bundle.weights.items():
        assert again.weights[name].dtype == np.float32
        np.testing.assert_array_equal(again.weights[name], array.astype(np.float16))


def test_equal_bundles_give_equal_bytes(bundle, tmp_path):
    bundle.save(tmp_path / "a")
    bundle.save(tmp_path / "b")
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()


def test_saving_again_replaces_and_leaves_nothing_behind(bundle, tmp_path):
    bundle.save(tmp_path / "b", extra={"fingerprints.npz": b"x"})
    bundle.save(tmp_path / "b")
    assert [path.name for path in tmp_path.iterdir()] == ["b"]
    assert not (tmp_path / "b" / "fingerprints.npz").exists()


def test_a_failed_save_leaves_the_old_one(bundle, tmp_path):
    bundle.save(tmp_path / "b")

    def failing():
        with replaced_folder(tmp_path / "b") as folder:
            (folder / "config.json").write_text("{}")
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        failing()
    assert Bundle.load(tmp_path / "b").config == bundle.config
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_weights_that_are_not_numbers_are_not_saved(bundle, tmp_path):
    bundle.weights["dense.bias"][0] = np.nan
    with pytest.raises(ModelError, match="finite"):
        bundle.save(tmp_path / "b")
    assert not any(tmp_path.iterdir())


def test_weights_too_large_for_half_are_not_saved_as_half(bundle, tmp_path):
    bundle.weights["dense.bias"][0] = 1e6
    with pytest.raises(ModelError, match="float16"):
        bundle.save(tmp_path / "b", half=True)


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def _flip_a_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[12] ^= 0x80
    path.write_bytes(bytes(data))


@pytest.mark.parametrize("name", ["config.json", "vocabulary.json", "weights.safetensors"])
@pytest.mark.parametrize(
    "damage",
    [
        Path.unlink,
        _truncate,
        _flip_a_bit,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(bytes(range(256)) * 40),
        lambda path: path.write_bytes(b"[" * 100_000),
        lambda path: path.write_bytes(b'"text"'),
    ],
)
def test_a_damaged_bundle_is_refused_with_one_line(bundle, tmp_path, name, damage):
    bundle.save(tmp_path / "b")
    damage(tmp_path / "b" / name)
    with pytest.raises(ModelError) as caught:
        Bundle.load(tmp_path / "b")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"musicrnn": 2}, "version 2"),
        ({"format": "pdf"}, "format"),
        ({"model": {"cell": "lstm", "units": [5], "embedding": 3}}, "shape"),
        ({"model": {"cell": "lstm", "units": [4, 4], "embedding": 3}}, "rnn.1"),
        ({"vocabulary_digest": "00"}, "vocabulary"),
        ({"tokenizer": 7}, "damaged"),
        ({"model": 7}, "no table"),
    ],
)
def test_parts_that_do_not_belong_together(bundle, tmp_path, change, message):
    bundle.save(tmp_path / "b")
    path = tmp_path / "b" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ModelError, match=message):
        Bundle.load(tmp_path / "b")


def test_a_name_finds_a_shipped_bundle_first_then_a_folder(bundle, tmp_path, monkeypatch):
    monkeypatch.setattr(bundles, "SHIPPED", tmp_path / "shipped")
    bundle.save(tmp_path / "shipped" / "tiny")
    bundle.save(tmp_path / "run" / "best")
    assert bundles.names() == ["tiny"]
    assert Bundle.load("tiny").folder == tmp_path / "shipped" / "tiny"
    assert Bundle.load(tmp_path / "run").folder == tmp_path / "run" / "best"
    assert bundles.read_config("tiny") == bundle.config
    with pytest.raises(ModelError, match="there are tiny"):
        Bundle.load("nothing-of-that-name")


# --- a stranger's bundle ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["../../x", "/x", "a\x1b[31m", ""])
def test_a_name_that_is_a_path_or_an_order_to_the_terminal_is_refused(bundle, tmp_path, name):
    bundle.save(tmp_path / "b")
    change(tmp_path / "b", name=name)
    with pytest.raises(ModelError, match="name"):
        Bundle.load(tmp_path / "b")


@pytest.mark.parametrize(
    "model",
    [{"attention": 10**9}, {"units": [10**9]}, {"embedding": 10**12}, {"cycle": 10**7},
     {"attention": 65_536, "attention_width": 65_536}],
)  # fmt: skip
def test_sizes_that_no_model_has_are_refused_before_anything_is_made(bundle, tmp_path, model):
    bundle.save(tmp_path / "b")
    change(
        tmp_path / "b",
        model=json.loads((tmp_path / "b" / "config.json").read_text())["model"] | model,
    )
    with pytest.raises(ModelError, match="must be"):
        Bundle.load(tmp_path / "b")


@pytest.mark.parametrize("number", [3e38, -3e38, float("nan"), float("inf")])
def test_weights_that_overflow_are_refused(bundle, tmp_path, number):
    bundle.weights["dense.bias"][0] = 1.0
    bundle.save(tmp_path / "b")
    weights = bundle.weights | {"dense.bias": np.full_like(bundle.weights["dense.bias"], number)}
    data = save(weights)
    (tmp_path / "b" / "weights.safetensors").write_bytes(data)
    change(tmp_path / "b", weights_digest=hashlib.sha256(data).hexdigest())
    with pytest.raises(ModelError, match="not finite or too large"):
        Bundle.load(tmp_path / "b")


@pytest.mark.skipif(os.name != "posix", reason="pipes as files")
@pytest.mark.parametrize("name", ["config.json", "vocabulary.json", "weights.safetensors"])
def test_a_pipe_in_a_file_s_place_is_not_waited_for(bundle, tmp_path, name):
    bundle.save(tmp_path / "b")
    (tmp_path / "b" / name).unlink()
    os.mkfifo(tmp_path / "b" / name)
    with pytest.raises(ModelError):
        Bundle.load(tmp_path / "b")


def change(folder, **values):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_a_card_is_signed_with_the_digest_of_what_it_describes(bundle, tmp_path):
    bundle.save(tmp_path / "b")
    assert "SHA-256 of configuration, vocabulary and weights: `" in (
        (tmp_path / "b" / "card.md").read_text()
    )
    change(tmp_path / "b", figures={"bits_per_token": 0.1})
    with pytest.raises(ModelError, match="not the model that its card describes"):
        Bundle.load(tmp_path / "b")


@pytest.mark.parametrize("name", bundles.names())
def test_the_card_of_every_shipped_model_names_licences_and_is_signed(name):
    text = (bundles.SHIPPED / name / "card.md").read_text()
    assert "| Licence of the data | public domain" in text
    assert "| Licence of the weights | MIT" in text
    assert "SHA-256 of" in text
    Bundle.load(name)


@pytest.mark.parametrize(
    "change",
    [{"format": ["abc"]}, {"format": {}}, {"tokenizer": {"name": "char", "place": "yes"}},
     {"tokenizer": {"name": "char", "evil": 1}}, {"tokenizer": {"name": "jazz", "steps": 10**9}},
     {"tokenizer": {"name": "piano", "meter": "9" * 5000 + "/4"}}, {"tokenizer": [1]},
     {"tokenizer": {"name": ["char"]}}, {"training": "x"}, {"figures": [1]}],
)  # fmt: skip
def test_values_of_a_configuration_that_are_of_another_kind(bundle, tmp_path, change):
    bundle.save(tmp_path / "b")
    (tmp_path / "b" / "card.md").unlink()
    path = tmp_path / "b" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(MusicRNNError) as error:
        assert Bundle.load(tmp_path / "b").tokenizer
    assert "\n" not in str(error.value)


@pytest.mark.skipif(os.name != "posix", reason="symbolic links")
def test_what_a_link_leads_to_does_not_travel_with_a_stranger_s_model(bundle, tmp_path):
    (tmp_path / "secret").write_text("mine")
    bundle.save(tmp_path / "b", extra={"repertoire.json": b"{}"})
    (tmp_path / "b" / "notes").symlink_to(tmp_path / "secret")
    hub.export(tmp_path / "b", tmp_path / "hub")
    assert (tmp_path / "hub" / "repertoire.json").is_file()
    assert not (tmp_path / "hub" / "notes").exists()


@pytest.mark.skipif(os.name != "posix", reason="symbolic links")
@pytest.mark.parametrize("name", ["card.md", "README.md"])
def test_a_card_is_no_link_to_a_file_of_somebody_else_s(bundle, tmp_path, name):
    (tmp_path / "secret").write_text("mine")
    bundle.save(tmp_path / "b")
    (tmp_path / "b" / "card.md").unlink()
    (tmp_path / "b" / name).symlink_to(tmp_path / "secret")
    with pytest.raises(ModelError, match="leads out of the model"):
        Bundle.load(tmp_path / "b")


@pytest.mark.skipif(os.name != "posix", reason="symbolic links")
def test_a_model_in_a_hub_s_cache_is_made_of_links(bundle, tmp_path):
    snapshot = tmp_path / "snapshots" / "0123"
    bundle.save(tmp_path / "b")
    snapshot.mkdir(parents=True)
    (tmp_path / "blobs").mkdir()
    for path in (tmp_path / "b").iterdir():
        path.rename(tmp_path / "blobs" / path.name)
        (snapshot / path.name).symlink_to(tmp_path / "blobs" / path.name)
    hub.export(snapshot, tmp_path / "hub")
    assert Bundle.load(tmp_path / "hub").config == bundle.config


def test_the_home_of_nobody_is_no_model():
    with pytest.raises(ModelError, match="no model or folder"):
        bundles.find("~nobody-of-that-name/x")
