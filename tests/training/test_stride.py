"""Recurrent layers that step once a chord: Keras and NumPy compute the same."""

from dataclasses import replace

import numpy as np
import pytest

from musicrnn.errors import ModelError, UsageError
from musicrnn.models.bundle import Bundle
from musicrnn.models.config import BundleConfig, ModelConfig
from musicrnn.sampling.engine import Engine
from musicrnn.tokens.features import along
from musicrnn.tokens.voices import VoicesTokenizer
from musicrnn.training.initial import initial_weights
from musicrnn.training.recipe import Recipe

TOKENIZER = VoicesTokenizer()
CONFIG = ModelConfig(
    units=(12,), embedding=6, feature_width=3, stride=4, hidden=10, attention=8, attention_width=5,
    features=tuple(TOKENIZER.features.sizes.items()),
)  # fmt: skip


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    rng = np.random.default_rng(3)
    weights = initial_weights(CONFIG, len(TOKENIZER.vocabulary), rng)
    weights = {name: array + rng.normal(0, 0.3, array.shape).astype(np.float32)
               for name, array in weights.items()}  # fmt: skip
    config = BundleConfig(
        "small", "midi", TOKENIZER.to_config(), CONFIG, TOKENIZER.vocabulary.digest
    )
    return Bundle(config, TOKENIZER.vocabulary, weights)


def _tokens(n: int) -> list[int]:
    return np.random.default_rng(1).integers(1, len(TOKENIZER.vocabulary), n).tolist()


def test_the_numpy_engine_gives_the_logits_of_keras(bundle: Bundle) -> None:
    pytest.importorskip("keras")
    from musicrnn.training import network

    ids = [TOKENIZER.end, *_tokens(87)]
    model = network.build(CONFIG, len(TOKENIZER.vocabulary))
    network.set_weights(model, CONFIG, len(TOKENIZER.vocabulary), bundle.weights)
    values = along(TOKENIZER.features, ids[1:])
    states = network.zero_states(CONFIG, 1, alone=True)
    logits = model([np.array([ids]), values[None], *states])[0]
    engine = Engine(bundle)
    state = engine.start(1)
    ours = np.concatenate([engine.step(state, [token]) for token in ids])
    np.testing.assert_allclose(ours, np.asarray(logits)[0], rtol=1e-4, atol=1e-4)


def test_rows_at_different_steps_go_on_as_if_alone(bundle: Bundle) -> None:
    engine = Engine(bundle)
    ids = [TOKENIZER.end, *_tokens(60)]
    alone = engine.start(1)
    expected = [engine.step(alone, [token])[0] for token in ids]
    state = engine.start(2)
    for token in ids[:30]:
        engine.step(state, [token, token])
    saved = state.save([1])
    for token in ids[30:37]:
        engine.step(state, [token, TOKENIZER.end])
    state.restore([1], saved)  # the second row is seven steps behind the first
    for first, second in zip(ids[37:], ids[30:], strict=False):
        logits = engine.step(state, [first, second])
    np.testing.assert_allclose(logits[0], expected[-1], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(logits[1], expected[-8], rtol=1e-4, atol=1e-5)


def test_a_stride_wants_a_hidden_layer_and_whole_pieces() -> None:
    with pytest.raises(ModelError, match="stride"):
        replace(CONFIG, hidden=0)
    with pytest.raises(UsageError, match="stride is 4"):
        Recipe.load("chorale").changed(["training.batching=tunes", "training.length=128"])
