"""Two models on the same unseen tunes: bits a written note, each model reading its own text.

A model of normalised, transposed tunes reads other characters than one of tunes as their book has
them, so bits a character say nothing; what a tune costs altogether, header and end included,
shared out among its written notes, does. The tunes are those on the test side of both corpora,
known by source and number.

    python -m benchmarks.same_tunes BUNDLE CORPUS BUNDLE CORPUS
"""

from __future__ import annotations

import sys

from musicrnn import abc, corpus
from musicrnn.abc.syntax import tree
from musicrnn.evaluation.likelihood import score_pieces
from musicrnn.models.bundle import Bundle
from musicrnn.piece import Piece
from musicrnn.sampling import Engine


def test_tunes(name: str) -> dict[tuple[str, str], Piece]:
    """The test side of a corpus, by source and number."""
    pieces = corpus.open(name).pieces("test")
    return {(piece.source, abc.parse_tune(piece.content).number): piece for piece in pieces}


def bits(bundle: str, pieces: list[Piece]) -> tuple[float, float]:
    """All bits of the pieces, and bits a character."""
    model = Bundle.load(bundle)
    ids = [model.tokenizer.encode(piece) for piece in pieces]
    scored = score_pieces(Engine(model), ids, end=model.tokenizer.end)
    total = float(sum(piece.bits.sum() for piece in scored))
    return total, total / sum(len(one) + 1 for one in ids)


def main(first: str, first_corpus: str, second: str, second_corpus: str) -> None:
    """Print both models' figures."""
    one, other = test_tunes(first_corpus), test_tunes(second_corpus)
    shared = sorted(one.keys() & other.keys())
    notes = sum(
        isinstance(node, tree.Note | tree.Chord)
        for key in shared
        for node in abc.parse_tune(one[key].content).body
    )
    print(f"{len(shared)} tunes, {notes} written notes")
    for bundle, tunes in ((first, one), (second, other)):
        total, per_character = bits(bundle, [tunes[key] for key in shared])
        print(f"{bundle}: {total / notes:.3f} bits a note, {per_character:.3f} bits a character")


if __name__ == "__main__":
    main(*sys.argv[1:])
