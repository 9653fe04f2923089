"""Marks that verovio has no element for, put into its picture: rolls, and text beside a note.

Source: ABC 2.1, sections 4.14 (``~``) and 4.19 (annotations ``<``, ``>`` and ``@x,y``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from xml.etree import ElementTree

from musicrnn.musicxml.part_writer import Aside

__all__ = ["put_in"]

SVG: Final = "http://www.w3.org/2000/svg"
_PLACE: Final = re.compile(r"translate\(\s*(-?[\d.]+)[ ,]+(-?[\d.]+)")
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?")
_AT: Final = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*(.*)", re.DOTALL)
#: picture units in a point of ABC, where a staff is 24 points high
_POINT: Final = 30
_SIZE: Final = 360
#: width of a note head, and how far from it text stands
_HEAD: Final = 220
_GAP: Final = 90
#: the arc of a roll, as players know it, 300 units wide
_ROLL: Final = "M -170 0 C -150 -190 150 -190 170 0 C 130 -130 -130 -130 -170 0 Z"


def put_in(svg: str, asides: Iterable[Aside]) -> str:
    """The page with those of the marks whose notes stand on it."""
    wanted = {aside.note: aside for aside in asides if aside.kind == "roll"}
    texts: dict[str, list[Aside]] = {}
    for aside in asides:
        if aside.kind != "roll":
            texts.setdefault(aside.note, []).append(aside)
    if not wanted and not texts:
        return svg
    ElementTree.register_namespace("", SVG)
    root = ElementTree.fromstring(svg)
    for element in list(root.iter(f"{{{SVG}}}g")):
        classes = element.get("class", "").split()
        if "turn" in classes and element.get("data-startid", "").lstrip("#") in wanted:
            _roll(element)
        elif element.get("id") in texts:
            _beside(element, texts)
    return ElementTree.tostring(root, encoding="unicode")


def _roll(turn: Any) -> None:
    """An arc in the place of the turn that verovio found room for."""
    for use in turn.iter(f"{{{SVG}}}use"):
        place = _PLACE.search(use.get("transform", ""))
        if place is not None:
            x, y = float(place[1]), float(place[2])
            turn.remove(use)
            # Over the middle of the glyph of the turn, and clear of a note at the top of the staff.
            move = f"translate({x + 130:g},{y - 60:g})"
            ElementTree.SubElement(turn, f"{{{SVG}}}path", {"d": _ROLL, "transform": move})
            turn.set("class", "roll")
            return


def _beside(note: Any, texts: Mapping[str, list[Aside]]) -> None:
    left, right, y = _extent(note)
    for aside in texts[note.get("id", "")]:
        if aside.kind == "left":
            _write(note, left - _GAP, y + 120, aside.text, "end")
        elif aside.kind == "right":
            _write(note, right + _GAP, y + 120, aside.text, "start")
        else:
            at = _AT.match(aside.text)
            dx, dy, text = (float(at[1]), float(at[2]), at[3]) if at else (0.0, 0.0, aside.text)
            _write(note, left + _POINT * dx, y - _POINT * dy, text, "start")


def _extent(note: Any) -> tuple[float, float, float]:
    """Left and right edge of what belongs to a note, and the height of its head."""
    xs: list[float] = []
    y = 0.0
    for use in note.iter(f"{{{SVG}}}use"):
        place = _PLACE.search(use.get("transform", ""))
        if place is not None:
            xs.append(float(place[1]))
            if not y:
                y = float(place[2])
    for path in note.iter(f"{{{SVG}}}path"):
        xs += [float(value) for value in _NUMBER.findall(path.get("d", ""))[::2]][:1]
    left, right = (min(xs), max(xs)) if xs else (0.0, 0.0)
    return left, right + _HEAD, y


def _write(parent: Any, x: float, y: float, text: str, anchor: str) -> None:
    place = {"x": f"{x:g}", "y": f"{y:g}", "font-size": f"{_SIZE}px", "text-anchor": anchor}
    element = ElementTree.SubElement(
        parent, f"{{{SVG}}}text", {**place, "class": "annotation", "stroke-width": "0"}
    )
    element.text = text
