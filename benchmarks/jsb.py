"""Nats a token on the chorales that papers measure on (JSB, sixteenth grid, S A T B at each step).

    python -m benchmarks.jsb DATA.json [--epochs 32] [--without NAME ...] [--out BEST.npz]

DATA.json is ``Jsb16thSeparated.json``: chorales as four MIDI pitches a sixteenth, split into train,
valid and test. The network is that of the recipe `chorale`: an LSTM with attention that steps from
chord to chord, and layers that write the four voices of a chord one by one from what the LSTM says
and from what is known of each token (`features`). Each epoch sees every chorale once, in a key
that keeps its voices within the ranges of the training side. The weights are averaged over the
steps; the epoch is chosen on the validation side. `--without` leaves a feature out.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

#: A chorale: MIDI pitches (steps, 4), -1 for silence.
Chorale = np.ndarray

LOWEST, PITCHES = 30, 62  # a pitch by name: 1 … 61, 0 for silence
REACH = 16  # semitones that a voice moves by one token
TOKENS = PITCHES + 2 * REACH + 1
INTERVAL, MOVE = 30, 12  # semitones told between voices, and of a voice's last move
LONGEST = 16  # steps for which a note is counted as held

#: feature → the number of its values
SIZES = (
    {
        "voice": 4,
        "beat": 16,
        "step": 32,
        "own": PITCHES,
        "held": LONGEST + 1,
        "last-move": 2 * MOVE + 2,
    }
    | {f"bar-ago-{k}": 2 * REACH + 2 for k in (4, 8, 16)}
    | {f"pitch-{v}": PITCHES for v in "SATB"}
    | {f"from-{v}": 2 * INTERVAL + 2 for v in "SATB"}
    | {f"move-{v}": 2 * MOVE + 3 for v in "SAT"}
    | {f"held-{v}": LONGEST + 1 for v in "SATB"}
)


# --- what is told -------------------------------------------------------------------------------


def tokens(chorale: Chorale) -> np.ndarray:
    """(4 · steps,): each voice's move from the step before, or its pitch after a silence."""
    before = np.vstack([np.full((1, 4), -1), chorale[:-1]])
    move = chorale - before
    moves = (chorale >= 0) & (before >= 0) & (abs(move) <= REACH)
    named = np.where(chorale < 0, 0, chorale - LOWEST)
    return np.where(moves, PITCHES + REACH + move, named).ravel()


def features(chorale: Chorale, names: Sequence[str]) -> np.ndarray:
    """(4 · steps, features): what is known before each token."""
    steps = len(chorale)
    before = _earlier(chorale, 1)
    held = np.vstack([np.zeros((1, 4), int), _held(chorale)[:-1]])
    last_moves = _last_moves(chorale)
    columns = []
    for voice in range(4):
        now = before.copy()
        now[:, :voice] = chorale[:, :voice]  # new where a voice has sung
        own = before[:, voice]
        known = {
            "voice": np.full(steps, voice),
            "beat": np.arange(steps) % 4 * 4 + voice,
            "step": np.arange(steps) % 32,
            "own": _named(own),
            "held": np.minimum(held[:, voice], LONGEST),
            "last-move": last_moves[:, voice],
        }
        for k in (4, 8, 16):
            known[f"bar-ago-{k}"] = _interval(_earlier(chorale, k)[:, voice], own, REACH)
        for other, name in enumerate("SATB"):
            known[f"pitch-{name}"] = _named(now[:, other])
            known[f"from-{name}"] = _interval(now[:, other], own, INTERVAL)
            known[f"held-{name}"] = np.minimum(held[:, other], LONGEST)
            if name != "B":
                moved = _interval(chorale[:, other], before[:, other], MOVE)
                known[f"move-{name}"] = moved if other < voice else np.full(steps, 2 * MOVE + 2)
        columns.append(np.stack([known[name] for name in names], axis=1))
    return np.stack(columns, axis=1).reshape(4 * steps, len(names))


def _earlier(chorale: Chorale, steps: int) -> Chorale:
    return np.vstack([np.full((min(steps, len(chorale)), 4), -1), chorale[:-steps]])[: len(chorale)]


def _held(chorale: Chorale) -> np.ndarray:
    held = np.ones_like(chorale)
    for step in range(1, len(chorale)):
        held[step] = np.where(chorale[step] == chorale[step - 1], held[step - 1] + 1, 1)
    return held


