"""What stands above or below the staff: tempo, dynamics, words, chord symbols, part letters."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final
from xml.etree import ElementTree

from musicrnn.abc.syntax.fields import read_tempo
from musicrnn.abc.syntax.text import decode_escapes
from musicrnn.abc.syntax.tree import Annotation, ChordName, Decoration, Field
from musicrnn.musicxml.durations import spelled
from musicrnn.musicxml.elements import add, decimal
from musicrnn.musicxml.harmony import harmony
from musicrnn.musicxml.signs import DIRECTIONS, STEERING

__all__ = ["write_placed"]

Element = ElementTree.Element

_AT: Final = re.compile(r"@\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*(.*)", re.DOTALL)
_TENTHS: Final = Fraction(10, 6)  # of a staff space in a point of ABC, at abcm2ps's staff of 24 pt


def write_placed(
    measure: Element, node: Field | ChordName | Annotation | Decoration, voice: int, staff: int,
    *, unit: Fraction = Fraction(1, 2),
) -> None:  # fmt: skip
    """The element of one thing that is placed at a moment, at the end of the measure so far."""
    if isinstance(node, ChordName):
        element = harmony(decode_escapes(node.text))
        if element is None:
            _words(measure, decode_escapes(node.text), voice, staff, placement="above")
        else:
            if staff:
                add(element, "staff", staff)
            measure.append(element)
    elif isinstance(node, Annotation):
        _annotation(measure, decode_escapes(node.text), voice, staff)
    elif isinstance(node, Field):
        _field(measure, node, voice, staff, unit)
    else:
        _direction(measure, node.name, voice, staff)


def _field(measure: Element, node: Field, voice: int, staff: int, unit: Fraction) -> None:
    if node.letter == "P":
        type_ = add(_opened(measure, "above"), "direction-type")
        add(type_, "rehearsal", node.text)
        _close(measure[-1], voice, staff)
    elif node.letter == "T":
        _words(measure, node.text, voice, staff, placement="above", font_weight="bold")
    else:
        _tempo(measure, node, voice, staff, unit)


def _tempo(measure: Element, node: Field, voice: int, staff: int, unit: Fraction) -> None:
    tempo = read_tempo(node.value, unit)
    if tempo is None:
        return
    direction = _opened(measure, "above")
    if tempo.text:
        add(add(direction, "direction-type"), "words", tempo.text, font_weight="bold")
    beats, _, rate = tempo.canonical.rpartition("=")
    beat = sum((Fraction(part) for part in re.findall(r"\d+/\d+", beats)), Fraction(0))
    shape = spelled(4 * beat) if beat else None
    if shape is not None:
        metronome = add(add(direction, "direction-type"), "metronome")
        add(metronome, "beat-unit", shape[0])
        for _ in range(shape[1]):
            add(metronome, "beat-unit-dot")
        add(metronome, "per-minute", rate)
    elif not tempo.text:
        add(add(direction, "direction-type"), "words", tempo.canonical)
    sound = {"tempo": decimal(tempo.qpm)} if tempo.qpm else None
    _close(direction, voice, staff, sound)


def _annotation(measure: Element, text: str, voice: int, staff: int) -> None:
    """``"^text"`` and its kin; the place is read back from the same attributes."""
    at = _AT.match(text)
    if len(text) == 1:  # the > of old books for an accent: it places nothing and is the text
        _words(measure, text, voice, staff, placement="above")
    elif at is not None:
        x, y = (decimal(Fraction(at[i]) * _TENTHS) for i in (1, 2))
        _words(measure, at[3], voice, staff, relative_x=x, relative_y=y)
    elif text[:1] in "^_":
        placement = "above" if text[0] == "^" else "below"
        _words(measure, text[1:], voice, staff, placement=placement)
    else:
        _words(measure, text[1:], voice, staff, halign="right" if text[:1] == "<" else "left")


def _direction(measure: Element, name: str, voice: int, staff: int) -> None:
    if name in STEERING:
        words, attribute, value = STEERING[name]
        direction = _opened(measure, "above")
        add(add(direction, "direction-type"), "words", words)
        _close(direction, voice, staff, {attribute: value})
        return
    sign = DIRECTIONS[name]
    above = sign.tag in ("segno", "coda", "octave-shift")
    direction = _opened(measure, "above" if above else "below")
    type_ = add(direction, "direction-type")
    parent = add(type_, sign.group) if sign.group else type_
    add(parent, sign.tag, **dict(sign.attributes))
    _close(direction, voice, staff, {sign.tag: sign.tag} if sign.tag in ("segno", "coda") else None)


def _words(measure: Element, text: str, voice: int, staff: int, **attributes: str) -> None:
    placement = attributes.pop("placement", "")
    direction = _opened(measure, placement)
    add(add(direction, "direction-type"), "words", text, **attributes)
    _close(direction, voice, staff)


def _opened(measure: Element, placement: str) -> Element:
    return add(measure, "direction", **({"placement": placement} if placement else {}))


def _close(
    direction: Element, voice: int, staff: int, sound: dict[str, str] | None = None
) -> None:  # fmt: skip
    add(direction, "voice", voice)
    if staff:
        add(direction, "staff", staff)
    if sound:
        ElementTree.SubElement(direction, "sound", sound)
