"""A tune as it sounds: `to_score` plays out repeats and joins ties."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final

from musicrnn.abc.accompaniment import accompany, chord_pitches
from musicrnn.abc.fields import MeterField
from musicrnn.abc.order import played_order
from musicrnn.abc.parser import parse_tune
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

__all__ = ["score_of_text", "to_score"]

ZERO: Final = Fraction(0)
#: a grace note is a 32nd, and all of them together take at most half of their note
_GRACE: Final = Fraction(1, 8)
#: decoration → share of the written length that sounds, and what is added to the velocity
_TOUCH: Final[dict[str, tuple[Fraction, int]]] = {
    "staccato": (Fraction(1, 2), 0), "wedge": (Fraction(1, 4), 10), "accent": (Fraction(1), 20),
    ">": (Fraction(1), 20), "emphasis": (Fraction(1), 20), "marcato": (Fraction(3, 4), 25),
    "^": (Fraction(3, 4), 25), "sfz": (Fraction(1), 30),
}  # fmt: skip


def to_score(tune: Tune, *, ornaments: bool = False, accompaniment: bool = False) -> Score:
    """The notes of a tune in quarter notes, repeats played out, ties joined.

    Plain, the score holds the notes as written, which is what one measures and compares. With
    `ornaments` it is played: grace notes take time from their note, staccato notes are short and
    accented ones loud. With `accompaniment` chord symbols sound in a part of their own (they are
    in `Score.chords` either way).

    Raises AbcError where the tune, played out, passes `limits.PLAYED`.
    """
    timeline = read_timeline(tune)
    tracks = [
        _Track(voice, part, ornaments=ornaments) for part, voice in enumerate(timeline.voices)
    ]
    for track in tracks:
        track.play(timeline.parts)
    first = tracks[0] if tracks else None
    score = Score.of(
        [note for track in tracks for note in track.notes],
        parts=[_part(voice) for voice in timeline.voices] or [Part()],
        tempos=_tempos(timeline, tracks),
        meters=_meters(timeline, first),
        keys=_keys(timeline, first),
        chords=_chords(tracks),
        title=tune.title,
        length=max((track.time for track in tracks), default=ZERO),
        pickup=_pickup(first.voice) if first else ZERO,
    )
    return _accompanied(score) if accompaniment and score.chords else score


def _accompanied(score: Score) -> Score:
    meter = score.meters[0].meter if score.meters else None
    notes = accompany(score.chords, meter, score.pickup, score.length, len(score.parts))
    return replace(score, parts=(*score.parts, Part("Chords"))).with_notes([*score.notes, *notes])


def _pickup(voice: Voice) -> Fraction:
    """The length of an incomplete first bar."""
    first = voice.measures[0]
    full = first.meter.length if first.meter else None
    return first.length if full and first.length < full else ZERO


def _part(voice: Voice) -> Part:
    return Part(voice.name or voice.id, voice.program or 0, voice.channel == 10)


class _Track:
    """Plays one voice: events at absolute times, ties joined across bars and repeats."""

    def __init__(self, voice: Voice, part: int, *, ornaments: bool) -> None:
        self.voice = voice
        self.part = part
        self.ornaments = ornaments
        self.notes: list[Note] = []
        self.chords: list[ChordSymbol] = []
        self.changes: list[tuple[Fraction, Change]] = []
        self.time = ZERO
        self._tied: dict[int, tuple[Fraction, Fraction, int]] = {}  # pitch → onset, end, velocity

    def play(self, parts: str) -> None:
        """Fill `notes`, `chords` and `changes`."""
        measures = self.voice.measures
        for index in played_order(measures, parts):
            measure = measures[index]
            for change in measure.changes:
                if change.kind == "chord":
                    if chord_pitches(str(change.value)) is None:
                        continue  # a fingering, "D.C." and the like
                    self.chords.append(ChordSymbol(self.time + change.onset, str(change.value)))
                else:
                    self.changes.append((self.time + change.onset, change))
            for event in measure.events:
                if event.pitches:
                    self._play_event(event)
            self.time += measure.length
        for pitch, (onset, end, velocity) in self._tied.items():
            self._sound(onset, end, pitch, velocity)

    def _play_event(self, event: Event) -> None:
        at = self.time + event.onset
        start, share, velocity = at, Fraction(1), event.velocity
        if self.ornaments:
            start = self._play_graces(event, at)
            for mark in event.marks:
                if mark in _TOUCH:
                    share, louder = _TOUCH[mark]
                    velocity = min(127, velocity + louder)
        for pitch in event.pitches:
            onset, end, strength = start, at + pitch.duration, velocity
            held = self._tied.pop(pitch.number, None)
            if held is not None:
                if held[1] == at:
                    onset, strength = held[0], held[2]
                else:
                    self._sound(held[0], held[1], pitch.number, held[2])
            if pitch.tie:
                self._tied[pitch.number] = (onset, end, strength)
            else:
                end = end if share == 1 else max(onset, at) + (end - max(onset, at)) * share
                self._sound(onset, end, pitch.number, strength)

    def _play_graces(self, event: Event, at: Fraction) -> Fraction:
        """Play the grace notes from `at` on; where the note itself starts."""
        if not event.graces:
            return at
        shortest = min(pitch.duration for pitch in event.pitches)
        length = min(_GRACE, shortest / 2 / len(event.graces))
        for pitch, _ in event.graces:
            self._sound(at, at + length, pitch, event.velocity)
            at += length
        return at

    def _sound(self, onset: Fraction, end: Fraction, pitch: int, velocity: int) -> None:
        self.notes.append(Note(onset, pitch, end - onset, velocity, self.part))


def _chords(tracks: Sequence[_Track]) -> list[ChordSymbol]:
    """The chord symbols of the first voice that has any."""
    return next((track.chords for track in tracks if track.chords), [])


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
    return [KeyChange(onset, key) for onset, key in sorted(found.items(), key=lambda item: item[0])]


def score_of_text(text: str) -> Score:
    """The notes of the one tune in ABC text. Raises AbcError where there is none, or more."""
    return to_score(parse_tune(text))
