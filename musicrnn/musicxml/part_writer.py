"""One part of MusicXML: all voices of its staves, bar after bar."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final
from xml.etree import ElementTree

from musicrnn.abc.syntax.fields import read_meter
from musicrnn.abc.syntax.keys import KeyField, read_key
from musicrnn.abc.syntax.tree import Field, ParsedTune
from musicrnn.abc.syntax.voice_field import clef_words
from musicrnn.musicxml import elements
from musicrnn.musicxml.bars import (
    divided,
    divisions,
    fills,
    numbers,
    partial,
    spread,
    style,
)  # fmt: skip
from musicrnn.musicxml.directions import write_placed
from musicrnn.musicxml.elements import add
from musicrnn.musicxml.notes import (
    Accidentals,
    Piece,
    beamed,
    pieces_of,
    stems_of,
    transposition,
    write_graces,
    write_piece,
)  # fmt: skip
from musicrnn.musicxml.parts import PartPlan
from musicrnn.musicxml.sheet import Placed, Sheet, SheetMeasure, Struck, VoiceSheet

__all__ = ["Aside", "PartWriter", "ScoreContext"]

Element = ElementTree.Element
ZERO: Final = Fraction(0)


@dataclass(frozen=True, slots=True)
class Aside:
    """What stands beside a note and is drawn by us: the kind of mark, the id of the note in the
    picture, and the text."""

    kind: str
    note: str
    text: str = ""


class ScoreContext:
    """What the parts of one tune share while they are written: its sheet, the ids of the notes, and
    what one part says for all."""

    def __init__(self, sheet: Sheet, ids: str, bars_per_line: int) -> None:
        self.sheet = sheet
        self.tune = sheet.tune
        self.ids = ids
        self.bars_per_line = bars_per_line
        self.asides: list[Aside] = []
        self.line_breaks = False
        self.said: set[tuple[int, Fraction, str]] = set()  # tempo marks and part letters
        self._count = 0
        bars = [spread(voice) for voice in sheet.voices.values()]
        self.bars = dict(zip(sheet.voices, divided(bars) if ids else bars, strict=True))

    def name(self) -> str:
        """The id of the next note."""
        self._count += 1
        return f"{self.ids}{self._count}" if self.ids else ""

    def aside(self, kind: str, text: str = "") -> None:
        """Something to be drawn at the next note."""
        self.asides.append(Aside(kind, f"{self.ids}{self._count + 1}", text))


class PartWriter:
    """Writes one part: all voices of its staves, bar after bar."""

    def __init__(
        self, score: ScoreContext, plan: PartPlan, voices: list[tuple[VoiceSheet, int]], index: int
    ) -> None:
        self.score = score
        self.index = index
        self.staves = len(plan.staves)
        self.voices = [(score.bars[sheet.voice.id], sheet, staff) for sheet, staff in voices]
        self.divisions = divisions(self.voices)
        self.open_ending = ""
        self.bars_in_line = 0
        key_field = header_field(score.tune, "K")
        key = read_key(key_field.value) if key_field else None
        self.keys = [key or KeyField(None, {}, "none") for _ in self.voices]
        self._numbers: dict[tuple[int, int], int] = {(v, 0): v + 1 for v in range(len(voices))}
        self._stem = ""  # of the layer that is being written

    def write(self, part: Element, count: int) -> None:
        """All measures; a part that ends early is filled up with nothing."""
        lead = self.voices[0][0]
        names = list(numbers(lead))
        for place in range(count):
            measure = lead[place] if place < len(lead) else None
            element = add(part, "measure", number=names[place] if measure else str(place + 1))
            if measure is not None:
                self._begin(element, measure, place)
            total = self._layers(element, place)
            if measure is not None:
                if partial(measure):
                    element.set("implicit", "yes")
                self._end(element, measure, lead[place + 1] if place + 1 < len(lead) else None)
            elif not total:
                add(add(element, "forward"), "duration", self._ticks(ZERO, Fraction(4)))

    # bar lines

    def _begin(self, element: Element, measure: SheetMeasure, place: int) -> None:
        if place and self.index == 0 and self._starts_line(measure):
            add(element, "print", new_system="yes")
            self.score.line_breaks = True
        if place == 0:
            self._first_attributes(element, measure)
        before = measure.before
        if before.starts or before.ending is not None:
            bar = Element("barline", {"location": "left"})
            if before.starts:
                add(bar, "bar-style", "heavy-light")
            if before.ending is not None:
                self.open_ending = ",".join(map(str, before.ending.numbers))
                add(bar, "ending", number=self.open_ending, type="start")
            if before.starts:
                add(bar, "repeat", direction="forward")
            element.append(bar)
        tempo = header_field(self.score.tune, "Q") if not place and not self.index else None
        if tempo is not None:
            write_placed(element, tempo, 1, 0, unit=self.score.sheet.timeline.unit)

    def _starts_line(self, measure: SheetMeasure) -> bool:
        if not self.score.bars_per_line:
            return measure.new_line
        if self.bars_in_line >= self.score.bars_per_line:
            self.bars_in_line = 0
            return True
        return False

    def _end(self, element: Element, measure: SheetMeasure, following: SheetMeasure | None) -> None:
        after = measure.after
        self.bars_in_line += not partial(measure)
        line = style(after)
        ends = after.ends or after.starts or after.double or after.ending or following is None
        closes = self.open_ending if ends else ""
        if not (line or closes or after.ends or measure.fermatas):
            return
        bar = add(element, "barline", location="right")
        if line:
            add(bar, "bar-style", line)
        for mark in dict.fromkeys(measure.fermatas):
            add(bar, "fermata", type="inverted" if mark == "invertedfermata" else "upright")
        if closes:
            whole = after.ends or (after.double and not after.starts)
            add(bar, "ending", number=closes, type="stop" if whole else "discontinue")
            self.open_ending = ""
        if after.ends:
            times = {"times": str(after.ends + 1)} if after.ends > 1 else {}
            add(bar, "repeat", direction="backward", **times)

    def _first_attributes(self, element: Element, measure: SheetMeasure) -> None:
        attributes = add(element, "attributes")
        add(attributes, "divisions", self.divisions)
        elements.key(attributes, self.keys[0])
        meter_field = header_field(self.score.tune, "M")
        elements.time(attributes, self.score.sheet.timeline.meter, meter_field)
        if self.staves > 1:
            add(attributes, "staves", self.staves)
        for staff in range(1, self.staves + 1):
            number = staff if self.staves > 1 else 0
            elements.clef(attributes, self._first_clef(staff), number)
        shift = self._shift()
        if shift:
            octaves, chromatic = divmod(abs(shift), 12)
            sign = 1 if shift > 0 else -1
            transpose = add(attributes, "transpose")
            add(transpose, "chromatic", sign * chromatic)
            if octaves:
                add(transpose, "octave-change", sign * octaves)
        rest = next((item for item in measure.items if isinstance(item, Struck)), None)
        if rest is not None and rest.bars > 1:
            self._multiple(attributes, rest.bars)

    def _multiple(self, attributes: Element, bars: int) -> None:
        if len(self.voices) == 1 and len(self.score.sheet.voices) == 1:
            add(add(attributes, "measure-style"), "multiple-rest", bars)

    def _first_clef(self, staff: int) -> str:
        for _, sheet, number in self.voices:
            if number == staff:
                words = clef_words(sheet.properties)
                said = read_key(f"none {words}") if words else None
                if said is not None and said.clef:
                    return said.clef
        return self.keys[0].clef

    def _shift(self) -> int:
        """By how much the first voice sounds above what is written."""
        for measures, _, _ in self.voices:
            for measure in measures:
                for item in measure.items:
                    if isinstance(item, Struck) and item.event.pitches:
                        return transposition(item.event.pitches[0])
        return 0

    # the voices of a bar

    def _layers(self, element: Element, place: int) -> Fraction:
        """The notes of every voice; how long the longest is."""
        total = cursor = ZERO
        stems = self._stems(place) if self.score.ids else {}
        for number, (measures, _, staff) in enumerate(self.voices):
            if place >= len(measures):
                continue
            measure = measures[place]
            layers = sorted({item.layer for item in measure.items} | {0})
            for layer in layers:
                self._move(element, cursor, ZERO)
                items = [item for item in measure.items if item.layer == layer]
                self._stem = stems.get((number, layer), "")
                cursor = self._layer(element, measure, items, number, layer, staff, place)
                total = max(total, cursor)
        self._move(element, cursor, total)
        return total

    def _stems(self, place: int) -> dict[tuple[int, int], str]:
        """The direction of stems where three voices or more share a staff, by voice and layer."""
        directions: dict[tuple[int, int], str] = {}
        for staff in range(1, self.staves + 1):
            layers: dict[tuple[int, int], list[Struck]] = {}
            for number, (measures, _, at) in enumerate(self.voices):
                for item in measures[place].items if place < len(measures) and at == staff else ():
                    if isinstance(item, Struck) and item.event.pitches:
                        layers.setdefault((number, item.layer), []).append(item)
            if len(layers) > 2:
                directions |= stems_of(layers)
        return directions

    def _layer(
        self, element: Element, measure: SheetMeasure, items: list[Struck | Placed], number: int,
        layer: int, staff: int, place: int,
    ) -> Fraction:  # fmt: skip
        """The notes of one layer of one voice; where they end."""
        voice = self._numbers.setdefault((number, layer), len(self._numbers) + 1)
        shown = self.staves > 1
        accidentals = Accidentals(_displayed(self.keys[number]))
        pieces = {id(item): pieces_of(item) for item in items if isinstance(item, Struck)}
        beamed([piece for item in pieces.values() for piece in item])
        cursor = ZERO
        alone = len(pieces) == 1
        for item in items:
            if isinstance(item, Placed):
                self._placed(element, item, accidentals, (number, voice, staff, place))
                continue
            self._move(element, cursor, item.onset)
            if item.bars > 1 and place:
                self._multiple(add(element, "attributes"), item.bars)
            many, name = staff if shown else 0, self.score.name
            write_graces(element, item.graces, accidentals, voice, many, name)
            if self.score.ids and "roll" in item.marks:
                # A turn finds its place among the other signs; the picture puts a roll there.
                self.score.aside("roll")
                item.marks[item.marks.index("roll")] = "turn"
            whole = alone and not item.event.pitches and fills(measure, item)
            cursor = item.onset
            for piece in pieces[id(item)][: 1 if whole else None]:
                length = item.length if whole else piece.written.length
                self._piece(element, piece, (cursor, length), accidentals, voice, many, whole)
                cursor += length
            write_graces(element, item.after, accidentals, voice, many, name)
        return cursor

    def _piece(
        self, element: Element, piece: Piece, span: tuple[Fraction, Fraction],
        accidentals: Accidentals, voice: int, staff: int, whole: bool,
    ) -> None:  # fmt: skip
        ticks = self._ticks(span[0], span[0] + span[1])
        write_piece(
            element, piece, ticks, accidentals, voice, staff, whole, self.score.name, self._stem
        )

    def _placed(
        self, element: Element, item: Placed, accidentals: Accidentals,
        where: tuple[int, int, int, int],
    ) -> None:  # fmt: skip
        number, voice, staff, place = where
        node = item.node
        if isinstance(node, Field):
            self._field(element, node, accidentals, (number, staff, place), item.onset)
        elif not self._by_hand(node):
            write_placed(element, node, voice, staff if self.staves > 1 else 0)

    def _by_hand(self, node: object) -> bool:
        """Tell an annotation beside its note as an aside, where ids are given."""
        text = getattr(node, "text", "")
        beside = type(node).__name__ == "Annotation" and len(text) > 1 and text[0] in "<>@"
        if not (self.score.ids and beside):
            return False
        self.score.aside({"<": "left", ">": "right", "@": "at"}[text[0]], text[1:])
        return True

    def _field(
        self, element: Element, node: Field, accidentals: Accidentals,
        where: tuple[int, int, int], onset: Fraction,
    ) -> None:  # fmt: skip
        number, staff, place = where
        many = staff if self.staves > 1 else 0
        first_on_staff = all(self.voices[v][2] != staff for v in range(number))
        if node.letter == "K":
            key = read_key(node.value)
            if key is None:
                return
            attributes = Element("attributes")
            if key.changes_key:
                self.keys[number] = key
                accidentals.signature = _displayed(key)
                accidentals.shown = {}
                if first_on_staff:
                    elements.key(attributes, key, many)
            if key.clef and first_on_staff:
                elements.clef(attributes, key.clef, many)
            if len(attributes):
                element.append(attributes)
        elif node.letter == "M" and number == 0:
            elements.time(add(element, "attributes"), read_meter(node.value), node)
        elif node.letter in "QPT" and (place, onset, node.letter) not in self.score.said:
            self.score.said.add((place, onset, node.letter))
            write_placed(element, node, number + 1, many, unit=self.score.sheet.timeline.unit)

    # time

    def _ticks(self, start: Fraction, end: Fraction) -> int:
        """The time between two moments of a bar in divisions, so that roundings do not add up."""
        return round(end * self.divisions) - round(start * self.divisions)

    def _move(self, element: Element, cursor: Fraction, to: Fraction) -> None:
        if cursor != to:
            tag = "backup" if to < cursor else "forward"
            ticks = self._ticks(min(cursor, to), max(cursor, to))
            add(add(element, tag), "duration", ticks)


def _displayed(key: KeyField) -> dict[str, Fraction]:
    return dict(key.signature)


def header_field(tune: ParsedTune, letter: str) -> Field | None:
    items = [*tune.inherited, *tune.header]
    return next((i for i in reversed(items) if isinstance(i, Field) and i.letter == letter), None)
