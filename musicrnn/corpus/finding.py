"""What reading an item gives: pieces, and what was left out and why."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from musicrnn.corpus.rules import Clean, Source
from musicrnn.corpus.sources import Item
from musicrnn.errors import MusicRNNError
from musicrnn.melody import line
from musicrnn.piece import Piece
from musicrnn.score import Score

__all__ = ["Finding", "Reader", "explain", "melody_keys", "text_key"]

#: How much of a tune's opening tells that two tunes are variants of one: about two bars.
OPENING = 16


@dataclass(frozen=True, slots=True)
class Finding:
    """One tune, file or line of a source.

    Kept: `piece` is there, and `fingerprint` and `group` are 16 bytes each. Pieces of one
    fingerprint are duplicates; pieces of one group fall into the same part of the split. Left
    out: `reason` is a word to count by and `detail` a sentence. Line 0 is a file as a whole.
    """

    line: int = 1
    number: str = ""
    title: str = ""
    piece: Piece | None = None
    fingerprint: bytes = b""
    group: bytes = b""
    reason: str = ""
    detail: str = ""


#: (item, its bytes, its source, the rules) → what is in it
Reader = Callable[[Item, bytes, Source, Clean], Iterator[Finding]]


def melody_keys(score: Score) -> tuple[bytes, bytes]:
    """Fingerprint and group of a melody, both blind to key, unit length and title.

    Settings of one tune mostly share their first bars; so the group is the opening's intervals,
    whatever its rhythm.
    """
    melody = line(score)
    opening = melody.intervals[:OPENING].astype("<i2").tobytes()
    return melody.fingerprint, hashlib.blake2b(opening, digest_size=16).digest()


def text_key(text: str) -> bytes:
    """16 bytes that are equal for texts that differ in case and white space only."""
    plain = " ".join(text.casefold().split())
    return hashlib.blake2b(plain.encode(), digest_size=16).digest()


def explain(error: Exception) -> str:
    """One line for the report: our errors and the system's as they are, others as a fault."""
    if isinstance(error, MusicRNNError | OSError):
        return str(error)
    return f"internal error, please report it: {type(error).__name__}: {error}"
