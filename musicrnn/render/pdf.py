"""Outlined SVG pages → one PDF of vector graphics, the same bytes each time.

Only what verovio, `outlines` and `pianoroll` write is understood: groups, paths, polygons,
polylines, rectangles, ellipses, uses of defined glyphs, fills given as ``#rrggbb``. Of the
libraries that turn SVG into PDF, svglib misplaces verovio's text, fpdf2 passes over its nested
``<svg>``, CairoSVG needs a system library; what remains is small enough to do exactly.

Source: ISO 32000-1 (PDF 1.7), sections 7.5 (file), 8.5 (paths), 14.3 (metadata).
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

__all__ = ["pdf", "stacked_pdf"]

_SVG = "{http://www.w3.org/2000/svg}"
_CAPS = {"butt": 0, "round": 1, "square": 2}
_JOINS = {"miter": 0, "round": 1, "bevel": 2}
_TRANSFORM = re.compile(r"(translate|scale|matrix|rotate)\(([^)]*)\)")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
#: How much smaller strips may be to need fewer pages.
_SCALES = (1.0, 0.95, 0.9, 0.85, 0.8)
#: A circle's quarter as a Bézier curve: control points this far along the tangents.
_KAPPA = 0.5522847498


def pdf(pages: Sequence[str], *, width: float, title: str = "") -> bytes:
    """A PDF of the pages, each `width` points wide and as high as its own proportions say.

    The pages must hold no text (`musicrnn.render.outlines.outlined`).
    """
    return _document([_Page(page, width) for page in pages], width, title)


def stacked_pdf(
    strips: Sequence[str], *, width: float, height: float, margin: float, title: str = ""
) -> bytes:
    """A PDF of pages `width` × `height` points on which `strips` of music stand one below the
    other, each whole on one page: all a little smaller where that saves a page, and one that is
    higher than a page as small as it takes.

    The strips must hold no text (`musicrnn.render.outlines.outlined`).
    """
    laid_out = [_sheets(strips, width, height, margin, scale) for scale in _SCALES]
    sheets = min(laid_out, key=len)  # of several that are as few, the largest
    return _document(sheets, width, title)


def _sheets(
    strips: Sequence[str], width: float, height: float, margin: float, scale: float
) -> list[_Sheet]:
    """Pages with the strips at a scale; a strip that is higher than a page is made smaller yet."""
    inner, room = scale * (width - 2 * margin), height - 2 * margin
    sheets: list[_Sheet] = []
    for svg in strips:
        strip = _Page(svg, inner)
        own = inner
        if strip.height > room:
            own = inner * room / strip.height
            strip = _Page(svg, own)
        if not sheets or sheets[-1].used + strip.height > height - margin:
            sheets.append(_Sheet(height, margin))
        sheets[-1].put(strip, (width - own) / 2)
    return sheets


def _document(contents: Sequence[_Page | _Sheet], width: float, title: str) -> bytes:
    objects: list[bytes] = [b"<< /Type /Catalog /Pages 2 0 R >>"]
    kids = " ".join(f"{4 + 2 * index} 0 R" for index in range(len(contents)))
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {len(contents)} >>".encode())
    hexed = (b"\xfe\xff" + title.encode("utf-16-be")).hex()
    objects.append(f"<< /Title <{hexed}> /Producer (musicrnn) >>".encode())
    for index, page in enumerate(contents):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width:.2f} {page.height:.2f}] "
            f"/Resources << >> /Contents {5 + 2 * index} 0 R >>".encode()
        )
        packed = zlib.compress("\n".join(page.operators).encode(), 9)
        head = f"<< /Length {len(packed)} /Filter /FlateDecode >>\nstream\n".encode()
        objects.append(head + packed + b"\nendstream")
    return _file(objects)


def _file(objects: Sequence[bytes]) -> bytes:
    """Numbered objects with the cross-reference table that points at them."""
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info 3 0 R >>\n" % (len(objects) + 1)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)


class _Sheet:
    """A page that takes strips one below the other; `used` is how far down it is filled."""

    def __init__(self, height: float, margin: float) -> None:
        self.height = height
        self.used = margin
        self.operators: list[str] = []

    def put(self, strip: _Page, left: float) -> None:
        """The next strip, below the others."""
        self.used += strip.height
        bottom = self.height - self.used
        self.operators += [f"q 1 0 0 1 {left:.4f} {bottom:.4f} cm", *strip.operators, "Q"]


class _Page:
    """The operators that draw one SVG page, and its height in points."""

    def __init__(self, svg: str, width: float) -> None:
        root = ElementTree.fromstring(svg)
        self.operators: list[str] = []
        self._defined = {element.get("id"): element for element in root.iter() if element.get("id")}
        _, _, box_width, box_height = _numbers(root.get("viewBox"))
        scale = width / box_width
        self.height = box_height * scale
        # PDF counts y upwards from the bottom.
        self._add(f"{scale:.6f} 0 0 {-scale:.6f} 0 {self.height:.4f} cm")
        for child in root:
            self._draw(child, (box_width, box_height))

    def _add(self, operator: str) -> None:
        self.operators.append(operator)

    def _draw(self, element: Any, box: tuple[float, float]) -> None:
        tag = element.tag.removeprefix(_SVG)
        if tag in ("defs", "style", "desc", "title") or "placeholder" in element.get("class", ""):
            return
        self._add("q")
        if tag == "svg":
            _, _, width, height = _numbers(element.get("viewBox"))
            self._add(f"{box[0] / width:.8f} 0 0 {box[1] / height:.8f} 0 0 cm")
            box = (width, height)
        for a, b, c, d, e, f in _matrices(element.get("transform", "")):
            self._add(f"{a:.6g} {b:.6g} {c:.6g} {d:.6g} {e:.6g} {f:.6g} cm")
        if tag == "use":
            target = self._defined.get((element.get("href") or "").removeprefix("#"))
            if target is not None:
                self._draw(target, box)
        elif tag in _SHAPES:
            self._add(_SHAPES[tag](element))
            self._paint(element)
        for child in element:
            self._draw(child, box)
        self._add("Q")

    def _paint(self, element: Any) -> None:
        """Fill and stroke the path just built; the pen is set before it, as PDF wants."""
        path = self.operators.pop()
        width = float(element.get("stroke-width", "1").removesuffix("px"))
        filled, stroked = element.get("fill") != "none", width > 0
        if stroked:
            cap = _CAPS.get(element.get("stroke-linecap", "butt"), 0)
            join = _JOINS.get(element.get("stroke-linejoin", "miter"), 0)
            self._add(f"{width:g} w {cap} J {join} j")
            dashes = " ".join(f"{n:g}" for n in _numbers(element.get("stroke-dasharray")))
            if dashes:
                self._add(f"[{dashes}] 0 d")
        fill = element.get("fill", "")
        if fill.startswith("#"):
            red, green, blue = (int(fill[i : i + 2], 16) / 255 for i in (1, 3, 5))
            self._add(f"{red:.4g} {green:.4g} {blue:.4g} rg")
        self._add(path)
        self._add({(True, True): "B", (True, False): "f", (False, True): "S"}.get(
            (filled, stroked), "n"
        ))  # fmt: skip


def _numbers(text: str | None) -> list[float]:
    return [float(number) for number in _NUMBER.findall(text or "")]


def _matrices(transform: str) -> list[tuple[float, float, float, float, float, float]]:
    """Each step of an SVG transform as the six numbers of a PDF matrix."""

    steps: list[tuple[float, float, float, float, float, float]] = []
    for name, arguments in _TRANSFORM.findall(transform):
        n = _numbers(arguments)
        if name == "translate":
            steps.append((1, 0, 0, 1, n[0], n[1] if len(n) > 1 else 0))
        elif name == "scale":
            steps.append((n[0], 0, 0, n[1] if len(n) > 1 else n[0], 0, 0))
        elif name == "matrix":
            steps.append((n[0], n[1], n[2], n[3], n[4], n[5]))
        else:
            turn = math.radians(n[0])
            x, y = (n[1], n[2]) if len(n) == 3 else (0.0, 0.0)
            steps.append((1, 0, 0, 1, x, y))
            steps.append((math.cos(turn), math.sin(turn), -math.sin(turn), math.cos(turn), 0, 0))
            steps.append((1, 0, 0, 1, -x, -y))
    return steps


def _path(element: Any) -> str:
    from fontTools.pens.basePen import BasePen
    from fontTools.svgLib.path.parser import parse_path

    operators: list[str] = []

    class Pen(BasePen):  # type: ignore[misc]  # fontTools ships no types
        """Writes what fontTools' SVG path parser finds as PDF operators."""

        def _moveTo(self, point: tuple[float, float]) -> None:  # noqa: N802 - fontTools' names
            operators.append(f"{point[0]:g} {point[1]:g} m")

        def _lineTo(self, point: tuple[float, float]) -> None:  # noqa: N802
            operators.append(f"{point[0]:g} {point[1]:g} l")

        def _curveToOne(  # noqa: N802
            self, one: tuple[float, float], two: tuple[float, float], to: tuple[float, float]
        ) -> None:
            operators.append(" ".join(f"{n:g}" for n in (*one, *two, *to)) + " c")

        def _closePath(self) -> None:  # noqa: N802
            operators.append("h")

        def _endPath(self) -> None:  # noqa: N802
            pass

    parse_path(element.get("d", ""), Pen(None))
    return "\n".join(operators)


