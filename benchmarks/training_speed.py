"""Characters a second in training: this package, stock Keras, PyTorch.

    python benchmarks/training_speed.py --torch-python /path/to/python   the whole table
    python benchmarks/training_speed.py --quick                          small, to see that it runs

One whole training step each: Embedding 256, one or more recurrent layers, Dense 83, cross-entropy,
Adam (ours also clips the gradient, as its recipes do); 100 steps of a sequence of random ids. The
contenders run one step in turn, round after round, each in a process of its own that sleeps while
the others work, so that a busy machine is equally busy for all. Printed: median characters a
second, ratio to PyTorch in float32, and the processor time of a step, which another program's
work changes less than the clock. PyTorch may live in another environment. A contender that this
machine cannot run says why.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

SYMBOLS, EMBEDDING, STEPS = 83, 256, 100
REFERENCE = "torch-f32"
CONTENDERS = ("keras-f32", "ours-f32", "ours-bf16", REFERENCE, "torch-bf16")

Step = Callable[[], None]


# --- one contender, in its own process ---------------------------------------------------------


def keras_step(_: str, cell: str, units: list[int], batch: int) -> Step:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras
    import numpy as np

    keras.utils.set_random_seed(0)
    stock = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[cell]
    model = keras.Sequential(
        [
            keras.Input((STEPS,), batch_size=batch, dtype="int32"),
            keras.layers.Embedding(SYMBOLS, EMBEDDING),
            *(stock(width, return_sequences=True) for width in units),
            keras.layers.Dense(SYMBOLS),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-3), loss)
    ids = np.random.default_rng(0).integers(SYMBOLS, size=(batch, STEPS + 1))
    return lambda: model.train_on_batch(ids[:, :-1], ids[:, 1:])


def our_step(which: str, cell: str, units: list[int], batch: int) -> Step:
    """What `musicrnn train` does for each batch."""
    import numpy as np

    from musicrnn.models.config import ModelConfig
    from musicrnn.training import batching
    from musicrnn.training.recipe import TrainingConfig
    from musicrnn.training.steppers import make_stepper

    precision = "bfloat16" if which.endswith("bf16") else "float32"
    stepper = make_stepper(
        ModelConfig(cell=cell, units=tuple(units), embedding=EMBEDDING),
        SYMBOLS,
        TrainingConfig(batch=batch, length=STEPS, precision=precision),
        dropout_seed=0,
    )
    ids = np.random.default_rng(0).integers(1, SYMBOLS, 10 * batch * STEPS)
    epoch = batching.plan_epoch(
        [ids], np.random.default_rng(0), batching="windows", batch=batch, length=STEPS
    )
    return lambda: stepper.train(epoch.batch(0), 1e-3)


def torch_step(which: str, cell: str, units: list[int], batch: int) -> Step:
    import torch
    from torch import nn

    torch.manual_seed(0)
    kind = {"lstm": nn.LSTM, "gru": nn.GRU}[cell]
    widths = [EMBEDDING, *units]
    embedding, dense = nn.Embedding(SYMBOLS, EMBEDDING), nn.Linear(units[-1], SYMBOLS)
    layers = nn.ModuleList(
        kind(width, after, batch_first=True) for width, after in itertools.pairwise(widths)
    )
    weights = [*embedding.parameters(), *layers.parameters(), *dense.parameters()]
    optimizer = torch.optim.Adam(weights, 1e-3)
    ids = torch.randint(SYMBOLS, (batch, STEPS + 1))

    def step() -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=which.endswith("bf16")):
            vectors = embedding(ids[:, :-1])
            for layer in layers:
                vectors, _ = layer(vectors)
            logits = dense(vectors)
        loss = nn.functional.cross_entropy(logits.float().flatten(0, 1), ids[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


def contend(which: str, cell: str, units: list[int], batch: int) -> None:
    """Answer each line of standard input with the wall and processor seconds of one step."""
    make = {"torch": torch_step, "keras": keras_step, "ours": our_step}[which[: which.index("-")]]
    try:
        step = make(which, cell, units, batch)
        step()  # compiles
        step()
    except (RuntimeError, ImportError) as error:
        print(json.dumps({"error": str(error).strip().splitlines()[0]}), flush=True)
        return
    print(json.dumps({"ready": True}), flush=True)
    for _ in sys.stdin:
        wall, processor = time.perf_counter(), time.process_time()
        step()
        spent = [time.perf_counter() - wall, time.process_time() - processor]
        print(json.dumps(spent), flush=True)


# --- the table ---------------------------------------------------------------------------------


def start(which: str, python: str, cell: str, units: list[int], batch: int) -> Any:
    setting = ["--cell", cell, "--units", *map(str, units), "--batch", str(batch)]
    return subprocess.Popen(
        [python, __file__, "--contender", which, *setting],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def answer(process: Any) -> Any:
    line = process.stdout.readline()
    return json.loads(line) if line else {"error": "ended without a word"}


def measured(
    cell: str,
    units: list[int],
    batch: int,
    *,
    rounds: int,
    python: str,
    contenders: Sequence[str] = CONTENDERS,
    failed: dict[str, str] | None = None,
) -> dict[str, list[float]]:
    """Median wall and processor seconds of one step of each contender that runs here.

    `python` is the interpreter that has PyTorch; what cannot run goes to `failed`, with the reason.
    """
    running = {}
    for which in contenders:
        interpreter = python if which.startswith("torch") else sys.executable
        process = start(which, interpreter, cell, units, batch)
        state = answer(process)
        if "error" in state:
            if failed is not None:
                failed[which] = state["error"]
            process.kill()
        else:
            running[which] = process
    seconds: dict[str, list[list[float]]] = {which: [] for which in running}
    for _ in range(rounds):
        for which, process in running.items():
            process.stdin.write("\n")
            process.stdin.flush()
            seconds[which].append(answer(process))
    for process in running.values():
        process.stdin.close()
        process.wait()
    return {
        which: [statistics.median(column) for column in zip(*spent, strict=True)]
        for which, spent in seconds.items()
    }


def compare(arguments: argparse.Namespace, cell: str, units: list[int], batch: int) -> None:
    failed: dict[str, str] = {}
    medians = measured(
        cell, units, batch, rounds=arguments.rounds, python=arguments.torch_python,
        contenders=arguments.contenders, failed=failed,
    )  # fmt: skip
    print(f"\n{cell.upper()} {' + '.join(map(str, units))}, batch {batch}, {STEPS} steps, ", end="")
    print(f"median of {arguments.rounds} interleaved rounds\n")
    print("| | characters/s | ratio to PyTorch float32 | processor s a step |\n|---|---|---|---|")
    for which in arguments.contenders:
        if which in failed:
            print(f"| {which} | not run: {failed[which][:90]} | | |")
            continue
        wall, processor = medians[which]
        ratio = f"{medians[REFERENCE][0] / wall:.2f}" if REFERENCE in medians else ""
        print(f"| {which} | {batch * STEPS / wall:,.0f} | {ratio} | {processor:.2f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--torch-python", default=sys.executable, help="a Python that has torch")
    parser.add_argument("--cell", choices=("lstm", "gru"), help="this cell alone")
    parser.add_argument("--units", type=int, nargs="+", help="widths of the layers")
    parser.add_argument("--batch", type=int, nargs="+", help="batch sizes")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--contenders", nargs="+", choices=CONTENDERS, default=CONTENDERS)
    parser.add_argument("--quick", action="store_true", help="one small model, three rounds")
    parser.add_argument("--contender", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.contender:
        contend(arguments.contender, arguments.cell, arguments.units, arguments.batch[0])
        return
    settings = [("lstm", [1024], 64), ("gru", [1024], 64), ("lstm", [512, 512], 64)]
    settings += [("lstm", [1024], batch) for batch in (16, 256)]
    if arguments.quick:
        arguments.rounds, settings = 3, [("lstm", [128], 16)]
    if arguments.cell or arguments.units or arguments.batch:
        cell, units = arguments.cell or "lstm", arguments.units or [1024]
        settings = [(cell, units, batch) for batch in arguments.batch or [64]]
    for cell, units, batch in settings:
        compare(arguments, cell, units, batch)


if __name__ == "__main__":
    main()
