"""ABC or a `Score` → a score picture: SVG, PNG, PDF, MusicXML, and which note sounds when.

The way is ABC → MusicXML (`musicrnn.musicxml.writer`) → verovio, which runs in a worker process
(`musicrnn.render.engraver_client`). What verovio cannot draw is put into its picture (`asides`,
`heading`). The same tune gives the same bytes.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any
from xml.sax.saxutils import unescape

from musicrnn.abc.from_score import from_score
from musicrnn.abc.syntax.parser import parse
from musicrnn.abc.syntax.tree import ParsedTune
from musicrnn.abc.syntax.writer import write
from musicrnn.errors import RenderError, UsageError
from musicrnn.musicxml.writer import Document, document
from musicrnn.render.asides import put_in
from musicrnn.render.engraver_client import Worker, shared_worker
from musicrnn.render.fonts import Fonts
from musicrnn.render.heading import Heading, words_below
from musicrnn.render.outlines import lacking, outlined
from musicrnn.render.pdf import pdf, stacked_pdf
from musicrnn.render.timemap import Sounding, played_times
from musicrnn.render.xmltext import escaped, legal
from musicrnn.score import Score
from musicrnn.theory.playing import as_danced

__all__ = [
    "PAPERS", "Engraving", "book_pdf", "engrave", "music_xml_document", "require_paper",
    "to_music_xml",
]  # fmt: skip

#: Paper sizes in tenths of a millimetre, which are verovio's units; a staff is 7.2 mm high.
PAPERS = {"A4": (2100, 2970), "letter": (2159, 2794)}
_POINTS_PER_UNIT = 72 / 254

#: verovio draws 0.4 pixels a unit (its option ``scale``) and 10 picture units a unit.
_PIXELS_PER_UNIT = 0.4
_PICTURE_UNITS = 10
_TALLEST = 60_000  # the most verovio takes as page height

_NOTE = re.compile(r'class="note[ "]')
_SYSTEM = re.compile(r'class="system[ "]')
_MEASURE = re.compile(r'class="measure[ "]')
#: the coordinates inside of a page, and the heights at which something stands in it
_BOX = re.compile(r'(class="definition-scale"[^>]* viewBox="0 0 (\d+) )(\d+)"')
_HEIGHTS = re.compile(r'(?:translate\([-\d.]+, ?| y="|d="M[-\d.]+ )(\d+)')
_MUSIC = re.compile(r'(<svg [^>]*class="definition-scale"[^>]*>).*?</svg>', re.DOTALL)


#: texts of a picture, and the tags within them
_TEXTS = re.compile(r"<text\b.*?</text>", re.DOTALL)
_TEXT = re.compile(r"<[^>]*>")
#: characters that a warning names at most
_SHOWN = 20
MOST_BARS_PER_LINE = 1000


@dataclass(frozen=True, slots=True)
class Engraving:
    """A score picture. `pages` are SVG documents; with no paper given there is one, as tall as
    it needs to be. `warnings` name what could not be drawn, a line each; `fonts` are those that
    PNG and PDF take for characters that ours have not (see `engrave`). `of_score` tells that a
    `Score` was drawn, in whose times swing is already."""

    title: str
    pages: tuple[str, ...]
    timemap: tuple[Sounding, ...]
    paper: str | None = None
    warnings: tuple[str, ...] = ()
    fonts: tuple[str, ...] = ()
    of_score: bool = False

    @property
    def notes(self) -> int:
        """How many note heads are drawn."""
        return sum(len(_NOTE.findall(page)) for page in self.pages)

    def follow(self, score: Score) -> list[tuple[float, float, str]]:
        """(start, end, id) of each note head in seconds, at the tempo and with the swing of
        `score`."""
        clock = score.clock()
        danced = as_danced(replace(score, swing=()) if self.of_score else score)
        return [
            (clock(danced(note.onset)), clock(danced(note.end)), note.id) for note in self.timemap
        ]

    def png(self, page: int = 0, *, width: int = 1600) -> bytes:
        """One page as PNG, black on white, `width` pixels wide (16…10000)."""
        if not 16 <= width <= 10_000:
            raise UsageError(f"a picture {width} pixels wide: choose 16 to 10000")
        svg = outlined(self.pages[page], fonts=Fonts(self.fonts))
        answer = shared_worker()("rasterise", svg=svg, width=width)
        return base64.b64decode(answer["png"])

    def pdf(self) -> bytes:
        """All pages as one PDF of vector graphics."""
        width = PAPERS[self.paper or "A4"][0] * _POINTS_PER_UNIT
        fonts = Fonts(self.fonts)
        drawn = [outlined(page, fonts=fonts) for page in self.pages]
        return pdf(drawn, width=width, title=self.title)


def engrave(
    music: str | ParsedTune | Score,
    *,
    width: int = 840,
    paper: str | None = None,
    bars_per_line: int = 0,
    fonts: Sequence[str] = (),
    worker: Worker | None = None,
) -> Engraving:
    """The score picture of an ABC tune (the first of a book) or of a `Score`.

    Without `paper` the lines are fitted to `width` pixels (200…4000) on one page; with ``"A4"`` or
    ``"letter"`` they fill pages of that size. Lines end where they end in the source, or after
    `bars_per_line` bars; one that is too long for the page is broken. `fonts` are files, or names
    of installed fonts, for letters that are not Latin, Greek or Cyrillic; ``"auto"`` is any
    installed one that has them. Raises RenderError when there is no picture to make, UsageError for
    a font that is not there, MissingExtraError without the extra ``score``.
    """
    if not 0 <= bars_per_line <= MOST_BARS_PER_LINE:
        raise UsageError(f"{bars_per_line} bars a line: choose 0 to {MOST_BARS_PER_LINE}")
    tune = _tune(music)
    abc = write(tune)
    # The seed names the parts of the picture, and tunes side by side on a page must not share ids.
    seed = zlib.crc32(abc.encode()) % 0x7FFFFFFF + 1
    xml = document(tune, ids=f"n{seed:x}-", bars_per_line=bars_per_line)
    heading = Heading.of(tune)
    options = _layout(width, paper, heading)
    options["xmlIdSeed"] = seed
    options["breaks"] = "smart" if xml.line_breaks else "auto"
    engraver = worker or shared_worker()
    answer = engraver("engrave", xml=xml.xml, options=options)
    if xml.line_breaks and _lost_a_line(answer["pages"], xml.xml):
        answer = engraver("engrave", xml=xml.xml, options=options | {"breaks": "line"})
    if xml.line_breaks and not bars_per_line and _has_a_lone_bar(answer["pages"], xml.xml):
        answer = engraver("engrave", xml=xml.xml, options=options | {"breaks": "auto"})
    finished = [
        _with_heading(put_in(page, xml.asides), heading, number, paper)
        for number, page in enumerate(answer["pages"], 1)
    ]
    finished = _with_words(finished, tune, paper)
    pages = tuple(outlined(page, only_music=True) for page in finished)
    times = played_times(answer["times"], tune)
    warnings = (*xml.undrawn, *xml.left_out, *_without_a_font(pages, Fonts(fonts)))
    return Engraving(
        heading.title, pages, times, paper, warnings, tuple(fonts),
        of_score=isinstance(music, Score),
    )  # fmt: skip


def _lost_a_line(pages: Sequence[str], xml: str) -> bool:
    """Whether a line of the source goes on past its end in the picture, though every line would
    fit: verovio overlooks ends that follow a repeat sign, and then tears the next line in two.

    A line is known to fit where another one of as many notes was drawn.
    """
    if xml.count("<part ") > 1:
        return False
    wanted = [
        line.count("<note ") - line.count("<rest") for line in xml.split('<print new-system="yes"')
    ]
    drawn = [len(_NOTE.findall(line)) for page in pages for line in _SYSTEM.split(page)[1:]]
    ends = set(accumulate(drawn))
    return (
        sum(wanted) == sum(drawn)
        and max(wanted) <= max(drawn)
        and any(end not in ends for end in accumulate(wanted))
    )


def _has_a_lone_bar(pages: Sequence[str], xml: str) -> bool:
    """Whether lines of the source were too long for the page, and what was left of one is a bar
    alone, drawn as wide as the page."""
    bars = [len(_MEASURE.findall(line)) for page in pages for line in _SYSTEM.split(page)[1:]]
    lines = xml.count('<print new-system="yes"') + 1
    return len(bars) > lines and 1 in bars[:-1]


def _without_a_font(pages: Sequence[str], fonts: Fonts) -> Iterator[str]:
    """What PNG and PDF show as boxes, since no font has it."""
    texts = "".join(_TEXT.sub("", "".join(_TEXTS.findall(page))) for page in pages)
    missing = lacking(unescape(texts), fonts)
    if missing:
        shown = missing if len(missing) <= _SHOWN else missing[:_SHOWN] + "…"
        yield f"no font has the characters {shown}: name one that has, or auto for any installed"


def book_pdf(
    tunes: Sequence[str | ParsedTune | Score], *, paper: str = "A4", title: str = ""
) -> bytes:
    """Several tunes as one PDF, as many on a page as it holds; no tune is torn apart.

    Raises as `engrave` does.
    """
    require_paper(paper)
    wide, tall = PAPERS[paper]
    margin = _margin(paper) - _margin(None)  # a strip has a small one of its own
    width = round((wide - 2 * margin) * _PIXELS_PER_UNIT)
    strips = [outlined(engrave(tune, width=width).pages[0]) for tune in tunes]
    return stacked_pdf(
        strips, width=wide * _POINTS_PER_UNIT, height=tall * _POINTS_PER_UNIT,
        margin=margin * _POINTS_PER_UNIT, title=title,
    )  # fmt: skip


def to_music_xml(music: str | ParsedTune | Score) -> str:
    """MusicXML 4.0 (partwise) of an ABC tune or a `Score`. Raises RenderError without a tune."""
    return music_xml_document(music).xml


def music_xml_document(music: str | ParsedTune | Score) -> Document:
    """As `to_music_xml`, with what it leaves out."""
    return document(_tune(music))


def _tune(music: str | ParsedTune | Score) -> ParsedTune:
    """The first tune of an ABC text, or a `Score` as one."""
    if isinstance(music, ParsedTune):
        return music
    tunes = parse(legal(music if isinstance(music, str) else from_score(music))).tunes
    if not tunes:
        raise RenderError("there is no tune to draw; a tune has an X: and a K: line")
    return tunes[0]


def require_paper(name: str) -> None:
    """Raise `UsageError` for a name that no paper has."""
    if name not in PAPERS:
        raise UsageError(f"no paper is called {name!r}: choose {' or '.join(PAPERS)}")


def _layout(width: int, paper: str | None, heading: Heading) -> dict[str, Any]:
    top = heading.room
    sides = dict.fromkeys(("pageMarginLeft", "pageMarginRight", "pageMarginBottom"), _margin(paper))
    if paper is None:
        if not 200 <= width <= 4000:
            raise UsageError(f"a score {width} pixels wide: choose 200 to 4000")
        units = round(width / _PIXELS_PER_UNIT)
        size = {"pageWidth": units, "pageHeight": _TALLEST, "adjustPageHeight": True}
        return {**size, **sides, "pageMarginTop": top}
    require_paper(paper)
    wide, tall = PAPERS[paper]
    return {"pageWidth": wide, "pageHeight": tall, **sides, "pageMarginTop": top + _margin(paper)}


def _margin(paper: str | None) -> int:
    """The margin in verovio's units: on paper 13 mm, on the screen next to none."""
    return 130 if paper else 60


