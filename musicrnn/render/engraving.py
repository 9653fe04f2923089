"""ABC or a `Score` → a score picture: SVG, PNG, PDF, MusicXML, and which note sounds when.

The way is ABC → MusicXML (abc2xml) → verovio, of those tried the one that draws every note. It
runs in a worker process (`musicrnn.render.worker`). The same tune gives the same bytes.
"""

from __future__ import annotations

import base64
import html
import re
import zlib
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from musicrnn.errors import RenderError, UsageError
from musicrnn.render.outlines import outlined
from musicrnn.render.pdf import pdf
from musicrnn.render.worker import Worker, shared_worker
from musicrnn.score import Score

__all__ = ["PAPERS", "Engraving", "Sounding", "engrave", "to_music_xml"]

#: Paper sizes in tenths of a millimetre, which are verovio's units; a staff is 7.2 mm high.
PAPERS = {"A4": (2100, 2970), "letter": (2159, 2794)}
_POINTS_PER_UNIT = 72 / 254

#: verovio draws 0.4 pixels a unit (its option ``scale``) and 10 picture units a unit.
_PIXELS_PER_UNIT = 0.4
_PICTURE_UNITS = 10
_TALLEST = 60_000  # the most verovio takes as page height

#: Room above the music for the title, in verovio's units: with a second line of text, or not.
_TITLE_ROOM, _SMALL_ROOM = 200, 90

#: verovio's name of a note that a repeat plays again: the id and a suffix.
_PLAYED_AGAIN = re.compile(r"-rend\d+$")
_NOTE = re.compile(r'class="note[ "]')


@dataclass(frozen=True, slots=True)
class Sounding:
    """A note head in the picture while it sounds: `onset` and `end` in quarter notes from the
    start of the performance (repeats played out), `id` that of its ``<g class="note">``."""

    onset: Fraction
    end: Fraction
    id: str


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
    abc = _abc(music)
    header = _Header.of(abc)
    options = _layout(width, paper, header)
    # The seed names the parts of the picture, and tunes side by side on a page must not share ids.
    options["xmlIdSeed"] = zlib.crc32(abc.encode()) % 0x7FFFFFFF + 1
    answer = (worker or shared_worker())("engrave", abc=abc, options=options)
    pages = tuple(
        outlined(header.drawn_on(page, number), only_music=True)
        for number, page in enumerate(answer["pages"], 1)
    )
    return Engraving(
        header.title, pages, answer["xml"], _timemap(answer["times"]), tuple(answer["warnings"]),
        paper,
    )  # fmt: skip


def to_music_xml(music: str | Score, *, worker: Worker | None = None) -> str:
    """MusicXML 3.0 (partwise) of an ABC tune or a `Score`. Raises RenderError."""
    answer = (worker or shared_worker())("convert", abc=_abc(music))
    xml: str = answer["xml"]
    return xml


def _abc(music: str | Score) -> str:
    if isinstance(music, str):
        return music
    from musicrnn.abc.from_score import from_score

    return from_score(music)


def _layout(width: int, paper: str | None, header: _Header) -> dict[str, Any]:
    top = _TITLE_ROOM if header.title else _SMALL_ROOM
    if paper is None:
        if not 200 <= width <= 4000:
            raise UsageError(f"a score {width} pixels wide: choose 200 to 4000")
        units = round(width / _PIXELS_PER_UNIT)
        size = {"pageWidth": units, "pageHeight": _TALLEST, "adjustPageHeight": True}
        return {**size, "pageMarginTop": top}
    if paper not in PAPERS:
        raise UsageError(f"no paper is called {paper!r}: choose {' or '.join(PAPERS)}")
    wide, tall = PAPERS[paper]
    return {"pageWidth": wide, "pageHeight": tall, "pageMarginTop": top, "justifyVertically": False}


@dataclass(frozen=True, slots=True)
class _Header:
    """What stands above the music: title, composer on the right, rhythm on the left."""

    title: str = ""
    composer: str = ""
    rhythm: str = ""

    @classmethod
    def of(cls, abc: str) -> _Header:
        from musicrnn.abc import parse

        tunes = parse(abc).tunes
        if not tunes:
            raise RenderError("there is no tune to draw; a tune has an X: and a K: line")
        tune = tunes[0]
        return cls(tune.title, tune.value("C"), tune.rhythm)

    def drawn_on(self, page: str, number: int) -> str:
        """The page with the header put in, and named for those who cannot see it."""
        label = html.escape(f"Score of {self.title}" if self.title else "Score")
        page = page.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)
        box = re.search(r'class="definition-scale"[^>]* viewBox="0 0 (\d+) (\d+)"', page)
        if box is None or not self.title:
            return page
        width = int(box[1])
        return page.replace("</svg>", f"{self._texts(width, number)}</svg>", 1)

    def _texts(self, width: int, number: int) -> str:
        middle = width // 2
        if number > 1:
            return _text(middle, 1000, 400, f"{self.title}, page {number}", "middle", "italic")
        size = min(720.0, 1.75 * 0.9 * width / max(len(self.title), 1))
        lines = _text(middle, 1150, size, self.title, "middle")
        lines += _text(600, 1700, 405, self.rhythm, "start", "italic")
        return lines + _text(width - 600, 1700, 405, self.composer, "end")


def _text(x: int, y: int, size: float, text: str, anchor: str, slant: str = "normal") -> str:
    if not text:
        return ""
    return (
        f'<text class="header" x="{x}" y="{y}" font-size="{size:.0f}px" text-anchor="{anchor}" '
        f'font-style="{slant}">{html.escape(text)}</text>'
    )


def _timemap(events: list[dict[str, Any]]) -> tuple[Sounding, ...]:
    """verovio's list of what begins and ends at each moment → a span for each note."""
    begun: dict[str, Fraction] = {}
    spans: list[Sounding] = []
    for event in events:
        # verovio counts in floats; no notation divides a quarter finer than this.
        now = Fraction(event["qstamp"]).limit_denominator(5040)
        spans.extend(
            Sounding(begun.pop(name), now, _PLAYED_AGAIN.sub("", name))
            for name in event.get("off", ())
            if name in begun
        )
        begun.update(dict.fromkeys(event.get("on", ()), now))
    return tuple(sorted(spans, key=lambda span: (span.onset, span.end, span.id)))
