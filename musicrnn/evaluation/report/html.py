"""The frame of a report page: one HTML file that asks nothing of the outside."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence
from importlib.resources import files

__all__ = ["document", "escape", "figures", "number", "percent", "section", "table"]

escape = html.escape

#: Nothing may be loaded, so nothing can be asked for, whatever a title or a tune holds.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "img-src data:; media-src data:; font-src data:"
)


def document(title: str, body: Iterable[str]) -> str:
    """A whole page."""
    style = (files("musicrnn.evaluation.report") / "page.css").read_text("utf-8")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="data:,">'
        f"<title>{escape(title)}</title><style>{style}</style></head><body>\n"
        + "\n".join(body)
        + "\n</body></html>\n"
    )


def section(title: str, *parts: str) -> str:
    """A heading and what stands under it."""
    return f"<h2>{escape(title)}</h2>\n" + "\n".join(part for part in parts if part)


def meaning(text: str) -> str:
    """The sentence that says what a figure means."""
    return f'<p class="meaning">{escape(text)}</p>'


def figures(rows: Iterable[tuple[str, str]]) -> str:
    """A few large figures, each with what it is."""
    items = "".join(
        f"<div><b>{escape(value)}</b><span>{escape(text)}</span></div>" for value, text in rows
    )
    return f'<div class="figures">{items}</div>'


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, kind: str = "") -> str:
    """A table; the first column names the row."""
    heads = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return (
        f'<div class="scroll"><table class="{kind}"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def number(value: float | None, digits: int = 3) -> str:
    """A figure for reading; what is undefined is said to be."""
    return "undefined" if value is None or math.isnan(value) else f"{value:.{digits}f}"


def percent(value: float | None) -> str:
    """A share for reading."""
    if value is None or math.isnan(value):
        return "undefined"
    return f"{100 * value:.1f} %".replace(".0 %", " %")
