"""One voice of MusicXML as the nodes of an ABC body, line by line with its words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final
from xml.etree import ElementTree

from musicrnn.abc.syntax.decorations import FERMATAS
from musicrnn.abc.syntax.fields import MeterField, read_meter
from musicrnn.abc.syntax.keys import KeyField, read_key
from musicrnn.abc.syntax.tree import (
    Bar,
    Chord,
    ChordName,
    Decoration,
    Ending,
    Field,
    LineBreak,
    Node,
    Overlay,
    Rest,
    Space,
    Tuplet,
)  # fmt: skip
from musicrnn.abc.timeline.pitches import Altered, Pitches
from musicrnn.abc.timeline.rhythm import tuplet_time
from musicrnn.musicxml.direction_nodes import DirectionReader
from musicrnn.musicxml.fields import clef_name, key_value, meter_value
from musicrnn.musicxml.harmony import symbol_of
from musicrnn.musicxml.measures import Edge, PartMeasure, Said, XmlEvent
from musicrnn.musicxml.note_nodes import NoteReader
from musicrnn.musicxml.slurs import SlurReader
from musicrnn.musicxml.words import Words

__all__ = ["VoiceWriter"]

Element = ElementTree.Element
ZERO: Final = Fraction(0)
ONE: Final = Fraction(1)
#: tuplets whose time ABC knows without its being written, in any metre
_ABC_TUPLETS: Final = (2, 3, 4, 6, 8)
_BARS_A_LINE: Final = 4
_STYLES: Final = {"light-light": "||", "light-heavy": "|]", "heavy-light": "[|",
                  "heavy-heavy": "|]",
                  "heavy": "|]", "dashed": ".|", "dotted": ".|", "none": "[|]"}  # fmt: skip


class VoiceWriter:
    """Turns the measures of one voice into nodes.

    `speaks` is whether this voice, the first of its part, carries what holds for all of it (key,
    metre, tempo, words of the staff); what is lost is counted in `lost`.
    """

    def __init__(
        self, key: KeyField, octave: int, meter: MeterField | None, unit: Fraction,
        lost: Counter[str], *, beams: bool,
    ) -> None:  # fmt: skip
        self.nodes: list[Node] = []
        self.lost = lost
        self.beams = beams
        self._pitches = Pitches(key)
        self._pitches.move(octaves=octave, shift=0)
        self._notes = NoteReader(self._pitches, lost)
        self._words = Words()
        self._directions = DirectionReader(lost)
        self._slurs = SlurReader(lost)
        self._bars = 0
        self._meter = meter
        self._unit = unit

    def measure(
        self, measure: PartMeasure, layers: Sequence[Sequence[XmlEvent]], said: Sequence[Said],
        following: PartMeasure | None,
    ) -> None:  # fmt: skip
        """One measure: its layers (the first is the voice itself), and the bar line after it."""
        shares = _shared_out(said, layers)
        for place, events in enumerate(layers):
            if place:
                self.nodes.append(Overlay())
                self._pitches.start_bar()
            self._layer(events, shares[place], measure.length)
        self._bars += not measure.implicit
        self._boundary(measure.right, following, measure.implicit)

    def opening(self, edge: Edge) -> None:
        """The bar line before the first measure."""
        self.nodes += map(Decoration, edge.marks)
        if edge.repeat == "forward":
            self.nodes.append(Bar("|:"))
        if edge.ending and edge.ending_type == "start":
            self._ending(edge.ending)

    def finish(self) -> None:
        """The end of the voice."""
        self.nodes = self._slurs.finish(self.nodes)
        last = self.nodes[-1] if self.nodes else None
        if not isinstance(last, LineBreak) and not (isinstance(last, Field) and last.letter == "w"):
            self._line()
        for place in range(len(self.nodes) - 1, -1, -1):
            if not self._words.left_blank:
                break
            node = self.nodes[place]
            if isinstance(node, Field) and node.letter == "w":
                del self.nodes[place]
                self._words.left_blank -= 1

    # notes

    def _layer(
        self, events: Sequence[XmlEvent], said: Sequence[Said], length: Fraction
    ) -> None:  # fmt: skip
        cursor = ZERO
        left = sorted(said, key=lambda item: item.onset)
        tuplet: tuple[int, int] = (1, 1)
        joined = False
        for place, event in enumerate(events):
            if event.onset < cursor:  # damaged: two notes of a voice at a time
                self.lost["notes that overlap in one voice"] += len(event.notes)
                continue
            self._gap(event.onset - cursor, joined)
            joined = joined and event.onset == cursor
            while left and left[0].onset <= event.onset:
                self._said(left.pop(0))
            if joined and not self._beamed(event):
                self.nodes.append(Space())
            if event.ratio != (1, 1) and (event.ratio != tuplet or _starts_tuplet(event)):
                self._tuplet(events, place)
            tuplet = event.ratio
            self._event(event)
            cursor = event.onset + event.length
            joined = True
        if not events and length:
            while left and left[0].onset <= ZERO:
                self._said(left.pop(0))
        self._gap(length - cursor, joined)
        for item in left:
            self._said(item)

    def _gap(self, length: Fraction, joined: bool) -> None:
        """Time in which the voice has nothing: a rest that is not drawn."""
        if length > 0:
            if joined:
                self.nodes.append(Space())
            self.nodes.append(Rest("x", length / self._unit))
            self._pitches.carry({})

    def _tuplet(self, events: Sequence[XmlEvent], place: int) -> None:
        actual, normal = events[place].ratio
        count = 0
        end = events[place].onset
        for event in events[place:]:
            if event.ratio != (actual, normal) or (count and _starts_tuplet(event)):
                break
            if event.onset != end:
                break
            count += 1
            end += event.length
        plain = Tuplet(actual)
        if actual in _ABC_TUPLETS and tuplet_time(plain, self._meter) == normal:
            self.nodes.append(plain if count == actual else Tuplet(actual, 0, count))
        else:
            self.nodes.append(Tuplet(actual, normal, count))

    def _beamed(self, event: XmlEvent) -> bool:
        """Whether a note hangs on the same beam as the one before."""
        if not event.notes:
            return False
        if self.beams:
            return (event.first.findtext("beam") or "").strip() in ("continue", "end")
        meter = self._meter.meter if self._meter else None
        beat = meter.beat if meter else ONE
        return event.length < 1 and (event.onset / beat).denominator != 1

    def _event(self, event: XmlEvent) -> None:
        length = event.length / self._unit * event.ratio[0] / event.ratio[1]
        self._graces(event.graces)
        self._struck(event, length)
        self._graces(event.after)

    def _graces(self, chords: Sequence[Sequence[Element]]) -> None:
        slurs = [s for chord in chords for note in chord for s in note.iterfind("notations/slur")]
        alone = len(chords) < 2
        self.nodes += self._slurs.starts(slurs, alone=alone)
        self.nodes += self._notes.graces(chords)
        self.nodes += self._slurs.ends(slurs, alone=alone)

    def _struck(self, event: XmlEvent, length: Fraction) -> None:
        """A note, chord or rest."""
        heads = event.notes or [event.first]
        slurs = [slur for note in heads for slur in note.iterfind("notations/slur")]
        if not event.notes:
            self._marks(event.first)
            self.nodes += self._slurs.starts(slurs)
            hidden = event.first.get("print-object") == "no" or event.first.find("cue") is not None
            self.lost["words under rests"] += sum(
                bool((text.text or "").strip()) for text in event.first.iterfind("lyric/text")
            )
            self.nodes.append(Rest("x" if hidden else "z", length))
            self.nodes += self._slurs.ends(slurs)
            self._pitches.carry({})
            return
        self._marks(event.first)
        self.nodes += self._slurs.starts(slurs)
        if len(event.notes) == 1:
            self.nodes.append(self._notes.note(event.notes[0], length))
        else:
            tied: Altered = {}
            notes = [
                replace(self._notes.of_chord(note, tied), length=own / event.length)
                for note, own in zip(event.notes, event.lengths, strict=True)
            ]
            self._pitches.carry(tied)
            self.nodes.append(Chord(tuple(notes), length))
        self.nodes += self._slurs.ends(slurs)
        left_out = self._words.add(self._notes.lyrics(event.notes))
        self.lost["syllables of one note"] += left_out

    # what stands at a note

    def _marks(self, element: Element) -> None:
        for name in self._notes.names(element):
            self.nodes.append(Decoration(name))

    # what is said

    def _said(self, item: Said) -> None:
        element = item.element
        if element.tag == "attributes":
            self._attributes(element)
        elif element.tag == "harmony":
            symbol = symbol_of(element)
            if symbol:
                self.nodes.append(ChordName(symbol))
            else:
                self.lost["chord symbols without a root"] += 1
        elif element.tag in ("direction", "sound"):
            self.nodes += self._directions.nodes(element)
        elif element.tag == "figured-bass":
            self.lost["figured bass"] += 1

    def _attributes(self, element: Element) -> None:
        key, clef, time = element.find("key"), element.find("clef"), element.find("time")
        words = []
        if key is not None:
            words.append(key_value(key))
        if clef is not None and clef_name(clef):
            words.append(f"clef={clef_name(clef)}")
        said = read_key(" ".join(words)) if words else None
        if said is not None:
            self.nodes.append(Field("K", " ".join(words), inline=True))
            self._pitches.set_key(said)
        value = meter_value(time) if time is not None else ""
        if value:
            self.nodes.append(Field("M", value, inline=True))
            self._meter = read_meter(value)

    # bar lines

    def _boundary(self, right: Edge, following: PartMeasure | None, implicit: bool) -> None:
        left = following.left if following is not None else Edge()
        starts = left.repeat == "forward" or right.repeat == "forward"
        ends = right.times - 1 if right.repeat == "backward" else 0
        ending = left.ending if left.ending_type == "start" else ""
        kind = _kind(starts, ends, right.style)
        if right.style == "none" and (following is None or (ending and not starts)):
            kind = ""
        if kind == "|" and right.ending_type == "stop" and not ending:
            kind = "||"  # ABC ends an ending by its bar line
        marks = [*right.marks, *left.marks]
        if kind:
            self.nodes += (Decoration(mark) for mark in marks if mark in FERMATAS)
            self.nodes.append(Bar(kind))
            self._pitches.start_bar()
        self.nodes += (Decoration(mark) for mark in marks if mark not in FERMATAS)
        breaks = following is not None and following.new_line
        if following is None or breaks or (not self.keeps_lines and self._bars >= _BARS_A_LINE):
            self._line()
        if ending:
            self._ending(ending)

    keeps_lines = False

    def _line(self) -> None:
        self._bars = 0
        self.nodes.append(LineBreak())
        self.nodes += self._words.lines()

    def _ending(self, text: str) -> None:
        numbers: list[int] = []
        for first, last in re.findall(r"(\d{1,2})(?:\s*-\s*(\d{1,2}))?", text):
            numbers += range(int(first), int(last or first) + 1)
        numbers = [number_ for number_ in dict.fromkeys(numbers) if 0 < number_ < 100][:20]
        if numbers:
            self.nodes.append(Ending(tuple(numbers)))
        elif text.strip():
            self.lost["endings without a number"] += 1


def _shared_out(said: Sequence[Said], layers: Sequence[Sequence[XmlEvent]]) -> list[list[Said]]:
    """What is said in each layer: chord symbols and directions where something begins at their
    moment, in the first layer if anything does; all else in the first."""
    shares: list[list[Said]] = [[] for _ in layers]
    onsets = [{event.onset for event in events} for events in layers]
    for item in said:
        begins = [place for place, moments in enumerate(onsets) if item.onset in moments]
        movable = item.element.tag in ("harmony", "direction")
        if shares:
            shares[begins[0] if begins and movable else 0].append(item)
    return shares


def _kind(starts: bool, ends: int, style: str) -> str:
    if ends and starts:
        return "::" if ends == 1 else ":" * ends + "|:"
    if ends:
        return ":" * ends + "|"
    return "|:" if starts else _STYLES.get(style, "|")


def _starts_tuplet(event: XmlEvent) -> bool:
    return any(t.get("type") == "start" for t in event.first.iterfind("notations/tuplet"))
