"""``<direction>`` and ``<sound>`` of MusicXML as the nodes of an ABC body: tempo, words, part
letters, dynamics and their kin."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree

from musicrnn.abc.syntax.text import spell_quoted
from musicrnn.abc.syntax.tree import Annotation, Decoration, Field, Node
from musicrnn.musicxml.fields import tempo_value
from musicrnn.musicxml.package import number
from musicrnn.musicxml.signs import STEERING, direction_name

__all__ = ["DirectionReader"]

Element = ElementTree.Element
_STEERING_WORDS: Final = {words.lower(): name for name, (words, _, _) in STEERING.items()}


class DirectionReader:
    """Turns the directions of one voice into nodes; what is lost is counted in `lost`."""

    def __init__(self, lost: Counter[str]) -> None:
        self.lost = lost
        self._wedge = "crescendo"  # the one that is open

    def nodes(self, element: Element) -> Iterator[Node]:
        """The nodes of a ``<direction>`` or ``<sound>``."""
        tempo = tempo_value(element)
        if tempo:
            yield Field("Q", tempo, inline=True)
        for child in element.iterfind("direction-type/*"):
            if not (child.tag in ("words", "metronome") and tempo):
                yield from self._of_type(element, child)

    def _of_type(self, direction: Element, child: Element) -> Iterator[Node]:
        text = " ".join((child.text or "").split())
        if child.tag == "words":
            if text:
                yield _spoken(direction, child, text)
        elif child.tag == "rehearsal":
            if re.fullmatch(r"[A-Z]", text):
                yield Field("P", text, inline=True)
            elif text:
                yield Annotation(f"^{spell_quoted(text)}")
        elif child.tag == "dynamics":
            for inner in child:
                yield from self._named("dynamics", inner)
        else:
            yield from self._named("", child)

    def _named(self, group: str, element: Element) -> Iterator[Node]:
        name = direction_name(group, element.tag, element.attrib)
        kind = element.get("type", "")
        if name is None:
            if kind != "continue" or element.tag not in ("wedge", "pedal", "octave-shift"):
                self.lost[element.tag.replace("-", " ")] += 1
        elif element.tag == "wedge" and kind == "stop":
            yield Decoration(self._wedge + ")")
        else:
            if element.tag == "wedge":
                self._wedge = name.removesuffix("(")
            yield Decoration(name)


def _spoken(direction: Element, child: Element, text: str) -> Decoration | Annotation:
    name = _steering(direction, text)
    if name:
        return Decoration(name)
    placement = direction.get("placement", "")
    align, x, y = (child.get(key) for key in ("halign", "relative-x", "relative-y"))
    sign = "_" if placement == "below" else "^"
    if not placement and x and y:
        points = [f"{float(number(value) * 6 / 10):g}" for value in (x, y)]
        return Annotation(f"@{','.join(points)} {spell_quoted(text)}")
    if not placement and align in ("left", "right"):
        sign = ">" if align == "left" else "<"
    return Annotation(sign + spell_quoted(text))


def _steering(direction: Element, text: str) -> str:
    """The decoration for words that steer the order of play, and say so to players."""
    sound = direction.find("sound")
    if sound is None:
        return ""
    name = _STEERING_WORDS.get(text.lower(), "")
    if name and sound.get(STEERING[name][1]):
        return name
    meant = {attribute: name for name, (_, attribute, _) in reversed(STEERING.items())}
    return next((name for attribute, name in meant.items() if sound.get(attribute)), "")
