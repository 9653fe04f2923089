"""One voice of a tune in time: nodes to measures of events."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from fractions import Fraction
from typing import Any, ClassVar, Final

from musicrnn.abc.checking.diagnostics import Reporter
from musicrnn.abc.syntax.decorations import DYNAMICS, FERMATAS, MARKS
from musicrnn.abc.syntax.fields import MeterField, read_meter, read_tempo, read_unit
from musicrnn.abc.syntax.keys import KeyField, read_key
from musicrnn.abc.syntax.tree import (
    Bar,
    Broken,
    Chord,
    ChordName,
    Decoration,
    Directive,
    Ending,
    Field,
    Grace,
    MultiRest,
    Node,
    Note,
    Overlay,
    Rest,
    Tuplet,
)  # fmt: skip
from musicrnn.abc.syntax.voice_field import clef_words, voice_name
from musicrnn.abc.timeline.pitches import Altered, Pitches
from musicrnn.abc.timeline.rhythm import Rhythm, broken_factor
from musicrnn.abc.timeline.timeline import Boundary, Change, Event, Measure, Pitch, State, Voice
from musicrnn.theory.accompaniment import COMMANDS

__all__ = ["VoiceReader"]

ZERO: Final = Fraction(0)


class VoiceReader:
    """The state of one voice while its nodes are read; the outcome is `voice`."""

    def __init__(
        self, voice_id: str, properties: str, key: KeyField, meter: MeterField | None,
        unit: Fraction, reporter: Reporter | None, qpm: Fraction | None = None,
    ) -> None:  # fmt: skip
        self.voice = Voice(voice_id)
        self._reporter = reporter
        self._meter = meter
        self._key, self._qpm = key.key, qpm
        self._state = State(self._key, meter, qpm)
        self._pitches = Pitches(key)
        self._rhythm = Rhythm(unit)
        self._boundary = Boundary()
        self._measure: Measure | None = None
        self._number = 0
        self._ticks = 0  # since the start of the measure
        self._whole = 0  # ticks of the measure's first layer, while an overlay is read
        self._layer: int | None = None  # where the overlay starts in the text
        self._last: Event | None = None
        self._ties: dict[int, Note] = {}  # of the event before, by height
        self._changes: list[Change] = []
        self._graces: list[Pitch] = []
        self._grace_node: Grace | None = None  # the last one
        self._marks: list[str] = []
        self._pending: set[str] = set()  # marks of the measure to come
        self._velocity = DYNAMICS["mf"]
        self._set_properties(properties)

    def read(self, nodes: Iterable[Node]) -> None:
        """The next nodes of this voice."""
        reader_of = self.readers.get
        for node in nodes:
            reader = reader_of(type(node))
            if reader is not None:
                reader(self, node)

    def directive(self, name: str, value: str) -> None:
        """``%%MIDI program``, ``channel``, ``transpose`` and what else changes what is heard."""
        if name == "propagate-accidentals" and value in ("not", "octave", "pitch"):
            self._pitches.propagate = value
        words = value.split() if name == "MIDI" else []
        if words[:1] in (["nobarlines"], ["barlines"]):  # without bars an accidental holds once
            self._pitches.propagate = "not" if words[0] == "nobarlines" else "pitch"
        if words and words[0] in COMMANDS:
            self._change("accompaniment", " ".join(words))
        numbers = [int(word) for word in words[1:] if re.fullmatch(r"[+-]?\d{1,3}", word)]
        if not numbers:
            return
        if words[0] == "program":
            self.voice.program = max(0, min(127, numbers[-1]))
        elif words[0] == "channel":
            self.voice.channel = max(1, min(16, numbers[0]))
        elif words[0] in ("transpose", "rtranspose"):
            before = self._pitches.shift if words[0] == "rtranspose" else 0
            self._pitches.move(shift=max(-60, min(60, numbers[0] + before)))

    def finish(self) -> None:
        """The end of the tune."""
        self._close(self._measure.end if self._measure else 0)
        self._end_event()
        if self._graces and self._grace_node is not None:
            self._report("loose-grace", self._grace_node)
        self._end_broken()
        self._end_tuplet()
        self._end_ties(())
        self.voice.resolution = self._rhythm.resolution

    # fields

    def _set_properties(self, properties: str) -> None:
        self.voice.name = voice_name(properties)
        clef = read_key(f"none {clef_words(properties)}") if properties else None
        if clef is not None:
            self._pitches.move(octaves=clef.octave, shift=self._pitches.shift + clef.transpose)

    def _field(self, node: Field) -> None:
        letter, value = node.letter, node.value
        if letter == "K":
            key = read_key(value)
            if key is not None:
                self._pitches.set_key(key)
                if key.changes_key:
                    self._change("key", key.key)
                    self._key = key.key
        elif letter == "M":
            self._meter = read_meter(value)
            if self._measure is not None and not self._measure.events:
                self._measure.meter = self._meter
            self._change("meter", self._meter)
        elif letter == "L":
            self._rhythm.set_unit(read_unit(value) or self._rhythm.unit)
        elif letter == "Q":
            tempo = read_tempo(value, self._rhythm.unit)
            if tempo and tempo.qpm:
                self._change("tempo", tempo.qpm)
                self._qpm = tempo.qpm
        elif letter == "P":
            self._close(node.start)
            self._boundary.part = node
        elif letter == "I":
            name, _, rest = value.partition(" ")
            self.directive(name, rest.strip())

    def _change(self, kind: str, value: object) -> None:
        measure = self._measure
        onset = self._rhythm.quarters(self._ticks) if measure else ZERO
        (measure.changes if measure else self._changes).append(Change(onset, kind, value))

    def _chord_name(self, node: ChordName) -> None:
        self._change("chord", node.text)

    def _decoration(self, node: Decoration) -> None:
        self._velocity = DYNAMICS.get(node.name, self._velocity)
        self._marks.append(node.name)
        if node.name in MARKS:
            self._steer(node.name)

    def _steer(self, mark: str) -> None:
        """A mark that starts something belongs to the measure that follows, others to the one
        before: ``!fine!`` often stands behind the bar line."""
        if self._measure is not None:
            self._measure.marks.add(mark)
        elif mark in ("segno", "coda") or not self.voice.measures:
            self._pending.add(mark)
        else:
            self.voice.measures[-1].marks.add(mark)

    # notes

    def _note(self, node: Note) -> None:
        number, altered, octave = self._pitches.of_note(node)
        number = self._in_range(number, node)
        tie = bool(node.tie)
        ticks, duration = self._rhythm.known_time(node.length) or self._time(node.length, node)
        self._event(ticks, duration, [Pitch(number, duration, tie, node, altered, octave)], node)
        if tie or self._ties:
            self._end_ties((number,))
            self._ties = {number: node} if tie else {}

    def _rest(self, node: Rest) -> None:
        self._end_ties(())
        ticks, duration = self._time(node.length, node)
        self._event(ticks, duration, [], node)
        self._pitches.carry({})

    def _chord(self, node: Chord) -> None:
        length = node.notes[0].length
        _, first = self._time(length * node.length if node.length != 1 else length, node)
        tied: Altered = {}
        pitches: list[Pitch] = []
        for note in node.notes:
            tie = bool(note.tie or node.tie)
            number, altered, octave = self._pitches.pitch(note, tied if tie else None)
            number = self._in_range(number, note)
            duration = first if note.length == length else first * note.length / length
            if self._ticks_of(duration, note) is None:
                duration = first
            pitches.append(Pitch(number, duration, tie, note, altered, octave))
        self._event(self._rhythm.ticks(first), first, pitches, node)
        self._pitches.carry(tied)
        self._end_ties([pitch.number for pitch in pitches])
        self._ties = {pitch.number: note for pitch, note in zip(pitches, node.notes, strict=True)
                      if pitch.tie}  # fmt: skip

    def _end_ties(self, numbers: Collection[int]) -> None:
        """What sounds next are these pitches: report ties that lead to none of them."""
        for number, note in self._ties.items():
            if number not in numbers:
                self._report("tie-nowhere", note)
        self._ties = {}

    def _grace(self, node: Grace) -> None:
        self._grace_node = node
        for inner in node.notes:
            for note in inner.notes if isinstance(inner, Chord) else (inner,):
                number, altered, octave = self._pitches.pitch(note)
                number = self._in_range(number, note)
                self._graces.append(Pitch(number, note.length, False, note, altered, octave))

    def _end_event(self) -> None:
        """Grace notes and pauses that no note follows before the bar line end the note before."""
        if self._last is not None:
            self._last.after += tuple(self._graces)
            self._graces = []
            self._last.marks += tuple(mark for mark in self._marks if mark in FERMATAS)
            self._marks = [mark for mark in self._marks if mark not in FERMATAS]

    def _in_range(self, number: int, note: Note) -> int:
        if 0 <= number <= 127:
            return number
        self._report("note-range", note)
        return max(0, min(127, number))

    def _time(self, length: Fraction, node: Node) -> tuple[int, Fraction]:
        """The next event in ticks and in quarter notes: a quarter where no tick is fine enough."""
        resolution = self._rhythm.resolution
        try:
            length_in_time = self._rhythm.time(length)
        except ValueError:
            self._report("bad-length", node, str(length))
            return resolution, Fraction(1)
        if self._rhythm.resolution != resolution:
            self._refine(resolution)
        return length_in_time

    def _ticks_of(self, quarters: Fraction, node: Node) -> int | None:
        """A length in ticks; None, and a finding at `node`, where no tick is fine enough."""
        resolution = self._rhythm.resolution
        try:
            ticks = self._rhythm.ticks(quarters)
        except ValueError:
            self._report("bad-length", node, str(quarters))
            return None
        if self._rhythm.resolution != resolution:
            self._refine(resolution)
        return ticks

    def _refine(self, resolution: int) -> None:
        """The tick was 1/`resolution` of a quarter note and is finer now: counts follow."""
        ratio = self._rhythm.resolution // resolution
        self._ticks *= ratio
        self._whole *= ratio

    def _event(self, ticks: int, duration: Fraction, pitches: list[Pitch], node: Node) -> None:
        measure = self._measure or self._open(node.start)
        onset = self._rhythm.quarters(self._ticks)
        event = Event(onset, duration, pitches, node.start, node.end, (), (), self._velocity)
        if self._marks:
            event.marks, self._marks = tuple(self._marks), []
        if self._graces:
            event.graces, self._graces = tuple(self._graces), []
        measure.events.append(event)
        measure.end = node.end
        self._ticks += ticks
        self._last = event

    def _report(self, code: str, node: Node, *values: object) -> None:
        if self._reporter is not None:
            self._reporter.report(code, node.start, node.end, *values)

    # rhythm

    def _broken(self, node: Broken) -> None:
        last, measure = self._last, self._measure
        if (
            last is None
            or self._rhythm.broken is not None
            or measure is None
            or last is not measure.events[-1]
        ):
            self._report("loose-broken-rhythm", node, node.sign * node.depth)
            return
        factor = broken_factor(node.sign, node.depth)
        length = last.duration * factor
        lengths = [length] + [
            length if pitch.duration is last.duration else pitch.duration * factor
            for pitch in last.pitches
        ]
        if any(self._ticks_of(length, node) is None for length in lengths):
            return
        self._ticks += self._rhythm.ticks(lengths[0]) - self._rhythm.ticks(last.duration)
        last.duration = lengths[0]
        for pitch, length in zip(last.pitches, lengths[1:], strict=True):
            pitch.duration = length
        self._rhythm.broken = node

    def _end_broken(self) -> None:
        broken = self._rhythm.broken
        if broken is not None:
            self._report("loose-broken-rhythm", broken, broken.sign * broken.depth)
            self._rhythm.broken = None

    def _tuplet(self, node: Tuplet) -> None:
        self._end_tuplet()
        self._rhythm.start_tuplet(node, self._meter)

    def _end_tuplet(self) -> None:
        tuplet = self._rhythm.tuplet
        if tuplet is not None:
            self._report("short-tuplet", tuplet, self._rhythm.end_tuplet())

    def _multirest(self, node: MultiRest) -> None:
        length = self._meter.length if self._meter and self._meter.length else Fraction(4)
        measure = self._measure or self._open(node.start)
        if not measure.events:
            measure.count = node.bars
            self._number += node.bars - 1
        duration = length * node.bars
        ticks = self._ticks_of(duration, node)
        assert ticks is not None  # a metre counts in halves, quarters, …
        self._event(ticks, duration, [], node)

    # measures

    def _open(self, start: int) -> Measure:
        if self._boundary.bars or not self.voice.measures:
            self._number += 1
        if (held := (self._key, self._meter, self._qpm)) != self._state:
            self._state = State(*held)
        measure = Measure(
            self._boundary, self._boundary, self._meter, self._number, start, start, [],
            self._changes, ZERO, [], self._pending, 1, self._state,
        )  # fmt: skip
        self._changes, self._pending = [], set()
        self.voice.measures.append(measure)
        self._measure = measure
        return measure

    def _bar(self, node: Bar) -> None:
        self._close(node.start)
        self._end_broken()
        self._boundary.add(node)
        if self._boundary.ends:
            self._ties = {}  # which note comes next depends on the order of play
        self._pitches.start_bar()

    def _ending(self, node: Ending) -> None:
        self._ties = {}
        self._close(node.start)
        self._boundary.ending = node

    def _close(self, at: int) -> None:
        """End the measure, if one has begun; what follows starts a new one at a new boundary."""
        measure = self._measure
        if measure is None:
            return
        if self._graces or self._marks:
            self._end_event()
        if self._layer is not None:
            measure.layers.append((self._rhythm.quarters(self._ticks), self._layer, at))
            self._ticks, self._layer = self._whole, None
        measure.length = self._rhythm.quarters(self._ticks)
        self._boundary = measure.after = Boundary()
        self._measure = None
        self._ticks = 0

    def _overlay(self, node: Overlay) -> None:
        measure = self._measure
        self._ties = {}
        if measure is None:
            return
        self._end_event()
        if self._layer is None:
            self._whole = self._ticks
        else:
            measure.layers.append((self._rhythm.quarters(self._ticks), self._layer, node.start))
        self._layer = node.end
        self._ticks = 0
        self._pitches.start_bar()

    #: type of node → what reads it (methods of the class: those of an object would hold it alive)
    readers: ClassVar[dict[type, Callable[[Any, Any], None]]] = {
        Note: _note, Bar: _bar, Rest: _rest, Chord: _chord, Broken: _broken, Tuplet: _tuplet,
        Grace: _grace, Decoration: _decoration, ChordName: _chord_name, Ending: _ending,
        MultiRest: _multirest, Overlay: _overlay, Field: _field,
        Directive: lambda self, node: self.directive(node.name, node.value),
    }  # fmt: skip
