"""MusicXML as measures of events: each voice on its own, with exact times.

This undoes what is special about MusicXML: the cursor that goes back and forth, chords as notes
with a flag, times rounded to divisions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final
from xml.etree import ElementTree

from musicrnn.abc.syntax.decorations import FERMATAS
from musicrnn.errors import FormatError
from musicrnn.musicxml.durations import TYPES
from musicrnn.musicxml.package import number, whole

__all__ = ["Edge", "PartMeasure", "Said", "VoiceName", "XmlEvent", "read_measures", "staff_number"]

Element = ElementTree.Element
ZERO: Final = Fraction(0)
#: longer than any measure; a file that says more is damaged
_LONGEST: Final = Fraction(4096)
#: staves of a part
MOST_STAVES: Final = 20
#: moments looked at, over a whole part, where the cursor goes back or forth: each time all of the
#: measure's
MOST_MOMENTS: Final = 2_000_000

#: a voice of a part: its number, and its staff
VoiceName = tuple[str, int]


@dataclass(slots=True)
class XmlEvent:
    """A note, chord or rest: `notes` are its elements (none for a rest) and `graces` those of the
    grace notes before it, chord by chord; `after` are those behind it, before the bar line.
    `length` is in quarter notes, `ratio` its tuplet's; `lengths` are those of the single notes of a
    chord."""

    onset: Fraction
    length: Fraction
    notes: list[Element]
    first: Element
    ratio: tuple[int, int] = (1, 1)
    graces: list[list[Element]] = field(default_factory=list)
    lengths: list[Fraction] = field(default_factory=list)
    after: list[list[Element]] = field(default_factory=list)


@dataclass(slots=True)
class Said:
    """An element that is no note (direction, harmony, attributes) at a moment of the measure."""

    onset: Fraction
    element: Element
    voice: str
    staff: int


@dataclass(slots=True)
class Edge:
    """A bar line: style, repeat (``forward``, ``backward``) and how often, ending; the decorations
    that stand at it."""

    style: str = ""
    repeat: str = ""
    times: int = 2
    ending: str = ""
    ending_type: str = ""
    marks: list[str] = field(default_factory=list)


@dataclass(slots=True)
class PartMeasure:
    """One measure of one part."""

    voices: dict[VoiceName, list[XmlEvent]]
    said: list[Said]
    left: Edge
    right: Edge
    length: Fraction
    implicit: bool
    new_line: bool


class _Reader:
    """Reads the measures of a part."""

    def __init__(self, lost: Counter[str]) -> None:
        self.divisions = Fraction(1)
        self.lost = lost
        self._graces: dict[VoiceName, list[list[Element]]] = {}
        self._moments = 0

    def read(self, element: Element) -> PartMeasure:
        measure = PartMeasure({}, [], Edge(), Edge(), ZERO, False, False)
        measure.implicit = element.get("implicit") == "yes"
        cursor = end = ZERO
        last: XmlEvent | None = None
        for child in element:
            if child.tag == "note":
                if child.find("chord") is not None and last is not None:
                    self._chord(child, last)
                    continue
                if child.find("grace") is not None:
                    last = self._grace(child)
                    continue
                event = self._event(child, cursor)
                if event is None:
                    continue
                name = _voice(child)
                event.graces = self._graces.pop(name, [])
                measure.voices.setdefault(name, []).append(event)
                last, cursor = event, cursor + event.length
            elif child.tag in ("backup", "forward"):
                step = min(number(child.findtext("duration")) / self.divisions, _LONGEST)
                cursor = max(cursor - step, ZERO) if child.tag == "backup" else cursor + step
                cursor = self._snapped(cursor, measure)
                last = None
            elif child.tag == "barline":
                self._barline(child, measure)
            elif child.tag == "print":
                measure.new_line |= "yes" in (child.get("new-system"), child.get("new-page"))
            else:
                if child.tag == "attributes":
                    divisions = number(child.findtext("divisions"))
                    self.divisions = divisions if divisions > 0 else self.divisions
                offset = number(child.findtext("offset")) / self.divisions
                at = max(min(cursor + offset, cursor + _LONGEST), ZERO)
                staff = staff_number(child.findtext("staff"))
                measure.said.append(Said(at, child, child.findtext("voice") or "", staff))
            end = max(end, cursor)
        measure.length = min(end, _LONGEST)
        for name in self._graces.keys() & measure.voices.keys():
            measure.voices[name][-1].after = self._graces.pop(name)
        return measure

    def _event(self, note: Element, cursor: Fraction) -> XmlEvent | None:
        duration = number(note.findtext("duration")) / self.divisions
        if not ZERO < duration <= _LONGEST:
            return None
        ratio = _ratio(note)
        length = self._exact(note, duration, ratio)
        silent = note.find("rest") is not None or note.find("cue") is not None
        if note.find("cue") is not None:
            self.lost["cue notes"] += 1
        silent = silent or note.get("print-object") == "no"
        return XmlEvent(
            cursor,
            length,
            [] if silent else [note],
            note,
            ratio,
            lengths=[] if silent else [length],
        )

    def _exact(self, note: Element, duration: Fraction, ratio: tuple[int, int]) -> Fraction:
        """The length that type, dots and tuplet give, where the duration is that one rounded."""
        base = TYPES.get((note.findtext("type") or "").strip())
        if base is None:
            return duration
        dots = min(len(note.findall("dot")), 4)
        drawn = base * (2 - Fraction(1, 1 << dots)) * Fraction(ratio[1], ratio[0])
        return drawn if abs(drawn - duration) * self.divisions < 1 else duration

    def _chord(self, note: Element, last: XmlEvent) -> None:
        if note.find("grace") is not None:
            graces = last.graces
            if graces:
                graces[-1].append(note)
        elif last.notes:
            duration = number(note.findtext("duration")) / self.divisions
            length = self._exact(note, duration, _ratio(note))
            last.notes.append(note)
            last.lengths.append(length if ZERO < length <= _LONGEST else last.length)

    def _grace(self, note: Element) -> XmlEvent:
        """A grace note waits for the next note of its voice."""
        waiting = self._graces.setdefault(_voice(note), [])
        waiting.append([note])
        return XmlEvent(ZERO, ZERO, [], note, graces=waiting)

    def _snapped(self, cursor: Fraction, measure: PartMeasure) -> Fraction:
        """The start or end of a note that a rounded cursor means."""
        moments = list(_moments(measure))
        self._moments += len(moments)
        if self._moments > MOST_MOMENTS:
            raise FormatError("measures that go back and forth more than any music does")
        nearest = min(moments, key=lambda moment: abs(moment - cursor), default=cursor)
        return nearest if 0 < abs(nearest - cursor) * self.divisions < 2 else cursor

    def _barline(self, element: Element, measure: PartMeasure) -> None:
        location = element.get("location", "right")
        if location == "middle":
            self.lost["bar lines within a bar"] += 1
            return
        edge = measure.left if location == "left" else measure.right
        edge.style = (element.findtext("bar-style") or edge.style).strip()
        for mark in element:
            if mark.tag in ("segno", "coda"):
                edge.marks.append(mark.tag)
            elif mark.tag == "fermata":
                edge.marks.append(FERMATAS[mark.get("type") == "inverted"])
        repeat = element.find("repeat")
        if repeat is not None:
            edge.repeat = repeat.get("direction", "")
            edge.times = max(2, min(whole(repeat.get("times"), 2), 99))
        ending = element.find("ending")
        if ending is not None:
            edge.ending = ending.get("number", "") or (ending.text or "")
            edge.ending_type = ending.get("type", "")

    def left_graces(self) -> int:
        """How many grace notes stand in bars without notes, and no note of their voice follows."""
        return sum(len(graces) for graces in self._graces.values())


def _moments(measure: PartMeasure) -> Iterator[Fraction]:
    yield ZERO
    for events in measure.voices.values():
        for event in events:
            yield event.onset
            yield event.onset + event.length


def _voice(note: Element) -> VoiceName:
    return (note.findtext("voice") or "1").strip()[:20], staff_number(note.findtext("staff"))


def staff_number(text: str | None) -> int:
    """The number of a staff, or how many there are; of more than any part has, the last."""
    return max(1, min(whole(text, 1), MOST_STAVES))


def _ratio(note: Element) -> tuple[int, int]:
    actual = whole(note.findtext("time-modification/actual-notes"), 1)
    normal = whole(note.findtext("time-modification/normal-notes"), 1)
    return (actual, normal) if 0 < actual < 1000 and 0 < normal < 1000 else (1, 1)


def read_measures(part: Element, lost: Counter[str]) -> list[PartMeasure]:
    """The measures of a part; what had to be left out is counted in `lost`.

    A voice that goes from staff to staff stays one voice, named by the staff where most of it is.
    """
    reader = _Reader(lost)
    measures = [reader.read(element) for element in part.iterfind("measure")]
    lost["grace notes without a note"] += reader.left_graces()
    _join_staves(measures)
    return measures


def _join_staves(measures: list[PartMeasure]) -> None:
    count: Counter[VoiceName] = Counter()
    apart: set[str] = set()  # numbers that mean another voice on each staff
    for measure in measures:
        ends: dict[str, list[tuple[Fraction, Fraction, int]]] = {}
        for (voice, staff), events in measure.voices.items():
            count[voice, staff] += len(events)
            spans = [(event.onset, event.onset + event.length, staff) for event in events]
            others = ends.setdefault(voice, [])
            if any(a < d and c < b for a, b, _ in spans for c, d, _ in others):
                apart.add(voice)
            others += spans
    home: dict[str, int] = {}
    for (voice, staff), events_there in count.items():
        if voice not in home or events_there > count[voice, home[voice]]:
            home[voice] = staff
    for measure in measures:
        joined: dict[VoiceName, list[XmlEvent]] = {}
        for (voice, staff), events in measure.voices.items():
            name = (voice, staff if voice in apart else home[voice])
            joined.setdefault(name, []).extend(events)
        for events in joined.values():
            events.sort(key=lambda event: event.onset)
        measure.voices = joined
