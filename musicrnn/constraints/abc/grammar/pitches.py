"""Which notes may be written: letters, octave marks and accidentals under a key and a range.

An accidental holds to the end of its bar. Programs disagree whether it also holds in other
octaves (ABC 2.1 §11.3 leaves it to a directive), so where that would matter a note without an
accidental is not offered: what is written means the same pitch to every reader. An accidental
that changes nothing is not offered either.
"""

from __future__ import annotations

from collections.abc import Container
from functools import cached_property
from typing import NamedTuple

from musicrnn.abc.syntax.keys import signature_of
from musicrnn.errors import VocabularyError
from musicrnn.score import Key
from musicrnn.theory.pitch import MAJOR

__all__ = ["Altered", "NoteConstraint", "PitchTable", "Spelled"]

STEPS = "CDEFGAB"
_STEP_OF = {letter: step for step, pair in enumerate(zip(STEPS, STEPS.lower(), strict=True))
            for letter in pair}  # fmt: skip
_ALTERATIONS = {"^": 1, "_": -1, "=": 0}
_SIGNS = {1: "^", -1: "_", 0: "="}
#: more marks than this leave what MIDI can play
_MOST_MARKS = 4
#: answers kept before they are thrown away
_MOST_KEPT = 50_000

#: what accidentals of this bar hold: (step 0…6, octave, alteration), sorted
Altered = tuple[tuple[int, int, int], ...]


class Spelled(NamedTuple):
    """A note as written: accidental (``""`` is none), letter, and number of octave marks."""

    accidental: str
    letter: str
    marks: int = 0

    @property
    def step(self) -> int:
        """0 (C) … 6 (B)."""
        return _STEP_OF[self.letter]

    @property
    def octave(self) -> int:
        """4 from middle C up."""
        return 5 + self.marks if self.letter.islower() else 4 - self.marks

    def __str__(self) -> str:
        return self.accidental + self.letter + ("'" if self.letter.islower() else ",") * self.marks


class NoteConstraint(NamedTuple):
    """What a note must be here: the tonic only, notes outside of the scale too, none of some."""

    tonic: bool = False
    chromatic: bool = True
    taken: tuple[tuple[int, int], ...] = ()


