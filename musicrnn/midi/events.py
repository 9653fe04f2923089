"""The events of each track, as columns of numbers in ticks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from musicrnn.encodings import ENCODINGS, encoding_of
from musicrnn.errors import MidiError, counted
from musicrnn.midi.chunks import Chunk, Report
from musicrnn.midi.diagnostics import NOT_KEPT
from musicrnn.midi.pairing import (
    HANGING,
    OFF,
    ON,
    RELEASE,
    pair,
    pair_in_turn,
    released_stops,
)
from musicrnn.midi.programs import LINE_SHIFT, set_programs
from musicrnn.midi.segments import Segments, segment
from musicrnn.midi.text import decode

__all__ = ["BEND", "MAX_NOTES", "Track", "parse"]

Ints = NDArray[np.int64]

#: What stands for the pitch wheel among the numbers of controllers.
BEND = 128

#: The most notes that a file may hold.
MAX_NOTES = 2_000_000

#: Controllers that release all notes of their channel (MIDI 1.0, channel mode messages).
_NOTES_OFF = np.isin(np.arange(128), (120, 123, 124, 125, 126, 127))
#: Controllers that are kept: not the banks (0, 32), which belong to the programs.
_KEPT = ~np.isin(np.arange(128), (0, 32, 120, 122, 123, 124, 125, 126, 127))
#: Meta events that hold text: text, copyright, lyric, marker, cue point.
_TEXTS = (0x01, 0x02, 0x05, 0x06, 0x07)
_NAMES = (*_TEXTS, 0x03)


def _no_notes() -> Ints:
    return np.zeros(0, np.int64)


@dataclass(slots=True)
class Track:
    """One track in ticks. The five note columns are int64 of one length, in order of onset.

    A voice is what a note's part is made of: ``line << 21 | bank << 7 | program``, a line being
    ``port << 4 | channel``. `controls` (n, 4) are line, tick, number of the controller (`BEND`
    for the pitch wheel) and value. `tempos` are (tick, microseconds a quarter), `meters` (tick,
    numerator, denominator), `keys` (tick, sharps, minor), `texts` (tick, kind of meta event,
    text).
    """

    name: str = ""
    port: int = 0
    onsets: Ints = field(default_factory=_no_notes)
    ends: Ints = field(default_factory=_no_notes)
    pitches: Ints = field(default_factory=_no_notes)
    velocities: Ints = field(default_factory=_no_notes)
    voices: Ints = field(default_factory=_no_notes)
    controls: Ints = field(default_factory=lambda: np.zeros((0, 4), np.int64))
    tempos: list[tuple[int, int]] = field(default_factory=list)
    meters: list[tuple[int, int, int]] = field(default_factory=list)
    keys: list[tuple[int, int, int]] = field(default_factory=list)
    texts: list[tuple[int, int, str]] = field(default_factory=list)
    length: int = 0

    def channel_and_program(self, voice: int) -> tuple[int, int]:
        """The channel (0 … 15) and the program of a voice."""
        return voice >> LINE_SHIFT & 15, voice & 127


class _TrackReport:
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
    data: bytes, chunks: Sequence[Chunk], report: Report, *, max_ticks: int, bar: int
) -> tuple[Track, ...]:
    """The tracks in `chunks` of a file. What is whole is read; the rest reported. A note that
    nothing releases lasts at most `bar` ticks, or as long as others do.

    Raises `MidiError` past the limits, and for what `report` refuses.
    """
    cut = segment(data, [(chunk.start, chunk.end) for chunk in chunks])
    encoding = encoding_of(
        data[start:end]
        for walk in cut.walks
        for _, kind, start, end in walk.metas
        if kind in _NAMES
    )
    if encoding != "utf-8":
        report(
            "encoding", f"texts are not UTF-8: read as {ENCODINGS[encoding]}, a guess", None, None
        )
    tracks, reports = [], [_TrackReport(report, number) for number in range(1, len(chunks) + 1)]
    for i, (walk, chunk, track_report) in enumerate(zip(cut.walks, chunks, reports, strict=True)):
        first, last = cut.bounds[i : i + 2].tolist()
        track = Track(length=int(cut.ticks[last - 1]) if last > first else 0)
        if track.length > max_ticks:
            raise MidiError(f"track {i + 1}: longer than the limit of {max_ticks} ticks")
        for fault in walk.faults:
            track_report(*fault)
        for index, kind, start, end in walk.metas:
            payload = data[start:end]
            _meta(
                track, int(cut.ticks[first + index]), kind, payload, start, track_report, encoding
            )
        if not walk.whole and not {"truncated", "damaged"} & {fault[0] for fault in walk.faults}:
            track_report("no-end-of-track", "the track has no end event", chunk.end)
        status = cut.status[slice(*np.searchsorted(cut.pairs, cut.bounds[i : i + 2]).tolist())]
        aftertouch = walk.pressures + int(np.count_nonzero(status & 0xF0 == 0xA0))
        for count, what in ((aftertouch, "of aftertouch"), (walk.exclusive, "system exclusive")):
            if count:
                plural = "message" if count == 1 else "messages"
                report("not-kept", f"{NOT_KEPT}{count} {plural} {what}", None, i + 1)
        tracks.append(track)
    if len(cut.pairs):
        _notes(tracks, cut, reports, [chunk.end for chunk in chunks], bar)
    return tuple(tracks)


def _notes(
    tracks: Sequence[Track], cut: Segments, reports: Sequence[_TrackReport], ends: Sequence[int],
    bar: int,
) -> None:  # fmt: skip
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
        lengths = np.array([track.length for track in tracks])
        stops = released_stops(keys, ticks, starts, sounding, hanging, stops, lengths[owners], bar)
    empty = stops == onsets
    stops += empty
    channels = cut.status[starts] & 15
    ports = np.array([track.port for track in tracks])
    lines = ports[owners] << 4 | channels
    edges = np.searchsorted(owners, np.arange(len(tracks) + 1))
    columns = (onsets, stops, cut.first[starts], cut.second[starts], lines << LINE_SHIFT)
    _share_out(tracks, edges.tolist(), columns)
    set_programs(
        [track.onsets for track in tracks], [track.voices for track in tracks], cut, owner, ports,
        cut.pairs[starts], edges.tolist(),
    )  # fmt: skip
    _controls(tracks, cut, owner, ports)
    _report_notes(
        reports, ends, "stray-note-off", owner[chosen[strays]], "released but not sounding"
    )
    what = "never released: ended where its key or the next note is struck"
    _report_notes(reports, ends, "hanging-note", owners[hanging], what)
    _report_notes(reports, ends, "zero-length-note", owners[empty], "of no length: given one tick")


def _share_out(tracks: Sequence[Track], edges: Sequence[int], columns: Sequence[Ints]) -> None:
    """Give each track its rows of the note columns."""
    for i, track in enumerate(tracks):
        first, last = edges[i : i + 2]
        if first < last:
            track.onsets, track.ends, track.pitches, track.velocities, track.voices = (
                column[first:last] for column in columns
            )
            track.length = max(track.length, int(track.ends.max()))


def _controls(tracks: Sequence[Track], cut: Segments, owner: Ints, ports: Ints) -> None:
    """Give each track its controllers and bends; banks and channel modes are read elsewhere."""
    kind = cut.status & 0xF0
    (rows,) = ((kind == 0xE0) | (kind == 0xB0) & _KEPT[cut.first]).nonzero()
    if not len(rows):
        return
    bend = kind[rows] == 0xE0
    number = np.where(bend, BEND, cut.first[rows])
    value = np.where(bend, (cut.second[rows] << 7 | cut.first[rows]) - 8192, cut.second[rows])
    owners = owner[rows]
    line = ports[owners] << 4 | cut.status[rows] & 15
    table = np.stack([line, cut.ticks[cut.pairs[rows]], number, value], axis=1)
    edges = np.searchsorted(owners, np.arange(len(tracks) + 1)).tolist()
    for i, track in enumerate(tracks):
        track.controls = table[edges[i] : edges[i + 1]]


def _report_notes(
    reports: Sequence[_TrackReport], ends: Sequence[int], code: str, owners: Ints, what: str
) -> None:
    """Report a fault of notes for each track that has some: `owners` is a track a note."""
    if len(owners):
        for track, count in zip(*np.unique(owners, return_counts=True), strict=True):
            message = f"{counted(int(count), 'note')} {'is' if count == 1 else 'are'} {what}"
            reports[track](code, message, ends[track])


def _meta(
    track: Track, tick: int, kind: int, payload: bytes, at: int, report: _TrackReport, encoding: str
) -> None:
    """A meta event; those that say nothing about the score are passed over."""
    if kind == 0x51:
        tempo = int.from_bytes(payload[:3], "big")
        if len(payload) < 3 or not tempo:
            report("bad-meta", "a tempo event without a tempo is left out", at)
        else:
            track.tempos.append((tick, tempo))
    elif kind == 0x58:
        # Two bytes are enough: the others concern the metronome.
        if len(payload) < 2 or not payload[0] or payload[1] > 6:
            report("bad-meta", "a time signature that is none is left out", at)
        else:
            track.meters.append((tick, payload[0], 1 << payload[1]))
    elif kind == 0x59:
        sharps = int.from_bytes(payload[:1], "big", signed=True)
        if len(payload) < 2 or abs(sharps) > 7 or payload[1] > 1:
            report("bad-meta", "a key signature that is none is left out", at)
        else:
            track.keys.append((tick, sharps, payload[1]))
    elif kind == 0x03 and not track.name:
        track.name = decode(payload, encoding).strip()
    elif kind == 0x21 and payload:
        track.port = payload[0] & 127
    elif kind in _TEXTS and payload:
        # Karaoke files tell words apart by the spaces at their edges.
        track.texts.append((tick, kind, decode(payload, encoding)))
