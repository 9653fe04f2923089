"""Notes, chords and rests of a sheet as ``<note>`` elements, beams and all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final
from xml.etree import ElementTree

from musicrnn.abc.syntax.tree import Chord, MultiRest, Note, Rest
from musicrnn.abc.timeline.timeline import Pitch
from musicrnn.musicxml.durations import Written, beams_of, tied_pieces
from musicrnn.musicxml.elements import ACCIDENTALS, add, decimal
from musicrnn.musicxml.sheet import Graces, Lyric, Struck
from musicrnn.musicxml.signs import NOTATIONS, Sign
from musicrnn.theory.pitch import SEMITONES

__all__ = [
    "Accidentals",
    "Piece",
    "beamed",
    "own_length",
    "pieces_of",
    "stems_of",
    "write_graces",
    "write_piece",
]

Element = ElementTree.Element
#: from here on notes have no stem
_WHOLE: Final = Fraction(4)
#: written length of a grace note in quarter notes → its type (drawn only: it takes no time)
_GRACE_TYPES: Final = ((Fraction(1), "quarter"), (Fraction(1, 2), "eighth"),
                       (Fraction(1, 4), "16th"), (Fraction(0), "32nd"))  # fmt: skip


@dataclass(slots=True)
class Accidentals:
    """What the signs on the staff say so far, in one voice and bar."""

    signature: dict[str, Fraction]
    shown: dict[tuple[str, int], Fraction] = field(default_factory=dict)

    def sign(self, pitch: Pitch, *, tied: bool) -> str:
        """The sign that must stand before a note, ``""`` for none."""
        node = pitch.node
        assert node is not None
        place = node.step, pitch.octave
        if tied and not node.accidental:
            return ""
        if not node.accidental and self.shown.get(
            place, self.signature.get(node.step, Fraction(0))
        ) == pitch.altered:  # fmt: skip
            return ""
        self.shown[place] = pitch.altered
        nearest = min(ACCIDENTALS, key=lambda value: abs(value - pitch.altered))
        return ACCIDENTALS[nearest]


@dataclass(slots=True)
class Piece:
    """One of the tied notes that an event is drawn as."""

    struck: Struck
    written: Written
    first: bool
    last: bool
    beams: list[str] = field(default_factory=list)


def pieces_of(struck: Struck) -> list[Piece]:
    """The notes that an event is drawn as: mostly one."""
    written = tied_pieces(struck.length, struck.ratio)
    return [
        Piece(struck, part, place == 0, place == len(written) - 1)
        for place, part in enumerate(written)
    ]


def beamed(pieces: Sequence[Piece]) -> None:
    """Fill in the beams of the notes of one voice in one bar: what the text joins is joined."""
    group: list[Piece] = []
    for piece in pieces:
        flags = beams_of(piece.written.type) if piece.struck.event.pitches else 0
        if group and (not flags or (piece.first and not piece.struck.joined)):
            _beam(group)
            group = []
        if flags:
            group.append(piece)
    _beam(group)


def _beam(group: Sequence[Piece]) -> None:
    for piece, beams in zip(group, _beams([beams_of(p.written.type) for p in group]), strict=True):
        piece.beams = beams


def _beams(flags: Sequence[int]) -> list[list[str]]:
    """The beams of each note in a group, by the number of flags each would have alone."""
    if len(flags) < 2:
        return [[] for _ in flags]
    all_beams = []
    for place, own in enumerate(flags):
        before = flags[place - 1] if place else 0
        after = flags[place + 1] if place + 1 < len(flags) else 0
        beams = []
        for level in range(1, own + 1):
            if before >= level and after >= level:
                beams.append("continue")
            elif after >= level:
                beams.append("begin")
            elif before >= level:
                beams.append("end")
            else:
                beams.append("backward hook" if place else "forward hook")
        all_beams.append(beams)
    return all_beams


def write_graces(
    measure: Element, groups: Iterable[Graces], accidentals: Accidentals, voice: int, staff: int,
    name: Callable[[], str],
) -> None:  # fmt: skip
    """The grace notes before or behind an event, each group beamed together."""
    for group in groups:
        heads = group.chords
        short = Fraction(1, 2) if len(heads) == 1 else Fraction(1, 4)
        types = [
            next(name for least, name in _GRACE_TYPES if short * chord[0].duration >= least)
            for chord in heads
        ]
        beams = _beams([beams_of(name) for name in types])
        for place, chord in enumerate(heads):
            for index, pitch in enumerate(chord):
                note = add(measure, "note", **_id(name))
                add(note, "grace", **({"slash": "yes"} if group.node.slash else {}))
                if index:
                    add(note, "chord")
                _pitch(note, pitch)
                add(note, "voice", voice)
                add(note, "type", types[place])
                sign = accidentals.sign(pitch, tied=False)
                if sign:
                    add(note, "accidental", sign)
                if staff:
                    add(note, "staff", staff)
                for level, beam in enumerate(beams[place] if not index else (), 1):
                    add(note, "beam", beam, number=str(level))
                signs = _notations(pitch.node.marks if pitch.node else ())
                if not index and not place:
                    signs += [_slur("start", slur) for slur in group.slur_starts]
                if not index and place == len(heads) - 1:
                    signs += [_slur("stop", slur) for slur in group.slur_stops]
                _write_notations(note, signs)


def write_piece(
    measure: Element, piece: Piece, duration: int, accidentals: Accidentals, voice: int,
    staff: int, whole_bar: bool, name: Callable[[], str], stem: str = "",
) -> None:  # fmt: skip
    """One note, chord or rest; `stem` is its direction where it is not left to who draws it."""
    struck = piece.struck
    if isinstance(struck.node, (Rest, MultiRest)):
        _write_rest(measure, piece, duration, voice, staff, whole_bar, name)
        return
    for index, pitch in enumerate(struck.event.pitches):
        note = add(measure, "note", **_id(name))
        if index:
            add(note, "chord")
        _pitch(note, pitch)
        # A picture has one stem for a chord, a file one length for each of its notes.
        written = own_length(piece, pitch) if index and not note.get("id") else piece.written
        add(note, "duration", round(duration * written.length / piece.written.length))
        stops = not piece.first or pitch.number in struck.tied
        starts = not piece.last or pitch.tie
        for way, there in (("stop", stops), ("start", starts)):
            if there:
                add(note, "tie", type=way)
        add(note, "voice", voice)
        _type(note, written)
        sign = accidentals.sign(pitch, tied=stops) if piece.first else ""
        if sign:
            add(note, "accidental", sign)
        _ratio(note, written)
        if stem:
            add(note, "stem", stem)
        if staff:
            add(note, "staff", staff)
        for level, beam in enumerate(piece.beams if not index else (), 1):
            add(note, "beam", beam, number=str(level))
        dotted = piece.last and ".-" in _ties(struck, pitch)
        signs = [
            _tied(way, dotted=dotted and way == "start")
            for way, there in (("stop", stops), ("start", starts))
            if there
        ]
        if not index:
            signs += _event_signs(piece)
        if piece.first and pitch.node is not None:
            signs += _notations(pitch.node.marks)
        _write_notations(note, signs)
        if not index and piece.first:
            for lyric in struck.lyrics:
                _write_lyric(note, lyric)


def stems_of(layers: Mapping[tuple[int, int], Sequence[Struck]]) -> dict[tuple[int, int], str]:
    """Which way the stems of several layers on one staff go: those of the highest up, those of the
    lowest down, and those between to where there is more room or no stem."""

    def height(layer: tuple[int, int]) -> float:
        pitches = [p.number for struck in layers[layer] for p in struck.event.pitches]
        return sum(pitches) / len(pitches)

    def stemless(layer: tuple[int, int]) -> bool:
        return all(struck.length >= _WHOLE for struck in layers[layer])

    order = sorted(layers, key=height, reverse=True)
    top, bottom = order[0], order[-1]
    directions = {top: "up", bottom: "down"}
    for layer in order[1:-1]:
        room = height(top) - height(layer), height(layer) - height(bottom)
        if stemless(top) != stemless(bottom):
            directions[layer] = "up" if stemless(top) else "down"
        else:
            directions[layer] = "up" if room[0] > room[1] else "down"
    return directions


def own_length(piece: Piece, pitch: Pitch) -> Written:
    """What a note of a chord is written as that has another length than the chord (4.17)."""
    struck = piece.struck
    if not (piece.first and piece.last) or pitch.duration == struck.length:
        return piece.written
    own = tied_pieces(pitch.duration, struck.ratio)
    return own[0] if len(own) == 1 else piece.written


def _write_rest(
    measure: Element, piece: Piece, duration: int, voice: int, staff: int, whole_bar: bool,
    name: Callable[[], str],
) -> None:  # fmt: skip
    node = piece.struck.node
    hidden = node.kind in ("x", "X") if isinstance(node, (Rest, MultiRest)) else False
    note = add(measure, "note", **_id(name), **({"print_object": "no"} if hidden else {}))
    add(note, "rest", **({"measure": "yes"} if whole_bar else {}))
    add(note, "duration", duration)
    add(note, "voice", voice)
    if not whole_bar:
        _type(note, piece.written)
        _ratio(note, piece.written)
    if staff:
        add(note, "staff", staff)
    _write_notations(note, _event_signs(piece))


def _id(name: Callable[[], str]) -> dict[str, str]:
    made = name()
    return {"id": made} if made else {}


def _pitch(note: Element, pitch: Pitch) -> None:
    node = pitch.node
    assert node is not None
    element = add(note, "pitch")
    add(element, "step", node.step)
    if pitch.altered:
        add(element, "alter", decimal(pitch.altered))
    add(element, "octave", max(0, min(9, pitch.octave)))


def transposition(pitch: Pitch) -> int:
    """By how many semitones a note sounds above what is written."""
    assert pitch.node is not None
    written = 12 * (pitch.octave + 1) + SEMITONES[pitch.node.step] + int(pitch.altered)
    return pitch.number - written


def _type(note: Element, written: Written) -> None:
    if written.type:
        add(note, "type", written.type)
        for _ in range(written.dots):
            add(note, "dot")


def _ratio(note: Element, written: Written) -> None:
    if written.actual != written.normal:
        element = add(note, "time-modification")
        add(element, "actual-notes", written.actual)
        add(element, "normal-notes", written.normal)


def _ties(struck: Struck, pitch: Pitch) -> tuple[str, ...]:
    """The ties of a note as written: its own and its chord's."""
    whole = struck.node.tie if isinstance(struck.node, (Note, Chord)) else ""
    return whole, pitch.node.tie if pitch.node is not None else ""


