"""Where each event of a track begins: bytes to positions, nothing understood yet.

Almost all of a track is a chain of messages with two data bytes (notes, controllers, bends):

    delta time (1 to 4 bytes)   [status]   data   data

NumPy works out for *every* byte where the next event would begin if such a message began here;
following these jumps then costs a list look-up an event. All else, and all that is wrong, is
walked one by one. Pure Python on purpose: no native code sees a stranger's file.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["Segments", "walk"]

Ints = NDArray[np.int64]

META, END_OF_TRACK = 0xFF, 0x2F
#: Bytes after a system message that files must not hold but some do (F1 … FE, but for F7).
_SYSTEM_LENGTHS = {0xF1: 1, 0xF2: 2, 0xF3: 1}
_PAD = b"\xff" * 8  # so that looking ahead stays inside the array
#: 1 for the status bytes that do not want two data bytes.
_SINGLE = np.array([s >= 0xF0 or s & 0xE0 == 0xC0 for s in range(256)], np.uint8)


@dataclass(slots=True)
class Segments:
    """A track cut into events.

    `ticks` is when each event happens; of those with two data bytes, `pairs` are the indices in
    it, `status`, `first` and `second` their bytes, all int64 of one length. `programs` are
    (index, channel, program), `metas` (index, kind, where its payload begins, and ends).
    """

    ticks: Ints
    pairs: Ints
    status: Ints
    first: Ints
    second: Ints
    programs: list[tuple[int, int, int]]
    metas: list[tuple[int, int, int, int]]
    faults: list[tuple[str, str, int]]
    whole: bool


class _Fault(Exception):  # noqa: N818 - it never leaves this module
    """Reading cannot go on: code, message, place."""


@dataclass(slots=True)
class _Table:
    """For each byte of a track, what an event beginning there would look like."""

    bytes: NDArray[np.uint8]  # the track and `_PAD`
    delta: NDArray[np.uint8]  # the length of the delta time, in bytes
    explicit: NDArray[np.uint8]  # 1 where a status byte follows it
    jump: list[int]  # where the event after a whole message of two data bytes begins, or 0


def _table(body: bytes) -> _Table:
    size = len(body)
    data = np.frombuffer(body + _PAD, np.uint8)
    high = data >> 7
    two = high[:size] & high[1 : size + 1]
    three = two & high[2 : size + 2]
    delta = high[:size] + two + three
    at = np.arange(1, size + 1) + delta
    status = data[at]
    explicit = status >> 7
    first = at + explicit
    # Beyond the end lies the pad, whose high bits make a message that is cut off no whole one.
    whole = (high[first] | high[first + 1] | three & high[3 : size + 3] | _SINGLE[status]) ^ 1
    jump = ((first + 2) * whole).tolist()
    jump.append(0)
    return _Table(data, delta + 1, explicit, jump)


@dataclass(slots=True)
class _Walk:
    """The state of walking through one track."""

    body: bytes
    table: _Table
    starts: list[int] = field(default_factory=list)
    special: list[int] = field(default_factory=list)  # indices of what is no message of two bytes
    programs: list[tuple[int, int, int]] = field(default_factory=list)
    metas: list[tuple[int, int, int, int]] = field(default_factory=list)
    faults: list[tuple[str, str, int]] = field(default_factory=list)
    status: int = 0  # the running status, 0 for none
    cancelled: bool = False  # by a system or meta event, after which it must not be used
    ended: bool = False

    def run(self) -> None:
        """From the first to the last event that can be read. Raises `_Fault` or `IndexError`."""
        body, jump, starts = self.body, self.table.jump, self.starts
        at, size = 0, len(body)
        while at < size and not self.ended:
            after = at + int(self.table.delta[at])
            if body[after] < 0x80:
                self._check_running(after)
            chained = body[after] >= 0x80 or self.status & 0xE0 != 0xC0
            if chained and jump[at]:
                self.status, self.cancelled = 0x90, False  # any status of two data bytes
                while following := jump[at]:
                    starts.append(at)
                    at = following
            else:
                starts.append(at)
                self.special.append(len(starts) - 1)
                try:
                    at = self._single(after)
                except (IndexError, _Fault):
                    starts.pop()
                    self.special.pop()
                    raise

    def _check_running(self, at: int) -> None:
        """A data byte stands where a status byte could."""
        if not self.status:
            raise _Fault("damaged", "data without a status byte before it", at)
        if self.cancelled:
            self.cancelled = False
            message = "running status goes on after a system or meta event"
            self.faults.append(("running-status", message, at))

    def _single(self, at: int) -> int:
        """An event that is no whole message of two data bytes; returns where the next begins."""
        byte = self.body[at]
        if byte >= 0xF0:
            self.cancelled = True
            return self._system(byte, at + 1)
        if byte >= 0x80:
            self.status, self.cancelled = byte, False
            at += 1
        data = self.body[at : at + (1 if self.status & 0xE0 == 0xC0 else 2)]
        if any(value >= 0x80 for value in data):
            raise _Fault("damaged", "a status byte where data should be", at)
        if self.status & 0xE0 != 0xC0:
            if len(data) == 2:  # only the delta time can be what is wrong
                raise _Fault("damaged", "a delta time of more than four bytes", at)
            raise IndexError
        if not data:
            raise IndexError
        if self.status & 0xF0 == 0xC0:
            self.programs.append((len(self.starts) - 1, self.status & 15, data[0]))
        return at + 1

    def _system(self, byte: int, at: int) -> int:
        """A system exclusive, meta or other system event."""
        if byte not in (0xF0, 0xF7, META):
            message = f"a message {byte:#x}, which files must not hold"
            self.faults.append(("system-message", message, at - 1))
            return at + _SYSTEM_LENGTHS.get(byte, 0)
        kind = None
        if byte == META:
            kind = self.body[at]
            at += 1
        length, at = _quantity(self.body, at)
        end = at + length
        if end > len(self.body):
            raise IndexError
        if kind is not None:
            self.metas.append((len(self.starts) - 1, kind, at, end))
            self.ended = kind == END_OF_TRACK
        if self.ended and end < len(self.body):
            message = f"{len(self.body) - end} bytes after the end of the track"
            self.faults.append(("trailing-bytes", message, end))
        return end

    def segments(self, *, whole: bool) -> Segments:
        """The positions found, read as numbers."""
        table = self.table
        starts = np.array(self.starts, np.int64)
        delta = table.delta[starts]
        regular = np.ones(len(starts), bool)
        regular[self.special] = False
        pairs = np.flatnonzero(regular)
        explicit = table.explicit[starts[pairs]]
        first = starts[pairs] + delta[pairs] + explicit
        if explicit.all():
            status = table.bytes[first - 1]
        else:  # each message has the status of the last one that states it
            stated = np.maximum.accumulate(np.where(explicit, np.arange(len(first)), 0))
            status = table.bytes[first[stated] - 1]
        return Segments(
            np.cumsum(_deltas(table.bytes, starts, delta)), pairs, status.astype(np.int64),
            table.bytes[first].astype(np.int64), table.bytes[first + 1].astype(np.int64),
            self.programs, self.metas, self.faults, whole,
        )  # fmt: skip


def _deltas(data: NDArray[np.uint8], starts: Ints, lengths: NDArray[np.uint8]) -> Ints:
    """The values of the delta times: seven bits a byte, the high ones first."""
    values: Ints = data[starts].astype(np.int64) & 0x7F
    for i in range(1, int(lengths.max(initial=1))):
        longer = lengths > i
        values[longer] = values[longer] << 7 | data[starts[longer] + i] & 0x7F
    return values


def walk(body: bytes) -> Segments:
    """Cut the events of a track apart: all that are whole, and what was wrong."""
    walked = _Walk(body, _table(body))
    try:
        walked.run()
    except IndexError:
        message = "the track ends in the middle of an event"
        walked.faults.append(("truncated", message, len(body)))
        return walked.segments(whole=False)
    except _Fault as fault:
        code, message, at = fault.args
        walked.faults.append((code, f"{message}; the rest of the track is left out", at))
        return walked.segments(whole=False)
    return walked.segments(whole=walked.ended)


def _quantity(body: bytes, at: int) -> tuple[int, int]:
    """A variable-length quantity (at most four bytes, seven bits each) and where it ends."""
    value = 0
    for i in range(at, at + 4):
        byte = body[i]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, i + 1
    raise _Fault("damaged", "a length of more than four bytes", at)
