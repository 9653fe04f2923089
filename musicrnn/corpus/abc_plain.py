"""One spelling for notes that sound the same, so that a model need not guess between several.

Old transcriptions write a slur as a tie, repeat an accidental that holds already, put grace notes
before the bracket of a triplet rather than into it. Here a tie joins two notes of one pitch,
accidentals stand where they change something (and where, after the same letter in another octave,
a reader would be in doubt), grace notes have no lengths and stand before their note.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final

from musicrnn.abc.syntax import tree
from musicrnn.abc.syntax.keys import alteration, read_key
from musicrnn.abc.transform import spell_alteration

__all__ = ["plain"]

#: what may stand between a tied note and the one it is tied to
_BETWEEN: Final = (tree.Space, tree.LineBreak, tree.Bar, tree.Ending, tree.Broken, tree.Tuplet)


def plain(body: Sequence[tree.Node], key: str) -> list[tree.Node]:
    """The body under the ``K:`` value `key`, each note spelled in the one way."""
    field = read_key(key)
    signature = field.signature if field else {}
    return _accidentals(_ties(_graces(body)), dict(signature))


def _graces(body: Iterable[tree.Node]) -> list[tree.Node]:
    """Grace notes without lengths, inside of the tuplet that they stand before."""
    out: list[tree.Node] = []
    for node in body:
        if isinstance(node, tree.Tuplet) and out and isinstance(out[-1], tree.Grace):
            out.insert(len(out) - 1, node)
        elif isinstance(node, tree.Grace):
            notes = tuple(replace(note, length=tree.ONE) for note in node.notes)
            out.append(replace(node, notes=notes))
        else:
            out.append(node)
    return out


def _ties(body: list[tree.Node]) -> list[tree.Node]:
    """Ties between notes of one pitch only; others were meant as slurs."""
    out = list(body)
    for place, node in enumerate(body):
        if not isinstance(node, tree.Note) or not node.tie:
            continue
        following = next((n for n in body[place + 1 :] if not isinstance(n, _BETWEEN)), None)
        if isinstance(following, tree.Note) and (following.step, following.octave) != (
            node.step,
            node.octave,
        ):
            out[place] = replace(node, tie="")
    return out


class _Bar:
    """The alterations that hold in a bar: an accidental is for its letter in every octave."""

    def __init__(self, signature: dict[str, Fraction]) -> None:
        self._signature = signature
        #: step → its alteration by an accidental, and the octaves in which it has been written
        self._altered: dict[str, tuple[Fraction, set[int]]] = {}

    def note(self, note: tree.Note) -> tree.Note:
        """The note with an accidental where one is needed or a reader would be in doubt."""
        signed = self._signature.get(note.step, Fraction(0))
        holds, octaves = self._altered.get(note.step, (signed, {note.octave}))
        wanted = alteration(note.accidental) if note.accidental else holds
        if wanted == holds and (note.octave in octaves or wanted == signed):
            return replace(note, accidental="") if note.accidental else note
        known = octaves if wanted == holds else set()
        self._altered[note.step] = wanted, known | {note.octave}
        if note.accidental:
            return note
        return replace(note, accidental=spell_alteration(wanted))

    def held(self, note: tree.Note) -> tree.Note:
        """The note that a tie leads to, as it is written."""
        if note.accidental:
            self._altered[note.step] = alteration(note.accidental), {note.octave}
        return note


def _accidentals(body: Iterable[tree.Node], signature: dict[str, Fraction]) -> list[tree.Node]:
    bar, tied = _Bar(signature), False
    out: list[tree.Node] = []
    for node in body:
        spelled = node
        match node:
            case tree.Bar():
                bar = _Bar(signature)
            case tree.Note():
                # What a tie leads to may be altered by the note before the bar line.
                spelled = bar.held(node) if tied else bar.note(node)
            case tree.Grace():
                spelled = replace(node, notes=tuple(_grace_note(n, bar) for n in node.notes))
            case tree.Chord():
                spelled = replace(node, notes=tuple(map(bar.note, node.notes)))
            case tree.Field(letter="K"):
                field = read_key(node.text)
                signature = dict(field.signature) if field and field.changes_key else signature
                bar = _Bar(signature)
        if isinstance(node, (tree.Note, tree.Chord, tree.Rest)):
            tied = isinstance(node, tree.Note) and bool(node.tie)
        out.append(spelled)
    return out


def _grace_note(note: tree.Note | tree.Chord, bar: _Bar) -> tree.Note | tree.Chord:
    if isinstance(note, tree.Note):
        return bar.note(note)
    return replace(note, notes=tuple(map(bar.note, note.notes)))
