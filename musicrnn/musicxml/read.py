"""MusicXML → ABC, with all that ABC can say; what it cannot is named.

The tree keeps titles, composers, verses, grace notes, slurs, dynamics, ornaments, clefs, repeats
and endings as written, tuplets, quarter tones, parts, staves and voices. Source: MusicXML 4.0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final
from xml.etree import ElementTree

from musicrnn.abc.syntax.fields import default_unit, read_meter
from musicrnn.abc.syntax.keys import KeyField, read_key
from musicrnn.abc.syntax.text import spell_quoted, spell_text
from musicrnn.abc.syntax.tree import Directive, Field, HeaderItem, Node, ParsedTune
from musicrnn.errors import FormatError
from musicrnn.musicxml.fields import clef_name, key_value, meter_value, tempo_value, transposition
from musicrnn.musicxml.measures import PartMeasure, Said, VoiceName, read_measures, staff_number
from musicrnn.musicxml.package import parse, whole
from musicrnn.musicxml.voice_nodes import VoiceWriter

__all__ = ["MusicXmlTune", "read", "read_tune"]

Element = ElementTree.Element
ZERO: Final = Fraction(0)
_MOST_VOICES: Final = 200
#: header fields of ABC in the order of the standard
_ORDER: Final = "XTCABDFGHNOPRSZ"
#: creators that ABC has no field for stand in notes, by what they did
_COMPOSERS: Final = ("composer", "")


@dataclass(frozen=True, slots=True)
class MusicXmlTune:
    """A tune out of MusicXML; `lost` says in a few words each what ABC cannot say."""

    tune: ParsedTune
    lost: tuple[str, ...] = ()

    @property
    def warning(self) -> str:
        """One line on what is lost, ``""`` where nothing is."""
        return f"left out, since ABC cannot say it: {', '.join(self.lost)}" if self.lost else ""


def read(data: bytes, *, file: str | None = None) -> ParsedTune:
    """The tune of a MusicXML file, plain or packed. Raises FormatError."""
    return read_tune(data, file=file).tune


def read_tune(data: bytes, *, file: str | None = None) -> MusicXmlTune:
    """The tune of a MusicXML file, plain or packed, and what was lost. Raises FormatError."""
    root = parse(data, file=file)
    lost: Counter[str] = Counter()
    parts = _parts(root, lost)
    if not parts:
        raise FormatError("a score without a part", file=file)
    voices = [voice for part in parts for voice in part.voices]
    if len(voices) > _MOST_VOICES:
        raise FormatError(f"{len(voices)} voices; at most {_MOST_VOICES} are read", file=file)
    header = [*_titles(root, lost), *_first_fields(parts, voices)]
    body: list[Node] = []
    unit = _unit(parts[0].meter)
    many = len(voices) > 1
    for part in parts:
        for voice in part.voices:
            if many:
                body.append(Field("V", voice.id))
            if part.key != parts[0].key:
                body.append(Field("K", part.key, inline=True))
            body += _music(part, voice, unit, lost)
    body += [Field("W", text) for text in _miscellaneous(root, "W")]
    return MusicXmlTune(ParsedTune(tuple(header), tuple(body)), _summed(lost))


@dataclass(slots=True)
class _Voice:
    """A voice as ABC will have it: its id and staff, and voices of the file that it overlays."""

    name: VoiceName
    id: str
    staff: int
    overlaid: list[VoiceName] = field(default_factory=list)


@dataclass(slots=True)
class _Part:
    """A part: its measures, voices, and what the part list says of it."""

    listed: Element | None
    measures: list[PartMeasure]
    voices: list[_Voice]
    staves: int
    beams: bool
    opens: int = 0
    closes: int = 0
    key: str = "C"
    meter: str = "none"
    tempo: str = ""
    clefs: dict[int, str] = field(default_factory=dict)
    transpose: int = 0


def _parts(root: Element, lost: Counter[str]) -> list[_Part]:
    parts: list[_Part] = []
    listed: dict[str, tuple[Element, int, int]] = {}
    opens, last = 0, ""
    for item in root.iterfind("part-list/*"):
        if item.tag == "score-part":
            last = item.get("id", "")
            listed[last] = (item, opens, 0)
            opens = 0
        elif item.tag == "part-group" and (item.findtext("group-symbol") or "") == "bracket":
            opens += item.get("type") == "start"
        if item.tag == "part-group" and item.get("type") == "stop" and last in listed:
            name, opened, closed = listed[last]
            listed[last] = (name, opened, closed + 1)
    open_now = 0
    for element in root.iterfind("part"):
        measures = read_measures(element, lost)
        if not measures:
            continue
        known = listed.get(element.get("id", ""))
        entry = known[0] if known else None
        opened, closed = known[1:] if known else (0, 0)
        open_now += opened
        closed = min(closed, open_now)
        open_now -= closed
        beams = element.find(".//beam") is not None
        part = _Part(entry, measures, [], 1, beams, opened, closed)
        _start(part)
        _name_voices(part, sum(len(part.voices) for part in parts))
        parts.append(part)
    return parts


def _start(part: _Part) -> None:
    """What the attributes of the first measure say; they are taken out of it."""
    first = part.measures[0]
    kept: list[Said] = []
    for item in first.said:
        attributes = item.element
        if attributes.tag == "attributes" and item.onset == ZERO:
            key, time = attributes.find("key"), attributes.find("time")
            part.key = key_value(key) if key is not None else part.key
            part.meter = (meter_value(time) if time is not None else "") or part.meter
            part.staves = max(part.staves, staff_number(attributes.findtext("staves")))
            for clef in attributes.iterfind("clef"):
                part.clefs[whole(clef.get("number"), 1)] = clef_name(clef)
            transpose = attributes.find("transpose")
            if transpose is not None:
                part.transpose = transposition(transpose)
        elif item.onset == ZERO and not part.tempo and tempo_value(attributes):
            part.tempo = tempo_value(attributes)
            kept.append(_without_tempo(item))
        else:
            kept.append(item)
    first.said = kept


def _without_tempo(item: Said) -> Said:
    """A direction whose tempo stands in the header: what else it says."""
    rest = ElementTree.Element("direction", item.element.attrib)
    for type_ in item.element.iterfind("direction-type"):
        if type_.find("metronome") is None and type_.find("words") is None:
            rest.append(type_)
    return Said(item.onset, rest, item.voice, item.staff)


def _name_voices(part: _Part, before: int) -> None:
    """Which voices of the file are voices of their own: one that seldom sounds is an overlay."""
    count: Counter[VoiceName] = Counter()
    for measure in part.measures:
        count.update({name: 1 for name, events in measure.voices.items() if events})
    names = sorted(count, key=lambda name: (name[1], whole(name[0], 99), name[0]))
    for staff in range(1, max([part.staves, *(name[1] for name in names)]) + 1):
        here = [name for name in names if name[1] == staff]
        if not here and staff > part.staves:
            continue
        lead = next((n for n in here if count[n] * 2 >= len(part.measures)), None)
        lead = lead or next(iter(here), ("1", staff))
        voice = _Voice(lead, str(before + len(part.voices) + 1), staff)
        part.voices.append(voice)
        for name in here:
            if name == lead:
                continue
            if count[name] * 2 < len(part.measures):
                voice.overlaid.append(name)
            else:
                further = _Voice(name, str(before + len(part.voices) + 1), staff)
                part.voices.append(further)


# the header


def _titles(root: Element, lost: Counter[str]) -> Iterator[HeaderItem]:
    titles = [root.findtext("work/work-title"), root.findtext("movement-title")]
    work_number, movement = root.findtext("work/work-number"), root.findtext("movement-number")
    said = [" ".join(title.split()) for title in titles if title and title.strip()]
    said += _miscellaneous(root, "T")
    if not said:
        said = [_credit(root)] if _credit(root) else []
    values: dict[str, list[str]] = {letter: [] for letter in _ORDER}
    values["T"] = list(dict.fromkeys(said)) or [""]
    for creator in root.iterfind("identification/creator"):
        text = " ".join((creator.text or "").split())
        kind = creator.get("type", "")
        if text and kind in _COMPOSERS:
            values["C"].append(text)
        elif text:
            values["N"].append(f"{kind}: {text}")
    for rights in root.iterfind("identification/rights"):
        if rights.text and rights.text.strip():
            values["Z"].append(f"abc-copyright {' '.join(rights.text.split())}")
    source = root.findtext("identification/source")
    if source and source.strip():
        values["S"].append(" ".join(source.split()))
    for name, said_number in (("opus", work_number), ("movement", movement)):
        if said_number and said_number.strip():
            values["N"].append(f"{name}: {' '.join(said_number.split())}")
    for letter in _ORDER.replace("T", ""):
        values[letter] += _miscellaneous(root, letter)
    values["X"] = values["X"][:1] or ["1"]
    for letter in _ORDER:
        for value in dict.fromkeys(values[letter]):
            yield Field(letter, spell_text(value))


def _miscellaneous(root: Element, letter: str) -> list[str]:
    """What our writer kept of a header field that MusicXML has no element for."""
    return [
        " ".join((item.text or "").split())
        for item in root.iterfind("identification/miscellaneous/miscellaneous-field")
        if item.get("name") == f"abc:{letter}"
    ]


def _credit(root: Element) -> str:
    """The title on the page, for a score that has none otherwise: the first and largest words."""
    for credit in root.iterfind("credit"):
        if (credit.findtext("credit-type") or "title") == "title":
            words = " ".join((words.text or "") for words in credit.iterfind("credit-words"))
            if words.strip():
                return " ".join(words.split())
    return ""


def _first_fields(parts: Sequence[_Part], voices: Sequence[_Voice]) -> Iterator[HeaderItem]:
    lead = parts[0]
    yield Field("M", lead.meter)
    unit = _unit(lead.meter) / 4
    yield Field("L", f"{unit.numerator}/{unit.denominator}")
    tempo = next((part.tempo for part in parts if part.tempo), "")
    if tempo:
        yield Field("Q", tempo)
    if len(voices) > 1:
        yield Directive("score", " ".join(map(_group, parts)))
    for part in parts:
        name = " ".join((_name(part)).split())
        for voice in part.voices:
            words = [voice.id]
            if name and voice is part.voices[0]:
                words.append(f'name="{spell_quoted(name)}"')
            clef = part.clefs.get(voice.staff, "")
            if len(voices) > 1 and clef not in ("", "treble"):
                words.append(f"clef={clef}")
            if len(voices) > 1 and part.transpose:
                words.append(f"transpose={part.transpose}")
            if len(voices) > 1 or len(words) > 1:
                yield Field("V", " ".join(words))
            program = _program(part)
            if program:
                yield Directive("MIDI", f"program {program}")
    words = [lead.key]
    if len(voices) == 1:
        clef = lead.clefs.get(1, "")
        words += [f"clef={clef}"] if clef not in ("", "treble") else []
        words += [f"transpose={lead.transpose}"] if lead.transpose else []
    yield Field("K", " ".join(words))


def _program(part: _Part) -> int:
    """The instrument of a part as General MIDI counts from 0."""
    if part.listed is None:
        return 0
    return max(0, min(127, whole(part.listed.findtext("midi-instrument/midi-program"), 1) - 1))


def _name(part: _Part) -> str:
    name = (part.listed.findtext("part-name") or "") if part.listed is not None else ""
    return name.replace('"', "'")


def _group(part: _Part) -> str:
    """A part as ``%%score`` writes it: voices of a staff in ``()``, staves of a part in ``{}``."""
    staves: dict[int, list[str]] = {}
    for voice in part.voices:
        staves.setdefault(voice.staff, []).append(voice.id)
    groups = [f"({' '.join(ids)})" if len(ids) > 1 else ids[0] for ids in staves.values()]
    text = f"{{{' '.join(groups)}}}" if len(groups) > 1 else groups[0]
    return "[" * part.opens + text + "]" * part.closes


# the body


def _music(part: _Part, voice: _Voice, unit: Fraction, lost: Counter[str]) -> Iterator[Node]:
    clef = part.clefs.get(voice.staff, "")
    key = read_key(part.key) or KeyField(None, {}, "none")
    octave = _clef_octave(clef)
    meter = read_meter(part.meter)
    writer = VoiceWriter(key, octave, meter, unit, lost, beams=part.beams)
    writer.keeps_lines = any(measure.new_line for measure in part.measures[1:])
    writer.opening(part.measures[0].left)
    for place, measure in enumerate(part.measures):
        following = part.measures[place + 1] if place + 1 < len(part.measures) else None
        layers = [measure.voices.get(voice.name, [])]
        layers += [measure.voices[name] for name in voice.overlaid if measure.voices.get(name)]
        writer.measure(measure, layers, _said_to(part, voice, measure), following)
    writer.finish()
    yield from writer.nodes


def _unit(meter: str) -> Fraction:
    """The unit note length in quarter notes: what ABC takes for that metre."""
    said = read_meter(meter)
    return default_unit(said.meter if said else None)


def _clef_octave(clef: str) -> int:
    said = read_key(f"none clef={clef}") if clef else None
    return said.octave if said else 0


def _said_to(part: _Part, voice: _Voice, measure: PartMeasure) -> list[Said]:
    """What of a measure's directions and attributes a voice carries: those of its staff, of its
    own number, and, the first voice of the part, what belongs to none that there is."""
    first_on_staff = next(v for v in part.voices if v.staff == voice.staff) is voice
    first = part.voices[0] is voice
    numbers = {v.name[0] for v in part.voices}
    said = []
    for item in measure.said:
        element = item.element
        if element.tag == "attributes":
            own = _own_attributes(element, voice.staff, first=first)
            if own is not None:
                said.append(Said(item.onset, own, item.voice, item.staff))
            continue
        named = item.voice in numbers and element.find("voice") is not None
        mine = item.voice == voice.name[0] and item.staff == voice.staff if named else (
            first_on_staff and item.staff == voice.staff
        )  # fmt: skip
        stray = first and (item.staff > part.staves or (named and not any(
            v.name[0] == item.voice and v.staff == item.staff for v in part.voices)))  # fmt: skip
        if mine or stray:
            said.append(item)
    return said


def _own_attributes(element: Element, staff: int, *, first: bool) -> Element | None:
    """Key and clef of one staff, and the metre for the first voice. Every voice keeps its own key,
    since in ABC a ``K:`` holds for one voice."""
    own = ElementTree.Element("attributes")
    for child in element:
        number = whole(child.get("number"), 0)
        if (
            (child.tag == "key" and number in (0, staff))
            or (child.tag == "clef" and (number or 1) == staff)
            or (child.tag == "time" and number in (0, staff))
        ):
            own.append(child)
    return own if len(own) else None


def _summed(lost: Counter[str]) -> tuple[str, ...]:
    return tuple(f"{name} ({count})" for name, count in sorted(lost.items()) if count)
