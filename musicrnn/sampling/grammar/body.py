"""What may be written inside a bar, character by character.

`Body.options` gives the characters that may follow a state, `Body.step` the state after one of
them. The rule behind both: an element is offered only when it fits into the time left *and*
leaves what the rest still needs (a second note for an open slur, a tonic at the very end). The
shortest note is one tick, so whatever time is left can be filled, and no state is a dead end.
"""

from __future__ import annotations

from collections.abc import Callable, Container

from musicrnn.sampling.grammar.lengths import LengthTable
from musicrnn.sampling.grammar.pitches import PitchTable, Spelled, Wish
from musicrnn.sampling.grammar.state import Bar, Phase, Tie, Tuplet
from musicrnn.score import Meter

__all__ = ["Body"]

#: tuplets offered: notes → time, in notes; those of compound metres besides (ABC 2.1 §4.13)
_TUPLETS = {3: 2}
_COMPOUND_TUPLETS = {2: 3, 3: 2, 4: 3}
#: decorations that the default corpus keeps: roll and trill (ABC 2.1 §4.14)
_DECORATIONS = "~T"
_MOST_GRACES = 4
_MOST_IN_CHORD = 4


class Body:
    """The grammar of bars in one metre, unit and key.

    `characters` are those that the model knows; `scale_only` allows no note outside of the scale;
    broken rhythm divides notes of `divisible` ticks or more. `swung` is for hornpipes, which
    players swing whatever is written: their dotted pairs stand on the beat, and chords and
    ornaments, which a swung note may have no time for, are left out.
    """

    def __init__(
        self,
        characters: Container[str],
        meter: Meter,
        lengths: LengthTable,
        pitches: PitchTable,
        *,
        scale_only: bool = False,
        swung: bool = False,
        divisible: int = 1,
    ) -> None:
        self.swung = swung
        self.divisible = divisible
        self.lengths = lengths
        self.pitches = pitches
        self.scale_only = scale_only
        tuplets = _COMPOUND_TUPLETS if meter.compound else _TUPLETS
        known = {c for c in "(){}[]-><z ~T" if c in characters}
        self._slurs = {"(", ")"} <= known
        self._tuplets = {
            str(p): (p, q) for p, q in tuplets.items() if "(" in known and str(p) in characters
        }
        self._graces = {"{", "}"} <= known and not swung
        self._chords = {"[", "]"} <= known and len(pitches.scale) > 1 and not swung
        self._tie = "-" if "-" in known else ""
        self._broken = "".join(c for c in "<>" if c in known)
        self._rest = "z" if "z" in known else ""
        self._space = " " if " " in known else ""
        self._decorations = "".join(c for c in _DECORATIONS if c in known and not swung)
        # In the other phases an element is to start.
        self._options: dict[Phase, Callable[[Bar], str]] = {
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
        self._steps: dict[Phase, Callable[[Bar, str], Bar]] = {
            Phase.OPEN: self._step_opened,
            Phase.SIGN: self._step_signed,
            Phase.NOTE: self._step_noted,
            Phase.REST: self._step_length,
            Phase.GRACE: self._step_group,
            Phase.CHORD: self._step_group,
            Phase.CHORD_LENGTH: self._step_length,
        }

    def options(self, at: Bar) -> str:
        """The characters that may follow; ``|`` and ``:`` leave the bar."""
        return self._options.get(at.phase, self._content)(at)

    def step(self, at: Bar, character: str) -> Bar:
        """The state after an allowed character; `closed` after one that leaves the bar."""
        if character in "|:":
            return self.closed(at)
        return self._steps.get(at.phase, self._step_element)(at, character)

    def closed(self, at: Bar) -> Bar:
        """The state with the note, chord or rest being written taken as complete."""
        if at.phase is Phase.NOTE and not at.inside:
            return self._close_note(at)
        if at.phase is Phase.CHORD_LENGTH:
            return self._advanced(at, previous=None, tonic=False)
        if at.phase is Phase.REST:
            ticks = self.lengths.ticks[at.typed]
            at = at._replace(phase=Phase.AFTER, time=at.time + ticks, typed="")
            return at._replace(previous=None, dotted=0, tonic=False)
        return at

    # --- time -------------------------------------------------------------------------------

    def _limits(self, at: Bar) -> tuple[int, int]:
        """How long (see `LengthTable.options`) a tonic, and any other element, may be here."""
        frame, tuplet = at.frame, at.tuplet
        left = frame.top - at.time
        if tuplet is not None:
            if tuplet.length:
                return -tuplet.length, -tuplet.length
            room = (left - frame.cadence) // tuplet.times
            return room, room
        if at.broken:
            last = frame.cadence and at.broken == left
            return -at.broken, 0 if last else -at.broken
        room = left - (at.slur == 1)
        return room, room - frame.cadence

    def _rest_limit(self, at: Bar) -> int:
        """How long a rest may be: it leaves room for a note in a bar that has none yet."""
        return self._limits(at)[1] if at.sounded else at.frame.top - at.time - 1

    def _limit(self, at: Bar, note: Spelled) -> int:
        tonic, other = self._limits(at)
        if tonic == other:
            return tonic
        return tonic if self.pitches.is_tonic(note, at.altered) else other

    def _wish(self, at: Bar) -> Wish:
        # The note being written was offered before; only new ones need something to spare.
        spare = at.spare or at.phase in (Phase.SIGN, Phase.NOTE)
        chromatic = spare and not self.scale_only
        if at.inside:
            return Wish(False, chromatic, at.group if at.inside == "[" else ())
        return Wish(not self.lengths.reachable(self._limits(at)[1], at.graces), chromatic)

    def _room_for(self, at: Bar, times: int) -> bool:
        left = at.frame.top - at.time - at.frame.cadence
        return self.lengths.reachable(max(left, 0) // times)

    # --- what may come next -----------------------------------------------------------------

    def _content(self, at: Bar) -> str:
        """The start of an element: note, rest, chord, group, slur, tuplet, decoration."""
        if at.tie is not None:
            return at.tie.letter
        tonic, other = self._limits(at)
        if not self.lengths.reachable(tonic, at.graces):
            return ""
        text = self.pitches.starts(at.altered, self._wish(at))
        if at.broken or at.tuplet is not None or at.phase is Phase.MARKED:
            return text
        any_note = self.lengths.reachable(other, at.graces)
        if any_note and self._chords:
            text += "["
        if at.phase is Phase.LEAD:
            return text
        if not at.slur and self.lengths.reachable(self._rest_limit(at)):
            text += self._rest
        if self._graces and self.lengths.reachable(other, 1):
            text += "{"
        if self._opening(at):
            text += "("
        return text + self._decorations if self.lengths.reachable(tonic, 1) else text

    def _opening(self, at: Bar) -> bool:
        return self._may_slur(at) or bool(self._tuplet_digits(at))

    def _may_slur(self, at: Bar) -> bool:
        return self._slurs and at.slur == 0 and at.frame.top - at.time >= 2

    def _tuplet_digits(self, at: Bar) -> str:
        return "".join(
            digit for digit, (_, times) in self._tuplets.items() if self._room_for(at, times)
        )

    def _opened(self, at: Bar) -> str:
        text = self._tuplet_digits(at)
        if self._may_slur(at):
            text += self._content(at._replace(slur=1, phase=Phase.FRESH))
        return text

    def _after(self, at: Bar) -> str:
        if at.tuplet is not None:
            return self._content(at)
        left = at.frame.top - at.time
        text = self._tie if self._may_tie(at, left) else ""
        if 0 < at.dotted <= left:
            text += at.signs
        if at.slur == 3:
            text += ")"
        if left:
            text += self._space + self._content(at)
        if at.sounded and not at.slur:
            text += self._closers(at)
            if not left and at.column == 1 and ":" in at.frame.closers(at.time, at.tonic):
                text += self._space
        return text

    def _closers(self, at: Bar) -> str:
        text = at.frame.closers(at.time, at.tonic)
        return text.replace(":", "") if at.column == 1 else text

    def _may_tie(self, at: Bar, left: int) -> bool:
        note = at.previous
        if (
            note is None
            or self.pitches.alteration(note._replace(accidental=""), at.altered) is None
        ):
            return False
        plain = self.pitches.in_scale(note, at.altered)
        if not plain and (self.scale_only or not at.spare):
            return False
        if left:
            return left > (at.frame.cadence and not at.tonic)
        return plain and not at.slur and at.frame.over and at.frame.plain_at(at.time)

    def _tied(self, at: Bar) -> str:
        left = at.frame.top - at.time
        text = self._space + self._content(at) if left else ""
        crosses = at.tie is not None and at.tie.plain and at.frame.over and not at.slur
        return text + "|" if crosses and at.frame.plain_at(at.time) else text

    def _spaced(self, at: Bar) -> str:
        if at.frame.top > at.time:
            return self._content(at)
        return at.frame.closers(at.time, at.tonic)

    def _signed(self, at: Bar) -> str:
        assert at.note is not None  # SIGN is entered with an accidental
        return self.pitches.letters(at.note.accidental, at.altered, self._wish(at))

    def _noted(self, at: Bar) -> str:
        note = at.note
        assert note is not None  # NOTE is entered with a letter
        wish = self._wish(at)
        if at.tie is not None:
            return self._tied_note(at, note)
        text = self.pitches.may_grow(note, at.altered, wish) if not at.typed else ""
        if not self.pitches.allowed(note, at.altered, wish):
            return text
        if at.inside:
            return text + self._group(self._close_member(at))
        return text + self._lengths(at, self._limit(at, note))

    def _tied_note(self, at: Bar, note: Spelled) -> str:
        assert at.tie is not None  # the caller looked
        if note.marks < at.tie.marks:
            return "'" if note.letter.islower() else ","
        return self._lengths(at, self._limit(at, note))

    def _lengths(self, at: Bar, limit: int) -> str:
        here, text = self.lengths.options(at.typed, limit, at.graces)
        return text + self._after(self.closed(at)) if here else text

    def _group(self, at: Bar) -> str:
        """Before a note of a grace group or chord, or its closing bracket."""
        grace, written = at.inside == "{", len(at.group)
        most, least = (_MOST_GRACES, 1) if grace else (_MOST_IN_CHORD, 2)
        more = written < most
        if grace and more:
            more = self.lengths.reachable(self._limits(at)[1], written + 1)
        text = self.pitches.starts(at.altered, self._wish(at)) if more else ""
        if len(at.group) >= least:
            text += "}" if grace else "]"
        return text

    # --- what it leads to -------------------------------------------------------------------

    def _step_element(self, at: Bar, character: str) -> Bar:
        """A character after a complete element or at the start of one."""
        if character == " ":
            return at._replace(phase=Phase.SPACED, previous=None, dotted=0, column=2)
        if character == "-":
            assert at.previous is not None  # else no tie is offered
            plain = self.pitches.in_scale(at.previous, at.altered)
            tie = Tie(at.previous.letter, at.previous.marks, plain)
            return at._replace(phase=Phase.TIED, tie=tie, previous=None, dotted=0, column=2)
        if character in "<>":
            return at._replace(
                phase=Phase.BROKEN, broken=at.dotted, previous=None, dotted=0, column=2
            )
        if character == ")":
            return at._replace(phase=Phase.AFTER, slur=0, previous=None, dotted=0, column=2)
        if character == "(":
            return at._replace(phase=Phase.OPEN, column=2, previous=None, dotted=0)
        if character in "{[":
            phase = Phase.GRACE if character == "{" else Phase.CHORD
            return at._replace(
                phase=phase, inside=character, group=(), column=2, previous=None, dotted=0
            )
        if character in self._decorations:
            return at._replace(
                phase=Phase.MARKED, graces=1, decorated=True, column=2, previous=None, dotted=0
            )
        column = 1 if at.column == 0 else 2
        if character == "z":
            return at._replace(phase=Phase.REST, typed="", column=column, previous=None, dotted=0)
        return self._start_note(at, character, column)

    def _start_note(self, at: Bar, character: str, column: int = 2) -> Bar:
        if character in "^_=":
            return at._replace(
                phase=Phase.SIGN, note=Spelled(character, ""), column=2, previous=None, dotted=0
            )
        return at._replace(
            phase=Phase.NOTE, note=Spelled("", character), typed="", column=column, previous=None,
            dotted=0,
        )  # fmt: skip

    def _step_opened(self, at: Bar, character: str) -> Bar:
        if character in self._tuplets:
            notes, times = self._tuplets[character]
            return at._replace(phase=Phase.LEAD, tuplet=Tuplet(notes, times))
        return self._step_element(at._replace(slur=1, phase=Phase.FRESH), character)

    def _step_signed(self, at: Bar, character: str) -> Bar:
        assert at.note is not None  # SIGN is entered with an accidental
        return at._replace(phase=Phase.NOTE, note=at.note._replace(letter=character), typed="")

    def _step_noted(self, at: Bar, character: str) -> Bar:
        assert at.note is not None  # NOTE is entered with a letter
        if character in "',":
            return at._replace(note=at.note._replace(marks=at.note.marks + 1), column=2)
        if at.inside:
            return self._step_group(self._close_member(at), character)
        return self._step_length(at, character)

    def _step_length(self, at: Bar, character: str) -> Bar:
        if character.isdigit() or character == "/":
            return at._replace(typed=at.typed + character, column=2)
        return self._step_element(self.closed(at), character)

    def _step_group(self, at: Bar, character: str) -> Bar:
        if character == "}":
            return at._replace(phase=Phase.LEAD, inside="", group=(), graces=len(at.group))
        if character == "]":
            return at._replace(phase=Phase.CHORD_LENGTH, inside="", group=(), typed="")
        return self._start_note(at, character)

    # --- closing a note ---------------------------------------------------------------------

    def _close_member(self, at: Bar) -> Bar:
        """The group with the note being written taken into it."""
        assert at.note is not None  # only NOTE closes
        member = (at.note.step, at.note.octave)
        return at._replace(
            phase=Phase.GRACE if at.inside == "{" else Phase.CHORD,
            # Of grace notes only the number matters, and few states are good states.
            group=(*at.group, member if at.inside == "[" else (0, 0)),
            altered=self.pitches.after(at.note, at.altered),
            note=None,
        )

    def _close_note(self, at: Bar) -> Bar:
        assert at.note is not None  # only NOTE closes
        tonic = self.pitches.is_tonic(at.note, at.altered)
        altered = self.pitches.after(at.note, at.altered)
        return self._advanced(at, at.note, tonic)._replace(altered=altered, note=None)

    def _advanced(self, at: Bar, previous: Spelled | None, tonic: bool) -> Bar:
        """Time, slur, tuplet and broken rhythm after a note or chord of the length typed."""
        ticks, graced = self.lengths.ticks[at.typed], at.graces
        at = at._replace(
            phase=Phase.AFTER,
            typed="",
            tie=None,
            graces=0,
            decorated=False,
            signs="",
            previous=None if at.decorated else previous,
            tonic=tonic,
            dotted=0,
            sounded=True,
        )
        if at.tuplet is not None:
            left = at.tuplet.left - 1
            tuplet = at.tuplet._replace(left=left, length=ticks)
            if left:
                return at._replace(tuplet=tuplet, previous=None)
            slur = 3 if at.slur else 0
            return at._replace(tuplet=None, time=at.time + ticks * tuplet.times, slur=slur)
        slur = min(at.slur + 1, 3) if at.slur else 0
        if at.broken:
            return at._replace(time=at.time + ticks, broken=0, slur=slur)
        off_beat = self.swung and at.time % (2 * ticks) != 0
        if off_beat or ticks < self.divisible or not self.lengths.plain(ticks):
            return at._replace(time=at.time + ticks, slur=slur)
        # Grace notes would not fit before a note that is made shorter.
        signs = ">" if graced and ">" in self._broken else "" if graced else self._broken
        return at._replace(time=at.time + ticks, dotted=ticks, signs=signs, slur=slur)
