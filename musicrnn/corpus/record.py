"""What reading an item gives: pieces, and what was left out and why."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicrnn.corpus.rules import Clean, Source
from musicrnn.corpus.sources import Item
from musicrnn.errors import MusicRNNError
from musicrnn.piece import Piece
from musicrnn.score import Score
from musicrnn.theory.melody import Melody, line

__all__ = ["Reader", "Record", "explain", "melody_keys", "text_key"]

#: How much of a tune's opening tells that two tunes are variants of one: about two bars.
OPENING = 16
#: The same in beats, of a quarter note.
OPENING_BEATS = 8


@dataclass(frozen=True, slots=True)
class Record:
    """One tune, file or line of a source.

    Kept: `piece` is there, and `fingerprint` and `group` are 16 bytes each. Pieces of one
    fingerprint are duplicates; pieces of one group fall into the same part of the split. Left
    out: `reason` is a short reason code and `detail` a sentence. `mended` are the repairs of a
    tune that is kept, and `source_meter` is its metre in the source where it is written in
    another. Line 0 is a file as a whole.
    """

    line: int = 1
    number: str = ""
    title: str = ""
    piece: Piece | None = None
    fingerprint: bytes = b""
    group: bytes = b""
    reason: str = ""
    detail: str = ""
    mended: tuple[str, ...] = ()
    source_meter: str = ""


#: (item, its bytes, its source, the rules) → what is in it
Reader = Callable[[Item, bytes, Source, Clean], Iterator[Record]]


def melody_keys(score: Score, opening: str = "notes") -> tuple[bytes, bytes]:
    """Fingerprint and group of a melody, both blind to key, unit length and title.

    Settings of one tune mostly share their first bars; so the group is the opening's intervals,
    whatever its rhythm. With `opening` ``beats`` they are the intervals between the notes that
    sound on its beats, since settings of a hymn differ in what passes between.
    """
    melody = line(score)
    intervals = melody.intervals[:OPENING]
    if opening == "beats" and len(melody):
        intervals = np.diff(_on_beats(melody, OPENING_BEATS))
    group = hashlib.blake2b(intervals.astype("<i2").tobytes(), digest_size=16).digest()
    return melody.fingerprint, group


def _on_beats(melody: Melody, beats: int) -> NDArray[np.int64]:
    """The pitches that sound, or sounded last, on the first beats; shape ``(beats,)``."""
    first = -(-int(melody.onsets[0]) // melody.ticks)
    at = (first + np.arange(beats)) * melody.ticks
    sounding: NDArray[np.int64] = melody.pitches[np.searchsorted(melody.onsets, at, "right") - 1]
    return sounding


def text_key(text: str) -> bytes:
    """16 bytes that are equal for texts that differ in case and white space only."""
    plain = " ".join(text.casefold().split())
    return hashlib.blake2b(plain.encode(), digest_size=16).digest()


def explain(error: Exception) -> str:
    """One line for the report: our errors and the system's as they are, others as a fault."""
    if isinstance(error, MusicRNNError | OSError):
        return str(error)
    return f"internal error, please report it: {type(error).__name__}: {error}"
