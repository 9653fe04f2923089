"""The events of each track, as columns of numbers in ticks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from musicrnn.errors import MidiError
from musicrnn.midi.chunks import Chunk, Report
from musicrnn.midi.pairing import HANGING, OFF, ON, RELEASE, pair, pair_in_turn
from musicrnn.midi.segments import Segments, segment

__all__ = ["MAX_NOTES", "Track", "parse"]

Ints = NDArray[np.int64]

#: The most notes that a file may hold.
MAX_NOTES = 2_000_000

#: Controllers that release all notes of their channel (MIDI 1.0, channel mode messages).
_NOTES_OFF = np.isin(np.arange(128), (120, 123, 124, 125, 126, 127))
_TEXTS = (0x01, 0x05, 0x06)  # text, lyric, marker


def _no_notes() -> Ints:
    return np.zeros(0, np.int64)


@dataclass(slots=True)
class Track:
    """One track in ticks. The five note columns are int64 of one length, in order of onset.

    A voice is ``channel << 7 | program``: what a note's part is made of. `tempos` are
    (tick, microseconds a quarter), `meters` (tick, numerator, denominator), `keys` (tick,
    sharps, minor), `texts` (tick, kind of meta event, text).
    """

    name: str = ""
    onsets: Ints = field(default_factory=_no_notes)
    ends: Ints = field(default_factory=_no_notes)
    pitches: Ints = field(default_factory=_no_notes)
    velocities: Ints = field(default_factory=_no_notes)
    voices: Ints = field(default_factory=_no_notes)
    tempos: list[tuple[int, int]] = field(default_factory=list)
    meters: list[tuple[int, int, int]] = field(default_factory=list)
    keys: list[tuple[int, int, int]] = field(default_factory=list)
    texts: list[tuple[int, int, str]] = field(default_factory=list)
    length: int = 0


class _Once:
    """A `Report` for one track that reports each code once: ten thousand equal faults need no
    list of them."""

    def __init__(self, report: Report, number: int) -> None:
        self._report, self._number = report, number
        self._codes: set[str] = set()

    def __call__(self, code: str, message: str, at: int) -> None:
        if code not in self._codes:
            self._codes.add(code)
            self._report(code, message, at, self._number)


def parse(
    data: bytes, chunks: Sequence[Chunk], report: Report, *, max_ticks: int
) -> tuple[Track, ...]:
    """The tracks in `chunks` of a file. What is whole is read; the rest reported.

    Raises `MidiError` past the limits, and for what `report` refuses.
    """
    cut = segment(data, [(chunk.start, chunk.end) for chunk in chunks])
    tracks, reports = [], [_Once(report, number) for number in range(1, len(chunks) + 1)]
    for i, (walk, chunk, once) in enumerate(zip(cut.walks, chunks, reports, strict=True)):
        first, last = cut.bounds[i : i + 2].tolist()
        track = Track(length=int(cut.ticks[last - 1]) if last > first else 0)
        if track.length > max_ticks:
            raise MidiError(f"track {i + 1}: longer than the limit of {max_ticks} ticks")
        for fault in walk.faults:
            once(*fault)
        for index, kind, start, end in walk.metas:
            _meta(track, int(cut.ticks[first + index]), kind, data[start:end], start, once)
        if not walk.whole and not {"truncated", "damaged"} & {fault[0] for fault in walk.faults}:
            once("no-end-of-track", "the track has no end event", chunk.end)
        tracks.append(track)
    if len(cut.pairs):
        _notes(tracks, cut, reports, [chunk.end for chunk in chunks])
    return tuple(tracks)


def _notes(
    tracks: Sequence[Track], cut: Segments, reports: Sequence[_Once], ends: Sequence[int]
) -> None:
    """Fill in the note columns of all tracks."""
    owner = np.repeat(np.arange(len(tracks)), np.diff(np.searchsorted(cut.pairs, cut.bounds)))
    sounding = cut.status < 0xA0
    on = (cut.status >= 0x90) & (cut.second > 0) & sounding
    keys = owner << 11 | (cut.status & 15) << 7 | cut.first
    released = (cut.status & 0xF0 == 0xB0) & _NOTES_OFF[cut.first]
    if released.any():
        (chosen,) = (sounding | released).nonzero()
        kinds = np.where(released, RELEASE, np.where(on, ON, OFF))[chosen]
        partners, stray_list = pair_in_turn(keys[chosen].tolist(), kinds.tolist())
        partner, strays = np.array(partners, np.int64), np.array(stray_list, np.int64)
    else:
        (chosen,) = sounding.nonzero()
        partner, strays = pair(keys[chosen], on[chosen])
    (starts,) = on.nonzero()
    if len(starts) > MAX_NOTES:
        raise MidiError(f"more than {MAX_NOTES:,} notes, the limit")
    ticks, owners = cut.ticks[cut.pairs], owner[starts]
    hanging = partner == HANGING
    onsets, stops = ticks[starts], ticks[chosen[partner]] if len(chosen) else ticks[starts]
    if hanging.any():
        stops = np.where(hanging, np.array([track.length for track in tracks])[owners], stops)
    empty = stops == onsets
    stops += empty
    channels = cut.status[starts] & 15
    columns = (onsets, stops, cut.first[starts], cut.second[starts], channels << 7)
    _share_out(tracks, cut, np.searchsorted(owners, np.arange(len(tracks) + 1)), columns, starts)
    _remark(reports, ends, "stray-note-off", owner[chosen[strays]], "released but not sounding")
    what = "never released: closed at the end of the track"
    _remark(reports, ends, "hanging-note", owners[hanging], what)
    _remark(reports, ends, "zero-length-note", owners[empty], "of no length: given one tick")


def _share_out(
    tracks: Sequence[Track], cut: Segments, bounds: Ints, columns: Sequence[Ints], starts: Ints
) -> None:
    """Give each track its rows of the note columns; `starts` are the notes' rows in `cut`."""
    edges = bounds.tolist()
    for i, track in enumerate(tracks):
        first, last = edges[i : i + 2]
        if first == last:
            continue
        track.onsets, track.ends, track.pitches, track.velocities, track.voices = (
            column[first:last] for column in columns
        )
        track.length = max(track.length, int(track.ends.max()))
        if cut.walks[i].programs:
            places = cut.pairs[starts[first:last]] - cut.bounds[i]
            _set_programs(track.voices, places, cut.walks[i].programs)