def _last_moves(chorale: Chorale) -> np.ndarray:
    """The move by which each voice came to the note that it sang at the step before."""
    moves = np.zeros_like(chorale)
    for step in range(1, len(chorale)):
        now, then = chorale[step - 1], chorale[step - 2] if step > 1 else np.full(4, -1)
        moves[step] = np.where(now != then, _interval(now, then, MOVE), moves[step - 1])
    return moves


def _named(pitches: np.ndarray) -> np.ndarray:
    return np.where(pitches < 0, 0, pitches - LOWEST)


def _interval(to: np.ndarray, start: np.ndarray, most: int) -> np.ndarray:
    return np.where((to < 0) | (start < 0), 0, np.clip(to - start, -most, most) + most + 1)


class Data:
    """The chorales of each split, as tokens and features in any key."""

    def __init__(self, path: Path, names: Sequence[str]) -> None:
        splits = json.loads(path.read_text())
        self.chorales = {
            split: [
                np.array([[int(pitch) for pitch in step] for step in piece]) for piece in pieces
            ]
            for split, pieces in splits.items()
        }
        self.names = names
        self._offsets = np.cumsum([0, *(SIZES[name] for name in names)])[:-1]
        self._kept: dict[tuple[str, int, int], tuple[np.ndarray, np.ndarray]] = {}
        train = self.chorales["train"]
        low = np.min([np.where(c < 0, 999, c).min(axis=0) for c in train], axis=0)
        high = np.max([c.max(axis=0) for c in train], axis=0)
        #: for each training chorale the transpositions within the ranges
        self.shifts = [
            [t for t in range(-6, 7) if (np.where(c < 0, low, c + t) >= low).all()
             and (np.where(c < 0, low, c + t) <= high).all()]
            for c in train
        ]  # fmt: skip

    def piece(self, split: str, number: int, shift: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Tokens and features (offset into one table) of a chorale, `shift` semitones higher."""
        key = (split, number, shift)
        if key not in self._kept:
            chorale = self.chorales[split][number]
            moved = np.where(chorale < 0, chorale, chorale + shift)
            told = features(moved, self.names) + self._offsets
            self._kept[key] = tokens(moved).astype(np.int32), told.astype(np.int32)
        return self._kept[key]

    def epoch(self, rng: np.random.Generator, batch: int) -> Iterable[tuple[np.ndarray, ...]]:
        """Batches of chorales of like length, each in a key drawn anew."""
        pieces = [
            self.piece("train", number, int(rng.choice(shifts)))
            for number, shifts in enumerate(self.shifts)
        ]
        order = np.argsort([len(ids) + rng.integers(0, 80) for ids, _ in pieces])
        groups = [order[i : i + batch] for i in range(0, len(order), batch)]
        for i in rng.permutation(len(groups)):
            yield packed([pieces[k] for k in groups[i]], batch)

    def whole(self, split: str, batch: int = 16) -> Iterable[tuple[np.ndarray, ...]]:
        """All chorales of a split as they are."""
        pieces = [self.piece(split, k) for k in range(len(self.chorales[split]))]
        pieces.sort(key=lambda piece: len(piece[0]))
        for i in range(0, len(pieces), batch):
            yield packed(pieces[i : i + batch], batch)


def packed(pieces: Sequence[tuple[np.ndarray, np.ndarray]], rows: int) -> tuple[np.ndarray, ...]:
    """Features, tokens and weights (0 beyond a chorale's end) of equal length, in `rows` rows."""
    steps = -(-max(len(ids) for ids, _ in pieces) // 256) * 256
    told = np.zeros((rows, steps, pieces[0][1].shape[1]), np.int32)
    ids, weights = np.zeros(told.shape[:2], np.int32), np.zeros(told.shape[:2], np.float32)
    for row, (one, known) in enumerate(pieces):
        told[row, : len(one)], ids[row, : len(one)], weights[row, : len(one)] = known, one, 1
    return told, ids, weights


# --- the network --------------------------------------------------------------------------------


def network(count: int, values: int, asked: argparse.Namespace) -> Any:
    """Features (batch, 4 · steps, count) → logits."""
    import keras
    from keras import layers, ops

    from musicrnn.training.layers import Attention
    from musicrnn.training.recurrent import recurrent_layer

    told = keras.Input((None, count), dtype="int32")
    spread = keras.initializers.RandomNormal(stddev=0.2)
    vectors = layers.Embedding(values, asked.width, embeddings_initializer=spread)(told)
    vectors = layers.Reshape((-1, count * asked.width))(vectors)
    vectors = layers.Dropout(asked.input_dropout)(vectors)
    chord = recurrent_layer("lstm", asked.units)(vectors[:, ::4])
    chord = layers.Dropout(asked.dropout)(chord)
    nothing_before = ops.zeros_like(chord[:, 0, :0])
    chord, _ = Attention(asked.attention, 64)(chord, nothing_before)
    chord = layers.Dropout(asked.dropout)(chord)
    hidden = ops.repeat(layers.Dense(asked.hidden)(chord), 4, axis=1)
    hidden = hidden + layers.Dense(asked.hidden, use_bias=False)(vectors)
    hidden = layers.Dropout(asked.dropout)(layers.Activation("gelu")(hidden))
    deeper = layers.Dropout(asked.dropout)(layers.Dense(asked.hidden, activation="gelu")(hidden))
    return keras.Model(told, layers.Dense(TOKENS)(hidden + deeper))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--epochs", type=int, default=32)
    parser.add_argument("--without", nargs="*", default=[], help="features to leave out")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--units", type=int, default=512)
    parser.add_argument("--hidden", type=int, default=512)
    parser.add_argument("--width", type=int, default=24)
    parser.add_argument("--attention", type=int, default=256)
    parser.add_argument("--dropout", type=float, default=0.5)
    parser.add_argument("--input-dropout", type=float, default=0.2)
    parser.add_argument("--decay", type=float, default=0.03, help="of the weights")
    parser.add_argument("--rate", type=float, default=4e-3)
    parser.add_argument("--average", type=float, default=0.995)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--every", type=int, default=4, help="epochs between two figures")
    parser.add_argument("--out", type=Path, help="where the best weights go")
    train(parser.parse_args())


def train(asked: argparse.Namespace) -> None:
    """Train and print a line for each figure; on TensorFlow, or on what KERAS_BACKEND names."""
    import keras

    names = [name for name in SIZES if not name.startswith(tuple(asked.without) or ("-",))]
    data = Data(asked.data, names)
    keras.utils.set_random_seed(asked.seed)
    model = network(len(names), sum(SIZES[name] for name in names), asked)
    print(f"{model.count_params():,} parameters; told: {', '.join(names)}", flush=True)
    steps = math.ceil(len(data.chorales["train"]) / asked.batch) * asked.epochs
    schedule = keras.optimizers.schedules.CosineDecay(
        1e-5, steps, warmup_target=asked.rate, warmup_steps=steps // 20 + 1
    )
    optimizer = keras.optimizers.AdamW(
        schedule,
        weight_decay=asked.decay,
        global_clipnorm=1.0,
        use_ema=True,
        ema_momentum=asked.average,
    )
    # Sums, as what lies beyond a chorale's end weighs nothing.
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="sum")
    model.compile(optimizer, loss, jit_compile=True)

    def figure(split: str) -> float:
        total = count = 0.0
        for told, ids, weights in data.whole(split):
            total += float(model.test_on_batch(told, ids, sample_weight=weights))
            model.reset_metrics()
            count += weights.sum()
        return total / count

    def swap() -> None:
        """Put the averaged weights in place of the last ones, and back."""
        averages = optimizer._model_variables_moving_average
        for variable, average in zip(model.trainable_variables, averages, strict=True):
            kept = keras.ops.convert_to_numpy(variable)
            variable.assign(average.value)
            average.assign(kept)

    rng = np.random.default_rng(asked.seed)
    began, best = time.perf_counter(), math.inf
    for epoch in range(1, asked.epochs + 1):
        losses = []
        for told, ids, weights in data.epoch(rng, asked.batch):
            share = weights / weights.sum()
            losses.append(float(model.train_on_batch(told, ids, sample_weight=share)))
            model.reset_metrics()
        if epoch % asked.every and epoch < asked.epochs:
            continue
        swap()
        validation = figure("valid")
        line = f"epoch {epoch}: training {np.mean(losses):.4f}, validation {validation:.4f}"
        if validation < best:
            best = validation
            line += f", test {figure('test'):.4f}"
            if asked.out:
                np.savez(asked.out, *map(keras.ops.convert_to_numpy, model.trainable_variables))
        swap()
        print(f"{line}, {time.perf_counter() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
