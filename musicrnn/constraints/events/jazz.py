"""The constraint on values of the jazz grammar: full bars, ties only after notes, the last note a
chord tone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from math import lcm
from typing import NamedTuple

import numpy as np

from musicrnn.constraints.events.controls import (
    DEFAULT_BARS,
    EventControls,
    MelodyConstraint,
    primed,
)
from musicrnn.constraints.lines import BoolArray, Line
from musicrnn.errors import UsageError
from musicrnn.score import Score
from musicrnn.theory.chords import parse_progression, transpose_symbol
from musicrnn.tokens.jazz import DEFAULT_CHORDS, JazzTokenizer
from musicrnn.tokens.jazz_grammar import REST, TIE

__all__ = ["JazzConstraint"]


class _Flags(NamedTuple):
    """What matters of the melody so far: whether a note has been, sounds up to here, and was a
    chord tone; whether one has been `heard` in this bar; and whether one is `due`, because the
    bar before was silent. So a rest never lasts two bars."""

    noted: bool = False
    sounding: bool = False
    settled: bool = False
    heard: bool = False
    due: bool = False

    def next_bar(self) -> _Flags:
        """The flags after a bar line."""
        return self._replace(heard=False, due=not self.heard)


class _Where(NamedTuple):
    """What decides the mask: `left` of the bar in units, and the flags it may end with."""

    flags: _Flags
    left: int
    goal: frozenset[_Flags]


@dataclass(slots=True)
class _Line(Line):
    """One melody on its way; `bars` are those left, the present one included. What is drawn of a
    bar is thrown away when it does not fit."""

    flags: _Flags
    left: int
    bars: int


class JazzConstraint(MelodyConstraint[_Line]):
    """Exactly `bars` bars, none crossed by a value, over the chords that were asked for.

    Over which chord a value stands is settled when it is decoded, so the range is too
    (`jazz_grammar.pick`); that a note is a chord tone is in the value itself.
    """

    def __init__(
        self, tokenizer: JazzTokenizer, controls: EventControls, *, free: bool = False
    ) -> None:
        super().__init__(tokenizer, controls, free=free)
        self.key = controls.key
        given = {"lowest": controls.lowest, "highest": controls.highest}
        config = tokenizer.to_config() | {k: v for k, v in given.items() if v is not None}
        self._tokenizer = JazzTokenizer.from_config(config, tokenizer.vocabulary)
        self._values = tokenizer.values
        bar = tokenizer.meter.length
        durations = [value.duration for value in self._values if value is not None]
        units = lcm(bar.denominator, *(duration.denominator for duration in durations))
        self._bar = int(bar * units)
        self._lengths = [int(v.duration * units) if v is not None else 0 for v in self._values]
        self._chords = self._progression()
        named = None if controls.chords is None else len(parse_progression(self._chords))
        self.bars = controls.bars or named or DEFAULT_BARS
        self.prefix = primed(tokenizer, controls, self._bar, self._lengths)
        self._representatives = self._kinds()
        self._ends = cache(self._reachable)
        self._goals = self._all_goals()
        self._rows: dict[_Where, BoolArray] = {}
        self._begin(_Line(_Flags(), self._bar, self.bars, checkpoint=1, masked=False))
        if not free and self._first.bars and not self._row(self._first).any():
            raise UsageError(
                f"the values of this model cannot fill a bar of {tokenizer.meter}; train it on "
                "melodies in that metre"
            )

    def _score(self, ids: Sequence[int], number: int) -> Score:
        """The melody over the chords; which of the allowed notes is taken follows from `ids` and
        `number`, hence from the seed."""
        rng = np.random.default_rng([number, *ids])
        length = self.bars * self._tokenizer.meter.length
        harmony = self._tokenizer.harmony(self._chords, length)
        score = self._tokenizer.decode(ids, chords=harmony, rng=rng).content
        assert isinstance(score, Score)
        return score

    # --- masks ------------------------------------------------------------------------------

    def _row(self, line: _Line) -> BoolArray:
        if not line.bars:
            return self._end
        where = _Where(line.flags, line.left, self._goals[line.bars - 1])
        row = self._rows.get(where)
        if row is None:
            row = np.array([self._may(token, where) for token in range(len(self._values))])
            self._rows[where] = row
        return row

    def _may(self, token: int, where: _Where) -> bool:
        """Whether the bar, and all bars after it, can be finished when `token` comes next."""
        left = where.left - self._lengths[token]
        if self._values[token] is None or left < 0:
            return False
        if self._free:
            return True
        flags = self._follows(token, where.flags)
        return flags is not None and bool(self._ends(flags, left) & where.goal)

    def _follows(self, token: int, flags: _Flags) -> _Flags | None:
        """The flags after `token`, None where it cannot stand."""
        value = self._values[token]
        if value is None or (value.kind == TIE and not flags.sounding):
            return None
        if value.kind == TIE:
            return flags._replace(heard=True)
        if value.kind == REST:
            return None if flags.due else flags._replace(sounding=False)
        if value.window is None and flags.noted:
            return None  # only the first note may have no note before it to measure from
        return _Flags(True, True, value.kind == "C", heard=True)

    def _reachable(self, flags: _Flags, left: int) -> frozenset[_Flags]:
        """The flags with which a bar of which `left` is left can end."""
        if not left:
            return frozenset({flags.next_bar()})
        ends: set[_Flags] = set()
        for token in self._representatives:
            after = self._follows(token, flags)
            if after is not None and self._lengths[token] <= left:
                ends |= self._ends(after, left - self._lengths[token])
        return frozenset(ends)

    def _kinds(self) -> tuple[int, ...]:
        """One token of each kind, length and firstness: what can be finished depends on no more."""
        tokens: dict[tuple[str, int, bool], int] = {}
        for token, value in enumerate(self._values):
            if value is not None:
                tokens.setdefault((value.kind, self._lengths[token], value.window is None), token)
        return tuple(tokens.values())

    def _all_goals(self) -> list[frozenset[_Flags]]:
        """By the number of bars that follow: the flags from which all of them can be filled, the
        last one so that the melody is settled."""
        every = [_Flags(*bits) for bits in product((False, True), repeat=len(_Flags._fields))]
        goals = [frozenset(f for f in every if f.settled or not self._controls.tonic_end)]
        for _ in range(self.bars - 1):
            before = goals[-1]
            goals.append(frozenset(f for f in every if self._ends(f, self._bar) & before))
        return goals

    def _move(self, line: _Line, token: int) -> None:
        if not line.bars:
            line.done = True
            return
        line.flags = self._follows(token, line.flags) or line.flags
        line.left -= self._lengths[token]
        if not line.left:
            line.flags = line.flags.next_bar()
            line.bars -= 1
            line.left = self._bar
            line.checkpoint += 1
            line.masked = not line.bars

    def _progression(self) -> str:
        """The chords asked for, or the default ones in the key asked for."""
        if self._controls.chords is not None:
            return self._controls.chords
        key = self._controls.key
        if key is None:
            return self._tokenizer.chords or DEFAULT_CHORDS
        major = key.fifths * 7 % 12
        flats = key.fifths <= 0
        return " ".join(transpose_symbol(c, major, flats=flats) for c in DEFAULT_CHORDS.split())
