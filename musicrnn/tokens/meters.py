"""The metre whose bars a model of events writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from musicrnn.errors import UsageError
from musicrnn.piece import Piece
from musicrnn.score import Meter, Score

__all__ = ["meter_of", "most_usual_meter"]


def meter_of(text: str) -> Meter:
    """The metre that an option names, such as ``6/8``. Raises `UsageError`."""
    numerator, _, denominator = text.partition("/")
    numbers = [
        int(part) if part.isdecimal() and len(part) < 4 else 0 for part in (numerator, denominator)
    ]
    if not all(numbers):
        raise UsageError(f"a metre of {text!r}; write it as 4/4 or 6/8")
    return Meter(*numbers)


def most_usual_meter(pieces: Iterable[Piece]) -> str:
    """The metre that most scores begin in, the first such of several; 4/4 if none names one."""
    counts: Counter[str] = Counter()
    for piece in pieces:
        score = piece.content
        if isinstance(score, Score) and score.meter:
            counts[str(score.meter)] += 1
    return counts.most_common(1)[0][0] if counts else "4/4"