def _polyline(element: Any) -> str:
    numbers = _numbers(element.get("points"))
    points = list(zip(numbers[::2], numbers[1::2], strict=False))
    return "\n".join(f"{x:g} {y:g} {'l' if i else 'm'}" for i, (x, y) in enumerate(points))


def _polygon(element: Any) -> str:
    return _polyline(element) + "\nh"


def _rectangle(element: Any) -> str:
    return " ".join(f"{float(element.get(n, 0)):g}" for n in ("x", "y", "width", "height")) + " re"


def _ellipse(element: Any) -> str:
    x, y, a, b = (float(element.get(name, 0)) for name in ("cx", "cy", "rx", "ry"))
    curves = [f"{x + a:g} {y:g} m"]
    for start, end in (((1, 0), (0, 1)), ((0, 1), (-1, 0)), ((-1, 0), (0, -1)), ((0, -1), (1, 0))):
        one = (start[0] + _KAPPA * end[0], start[1] + _KAPPA * end[1])
        two = (end[0] + _KAPPA * start[0], end[1] + _KAPPA * start[1])
        points = " ".join(f"{x + a * px:.6g} {y + b * py:.6g}" for px, py in (one, two, end))
        curves.append(f"{points} c")
    return "\n".join(curves)


_SHAPES = {
    "path": _path,
    "polygon": _polygon,
    "polyline": _polyline,
    "rect": _rectangle,
    "ellipse": _ellipse,
}
