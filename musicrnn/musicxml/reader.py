"""Melodies, voices and chord symbols out of MusicXML, for corpora of thousands of scores.

This reads what a model learns from (notes, ties, metre, key, chord symbols) in a hundredth of
the time that music21 takes; repeats are not played out, grace notes and ornaments are left out.
To convert one file with all that it says, use `musicrnn.render.from_musicxml`.

Source: MusicXML 4.0, ``score-partwise``; ``.mxl`` is the same in a zip archive.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from xml.etree import ElementTree

from musicrnn.errors import FormatError
from musicrnn.musicxml.harmony import plain_symbol_of
from musicrnn.musicxml.package import number as decimal
from musicrnn.musicxml.package import parse, whole
from musicrnn.score import (
    ChordSymbol,
    Key,
    KeyChange,
    Lyric,
    Meter,
    MeterChange,
    Note,
    Part,
    Score,
    TempoChange,
)
from musicrnn.theory.chords import is_chord
from musicrnn.theory.pitch import SEMITONES

__all__ = ["read_musicxml"]

Element = ElementTree.Element

#: The finest division of a quarter note, over the whole piece, that is read; one that grows from
#: measure to measure makes each step dearer than the one before.
MOST_DIVISIONS = 1 << 64


@dataclass
class _Content:
    """What has been read so far."""

    notes: list[Note] = field(default_factory=list)
    meters: dict[Fraction, Meter] = field(default_factory=dict)
    keys: dict[Fraction, Key] = field(default_factory=dict)
    tempos: dict[Fraction, Fraction] = field(default_factory=dict)
    chords: dict[Fraction, str] = field(default_factory=dict)
    fermatas: set[Fraction] = field(default_factory=set)
    lyrics: list[Lyric] = field(default_factory=list)
    pickup: Fraction = Fraction(0)
    length: Fraction = Fraction(0)


def read_musicxml(data: bytes, *, file: str | None = None) -> Score:
    """The score in a MusicXML file, plain or packed, a part for each of its parts.

    Raises `FormatError` for what is no MusicXML or too large.
    """
    try:
        root = parse(data, file=file)
        content = _Content()
        for number, part in enumerate(root.iterfind("part")):
            _read_part(part, number, content, file)
    except (ValueError, TypeError, KeyError, ArithmeticError) as error:
        raise FormatError(f"not MusicXML that can be read: {error}", file=file) from error
    names = [part.findtext("part-name") or "" for part in root.iterfind("part-list/score-part")]
    parts = [Part(name.strip()) for name in names] or [Part()]
    title = root.findtext("work/work-title") or root.findtext("movement-title") or ""
    return Score.of(
        content.notes,
        parts=parts,
        tempos=[TempoChange(at, qpm) for at, qpm in sorted(content.tempos.items())],
        meters=[MeterChange(at, meter) for at, meter in sorted(content.meters.items())],
        keys=[KeyChange(at, key) for at, key in sorted(content.keys.items())],
        chords=[ChordSymbol(at, text) for at, text in sorted(content.chords.items())],
        title=" ".join(title.split()),
        length=content.length,
        pickup=content.pickup,
        fermatas=content.fermatas,
        lyrics=content.lyrics,
    )


def _read_part(part: Element, number: int, content: _Content, file: str | None) -> None:
    """Notes of one part, measure after measure; a measure is as long as what stands in it."""
    at, divisions, meter = Fraction(0), Fraction(1), None
    tied: dict[tuple[str, int], Note] = {}
    lengths: dict[str | None, Fraction] = {}  # by written duration
    for index, measure in enumerate(part.iterfind("measure")):
        start = cursor = end = before = at
        for element in measure:
            if element.tag == "attributes":
                divisions = decimal(element.findtext("divisions"), divisions) or divisions
                lengths.clear()
                meter = _attributes(element, cursor, content) or meter
                if cursor.denominator > MOST_DIVISIONS:
                    raise FormatError("notes divided finer than any music is", file=file)
            elif element.tag in ("backup", "forward"):
                step = decimal(element.findtext("duration")) / divisions
                cursor += -step if element.tag == "backup" else step
            elif element.tag == "harmony":
                _harmony(element, cursor, divisions, content)
            elif element.tag in ("sound", "direction"):
                _tempo(element, cursor, content)
            elif element.tag == "note" and element.find("grace") is None:
                written = element.findtext("duration")
                duration = lengths.get(written)
                if duration is None:
                    duration = lengths[written] = decimal(written) / divisions
                onset = before if element.find("chord") is not None else cursor
                _note(element, onset, duration, number, tied, content)
                before, cursor = onset, max(cursor, onset + duration)
            end = max(end, cursor)
        at = end if end > start or meter is None else start + meter.length
        if index == 0 and meter is not None and at - start < meter.length:
            content.pickup = at - start
    content.notes += tied.values()
    content.length = max(content.length, at)


def _attributes(element: Element, at: Fraction, content: _Content) -> Meter | None:
    """Key and metre from here on; returns the metre, if there is a new one."""
    fifths = element.findtext("key/fifths")
    if fifths is not None and abs(int(fifths)) <= 7:
        minor = element.findtext("key/mode") == "minor"
        content.keys.setdefault(at, Key.of_signature(int(fifths), minor=minor))
    beats, unit = element.findtext("time/beats"), element.findtext("time/beat-type")
    if not beats or not unit:
        return None
    meter = Meter(sum(int(beat) for beat in beats.split("+")), int(unit))
    content.meters.setdefault(at, meter)
    return meter


def _note(
    element: Element,
    onset: Fraction,
    duration: Fraction,
    part: int,
    tied: dict[tuple[str, int], Note],
    content: _Content,
) -> None:
    """A note, or the rest of one that is tied to it."""
    pitch = _pitch(element)
    if pitch is None or not duration:
        return
    # A path of one name is looked for far faster than one of two.
    if element.find("notations") is not None and element.find("notations/fermata") is not None:
        content.fermatas.add(onset)
    lyric = element.find("lyric")
    syllable = (element.findtext("lyric/text") or "").strip() if lyric is not None else ""
    if syllable:
        goes_on = element.findtext("lyric/syllabic") in ("begin", "middle")
        content.lyrics.append(Lyric(onset, syllable + "-" * goes_on, part))
    ties = {tie.get("type") for tie in element.iterfind("tie")}
    key = (element.findtext("voice") or "", pitch)
    note = tied.pop(key, None)
    if note is not None and note.end == onset and "stop" in ties:
        note = replace(note, duration=note.duration + duration)
    else:
        if note is not None:
            content.notes.append(note)
        note = Note(onset, pitch, duration, part=part)
    if "start" in ties:
        tied[key] = note
    else:
        content.notes.append(note)


def _pitch(element: Element) -> int | None:
    written = element.find("pitch")
    step = written.findtext("step") if written is not None else None
    if written is None or step is None:
        return None
    altered = written.findtext("alter")
    alter = round(decimal(altered)) if altered else 0
    pitch = SEMITONES[step] + alter + 12 * (whole(written.findtext("octave"), 4) + 1)
    return pitch if 0 <= pitch <= 127 else None


def _harmony(element: Element, at: Fraction, divisions: Fraction, content: _Content) -> None:
    """A chord symbol; one that cannot be written as a symbol is left out."""
    at += decimal(element.findtext("offset")) / divisions
    text = plain_symbol_of(element)
    if is_chord(text):
        content.chords[max(at, Fraction(0))] = text


def _tempo(element: Element, at: Fraction, content: _Content) -> None:
    sound = element if element.tag == "sound" else element.find("sound")
    tempo = sound.get("tempo") if sound is not None else None
    if tempo and 4 <= float(tempo) <= 1000:
        content.tempos[at] = Fraction(tempo).limit_denominator(1000)
