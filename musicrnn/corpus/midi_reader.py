"""MIDI files: each is one piece."""

from __future__ import annotations

from collections.abc import Iterator

from musicrnn.corpus.finding import Finding, melody_keys
from musicrnn.corpus.manifest import Clean, Source
from musicrnn.corpus.sources import Item
from musicrnn.piece import Piece

__all__ = ["read_midi"]


def read_midi(item: Item, data: bytes, source: Source, rules: Clean) -> Iterator[Finding]:
    """The piece in one file, repaired as `musicrnn.midi` does it. Raises `MidiError`."""
    from musicrnn import midi

    score = midi.read(data)
    title = score.title or item.name.rpartition("/")[2].rpartition(".")[0]
    if not score.notes:
        yield Finding(title=title, reason="empty", detail="the file has no notes")
        return
    piece = Piece(
        "midi",
        score,
        title=title,
        key=str(score.keys[0].key) if score.keys else "",
        meter=str(score.meters[0].meter) if score.meters and score.meters[0].meter else "",
        source=source.name,
        licence=source.licence,
    )
    fingerprint, group = melody_keys(score)
    yield Finding(1, "1", title, piece, fingerprint, group)
