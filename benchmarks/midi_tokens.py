"""Polyphony as tokens: how much of MIDI files is learned, and whether whatever is drawn decodes.

    uv run python -m benchmarks.midi_tokens FOLDER [FILES] [SEQUENCES]

makes FILES (200) polyphonic files in FOLDER (`midi_files`), encodes and decodes each with `remi`
and `performance`, and compares what comes back with the file's notes and with the notes set on
the grid. Then SEQUENCES (1,000) are drawn, each with weights of its own at random, under the
constraint: every one must decode to a score that can be written as MIDI and read again.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import numpy as np

from benchmarks.midi_files import files
from musicrnn import midi
from musicrnn.constraints.events.controls import EventControls
from musicrnn.constraints.events.token_graph import TokenGraphConstraint
from musicrnn.midi.writer import to_midi
from musicrnn.piece import Piece
from musicrnn.score import Score
from musicrnn.tokens import learn
from musicrnn.tokens.midi_tokens import MidiTokenizer, on_grid


def notes(score: Score) -> list[tuple[object, ...]]:
    """Onset, duration, pitch and instrument of every note, sorted."""
    parts = [-1 if part.drums else part.program for part in score.parts]
    return sorted((n.onset, n.duration, n.pitch, parts[n.part]) for n in score.notes)


def drawn(tokenizer: MidiTokenizer, seed: int) -> tuple[int, int]:
    """The tokens and the notes of one sequence drawn under the constraint."""
    rng = np.random.default_rng(seed)
    constraint = TokenGraphConstraint(tokenizer, EventControls(bars=1 + seed % 2))
    weights = np.exp(rng.normal(0, float(rng.choice([0.1, 1, 5])), len(tokenizer.vocabulary)))
    (state,) = states = constraint.start(1)
    ids: list[int] = []
    while not state.done:
        chances = np.cumsum(constraint.mask(states)[0] * weights)
        ids.append(int(np.searchsorted(chances, rng.random() * chances[-1], side="right")))
        constraint.advance(states, ids[-1:])
    score = constraint.piece(state, ids).content
    assert isinstance(score, Score)
    midi.read(to_midi(score), strict=True)
    return len(ids), len(score.notes)


def main() -> None:
    folder = Path(sys.argv[1])
    count, sequences = (
        int(sys.argv[i]) if len(sys.argv) > i else n for i, n in ((2, 200), (3, 1000))
    )
    scores = [midi.read(path) for path in files(folder, count)[:count]]
    for name in ("remi", "performance"):
        tokenizer = learn(name, (), meter="4/4")
        assert isinstance(tokenizer, MidiTokenizer)
        counts: Counter[str] = Counter()
        for score in scores:
            again = tokenizer.decode(tokenizer.encode(Piece("midi", score))).content
            assert isinstance(again, Score)
            counts["notes"] += len(score.notes)
            counts["learned"] += len(again.notes)
            counts["exact"] += notes(again) == notes(on_grid(score))
        tokens = [drawn(tokenizer, seed) for seed in range(sequences // 2)]
        print(
            f"{name}: {len(scores)} files, {counts['notes']:,} notes, "
            f"{counts['learned'] / counts['notes']:.4f} learned, {counts['exact']} files exact on "
            f"the grid; {len(tokens)} sequences of {sum(n for n, _ in tokens):,} tokens decode to "
            f"{sum(n for _, n in tokens):,} notes"
        )


if __name__ == "__main__":
    main()
