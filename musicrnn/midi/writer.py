"""`Score` → a Standard MIDI File, the same bytes each time.

Source: Standard MIDI Files 1.0 (RP-001) and General MIDI 1. A file of format 1: the first track
conducts (title, tempo, metre, key), each part has a track of its own.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from musicrnn.errors import RenderError
from musicrnn.score import Key, Meter, Part, Score

if TYPE_CHECKING:
    import mido

__all__ = ["to_midi"]

#: Channel 10 (counted from 0: 9) belongs to percussion in General MIDI.
DRUM_CHANNEL = 9
_MELODIC_CHANNELS = tuple(channel for channel in range(16) if channel != DRUM_CHANNEL)

#: Divides evenly by everything common notation uses down to a triplet of 64ths.
_COMMON_TICKS = 480
_MOST_TICKS = 0x7FFF  # the division field has 15 bits
_MOST_TEMPO = 0xFFFFFF  # microseconds a quarter note: 24 bits
_MOST_DELTA = 0x0FFFFFFF  # a variable-length quantity has 28 bits

#: Modes whose third is minor; a MIDI key event knows only major and minor.
_MINOR_MODES = frozenset({"minor", "aeolian", "dorian", "phrygian", "locrian"})

#: At one moment: what ends stands before what is set, and that before what begins.
_OFF, _SET, _ON = range(3)


def to_midi(score: Score) -> bytes:
    """A Standard MIDI File (format 1) of the score.

    The division is chosen so that every onset is exact where 15 bits allow it. Chord symbols are
    written as text events. Raises RenderError when a note cannot be written.
    """
    import mido

    ticks = _ticks_per_quarter(score)
    file = mido.MidiFile(type=1, ticks_per_beat=ticks)
    end = round(score.length * ticks)
    file.tracks.append(_track(_conducting(score, ticks), end))
    channels = _channels(score.parts)
    for index, part in enumerate(score.parts):
        file.tracks.append(_track(_playing(score, index, part, channels[index], ticks), end))
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


def _ticks_per_quarter(score: Score) -> int:
    """The least multiple of 480, or else any number in 15 bits, that makes all times whole."""
    times: Iterable[Fraction] = (
        time for note in score.notes for time in (note.onset, note.duration)
    )
    exact = math.lcm(*{time.denominator for time in times})
    common = math.lcm(exact, _COMMON_TICKS)
    if common <= _MOST_TICKS:
        return common
    return exact if exact <= _MOST_TICKS else _MOST_TICKS // _COMMON_TICKS * _COMMON_TICKS


def _channels(parts: tuple[Part, ...]) -> list[int]:
    """A channel for each part: its own while there are enough, else one for each program."""
    melodic = [index for index, part in enumerate(parts) if not part.drums]
    if len(melodic) <= len(_MELODIC_CHANNELS):
        own = dict(zip(melodic, _MELODIC_CHANNELS, strict=False))
        return [own.get(index, DRUM_CHANNEL) for index in range(len(parts))]
    programs = sorted({parts[index].program for index in melodic})
    if len(programs) > len(_MELODIC_CHANNELS):
        raise RenderError(
            f"the score has {len(programs)} instruments besides drums; MIDI holds "
            f"{len(_MELODIC_CHANNELS)}: give several parts one instrument"
        )
    shared = dict(zip(programs, _MELODIC_CHANNELS, strict=False))
    return [DRUM_CHANNEL if part.drums else shared[part.program] for part in parts]


def _conducting(score: Score, ticks: int) -> Iterator[tuple[int, int, Any]]:
    """The events of the first track as (tick, rank, message)."""
    import mido

    if score.title:
        yield 0, _SET, mido.MetaMessage("track_name", name=_latin(score.title))
    for tempo in score.tempos:
        microseconds = min(max(round(60_000_000 / tempo.qpm), 1), _MOST_TEMPO)
        yield round(tempo.onset * ticks), _SET, mido.MetaMessage("set_tempo", tempo=microseconds)
    for change in score.meters:
        if change.meter is not None and _writable(change.meter):
            event = mido.MetaMessage(
                "time_signature",
                numerator=change.meter.numerator,
                denominator=change.meter.denominator,
                clocks_per_click=min(max(round(24 * change.meter.beat), 1), 255),
            )
            yield round(change.onset * ticks), _SET, event
    for keyed in score.keys:
        name = _key_name(keyed.key)
        if name is not None:
            event = mido.MetaMessage("key_signature", key=name)
            yield round(keyed.onset * ticks), _SET, event
    for chord in score.chords:
        event = mido.MetaMessage("text", text=_latin(chord.text))
        yield round(chord.onset * ticks), _SET, event


def _writable(meter: Meter) -> bool:
    """Whether a MIDI metre event can hold it: one byte over a power of two."""
    return meter.numerator <= 255 and meter.denominator & (meter.denominator - 1) == 0


def _key_name(key: Key) -> str | None:
    """The name mido wants for the signature; None past seven sharps or flats."""
    if not -7 <= key.fifths <= 7:
        return None
    minor = key.mode in _MINOR_MODES
    return Key.of_signature(key.fifths, minor=minor).tonic + "m" * minor


def _playing(
    score: Score, index: int, part: Part, channel: int, ticks: int
) -> Iterator[tuple[int, int, Any]]:
    """The events of one part's track as (tick, rank, message)."""
    import mido

    if part.name:
        yield 0, _SET, mido.MetaMessage("track_name", name=_latin(part.name))
    yield 0, _SET, mido.Message("program_change", program=part.program, channel=channel)
    for note in score.notes:
        if note.part != index:
            continue
        if not (0 <= note.pitch <= 127 and 1 <= note.velocity <= 127 and note.onset >= 0):
            raise RenderError(
                f"a note that MIDI cannot hold: pitch {note.pitch}, onset {note.onset}"
            )
        start = round(note.onset * ticks)
        stop = max(round(note.end * ticks), start + 1)
        # A note-off at full length next to a note-on of the same pitch keeps its order by rank.
        yield start, _ON, _note("note_on", channel, note.pitch, note.velocity)
        yield stop, _OFF, _note("note_off", channel, note.pitch, 0)


def _note(kind: str, channel: int, pitch: int, velocity: int) -> mido.Message:
    import mido

    return mido.Message(kind, channel=channel, note=pitch, velocity=velocity)


def _track(events: Iterable[tuple[int, int, Any]], end: int) -> mido.MidiTrack:
    """A track from events in any order: sorted by tick and rank, absolute ticks made deltas."""
    import mido

    track = mido.MidiTrack()
    now = 0
    for tick, _, message in sorted(events, key=lambda event: event[:2]):
        if tick - now > _MOST_DELTA:
            raise RenderError("the score has a rest too long for a MIDI file")
        track.append(message.copy(time=tick - now))
        now = tick
    track.append(mido.MetaMessage("end_of_track", time=max(end - now, 0)))
    return track


def _latin(text: str) -> str:
    """Text that a MIDI text event can hold (Latin-1, which is what mido writes)."""
    return text.encode("latin-1", "replace").decode("latin-1")
