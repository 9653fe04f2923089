"""How time and memory grow: one unit of work in something small, beside one in something large.

    python -m benchmarks.slopes [--quick] [--only check novelty]

Each size runs in a process of its own, small and large in turn; time is that of the processor (of
the clock for the page, which others serve), the better of two runs. `memory` is the peak of the
process, whatever it had imported included. An exponent of 1 says that twice the units take twice
the time; of 0, that the time does not grow at all.
"""

from __future__ import annotations

import argparse
import asyncio
import atexit
import json
import math
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

Work = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Slope:
    """What grows: `of` makes from a size the work that is timed and how many units it is of. With
    `total` the whole is wanted and not a unit of it, as where one answer is sought among many."""

    what: str
    sizes: tuple[int, int]
    quick: tuple[int, int]
    of: Callable[[int], tuple[Work, float]]
    unit: str
    total: bool = False
    clock: Callable[[], float] = time.process_time


@dataclass(frozen=True, slots=True)
class Grown:
    """Microseconds a unit, the units, and peak megabytes, at the small and at the large size."""

    slope: Slope
    sizes: tuple[int, int]
    times: tuple[float, float]
    units: tuple[float, float]
    memory: tuple[float, float]

    @property
    def names(self) -> tuple[str, str]:
        """What the two are called."""
        small, large = (self.slope.what.format(f"{size:,}") for size in self.sizes)
        return small, large

    @property
    def exponent(self) -> float:
        """k, where so many units take units**k; where one is sought among many, by how many."""
        grown = math.log(self.times[1] / self.times[0])
        if self.slope.total:
            return grown / math.log(self.sizes[1] / self.sizes[0])
        return 1 + grown / math.log(self.units[1] / self.units[0])


# --- the work -------------------------------------------------------------------------------------


def check(bars: int) -> tuple[Work, float]:
    from musicrnn import abc

    text = "X:1\nT:a\nM:none\nL:1/8\nK:C\n" + "C2 [EG]>^F (3gab c'2|\n" * bars
    return partial(abc.check, text), bars


def midi_reading(notes: int) -> tuple[Work, float]:
    from fractions import Fraction

    from musicrnn import midi as reader
    from musicrnn import render
    from musicrnn.score import Note, Score

    rng = random.Random(1)
    score = Score.of(
        Note(Fraction(at, 2), 50 + rng.randrange(40), Fraction(1, 2)) for at in range(notes)
    )
    return partial(reader.read, render.to_midi(score)), notes


