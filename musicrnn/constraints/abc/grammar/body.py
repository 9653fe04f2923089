"""What may be written inside a bar, character by character.

`Body.options` gives the characters that may follow a state; where each leads is `transitions`. An
element is offered only when it fits into the time left *and* leaves what the rest still needs (a
second note for an open slur, a tonic at the very end). The shortest note is one tick, so whatever
time is left can be filled, and no state is a dead end.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from musicrnn.constraints.abc.grammar.lengths import LengthTable, Limit
from musicrnn.constraints.abc.grammar.notation import Notation
from musicrnn.constraints.abc.grammar.pitches import NoteConstraint, PitchTable, Spelled
from musicrnn.constraints.abc.grammar.state import BarState, Phase
from musicrnn.constraints.abc.grammar.transitions import Transitions

__all__ = ["Body"]

_MOST_GRACES = 4
_MOST_IN_CHORD = 4
#: answers kept before they are thrown away
_MOST_KEPT = 50_000


class Body:
    """The grammar of bars with these `lengths`, `pitches` and `notation`; `scale_only` allows no
    note outside of the scale."""

    def __init__(
        self,
        lengths: LengthTable,
        pitches: PitchTable,
        notation: Notation,
        *,
        scale_only: bool = False,
    ) -> None:
        self.lengths = lengths
        self.pitches = pitches
        self.notation = notation
        self.scale_only = scale_only
        self.transitions = Transitions(lengths, pitches, notation)
        self._contents: dict[tuple[Any, ...], str] = {}
        self._chords = notation.chords and len(pitches.scale) > 1
        # In the other phases an element is to start.
        self._options: dict[Phase, Callable[[BarState], str]] = {
            Phase.AFTER: self._after,
            Phase.SPACED: self._spaced,
            Phase.OPEN: self._opened,
            Phase.TIED: self._tied,
            Phase.SIGN: self._signed,
            Phase.NOTE: self._noted,
            Phase.REST: lambda at: self._lengths(at, self._rest_limit(at)),
            Phase.GRACE: self._group,
            Phase.CHORD: self._group,
            Phase.CHORD_LENGTH: lambda at: self._lengths(at, self._limits(at)[1]),
        }

    def options(self, at: BarState) -> str:
        """The characters that may follow; ``|`` and ``:`` leave the bar."""
        return self._options.get(at.phase, self._content)(at)

    # --- time -------------------------------------------------------------------------------

    def _limits(self, at: BarState) -> tuple[Limit, Limit]:
        """How long a tonic, and any other element, may be here."""
        spec, tuplet = at.spec, at.tuplet
        left = spec.top - at.time
        if tuplet is not None:
            if tuplet.length:
                exact = Limit(0, tuplet.length)
                return exact, exact
            if at.graces or at.inside == "{":
                # Players of ABC files take graces in a tuplet of unit lengths only.
                exact = Limit(0, self.lengths.unit)
                return exact, exact
            room = Limit((left - spec.min_final_tonic) // tuplet.times)
            return room, room
        if at.broken:
            exact = Limit(0, at.broken)
            return exact, Limit(0) if spec.min_final_tonic and at.broken == left else exact
        if spec.min_final_tonic:
            # A tonic that does not take all that is left leaves room for one that is heard as
            # the end, too.
            room = Limit(left - spec.min_final_tonic)
            return (room if at.slur == 1 else room._replace(exact=left)), room
        room = Limit(left - (at.slur == 1))
        return room, room

    def _rest_limit(self, at: BarState) -> Limit:
        """How long a rest may be: it leaves room for a note in a bar that has none yet."""
        if at.sounded:
            return self._limits(at)[1]
        return Limit(at.spec.top - at.time - max(at.spec.min_final_tonic, 1))

    def _limit(self, at: BarState, note: Spelled) -> Limit:
        tonic, other = self._limits(at)
        if tonic == other:
            return tonic
        return tonic if self.pitches.is_tonic(note, at.altered) else other

    def _note_constraint(self, at: BarState) -> NoteConstraint:
        # The note being written was offered before; only new ones have to be allowed.
        chromatic_allowed = at.chromatic_allowed or at.phase in (Phase.SIGN, Phase.NOTE)
        chromatic = chromatic_allowed and not self.scale_only
        if at.inside:
            return NoteConstraint(False, chromatic, at.group if at.inside == "[" else ())
        return NoteConstraint(not self.lengths.reachable(self._limits(at)[1], at.graces), chromatic)

    def _room_for(self, at: BarState, times: int) -> bool:
        left = at.spec.top - at.time - at.spec.min_final_tonic
        return self.lengths.reachable(Limit(max(left, 0) // times))

    # --- what may come next -----------------------------------------------------------------

    def _content(self, at: BarState) -> str:
        """The start of an element: note, rest, chord, group, slur, tuplet, decoration."""
        if at.tie is not None:
            return at.tie.letter
        # All that it depends on; notes that differ are followed by the same.
        phase = at.phase if at.phase in (Phase.LEAD, Phase.MARKED) else Phase.FRESH
        key = (
            at.spec, phase, at.time, at.altered, at.slur, at.broken, at.tuplet, at.graces,
            at.sounded, at.chromatic_allowed,
        )  # fmt: skip
        content = self._contents.get(key)
        if content is None:
            if len(self._contents) >= _MOST_KEPT:
                self._contents.clear()
            content = self._contents[key] = self._new_content(at)
        return content

    def _new_content(self, at: BarState) -> str:
        tonic, other = self._limits(at)
        if not self.lengths.reachable(tonic, at.graces):
            return ""
        text = self.pitches.starts(at.altered, self._note_constraint(at))
        if self._may_grace_tuplet(at):
            return text + "{" if self.notation.graces and self.lengths.reachable(other, 1) else text
        if at.broken or at.tuplet is not None or at.phase is Phase.MARKED:
            return text
        any_note = self.lengths.reachable(other, at.graces)
        if any_note and self._chords:
            text += "["
        if at.phase is Phase.LEAD:
            return text
        if not at.slur and self.lengths.reachable(self._rest_limit(at)):
            text += self.notation.rest
        if self.notation.graces and self.lengths.reachable(other, 1):
            text += "{"
        if self._opening(at):
            text += "("
        return text + self.notation.decorations if self.lengths.reachable(tonic, 1) else text

    def _may_grace_tuplet(self, at: BarState) -> bool:
        """Whether graces may stand before the first note of a tuplet: of unit lengths, that fit."""
        if at.tuplet is None or at.phase is not Phase.LEAD or at.graces:
            return False
        left = at.spec.top - at.time - at.spec.min_final_tonic
        return self.lengths.unit * at.tuplet.times <= left

    def _opening(self, at: BarState) -> bool:
        return self._may_slur(at) or bool(self._tuplet_digits(at))

    def _may_slur(self, at: BarState) -> bool:
        return (
            self.notation.slurs
            and at.slur == 0
            and at.spec.top - at.time > max(at.spec.min_final_tonic, 1)
        )

    def _tuplet_digits(self, at: BarState) -> str:
        return "".join(
            digit
            for digit, (_, times) in self.notation.tuplets.items()
            if self._room_for(at, times)
        )

    def _opened(self, at: BarState) -> str:
        text = self._tuplet_digits(at)
        if self._may_slur(at):
            text += self._content(at._replace(slur=1, phase=Phase.FRESH))
        return text

    def _after(self, at: BarState) -> str:
        if at.tuplet is not None:
            return self._content(at)
        left = at.spec.top - at.time
        text = self.notation.tie if self._may_tie(at, left) else ""
        if at.dotted and self._may_break(at, left):
            text += at.signs
        if at.slur == 3:
            text += ")"
        if left:
            text += self.notation.space + self._content(at)
        if at.sounded and not at.slur:
            closers = self._closers(at)
            text += closers
            if not left and not closers and at.spec.closers(at.time, at.tonic):
                text += self.notation.space  # before a colon that would make the line a field
        return text

    def _may_break(self, at: BarState, left: int) -> bool:
        """Whether there is room for the note after a broken rhythm; it may be half as long."""
        tonic_ticks = at.spec.min_final_tonic
        return at.dotted <= left - tonic_ticks or (at.dotted == left and left >= 2 * tonic_ticks)

    def _closers(self, at: BarState) -> str:
        text = at.spec.closers(at.time, at.tonic)
        return text.replace(":", "") if at.column == 1 else text

    def _may_tie(self, at: BarState, left: int) -> bool:
        note = at.previous
        if (
            note is None
            or self.pitches.alteration(note._replace(accidental=""), at.altered) is None
        ):
            return False
        plain = self.pitches.in_scale(note, at.altered)
        if not plain and (self.scale_only or not at.chromatic_allowed):
            return False
        if left:
            return left > (0 if at.tonic else at.spec.min_final_tonic)
        return plain and not at.slur and at.spec.may_tie_over and at.spec.plain_at(at.time)

    def _tied(self, at: BarState) -> str:
        left = at.spec.top - at.time
        text = self.notation.space + self._content(at) if left else ""
        crosses = at.tie is not None and at.tie.plain and at.spec.may_tie_over and not at.slur
        return text + "|" if crosses and at.spec.plain_at(at.time) else text

    def _spaced(self, at: BarState) -> str:
        if at.spec.top > at.time:
            return self._content(at)
        return at.spec.closers(at.time, at.tonic)

    def _signed(self, at: BarState) -> str:
        assert at.note is not None  # SIGN is entered with an accidental
        constraint, sign = self._note_constraint(at), at.note.accidental
        # A sign may stand for a note of the scale, and where no other is allowed it has to; but one
        # that was offered when others still were must lead on.
        strict = self.pitches.letters(
            sign,
            at.altered,
            constraint._replace(chromatic=constraint.chromatic and at.chromatic_allowed),
        )
        return strict or self.pitches.letters(sign, at.altered, constraint)

    def _noted(self, at: BarState) -> str:
        note = at.note
        assert note is not None  # NOTE is entered with a letter
        constraint = self._note_constraint(at)
        if at.tie is not None:
            return self._tied_note(at, note)
        text = self.pitches.may_grow(note, at.altered, constraint) if not at.typed else ""
        if not self.pitches.allowed(note, at.altered, constraint):
            return text
        if at.inside:
            return text + self._group(self.transitions.with_member(at))
        return text + self._lengths(at, self._limit(at, note))

    def _tied_note(self, at: BarState, note: Spelled) -> str:
        assert at.tie is not None  # the caller looked
        if note.marks < at.tie.marks:
            return "'" if note.letter.islower() else ","
        return self._lengths(at, self._limit(at, note))

    def _lengths(self, at: BarState, limit: Limit) -> str:
        here, text = self.lengths.options(at.typed, limit, at.graces)
        return text + self._after(self.transitions.closed(at)) if here else text

    def _group(self, at: BarState) -> str:
        """Before a note of a grace group or chord, or its closing bracket."""
        grace, written = at.inside == "{", len(at.group)
        most, least = (_MOST_GRACES, 1) if grace else (_MOST_IN_CHORD, 2)
        more = written < most
        if grace and more:
            more = self.lengths.reachable(self._limits(at)[1], written + 1)
        text = self.pitches.starts(at.altered, self._note_constraint(at)) if more else ""
        if len(at.group) >= least:
            text += "}" if grace else "]"
        return text
