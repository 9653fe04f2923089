"""What share of a piece's notes a tokenizer takes up: all of them, or one line of many."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from musicrnn.errors import MusicRNNError
from musicrnn.piece import Piece
from musicrnn.score import Score
from musicrnn.tokens.protocol import Tokenizer

__all__ = ["share_of_notes"]

#: So many pieces tell the share of a corpus well enough.
_LOOKED_AT = 200


def share_of_notes(tokenizer: Tokenizer, pieces: Iterable[Piece]) -> float | None:
    """The share of the notes of MIDI pieces that come back from their tokens; None without notes.

    Of a large corpus the first pieces are looked at. A piece that the tokenizer cannot read has
    no part in it.
    """
    learned = total = 0
    for piece in islice(pieces, _LOOKED_AT):
        if not isinstance(piece.content, Score) or not piece.content.notes:
            continue
        total += len(piece.content.notes)
        try:
            decoded = tokenizer.decode(tokenizer.encode(piece)).content
        except MusicRNNError:
            continue
        if isinstance(decoded, Score):
            learned += min(len(decoded.notes), len(piece.content.notes))
    return learned / total if total else None
