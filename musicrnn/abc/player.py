"""A tune as it sounds: `to_score` plays out repeats and joins ties."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from musicrnn.abc.fields import MeterField
from musicrnn.abc.order import played_order
from musicrnn.abc.reader import read_timeline
from musicrnn.abc.timeline import Change, Event, Timeline, Voice
from musicrnn.abc.tree import Tune
from musicrnn.score import (
    ChordSymbol,
    Key,
    KeyChange,
    MeterChange,
    Note,
    Part,
    Score,
    TempoChange,
)  # fmt: skip

__all__ = ["to_score"]

ZERO: Final = Fraction(0)


def to_score(tune: Tune) -> Score:
    """The notes of a tune in quarter notes, repeats played out, ties joined.

    Raises AbcError where the tune, played out, passes `limits.PLAYED`.
    """
    timeline = read_timeline(tune)
    tracks = [_Track(voice, part) for part, voice in enumerate(timeline.voices)]
    for track in tracks:
        track.play()
    first = tracks[0] if tracks else None
    return Score.of(
        [note for track in tracks for note in track.notes],
        parts=[_part(voice) for voice in timeline.voices] or [Part()],
        tempos=_tempos(timeline, tracks),
        meters=_meters(timeline, first),
        keys=_keys(timeline, first),
        chords=[ChordSymbol(onset, text) for onset, text in first.chords] if first else [],
        title=tune.title,
        length=max((track.time for track in tracks), default=ZERO),
        pickup=_pickup(timeline, first),
    )


def _pickup(timeline: Timeline, track: _Track | None) -> Fraction:
    """The length of an incomplete first bar, 0 where it is full or there is no metre."""
    meter = timeline.meter.meter if timeline.meter else None
    first = track.voice.measures[0].length if track and track.voice.measures else ZERO
    return first if meter and first < meter.length else ZERO


def _part(voice: Voice) -> Part:
    return Part(voice.name or voice.id, voice.program or 0, voice.channel == 10)


class _Track:
    """Plays one voice: events at absolute times, ties joined across bars and repeats."""

    def __init__(self, voice: Voice, part: int) -> None:
        self.voice = voice
        self.part = part
        self.notes: list[Note] = []
        self.chords: list[tuple[Fraction, str]] = []
        self.changes: list[tuple[Fraction, Change]] = []
        self.time = ZERO
        self._tied: dict[int, tuple[Fraction, Fraction, int]] = {}  # pitch → onset, end, velocity

    def play(self) -> None:
        """Fill `notes`, `chords` and `changes`."""
        measures = self.voice.measures
        for index in played_order(measures):
            measure = measures[index]
            for change in measure.changes:
                if change.kind == "chord":
                    self.chords.append((self.time + change.onset, str(change.value)))
                else:
                    self.changes.append((self.time + change.onset, change))
            for event in measure.events:
                self._play_event(event)
            self.time += measure.length
        for pitch, (onset, end, velocity) in self._tied.items():
            self._sound(onset, end, pitch, velocity)

    def _play_event(self, event: Event) -> None:
        at = self.time + event.onset
        for pitch in event.pitches:
            onset, end, velocity = at, at + pitch.duration, event.velocity
            held = self._tied.pop(pitch.number, None)
            if held is not None:
                if held[1] == at:
                    onset, velocity = held[0], held[2]
                else:
                    self._sound(held[0], held[1], pitch.number, held[2])
            if pitch.tie:
                self._tied[pitch.number] = (onset, end, velocity)
            else:
                self._sound(onset, end, pitch.number, velocity)

    def _sound(self, onset: Fraction, end: Fraction, pitch: int, velocity: int) -> None:
        self.notes.append(Note(onset, pitch, end - onset, velocity, self.part))


def _tempos(timeline: Timeline, tracks: Sequence[_Track]) -> list[TempoChange]:
    found: dict[Fraction, Fraction] = {ZERO: timeline.qpm} if timeline.qpm else {}
    for track in tracks:
        for onset, change in track.changes:
            if change.kind == "tempo" and isinstance(change.value, Fraction):
                found[onset] = change.value
    return [TempoChange(onset, qpm) for onset, qpm in sorted(found.items())]


def _meters(timeline: Timeline, track: _Track | None) -> list[MeterChange]:
    found = {ZERO: timeline.meter}
    for onset, change in track.changes if track else ():
        if change.kind == "meter" and isinstance(change.value, MeterField):
            found[onset] = change.value
    return [
        MeterChange(onset, meter.meter if meter else None)
        for onset, meter in sorted(found.items(), key=lambda item: item[0])
        if onset or meter
    ]


def _keys(timeline: Timeline, track: _Track | None) -> list[KeyChange]:
    found = {ZERO: timeline.key} if timeline.key else {}
    for onset, change in track.changes if track else ():
        if change.kind == "key" and isinstance(change.value, Key):
            found[onset] = change.value
    return [KeyChange(onset, key) for onset, key in sorted(found.items(), key=lambda i: i[0])]
