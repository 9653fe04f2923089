"""Where each event of each track begins: bytes to positions, nothing understood yet.

Almost all of a track is a chain of messages with two data bytes (notes, controllers, bends):

    delta time (1 to 4 bytes)   [status]   data   data

NumPy works out for *every* byte of the file how long such a message would be if it began there;
going on from step to step then costs a look-up an event. All else, and all that is
wrong, is walked one by one. All tracks go through the arrays together, so that a file of many
short tracks costs no more than one of a long one. Pure Python on purpose: no native code sees a
stranger's file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from musicrnn.midi.tracks import END_OF_TRACK

__all__ = ["Segments", "Walk", "segment"]

Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]

META = 0xFF
#: Bytes after a system message that files must not hold but some do (F1 … FE, but for F7).
_SYSTEM_LENGTHS = {0xF1: 1, 0xF2: 2, 0xF3: 1}
#: How many events in a row may have values of 8 bits.
_AHEAD = 4
_PAD = b"\xff" * 8  # so that looking ahead stays inside the array
#: 3, the length of the message, for the status bytes that want two data bytes.
_THREE = bytes(3 * (0x80 <= s < 0xF0 and s & 0xE0 != 0xC0) for s in range(256))
#: How long a step may be at most, and how much is left of a track before its end.
_MOST_STEP = 7
_LEFT = np.arange(_MOST_STEP, 0, -1, dtype=np.uint8)


@dataclass(slots=True)
class _Table:
    """For each byte of the file, what an event beginning there would look like."""

    values: Bytes  # the file and `_PAD`
    delta: bytes  # the length of the delta time
    #: the length of a whole message of two data bytes with its delta time, which ends where the
    #: track does or before, or 0
    step: bytes


@dataclass(slots=True)
class Walk:
    """What a walk through one track collects.

    `starts` is where its events begin; `special` are the indices in it of what is no message of
    two data bytes; `programs` are (index, channel, program), `metas` (index, kind, where its
    payload begins, and ends), `faults` (code, message, byte of the file). `whole` says that the
    track came to its end event.
    """

    starts: list[int] = field(default_factory=list)
    special: list[int] = field(default_factory=list)
    programs: list[tuple[int, int, int]] = field(default_factory=list)
    metas: list[tuple[int, int, int, int]] = field(default_factory=list)
    faults: list[tuple[str, str, int]] = field(default_factory=list)
    whole: bool = False
    #: messages of channel pressure, and system exclusive ones, which are not kept
    pressures: int = 0
    exclusive: int = 0


@dataclass(slots=True)
class Segments:
    """The events of all tracks, one track after the other, int64.

    `ticks` is when each event happens, counted from its track's start, and `bounds` (one more than
    tracks) where each track's events begin. Of those with two data bytes, `pairs` are the indices
    in `ticks`, `owner` is the track, `status`, `first` and `second` are the bytes, `kind` is the
    high half of the status, and `counts` is how many there are of each kind from 0 to 15.
    """

    walks: list[Walk]
    bounds: list[int]
    ticks: Ints
    pairs: Ints
    owner: Ints
    status: Ints
    first: Ints
    second: Ints
    kind: Ints
    counts: list[int]


class _Fault(Exception):  # noqa: N818 - it never leaves this module
    """Reading cannot go on: code, message, place."""


def segment(data: bytes, tracks: Sequence[tuple[int, int]]) -> Segments:
    """Cut the tracks of a file, each from a first to a last byte, into events."""
    table = _table(data, tracks)
    values = table.values
    walks: list[Walk] = []
    bounds, begins, special = [0], list[int](), list[int]()
    for start, end in tracks:
        walk = _walk(data, table, start, end)
        walks.append(walk)
        special += [bounds[-1] + i for i in walk.special]
        begins += walk.starts
        bounds.append(len(begins))
    times, after = _deltas(values, np.array(begins, np.int64))
    ticks = times.cumsum()
    for first, last in pairwise(bounds):
        if 0 < first < last:
            ticks[first:last] -= ticks[first] - times[first]
    regular = np.ones(len(begins), bool)
    regular[special] = False
    (pairs,) = regular.nonzero()
    after = after[pairs]
    stated = values[after]
    explicit = stated >> 7
    first_byte = after + explicit
    if not explicit.all():  # each message has the status of the last one that states it
        latest = np.maximum.accumulate(np.where(explicit, np.arange(len(pairs)), 0))
        stated = stated[latest]
    owner = np.zeros(len(pairs), np.int64)
    for track, (first, last) in enumerate(pairwise(pairs.searchsorted(bounds).tolist())):
        owner[first:last] = track
    status = stated.astype(np.int64)
    first_value, second_value = values[first_byte], values[first_byte + 1]
    return Segments(
        walks, bounds, ticks, pairs, owner, status,
        np.minimum(first_value, 127).astype(np.int64),
        np.minimum(second_value, 127).astype(np.int64),
        status >> 4, np.bincount(status >> 4, minlength=16).tolist(),
    )  # fmt: skip


def _table(data: bytes, tracks: Sequence[tuple[int, int]]) -> _Table:
    size = len(data) + 1
    values = np.frombuffer(data + _PAD, np.uint8)
    high = values >> 7
    two = high[:size] & high[1 : size + 1]
    delta = high[:size] + two
    delta += two & high[2 : size + 2]
    delta += 1
    # The message behind a delta time, whose last byte is a low one: two data bytes (a running
    # status) or three. The pad's high bits make a message that is cut off no whole one.
    low = high ^ 1
    both = low[:-1] & low[1:]
    message = both << 1
    message[: size - 1] += np.frombuffer(data.translate(_THREE), np.uint8) * both[1:size]
    message[1:] *= low[:-2]
    step = message[delta + np.arange(size)]
    step += delta * (step > 0)
    for _, end in tracks:
        tail = step[max(end - _MOST_STEP, 0) : end]
        tail *= tail <= _LEFT[-len(tail) :]
        step[end] = 0
    return _Table(values, delta.tobytes(), step.tobytes())


def _deltas(values: Bytes, starts: Ints) -> tuple[Ints, Ints]:
    """The values of the delta times, seven bits a byte, the high ones first; and where they end."""
    byte, after = values[starts], starts + 1
    times = (byte & 0x7F).astype(np.int64)
    (longer,) = (byte > 0x7F).nonzero()
    for _ in range(3):
        if not len(longer):
            break
        byte = values[after[longer]]
        times[longer] = times[longer] << 7 | byte & 0x7F
        after[longer] += 1
        longer = longer[byte > 0x7F]
    return times, after


# --- walking ----------------------------------------------------------------------------------


def _walk(data: bytes, table: _Table, start: int, end: int) -> Walk:
    """One track: all its events that are whole, and what was wrong."""
    walker = _Walker(data, table, end)
    try:
        walker.run(start)
    except IndexError:
        message = "the track ends in the middle of an event"
        walker.walk.faults.append(("truncated", message, end))
    except _Fault as fault:
        code, message, at = fault.args
        message = f"{message}; the rest of the track is left out"
        walker.walk.faults.append((code, message, at))
    return walker.walk


class _Walker:
    """The state of walking through one track; places are those of the file."""

    def __init__(self, data: bytes, table: _Table, end: int) -> None:
        self.table, self.end = table, end
        self.view = memoryview(data)[:end]  # an index past the track's end is an IndexError
        self.walk = Walk()
        self.status = 0  # the running status, 0 for none
        self.cancelled = False  # by a system or meta event, after which it must not be used

    def run(self, at: int) -> None:
        """From `at` to the last event that can be read. Raises `_Fault` or `IndexError`."""
        view, end, walk = self.view, self.end, self.walk
        delta, step = self.table.delta, self.table.step
        append = walk.starts.append
        while at < end and not walk.whole:
            after = at + delta[at]
            byte = view[after]
            if byte < 0x80:
                self._check_running(after)
            length = step[at]
            if length and (byte >= 0x80 or self.status & 0xE0 != 0xC0):
                self.status, self.cancelled = 0x90, False  # any status of two data bytes
                while length:
                    append(at)
                    at += length
                    length = step[at]
                continue
            append(at)
            walk.special.append(len(walk.starts) - 1)
            try:
                at = self._single(after)
            except (IndexError, _Fault):
                walk.starts.pop()
                walk.special.pop()
                raise

    def _check_running(self, at: int) -> None:
        """A data byte stands where a status byte could."""
        if not self.status:
            raise _Fault("damaged", "data without a status byte before it", at)
        if self.cancelled:
            self.cancelled = False
            message = "running status goes on after a system or meta event"
            self.walk.faults.append(("running-status", message, at))

    def _single(self, at: int) -> int:
        """An event that is no whole message of two data bytes; returns where the next begins."""
        byte = self.view[at]
        if byte >= 0xF0:
            self.cancelled = True
            return self._system(byte, at + 1)
        if byte >= 0x80:
            self.status, self.cancelled = byte, False
            at += 1
        wanted = 1 if self.status & 0xE0 == 0xC0 else 2
        data = bytes(self.view[at : at + wanted])
        if len(data) < wanted:
            raise IndexError
        if max(data) >= 0x80:
            return self._clipped(data, at)
        if wanted == 2:  # only the delta time can be what is wrong
            raise _Fault("damaged", "a delta time of more than four bytes", at)
        self._program(data[0])
        return at + 1

    def _program(self, number: int) -> None:
        """Note a program change; channel pressure, the other message of one byte, is counted."""
        if self.status & 0xF0 == 0xC0:
            self.walk.programs.append((len(self.walk.starts) - 1, self.status & 15, number))
        else:
            self.walk.pressures += 1

    def _clipped(self, data: bytes, at: int) -> int:
        """A message with a data byte above 127: read as 127 where an event follows, as one does
        after a value that was written with 8 bits. Raises `_Fault` where none does."""
        after = at + len(data)
        if not self._event_at(after, self.status):
            raise _Fault("damaged", "a status byte where data should be", at)
        message = f"a data byte of {max(data)} is read as 127, the most there is"
        self.walk.faults.append(("clipped", message, at))
        if len(data) == 2:
            self.walk.special.pop()  # `segment` clips the bytes of regular messages
        else:
            self._program(min(data[0], 127))
        return after

    def _event_at(self, at: int, status: int, depth: int = _AHEAD) -> bool:
        """Whether what stands at a place looks like an event, or is the end of the track; `status`
        is the running one. The event may itself have values of 8 bits, `depth` events in a row."""
        if at >= self.end:
            return True
        after = at + self.table.delta[at]
        if after + 1 >= self.end:
            return False
        byte = self.view[after]
        if byte >= 0xF0:
            return byte in (0xF0, 0xF7) or self.view[after + 1] < 0x80
        if byte < 0x80:  # a running status
            if self.table.step[at]:
                return True
        else:
            status, after = byte, after + 1
            if self.view[after] < 0x80:
                return True
        wanted = 1 if status & 0xE0 == 0xC0 else 2
        return depth > 0 and self._event_at(after + wanted, status, depth - 1)

    def _system(self, byte: int, at: int) -> int:
        """A system exclusive, meta or other system event."""
        walk = self.walk
        if byte not in (0xF0, 0xF7, META):
            message = f"a message {byte:#x}, which files must not hold"
            walk.faults.append(("system-message", message, at - 1))
            return at + _SYSTEM_LENGTHS.get(byte, 0)
        kind = None
        if byte == META:
            kind = self.view[at]
            at += 1
        length, at = self._quantity(at)
        stop = at + length
        if stop > self.end:
            raise IndexError
        if kind is not None:
            walk.metas.append((len(walk.starts) - 1, kind, at, stop))
            walk.whole = kind == END_OF_TRACK
        else:
            walk.exclusive += 1
        if walk.whole and stop < self.end:
            message = f"{self.end - stop} bytes after the end of the track"
            walk.faults.append(("trailing-bytes", message, stop))
        return stop

    def _quantity(self, at: int) -> tuple[int, int]:
        """A variable-length quantity (at most four bytes, seven bits each) and where it ends."""
        value = 0
        for i in range(at, at + 4):
            byte = self.view[i]
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value, i + 1
        raise _Fault("damaged", "a length of more than four bytes", at)
