"""`Score` → a Standard MIDI File, the same bytes each time.

Source: Standard MIDI Files 1.0 (RP-001) and General MIDI 1. A file of format 1: the first track
conducts (title, tempo, metre, key), each part has a track of its own. Text is UTF-8, for which
the standard leaves room; who plays on which channel is `channels`' to say.
"""

from __future__ import annotations

import io
import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from musicrnn.errors import RenderError, want
from musicrnn.midi.channels import Lane, Turn, bend_range, lanes
from musicrnn.score import Key, Meter, Part, Score

if TYPE_CHECKING:
    import mido

__all__ = ["to_midi"]

#: Divides evenly by everything common notation uses down to a triplet of 64ths.
_COMMON_TICKS = 480
_MOST_TICKS = 0x7FFF  # the division field has 15 bits
_MOST_TEMPO = 0xFFFFFF  # microseconds a quarter note: 24 bits
_MOST_DELTA = 0x0FFFFFFF  # a variable-length quantity has 28 bits

#: Modes whose third is minor; a MIDI key event knows only major and minor.

#: At one moment: what ends stands before what is set, and that before what begins.
_OFF, _SET, _ON = range(3)


def to_midi(score: Score) -> bytes:
    """A Standard MIDI File (format 1) of the score.

    The division is chosen so that every onset is exact where 15 bits allow it. Chord symbols are
    written as text events. Raises RenderError when a note cannot be written.
    """
    want(score, Score, "to_midi wants a Score")
    import mido

    ticks = _ticks_per_quarter(score)
    file = mido.MidiFile(type=1, ticks_per_beat=ticks, charset="utf-8")
    end = round(score.length * ticks)
    file.tracks.append(_track(_conducting(score, ticks), end))
    plan = lanes(score)
    ports = 1 + max(turn.port for lane in plan for turn in lane.turns)
    for index in range(len(score.parts)):
        own = [lane for lane in plan if lane.part == index]
        for port in sorted({lane.turns[0].port for lane in own}):
            there = [lane for lane in own if lane.turns[0].port == port]
            file.tracks.append(_track(_playing(score, index, there, ticks, ports=ports), end))
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


def _ticks_per_quarter(score: Score) -> int:
    """The least multiple of 480, or else any number in 15 bits, that makes all times whole."""
    exact = math.lcm(*{t.denominator for note in score.notes for t in (note.onset, note.duration)})
    others = (change.onset for changes in (score.controls, score.bends) for change in changes)
    wished = math.lcm(exact, _COMMON_TICKS, *{time.denominator for time in others})
    if wished <= _MOST_TICKS:
        return wished
    common = math.lcm(exact, _COMMON_TICKS)
    if common <= _MOST_TICKS:
        return common
    return exact if exact <= _MOST_TICKS else _MOST_TICKS // _COMMON_TICKS * _COMMON_TICKS


def _conducting(score: Score, ticks: int) -> Iterator[tuple[int, int, Any]]:
    """The events of the first track as (tick, rank, message)."""
    import mido

    if score.title:
        yield 0, _SET, mido.MetaMessage("track_name", name=_text(score.title))
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
        event = mido.MetaMessage("text", text=_text(chord.text))
        yield round(chord.onset * ticks), _SET, event


def _writable(meter: Meter) -> bool:
    """Whether a MIDI metre event can hold it: one byte over a power of two."""
    return meter.numerator <= 255 and meter.denominator & (meter.denominator - 1) == 0


def _key_name(key: Key) -> str | None:
    """The name mido wants for the signature; None past seven sharps or flats."""
    if not -7 <= key.fifths <= 7:
        return None
    return Key.of_signature(key.fifths, minor=key.minor).tonic + "m" * key.minor


def _playing(
    score: Score, index: int, own: Sequence[Lane], ticks: int, *, ports: int
) -> Iterator[tuple[int, int, Any]]:
    """The events of one part's track as (tick, rank, message)."""
    import mido

    if score.parts[index].name:
        yield 0, _SET, mido.MetaMessage("track_name", name=_text(score.parts[index].name))
    if ports > 1:
        yield 0, _SET, mido.MetaMessage("midi_port", port=own[0].turns[0].port)
    for lyric in score.lyrics:
        if lyric.part == index:
            event = mido.MetaMessage("lyrics", text=_text(lyric.text))
            yield round(lyric.onset * ticks), _SET, event
    for lane in own:
        for turn, until in zip(lane.turns, [*lane.turns[1:], None], strict=True):
            if lane.leads:
                yield from _setting(score.parts[index], lane, turn, until, ticks)
        yield from _notes(lane, ticks)


def _setting(
    part: Part, lane: Lane, turn: Turn, until: Turn | None, ticks: int
) -> Iterator[tuple[int, int, Any]]:
    """Bank, program, controllers and pitch wheel of a lane while it has a channel."""
    import mido

    channel, start = turn.channel, round(turn.onset * ticks)

    def control(tick: int, number: int, value: int) -> tuple[int, int, Any]:
        event = mido.Message("control_change", control=number, value=value, channel=channel)
        return tick, _SET, event

    if len(lane.turns) > 1:
        yield control(start, 121, 0)  # the controllers of who played here before
    if part.bank:
        yield control(start, 0, part.bank >> 7)
        yield control(start, 32, part.bank & 127)
    yield start, _SET, mido.Message("program_change", program=part.program, channel=channel)
    base = round(lane.cents * 8192 / (100 * bend_range(lane.controls)))
    wheel: list[tuple[Fraction, int]] = [(bend.onset, bend.value) for bend in lane.bends]
    if base or len(lane.turns) > 1:
        wheel.insert(0, (Fraction(0), 0))
    # What was set before the turn is set again at its beginning, in the order it was set.
    state = {c.number: c for c in lane.controls if c.onset < turn.onset}
    later = [c for c in lane.controls if c.onset >= turn.onset]
    for change in [*sorted(state.values(), key=lambda c: c.onset), *later]:
        if until is None or change.onset < until.onset:
            yield control(max(round(change.onset * ticks), start), change.number, change.value)
    before = [value for onset, value in wheel if onset <= turn.onset][-1:]
    bends = [(turn.onset, value) for value in before]
    bends += [(onset, value) for onset, value in wheel if onset > turn.onset]
    for onset, value in bends:
        if until is None or onset < until.onset:
            bent = min(max(value + base, -8192), 8191)
            event = mido.Message("pitchwheel", pitch=bent, channel=channel)
            yield round(onset * ticks), _SET, event


def _notes(lane: Lane, ticks: int) -> Iterator[tuple[int, int, Any]]:
    """Note-ons and note-offs, each on the channel that the lane has at that time."""
    onsets = [turn.onset for turn in lane.turns]
    for note in lane.notes:
        if not (0 <= note.pitch <= 127 and 1 <= note.velocity <= 127 and note.onset >= 0):
            raise RenderError(
                f"a note that MIDI cannot hold: pitch {note.pitch}, onset {note.onset}"
            )
        channel = lane.turns[max(bisect_right(onsets, note.onset) - 1, 0)].channel
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


def _text(text: str) -> str:
    """Text that UTF-8 can hold: all but halves of surrogate pairs."""
    return text.encode("utf-8", "replace").decode("utf-8")
