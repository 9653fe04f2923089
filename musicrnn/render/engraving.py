"""ABC or a `Score` → a score picture: SVG, PNG, PDF, MusicXML, and which note sounds when.

The way is ABC → MusicXML (abc2xml) → verovio, of those tried the one that draws every note. It
runs in a worker process (`musicrnn.render.engraver_client`). The same tune gives the same bytes.
"""

from __future__ import annotations

import base64
import re
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from musicrnn.errors import RenderError, UsageError
from musicrnn.render.engraver_client import Worker, shared_worker
from musicrnn.render.outlines import outlined
from musicrnn.render.pdf import pdf
from musicrnn.render.timemap import Sounding, played_times
from musicrnn.render.xmltext import escaped, legal
from musicrnn.score import Score

if TYPE_CHECKING:
    from musicrnn.abc import ParsedTune

__all__ = ["PAPERS", "Engraving", "engrave", "to_music_xml"]

#: Paper sizes in tenths of a millimetre, which are verovio's units; a staff is 7.2 mm high.
PAPERS = {"A4": (2100, 2970), "letter": (2159, 2794)}
_POINTS_PER_UNIT = 72 / 254

#: verovio draws 0.4 pixels a unit (its option ``scale``) and 10 picture units a unit.
_PIXELS_PER_UNIT = 0.4
_PICTURE_UNITS = 10
_TALLEST = 60_000  # the most verovio takes as page height

#: Room above the music for the title, in verovio's units: with a second line of text, or not.
_TITLE_ROOM, _SMALL_ROOM = 200, 90

_NOTE = re.compile(r'class="note[ "]')


@dataclass(frozen=True, slots=True)
class Engraving:
    """A score picture. `pages` are SVG documents; with no paper given there is one, as tall as
    it needs to be. `warnings` are abc2xml's."""

    title: str
    pages: tuple[str, ...]
    music_xml: str
    timemap: tuple[Sounding, ...]
    warnings: tuple[str, ...] = ()
    paper: str | None = None

    @property
    def notes(self) -> int:
        """How many note heads are drawn."""
        return sum(len(_NOTE.findall(page)) for page in self.pages)

    def follow(self, score: Score) -> list[tuple[float, float, str]]:
        """(start, end, id) of each note head in seconds, at the tempo of `score`."""
        clock = score.clock()
        return [(clock(note.onset), clock(note.end), note.id) for note in self.timemap]

    def png(self, page: int = 0, *, width: int = 1600) -> bytes:
        """One page as PNG, black on white, `width` pixels wide (16…10000)."""
        if not 16 <= width <= 10_000:
            raise UsageError(f"a picture {width} pixels wide: choose 16 to 10000")
        answer = shared_worker()("rasterise", svg=outlined(self.pages[page]), width=width)
        return base64.b64decode(answer["png"])

    def pdf(self) -> bytes:
        """All pages as one PDF of vector graphics."""
        width = PAPERS[self.paper or "A4"][0] * _POINTS_PER_UNIT
        return pdf([outlined(page) for page in self.pages], width=width, title=self.title)


def engrave(
    music: str | Score,
    *,
    width: int = 840,
    paper: str | None = None,
    worker: Worker | None = None,
) -> Engraving:
    """The score picture of an ABC tune (the first of a book) or of a `Score`.

    Without `paper` the lines are fitted to `width` pixels (200…4000) on one page; with ``"A4"`` or
    ``"letter"`` they fill pages of that size. Raises RenderError when there is no picture to make,
    MissingExtraError without the extra ``score``.
    """
    tune = _tune(music)
    abc = _spelled_out(tune)
    header = _Header(tune.title, tune.value("C"), tune.rhythm)
    options = _layout(width, paper, header)
    # The seed names the parts of the picture, and tunes side by side on a page must not share ids.
    options["xmlIdSeed"] = zlib.crc32(abc.encode()) % 0x7FFFFFFF + 1
    answer = (worker or shared_worker())("engrave", abc=abc, options=options)
    pages = tuple(
        outlined(header.drawn_on(page, number, paper), only_music=True)
        for number, page in enumerate(answer["pages"], 1)
    )
    warnings = tuple(answer["warnings"])
    times = played_times(answer["times"], tune)
    return Engraving(header.title, pages, answer["xml"], times, warnings, paper)