def _set_programs(voices: Ints, places: Ints, changes: Sequence[tuple[int, int, int]]) -> None:
    """Add to the voices (so far channels) the program that holds at each note's place."""
    channels = voices >> 7
    for channel in {channel for _, channel, _ in changes}:
        own = [(index, program) for index, c, program in changes if c == channel]
        at, programs = (np.array(column, np.int64) for column in zip(*own, strict=True))
        mine = channels == channel
        last = np.searchsorted(at, places[mine]) - 1
        voices[mine] |= np.where(last >= 0, programs[last], 0)


def _remark(
    reports: Sequence[_Once], ends: Sequence[int], code: str, owners: Ints, what: str
) -> None:
    """Report a fault of notes for each track that has some: `owners` is a track a note."""
    if len(owners):
        for track, count in zip(*np.unique(owners, return_counts=True), strict=True):
            message = f"{'1 note is' if count == 1 else f'{count} notes are'} {what}"
            reports[track](code, message, ends[track])


def _meta(track: Track, tick: int, kind: int, payload: bytes, at: int, once: _Once) -> None:
    """A meta event; those that say nothing about the score are passed over."""
    if kind == 0x51:
        tempo = int.from_bytes(payload[:3], "big")
        if len(payload) < 3 or not tempo:
            once("bad-meta", "a tempo event without a tempo is left out", at)
        else:
            track.tempos.append((tick, tempo))
    elif kind == 0x58:
        # Two bytes are enough: the others concern the metronome.
        if len(payload) < 2 or not payload[0] or payload[1] > 6:
            once("bad-meta", "a time signature that is none is left out", at)
        else:
            track.meters.append((tick, payload[0], 1 << payload[1]))
    elif kind == 0x59:
        sharps = int.from_bytes(payload[:1], "big", signed=True)
        if len(payload) < 2 or abs(sharps) > 7 or payload[1] > 1:
            once("bad-meta", "a key signature that is none is left out", at)
        else:
            track.keys.append((tick, sharps, payload[1]))
    elif kind == 0x03 and not track.name:
        track.name = _text(payload)
    elif kind in _TEXTS and payload:
        track.texts.append((tick, kind, _text(payload)))


def _text(payload: bytes) -> str:
    """Text as UTF-8 or, since the standard names no encoding, Latin-1; no control characters."""
    try:
        text = payload[:400].decode()
    except UnicodeDecodeError:
        text = payload[:400].decode("latin-1")
    return "".join(c if c.isprintable() else " " for c in text).strip()
