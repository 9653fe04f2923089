"""What of each MIDI piece is trained on: the bars that are asked for, its line without long
rests; and what to tell about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from musicrnn.errors import UsageError
from musicrnn.midi.melody_track import choose
from musicrnn.piece import Piece
from musicrnn.score import Score
from musicrnn.theory.excerpt import bars_of, without_long_rests

__all__ = ["BARS", "chosen_lines", "selected"]

#: Settings of a recipe's tokenizer that are about the pieces and not about tokens.
BARS = ("bars_from", "bars_to")
#: Tokenizers that read one line of a piece.
_ONE_LINE = ("piano", "jazz")
#: Of more pieces than this, which line was taken is not listed.
_LISTED = 5


def selected(pieces: Iterable[Piece], tokenizer: dict[str, Any]) -> list[Piece]:
    """The pieces as they are trained on, by a recipe's tokenizer section.

    ``bars_from`` and ``bars_to`` (counted from 1, both included) cut them; where one line is
    read, its long rests are left out. Raises `UsageError` for bars that a piece does not have.
    """
    first, last = (tokenizer.get(name) for name in BARS)
    if any(bar is not None and not isinstance(bar, int) for bar in (first, last)):
        raise UsageError("bars_from and bars_to are numbers of bars, counted from 1")
    read = []
    for piece in pieces:
        score = piece.content
        if isinstance(score, Score) and score.notes:
            if first is not None or last is not None:
                score = bars_of(score, first, last)
            if tokenizer["name"] in _ONE_LINE:
                melody = choose(score, track=tokenizer.get("melody_track")).voice.melody
                score = without_long_rests(score, melody)
        read.append(piece if score is piece.content else replace(piece, content=score))
    return read


def chosen_lines(pieces: Sequence[Piece], tokenizer: dict[str, Any]) -> list[str]:
    """Which line of each piece is read and why, where one is and the pieces are few."""
    if tokenizer["name"] not in _ONE_LINE or len(pieces) > _LISTED:
        return []
    lines = []
    for piece in pieces:
        if isinstance(piece.content, Score):
            choice = choose(piece.content, track=tokenizer.get("melody_track"))
            name = f"{piece.title}: " if piece.title and len(pieces) > 1 else ""
            lines.append(f"{name}the melody is {choice.reason}")
    return lines
