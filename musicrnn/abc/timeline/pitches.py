"""Written notes to MIDI numbers: key, accidentals, clef, transposition (ABC 2.1, 4.1 and 4.2)."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final, TypeAlias

from musicrnn.abc.syntax.keys import KeyField, alteration
from musicrnn.abc.syntax.tree import Note
from musicrnn.theory.pitch import SEMITONES

__all__ = ["Altered", "Pitches"]

ZERO: Final = Fraction(0)

#: alterations of notes, in semitones, by (step, octave)
Altered: TypeAlias = dict[tuple[str, int], Fraction]
#: notes that nothing but the key alters, by step and octave: what `Pitches.pitch` says of them
_Notes: TypeAlias = dict[tuple[str, int], tuple[int, Fraction, int]]
#: by id of the signature, octaves and semitones that all is moved: the signature and its notes
_KNOWN: Final[dict[tuple[int, int, int], tuple[Mapping[str, Fraction], _Notes]]] = {}
_MOST_KNOWN: Final = 256


class Pitches:
    """What decides which pitch a note of one voice has."""

    def __init__(self, key: KeyField) -> None:
        self._octave = 0  # of the voice
        self.shift = 0  # of the voice, in semitones
        self.propagate = "pitch"  # %%propagate-accidentals (11.3)
        self.in_bar: Altered = {}  # by accidentals
        self.carried: Altered = {}  # by ties, also across the bar line
        self._signature: Mapping[str, Fraction] = {}
        self._key_octave = self._key_shift = 0
        #: by step and octave: notes that nothing but the key alters
        self.known: _Notes = {}
        self.set_key(key)

    def set_key(self, key: KeyField) -> None:
        """From here on `key` holds; one that only names a clef leaves the signature alone."""
        if key.changes_key:
            self._signature = key.signature
            self.in_bar = {}
        if key.changes_key or key.clef:
            self._key_octave, self._key_shift = key.octave, key.transpose
        self._forget()

    def move(self, *, octaves: int = 0, shift: int) -> None:
        """From here on the voice sounds so many more octaves and, in all, `shift` semitones higher
        than it is written."""
        self._octave += octaves
        self.shift = shift
        self._forget()

    def _forget(self) -> None:
        """Other notes are known from here on: those of the same key and place in other tunes."""
        at = id(self._signature), self._octave + self._key_octave, self.shift + self._key_shift
        known = _KNOWN.get(at)
        if known is None:
            if len(_KNOWN) >= _MOST_KNOWN:
                _KNOWN.clear()
            # The signature is kept as well: an id may be given again once its object is gone.
            known = _KNOWN[at] = self._signature, {}
        self.known = known[1]

    def start_bar(self) -> None:
        """Accidentals end at the bar line."""
        self.in_bar = {}

    def carry(self, tied: Altered) -> None:
        """The notes just read are tied on with these alterations; other ties have ended."""
        self.carried = tied

    def of_note(self, note: Note) -> tuple[int, Fraction, int]:
        """The `pitch` of a note that sounds alone; ties before it have ended."""
        if note.accidental or note.tie or self.in_bar or self.carried:
            tied: Altered = {}
            pitch = self.pitch(note, tied if note.tie else None)
            self.carried = tied
            return pitch
        place = note.step, note.octave
        known = self.known.get(place)
        if known is None:
            known = self.known[place] = self.pitch(note)
        return known

    def pitch(self, note: Note, tied: Altered | None = None) -> tuple[int, Fraction, int]:
        """The MIDI number of a note, which may lie outside of 0…127; by how many semitones it is
        altered; and the octave it stands in (4 from middle C up) once the clef has its say.

        The alteration of a note with a tie is noted in `tied`, for `carry`. A microtone has the
        number of the semitone on the side of the natural note, as abc2midi has it.
        """
        altered = self._alteration(note, tied)
        octave = note.octave + self._octave + self._key_octave
        shift = self.shift + self._key_shift
        semitones = 0 if altered is ZERO else int(altered)
        number = 12 * (octave + 1) + SEMITONES[note.step] + semitones + shift
        return number, altered, octave

    def _alteration(self, note: Note, tied: Altered | None) -> Fraction:
        """By how many semitones key, accidentals of the bar and ties alter a written note."""
        step, octave = note.step, note.octave
        if note.accidental:
            altered = alteration(note.accidental)
            if self.propagate != "not":
                self.in_bar[step, self._reach(octave)] = altered
        elif self.carried and (step, octave) in self.carried:
            altered = self.carried[step, octave]
        else:
            altered = self._signature.get(step, ZERO)
            if self.in_bar:
                altered = self.in_bar.get((step, self._reach(octave)), altered)
        if tied is not None:
            tied[step, octave] = altered
        return altered

    def _reach(self, octave: int) -> int:
        """The octave that an accidental holds in; one number for all octaves by default."""
        return octave if self.propagate == "octave" else 0
