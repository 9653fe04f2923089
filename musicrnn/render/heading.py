"""What stands above and below the music of a score picture: titles, composers, words.

verovio would take a heading from the name of its file; here all titles and composers of the tune
are drawn, and the words that ABC puts below it (``W:``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from musicrnn.abc.syntax.tree import Field, ParsedTune
from musicrnn.render.xmltext import escaped

__all__ = ["Heading", "words_below"]

#: verovio draws 10 picture units a unit
_PICTURE_UNITS: Final = 10
#: sizes of letters and heights of lines, in picture units
_TITLE: Final = 720.0
_SUBTITLE: Final = 520.0
_SMALL: Final = 405.0
_LINE: Final = 560
#: a letter of a serif face is on average this part of its size wide
_LETTER: Final = 0.52


@dataclass(frozen=True, slots=True)
class Heading:
    """Titles in the middle, composers on the right, rhythm and order of parts on the left."""

    titles: tuple[str, ...] = ()
    composers: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    @classmethod
    def of(cls, tune: ParsedTune) -> Heading:
        """What the header of a tune says."""
        parts = tune.value("P")
        left = (tune.rhythm, f"Parts: {parts}" if parts else "")
        return cls(
            tuple(filter(None, tune.values("T"))),
            tuple(filter(None, (*tune.values("C"), *(f"({o})" for o in tune.values("O"))))),
            tuple(filter(None, left)),
        )

    @property
    def title(self) -> str:
        """The first title."""
        return self.titles[0] if self.titles else ""

    @property
    def room(self) -> int:
        """How much room it takes above the music, in verovio's units."""
        lines = max(len(self.composers), len(self.left))
        height = 600 * bool(self.titles) + _LINE * max(len(self.titles) - 1, 0)
        return (height + _LINE * max(lines, 1) + 840) // _PICTURE_UNITS

    def drawn(self, width: int, top: int, margin: int) -> str:
        """The texts for the first page, `width` picture units wide, from `top` on."""
        texts = []
        y = top + 600
        for place, title in enumerate(self.titles):
            y += _LINE if place else 550
            size = _fitted(title, _SUBTITLE if place else _TITLE, width - 2 * margin)
            texts.append(_text(width // 2, y, size, title, "middle"))
        for place, line in enumerate(self.left):
            texts.append(_text(margin, y + _LINE * (place + 1), _SMALL, line, "start", "italic"))
        for place, line in enumerate(self.composers):
            size = _fitted(line, _SMALL, (width - 2 * margin) * 2 // 3)
            texts.append(_text(width - margin, y + _LINE * (place + 1), size, line, "end"))
        return "".join(texts)

    def running(self, number: int, width: int, top: int) -> str:
        """The line at the head of a further page."""
        return _text(
            width // 2, top + 1000, 400.0, f"{self.title}, page {number}", "middle", "italic"
        )


def words_below(tune: ParsedTune, width: int, top: int, margin: int) -> tuple[str, int]:
    """The ``W:`` lines as texts below the music from `top` on, and how high they are; in two
    columns where there are many short ones."""
    lines = [
        item.text
        for item in (*tune.header, *tune.body)
        if isinstance(item, Field) and item.letter == "W"
    ]
    if not lines:
        return "", 0
    widest = max(len(line) for line in lines) * _SMALL * _LETTER
    columns = 2 if len(lines) > 8 and widest < (width - 3 * margin) / 2 else 1
    rows = -(-len(lines) // columns)
    for split in range(rows, len(lines)):  # a verse is not torn in two where it need not be
        if columns == 2 and not lines[split]:
            rows = split
            break
    texts = []
    for place, line in enumerate(lines):
        column, row = divmod(place, rows)
        x = margin + column * (width - margin) // 2
        size = _fitted(line, _SMALL, (width - 2 * margin) / columns)
        texts.append(_text(int(x), top + _LINE * (row + 1), size, line, "start"))
    return "".join(texts), _LINE * (rows + 1)


def _fitted(text: str, size: float, width: float) -> float:
    """The size of letters at which a text fits into a width."""
    return min(size, width / (_LETTER * max(len(text), 1)))


def _text(x: int, y: int, size: float, text: str, anchor: str, slant: str = "normal") -> str:
    if not text:
        return ""
    return (
        f'<text class="header" x="{x}" y="{y}" font-size="{size:.0f}px" text-anchor="{anchor}" '
        f'font-style="{slant}">{escaped(text)}</text>'
    )