def _with_heading(page: str, heading: Heading, number: int, paper: str | None) -> str:
    """The page with titles and composers put in, and named for those who cannot see it."""
    label = escaped(f"Score of {heading.title}" if heading.title else "Score")
    page = page.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)
    width, _ = _size(page)
    margin = _margin(paper) * _PICTURE_UNITS
    top = margin if paper else 0
    texts = (
        heading.drawn(width, top, margin) if number == 1 else heading.running(number, width, top)
    )
    return page.replace("</svg>", f"{texts}</svg>", 1)


def _with_words(pages: list[str], tune: ParsedTune, paper: str | None) -> list[str]:
    """The pages with the words after the tune below the music: on a page of their own where the
    last one has no room."""
    width, height = _size(pages[-1])
    margin = _margin(paper) * _PICTURE_UNITS
    if paper is None:
        texts, taken = words_below(tune, width, height - margin // 2, margin)
        return [*pages[:-1], _higher(pages[-1], texts, taken)] if texts else pages
    lowest = max((float(y) for y in _HEIGHTS.findall(pages[-1])), default=0.0)
    texts, taken = words_below(tune, width, round(lowest) + 2 * margin, margin)
    if not texts:
        return pages
    if lowest + 2 * margin + taken > height - margin:
        texts, _ = words_below(tune, width, margin, margin)
        return [*pages, _MUSIC.sub(lambda music: f"{music[1]}{texts}</svg>", pages[-1], count=1)]
    return [*pages[:-1], pages[-1].replace("</svg>", f"{texts}</svg>", 1)]


def _size(page: str) -> tuple[int, int]:
    """Width and height of a page in picture units."""
    box = _BOX.search(page)
    return (int(box[2]), int(box[3])) if box else (0, 0)


def _higher(page: str, texts: str, taken: int) -> str:
    """A page with room for texts below the music, and the texts in it."""
    _, height = _size(page)
    page = page.replace("</svg>", f"{texts}</svg>", 1)
    page = _BOX.sub(lambda box: f'{box[1]}{height + taken}"', page, count=1)
    outer = re.compile(r'(<svg [^>]*?viewBox="0 0 \d+ )(\d+)"')
    pixels = round((height + taken) * _PIXELS_PER_UNIT / _PICTURE_UNITS)
    return outer.sub(lambda box: f'{box[1]}{pixels}"', page, count=1)
