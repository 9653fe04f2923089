"""The rhythm of a given tune with new notes: everything but the pitches stands as it was.

The template is the body in canonical text with a slot for each note; a chord becomes one note,
and what belongs to the old notes (graces, ornaments, slurs, chord symbols) is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from musicrnn.abc.syntax import tree
from musicrnn.abc.syntax.writer import write_body
from musicrnn.constraints.abc.grammar.bar_lines import FINISH
from musicrnn.constraints.abc.grammar.form import FormState
from musicrnn.constraints.abc.grammar.pitches import Altered, NoteConstraint, PitchTable, Spelled

__all__ = ["RhythmTemplateGrammar", "TemplateState", "rhythm_template"]

#: the letter that marks a slot; nothing else in a template is spelled with it
SLOT = "C"
_KEPT = (
    tree.Rest, tree.MultiRest, tree.Broken, tree.Tuplet, tree.Bar, tree.Ending, tree.Space,
    tree.LineBreak,
)  # fmt: skip


class TemplateState(NamedTuple):
    """A place in the template: the next character `at`, accidentals of the bar, the note being
    written, the note that a tie holds, and whether a note outside the scale
    is allowed."""

    at: int = 0
    altered: Altered = ()
    note: Spelled | None = None
    tied: Spelled | None = None
    chromatic_allowed: bool = True


def rhythm_template(tune: tree.ParsedTune) -> str:
    """The body of `tune` in canonical text, with `SLOT` for each note."""
    return write_body(list(_bare(tune.body)))


def _bare(body: tuple[tree.Node, ...]) -> Iterator[tree.Node]:
    for node in body:
        if isinstance(node, tree.Note):
            yield _slot(node, node.length)
        elif isinstance(node, tree.Chord):
            yield _slot(node.notes[0], node.length * node.notes[0].length, node.tie)
        elif isinstance(node, _KEPT):
            yield node
        elif isinstance(node, tree.Field) and node.letter in "ML":
            yield replace(node, inline=True)


def _slot(note: tree.Note, length: Fraction, tie: str | None = None) -> tree.Note:
    held = (note.tie if tie is None else tie)[-1:]
    return replace(
        note, step=SLOT, octave=4, accidental="", length=length, tie=held, marks=()
    )  # fmt: skip


class RhythmTemplateGrammar:
    """What may follow what when only the pitches are free; `tonic` wants the tonic last."""

    def __init__(
        self, text: str, pitches: PitchTable, *, scale_only: bool = False, tonic: bool = False
    ) -> None:
        self.pitches = pitches
        self._text = text
        self._scale_only = scale_only
        self._last = text.rfind(SLOT) if tonic else -1
        #: slots whose note is tied to the next one
        self._ties = {i for i, c in enumerate(text) if c == SLOT and _is_tied(text, i)}

    @property
    def forms(self) -> int:
        """The form is that of the given tune."""
        return 1

    def start(self, form: int = 0) -> tuple[TemplateState, FormState]:
        """The place before the first character."""
        return TemplateState(), FormState()

    def draw_form(self, generator: np.random.Generator) -> int:
        """There is one form."""
        return 0

    def options(self, place: TemplateState) -> str:
        """The characters that may follow."""
        if place.note is not None:
            return self._after_note(place, place.note)
        if place.at == len(self._text):
            return FINISH
        if self._text[place.at] != SLOT:
            return self._text[place.at]
        if place.tied is not None:
            return place.tied.letter
        return self.pitches.starts(place.altered, self._note_constraint(place))

    def step(
        self, place: TemplateState, plan: FormState, character: str
    ) -> tuple[TemplateState, FormState]:
        """The place after an allowed character."""
        return self._step(place, character), plan

    def _step(self, place: TemplateState, character: str) -> TemplateState:
        note = place.note
        if note is not None and not note.letter:
            return place._replace(note=note._replace(letter=character))
        if note is not None and character in "',":
            return place._replace(note=note._replace(marks=note.marks + 1))
        if note is not None:
            tied = note._replace(accidental="") if place.at in self._ties else None
            altered = self.pitches.after(note, place.altered)
            done = place._replace(at=place.at + 1, note=None, tied=tied, altered=altered)
            return self._step(done, character)
        if self._text[place.at] == SLOT:
            sign = character if character in "^_=" else ""
            return place._replace(note=Spelled(sign, "" if sign else character))
        altered = () if character in "|:" else place.altered
        return place._replace(at=place.at + 1, altered=altered)

    def leaves_bar(self, place: TemplateState, character: str) -> bool:
        """Whether what follows depends on the plan: never."""
        return False

    def completes_note(self, place: TemplateState, character: str) -> bool | None:
        """Whether the character completes a note of the scale (True), one outside of it (False),
        or none (None)."""
        if place.note is None or not place.note.letter or character in "',":
            return None
        return self.pitches.in_scale(place.note, place.altered)

    def with_chromatic(self, place: TemplateState, allowed: bool) -> TemplateState:
        """The same place, where a note outside the scale is `allowed`, or not."""
        return place._replace(chromatic_allowed=allowed)

    def recall(self, place: TemplateState, body: str) -> None:
        """Nothing is written out again."""

    def multiplicity(self, plan: FormState) -> int:
        """Each slot stands in the tune once."""
        return 1

    # --- one note ---------------------------------------------------------------------------

    def _note_constraint(self, place: TemplateState) -> NoteConstraint:
        chromatic = not self._scale_only and (place.chromatic_allowed or place.note is not None)
        return NoteConstraint(place.at == self._last, chromatic and place.at not in self._ties)

    def _after_note(self, place: TemplateState, note: Spelled) -> str:
        if not note.letter:
            constraint, sign = self._note_constraint(place), note.accidental
            # As in `Body`: where no note outside the scale is allowed, an accidental leads to a
            # note of the scale if it can.
            strict = self.pitches.letters(
                sign,
                place.altered,
                constraint._replace(chromatic=constraint.chromatic and place.chromatic_allowed),
            )
            return strict or self.pitches.letters(sign, place.altered, constraint)
        following = self.options(
            place._replace(
                at=place.at + 1,
                note=None,
                tied=None,
                altered=self.pitches.after(note, place.altered),
            )
        )
        if place.tied is not None:
            if note.marks < place.tied.marks:
                return "'" if note.letter.islower() else ","
            if place.at not in self._ties:
                return following
            return self._text[place.at + 1]
        constraint = self._note_constraint(place)
        text = self.pitches.may_grow(note, place.altered, constraint)
        return text + following if self.pitches.allowed(note, place.altered, constraint) else text


def _is_tied(text: str, slot: int) -> bool:
    after = slot + 1
    while after < len(text) and (text[after].isdigit() or text[after] == "/"):
        after += 1
    return text[after : after + 1] == "-"