class PitchTable:
    """The notes that `characters` can spell in `key` from `lowest` to `highest` (MIDI numbers).

    `scale` may be empty: then nothing can be written. Raises `VocabularyError` for characters
    without a note.
    """

    def __init__(self, characters: Container[str], key: Key, lowest: int, highest: int) -> None:
        self._tonic = key.pitch_class
        self.lowest, self.highest = lowest, highest
        self.signature = tuple(int(signature_of(key.fifths).get(step, 0)) for step in STEPS)
        self._letters = [letter for letter in STEPS + STEPS.lower() if letter in characters]
        self._signs = [sign for sign in "^_=" if sign in characters]
        self._marks = {True: "'" in characters, False: "," in characters}
        self._starts: dict[tuple[Altered, NoteConstraint], tuple[str, dict[str, str]]] = {}
        self._before: dict[tuple[str, Altered, NoteConstraint], tuple[str, ...]] = {}
        self._allowed: dict[tuple[Spelled, Altered, NoteConstraint], bool] = {}
        self._growing: dict[tuple[Spelled, Altered, NoteConstraint], str] = {}
        if not self._letters:
            raise VocabularyError("the model knows no note letters (C … B, c … b); train it on ABC")

    @cached_property
    def scale(self) -> tuple[Spelled, ...]:
        """The notes of the scale that lie in the range, lowest first."""
        pitches = {note: self.midi(note, ()) for note in self._bare()}
        in_range = [note for note in pitches if self.lowest <= pitches[note] <= self.highest]
        return tuple(sorted(in_range, key=pitches.__getitem__))

    @cached_property
    def has_tonic(self) -> bool:
        """Whether a tonic lies in the range."""
        return any(self.is_tonic(note, ()) for note in self.scale)

    def _bare(self) -> list[Spelled]:
        return [
            Spelled("", letter, marks)
            for letter in self._letters
            for marks in range(_MOST_MARKS + 1)
            if not marks or self._marks[letter.islower()]
        ]

    # --- what a spelling means --------------------------------------------------------------

    def alteration(self, note: Spelled, altered: Altered) -> int | None:
        """Semitones above the natural step; None where programs would disagree."""
        if note.accidental:
            return _ALTERATIONS[note.accidental]
        if not altered:
            return self.signature[note.step]
        step, octave = note.step, note.octave
        held = [(at, by) for of, at, by in altered if of == step]
        if not held:
            return self.signature[step]
        by = held[0][1]
        if any(other != by for _, other in held):
            return None
        if by == self.signature[step] or any(at == octave for at, _ in held):
            return by
        return None

    def after(self, note: Spelled, altered: Altered) -> Altered:
        """What holds in the bar once `note` is written."""
        if not note.accidental:
            return altered
        step, octave = note.step, note.octave
        by = _ALTERATIONS[note.accidental]
        others = [entry for entry in altered if entry[:2] != (step, octave)]
        if by == self.signature[step] and not any(entry[0] == step for entry in others):
            return tuple(others)
        return tuple(sorted([*others, (step, octave, by)]))

    def midi(self, note: Spelled, altered: Altered) -> int:
        """The MIDI number of a note whose alteration is certain."""
        by = self.alteration(note, altered) or 0
        return 12 * (note.octave + 1) + MAJOR[note.step] + by

    def in_scale(self, note: Spelled, altered: Altered) -> bool:
        """Whether the note belongs to the key's scale."""
        return self.alteration(note, altered) == self.signature[note.step]

    def is_tonic(self, note: Spelled, altered: Altered) -> bool:
        """Whether the note is the key's tonic, in any octave."""
        return self.midi(note, altered) % 12 == self._tonic

    # --- what may be written ----------------------------------------------------------------

    def allowed(self, note: Spelled, altered: Altered, constraint: NoteConstraint) -> bool:
        """Whether `note` may stand here as it is."""
        key = note, *_about(note.step, altered, constraint)
        allowed = self._allowed.get(key)
        if allowed is None:
            allowed = self._allowed[key] = self._is_allowed(*key)
        return allowed

    def _is_allowed(self, note: Spelled, altered: Altered, constraint: NoteConstraint) -> bool:
        by = self.alteration(note, altered)
        if by is None or (note.step, note.octave) in constraint.taken:
            return False
        if not self.lowest <= self.midi(note, altered) <= self.highest:
            return False
        natural = self.signature[note.step]
        # A sharp that the key or the bar already gives is legal, and untidy.
        if note.accidental and by == self.alteration(note._replace(accidental=""), altered):
            return False
        # An accidental is only offered where the model can also take it back.
        if by != natural and not (constraint.chromatic and _SIGNS[natural] in self._signs):
            return False
        return not constraint.tonic or self.is_tonic(note, altered)

    def may_grow(self, note: Spelled, altered: Altered, constraint: NoteConstraint) -> str:
        """The octave mark that may follow, or ``""``."""
        if not self._marks[note.letter.islower()]:
            return ""
        key = note, *_about(note.step, altered, constraint)
        mark = self._growing.get(key)
        if mark is None:
            mark = self._growing[key] = self._mark_after(*key)
        return mark

    def _mark_after(self, note: Spelled, altered: Altered, constraint: NoteConstraint) -> str:
        longer = (note._replace(marks=n) for n in range(note.marks + 1, _MOST_MARKS + 1))
        if any(self.allowed(other, altered, constraint) for other in longer):
            return "'" if note.letter.islower() else ","
        return ""

    def starts(self, altered: Altered, constraint: NoteConstraint) -> str:
        """The accidentals and letters that may start a note."""
        return self._found(altered, constraint)[0]

    def letters(self, accidental: str, altered: Altered, constraint: NoteConstraint) -> str:
        """The letters that may follow an accidental (``""`` is none)."""
        return self._found(altered, constraint)[1].get(accidental, "")

    def _found(self, altered: Altered, constraint: NoteConstraint) -> tuple[str, dict[str, str]]:
        starts = self._starts.get((altered, constraint))
        if starts is None:
            if len(self._starts) > _MOST_KEPT:
                self._starts.clear()
                self._allowed.clear()
                self._growing.clear()
            letters = dict.fromkeys(("", *self._signs), "")
            for letter in self._letters:
                for sign in self._signs_before(
                    letter, *_about(_STEP_OF[letter], altered, constraint)
                ):
                    letters[sign] += letter
            signs = "".join(sign for sign in self._signs if letters[sign])
            starts = self._starts[altered, constraint] = (signs + letters[""], letters)
        return starts

    def _signs_before(
        self, letter: str, altered: Altered, constraint: NoteConstraint
    ) -> tuple[str, ...]:
        """The accidentals, ``""`` among them, with which some octave of `letter` may stand."""
        marks = self._before.get((letter, altered, constraint))
        if marks is None:
            marks = self._before[letter, altered, constraint] = tuple(
                sign
                for sign in ("", *self._signs)
                if self.allowed(note := Spelled(sign, letter), altered, constraint)
                or self.may_grow(note, altered, constraint)
            )
        return marks


def _about(
    step: int, altered: Altered, constraint: NoteConstraint
) -> tuple[Altered, NoteConstraint]:
    """What of the bar's accidentals and of the constraint concerns one step."""
    if altered:
        altered = tuple(entry for entry in altered if entry[0] == step)
    if constraint.taken:
        constraint = constraint._replace(
            taken=tuple(place for place in constraint.taken if place[0] == step)
        )
    return altered, constraint
