"""What is kept of a parsed tune: a chain of small passes over its syntax tree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction

from musicrnn.abc.syntax import tree
from musicrnn.corpus.abc_layout import laid_out
from musicrnn.corpus.abc_plain import plain
from musicrnn.corpus.notation import players
from musicrnn.corpus.rules import Clean, Source
from musicrnn.corpus.spelling import rhythm_of_title, spell_title
from musicrnn.stored import fraction
from musicrnn.theory.dances import spell_rhythm

__all__ = ["Rejected", "cleaned"]

#: nodes that neither sound nor shape the music
_SILENT = (tree.Comment, tree.Directive, tree.Annotation, tree.Spacer)
#: fields that change what the notes after them mean
_CHANGES = {"K": "key", "M": "metre", "L": "unit note length"}


class Rejected(Exception):  # noqa: N818 - an outcome, not an error; callers turn it into a record
    """A tune that is not used for training: `reason` is a short reason code."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def cleaned(tune: tree.ParsedTune, source: Source, rules: Clean) -> tree.ParsedTune:
    """`tune` with the fields that a model learns and the body that sounds.

    Raises `Rejected` for a tune that lacks metre or key, has several voices, or changes key,
    metre or unit on its way where `rules` forbid it.
    """
    fields = _header(tune, source)
    body: Iterable[tree.Node] = tune.body
    if not rules.fields:
        body = _without_fields(body, fields)
    body = list(_sounding(body, rules))
    if rules.notation == "players" and not rules.fields:
        fields, body = players(fields, body)
    body = plain(body, fields["K"])
    body = _with_final_bar(laid_out(body, bar_length(fields["M"], fields["L"])))
    header = tuple(tree.Field(letter, value) for letter, value in fields.items() if value)
    return replace(tune, header=header, body=tuple(body), inherited=(), diagnostics=())


def _header(tune: tree.ParsedTune, source: Source) -> dict[str, str]:
    """Letter → value of X T R O M L K, in this order."""
    values = {
        item.letter: item.text
        for item in reversed((*tune.inherited, *tune.header))
        if isinstance(item, tree.Field)
    }
    meter = values.get("M", "")
    if not meter or meter == "none":
        raise Rejected("no-metre", "the tune names no metre")
    if not values.get("K") or values["K"] == "none":
        raise Rejected("no-key", "the tune names no key")
    title = tune.title
    number = tune.number if tune.number.isdigit() else "1"
    return {
        "X": str(int(number)),
        "T": spell_title(title),
        "R": _rhythm(values.get("R", ""), int(number), title, source),
        "O": source.style,
        "M": meter,
        "L": values.get("L", "") or _default_unit(meter),
        "K": values["K"],
    }


def _rhythm(given: str, number: int, title: str, source: Source) -> str:
    """What ``R:``, the place in the book or the title says, in this order; else nothing."""
    named = spell_rhythm(given)
    if named:
        return named
    for part in source.rhythms:
        if part.first <= number <= part.last:
            return spell_rhythm(part.rhythm)
    return rhythm_of_title(title)


def bar_length(meter: str, unit: str) -> Fraction:
    """The length of a bar in unit notes. Raises `Rejected` for a metre that is no fraction."""
    try:
        return fraction(meter) / fraction(unit)
    except (ValueError, ZeroDivisionError):
        raise Rejected("metre", f"the metre {meter} is not one number over another") from None


def _default_unit(meter: str) -> str:
    """The unit note length where none is given (ABC 2.1 §3.1.7)."""
    return "1/16" if bar_length(meter, "1") < Fraction(3, 4) else "1/8"


def _without_fields(body: Iterable[tree.Node], fields: dict[str, str]) -> Iterator[tree.Node]:
    """The body without fields that say again what holds; `Rejected` for those that change it."""
    for node in body:
        if isinstance(node, tree.Field):
            if node.letter in _CHANGES and node.text != fields[node.letter]:
                what = _CHANGES[node.letter]
                raise Rejected("changes", f"the {what} changes on the way to {node.text}")
            if node.letter in _CHANGES:
                continue
        yield node


def _sounding(body: Iterable[tree.Node], rules: Clean) -> Iterator[tree.Node]:
    """What sounds or shapes, one voice only."""
    voices: set[str] = set()
    for node in body:
        if isinstance(node, tree.Overlay):
            raise Rejected("several-voices", "a bar has an overlaid voice (&)")
        if isinstance(node, tree.Field):
            if node.letter == "V":
                voices.add(node.text.split()[0] if node.text.split() else "")
                if len(voices) > 1:
                    raise Rejected("several-voices", "the tune has more than one voice")
            if node.letter not in _CHANGES:
                continue
        elif _unwanted(node, rules):
            continue
        yield _plain(node)


def _unwanted(node: tree.Node, rules: Clean) -> bool:
    match node:
        case tree.Slur():
            return not rules.slurs
        case tree.ChordName():
            return not rules.chords
        case tree.Decoration(name=name):
            return name not in rules.decorations
        case _:
            return isinstance(node, _SILENT)


def _plain(node: tree.Node) -> tree.Node:
    """One spelling where several sound the same: no marks on heads, dotted ties, hidden rests."""
    match node:
        case tree.Note() | tree.Chord():
            return _plain_note(node)
        case tree.Grace(notes=notes):
            return replace(node, notes=tuple(map(_plain_note, notes)), slash=False)
        case tree.Rest():
            return replace(node, kind="z")
        case tree.Bar(kind=".|" | "[|]"):
            return replace(node, kind="|")
        case _:
            return node


def _plain_note(note: tree.Note | tree.Chord) -> tree.Note | tree.Chord:
    if isinstance(note, tree.Note):
        return _plain_head(note)
    return replace(note, notes=tuple(map(_plain_head, note.notes)), tie=note.tie[-1:])


def _plain_head(note: tree.Note) -> tree.Note:
    if len(note.tie) < 2 and not note.marks:
        return note
    return replace(note, tie=note.tie[-1:], marks=())


def _with_final_bar(body: list[tree.Node]) -> list[tree.Node]:
    """The body ended by ``:|`` or ``|]``."""
    if not any(isinstance(node, (tree.Note, tree.Chord)) for node in body):
        raise Rejected("empty-tune", "the tune has no notes")
    while isinstance(body[-1], tree.LineBreak | tree.Space):
        body.pop()
    last = body[-1]
    if not isinstance(last, tree.Bar):
        return [*body, tree.Bar("|]"), tree.LineBreak()]
    kind = ":|" if last.kind == ":|" and not _second_time(body) else "|]"
    return [*body[:-1], tree.Bar(kind), tree.LineBreak()]


def _second_time(body: list[tree.Node]) -> bool:
    """Whether the body ends in a variant ending that nothing comes back from."""
    for before, node in zip(body[-2::-1], body[:0:-1], strict=True):
        if isinstance(before, tree.Bar) and before.kind != "|":
            return before.kind == ":|" and isinstance(node, tree.Ending)
    return False
