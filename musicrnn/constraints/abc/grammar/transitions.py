"""Where each character leads inside a bar: the state after it.

`Transitions.step` takes a character that `body` offered; `Transitions.closed` takes the note, chord
or rest being written as complete, which is when its time counts.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from musicrnn.constraints.abc.grammar.lengths import LengthTable
from musicrnn.constraints.abc.grammar.notation import Notation
from musicrnn.constraints.abc.grammar.pitches import PitchTable, Spelled
from musicrnn.constraints.abc.grammar.state import BarState, Phase, Tie, TupletState

__all__ = ["Transitions"]

#: states of which is remembered where they lead when what is being written is complete
_MOST_KEPT = 4096


class Transitions:
    """The steps of the grammar of bars with these `lengths`, `pitches` and `notation`."""

    def __init__(self, lengths: LengthTable, pitches: PitchTable, notation: Notation) -> None:
        self.lengths = lengths
        self.pitches = pitches
        self.notation = notation
        # Asked once for what may follow a note, and again for each character that does.
        self.closed: Callable[[BarState], BarState] = lru_cache(_MOST_KEPT)(self._closed)
        # In the other phases an element is to start.
        self._steps: dict[Phase, Callable[[BarState, str], BarState]] = {
            Phase.OPEN: self._opened,
            Phase.SIGN: self._signed,
            Phase.NOTE: self._noted,
            Phase.REST: self._length,
            Phase.GRACE: self._group,
            Phase.CHORD: self._group,
            Phase.CHORD_LENGTH: self._length,
        }

    def step(self, at: BarState, character: str) -> BarState:
        """The state after an allowed character; `closed` after one that leaves the bar."""
        if character in "|:":
            return self.closed(at)
        return self._steps.get(at.phase, self._element)(at, character)

    def _closed(self, at: BarState) -> BarState:
        """The state with the note, chord or rest being written taken as complete."""
        if at.phase is Phase.NOTE and not at.inside:
            return self._close_note(at)
        if at.phase is Phase.CHORD_LENGTH:
            return at._replace(**self._advanced(at, previous=None, tonic=False))
        if at.phase is Phase.REST:
            ticks = self.lengths.ticks[at.typed]
            return at._replace(
                phase=Phase.AFTER, time=at.time + ticks, typed="", previous=None, dotted=0,
                tonic=False,
            )  # fmt: skip
        return at

    # --- one character ----------------------------------------------------------------------

    def _element(self, at: BarState, character: str) -> BarState:
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
        if character in self.notation.decorations:
            return at._replace(
                phase=Phase.MARKED, graces=1, decorated=True, column=2, previous=None, dotted=0
            )
        column = 1 if at.column == 0 else 2
        if character == "z":
            return at._replace(phase=Phase.REST, typed="", column=column, previous=None, dotted=0)
        return self._start_note(at, character, column)

    def _start_note(self, at: BarState, character: str, column: int = 2) -> BarState:
        if character in "^_=":
            return at._replace(
                phase=Phase.SIGN, note=Spelled(character, ""), column=2, previous=None, dotted=0
            )
        return at._replace(
            phase=Phase.NOTE, note=Spelled("", character), typed="", column=column, previous=None,
            dotted=0,
        )  # fmt: skip

    def _opened(self, at: BarState, character: str) -> BarState:
        if character in self.notation.tuplets:
            notes, times = self.notation.tuplets[character]
            return at._replace(phase=Phase.LEAD, tuplet=TupletState(notes, times))
        return self._element(at._replace(slur=1, phase=Phase.FRESH), character)

    def _signed(self, at: BarState, character: str) -> BarState:
        assert at.note is not None  # SIGN is entered with an accidental
        return at._replace(phase=Phase.NOTE, note=at.note._replace(letter=character), typed="")

    def _noted(self, at: BarState, character: str) -> BarState:
        assert at.note is not None  # NOTE is entered with a letter
        if character in "',":
            return at._replace(note=at.note._replace(marks=at.note.marks + 1), column=2)
        if at.inside:
            return self._group(self.with_member(at), character)
        return self._length(at, character)

    def _length(self, at: BarState, character: str) -> BarState:
        if character.isdigit() or character == "/":
            return at._replace(typed=at.typed + character, column=2)
        return self._element(self.closed(at), character)

    def _group(self, at: BarState, character: str) -> BarState:
        if character == "}":
            return at._replace(phase=Phase.LEAD, inside="", group=(), graces=len(at.group))
        if character == "]":
            return at._replace(phase=Phase.CHORD_LENGTH, inside="", group=(), typed="")
        return self._start_note(at, character)

    # --- closing a note ---------------------------------------------------------------------

    def with_member(self, at: BarState) -> BarState:
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

    def _close_note(self, at: BarState) -> BarState:
        note = at.note
        assert note is not None  # only NOTE closes
        tonic = self.pitches.is_tonic(note, at.altered)
        altered = self.pitches.after(note, at.altered)
        return at._replace(altered=altered, note=None, **self._advanced(at, note, tonic))

    def _advanced(self, at: BarState, previous: Spelled | None, tonic: bool) -> dict[str, Any]:
        """What a note or chord of the length typed changes: time, slur, tuplet, broken rhythm."""
        ticks, tuplet = self.lengths.ticks[at.typed], at.tuplet
        changes: dict[str, Any] = {
            "phase": Phase.AFTER,
            "typed": "",
            "tie": None,
            "graces": 0,
            "decorated": False,
            "signs": "",
            "previous": None if at.decorated else previous,
            "tonic": tonic,
            "dotted": 0,
            "sounded": True,
        }
        if tuplet is not None:
            if tuplet.left > 1:
                return changes | {
                    "tuplet": TupletState(tuplet.left - 1, tuplet.times, ticks), "previous": None,
                }  # fmt: skip
            return changes | {
                "tuplet": None, "time": at.time + ticks * tuplet.times, "slur": 3 if at.slur else 0,
            }  # fmt: skip
        changes["time"] = at.time + ticks
        changes["slur"] = min(at.slur + 1, 3) if at.slur else 0
        if at.broken:
            changes["broken"] = 0
            return changes
        off_beat = self.notation.swung and at.time % (2 * ticks) != 0
        if off_beat or ticks < self.notation.divisible or not self.lengths.plain(ticks):
            return changes
        # Grace notes would not fit before a note that is made shorter.
        signs = self.notation.broken
        if at.graces:
            signs = ">" if ">" in signs else ""
        changes["dotted"], changes["signs"] = ticks, signs
        return changes
