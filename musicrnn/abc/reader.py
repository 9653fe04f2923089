"""From the tree to the timeline: the state of each voice as its notes are read (ABC 2.1, 4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from musicrnn.abc import limits
from musicrnn.abc.decorations import DYNAMICS
from musicrnn.abc.diagnostics import Reporter
from musicrnn.abc.fields import (
    MeterField,
    default_unit,
    read_meter,
    read_tempo,
    read_unit,
)  # fmt: skip
from musicrnn.abc.keys import KeyField, alteration, read_key
from musicrnn.abc.timeline import Boundary, Change, Event, Measure, Pitch, Timeline, Voice
from musicrnn.abc.tree import (
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
    Tune,
    Tuplet,
)  # fmt: skip
from musicrnn.errors import AbcError

__all__ = ["read_timeline"]

ZERO: Final = Fraction(0)
ONE: Final = Fraction(1)
_SEMITONES: Final = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
#: p → q of ``(p`` where the metre does not matter; 0 is 3 in compound metre, else 2 (4.13)
_TUPLET_TIME: Final = {2: 3, 3: 2, 4: 3, 5: 0, 6: 2, 7: 0, 8: 3, 9: 0}
_VOICE: Final = re.compile(r"\s*(\S+)\s*(.*)", re.DOTALL)
_PROPERTY: Final = re.compile(r"([A-Za-z]+)\s*=\s*(\"[^\"]*\"|\S+)")


def read_timeline(tune: Tune, reporter: Reporter | None = None) -> Timeline:
    """The voices of a tune in time; faults of rhythm are told to `reporter`."""
    return _TuneClock(tune, reporter).read()


class _TuneClock:
    """Reads header and body, and hands the nodes to the voice that is being written."""

    def __init__(self, tune: Tune, reporter: Reporter | None) -> None:
        self.tune = tune
        self.reporter = reporter
        self.meter: MeterField | None = None
        self.unit: Fraction | None = None
        self.key = KeyField(None, {}, "none")
        self.qpm: Fraction | None = None
        self.parts = ""
        self.voices: dict[str, VoiceReader] = {}
        self.properties: dict[str, str] = {}
        self.directives: list[tuple[str, str, str]] = []  # voice, name, value

    def read(self) -> Timeline:
        """The timeline of the whole tune."""
        voice_id = ""
        tempo = ""
        for item in (*self.tune.inherited, *self.tune.header):
            if isinstance(item, Directive):
                self.directives.append((voice_id, item.name, item.value))
            elif isinstance(item, Field):
                if item.letter == "V":
                    voice_id = self._declare(item.value)
                elif item.letter == "Q":
                    tempo = item.value
                elif item.letter == "I":
                    name, _, value = item.value.partition(" ")
                    self.directives.append((voice_id, name, value))
                else:
                    self._header_field(item)
        unit = self.unit or default_unit(self.meter.meter if self.meter else None)
        read = read_tempo(tempo, unit) if tempo else None
        self.qpm = read.qpm if read else None
        self.unit = unit
        self._read_body()
        for reader in self.voices.values():
            reader.finish()
        voices = [reader.voice for reader in self.voices.values() if reader.voice.measures]
        return Timeline(voices, self.key.key, self.meter, unit, self.qpm, self.parts)

    def _header_field(self, item: Field) -> None:
        if item.letter == "M":
            self.meter = read_meter(item.value)
        elif item.letter == "L":
            self.unit = read_unit(item.value)
        elif item.letter == "K":
            self.key = read_key(item.value) or self.key
        elif item.letter == "P":
            self.parts = item.value

    def _declare(self, value: str) -> str:
        match = _VOICE.match(value)
        if not match:
            return ""
        name, rest = match[1], match[2]
        if rest or name not in self.properties:
            self.properties[name] = f"{self.properties.get(name, '')} {rest}".strip()
        return name

    def _read_body(self) -> None:
        current: VoiceReader | None = None
        for node in self.tune.body:
            if isinstance(node, Field) and node.letter == "V":
                current = self._voice(self._declare(node.value))
                continue
            if current is None:
                if isinstance(node, Directive):
                    self.directives.append(("", node.name, node.value))
                    continue
                # What stands before the first V: belongs to the first voice.
                current = self._voice(next(iter(self.properties), ""))
            if isinstance(node, Directive):
                current.directive(node.name, node.value)
            else:
                current.read(node)

    def _voice(self, voice_id: str) -> VoiceReader:
        reader = self.voices.get(voice_id)
        if reader is None:
            if len(self.voices) >= limits.VOICES:
                raise AbcError(f"a tune of more than {limits.VOICES} voices; split it")
            properties = self.properties.get(voice_id, "")
            assert self.unit is not None
            reader = VoiceReader(
                voice_id, properties, self.key, self.meter, self.unit, self.reporter
            )
            for owner, name, value in self.directives:
                if owner in ("", voice_id):
                    reader.directive(name, value)
            self.voices[voice_id] = reader
        return reader


class VoiceReader:
    """The state of one voice: key, metre, unit, accidentals of the bar, pending marks."""

    def __init__(
        self, voice_id: str, properties: str, key: KeyField, meter: MeterField | None,
        unit: Fraction, reporter: Reporter | None,
    ) -> None:  # fmt: skip
        self.voice = Voice(voice_id)
        self.reporter = reporter
        self.meter = meter
        self.unit = unit
        self.boundary = Boundary()
        self.measure: Measure | None = None
        self.changes: list[Change] = []
        self.offset = ZERO
        self.velocity = DYNAMICS["mf"]
        self.graces: list[tuple[int, Fraction]] = []
        self.marks: list[str] = []
        self.last: Event | None = None
        self.broken: Broken | None = None
        self.tuplet_left = 0
        self.tuplet = ONE
        self.tuplet_node: Tuplet | None = None
        self.number = 0
        self.accidentals: dict[tuple[str, int], Fraction] = {}
        self.carried: dict[tuple[str, int], Fraction] = {}
        self.layer_start: int | None = None
        self.whole_length = ZERO
        self._lengths: dict[Fraction, Fraction] = {}
        self.octave = 0
        self.shift = 0
        self._set_properties(properties)
        self._set_key(key)

    # fields and directives

    def _set_properties(self, properties: str) -> None:
        for name, quoted in _PROPERTY.findall(properties):
            value = quoted.strip('"')
            if name in ("name", "nm"):
                self.voice.name = value
        clef = read_key(f"none {_clef_words(properties)}") if properties else None
        if clef is not None:
            self.octave += clef.octave
            self.shift += clef.transpose

    def _set_key(self, key: KeyField) -> None:
        if key.changes_key:
            self.signature: Mapping[str, Fraction] = key.signature
            self.accidentals = {}
            self.key_octave, self.key_shift = key.octave, key.transpose
        elif key.clef:
            self.key_octave, self.key_shift = key.octave, key.transpose

    def directive(self, name: str, value: str) -> None:
        """``%%MIDI program`` and ``transpose``, which change what is heard."""
        if name != "MIDI":
            return
        words = value.split()
        numbers = [int(word) for word in words[1:] if re.fullmatch(r"[+-]?\d{1,3}", word)]
        if not numbers:
            return
        if words[0] == "program":
            self.voice.program = max(0, min(127, numbers[-1]))
        elif words[0] == "channel":
            self.voice.channel = max(1, min(16, numbers[0]))
        elif words[0] in ("transpose", "rtranspose"):
            shift = max(-60, min(60, numbers[0]))
            self.shift = shift if words[0] == "transpose" else self.shift + shift

    def field(self, node: Field) -> None:
        """A field in the body: what it changes from here on."""
        letter = node.letter
        if letter == "K":
            key = read_key(node.value)
            if key is not None:
                self._set_key(key)
                if key.changes_key:
                    self._change("key", key.key)
        elif letter == "M":
            self.meter = read_meter(node.value)
            if self.measure is not None and not self.offset and not self.measure.events:
                self.measure.meter = self.meter
            self._change("meter", self.meter)
        elif letter == "L":
            self.unit = read_unit(node.value) or self.unit
            self._lengths = {}
        elif letter == "Q":
            tempo = read_tempo(node.value, self.unit)
            if tempo and tempo.qpm:
                self._change("tempo", tempo.qpm)
        elif letter == "P":
            self._cut(node.start)
            self.boundary.part = node
        elif letter == "I" and node.value.startswith("MIDI"):
            self.directive("MIDI", node.value[4:].strip())

    def _change(self, kind: str, value: object) -> None:
        change = Change(self.offset, kind, value)
        if self.measure is None:
            change.onset = ZERO
            self.changes.append(change)
        else:
            self.measure.changes.append(change)

    # nodes

    def read(self, node: Node) -> None:
        """The next node of this voice."""
        if isinstance(node, Note):
            tied: dict[tuple[str, int], Fraction] = {}
            number = self._pitch(node, tied if node.tie else None)
            duration = self._time(node.length)
            self._event(duration, [Pitch(number, duration, bool(node.tie), node)], node, tied)
        elif isinstance(node, Bar):
            self._bar(node)
        elif isinstance(node, Rest):
            self._event(self._time(node.length), [], node)
        elif isinstance(node, Chord):
            self._chord(node)
        elif isinstance(node, Broken):
            self._broken(node)
        elif isinstance(node, Tuplet):
            self._start_tuplet(node)
        elif isinstance(node, Grace):
            for inner in node.notes:
                for note in inner.notes if isinstance(inner, Chord) else (inner,):
                    self.graces.append((self._pitch(note), note.length))
        elif isinstance(node, Decoration):
            self.velocity = DYNAMICS.get(node.name, self.velocity)
            self.marks.append(node.name)
        elif isinstance(node, ChordName):
            self._change("chord", node.text)
        elif isinstance(node, Ending):
            self._cut(node.start)
            self.boundary.ending = node
        elif isinstance(node, MultiRest):
            self._multirest(node)
        elif isinstance(node, Overlay):
            self._overlay(node)
        elif isinstance(node, Field):
            self.field(node)

    def _open(self, start: int) -> Measure:
        if self.measure is None:
            if self.boundary.bars or not self.voice.measures:
                self.number += 1
            self.measure = Measure(
                self.boundary, self.boundary, self.meter, self.number, start, start
            )
            self.measure.changes = self.changes
            self.changes = []
            self.voice.measures.append(self.measure)
        return self.measure

    def _event(
        self, duration: Fraction, pitches: list[Pitch], node: Node,
        tied: dict[tuple[str, int], Fraction] | None = None,
    ) -> None:  # fmt: skip
        measure = self.measure or self._open(node.start)
        event = Event(
            self.offset, duration, pitches, node.start, node.end, tuple(self.marks),
            tuple(self.graces), self.velocity,
        )  # fmt: skip
        if self.marks:
            self.marks = []
        if self.graces:
            self.graces = []
        measure.events.append(event)
        measure.end = node.end
        self.offset += duration
        self.last = event
        self.carried = tied or {}

    def _chord(self, node: Chord) -> None:
        length = node.notes[0].length
        first = self._time(length * node.length if node.length != 1 else length)
        scale = first / length
        tied: dict[tuple[str, int], Fraction] = {}
        pitches = []
        for note in node.notes:
            tie = bool(note.tie or node.tie)
            number = self._pitch(note, tied if tie else None)
            pitches.append(Pitch(number, scale * note.length, tie, note))
        self._event(first, pitches, node, tied)

    def _time(self, length: Fraction) -> Fraction:
        """The time that a written length takes under unit, tuplet and broken rhythm."""
        if not self.tuplet_left and self.broken is None:
            duration = self._lengths.get(length)
            if duration is None:
                duration = self._lengths[length] = length * self.unit
            return duration
        duration = length * self.unit * self.tuplet
        if self.broken is not None:
            short = Fraction(1, 1 << self.broken.depth)
            duration *= short if self.broken.sign == ">" else 2 - short
            self.broken = None
        if self.tuplet_left:
            self.tuplet_left -= 1
            if not self.tuplet_left:
                self.tuplet = ONE
                self.tuplet_node = None
        return duration

    def _pitch(self, note: Note, tied: dict[tuple[str, int], Fraction] | None = None) -> int:
        """The MIDI number of a note under key, clef and the accidentals of the bar.

        A tied note notes its alteration in `tied`, for the note that it leads to, also across a
        bar line.
        """
        place = (note.step, note.octave)
        if note.accidental:
            altered = self.accidentals[place] = alteration(note.accidental)
        elif place in self.carried:
            altered = self.carried[place]
        else:
            found = self.accidentals.get(place) if self.accidentals else None
            altered = self.signature.get(note.step, ZERO) if found is None else found
        if tied is not None:
            tied[place] = altered
        octave = note.octave + self.octave + self.key_octave + 1
        # A microtone sounds as the semitone nearest to the natural note.
        number = 12 * octave + _SEMITONES[note.step] + int(altered) + self.shift + self.key_shift
        if not 0 <= number <= 127:
            self._report("note-range", note)
            number = max(0, min(127, number))
        return number

    def _report(self, code: str, node: Node, *values: object) -> None:
        if self.reporter is not None:
            self.reporter.report(code, node.start, node.end, *values)

    # rhythm

    def _broken(self, node: Broken) -> None:
        last, measure = self.last, self.measure
        if (
            last is None
            or self.broken is not None
            or measure is None
            or (last is not measure.events[-1])
        ):
            self._report("loose-broken-rhythm", node, node.sign * node.depth)
            return
        short = Fraction(1, 1 << node.depth)
        factor = 2 - short if node.sign == ">" else short
        old = last.duration
        last.duration = old * factor
        for pitch in last.pitches:
            pitch.duration *= factor
        self.offset += last.duration - old
        self.broken = node

    def _start_tuplet(self, node: Tuplet) -> None:
        self._end_tuplet()
        q = node.q or _TUPLET_TIME.get(node.p, 0)
        if not q:
            meter = self.meter.meter if self.meter else None
            q = 3 if meter and meter.compound else 2
        self.tuplet = Fraction(q, node.p)
        self.tuplet_left = node.r or node.p
        self.tuplet_node = node

    def _end_tuplet(self) -> None:
        if self.tuplet_node is not None:
            self._report("short-tuplet", self.tuplet_node, self.tuplet_left)
        self.tuplet, self.tuplet_left, self.tuplet_node = ONE, 0, None

    def _multirest(self, node: MultiRest) -> None:
        length = self.meter.length if self.meter and self.meter.length else Fraction(4)
        measure = self._open(node.start)
        if not measure.events:
            measure.count = node.bars
            self.number += node.bars - 1
        self._event(length * node.bars, [], node)

    # bars

    def _bar(self, node: Bar) -> None:
        self._close(node.start)
        if self.broken is not None:
            self._report("loose-broken-rhythm", self.broken, self.broken.sign * self.broken.depth)
            self.broken = None
        self.boundary.bars.append(node)
        if node.kind != "[|]":
            self.accidentals = {}

    def _close(self, at: int) -> None:
        """End the measure; what follows starts a new one at a new boundary."""
        measure = self.measure
        if measure is None:
            return
        if self.layer_start is not None:
            measure.layers.append((self.offset, self.layer_start, at))
            self.offset, self.layer_start = self.whole_length, None
        measure.length = self.offset
        self.boundary = measure.after = Boundary()
        self.measure = None
        self.offset = ZERO

    def _cut(self, at: int) -> None:
        """Start a new stretch within the bar, for an ending or a part."""
        if self.measure is not None:
            self._close(at)

    def _overlay(self, node: Overlay) -> None:
        measure = self.measure
        if measure is None or node.sign in ("(&", "&)"):
            return
        if self.layer_start is None:
            self.whole_length = self.offset
        else:
            measure.layers.append((self.offset, self.layer_start, node.start))
        self.layer_start = node.end
        self.offset = ZERO
        self.accidentals = {}

    def finish(self) -> None:
        """The end of the tune."""
        if self.measure is not None:
            self._close(self.measure.end)
        if self.broken is not None:
            self._report("loose-broken-rhythm", self.broken, self.broken.sign * self.broken.depth)
        self._end_tuplet()


def _clef_words(properties: str) -> str:
    """The part of a ``V:`` that a ``K:`` may hold too: clef, octave, transposition."""
    words = [
        f"{name}={value}"
        for name, value in _PROPERTY.findall(properties)
        if name in ("clef", "octave", "transpose", "t", "middle", "m")
    ]
    bare = [word for word in _PROPERTY.sub(" ", properties).split() if read_key(f"none {word}")]
    return " ".join([*bare, *words])