def to_music_xml(music: str | Score, *, worker: Worker | None = None) -> str:
    """MusicXML 3.0 (partwise) of an ABC tune or a `Score`. Raises RenderError."""
    answer = (worker or shared_worker())("convert", abc=_spelled_out(_tune(music)))
    xml: str = answer["xml"]
    return xml


def _tune(music: str | Score) -> ParsedTune:
    """The first tune of an ABC text, or a `Score` as one."""
    from musicrnn.abc import parse
    from musicrnn.abc.from_score import from_score

    tunes = parse(legal(music if isinstance(music, str) else from_score(music))).tunes
    if not tunes:
        raise RenderError("there is no tune to draw; a tune has an X: and a K: line")
    return tunes[0]


def _spelled_out(tune: ParsedTune) -> str:
    """The tune as text that needs no default: abc2xml takes 1/8 whatever the metre is."""
    from musicrnn.abc import Field, TuneBook, write_book
    from musicrnn.abc.syntax.fields import default_unit, read_meter

    fields = {f.letter: f for f in (*tune.inherited, *tune.header) if isinstance(f, Field)}
    if "L" not in fields:
        meter = read_meter(fields["M"].value) if "M" in fields else None
        unit = default_unit(meter.meter if meter else None) / 4
        stated = Field("L", f"{unit.numerator}/{unit.denominator}")
        tune = replace(tune, header=(*tune.header[:-1], stated, *tune.header[-1:]))
    return write_book(TuneBook((tune,), header=tune.inherited))


def _layout(width: int, paper: str | None, header: _Header) -> dict[str, Any]:
    top = _TITLE_ROOM if header.title else _SMALL_ROOM
    sides = dict.fromkeys(("pageMarginLeft", "pageMarginRight", "pageMarginBottom"), _margin(paper))
    if paper is None:
        if not 200 <= width <= 4000:
            raise UsageError(f"a score {width} pixels wide: choose 200 to 4000")
        units = round(width / _PIXELS_PER_UNIT)
        size = {"pageWidth": units, "pageHeight": _TALLEST, "adjustPageHeight": True}
        return {**size, **sides, "pageMarginTop": top}
    if paper not in PAPERS:
        raise UsageError(f"no paper is called {paper!r}: choose {' or '.join(PAPERS)}")
    wide, tall = PAPERS[paper]
    return {"pageWidth": wide, "pageHeight": tall, **sides, "pageMarginTop": top + _margin(paper)}


def _margin(paper: str | None) -> int:
    """The margin in verovio's units: on paper 13 mm, on the screen next to none."""
    return 130 if paper else 60


@dataclass(frozen=True, slots=True)
class _Header:
    """What stands above the music: title, composer on the right, rhythm on the left."""

    title: str = ""
    composer: str = ""
    rhythm: str = ""

    def drawn_on(self, page: str, number: int, paper: str | None) -> str:
        """The page with the header put in, and named for those who cannot see it."""
        label = escaped(f"Score of {self.title}" if self.title else "Score")
        page = page.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)
        box = re.search(r'class="definition-scale"[^>]* viewBox="0 0 (\d+) (\d+)"', page)
        if box is None or not self.title:
            return page
        width = int(box[1])
        return page.replace("</svg>", f"{self._texts(width, number, paper)}</svg>", 1)

    def _texts(self, width: int, number: int, paper: str | None) -> str:
        margin = _margin(paper) * _PICTURE_UNITS
        top, middle = margin if paper else 0, width // 2
        if number > 1:
            running = f"{self.title}, page {number}"
            return _text(middle, top + 1000, 400, running, "middle", "italic")
        size = min(720.0, 1.75 * 0.9 * width / max(len(self.title), 1))
        lines = _text(middle, top + 1150, size, self.title, "middle")
        lines += _text(margin, top + 1700, 405, self.rhythm, "start", "italic")
        return lines + _text(width - margin, top + 1700, 405, self.composer, "end")


def _text(x: int, y: int, size: float, text: str, anchor: str, slant: str = "normal") -> str:
    if not text:
        return ""
    return (
        f'<text class="header" x="{x}" y="{y}" font-size="{size:.0f}px" text-anchor="{anchor}" '
        f'font-style="{slant}">{escaped(text)}</text>'
    )
