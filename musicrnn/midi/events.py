"""The events of one track, as columns of numbers in ticks."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from musicrnn.errors import MidiError
from musicrnn.midi.chunks import Chunk, Report
from musicrnn.midi.pairing import HANGING, OFF, ON, RELEASE, pair, pair_in_turn
from musicrnn.midi.segments import Segments, walk

__all__ = ["MAX_NOTES", "Track", "parse"]

Ints = NDArray[np.int64]

#: The most notes that one track may hold.
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

    def __init__(self, report: Report, chunk: Chunk, number: int) -> None:
        self._report, self._start, self._number = report, chunk.start, number
        self._codes: set[str] = set()

    def __call__(self, code: str, message: str, at: int) -> None:
        if code not in self._codes:
            self._codes.add(code)
            self._report(code, message, self._start + at, self._number)


def parse(chunk: Chunk, number: int, report: Report, *, max_ticks: int) -> Track:
    """The track in `chunk`, the `number`-th (from 1). What is whole is read; the rest reported.

    Raises `MidiError` past the limits, and for what `report` refuses.
    """
    once = _Once(report, chunk, number)
    cut = walk(chunk.body)
    for fault in cut.faults:
        once(*fault)
    track = Track(length=int(cut.ticks[-1]) if len(cut.ticks) else 0)
    if track.length > max_ticks:
        raise MidiError(f"track {number}: longer than the limit of {max_ticks} ticks")
    for index, kind, start, end in cut.metas:
        _meta(track, int(cut.ticks[index]), kind, chunk.body[start:end], start, once)
    size = len(chunk.body)
    if not cut.whole and not {"truncated", "damaged"} & {fault[0] for fault in cut.faults}:
        once("no-end-of-track", "the track has no end event", size)
    if len(cut.status):
        _notes(track, cut, number, once, size)
    return track


def _notes(track: Track, cut: Segments, number: int, once: _Once, size: int) -> None:
    """Fill in the note columns."""
    sounding = cut.status < 0xA0
    on = (cut.status >= 0x90) & (cut.second > 0) & sounding
    keys = (cut.status & 15) << 7 | cut.first
    released = (cut.status & 0xF0 == 0xB0) & _NOTES_OFF[cut.first]
    if released.any():
        chosen = np.flatnonzero(sounding | released)
        kinds = np.where(released, RELEASE, np.where(on, ON, OFF))[chosen]
        partners, strays = pair_in_turn(keys[chosen].tolist(), kinds.tolist())
        partner = np.array(partners, np.int64)
    else:
        chosen = np.flatnonzero(sounding)
        partner, strays = pair(keys[chosen], on[chosen])
    starts = np.flatnonzero(on)
    if len(starts) > MAX_NOTES:
        raise MidiError(f"track {number}: more than {MAX_NOTES:,} notes, the limit")
    if strays:
        once("stray-note-off", f"{_counted(strays)} released that does not sound", size)
    ticks = cut.ticks[cut.pairs]
    track.onsets = ticks[starts]
    hanging = partner == HANGING
    track.ends = np.where(hanging, track.length, ticks[chosen[partner]])
    track.pitches, track.velocities = cut.first[starts], cut.second[starts]
    track.voices = _voices(cut, starts)
    if hanging.any():
        message = f"{_counted(hanging.sum())} never released: closed at the end of the track"
        once("hanging-note", message, size)
    empty = track.ends == track.onsets
    if empty.any():
        once("zero-length-note", f"{_counted(empty.sum())} of no length: given one tick", size)
        track.ends += empty
        track.length = max(track.length, int(track.ends.max()))


def _voices(cut: Segments, starts: Ints) -> Ints:
    """The channel and the program that holds at each of the notes `starts`."""
    channels = cut.status[starts] & 15
    voices: Ints = channels << 7
    for channel in {channel for _, channel, _ in cut.programs}:
        changes = [(index, program) for index, c, program in cut.programs if c == channel]
        at, programs = (np.array(column, np.int64) for column in zip(*changes, strict=True))
        mine = channels == channel
        last = np.searchsorted(at, cut.pairs[starts[mine]]) - 1
        voices[mine] |= np.where(last >= 0, programs[last], 0)
    return voices


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


def _counted(notes: int) -> str:
    return "1 note is" if notes == 1 else f"{notes} notes are"


def _text(payload: bytes) -> str:
    """Text as UTF-8 or, since the standard names no encoding, Latin-1; no control characters."""
    try:
        text = payload[:400].decode()
    except UnicodeDecodeError:
        text = payload[:400].decode("latin-1")
    return "".join(c if c.isprintable() else " " for c in text).strip()
