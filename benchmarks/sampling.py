"""How fast a character is sampled: ``python benchmarks/sampling.py``.

The same weights (Embedding 256, LSTM 1024, 83 symbols, as in the MIT lab) sampled by Keras called
character by character in a Python loop, by our NumPy engine for one tune and for batches, beside
the time that reading the weights once from memory takes.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np

from musicrnn.models.bundle import Bundle
from musicrnn.models.config import BundleConfig, ModelConfig
from musicrnn.sampling import Engine, Sampler, one_thread
from musicrnn.tokens.char import CharTokenizer
from musicrnn.tokens.vocabulary import END, Vocabulary

SYMBOLS = "".join(chr(code) for code in range(32, 114))


def bundle() -> Bundle:
    """Random weights of the reference size."""
    vocabulary = Vocabulary(SYMBOLS, specials=(END,))
    config = ModelConfig(units=(1024,), embedding=256)
    rng = np.random.default_rng(0)
    weights = {
        name: (rng.standard_normal(shape) / 32).astype(np.float32)
        for name, shape in config.weight_shapes(len(vocabulary)).items()
    }
    tokenizer = CharTokenizer(vocabulary).to_config()
    return Bundle(
        BundleConfig("reference", "abc", tokenizer, config, vocabulary.digest), vocabulary, weights
    )


def rate(step: Callable[[], None], characters: int, seconds: float) -> float:
    """Characters a second, the best of three stretches of about `seconds`."""
    step()
    best = 0.0
    for _ in range(3):
        steps, start = 0, time.perf_counter()
        while time.perf_counter() - start < seconds:
            step()
            steps += 1
        best = max(best, steps * characters / (time.perf_counter() - start))
    return best


@one_thread()
def ours(made: Bundle, batch: int, seconds: float) -> float:
    """The NumPy engine with its sampler, with the one thread that tunes are drawn with."""
    engine, sampler, rng = Engine(made), Sampler(), np.random.default_rng(0)
    state, ids = engine.start(batch), np.zeros(batch, np.intp)

    def step() -> None:
        nonlocal ids
        ids = sampler.choose(engine.step(state, ids), rng.random(batch))

    return rate(step, batch, seconds)


def keras_loop(made: Bundle, seconds: float) -> float:
    """The stateful Keras model, called once a character, as teaching notebooks do."""
    import keras
    import tensorflow as tf

    size, weights = len(made.vocabulary), made.weights
    model = keras.Sequential(
        [
            keras.Input((1,), batch_size=1),
            keras.layers.Embedding(size, 256),
            keras.layers.LSTM(1024, stateful=True, return_sequences=True),
            keras.layers.Dense(size),
        ]
    )
    names = ("embedding", "rnn.0.kernel", "rnn.0.recurrent_kernel", "rnn.0.bias", "dense.kernel",
             "dense.bias")  # fmt: skip
    model.set_weights([weights[name] for name in names])
    ids = tf.zeros((1, 1), tf.int32)

    def step() -> None:
        nonlocal ids
        logits = model(ids)[:, -1]
        ids = tf.random.categorical(logits, 1, dtype=tf.int32)

    return rate(step, 1, seconds)


def memory_limit(made: Bundle, seconds: float) -> float:
    """Characters a second if a step did nothing but read the weights once."""
    numbers = np.ones(Engine(made).bytes_per_step // 4, np.float32)
    return rate(lambda: float(np.add.reduce(numbers)) and None, 1, seconds)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=2.0, help="for each of three stretches")
    seconds = parser.parse_args().seconds
    made = bundle()
    base = keras_loop(made, seconds)
    print("| sampler | characters/s | × Keras loop |")
    print("|---|---|---|")
    rows = [("Keras, one call a character", base)]
    rows += [(f"musicrnn, {n} at once", ours(made, n, seconds)) for n in (1, 8, 64)]
    rows.append(("reading the weights, one tune", memory_limit(made, seconds)))
    for name, value in rows:
        print(f"| {name} | {value:,.0f} | {value / base:.1f} |")


if __name__ == "__main__":
    main()
