"""Two models on the same unseen tunes: bits a written note, each model reading its own text.

A model of normalised, transposed tunes reads other characters than one of tunes as their book has
them, so bits a character say nothing; what a tune costs altogether, header and end included,
shared out among its written notes, does; so does what its music costs, without the header. The
tunes are those on the test side of both corpora, known by source, number and title.

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


def test_tunes(name: str) -> dict[tuple[str, str, str], Piece]:
    """The test side of a corpus, by source, number and title."""
    pieces = corpus.open(name).pieces("test")
    return {
        (piece.source, abc.parse_tune(piece.content).number, piece.title): piece for piece in pieces
    }


def bits(bundle: str, pieces: list[Piece]) -> tuple[float, float, float]:
    """All bits of the pieces, those of their bodies, and bits a character."""
    model = Bundle.load(bundle)
    ids = [model.tokenizer.encode(piece) for piece in pieces]
    scored = score_pieces(Engine(model), ids, end=model.tokenizer.end)
    total = music = 0.0
    for one, piece in zip(ids, scored, strict=True):
        header = model.tokenizer.decode_text(one).index("\nK:")
        total += float(piece.bits.sum())
        music += float(piece.bits[header + 1 :].sum())
    return total, music, total / sum(len(one) + 1 for one in ids)


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
        total, music, per_character = bits(bundle, [tunes[key] for key in shared])
        print(
            f"{bundle}: {total / notes:.3f} bits a note, {music / notes:.3f} from the key on; "
            f"{per_character:.3f} bits a character"
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
