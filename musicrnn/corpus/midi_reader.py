"""Pieces of events: MIDI files, and melodies out of MusicXML scores and ABC tune books."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from musicrnn.corpus.record import Record, melody_keys
from musicrnn.corpus.rules import Clean, Source
from musicrnn.corpus.sources import Item
from musicrnn.errors import UsageError
from musicrnn.piece import Piece
from musicrnn.score import Score
from musicrnn.theory.four_voices import four_voices

__all__ = ["read_midi"]

_MUSICXML = (".mxl", ".musicxml", ".xml")


def read_midi(item: Item, data: bytes, source: Source, rules: Clean) -> Iterator[Record]:
    """The piece in one file, or the pieces of a tune book.

    Raises `MidiError` or, for another kind of file, `FormatError`.
    """
    kind = PurePosixPath(item.name).suffix.lower()
    if kind == ".abc" and rules.voices:
        from musicrnn import abc

        for tune in abc.parse(abc.decode(data, file=item.name)).tunes:
            yield _in_voices(abc.to_score(tune), item, source)
        return
    if kind == ".abc":
        yield from _tunes(item, data, source, rules)
        return
    if kind in _MUSICXML:
        from musicrnn.musicxml.reader import read_musicxml

        score = read_musicxml(data)
        yield _in_voices(score, item, source) if rules.voices else _record(score, item, source)
        return
    from musicrnn import midi

    score, diagnostics = midi.read_with_warnings(data)
    faults = tuple(str(fault) for fault in diagnostics if fault.severity == "warning")
    record = (_in_voices if rules.voices else _record)(score, item, source)
    yield replace(record, mended=faults)


def _in_voices(score: Score, item: Item, source: Source) -> Record:
    """A score as a part for each of four voices, or why it is none.

    One hymn in two settings is no duplicate, so the fingerprint is of all four voices.
    """
    title = _title(score, item)
    meters = list(dict.fromkeys(str(change.meter) for change in score.meters))
    if len(meters) > 1:
        return Record(title=title, reason="metre", detail=f"it changes: {', '.join(meters)}")
    try:
        voices = four_voices(score)
    except UsageError as error:
        return Record(title=title, reason="voices", detail=str(error))
    record = _record(voices.to_score(), item, source)
    same = voices.transposed(-int(voices.pitches[0].max()))
    digest = hashlib.blake2b(same.pitches.tobytes(), digest_size=16).digest()
    piece = record.piece and replace(record.piece, title=title)
    return replace(record, title=title, piece=piece, fingerprint=digest)


def _tunes(item: Item, data: bytes, source: Source, rules: Clean) -> Iterator[Record]:
    """The tunes of an ABC book, cleaned as ABC and played out."""
    from musicrnn import abc
    from musicrnn.corpus.abc_reader import read_abc

    for record in read_abc(item, data, source, rules):
        piece = record.piece
        if piece is None or not isinstance(piece.content, str):
            yield record
            continue
        score = abc.to_score(abc.parse_tune(piece.content))
        yield replace(record, piece=replace(piece, format="midi", content=score))


def _record(score: Score, item: Item, source: Source) -> Record:
    title = _title(score, item)
    if not score.notes:
        return Record(title=title, reason="empty", detail="the file has no notes")
    if all(score.parts[note.part].drums for note in score.notes):
        detail = "there is nothing but percussion in it, which has no melody"
        return Record(title=title, reason="percussion", detail=detail)
    piece = Piece(
        "midi",
        score,
        title=title,
        key=str(score.key or ""),
        meter=str(score.meter or ""),
        source=source.name,
        licence=source.licence,
    )
    fingerprint, group = melody_keys(score, source.opening)
    return Record(1, "1", title, piece, fingerprint, group)


def _title(score: Score, item: Item) -> str:
    return score.title or item.name.rpartition("/")[2].rpartition(".")[0]
