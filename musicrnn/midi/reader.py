"""From the bytes of any MIDI file to a `Score`, or a `MidiError` that says why not.

`load` gives the file as it is, in integer ticks: what the tokenizers of large collections use.
`read` makes the exact `Score` that everything else works with.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from musicrnn.errors import MidiError
from musicrnn.midi import chunks, events
from musicrnn.midi.diagnostics import NOT_KEPT, Diagnostic
from musicrnn.midi.lyrics import chords, lyrics, unread_texts
from musicrnn.midi.microtones import microtones
from musicrnn.midi.tracks import BEND, LINE_SHIFT, Track
from musicrnn.score import (
    ChordSymbol,
    ControlChange,
    Key,
    KeyChange,
    Lyric,
    Meter,
    MeterChange,
    Note,
    Part,
    PitchBend,
    Score,
    TempoChange,
)

__all__ = ["MAX_QUARTERS", "MidiFile", "check", "load", "read", "read_with_warnings"]

#: The longest piece that is read, in quarter notes: some 14 hours at the default tempo. What
#: works on a grid of steps may count on it.
MAX_QUARTERS = 100_000

_DRUMS = 9  # the tenth channel
#: Controllers of a channel are those of each of its parts; no music needs more than this in all.
MAX_CONTROLS = 4_000_000


@dataclass(frozen=True, slots=True)
class MidiFile:
    """A MIDI file as it stands: tracks of events in ticks.

    `tick` is the length of a tick in quarter notes (exact); `starts` the tick at which each
    track begins: 0, but in type 2 files, whose tracks are patterns that follow one another.
    """

    format: int
    tick: Fraction
    tracks: tuple[Track, ...]
    starts: tuple[int, ...]
    warnings: tuple[Diagnostic, ...] = ()
    file: str | None = None

    def score(self) -> Score:
        """The file as a `Score`: a part for each track, channel and program that plays notes."""
        return _score(self)


def load(source: str | os.PathLike[str] | bytes, *, strict: bool = False) -> MidiFile:
    """Read a MIDI file (a path, or its bytes) in ticks.

    Raises `MidiError` for what cannot be read, is past the limits (`chunks.MAX_BYTES`,
    `events.MAX_NOTES`, `MAX_QUARTERS`) or, if `strict`, is damaged; `OSError` for a path that
    cannot be opened.
    """
    data, file = chunks.read_bytes(source)
    diagnostics: list[Diagnostic] = []
    report = chunks.reporter(diagnostics, file, strict)
    header, parts = chunks.split(data, report, file)
    if header.format == 0 and len(parts) > 1:
        message = f"a file of type 0 with {len(parts)} tracks: read as type 1"
        report("type-0-tracks", message, None, None)
    per_tick, quarters = header.tick.as_integer_ratio()
    limit = MAX_QUARTERS * quarters // per_tick
    try:
        bar = max(1, 4 * quarters // per_tick)
        tracks = events.parse(data, parts, report, max_ticks=limit, bar=bar)
    except MidiError as error:
        raise MidiError(error.message, file=file, byte=error.byte) from None
    _report_file(header, tracks, report)
    starts = [0] * len(tracks)
    if header.format == 2:
        for i in range(1, len(tracks)):
            starts[i] = starts[i - 1] + tracks[i - 1].length
        if starts[-1] + tracks[-1].length > limit:
            raise MidiError(f"longer than {MAX_QUARTERS:,} quarter notes, the limit", file=file)
    return MidiFile(header.format, header.tick, tracks, tuple(starts), tuple(diagnostics), file)


def _report_file(header: chunks.Header, tracks: tuple[Track, ...], report: chunks.Report) -> None:
    """Report what concerns the file as a whole; drop tempos that have no meaning."""
    if header.format == 2 and len(tracks) > 1:
        report("type-2", f"{len(tracks)} patterns are read one after the other", None, None)
    if header.frames:
        report("smpte", "timed in frames: read at 120 quarters a minute", None, None)
        for number, track in enumerate(tracks, 1):
            if track.tempos:
                report("smpte-tempo", "a tempo has no meaning in frames: left out", None, number)
                track.tempos.clear()
    if not any(len(track.onsets) for track in tracks):
        report("no-notes", "there is no note in the file", None, None)
    for track_number, texts in unread_texts(tracks):
        report("not-kept", NOT_KEPT + texts, None, track_number + 1)


def read(source: str | os.PathLike[str] | bytes, *, strict: bool = False) -> Score:
    """The `Score` of a MIDI file (a path, or its bytes). Raises as `load` does."""
    return load(source, strict=strict).score()


def read_with_warnings(
    source: str | os.PathLike[str] | bytes, *, strict: bool = False
) -> tuple[Score, tuple[Diagnostic, ...]]:
    """The `Score`, and what was odd about the file. Raises as `load` does."""
    loaded = load(source, strict=strict)
    return loaded.score(), loaded.warnings


def check(source: str | os.PathLike[str] | bytes) -> list[Diagnostic]:
    """Everything that is wrong or odd with a MIDI file, an unreadable one included."""
    try:
        return list(load(source).warnings)
    except MidiError as error:
        return [Diagnostic("unreadable", error.message, error.byte, None, error.file)]


# --- ticks to score -------------------------------------------------------------------------


class _Time(dict[int, Fraction]):
    """Ticks → quarter notes; each fraction is made once, which is most of the work saved."""

    def __init__(self, tick: Fraction) -> None:
        self.tick = tick

    def __missing__(self, ticks: int) -> Fraction:
        time = self[ticks] = ticks * self.tick
        return time


def _score(midi: MidiFile) -> Score:
    time = _Time(midi.tick)
    parts, notes, lines = _notes(midi, time)
    controls, bends = _controls(midi, time, lines)
    parts, notes, lines, controls, bends = microtones(parts, notes, lines, controls, bends)
    tempos = _merged(midi, [track.tempos for track in midi.tracks])
    meters = _merged(midi, [track.meters for track in midi.tracks])
    keys = _merged(midi, [track.keys for track in midi.tracks])
    length = max(start + t.length for start, t in zip(midi.starts, midi.tracks, strict=True))
    return Score(
        notes=notes,
        parts=parts or (Part(),),
        tempos=tuple(TempoChange(time[at], _qpm(tempo)) for at, (tempo,) in tempos),
        meters=tuple(MeterChange(time[at], Meter(*meter)) for at, meter in meters),
        keys=tuple(
            KeyChange(time[at], Key.of_signature(sharps, minor=bool(minor)))
            for at, (sharps, minor) in keys
        ),
        chords=tuple(ChordSymbol(time[at], text) for at, text in chords(midi.tracks, midi.starts)),
        title=midi.tracks[0].name,
        length=time[length],
        controls=controls,
        bends=bends,
        lyrics=tuple(
            Lyric(time[at], text, part)
            for at, text, part in lyrics(midi.tracks, midi.starts, [track for track, _ in lines])
        ),
    )


def _notes(
    midi: MidiFile, time: _Time
) -> tuple[tuple[Part, ...], tuple[Note, ...], list[tuple[int, int]]]:
    """Parts in order of track and first note, the notes in the order of `Note`, and the track
    and line of each part."""
    parts: list[Part] = []
    lines: list[tuple[int, int]] = []
    rows: list[tuple[int, int, int, int, int]] = []
    for i, (track, start) in enumerate(zip(midi.tracks, midi.starts, strict=True)):
        voices, first, number = np.unique(track.voices, return_index=True, return_inverse=True)
        order = np.argsort(first)
        parts_of = len(parts) + np.argsort(order)
        for voice in voices[order].tolist():
            line = voice >> LINE_SHIFT
            bank = voice >> 7 & 0x3FFF
            drums = line & 15 == _DRUMS
            parts.append(Part(track.name, voice & 127, drums, bank, i + 1, (line & 15) + 1))
            lines.append((i, line))
        columns = (
            track.onsets + start, track.pitches, track.ends - track.onsets, track.velocities,
            parts_of[number],
        )  # fmt: skip
        rows += zip(*(column.tolist() for column in columns), strict=True)
    rows.sort()
    notes = tuple(
        Note(time[onset], pitch, time[duration], velocity, part)
        for onset, pitch, duration, velocity, part in rows
    )
    return tuple(parts), notes, lines


def _controls(
    midi: MidiFile, time: _Time, lines: Sequence[tuple[int, int]]
) -> tuple[tuple[ControlChange, ...], tuple[PitchBend, ...]]:
    """Controllers and bends, those of a line given to each part that plays on it."""
    parts: dict[int, list[int]] = {}
    for part, (_, line) in enumerate(lines):
        parts.setdefault(line, []).append(part)
    tables = [
        track.controls + np.array([0, start, 0, 0])
        for track, start in zip(midi.tracks, midi.starts, strict=True)
    ]
    table = np.concatenate(tables)
    table = table[np.argsort(table[:, 1], kind="stable")]
    counts = np.bincount(table[:, 0], minlength=1).tolist()
    if sum(counts[line] * len(of) for line, of in parts.items() if line < len(counts)) > (
        MAX_CONTROLS
    ):
        raise MidiError(f"more than {MAX_CONTROLS:,} controllers, the limit", file=midi.file)
    controls: list[ControlChange] = []
    bends: list[PitchBend] = []
    for line, tick, number, value in table.tolist():
        for part in parts.get(line, ()):
            if number == BEND:
                bends.append(PitchBend(time[tick], value, part))
            else:
                controls.append(ControlChange(time[tick], number, value, part))
    return tuple(controls), tuple(bends)


def _merged(
    midi: MidiFile, lists: Iterable[Iterable[tuple[int, ...]]]
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Changes of all tracks in time order: the last one of a tick, and only real changes."""
    last: dict[int, tuple[int, ...]] = {}
    for start, changes in zip(midi.starts, lists, strict=True):
        for tick, *value in changes:
            last[start + tick] = tuple(value)
    before = None
    for tick in sorted(last):
        if last[tick] != before:
            before = last[tick]
            yield tick, before


def _qpm(tempo: int) -> Fraction:
    """Quarter notes a minute. A file holds whole microseconds a quarter, so the simplest number
    that would have been written as this one, rounded or cut off, is meant: 666,667 is 90, and so
    is 666,666, not 89.99996."""
    exact = Fraction(60_000_000, tempo)
    simple = exact.limit_denominator(12)
    return simple if simple and abs(60_000_000 / simple - tempo) < 1 else exact
