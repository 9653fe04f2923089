"""The events of each track, as columns of numbers in ticks."""

from __future__ import annotations

from collections.abc import Sequence

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
from musicrnn.midi.plain import MOST_BYTES, read_plain
from musicrnn.midi.programs import set_programs
from musicrnn.midi.segments import Segments, segment
from musicrnn.midi.tracks import (
    BANKS,
    BEND,
    END_OF_TRACK,
    IGNORED,
    LINE_SHIFT,
    NAMES,
    NOTES_OFF,
    Track,
)

__all__ = ["MAX_NOTES", "parse"]

Ints = NDArray[np.int64]

#: The most notes that a file may hold.
MAX_NOTES = 2_000_000

_RELEASES = np.isin(np.arange(128), NOTES_OFF)
_KEPT = ~np.isin(np.arange(128), (*BANKS, *IGNORED, *NOTES_OFF))


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
    if len(data) <= MOST_BYTES and (plain := read_plain(data, chunks)) is not None:
        for number, track in enumerate(plain, 1):
            _check_length(track, number, max_ticks)
        return tuple(plain)
    cut = segment(data, [(chunk.start, chunk.end) for chunk in chunks])
    encoding = encoding_of(
        data[start:end] for walk in cut.walks for _, kind, start, end in walk.metas if kind in NAMES
    )
    if encoding != "utf-8":
        report(
            "encoding", f"texts are not UTF-8: read as {ENCODINGS[encoding]}, a guess", None, None
        )
    tracks, reports = [], [_TrackReport(report, number) for number in range(1, len(chunks) + 1)]
    touched = [0] * len(chunks)
    if cut.counts[0xA]:
        touched = np.bincount(cut.owner[cut.kind == 0xA], minlength=len(chunks)).tolist()
    for i, (walk, chunk, track_report) in enumerate(zip(cut.walks, chunks, reports, strict=True)):
        first, last = cut.bounds[i : i + 2]
        track = Track(length=cut.ticks.item(last - 1) if last > first else 0)
        _check_length(track, i + 1, max_ticks)
        for code, message, at in walk.faults:
            track_report(code, message, at)
        for index, meta, start, end in walk.metas:
            if meta != END_OF_TRACK:
                tick = cut.ticks.item(first + index)
                fault = track.add_meta(tick, meta, data[start:end], encoding)
                if fault:
                    track_report("bad-meta", fault, start)
        if not walk.whole and not {"truncated", "damaged"} & {code for code, *_ in walk.faults}:
            track_report("no-end-of-track", "the track has no end event", chunk.end)
        aftertouch = walk.pressures + touched[i]
        for count, what in ((aftertouch, "of aftertouch"), (walk.exclusive, "system exclusive")):
            if count:
                plural = "message" if count == 1 else "messages"
                report("not-kept", f"{NOT_KEPT}{count} {plural} {what}", None, i + 1)
        tracks.append(track)
    if len(cut.pairs):
        _notes(tracks, cut, reports, [chunk.end for chunk in chunks], bar)
    return tuple(tracks)


def _check_length(track: Track, number: int, max_ticks: int) -> None:
    if track.length > max_ticks:
        raise MidiError(f"track {number}: longer than the limit of {max_ticks} ticks")


def _notes(
    tracks: Sequence[Track], cut: Segments, reports: Sequence[_TrackReport], ends: Sequence[int],
    bar: int,
) -> None:  # fmt: skip
    """Fill in the note columns of all tracks."""
    sounding = cut.kind < 0xA
    on = (cut.kind == 9) & (cut.second > 0)
    keys = cut.owner << 11 | (cut.status & 15) << 7 | cut.first
    released = (cut.kind == 0xB) & _RELEASES[cut.first] if cut.counts[0xB] else None
    if released is not None and released.any():
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
    ticks, owners = cut.ticks[cut.pairs], cut.owner[starts]
    hanging = partner == HANGING
    onsets, stops = ticks[starts], ticks[chosen[partner]] if len(chosen) else ticks[starts]
    if hanging.any():
        lengths = np.array([track.length for track in tracks])
        stops = released_stops(keys, ticks, starts, sounding, hanging, stops, lengths[owners], bar)
    empty = stops == onsets
    stops += empty
    ports = np.array([track.port for track in tracks])
    lines = ports[owners] << 4 | cut.status[starts] & 15
    edges = owners.searchsorted(range(len(tracks) + 1)).tolist()
    columns = (onsets, stops, cut.first[starts], cut.second[starts], lines << LINE_SHIFT)
    _share_out(tracks, edges, columns)
    set_programs(
        [track.onsets for track in tracks], [track.voices for track in tracks], cut, ports,
        cut.pairs[starts], edges,
    )  # fmt: skip
    if cut.counts[0xB] or cut.counts[0xE]:
        _controls(tracks, cut, ports)
    _report_notes(
        reports, ends, "stray-note-off", cut.owner[chosen[strays]], "released but not sounding"
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


def _controls(tracks: Sequence[Track], cut: Segments, ports: Ints) -> None:
    """Give each track its controllers and bends; banks and channel modes are read elsewhere."""
    (rows,) = ((cut.kind == 0xE) | (cut.kind == 0xB) & _KEPT[cut.first]).nonzero()
    if not len(rows):
        return
    bend = cut.kind[rows] == 0xE
    first, second, owners = cut.first[rows], cut.second[rows], cut.owner[rows]
    table = np.empty((len(rows), 4), np.int64)
    table[:, 0] = ports[owners] << 4 | cut.status[rows] & 15
    table[:, 1] = cut.ticks[cut.pairs[rows]]
    table[:, 2] = np.where(bend, BEND, first)
    table[:, 3] = np.where(bend, (second << 7 | first) - 8192, second)
    edges = owners.searchsorted(range(len(tracks) + 1)).tolist()
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
