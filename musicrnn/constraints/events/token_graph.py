"""The constraint on MidiTok's tokens: its graph of token types, bars that are filled, an end.

Whatever the weights, a sequence that follows the graph decodes; time moves forward, at no moment
begin more events than hands could play, and the piece ends after the bars that were asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from musicrnn.constraints.events.controls import (
    DEFAULT_BARS,
    EventControls,
    MelodyConstraint,
)
from musicrnn.constraints.lines import BoolArray, Line
from musicrnn.errors import UsageError, counted
from musicrnn.piece import Piece
from musicrnn.score import Score
from musicrnn.theory.melody import BarLines
from musicrnn.tokens.meters import meter_of
from musicrnn.tokens.midi_events import LONGEST, STEPS, kind_of, unit_of
from musicrnn.tokens.midi_tokens import MidiTokenizer

__all__ = ["TokenGraphConstraint"]

#: Events (notes, pedals) that may begin at one moment: a large band.
MOST_AT_ONCE = 40
#: What moves time.
_MOVES = frozenset({"Bar", "Position", "TimeShift"})
_PITCHES = frozenset({"Pitch", "PitchDrum"})
_BAR, _POSITION, _SHIFT = "Bar", "Position", "TimeShift"
#: What begins an event at the present moment, and may so be refused.
_BEGINS = frozenset({"Program", "Pedal", "PedalOff"})


@dataclass(slots=True)
class _Line(Line):
    """One piece on its way: its last token; bars begun, the place in the bar or, in `performance`,
    the time since the beginning; the bar's length; events at this moment; the last note's lengths
    so far."""

    token: str = ""
    bars: int = 0
    place: int = -1
    length: int = 0
    events: int = 0
    lengths: int = 0


class TokenGraphConstraint(MelodyConstraint[_Line]):
    """Exactly the bars that are asked for, of pieces for any number of voices."""

    def __init__(
        self, tokenizer: MidiTokenizer, controls: EventControls, *, free: bool = False
    ) -> None:
        super().__init__(tokenizer, controls, free=free)
        if controls.key is not None or controls.in_scale or controls.chords is not None:
            raise UsageError(
                "this model chooses keys and chords by itself; it takes bars, range, tempo, prime "
                "and title"
            )
        self.key = None
        self._tokenizer = tokenizer
        self._tokens = tokenizer.vocabulary.tokens
        self._bar = int(tokenizer.meter.length * STEPS)
        self.prefix, whole = self._primed()
        self.bars = controls.bars or max(DEFAULT_BARS, whole + DEFAULT_BARS // 2)
        if whole >= self.bars:
            raise UsageError(
                f"the prime has {counted(whole, 'bar')} and {self.bars} are asked for in all; "
                "ask for more"
            )
        self._begin(_Line())

    def _primed(self) -> tuple[tuple[int, ...], int]:
        """The ids of the prime and the number of its bars."""
        if self._controls.prime is None:
            return (), 0
        ids = self._tokenizer.encode(Piece("midi", self._controls.prime))
        line = _Line()
        for token in ids:
            self._move(line, token)
        if not self._tokenizer.knows_meters:
            return tuple(ids), max(line.place, 0) // self._bar
        return tuple(ids), line.bars

    def _score(self, ids: Sequence[int], number: int) -> Score:
        """All voices, to the end of the last bar; nothing is left to `number`."""
        score = self._tokenizer.decode(ids).content
        assert isinstance(score, Score)
        bars = BarLines(score)
        last = max(self.bars, -int(-bars.number(score.length) // 1))
        return replace(score, length=bars.start(last))

    # --- masks ------------------------------------------------------------------------------

    def _row(self, line: _Line) -> BoolArray:
        following = self._following(line)
        moving = not line.token or bool(following & _MOVES)
        over = self._over(line)
        if moving and over and not self._tokenizer.knows_meters:
            return self._end
        row = np.zeros(len(self._tokens), bool)
        for kind in following:
            if kind in _BEGINS and moving and line.events >= MOST_AT_ONCE:
                continue
            if kind in _PITCHES and (kind == "PitchDrum") is not (line.token == "Program_-1"):
                continue
            lasts = line.lengths * LONGEST * STEPS
            if kind == "Duration" and lasts and lasts >= self._room(line):
                continue  # the note sounds to the end already
            if kind == _BAR and over:
                row |= self._end
            elif kind == _POSITION:
                row |= (
                    self._of_kind(kind) & (self._values > line.place) & (self._values < line.length)
                )
            elif kind == _SHIFT:
                row |= self._of_kind(kind) & (self._values <= self._left(line))
            else:
                row |= self._of_kind(kind)
        return row

    def _following(self, line: _Line) -> frozenset[str]:
        """The kinds that may follow; a piece with bars begins with one, another with a note."""
        if line.token:
            return self._tokenizer.may_follow(line.token)
        return frozenset({_BAR} if self._tokenizer.knows_meters else {"Program", "Tempo", _SHIFT})

    def _over(self, line: _Line) -> bool:
        """Whether no bar may begin any more."""
        if self._tokenizer.knows_meters:
            return line.bars >= self.bars
        return self._left(line) <= 0

    def _left(self, line: _Line) -> int:
        return self.bars * self._bar - max(line.place, 0)

    def _room(self, line: _Line) -> int:
        """Steps from the present moment to the end of the piece."""
        if not self._tokenizer.knows_meters:
            return self._left(line)
        return (self.bars - line.bars + 1) * line.length - max(line.place, 0)

    def _move(self, line: _Line, token: int) -> None:
        if self._end[token]:
            line.done = True
            return
        kind = self._kinds[token]
        if kind in _MOVES:
            line.events = 0
        if kind == _BAR:
            line.bars += 1
            line.place = -1
            line.length = line.length or self._bar
            line.checkpoint += 1
        elif kind == "TimeSig":
            line.length = int(self._values[token])
        elif kind == _POSITION:
            line.place = int(self._values[token])
        elif kind == _SHIFT:
            line.place = max(line.place, 0) + int(self._values[token])
            line.checkpoint += 1
        elif kind in _BEGINS:
            line.events += 1
        line.lengths = line.lengths + 1 if kind == "Duration" else 0
        line.token = self._tokens[token]

    # --- what the tokens mean ---------------------------------------------------------------

    @cached_property
    def _kinds(self) -> list[str]:
        """The kind of each token."""
        return [kind_of(token) for token in self._tokens]

    @cached_property
    def _values(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """(V,): positions and times in steps, the length of a bar of each metre, pitches."""
        return np.array([_value(token) for token in self._tokens], np.int64)

    def _of_kind(self, kind: str) -> BoolArray:
        """(V,): the tokens of one kind that are allowed at all: pitches within the range."""
        return self._by_kind[kind]

    @cached_property
    def _by_kind(self) -> dict[str, BoolArray]:
        kinds = np.array(self._kinds)
        tokens: dict[str, BoolArray] = {kind: kinds == kind for kind in set(self._kinds)}
        lowest = 0 if self._controls.lowest is None else self._controls.lowest
        highest = 127 if self._controls.highest is None else self._controls.highest
        tokens["Pitch"] &= (self._values >= lowest) & (self._values <= highest)
        if not tokens["Pitch"].any():
            raise UsageError(f"no pitch between {lowest} and {highest}")
        return tokens


def _value(token: str) -> int:
    kind, _, value = token.partition("_")
    if kind in ("Position", "Pitch"):
        return int(value)
    if kind == "TimeShift":
        beats, part, resolution = (int(number) for number in value.split("."))
        return (beats * resolution + part) * STEPS // resolution
    if kind == "TimeSig":
        meter = meter_of(value)
        return int(meter.length / unit_of(meter) * STEPS)
    return -1