def constraint(bars: int) -> tuple[Work, float]:
    """Random characters among those that are allowed, four tunes of so many bars."""
    import numpy as np

    from musicrnn.constraints.abc.controls import Controls
    from musicrnn.generation import load

    controls = Controls.of(meter="6/8", form="AABB", bars=bars // 2)
    made = load("folk").constraint(controls)
    rng = np.random.default_rng(1)
    tokens = 0

    def walk() -> None:
        nonlocal tokens
        for state in made.start(4, list(rng.spawn(4))):
            while not state.done:
                made.advance([state], [int(rng.choice(np.flatnonzero(made.mask([state])[0])))])
                tokens += 1

    walk()
    each, tokens = tokens, 0
    return walk, each


def sampling(batch: int) -> tuple[Work, float]:
    import numpy as np

    from benchmarks.sampling import bundle
    from musicrnn.sampling import Engine
    from musicrnn.sampling.blas import one_thread

    engine, steps = Engine(bundle()), 100
    state, ids = engine.start(batch), np.zeros(batch, np.intp)

    @one_thread()
    def run() -> None:
        for _ in range(steps):
            engine.step(state, ids)

    return run, batch * steps


def training(units: int = 512, length: int = 100) -> tuple[Work, float]:
    import numpy as np

    from benchmarks.training_speed import EMBEDDING, SYMBOLS
    from musicrnn.models.config import ModelConfig
    from musicrnn.training import batching
    from musicrnn.training.recipe import TrainingConfig
    from musicrnn.training.steppers import make_stepper

    batch = 32
    stepper = make_stepper(
        ModelConfig(cell="lstm", units=(units,), embedding=EMBEDDING),
        SYMBOLS,
        TrainingConfig(batch=batch, length=length, precision="float32"),
        dropout_seed=0,
    )
    ids = np.random.default_rng(0).integers(1, SYMBOLS, 10 * batch * length)
    epoch = batching.plan_epoch(
        [ids], np.random.default_rng(0), batching="windows", batch=batch, length=length
    )

    def step() -> None:
        for _ in range(3):
            stepper.train(epoch.batch(0), 1e-3)

    return step, 3 * batch * length


def training_units(units: int) -> tuple[Work, float]:
    """By the weights of the recurrent layer and of the projection after it."""
    from benchmarks.training_speed import SYMBOLS

    work, characters = training(units=units)
    return work, characters * (4 * units * units + SYMBOLS * units) / 1e6


def training_length(length: int) -> tuple[Work, float]:
    return training(length=length)


def novelty(tunes: int) -> tuple[Work, float]:
    import numpy as np

    from benchmarks.novelty import made_up
    from musicrnn import corpus
    from musicrnn.evaluation.known_tunes import scores_of
    from musicrnn.theory.melody import line

    scores = [score for _, score in scores_of(corpus.open("folk").pieces("test"))][:40]
    real = np.concatenate([line(score).steps for score in scores])
    index = made_up(real, tunes, np.random.default_rng(1))
    return lambda: [index.novelty(score) for score in scores], len(scores)


def corpus_build(tunes: int) -> tuple[Work, float]:
    from benchmarks.corpus_scale import write
    from musicrnn.corpus import build, manifest

    folder = tempfile.mkdtemp()
    write(Path(folder), tunes)
    runs = iter(range(99))

    def run() -> None:
        build.build(manifest.load(folder), Path(tempfile.mkdtemp()) / str(next(runs)))

    return run, tunes


def page(clients: int) -> tuple[Work, float]:
    """Pages that so many visitors, each with an address of its own, ask for at once."""
    from benchmarks.serving import served, visitor_of

    context = served()
    address, _ = context.__enter__()
    asked = 10

    async def ask() -> None:
        async def visit(number: int) -> None:
            async with visitor_of(address, number) as client:
                for _ in range(asked):
                    (await client.get("/")).raise_for_status()

        await asyncio.gather(*map(visit, range(clients)))

    atexit.register(context.__exit__, None, None, None)
    return lambda: asyncio.run(ask()), clients * asked


SLOPES = {
    "check": Slope("check, {} bars", (5_000, 50_000), (500, 5_000), check, "a bar"),
    "midi": Slope(
        "MIDI reading, {} notes", (1_000, 100_000), (1_000, 20_000), midi_reading, "a note"
    ),
    "constraint": Slope("constraint, {} bars", (16, 256), (16, 256), constraint, "a token"),
    "sampling": Slope("sampling, {} at once", (1, 64), (1, 64), sampling, "a character"),
    "units": Slope(
        "training, {} units", (256, 1024), (128, 512), training_units, "a million weights"
    ),
    "length": Slope(
        "training, {} characters", (50, 400), (50, 200), training_length, "a character"
    ),
    "novelty": Slope(
        "novelty among {} tunes", (1_000, 1_000_000), (1_000, 50_000), novelty, "an answer", True
    ),
    "corpus": Slope(
        "corpus build, {} tunes", (2_000, 20_000), (200, 1_000), corpus_build, "a tune"
    ),
    "page": Slope("page, {} at once", (1, 64), (1, 32), page, "a page", clock=time.perf_counter),
}  # fmt: skip


# --- measuring ------------------------------------------------------------------------------------


def measured(name: str, size: int) -> tuple[float, float, float]:
    """Microseconds a unit, the units, and peak megabytes, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.slopes", "--measure", name, str(size)]
    ran = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, cwd=Path(__file__).parent.parent
    )
    seconds, units, megabytes = json.loads(ran.stdout.splitlines()[-1])
    return seconds / units * 1e6, units, megabytes


def measure(name: str, size: int) -> None:
    """Print the seconds of the better of two runs, the units, and the peak of memory in MB."""
    slope = SLOPES[name]
    work, units = slope.of(size)
    best = math.inf
    for _ in range(2):
        start = slope.clock()
        work()
        best = min(best, slope.clock() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps((best, units, peak)))


def grown(name: str, quick: bool) -> Grown:
    """One slope."""
    slope = SLOPES[name]
    sizes = slope.quick if quick else slope.sizes
    small, large = (measured(name, size) for size in sizes)
    return Grown(slope, sizes, (small[0], large[0]), (small[1], large[1]),
                 (small[2], large[2]))  # fmt: skip


def table(names: list[str], quick: bool) -> Iterator[str]:
    """The lines of the table."""
    yield "| | µs | | beside | µs | exponent | peak MB |"
    yield "|---|--:|---|---|--:|--:|--:|"
    for name in names:
        one = grown(name, quick)
        small, large = one.names
        yield (
            f"| {large} | {one.times[1]:,.4g} | {one.slope.unit} | {small} | {one.times[0]:,.4g} "
            f"| {one.exponent:.2f} | {one.memory[0]:.0f} → {one.memory[1]:.0f} |"
        )


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="smaller sizes, one round")
    parser.add_argument("--only", nargs="+", choices=SLOPES, default=list(SLOPES))
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure[0], int(options.measure[1]))
        return
    for line in table(options.only, options.quick):
        print(line, flush=True)


if __name__ == "__main__":
    main()
