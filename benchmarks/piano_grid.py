"""How much of the folk corpus lies on a grid of 4 and of 12 steps a quarter, and comes back whole.

    uv run python benchmarks/piano_grid.py [TUNES]

Each tune is played out, spelled in the 90 piano values and decoded; on the grid every note must
come back. TUNES takes that many, evenly spread, instead of all.
"""

from __future__ import annotations

import sys

from musicrnn import abc, corpus
from musicrnn.piece import Piece
from musicrnn.score import Score
from musicrnn.theory.melody import line
from musicrnn.theory.quantise import on_grid
from musicrnn.tokens.piano import PianoTokenizer


def same(score: Score, tokenizer: PianoTokenizer) -> bool:
    """Whether the melody comes back note for note."""
    melody = line(score)
    piece = tokenizer.decode(tokenizer.encode(Piece("midi", score)))
    assert isinstance(piece.content, Score)
    again = line(piece.content)
    return (
        again.pitches.tolist() == melody.pitches.tolist()
        and [again.time(t) for t in again.onsets] == [melody.time(t) for t in melody.onsets]
        and [again.time(t) for t in again.durations] == [melody.time(t) for t in melody.durations]
    )


def main() -> None:
    """Print the table."""
    pieces = list(corpus.open("folk").pieces())
    if len(sys.argv) > 1:
        pieces = pieces[:: max(len(pieces) // int(sys.argv[1]), 1)]
    scores = [abc.to_score(abc.parse_tune(str(piece.content))) for piece in pieces]
    print("| steps a quarter | tunes | on the grid | come back note for note |\n|---|---|---|---|")
    for steps in (4, 12):
        tokenizer = PianoTokenizer(steps=steps)
        lying = [score for score in scores if on_grid(line(score), steps)]
        back = sum(same(score, tokenizer) for score in lying)
        share = len(lying) / len(scores)
        print(f"| {steps} | {len(scores)} | {len(lying)} ({share:.1%}) | {back} of {len(lying)} |")


if __name__ == "__main__":
    main()
