"""Plots as inline SVG: bars, lines, intervals. One look, both for light and dark pages.

Colours are classes (``s-samples``, ``s-real``, …) that the page's style sheet gives values to, so
a plot follows the page into the dark; `standalone` makes a file of a plot, with the colours in it.
Every mark carries a ``<title>`` with its exact value.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["COLOURS", "Interval", "bars", "intervals", "legend", "lines", "standalone"]

_WIDTH, _HEIGHT = 480, 230
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 12, 40
_TICKS = 5
_ROW = 24

Point = tuple[float, float]

#: The colour classes of `standalone`: eight that are told apart by most eyes (Tol's bright scheme).
COLOURS = {
    "run0": "#4477AA", "run1": "#c2410c", "run2": "#228833", "run3": "#AA3377",
    "run4": "#8a6d00", "run5": "#0a8f9c", "run6": "#EE6677", "run7": "#777777",
}  # fmt: skip
#: classes of a plot → how they look where there is no style sheet
_LOOKS = {
    "tick": 'font-size="11" font-family="sans-serif" fill="#555555"',
    "title": 'font-size="12" font-family="sans-serif" font-weight="bold" fill="#111111"',
    "grid": 'stroke="#e5e5e5"',
    "guide": 'stroke="#777777" stroke-dasharray="3 4"',
}
_CLASS = re.compile(r'class="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Interval:
    """One row of `intervals`: a value with its interval, and a mark to compare it with."""

    name: str
    value: float
    low: float
    high: float
    mark: float
    series: str = "samples"


def legend(names: Mapping[str, str]) -> str:
    """The key to the colours: class → what it stands for."""
    items = "".join(
        f'<span class="key"><i class="s-{name}"></i>{html.escape(text)}</span>'
        for name, text in names.items()
    )
    return f'<p class="legend">{items}</p>'


def bars(
    categories: Sequence[str],
    series: Mapping[str, Sequence[float]],
    *,
    label: str,
    percent: bool = True,
    top: float | None = None,
) -> str:
    """Bars side by side, one group a category; `series` maps a colour class to its values."""
    values = [value for row in series.values() for value in row if not math.isnan(value)]
    highest = top or _nice(max(values, default=1) or 1)
    slanted = max(map(len, categories), default=0) * len(categories) > 66
    bottom = 74 if slanted else _BOTTOM
    plot = _Plot(0, max(len(categories), 1), 0, highest, bottom=bottom)
    parts = [plot.y_axis(percent=percent)]
    width = 0.8 / max(len(series), 1)
    for i, category in enumerate(categories):
        for j, (name, row) in enumerate(series.items()):
            if math.isnan(row[i]):
                continue
            x, y = plot.at(i + 0.1 + j * width, min(row[i], highest))
            w, base = plot.scale_x * width, plot.at(0, 0)[1]
            shown = _shown(row[i], percent=percent)
            parts.append(
                f'<rect class="s-{name}" x="{x:.1f}" y="{y:.1f}" width="{max(w - 1, 1):.1f}" '
                f'height="{max(base - y, 0):.1f}"><title>{html.escape(category)}: {shown}</title>'
                "</rect>"
            )
        x, y = plot.at(i + 0.5, 0)
        parts.append(_category(category, x, y, slanted=slanted))
    return plot.svg(parts, label)


def lines(
    series: Mapping[str, Sequence[Point]],
    *,
    label: str,
    x_label: str,
    steps: bool = False,
    percent: bool = False,
    levels: Mapping[str, float] | None = None,
    dashed: Mapping[str, Sequence[Point]] | None = None,
    diagonal: bool = False,
    x_from: float | None = None,
    x_to: float | None = None,
    y_from: float = 0.0,
    counted: bool = False,
) -> str:
    """Lines through points; `levels` are horizontal lines, `dashed` further lines in the colours of
    the same names, without dots; `steps` draws a cumulative share, and along `x` something is
    `counted`: whole numbers stand there."""
    dashed = dashed or {}
    points = [point for row in (*series.values(), *dashed.values()) for point in row]
    heights = [y for _, y in points] + list((levels or {}).values())
    left = min((x for x, _ in points), default=0.0) if x_from is None else x_from
    right = max((x for x, _ in points), default=1.0) if x_to is None else x_to
    plot = _Plot(
        left,
        right if right > left else left + 1,
        y_from,
        1.0 if percent else _nice(max([*heights, y_from + 1e-6], default=1.0)),
    )
    parts = [plot.y_axis(percent=percent), plot.x_axis(x_label, counted=counted)]
    if diagonal:
        (x1, y1), (x2, y2) = plot.at(0, 0), plot.at(1, 1)
        parts.append(f'<line class="guide" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>')
    for name, level in (levels or {}).items():
        (x1, y), (x2, _) = plot.at(left, level), plot.at(plot.right, level)
        parts.append(
            f'<line class="line s-{name} level" x1="{x1:.1f}" y1="{y:.1f}" x2="{x2:.1f}" '
            f'y2="{y:.1f}"><title>{level:.3f}</title></line>'
        )
    for name, row in dashed.items():
        if row:
            path = _path([plot.at(x, y) for x, y in row], steps=steps)
            parts.append(f'<path class="line s-{name} level" d="{path}"/>')
    for name, row in series.items():
        placed = [plot.at(x, y) for x, y in row]
        if not placed:
            continue
        parts.append(f'<path class="line s-{name}" d="{_path(placed, steps=steps)}"/>')
        if not steps:
            parts += [
                f'<circle class="s-{name}" cx="{px:.1f}" cy="{py:.1f}" r="3">'
                f"<title>{x:g}: {y:.3f}</title></circle>"
                for (px, py), (x, y) in zip(placed, row, strict=True)
            ]
    return plot.svg(parts, label)


def intervals(rows: Sequence[Interval], *, label: str, x_label: str) -> str:
    """One row each: a dot on its interval, and a mark (the floor) beside it."""
    known = [v for row in rows for v in (row.high, row.mark, row.value) if not math.isnan(v)]
    height = _TOP + _BOTTOM + _ROW * max(len(rows), 1)
    plot = _Plot(0, _nice(max(known, default=1)), 0, max(len(rows), 1), margin=150, height=height)
    parts = [plot.x_axis(x_label)]
    for i, row in enumerate(rows):
        y = plot.at(0, len(rows) - i - 0.5)[1]
        parts.append(
            f'<text class="tick" x="142" y="{y + 4:.1f}" text-anchor="end">'
            f"{html.escape(row.name)}</text>"
        )
        if math.isnan(row.value):
            parts.append(f'<text class="tick" x="158" y="{y + 4:.1f}">undefined</text>')
            continue
        x, low, high = (plot.at(v, 0)[0] for v in (row.value, row.low, row.high))
        said = f"{row.value:.3f} ({row.low:.3f} to {row.high:.3f})"
        parts.append(
            f"<g><title>{html.escape(row.name)}: {said}</title>"
            f'<line class="line s-{row.series}" x1="{low:.1f}" y1="{y:.1f}" x2="{high:.1f}" '
            f'y2="{y:.1f}"/><circle class="s-{row.series}" cx="{x:.1f}" cy="{y:.1f}" r="5"/></g>'
        )
        if not math.isnan(row.mark):
            mark = plot.at(row.mark, 0)[0]
            parts.append(
                f'<line class="line s-real" x1="{mark:.1f}" y1="{y - 8:.1f}" '
                f'x2="{mark:.1f}" y2="{y + 8:.1f}"><title>{row.mark:.3f}</title></line>'
            )
    return plot.svg(parts, label)


def standalone(plot: str, *, title: str = "", note: str = "", key: Mapping[str, str]) -> str:
    """A plot as a picture of its own: `title` on its left and `note` on its right above it, `key`
    (colour class → what it stands for) below."""
    opening, _, rest = plot.partition(">")
    height = int(opening.partition(f'viewBox="0 0 {_WIDTH} ')[2].partition('"')[0])
    label = opening.partition('aria-label="')[2].partition('"')[0]
    total = height + 24 + 16 * len(key)
    parts = [
        f'<rect width="{_WIDTH}" height="{total}" fill="#ffffff"/>',
        f'<text class="title" x="12" y="16">{html.escape(title)}</text>',
        f'<text class="tick" x="{_WIDTH - _RIGHT}" y="16" text-anchor="end">'
        f"{html.escape(note)}</text>",
        f'<g transform="translate(0 20)">{rest.removesuffix("</svg>")}</g>',
    ]
    for i, (name, text) in enumerate(key.items()):
        y = height + 30 + 16 * i
        parts.append(
            f'<path class="line s-{name}" d="M{_LEFT} {y - 4}h18"/>'
            f'<text class="tick" x="{_LEFT + 26}" y="{y}">{html.escape(text)}</text>'
        )
    body = _CLASS.sub(lambda attribute: _look(attribute[1].split()), "".join(parts))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {total}" '
        f'width="{_WIDTH * 4 // 3}" role="img" aria-label="{label}">{body}</svg>'
    )


def _look(classes: Sequence[str]) -> str:
    """Presentation attributes in place of classes."""
    for name in classes:
        if name in _LOOKS:
            return _LOOKS[name]
    colour = next((COLOURS.get(name.removeprefix("s-"), "#777777") for name in classes
                   if name.startswith("s-")), "#777777")  # fmt: skip
    if "line" not in classes:
        return f'fill="{colour}"'
    dashes = ' stroke-dasharray="5 4"' if "level" in classes else ""
    return f'fill="none" stroke="{colour}" stroke-width="2"{dashes}'


class _Plot:
    """A rectangle of data coordinates on the picture, and its axes."""

    def __init__(
        self,
        left: float,
        right: float,
        low: float,
        high: float,
        *,
        bottom: int = _BOTTOM,
        height: int = _HEIGHT,
        margin: int = _LEFT,
    ) -> None:
        self.left, self.right, self.low, self.high = left, right, low, high
        self.height, self.margin = height, margin
        self.base = height - bottom
        self.scale_x = (_WIDTH - self.margin - _RIGHT) / (right - left)
        self.scale_y = (self.base - _TOP) / ((high - low) or 1)

    def at(self, x: float, y: float) -> Point:
        """Data → picture."""
        return self.margin + (x - self.left) * self.scale_x, self.base - (
            y - self.low
        ) * self.scale_y

    def y_axis(self, *, percent: bool) -> str:
        """Horizontal grid lines with their values."""
        parts = []
        for tick in _ticks(self.low, self.high):
            x, y = self.at(self.left, tick)
            parts.append(
                f'<line class="grid" x1="{x:.1f}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" '
                f'y2="{y:.1f}"/><text class="tick" x="{x - 6:.1f}" y="{y + 4:.1f}" '
                f'text-anchor="end">{_shown(tick, percent=percent)}</text>'
            )
        return "".join(parts)

    def x_axis(self, label: str, *, counted: bool = False) -> str:
        """Values along the bottom, and what they are."""
        parts = []
        for tick in _ticks(self.left, self.right, least=float(counted)):
            x, y = self.at(tick, self.low)
            parts.append(
                f'<line class="grid" x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{y:.1f}"/>'
                f'<text class="tick" x="{x:.1f}" y="{y + 15:.1f}" text-anchor="middle">{tick:g}'
                "</text>"
            )
        middle = (self.margin + _WIDTH - _RIGHT) / 2
        parts.append(
            f'<text class="tick" x="{middle:.1f}" y="{self.height - 6}" '
            f'text-anchor="middle">{html.escape(label)}</text>'
        )
        return "".join(parts)

    def svg(self, parts: Sequence[str], label: str) -> str:
        """The whole picture; `label` is what a screen reader says."""
        return (
            f'<svg class="plot" viewBox="0 0 {_WIDTH} {self.height}" role="img" '
            f'aria-label="{html.escape(label)}">{"".join(parts)}</svg>'
        )


def _category(text: str, x: float, y: float, *, slanted: bool) -> str:
    short = html.escape(text if len(text) <= 22 else text[:21] + "…")
    if slanted:
        return (
            f'<text class="tick" transform="translate({x + 4:.1f} {y + 12:.1f}) rotate(-35)" '
            f'text-anchor="end">{short}</text>'
        )
    return f'<text class="tick" x="{x:.1f}" y="{y + 15:.1f}" text-anchor="middle">{short}</text>'


def _path(points: Sequence[Point], *, steps: bool) -> str:
    start = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    if steps:
        return start + "".join(f"H{x:.1f}V{y:.1f}" for x, y in points[1:])
    return start + "".join(f"L{x:.1f} {y:.1f}" for x, y in points[1:])


def _shown(value: float, *, percent: bool) -> str:
    return f"{100 * value:.3g} %" if percent else f"{value:.3g}"


def _nice(value: float) -> float:
    """The next round number that is not below `value`."""
    if value <= 0:
        return 1.0
    power = 10 ** math.floor(math.log10(value))
    return float(
        next(
            step * power
            for step in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
            if step * power >= value * (1 - 1e-9)
        )
    )


def _ticks(low: float, high: float, *, least: float = 0.0) -> list[float]:
    """About `_TICKS` round numbers in the range, no two nearer than `least`."""
    rough = (high - low) / _TICKS
    power = 10 ** math.floor(math.log10(rough))
    step = min((1, 2, 2.5, 5, 10), key=lambda s: abs(s * power - rough)) * power
    step = max(step, least)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(i * step, 10) for i in range(first, last + 1)]
