"""Configurations and the parameter counts that the field teaches with."""

import pytest

from musicrnn.errors import ModelError
from musicrnn.models.config import BundleConfig, ModelConfig


@pytest.mark.parametrize(
    ("model", "vocabulary", "parameters"),
    [
        (ModelConfig(cell="lstm", units=(1024,), embedding=256), 83, 5_353_299),
        (ModelConfig(cell="rnn", units=(1024,), embedding=256), 66, 1_396_290),
        (ModelConfig(cell="gru", units=(1024, 1024), embedding=256), 66, 10_320_450),
        (ModelConfig(cell="lstm", units=(1024, 1024), embedding=256), 66, 13_724_226),
        (ModelConfig(kind="djmodel", cell="lstm", units=(64,), embedding=None), 90, 45_530),
    ],
)
def test_the_parameters_of_known_models(model, vocabulary, parameters):
    assert model.parameters(vocabulary) == parameters


def test_a_tied_model_has_no_output_matrix():
    same = ModelConfig(units=(8,), embedding=8, tie=True).weight_shapes(5)
    wider = ModelConfig(units=(8,), embedding=4, tie=True).weight_shapes(5)
    assert set(same) == {
        "embedding",
        "rnn.0.kernel",
        "rnn.0.recurrent_kernel",
        "rnn.0.bias",
        "dense.bias",
    }
    assert wider["project.kernel"] == (8, 4)


def test_a_configuration_survives_json():
    config = BundleConfig("x", "abc", {"name": "char"}, ModelConfig(units=(3, 4)), "00")
    assert BundleConfig.from_dict(config.to_dict()) == config


@pytest.mark.parametrize(
    "values",
    [
        {"cell": "transformer"},
        {"units": []},
        {"units": [0]},
        {"units": ["a"]},
        {"embedding": -1},
        {"dropout": 1.0},
        {"dropout": "much"},
        {"embedding": None, "tie": True},
        {"attention": -1},
        {"attention": 8, "attention_width": 0},
        {"heads": 8},
        {"units": [16_500]},
        {"units": [512], "embedding": 65_536, "features": [["f", 65_536]], "feature_width": 65_536},
    ],
)
def test_what_makes_no_sense_is_said(values):
    with pytest.raises(ModelError, match="model's"):
        ModelConfig.from_dict(values)
