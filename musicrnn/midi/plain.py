"""Short files in which nothing is odd, read event by event.

The general way (`events`) costs some two hundred calls of NumPy whatever the length, which is most
of the time of a file of a few hundred notes. Here is one loop for what nearly every written file
holds: notes that are struck and released, programs, banks, controllers, bends and meta events.
Whatever else occurs (a fault, a note that is never released, a message that releases a channel, a
program that another track sets) ends it, and the file is read the general way, which so stays the
only one that judges. What both read is the same (`tests/midi/test_plain.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from struct import pack

import numpy as np

from musicrnn.encodings import is_utf8
from musicrnn.midi.chunks import Chunk
from musicrnn.midi.tracks import (
    BANKS,
    BEND,
    END_OF_TRACK,
    IGNORED,
    LINE_SHIFT,
    NAMES,
    NOTES_OFF,
    PORT,
    Track,
)

__all__ = ["MOST_BYTES", "read_plain"]

#: Longer files are read faster all events at once.
MOST_BYTES = 1 << 13

_META = 0xFF
#: Of each status byte of notes, what a channel sounds like before its first program change.
_VOICES = [(status & 15) << LINE_SHIFT for status in range(0xA0)]


class _Odd(Exception):  # noqa: N818 - it never leaves this module
    """Something that is not plain."""


def read_plain(data: bytes, chunks: Sequence[Chunk]) -> list[Track] | None:
    """The tracks in `chunks` of a file, or None where something in one of them is not plain."""
    tracks: list[Track] = []
    of_tracks: list[_Channels] = []
    try:
        for chunk in chunks:
            track, following = Track(), iter(data[chunk.start : chunk.end])
            of_tracks.append(_read(track, following))
            if next(following, None) is not None:  # something after the end event
                return None
            tracks.append(track)
    except (_Odd, StopIteration):
        return None
    for here in of_tracks:
        for there in of_tracks if here.programmed else ():
            shared = here.programmed & (there.programmed | there.played)
            if shared and there is not here:
                return None
    return tracks


class _Channels:
    """What one track says of its channels beside notes."""

    __slots__ = ("_banks", "controls", "played", "programmed", "voice")

    def __init__(self) -> None:
        #: of each status byte of notes, the voice that its channel sounds with
        self.voice = _VOICES.copy()
        self.controls: list[tuple[int, int, int, int]] = []
        self.programmed: set[int] = set()  # where a bank or a program is set
        self.played: set[int] = set()
        self._banks: dict[int, int] = {}

    def hear(self, status: int, first: int, tick: int, following: Iterator[int]) -> None:
        """A message that is no note, whose first data byte is read."""
        channel, kind = status & 15, status & 0xF0
        if first >= 0x80:
            raise _Odd
        if kind == 0xC0:
            self.programmed.add(channel)
            voice = channel << LINE_SHIFT | self._banks.get(channel, 0) << 7 | first
            self.voice[0x80 | channel] = self.voice[0x90 | channel] = voice
            return
        second = next(following)
        if second >= 0x80:
            raise _Odd
        if kind == 0xE0:
            self.controls.append((channel, tick, BEND, (second << 7 | first) - 8192))
        elif kind != 0xB0 or first in NOTES_OFF:
            raise _Odd
        elif first in BANKS:
            self.programmed.add(channel)
            high, low = divmod(self._banks.get(channel, 0), 128)
            self._banks[channel] = second << 7 | low if first == BANKS[0] else high << 7 | second
        elif first not in IGNORED:
            self.controls.append((channel, tick, first, second))


def _read(track: Track, following: Iterator[int]) -> _Channels:  # noqa: PLR0915 - calls cost as much
    """Fill in a track from its bytes. Raises `_Odd`, and `StopIteration` where bytes are short."""
    channels = _Channels()
    voice = channels.voice
    columns: tuple[list[int], ...] = ([], [], [], [], [])
    onsets, ends, pitches, velocities, voices = columns
    # Of each status byte of notes: which note sounds on each key, -1 for none.
    sounding: list[list[int] | None] = [None] * 256
    keys: list[int] | None = None  # those of the status that holds
    # Of a channel and a key: the notes struck on it while another sounds, which ends first.
    waiting: dict[tuple[int, int], list[int]] = {}
    tick = status = 0
    for byte in following:
        if byte < 0x80:
            tick += byte
        else:
            after = next(following)
            tick += (byte << 7) + after - 0x4000 if after < 0x80 else _long(byte, after, following)
        first = next(following)
        if first >= 0x80:
            status = first
            keys = sounding[status]
            if keys is None:
                if status == _META:
                    if _ends(track, tick, following):
                        _keep(track, tick, columns, channels)
                        return channels
                    status = 0
                    continue
                if status < 0xA0:
                    keys = sounding[status] = sounding[status ^ 0x10] = [-1] * 128
                    channels.played.add(status & 15)
            first = next(following)
        if keys is None:
            channels.hear(status, first, tick, following)
            continue
        second = next(following)
        if first >= 0x80 or second >= 0x80:
            raise _Odd
        note = keys[first]
        if second and status >= 0x90:
            if note < 0:
                keys[first] = len(onsets)
            else:
                waiting.setdefault((status & 15, first), []).append(len(onsets))
            onsets.append(tick)
            ends.append(-1)
            pitches.append(first)
            velocities.append(second)
            voices.append(voice[status])
        else:
            if note < 0:
                raise _Odd
            ends[note] = tick
            queue = waiting.get((status & 15, first)) if waiting else None
            keys[first] = queue.pop(0) if queue else -1
    raise _Odd  # there is no end event


def _keep(track: Track, length: int, columns: Sequence[list[int]], channels: _Channels) -> None:
    """Give a track its length, its columns of notes and its controllers."""
    track.length = length
    if channels.controls:
        track.controls = np.array(channels.controls, np.int64)
    count = len(columns[0])
    if not count:
        return
    if -1 in columns[1]:
        raise _Odd  # a note is never released
    packed = bytearray(pack(f"{5 * count}q", *chain.from_iterable(columns)))
    table = np.frombuffer(packed, np.int64).reshape(5, count)
    if (table[0] == table[1]).any():
        raise _Odd  # a note has no length
    track.onsets, track.ends, track.pitches, track.velocities, track.voices = table


def _long(byte: int, after: int, following: Iterator[int]) -> int:
    """A delta time of three or four bytes of which two are read."""
    time = (byte & 0x7F) << 7 | after & 0x7F
    third = next(following)
    if third < 0x80:
        return time << 7 | third
    last = next(following)
    if last >= 0x80:
        raise _Odd
    return (time << 7 | third & 0x7F) << 7 | last


def _ends(track: Track, tick: int, following: Iterator[int]) -> bool:
    """Read a meta event, whose status byte is read. Returns whether it is the end of the track."""
    kind, length = next(following), next(following)
    payload = bytes(islice(following, length))
    if length >= 0x80 or len(payload) < length or kind == PORT:
        raise _Odd
    if kind == END_OF_TRACK:
        return True
    if kind in NAMES and not is_utf8(payload):
        raise _Odd
    if track.add_meta(tick, kind, payload, "utf-8"):
        raise _Odd
    return False
