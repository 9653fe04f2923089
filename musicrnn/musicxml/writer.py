"""ABC → MusicXML 4.0 (partwise), from the parsed tune.

Everything that ABC says about the music has its element; what MusicXML has no element for (origin,
source, the order of parts) stands in ``<miscellaneous>`` by its letter, from where `reader` takes
it back. The same tune gives the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree

from musicrnn.abc.syntax.tree import Directive, Field, ParsedTune
from musicrnn.errors import want
from musicrnn.musicxml.bars import undrawn
from musicrnn.musicxml.elements import add
from musicrnn.musicxml.layout import lay_out
from musicrnn.musicxml.part_writer import Aside, PartWriter, ScoreContext
from musicrnn.musicxml.parts import PartPlan, plan_parts
from musicrnn.musicxml.sheet import VoiceSheet

__all__ = ["Document", "document", "write"]

Element = ElementTree.Element
_HEADER: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
    '"http://www.musicxml.org/dtds/partwise.dtd">\n'
)
#: header fields that have no element of their own
_MISCELLANEOUS: Final = "ABDFGHINOPRSXZ"
#: directives that print a text
_TEXTS: Final = frozenset({"text", "center", "right", "begintext"})
#: a note (``N:``) that names who did what, as `read` writes it
_CREATOR: Final = re.compile(r"(lyricist|poet|arranger|translator|librettist): (.+)")


@dataclass(frozen=True, slots=True)
class Document:
    """MusicXML of one tune; `asides` only where ids were asked for. `undrawn` says, a line each,
    what a picture made of it does not show, `left_out` what it does not hold."""

    xml: str
    asides: tuple[Aside, ...] = ()
    line_breaks: bool = False
    undrawn: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def write(tune: ParsedTune) -> bytes:
    """The MusicXML of a tune, in UTF-8. Raises AbcError where a limit of ABC is passed."""
    return document(tune).xml.encode()


def document(tune: ParsedTune, *, ids: str = "", bars_per_line: int = 0) -> Document:
    """The MusicXML of a tune as text.

    With `ids`, every note has an id that begins so, and what readers are known not to draw is left
    out and told in `asides`. Lines end as in the source, or after `bars_per_line` bars.
    """
    want(tune, ParsedTune, "MusicXML is written of a parsed tune (abc.parse_tune)")
    context = ScoreContext(lay_out(tune), ids, bars_per_line)
    root = _ScoreWriter(context).score()
    for count, key in enumerate(root.iter("key"), 1):
        if name := key.attrib.pop("id", "") if ids else key.get("id"):
            key.set("id", f"{name}-{count}")
    if ids:  # the text of a chord symbol says its degrees already
        for symbol in root.iter("harmony"):
            for degree in symbol.findall("degree"):
                symbol.remove(degree)
    ElementTree.indent(root, " ")
    xml = _HEADER + ElementTree.tostring(root, encoding="unicode") + "\n"
    lines = tuple(undrawn(context.sheet))
    return Document(
        xml, tuple(context.asides), context.line_breaks, lines, tuple(_texts_between(tune))
    )


class _ScoreWriter:
    """Writes one tune."""

    def __init__(self, context: ScoreContext) -> None:
        self.context = context
        self.sheet = context.sheet
        self.tune = context.tune

    def score(self) -> Element:
        """The whole document."""
        root = Element("score-partwise", {"version": "4.0"})
        self._titles(root)
        plans = plan_parts(self.tune, self.sheet.voices)
        known = [plan for plan in plans if any(self._voices(plan))]
        part_list = add(root, "part-list")
        longest = max(map(len, self.context.bars.values()), default=0)
        for index, plan in enumerate(known):
            self._declare(part_list, plan, index)
        for index, plan in enumerate(known):
            part = add(root, "part", id=f"P{index + 1}")
            PartWriter(self.context, plan, self._voices(plan), index).write(part, longest)
        if not known:  # a tune without music: the schema wants a part with a measure
            add(add(part_list, "score-part", id="P1"), "part-name")
            add(add(root, "part", id="P1"), "measure", number="1")
        return root

    def _voices(self, plan: PartPlan) -> list[tuple[VoiceSheet, int]]:
        """The voices of a part, each with the number of its staff."""
        return [
            (self.sheet.voices[voice], number)
            for number, staff in enumerate(plan.staves, 1)
            for voice in staff
            if voice in self.sheet.voices
        ]

    def _titles(self, root: Element) -> None:
        titles = self.tune.values("T")
        if titles:
            add(add(root, "work"), "work-title", titles[0])
        if len(titles) > 1:
            add(root, "movement-title", titles[1])
        identification = add(root, "identification")
        for composer in self.tune.values("C"):
            add(identification, "creator", composer, type="composer")
        kept = [("T", title) for title in titles[2:]]
        for field in self.tune.fields:
            creator = _CREATOR.fullmatch(field.text) if field.letter == "N" else None
            if creator:
                add(identification, "creator", creator[2], type=creator[1])
            elif field.letter in _MISCELLANEOUS:
                kept.append((field.letter, field.text))
        add(add(identification, "encoding"), "software", "musicrnn")
        kept += [("N", f.text) for f in _fields(self.tune.body, "N")]
        kept += [("W", f.text) for f in _fields((*self.tune.header, *self.tune.body), "W")]
        if kept:
            miscellaneous = add(identification, "miscellaneous")
            for letter, value in kept:
                add(miscellaneous, "miscellaneous-field", value, name=f"abc:{letter}")

    def _declare(self, part_list: Element, plan: PartPlan, index: int) -> None:
        for _ in range(plan.opens):
            group = add(part_list, "part-group", type="start", number="1")
            add(group, "group-symbol", "bracket")
        part = add(part_list, "score-part", id=f"P{index + 1}")
        voices = [sheet.voice for sheet, _ in self._voices(plan)]
        names = [voice.name for voice in voices if voice.name]
        add(part, "part-name", "\n".join(names))
        first = voices[0]
        if first.program is not None or first.channel is not None:
            instrument = add(part, "score-instrument", id=f"P{index + 1}-I1")
            add(instrument, "instrument-name", first.name or "instrument")
            midi = add(part, "midi-instrument", id=f"P{index + 1}-I1")
            if first.channel is not None:
                add(midi, "midi-channel", first.channel)
            add(midi, "midi-program", (first.program or 0) + 1)
        for _ in range(plan.closes):
            add(part_list, "part-group", type="stop", number="1")


def _fields(items: Iterable[object], letter: str) -> Iterable[Field]:
    """The fields of one kind: the words below the tune (``W:``), notes on it (``N:``)."""
    return (item for item in items if isinstance(item, Field) and item.letter == letter)


def _texts_between(tune: ParsedTune) -> Iterator[str]:
    """A line on the texts between the lines of music, which have no place in MusicXML."""
    count = sum(
        len(item.value.split("\n"))
        for item in (*tune.header, *tune.body)
        if isinstance(item, Directive) and item.name in _TEXTS
    )
    if count:
        lines = "1 line" if count == 1 else f"{count} lines"
        yield f"text between the lines of music (%%text) is left out: {lines}"
