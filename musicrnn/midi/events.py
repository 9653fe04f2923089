"""The events of one track, as columns of numbers in ticks.

This is the reader's inner loop and touches every byte, so notes are kept as plain lists of
integers (no object an event) and everything rare is moved out of the way. Pure Python on
purpose: no native code sees a stranger's file, and every oddity is handled where it is met.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from musicrnn.errors import MidiError
from musicrnn.midi.chunks import Chunk, Report

__all__ = ["MAX_NOTES", "Track", "parse"]

#: The most notes that one track may hold.
MAX_NOTES = 2_000_000

#: Bytes after a system message that files must not hold but some do (F1 … FE, but for F7).
_SYSTEM_LENGTHS = {0xF1: 1, 0xF2: 2, 0xF3: 1}
#: Controllers that release all notes of their channel (MIDI 1.0, channel mode messages).
_NOTES_OFF = frozenset({120, 123, 124, 125, 126, 127})


class _Damage(Exception):  # noqa: N818  (it never leaves this module)
    """The bytes from `at` on (within the track) are no event."""

    def __init__(self, at: int, message: str) -> None:
        self.at = at
        super().__init__(message)


@dataclass(slots=True)
class Track:
    """One track in ticks. The five note columns are of one length, in order of onset.

    A voice is ``channel << 7 | program``: what a note's part is made of. `tempos` are
    (tick, microseconds a quarter), `meters` (tick, numerator, denominator), `keys` (tick,
    sharps, minor), `texts` (tick, kind of meta event, text).
    """

    name: str = ""
    onsets: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    pitches: list[int] = field(default_factory=list)
    velocities: list[int] = field(default_factory=list)
    voices: list[int] = field(default_factory=list)
    tempos: list[tuple[int, int]] = field(default_factory=list)
    meters: list[tuple[int, int, int]] = field(default_factory=list)
    keys: list[tuple[int, int, int]] = field(default_factory=list)
    texts: list[tuple[int, int, str]] = field(default_factory=list)
    length: int = 0


def parse(chunk: Chunk, number: int, report: Report, *, max_ticks: int) -> Track:
    """The track in `chunk`, the `number`-th (from 1). What is whole is read; the rest reported.

    Raises `MidiError` past the limits, and for what `report` refuses.
    """
    track = Track()
    reader = _Reader(chunk, number, report, track)
    try:
        reader.run()
    except IndexError:
        reader.stop("truncated", "the track ends in the middle of an event", len(chunk.body))
    except _Damage as damage:
        reader.stop("damaged", f"{damage}; the rest of the track is left out", damage.at)
    reader.release()
    if track.length > max_ticks:
        raise MidiError(f"track {number}: longer than the limit of {max_ticks} ticks")
    return track


class _Reader:
    """The state of reading one track."""

    def __init__(self, chunk: Chunk, number: int, report: Report, track: Track) -> None:
        self.body, self.start, self.number = chunk.body, chunk.start, number
        self.track = track
        self._report = report
        self._reported: set[str] = set()
        self.tick = 0
        #: (channel << 7 | pitch) → the sounding notes of that key, first in first out
        self.sounding: list[deque[int] | None] = [None] * 2048
        self.voices = [channel << 7 for channel in range(16)]
        self.ended = self.cancelled = self.stopped = False

    def report(self, code: str, message: str, at: int) -> None:
        """Each code once a track: a file with ten thousand faults needs no list of them."""
        if code not in self._reported:
            self._reported.add(code)
            self._report(code, message, self.start + at, self.number)

    def stop(self, code: str, message: str, at: int) -> None:
        self.stopped = True
        self.report(code, message, at)

    def run(self) -> None:
        """Walk over all events. Raises `IndexError` at a cut, `_Damage` at nonsense."""
        body, track, sounding, voices = self.body, self.track, self.sounding, self.voices
        onsets, ends = track.onsets, track.ends
        pitches, velocities, voiced = track.pitches, track.velocities, track.voices
        at, size, tick, status = 0, len(body), 0, 0
        while at < size:
            byte = body[at]
            at += 1
            if byte > 127:
                byte, at = _quantity(body, at - 1)
            self.tick = tick = tick + byte
            byte = body[at]
            if byte > 127:
                at += 1
                if byte >= 0xF0:
                    at = self.system(byte, at)
                    if self.ended:
                        break
                    continue
                status = byte
                self.cancelled = False
            elif not status or self.cancelled:
                self.running(status, at)
            byte, value = body[at], 0
            if status < 0xC0 or status >= 0xE0:
                value = body[at + 1]
                at += 1
            at += 1
            if (byte | value) > 127:
                raise _Damage(at - 1, "a status byte where data should be")
            if status >= 0xA0:
                self.control(status, byte, value)
                continue
            key = (status & 15) << 7 | byte
            queue = sounding[key]
            if value and status >= 0x90:
                if queue is None:
                    queue = sounding[key] = deque()
                queue.append(len(onsets))
                onsets.append(tick)
                ends.append(-1)
                pitches.append(byte)
                velocities.append(value)
                voiced.append(voices[status & 15])
            elif queue:
                ends[queue.popleft()] = tick
            else:
                self.report("stray-note-off", "a note is released that does not sound", at - 2)

    def running(self, status: int, at: int) -> None:
        """A data byte where a status byte could stand."""
        if not status:
            raise _Damage(at, "data without a status byte before it")
        self.cancelled = False
        message = "running status goes on after a system or meta event"
        self.report("running-status", message, at)

    def control(self, status: int, first: int, value: int) -> None:
        """Channel messages that are no notes; bend, pressure and other controllers say nothing
        about the score."""
        channel = status & 15
        if status & 0xF0 == 0xC0:
            self.voices[channel] = channel << 7 | first
        elif status & 0xF0 == 0xB0 and first in _NOTES_OFF:
            for queue in self.sounding[channel << 7 : (channel + 1) << 7]:
                while queue:
                    self.track.ends[queue.popleft()] = self.tick

    def system(self, byte: int, at: int) -> int:
        """A system exclusive, meta or other system event; returns where the next one begins."""
        self.cancelled = True
        if byte not in (0xF0, 0xF7, 0xFF):
            self.report("system-message", f"a message {byte:#x}, which files must not hold", at - 1)
            return at + _SYSTEM_LENGTHS.get(byte, 0)
        kind = None
        if byte == 0xFF:
            kind = self.body[at]
            at += 1
        length, at = _quantity(self.body, at)
        end = at + length
        if end > len(self.body):
            raise IndexError
        if kind is not None:
            self.meta(kind, self.body[at:end], at)
        if self.ended and end < len(self.body):
            message = f"{len(self.body) - end} bytes after the end of the track"
            self.report("trailing-bytes", message, end)
        return end

    def meta(self, kind: int, payload: bytes, at: int) -> None:
        """A meta event; those that say nothing about the score are passed over."""
        tick, track = self.tick, self.track
        if kind == 0x2F:
            self.ended = True
        elif kind == 0x51:
            tempo = int.from_bytes(payload[:3], "big")
            if len(payload) < 3 or not tempo:
                self.report("bad-meta", "a tempo event without a tempo is left out", at)
            else:
                track.tempos.append((tick, tempo))
        elif kind == 0x58:
            # Two bytes are enough: the others concern the metronome.
            if len(payload) < 2 or not payload[0] or payload[1] > 6:
                self.report("bad-meta", "a time signature that is none is left out", at)
            else:
                track.meters.append((tick, payload[0], 1 << payload[1]))
        elif kind == 0x59:
            sharps = int.from_bytes(payload[:1], "big", signed=True)
            if len(payload) < 2 or abs(sharps) > 7 or payload[1] > 1:
                self.report("bad-meta", "a key signature that is none is left out", at)
            else:
                track.keys.append((tick, sharps, payload[1]))
        elif kind == 0x03 and not track.name:
            track.name = _text(payload)
        elif kind in (0x01, 0x05, 0x06) and payload:
            track.texts.append((tick, kind, _text(payload)))

    def release(self) -> None:
        """Close what still sounds at the end of the track, and give empty notes a tick."""
        track, ends = self.track, self.track.ends
        track.length = self.tick
        if len(ends) > MAX_NOTES:
            raise MidiError(f"track {self.number}: more than {MAX_NOTES:,} notes, the limit")
        if not self.ended and not self.stopped:
            self.report("no-end-of-track", "the track has no end event", len(self.body))
        hanging = [i for queue in self.sounding if queue for i in queue]
        for i in hanging:
            ends[i] = self.tick
        if hanging:
            message = f"{_counted(hanging)} never released: closed at the end of the track"
            self.report("hanging-note", message, len(self.body))
        empty = [i for i, onset in enumerate(track.onsets) if ends[i] == onset]
        for i in empty:
            ends[i] += 1
        if empty:
            message = f"{_counted(empty)} of no length: given one tick"
            self.report("zero-length-note", message, len(self.body))
            track.length = max([track.length, *(ends[i] for i in empty)])


def _counted(notes: list[int]) -> str:
    return "1 note is" if len(notes) == 1 else f"{len(notes)} notes are"


def _quantity(body: bytes, at: int) -> tuple[int, int]:
    """A variable-length quantity (at most four bytes, seven bits each) and where it ends."""
    value = 0
    for i in range(at, at + 4):
        byte = body[i]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, i + 1
    raise _Damage(at, "a number of more than four bytes")


def _text(payload: bytes) -> str:
    """Text as UTF-8 or, since the standard names no encoding, Latin-1; no control characters."""
    try:
        text = payload[:400].decode()
    except UnicodeDecodeError:
        text = payload[:400].decode("latin-1")
    return "".join(c if c.isprintable() else " " for c in text).strip()