def _tied(way: str, *, dotted: bool) -> Sign:
    line = (("line-type", "dotted"),) if dotted else ()
    return Sign("", "tied", (*line, ("type", way)))


def _slur(way: str, number: int, *, dotted: bool = False) -> Sign:
    line = (("line-type", "dotted"),) if dotted else ()
    return Sign("", "slur", (*line, ("number", str(min(number, 16))), ("type", way)))


def _event_signs(piece: Piece) -> list[Sign]:
    struck = piece.struck
    signs: list[Sign] = []
    if piece.last:
        signs += [_slur("stop", number) for number in struck.slur_stops]
    if piece.first:
        signs += [_slur("start", n, dotted=n in struck.dotted) for n in struck.slur_starts]
    if struck.tuplet_starts and piece.first:
        signs.append(Sign("", "tuplet", (("type", "start"),)))
    if struck.tuplet_stops and piece.last:
        signs.append(Sign("", "tuplet", (("type", "stop"),)))
    return signs + (_notations(struck.marks) if piece.first else [])


def _notations(marks: Iterable[str]) -> list[Sign]:
    """What decorations are in MusicXML; one that it has not is kept by name."""
    return [
        NOTATIONS.get(mark) or Sign("", "other-notation", (("type", "single"),), mark)
        for mark in marks
    ]


def _write_notations(note: Element, signs: Sequence[Sign]) -> None:
    if not signs:
        return
    element = add(note, "notations")
    groups: dict[str, Element] = {}
    for sign in signs:
        parent = element
        if sign.group:
            if sign.group not in groups:
                groups[sign.group] = add(element, sign.group)
            parent = groups[sign.group]
        add(parent, sign.tag, sign.text or None, **dict(sign.attributes))


def _write_lyric(note: Element, lyric: Lyric) -> None:
    element = add(note, "lyric", number=str(lyric.verse))
    syllabic = {(False, False): "single", (False, True): "begin", (True, True): "middle",
                (True, False): "end"}[lyric.follows, lyric.hyphen]  # fmt: skip
    add(element, "syllabic", syllabic)
    add(element, "text", lyric.text)
    if lyric.held:
        add(element, "extend")
