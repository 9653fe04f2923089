"""The outer structure of a MIDI file: header, division, chunks, limits.

    MThd 00000006 format ntrks division     MTrk length events     MTrk …      (all big-endian)

The rules are those of the *Standard MIDI Files 1.0* specification (RP-001); `.rmi` is the same
file inside a RIFF container (little-endian lengths, chunk ``data``; RP-029).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

from musicrnn.errors import MidiError, want
from musicrnn.files import read_at_most
from musicrnn.midi.diagnostics import Diagnostic

__all__ = ["MAX_BYTES", "Chunk", "Header", "Report", "read_bytes", "split"]

#: The largest file that is read; the largest collections hold files of a few megabytes.
MAX_BYTES = 32 * 1024 * 1024
#: More tracks than this are not music (the standard's field would allow 65,535).
MAX_TRACKS = 4096

#: The most findings of one kind about chunks that are listed.
_MOST_REPORTS = 20

#: Frames a second, by the negative number that the division's high byte holds. −29 is "30 drop":
#: NTSC's 30000/1001 frames.
_FRAME_RATES = {
    -24: Fraction(24),
    -25: Fraction(25),
    -29: Fraction(30000, 1001),
    -30: Fraction(30),
}
#: A file timed in frames has no tempo. It is read at the default one, 120, so that one second
#: lasts two quarters and the score's clock gives back the true seconds.
_QUARTERS_A_SECOND = 2
#: The last event of a track, without its time.
_END_OF_TRACK = b"\xff\x2f\x00"

#: code, message, byte, track: notes what was odd, or raises it when reading strictly
Report = Callable[[str, str, int | None, int | None], None]


@dataclass(frozen=True, slots=True)
class Header:
    """`format` 0, 1 or 2; the announced number of `tracks`; one tick in quarter notes."""

    format: int
    tracks: int
    tick: Fraction
    frames: bool  # division in SMPTE frames: tempo events have no meaning


@dataclass(frozen=True, slots=True)
class Chunk:
    """One track chunk: its events are the bytes of the file from `start` up to `end`."""

    start: int
    end: int


def read_bytes(source: str | os.PathLike[str] | bytes) -> tuple[bytes, str | None]:
    """The content and the name to show. Raises `MidiError` past the size limit."""
    want(source, (str, bytes, os.PathLike), "a MIDI file is a path or bytes")
    if isinstance(source, bytes):
        data, name = source, None
    else:
        with open(source, "rb") as file:  # noqa: PTH123 - a path object costs more than to read
            size = os.fstat(file.fileno()).st_size
            data, name = read_at_most(file, MAX_BYTES + 1, expected=size), str(source)
    if len(data) > MAX_BYTES:
        raise MidiError(f"larger than {MAX_BYTES >> 20} MiB, the limit of a MIDI file", file=name)
    if not data:
        raise MidiError("an empty file, not a MIDI file", file=name)
    return data, name


def reporter(diagnostics: list[Diagnostic], file: str | None, strict: bool) -> Report:
    """A `Report` that appends to `found`; when `strict`, a warning is raised as `MidiError`."""

    def report(code: str, message: str, byte: int | None, track: int | None) -> None:
        diagnostic = Diagnostic(code, message, byte, track, file)
        if strict and diagnostic.severity == "warning":
            where = f"track {track}: " if track is not None else ""
            raise MidiError(f"{where}{message}", file=file, byte=byte)
        diagnostics.append(diagnostic)

    return report


def _few(report: Report) -> Report:
    """The same `Report` for the first findings of each code: ten thousand equal ones need no list
    of them."""
    counts: Counter[str] = Counter()

    def report_few(code: str, message: str, byte: int | None, track: int | None) -> None:
        counts[code] += 1
        if counts[code] <= _MOST_REPORTS:
            report(code, message, byte, track)

    return report_few


def split(data: bytes, report: Report, file: str | None = None) -> tuple[Header, list[Chunk]]:
    """Header and track chunks. Raises `MidiError` when there is no usable header or track."""
    start, end = _unwrap(data, report)
    if data[start : start + 8] == b"SMF2CLIP":
        message = "a MIDI 2.0 clip file; save it as a Standard MIDI File (.mid) and give that"
        raise MidiError(message, file=file, byte=start)
    if data[start : start + 4] != b"MThd":
        raise MidiError("not a MIDI file: it does not begin with MThd", file=file, byte=start)
    if end - start < 14:
        raise MidiError("the header is cut short (14 bytes wanted)", file=file, byte=start)
    length = int.from_bytes(data[start + 4 : start + 8], "big")
    if length < 6:
        raise MidiError(f"a header of {length} bytes, 6 wanted", file=file, byte=start + 4)
    if length > 6:
        report("long-header", f"a header of {length} bytes, 6 are known", start + 4, None)
    header = _header(data[start + 8 : start + 14], start + 8, file)
    chunks = list(islice(_tracks(data, start + 8 + length, end, _few(report)), MAX_TRACKS + 1))
    if not chunks:
        raise MidiError("no track (MTrk) in the file", file=file, byte=start)
    if len(chunks) > MAX_TRACKS:
        raise MidiError(f"more than {MAX_TRACKS} tracks, the limit", file=file)
    if len(chunks) != header.tracks:
        message = f"the header announces {header.tracks} tracks, there are {len(chunks)}"
        report("track-count", message, start + 10, None)
    return header, chunks


def _header(fields: bytes, byte: int, file: str | None) -> Header:
    """The six bytes after ``MThd 00000006``."""
    kind = int.from_bytes(fields[0:2], "big")
    tracks = int.from_bytes(fields[2:4], "big")
    division = int.from_bytes(fields[4:6], "big")
    if kind > 2:
        raise MidiError(f"MIDI file type {kind}; there are types 0, 1 and 2", file=file, byte=byte)
    if division == 0:
        raise MidiError("0 ticks a quarter note: there is no time", file=file, byte=byte + 4)
    if division < 0x8000:
        return Header(kind, tracks, Fraction(1, division), frames=False)
    rate, ticks = _FRAME_RATES.get((division >> 8) - 256), division & 0xFF
    if rate is None or ticks == 0:
        message = f"time division {division:#06x} is no frame rate (24, 25, 29.97 or 30)"
        raise MidiError(message, file=file, byte=byte + 4)
    return Header(kind, tracks, _QUARTERS_A_SECOND / (rate * ticks), frames=True)


def _unwrap(data: bytes, report: Report) -> tuple[int, int]:
    """Where the MIDI file begins and ends: the whole, or the ``data`` chunk of a RIFF file."""
    if data[:4] != b"RIFF" or data[8:12] != b"RMID":
        return 0, len(data)
    at = 12
    while at + 8 <= len(data):
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        if data[at : at + 4] == b"data":
            report("riff", "wrapped in a RIFF container (.rmi)", 0, None)
            return at + 8, min(at + 8 + length, len(data))
        at += 8 + length + length % 2  # RIFF chunks are padded to an even length
    return len(data), len(data)


def _is_name(name: bytes) -> bool:
    """Whether four bytes may be the name of a chunk."""
    return name.isalnum() or name.strip().isalnum()


def _true_end(data: bytes, start: int, stop: int, end: int) -> int:
    """Where a track ends that its header lets end at `stop`: earlier, where another track begins
    behind an end event, or later, where its end event stands outside of it."""
    if stop > end or not (stop + 4 > end or _is_name(data[stop : stop + 4])):
        inside = data.find(_END_OF_TRACK + b"MTrk", start, min(stop + 4, end))
        if inside >= 0:
            return inside + len(_END_OF_TRACK)
    if stop + 4 > end or _is_name(data[stop : stop + 4]):
        return min(stop, end)
    if data[start:stop].endswith(_END_OF_TRACK):
        return stop
    following = data.find(b"MTrk", stop, end)
    following = following if following >= 0 else end
    return following if data.find(_END_OF_TRACK, stop, following) >= 0 else stop


def _tracks(data: bytes, at: int, end: int, report: Report) -> Iterator[Chunk]:
    """The track chunks between two offsets; other chunks are skipped, as the standard asks."""
    while at + 8 <= end:
        name, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "big")
        start, at = at + 8, at + 8 + length
        if not _is_name(name) or (name != b"MTrk" and at > end):
            at = data.find(b"MTrk", start - 7, end)
            count = (at if at >= 0 else end) - start + 8
            report("trailing-bytes", f"{count} bytes that are no chunk", start - 8, None)
            if at < 0:
                return
            continue
        if name == b"MTrk" and data[start : start + 4] == b"MTrk":
            report("doubled-header", "the header of the track stands there twice", start, None)
            at = start
            continue
        if name == b"MTrk" and data[start - 4 : start] == b"MTrk":
            report("doubled-header", "the name of the track stands there twice", start - 4, None)
            at = start - 4
            continue
        if name != b"MTrk":
            shown = name.decode("ascii")
            report("foreign-chunk", f"a chunk {shown!r} that is no track", start - 8, None)
            continue
        whole = _true_end(data, start, at, end)
        if whole != min(at, end):
            message = f"a track of {whole - start} bytes whose header says {length}"
            report("track-length", message, start - 4, None)
            at = whole
        elif at > end:
            message = f"a track of {length} bytes of which {end - start} are there"
            report("truncated", message, start - 8, None)
        yield Chunk(start, min(at, end))
    if at < end:
        report("trailing-bytes", f"{end - at} bytes after the last chunk", at, None)
