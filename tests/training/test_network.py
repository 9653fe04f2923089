"""The Keras model and the NumPy engine are the same function of the same weights."""

import numpy as np
import pytest

from musicrnn.errors import ModelError
from musicrnn.models.bundle import Bundle
from musicrnn.models.config import BundleConfig, ModelConfig
from musicrnn.sampling.engine import Engine
from musicrnn.tokens.vocabulary import END, Vocabulary
from musicrnn.training import network
from musicrnn.training.initial import initial_weights

pytestmark = pytest.mark.needs("tensorflow", "keras")

VOCABULARY = Vocabulary("ABCDEFG|", specials=(END,))

MODELS = {
    "lstm": ModelConfig(units=(5,), embedding=4),
    "two lstm, dropout, norm": ModelConfig(units=(5, 6), embedding=4, dropout=0.5, layer_norm=True),
    "gru": ModelConfig(cell="gru", units=(5, 4), embedding=3),
    "rnn, one-hot": ModelConfig(cell="rnn", units=(7,), embedding=None),
    "rnn, zero start": ModelConfig(cell="rnn", units=(7,), embedding=None, zero_start=True),
    "cycle": ModelConfig(units=(5, 3), embedding=4, cycle=4),
    "gru, cycle": ModelConfig(cell="gru", units=(5,), embedding=4, cycle=3),
    "tied": ModelConfig(units=(5,), embedding=5, tie=True),
    "attention": ModelConfig(units=(5,), embedding=4, attention=40, attention_width=3),
    "attention over the last steps": ModelConfig(
        units=(4, 5), embedding=4, layer_norm=True, attention=4, attention_width=3
    ),
    "attention to the step before": ModelConfig(
        cell="gru", units=(5,), embedding=5, tie=True, attention=1, attention_width=2
    ),
    "tied through a projection": ModelConfig(units=(5,), embedding=4, tie=True, layer_norm=True),
}

models = pytest.mark.parametrize("config", MODELS.values(), ids=MODELS)


def weights_of(config):
    weights = initial_weights(config, len(VOCABULARY), np.random.default_rng(2))
    rng = np.random.default_rng(3)
    for name, array in weights.items():
        if name.endswith(("bias", "beta", "gamma")):
            weights[name] = array + rng.normal(size=array.shape).astype(np.float32) / 4
    return weights


@models
def test_keras_and_the_engine_agree(config):
    weights = weights_of(config)
    model = network.build(config, len(VOCABULARY))
    network.set_weights(model, config, len(VOCABULARY), weights)
    ids = np.random.default_rng(4).integers(0, len(VOCABULARY), (3, 9)).astype(np.int32)
    ids[:, 0] = 0
    logits, *states = model([ids, *network.zero_states(config, 3)])
    bundle = Bundle(
        BundleConfig("x", "abc", {"name": "char"}, config, VOCABULARY.digest), VOCABULARY, weights
    )
    engine = Engine(bundle)
    state = engine.start(3)
    for step in range(ids.shape[1]):
        np.testing.assert_allclose(
            engine.step(state, ids[:, step]), np.asarray(logits)[:, step], rtol=1e-4, atol=2e-6
        )
    mine_all = [array for layer in state.layers for array in layer]
    for mine, its in zip(mine_all, states[: len(mine_all)], strict=True):
        np.testing.assert_allclose(mine, np.asarray(its), rtol=1e-4, atol=2e-6)


@models
def test_the_model_has_the_parameters_that_the_configuration_counts(config):
    model = network.build(config, len(VOCABULARY))
    counted = sum(int(np.prod(variable.shape)) for variable in model.trainable_variables)
    assert counted == config.parameters(len(VOCABULARY))


@models
def test_weights_go_in_and_out_unchanged(config):
    weights = weights_of(config)
    model = network.build(config, len(VOCABULARY))
    network.set_weights(model, config, len(VOCABULARY), weights)
    for name, array in network.read_weights(model, config, len(VOCABULARY)).items():
        np.testing.assert_array_equal(array, weights[name], err_msg=name)


def test_weights_that_do_not_fit_are_refused():
    config = MODELS["lstm"]
    model = network.build(config, len(VOCABULARY))
    with pytest.raises(ModelError, match="embedding"):
        network.set_weights(model, config, len(VOCABULARY), {})


@models
def test_a_state_carried_over_continues_the_sequence(config):
    if config.cycle:
        return  # a window begins at the start of a cycle
    model = network.build(config, len(VOCABULARY))
    ids = np.arange(8, dtype=np.int32)[None]
    whole, *_ = model([ids, *network.zero_states(config, 1)])
    _, *states = model([ids[:, :3], *network.zero_states(config, 1)])
    rest, *_ = model([ids[:, 3:], *map(np.asarray, states)])
    np.testing.assert_allclose(np.asarray(whole)[:, 3:], np.asarray(rest), atol=1e-6)


@models
def test_no_step_knows_what_comes_after_it(config):
    model = network.build(config, len(VOCABULARY))
    network.set_weights(model, config, len(VOCABULARY), weights_of(config))
    ids = np.random.default_rng(4).integers(0, len(VOCABULARY), (3, 9)).astype(np.int32)
    others = np.where(np.arange(9) < 6, ids, (ids + 1) % len(VOCABULARY)).astype(np.int32)
    logits, changed = (
        np.asarray(model([one, *network.zero_states(config, 3)])[0]) for one in (ids, others)
    )
    np.testing.assert_allclose(logits[:, :6], changed[:, :6], atol=1e-6)
    assert np.abs(logits[:, 6:] - changed[:, 6:]).max() > 1e-4
