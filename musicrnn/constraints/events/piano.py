"""The constraint on the 90 piano values: hold only after a note, range, scale, bars, last note."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from musicrnn.constraints.events.controls import (
    DEFAULT_BARS,
    EventControls,
    MelodyConstraint,
    primed,
)
from musicrnn.constraints.lines import BoolArray, Line
from musicrnn.errors import UsageError
from musicrnn.score import Key, Score
from musicrnn.theory.pitch import MAJOR
from musicrnn.tokens.piano import HIGHEST, LOWEST, PianoTokenizer
from musicrnn.tokens.voices import normal_shift

__all__ = ["PianoConstraint"]

_REST, _FIRST_KEY, _HOLD, _VALUES = 0, 1, 89, 90
#: The middle octaves, in which a melody is sung or played, if no range is asked for.
_DEFAULT_RANGE = (55, 88)


@dataclass(slots=True)
class _Line(Line):
    """One melody on its way: steps written, the sounding or last pitch (0: none yet); what is
    drawn of a bar is thrown away when it does not fit."""

    steps: int = 0
    sounding: bool = False
    pitch: int = 0
    notes: int = 0
    outside: int = 0


class PianoConstraint(MelodyConstraint[_Line]):
    """Exactly `bars` bars on the grid, then silence.

    A model with normal keys writes in C major or A minor; its melody is moved to the key that
    was asked for, by at most six semitones, and the range is kept after that.
    """

    def __init__(
        self, tokenizer: PianoTokenizer, controls: EventControls, *, free: bool = False
    ) -> None:
        super().__init__(tokenizer, controls, free=free)
        self._tokenizer = tokenizer
        self._bar = int(tokenizer.meter.length * tokenizer.steps)
        self.prefix = primed(tokenizer, controls, self._bar, [1] * _VALUES)
        whole = len(self.prefix) // self._bar
        bars = controls.bars or max(DEFAULT_BARS, whole + DEFAULT_BARS // 2)
        self._steps = bars * self._bar
        #: The last note is settled by here: half a bar before the end.
        self._deadline = self._steps - max(self._bar // 2, 1)
        self.key = controls.key or (Key("C") if tokenizer.normal_key else None)
        self._shift = -normal_shift(self.key) if self.key and tokenizer.normal_key else 0
        self._keys = self._in_range()
        self._scale = self._of_key(MAJOR)
        self._final = self._finals()
        self._begin(_Line(checkpoint=1, masked=False))

    def _score(self, ids: Sequence[int], number: int) -> Score:
        """The melody in the key that was asked for; nothing is left to `number`."""
        score = self._tokenizer.decode(ids).content
        assert isinstance(score, Score)
        return score.transposed(self._shift)

    # --- masks ------------------------------------------------------------------------------

    def _row(self, line: _Line) -> BoolArray:
        if line.steps >= self._steps:
            return self._end
        row = np.zeros(_VALUES, bool)
        if self._free:
            row[:] = True
            return row
        settling = self._controls.tonic_end and line.steps >= self._deadline
        settled = line.pitch and self._final[line.pitch - LOWEST + _FIRST_KEY]
        keys = self._keys & self._final if settling else self._keys & self._allowed(line)
        row |= keys
        if not settling or settled:
            row[_REST] = True
            row[_HOLD] = line.sounding
        return row

    def _allowed(self, line: _Line) -> BoolArray:
        """The keys of the scale, and the others while there is room for one."""
        share = self._controls.in_scale
        room = (1 - share) * (line.notes + 1) >= line.outside + 1 - 1e-9
        return self._keys if not share or room else self._scale

    def _move(self, line: _Line, token: int) -> None:
        if line.steps >= self._steps:
            line.done = True
            return
        line.steps += 1
        line.checkpoint = 1 + line.steps // self._bar
        line.masked = line.steps >= self._steps
        if token == _REST:
            line.sounding = False
        elif token != _HOLD:
            line.sounding = True
            line.pitch = token - _FIRST_KEY + LOWEST
            line.notes += 1
            line.outside += not self._scale[token]

    def _in_range(self) -> BoolArray:
        lowest = _DEFAULT_RANGE[0] if self._controls.lowest is None else self._controls.lowest
        highest = _DEFAULT_RANGE[1] if self._controls.highest is None else self._controls.highest
        if not LOWEST <= lowest <= highest <= HIGHEST:
            raise UsageError(
                f"a range from {lowest} to {highest}; a piano has {LOWEST} (A0) to {HIGHEST} (C8)"
            )
        pitches = np.arange(_VALUES) - _FIRST_KEY + LOWEST
        keys = (pitches + self._shift >= lowest) & (pitches + self._shift <= highest)
        keys[[_REST, _HOLD]] = False
        if not keys.any():
            raise UsageError(f"no key between {lowest} and {highest} is left in {self.key}")
        return keys

    def _of_key(self, degrees: Sequence[int]) -> BoolArray:
        """The keys of the major scale with the key's signature (all keys without a key)."""
        if self.key is None:
            return self._keys
        tonic = self.key.fifths * 7 - self._shift
        pitch_classes = (np.arange(_VALUES) - _FIRST_KEY + LOWEST) % 12
        keys: BoolArray = np.isin(pitch_classes, [(tonic + d) % 12 for d in degrees])
        return self._keys & keys

    def _finals(self) -> BoolArray:
        """The keys on which the melody may end."""
        if self.key is None:
            return self._keys
        pitch_classes = (np.arange(_VALUES) - _FIRST_KEY + LOWEST) % 12
        finals: BoolArray = self._keys & (
            pitch_classes == (self.key.pitch_class - self._shift) % 12
        )
        if not finals.any() and self._controls.tonic_end:
            raise UsageError(f"the range holds no {self.key.tonic} to end on; widen it")
        return finals
