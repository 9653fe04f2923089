"""One voice as a player plays it: its measures in the order of play, ties joined, grace notes,
ornaments and touches worked out, in ticks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from math import lcm
from typing import Final, TypeAlias

from musicrnn.abc.loudness import velocities
from musicrnn.abc.ornaments import FINEST, ORNAMENTS, figure
from musicrnn.abc.syntax.tree import Note as Written
from musicrnn.abc.timeline.order import Turn, played_order, turns
from musicrnn.abc.timeline.timeline import Change, Event, Measure, Pitch, State, Timeline, Voice
from musicrnn.score import DEFAULT_QPM, ChordSymbol, Key, Meter
from musicrnn.theory.accompaniment import Bar, Command, chord_pitches

__all__ = ["VoicePlayer", "resolution_of"]

ZERO: Final = Fraction(0)
#: a grace note is at most a 32nd, of which a quarter note has eight
_GRACES_A_QUARTER: Final = 8
#: the notes of an ornament, and grace notes, are a little softer than what they adorn
_SOFTER: Final = 8
#: decoration → quarters of the written length that sound, and what is added to the velocity
_TOUCH: Final[dict[str, tuple[int, int]]] = {
    "staccato": (2, 0), "wedge": (1, 10), "accent": (4, 20), ">": (4, 20), "emphasis": (4, 20),
    "marcato": (3, 25), "^": (3, 25), "sfz": (4, 30),
}  # fmt: skip

#: a sound: onset in ticks, MIDI number, ticks, velocity, part, cents, the note as written and the
#: number of its bar
_Sound: TypeAlias = tuple[int, int, int, int, int, Fraction, Written | None, int]
#: an event to be played: ticks from the start of its measure, (pitch, ticks) of each note
_Cue: TypeAlias = tuple[int, list[tuple[Pitch, int]], Event]


def resolution_of(timeline: Timeline, *, ornaments: bool) -> int:
    """Ticks to a quarter note so that everything that is played starts and ends on one."""
    resolution = lcm(1, *(voice.resolution for voice in timeline.voices))
    if not ornaments:
        return resolution
    # Grace notes share half of their note, those at its end a quarter; a touch takes quarters of
    # what is left of it.
    events = [
        event for voice in timeline.voices for measure in voice.measures for event in measure.events
    ]
    counts = {2 * len(event.graces) for event in events if event.graces}
    counts |= {4 * len(event.after) for event in events if event.after}
    resolution *= 4 * lcm(_GRACES_A_QUARTER, *counts)
    adorned = any(mark in ORNAMENTS for event in events for mark in event.marks)
    return lcm(resolution, FINEST) if adorned else resolution


class VoicePlayer:
    """Plays one voice: events at absolute times, ties joined across bars and repeats."""

    def __init__(
        self, voice: Voice, part: int, resolution: int, *, ornaments: bool, qpm: Fraction
    ) -> None:
        self.voice = voice
        self.part = part
        self.resolution = resolution  # ticks to a quarter note
        self.ornaments = ornaments
        self.qpm = qpm
        self._loudness = velocities(voice) if ornaments else {}
        self.sounds: list[_Sound] = []
        self.chords: list[ChordSymbol] = []
        self.fermatas: list[int] = []
        self.changes: list[tuple[Fraction, Change]] = []
        self.commands: list[Command] = []  # of %%MIDI, on the accompaniment
        self.bars: list[Bar] = []
        self.time = 0
        self.words: dict[int, list[str]] = {}
        self.lyrics: list[tuple[int, str, int]] = []
        self._turn = Turn(0, 1, ending=False)  # of the measure that is played
        self._bar = 0
        self._now: dict[str, object] = {}  # key, metre and tempo in force
        # (MIDI number, cents) → onset, end, velocity, pitch, bar
        self._tied: dict[tuple[int, Fraction], tuple[int, int, int, Pitch, int]] = {}

    def play(self, parts: str) -> None:
        """Fill `sounds`, `chords` and `changes`."""
        measures = self.voice.measures
        known: dict[int, tuple[int, list[_Cue]]] = {}
        last = -1
        if measures and measures[0].state:
            self._now = _values(measures[0].state)
        order = played_order(measures, parts)
        for index, turn in zip(order, turns(measures, order), strict=True):
            measure, self._turn = measures[index], turn
            if index not in known:
                known[index] = self._ticks(measure.length), list(self._cues(measure))
            length, cues = known[index]
            if index != last + 1:
                self._go_back(measure)
            for change in measure.changes:
                self._change(change)
            self._bar = measure.number
            self._count_bar(measure, length)
            for onset, notes, event in cues:
                self._play_event(self.time + onset, notes, event)
            self.time += length
            last = index
        for onset, end, velocity, pitch, bar in self._tied.values():
            self._sound(onset, end, pitch, velocity, bar)

    def _count_bar(self, measure: Measure, length: int) -> None:
        """Where the bar stands that the accompaniment counts; a short first bar is a pickup, and
        a short bar goes on with the one before that it completes."""
        meter = measure.meter.meter if measure.meter and measure.meter.meter else Meter(4, 4)
        opens = Fraction(self.time, self.resolution)
        quarters = Fraction(length, self.resolution)
        start = opens
        if quarters < meter.length:
            last = self.bars[-1] if self.bars else None
            if last is None:
                start = opens + quarters - meter.length
            elif opens + quarters <= last.start + meter.length and opens < (
                last.start + meter.length
            ):
                return
        self.bars.append(Bar(start, opens, meter))

    def _go_back(self, measure: Measure) -> None:
        """Key, metre and tempo are again those that hold at the start of a measure (a repeat, a
        part, D.C.)."""
        if measure.state is not None:
            for kind, value in _values(measure.state).items():
                if value != self._now[kind]:
                    self._change(Change(ZERO, kind, value))

    def _ticks(self, time: Fraction) -> int:
        return time.numerator * (self.resolution // time.denominator)

    def _cues(self, measure: Measure) -> Iterator[_Cue]:
        for event in measure.events:
            if event.pitches or event.graces or event.after:
                notes = [(pitch, self._ticks(pitch.duration)) for pitch in event.pitches]
                yield self._ticks(event.onset), notes, event

    def _change(self, change: Change) -> None:
        at = Fraction(self.time, self.resolution) + change.onset
        if change.kind == "accompaniment":
            name, _, value = str(change.value).partition(" ")
            self.commands.append(Command(at, name, value))
        elif change.kind != "chord":
            self._now[change.kind] = change.value
            self.changes.append((at, change))
        elif chord_pitches(str(change.value)) is not None:  # no fingering, "D.C." and the like
            self.chords.append(ChordSymbol(at, str(change.value)))

    def _sing(self, at: int, event: Event) -> None:
        """The syllable of an event, at each turn that of the next verse."""
        text = self._turn.words(self.words.get(event.start, ()))
        if text not in ("", "*", "_"):
            self.lyrics.append((at, text, self.part))

    def _play_event(self, at: int, notes: list[tuple[Pitch, int]], event: Event) -> None:
        if self.words:
            self._sing(at, event)
        start, share, velocity = at, 4, event.velocity
        if "fermata" in event.marks or "invertedfermata" in event.marks:
            self.fermatas.append(at)
        if self.ornaments:
            velocity = self._loudness[event.start]
            start = self._play_graces(event, at, velocity)
            for mark in event.marks:
                if mark in _TOUCH:
                    share, louder = _TOUCH[mark]
                    velocity = min(127, velocity + louder)
            notes = self._play_after(notes, event, at, velocity)
            start = self._play_ornament(notes, event, start, at, velocity)
        for pitch, ticks in notes:
            height = pitch.number, pitch.cents
            onset, end, strength, first, bar = start, at + ticks, velocity, pitch, self._bar
            held = self._tied.pop(height, None) if self._tied else None
            if held is not None:
                if held[1] == at:
                    onset, _, strength, first, bar = held
                else:
                    self._sound(held[0], held[1], held[3], held[2], held[4])
            if pitch.tie:
                self._tied[height] = (onset, end, strength, first, bar)
            else:
                struck = max(onset, at)
                self._sound(onset, struck + (end - struck) * share // 4, first, strength, bar)

    def _play_graces(self, event: Event, at: int, velocity: int) -> int:
        """Play the grace notes from `at` on; where the note itself starts."""
        if not event.graces:
            return at
        shortest = min((pitch.duration for pitch in event.pitches), default=event.duration)
        most = self._ticks(shortest) // (2 * len(event.graces))
        length = min(self.resolution // _GRACES_A_QUARTER, most)
        for pitch in event.graces:
            self._sound(at, at + length, pitch, max(1, velocity - _SOFTER), self._bar)
            at += length
        return at

    def _play_after(
        self, notes: list[tuple[Pitch, int]], event: Event, at: int, velocity: int
    ) -> list[tuple[Pitch, int]]:
        """Play the grace notes at the end of an event; its notes, as long as they are then."""
        if not event.after:
            return notes
        whole = self._ticks(event.duration)
        shortest = min((pitch.duration for pitch in event.pitches), default=event.duration)
        most = self._ticks(shortest) // (4 * len(event.after))
        length = min(self.resolution // _GRACES_A_QUARTER, most)
        left = whole - length * len(event.after)
        begin = at + left
        for pitch in event.after:
            self._sound(begin, begin + length, pitch, max(1, velocity - _SOFTER), self._bar)
            begin += length
        return [(pitch, ticks if pitch.tie else min(ticks, left)) for pitch, ticks in notes]

    def _play_ornament(
        self, notes: list[tuple[Pitch, int]], event: Event, start: int, at: int, velocity: int
    ) -> int:
        """Play all notes of an ornament but the last; where that one starts, which is the note's
        own. Chords, tied notes and microtones are played plain."""
        name = next((mark for mark in event.marks if mark in ORNAMENTS), None)
        if not notes:
            return start
        pitch, ticks = notes[0]
        if name is None or len(notes) > 1 or pitch.tie or self._tied or pitch.cents:
            return start
        key = self._now.get("key")
        length = Fraction(at + ticks - start, self.resolution)
        steps = figure(
            name, pitch.number, length, key if isinstance(key, Key) else None, self.qpm
        )  # fmt: skip
        places = [start + self._ticks(onset) for onset, _ in steps]
        for begin, end, (_, number) in zip(places, places[1:], steps, strict=False):
            strength = velocity if begin == start else max(1, velocity - _SOFTER)
            self._sound(begin, end, replace(pitch, number=number), strength, self._bar)
        return places[-1]

    def _sound(self, onset: int, end: int, pitch: Pitch, velocity: int, bar: int) -> None:
        self.sounds.append(
            (onset, pitch.number, end - onset, velocity, self.part, pitch.cents, pitch.node, bar)
        )


def _values(state: State) -> dict[str, object]:
    return {"meter": state.meter, "key": state.key, "tempo": state.qpm or DEFAULT_QPM}
