"""Text in an SVG → glyph outlines, so that a picture looks the same with no font installed.

The faces are those verovio ships: Liberation Serif (the metrics of Times, by which verovio
lays text out) and, for the note in a metronome mark, the music font Leipzig. What they lack is
drawn with the fonts that the caller names (`fonts`).
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from musicrnn.errors import MissingExtraError
from musicrnn.render.fonts import MIRRORED, Font, Fonts, directed

__all__ = ["lacking", "outlined"]

SVG = "http://www.w3.org/2000/svg"
_MUSIC_FONT = "Leipzig"
_MUSIC_EM = 1000  # units of an em in the glyph files of verovio's music fonts

#: verovio's classes that its style sheet sets bold or italic (SVG text cannot see them here).
_BOLD = frozenset({"ending", "fing", "reh", "tempo"})
_ITALIC = frozenset({"dir", "dynam", "mNum"})

ElementTree.register_namespace("", SVG)


@dataclass(frozen=True, slots=True)
class _Style:
    size: float = 0.0
    family: str = ""
    bold: bool = False
    italic: bool = False


def outlined(svg: str, *, only_music: bool = False, fonts: Fonts | None = None) -> str:
    """The SVG with every ``<text>`` (or those with music-font characters) drawn as paths."""
    root = ElementTree.fromstring(svg)
    _replace_texts(root, _Style(), only_music, fonts or Fonts())
    return ElementTree.tostring(root, encoding="unicode")


def lacking(text: str, fonts: Fonts) -> str:
    """The characters of a text that no font has, each once."""
    if text.isascii():
        return ""
    face = _face(bold=False, italic=False)
    return "".join(
        character
        for character in dict.fromkeys(text)
        if character.isprintable() and character not in face and fonts.holding(character) is None
    )


def _replace_texts(element: Any, style: _Style, only_music: bool, fonts: Fonts) -> None:
    style = _styled(element, style)
    for index, child in enumerate(element):
        if child.tag != f"{{{SVG}}}text":
            _replace_texts(child, style, only_music, fonts)
        elif not only_music or any(t.get("font-family") == _MUSIC_FONT for t in child.iter()):
            element[index] = _drawn(child, style, fonts)


def _styled(element: Any, style: _Style) -> _Style:
    """The style inside an element: its attributes over what it inherits."""
    classes = set(element.get("class", "").split())
    size, family = element.get("font-size"), element.get("font-family")
    weight, slant = element.get("font-weight"), element.get("font-style")
    return replace(
        style,
        size=float(size.removesuffix("px")) if size else style.size,
        family=family or style.family,
        bold=weight == "bold" if weight else style.bold or bool(classes & _BOLD),
        italic=slant == "italic" if slant else style.italic or bool(classes & _ITALIC),
    )


@dataclass(frozen=True, slots=True)
class _Shape:
    """One glyph: path data, in units of which `scale` makes those of the picture; advance and
    offset (right and up) are in the picture's."""

    path: str
    scale: float
    advance: float
    right: float = 0.0
    up: float = 0.0


def _drawn(text: Any, style: _Style, fonts: Fonts) -> Any:
    """A ``<g>`` of paths in place of one ``<text>``."""
    group = ElementTree.Element(f"{{{SVG}}}g", {"class": "outlined"})
    for x, y, anchor, runs in _chunks(text, style):
        shapes = [shape for run, run_style in runs for shape in _shapes(run, run_style, fonts)]
        width = sum(shape.advance for shape in shapes)
        pen = x - width * {"middle": 0.5, "end": 1.0}.get(anchor, 0.0)
        for shape in shapes:
            if shape.path:
                place = f"translate({pen + shape.right:.2f},{y - shape.up:g})"
                place += f" scale({shape.scale:.5f},{-shape.scale:.5f})"
                drawn = {"d": shape.path, "transform": place, "stroke-width": "0"}
                ElementTree.SubElement(group, f"{{{SVG}}}path", drawn)
            pen += shape.advance
    return group


_Chunk = tuple[float, float, str, list[tuple[str, _Style]]]


def _chunks(text: Any, style: _Style) -> list[_Chunk]:
    """What stands at each absolute position: (x, y, anchor, runs of one style).

    Source: SVG 2, section 11.5: every given x or y begins a new chunk, aligned by itself.
    """
    chunks: list[_Chunk] = []
    anchors = {id(text): text.get("text-anchor", "start")}
    for element, within, content in _runs(text, _styled(text, style)):
        if element is text or element.get("x") or element.get("y") or not chunks:
            x, y = element.get("x", text.get("x", "0")), element.get("y", text.get("y", "0"))
            anchor = element.get("text-anchor", anchors[id(text)])
            chunks.append((float(x), float(y), anchor, []))
        if content and within.size:
            chunks[-1][3].append((content, within))
    return chunks


