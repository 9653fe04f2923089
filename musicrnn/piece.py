"""One tune or file as a corpus holds it and as a model writes it."""

from __future__ import annotations

from dataclasses import dataclass

from musicrnn.score import Score

__all__ = ["Piece"]


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of music or text.

    `format` is ``"abc"``, ``"midi"`` or ``"text"``; `content` is the canonical text of one ABC
    tune, plain text, or, for MIDI, a `Score`. The rest is metadata, empty where the source gives
    none.
    """

    format: str
    content: str | Score
    title: str = ""
    key: str = ""
    meter: str = ""
    rhythm: str = ""
    source: str = ""
    licence: str = ""
