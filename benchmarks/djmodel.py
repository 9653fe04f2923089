"""The djmodel as it is usually written, and as it is here: the same layers, the same updates.

    uv run python benchmarks/djmodel.py

100 epochs over 60 windows of 30 steps and 90 values, from the import of TensorFlow done to the
model trained; then 100 steps of inference, once the graph is built. One process, one table.
"""

from __future__ import annotations

import time

import keras
import numpy as np
import tensorflow as tf

from musicrnn.training import djmodel as dj

M, TX, VALUES, UNITS, EPOCHS, BATCH, STEPS = 60, 30, 90, 64, 100, 30, 100


def usual(X: np.ndarray, Y: np.ndarray) -> float:
    """The cell called `TX` times in a Python loop, one output a step, Keras' fit."""
    start = time.perf_counter()
    cell = keras.layers.LSTM(UNITS, return_state=True)
    densor = keras.layers.Dense(VALUES, activation="softmax")
    model = dj.step_by_step(TX, cell, densor, keras.layers.Reshape((1, VALUES)))
    model.compile(optimizer=keras.optimizers.Adam(dj.RATE), loss=["categorical_crossentropy"] * TX)
    model.fit([X, *dj.zero_states(M, UNITS)], list(dj.time_major(Y)), epochs=EPOCHS,
              batch_size=BATCH, verbose=0)  # fmt: skip
    return time.perf_counter() - start


def here(X: np.ndarray, Y: np.ndarray) -> tuple[float, tuple]:
    """The whole sequence at once, an epoch a call."""
    start = time.perf_counter()
    layers = dj.layers(VALUES, UNITS)
    model = dj.compiled(dj.djmodel(TX, *layers))
    dj.train(model, X, Y, np.random.default_rng(0), epochs=EPOCHS, batch=BATCH)
    return time.perf_counter() - start, layers


def inference(layers: tuple) -> tuple[float, float]:
    """Seconds of the first call (with building) and of the best of ten after it."""
    start = time.perf_counter()
    graph = tf.function(dj.music_inference_model(layers[0], layers[1], STEPS))
    inputs = [np.eye(VALUES, dtype=np.float32)[None, :1], *dj.zero_states(1, UNITS)]
    inputs = [tf.constant(array) for array in inputs]
    graph(inputs)
    built = time.perf_counter() - start
    times = []
    for _ in range(10):
        start = time.perf_counter()
        graph(inputs)
        times.append(time.perf_counter() - start)
    return built, min(times)


def main() -> None:
    """Print the table."""
    rng = np.random.default_rng(0)
    X, Y = dj.windows([rng.integers(VALUES, size=400).tolist()], VALUES, rng, m=M, Tx=TX)
    ours, layers = here(X, Y)
    built, again = inference(layers)
    theirs = usual(X, Y)
    print("| | seconds | ratio |\n|---|---|---|")
    print(f"| usual formulation, {EPOCHS} epochs | {theirs:.2f} | 1 |")
    print(f"| djmodel, {EPOCHS} epochs | {ours:.2f} | {theirs / ours:.1f} × |")
    print(f"| inference graph, first {STEPS} steps, with building | {built:.2f} | |")
    print(f"| inference graph, {STEPS} steps | {again:.4f} | |")


if __name__ == "__main__":
    main()