def _runs(element: Any, style: _Style) -> Iterator[tuple[Any, _Style, str]]:
    """Elements below a text in order, each with its style and its own characters."""
    yield element, style, element.text or ""
    for child in element:
        yield from _runs(child, _styled(child, style))


def _shapes(run: str, style: _Style, fonts: Fonts) -> Iterator[_Shape]:
    """The glyphs of a run from left to right."""
    if style.family == _MUSIC_FONT:
        for character in run:
            path, advance = _music_glyph(ord(character))
            scale = style.size / _MUSIC_EM
            yield _Shape(path, scale, advance * scale)
        return
    face = _face(style.bold, style.italic)
    for stretch, right_to_left in directed(run):
        parts = list(_by_font(stretch, face, fonts))
        for part, font in reversed(parts) if right_to_left else parts:
            if font is None:
                scale = style.size / face.em
                seen = part[::-1].translate(MIRRORED) if right_to_left else part
                for path, advance in map(face.glyph, seen):
                    yield _Shape(path, scale, advance * scale)
                continue
            scale = style.size / font.em
            for path, *moves in font.shapes(part, right_to_left=right_to_left):
                yield _Shape(path, scale, *(move * scale for move in moves))


def _by_font(text: str, face: _Face, fonts: Fonts) -> Iterator[tuple[str, Font | None]]:
    """The stretches of a text that one font draws; None is our own, which also draws a box for
    what nobody has. A space goes with the word before it."""
    part, used = "", None
    for character in text:
        if character in face:
            font = used if character == " " and used is not None and " " in used else None
        else:
            font = used if used is not None and character in used else fonts.holding(character)
        if part and font is not used:
            yield part, used
            part = ""
        part, used = part + character, font
    if part:
        yield part, used


def _verovio_data() -> Path:
    import verovio

    return Path(verovio.__file__).parent / "data"


@cache
def _music_glyph(code: int) -> tuple[str, float]:
    """Path data and advance of a character of the music font; nothing for one it has not."""
    glyph = _verovio_data() / _MUSIC_FONT / f"{code:04X}.xml"
    if not glyph.is_file():
        return "", _MUSIC_EM / 4
    # The file flips its path upright; we flip all glyphs alike, so take the bare path.
    path = re.search(r'<path[^>]* d="([^"]*)"', glyph.read_text())
    boxes = (_verovio_data() / f"{_MUSIC_FONT}.xml").read_text()
    advance = re.search(rf'<g c="{code:04X}"[^>]* h-a-x="([\d.]+)"', boxes)
    return path[1] if path else "", float(advance[1]) if advance else _MUSIC_EM / 4


class _Face:
    """One face of Liberation Serif."""

    def __init__(self, font: bytes) -> None:
        try:
            from fontTools.ttLib import TTFont

            self._font: Any = TTFont(io.BytesIO(font))
            self._characters = self._font.getBestCmap()
        except ImportError:  # fontTools itself, or brotli, by which WOFF2 is packed
            raise MissingExtraError("a picture as PNG or PDF", "score") from None
        self._glyphs = self._font.getGlyphSet()
        self.em: float = self._font["head"].unitsPerEm
        self._drawn: dict[str, tuple[str, float]] = {}

    def __contains__(self, character: str) -> bool:
        return ord(character) in self._characters

    def glyph(self, character: str) -> tuple[str, float]:
        """Path data and advance, in units of the em."""
        if character not in self._drawn:
            from fontTools.pens.svgPathPen import SVGPathPen

            name = self._characters.get(ord(character), ".notdef")
            pen = SVGPathPen(self._glyphs)
            self._glyphs[name].draw(pen)
            self._drawn[character] = pen.getCommands(), self._glyphs[name].width
        return self._drawn[character]


@cache
def _face(bold: bool, italic: bool) -> _Face:
    css = (_verovio_data() / "Liberation.css").read_text()
    for rule in css.split("@font-face")[1:]:
        if ("font-weight: bold" in rule) == bold and ("font-style: italic" in rule) == italic:
            packed = re.search(r"base64,([A-Za-z0-9+/=]+)", rule)
            if packed:
                return _Face(base64.b64decode(packed[1]))
    raise MissingExtraError("a picture as PNG or PDF", "score")
