"""One way to write the form of a tune, so that a model need not guess between several.

Sources write ``::``, ``:||:`` or ``:|`` and ``|:`` on two lines; they leave out ``|:`` where a
reader can infer it, double bar lines that meet, and break lines after four bars, eight, or in the
middle of one. Here every repeated section starts with ``|:`` and ends with ``:|``, each section
starts on a line of its own, and a line has four bars (a pickup does not count).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from musicrnn.abc.syntax import tree

__all__ = ["laid_out"]

BARS_A_LINE = 4
_BLANK = (tree.Space, tree.LineBreak)
_NOTES = (tree.Note, tree.Chord, tree.Rest)

#: two bar lines with nothing between → what they are together; a later row is not reached for
#: pairs that are not listed, which keep the weightier of the two
_TOGETHER = {
    (":|", "|:"): (":|", "|:"),
    ("|:", ":|"): (":|", "|:"),
}
_WEIGHT = {"|": 0, "||": 1, "[|": 1, "|]": 2, ":|": 3, "|:": 3}
#: notes of a tuplet → notes in whose time they are played, where it is not two (ABC 2.1 §4.13)
_TUPLET_TIMES = {2: 3, 4: 3, 8: 3}
#: bar lines at which a section ends
SECTION_ENDS = frozenset({"||", "|]", ":|"})


def laid_out(body: Sequence[tree.Node], bar: Fraction) -> list[tree.Node]:
    """The body with merged bar lines, explicit repeats and four bars to a line.

    `bar` is the length of a full bar in unit notes. Nothing that sounds is changed.
    """
    return _lines(_pickups_inside(_merged(_explicit(_merged(_split_double(body)))), bar), bar)


def _split_double(body: Sequence[tree.Node]) -> list[tree.Node]:
    """``::`` as ``:|`` and ``|:``; line breaks gone; ``[|`` and ``|]``, which the last bar line
    alone will be, as ``||``."""
    out: list[tree.Node] = []
    for node in body:
        if isinstance(node, tree.Bar) and node.kind == "::":
            out += (tree.Bar(":|"), tree.Bar("|:"))
        elif isinstance(node, tree.Bar) and node.kind in ("[|", "|]"):
            out.append(tree.Bar("||"))
        else:
            out.append(tree.Space() if isinstance(node, tree.LineBreak) else node)
    return out


def _merged(body: Sequence[tree.Node]) -> list[tree.Node]:
    """Bar lines with nothing between become one; plain ones before the first note go."""
    out: list[tree.Node] = []
    for node in body:
        if isinstance(node, tree.Space):
            if out and not isinstance(out[-1], (tree.Bar, *_BLANK)):
                out.append(node)
            continue
        if isinstance(node, tree.Bar):
            if out and isinstance(out[-1], tree.Space):
                out.pop()
            if not out and node.kind != "|:":
                continue
            if out and isinstance(before := out[-1], tree.Bar):
                out[-1:] = [tree.Bar(kind) for kind in _together(before.kind, node.kind)]
                continue
        out.append(node)
    return out


def _together(first: str, second: str) -> tuple[str, ...]:
    pair = (first, second)
    if pair in _TOGETHER:
        return _TOGETHER[pair]
    return (max(pair, key=lambda kind: _WEIGHT.get(kind, 4)),)


def _explicit(body: Sequence[tree.Node]) -> list[tree.Node]:
    """Each ``:|`` has its ``|:``, at the start of the section where none is written."""
    out: list[tree.Node] = []
    start = 0  # where a repeat that ends now would begin
    opened = False
    for node in body:
        out.append(node)
        kind = node.kind if isinstance(node, tree.Bar) else ""
        if kind == "|:":
            opened = True
        elif kind == ":|":
            if not opened and not _in_ending(out, start):
                out.insert(start, tree.Bar("|:"))
            start, opened = len(out), False
        elif kind in SECTION_ENDS and not opened:
            start = len(out)
    return out


def _pickups_inside(body: Sequence[tree.Node], bar: Fraction) -> list[tree.Node]:
    """``g|:f3|…|e2:|`` as ``|:g|f3|…|e2:|``: a pickup that the last bar of a repeat leaves room
    for is played each time."""
    out = list(body)
    start = 0  # where the section begins
    for place, node in enumerate(out):
        kind = node.kind if isinstance(node, tree.Bar) else ""
        if kind == "|:":
            pickup = _length(out[start:place])
            if 0 < pickup < bar and _last_bar(out[place + 1 :]) == bar - pickup:
                out[start : place + 1] = [node, *out[start:place], tree.Bar("|")]
        elif kind in SECTION_ENDS:
            start = place + 1
    return out


def _last_bar(body: Sequence[tree.Node]) -> Fraction:
    """The length of the bar that the repeat ends with, in unit notes."""
    bars = [i for i, node in enumerate(body) if isinstance(node, tree.Bar)]
    end = next((i for i in bars if body[i] == tree.Bar(":|")), None)
    first = max((i + 1 for i in bars if end is not None and i < end), default=0)
    return _length(body[first:end]) if end is not None else Fraction(0)


def _length(body: Sequence[tree.Node]) -> Fraction:
    """How long some nodes last, in unit notes; a bar line among them makes it nothing."""
    total, left, ratio = Fraction(0), 0, Fraction(1)
    for node in body:
        if isinstance(node, tree.Bar):
            return Fraction(0)
        if isinstance(node, tree.Tuplet):
            left, ratio = node.r or node.p, Fraction(node.q or _TUPLET_TIMES.get(node.p, 2), node.p)
        elif isinstance(node, _NOTES):
            length = node.length * (node.notes[0].length if isinstance(node, tree.Chord) else 1)
            total += length * ratio if left else length
            left -= left > 0
    return total


def _in_ending(out: Sequence[tree.Node], start: int) -> bool:
    """Whether the stretch from `start` begins with a variant ending: a second time's music."""
    first = next((node for node in out[start:] if not isinstance(node, _BLANK)), None)
    return isinstance(first, tree.Ending)


def _lines(body: Sequence[tree.Node], bar: Fraction) -> list[tree.Node]:
    """A line break after four bars, and after each section, which a bar line of its own ends."""
    out: list[tree.Node] = []
    length = Fraction(0)  # of the bar being filled
    bars = section = 0  # full bars in this line, in this section
    for place, node in enumerate(body):
        if isinstance(node, _NOTES):
            # A tuplet counts too long by a little, which does not matter here.
            length += (
                node.length * node.notes[0].length if isinstance(node, tree.Chord) else node.length
            )
        elif isinstance(node, tree.Bar):
            full = 2 * length >= bar
            bars, section, length = bars + full, section + full, Fraction(0)
            if node.kind == "|:" and section:
                out += (tree.Bar("||"), tree.LineBreak())
                bars = section = 0
            elif node.kind in SECTION_ENDS:
                section = 0
        out.append(node)
        if isinstance(node, tree.Bar) and node.kind != "|:":
            following = body[place + 1] if place + 1 < len(body) else None
            if isinstance(following, tree.Ending):
                continue
            if bars >= BARS_A_LINE or node.kind in SECTION_ENDS:
                out.append(tree.LineBreak())
                bars = 0
    return out
