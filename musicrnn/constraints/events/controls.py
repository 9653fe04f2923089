"""What may come next in a melody of events: bars filled, range, scale, a last note at rest.

Here are the controls and what is common to all tokenizers of MIDI; `piano`, `jazz` and
`token_graph` say which token may come where. The controls are kept under any weights, because a
token is only offered if the piece can still be finished as asked after it.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Self, Unpack

import numpy as np

from musicrnn import abc
from musicrnn.constraints.controls import ControlOptions, parse_controls
from musicrnn.constraints.lines import LineConstraint, LineT
from musicrnn.errors import UsageError, counted
from musicrnn.piece import Piece
from musicrnn.score import Key, KeyChange, Score, TempoChange
from musicrnn.theory.instruments import instrument_range
from musicrnn.tokens import Tokenizer

__all__ = ["DEFAULT_BARS", "MOST_BARS", "EventControls", "MelodyConstraint"]


DEFAULT_BARS, MOST_BARS = 16, 1024


@dataclass(frozen=True, slots=True)
class EventControls:
    """What is asked of a melody; every control that is set is kept exactly.

    `bars` counts all bars, those of `prime` included. `lowest` and `highest` are MIDI numbers.
    `in_scale` is the least share of notes that belong to the key. With `tonic_end` the last note
    is the tonic of the key or, over chords, a chord tone. Build one with `EventControls.of`.
    """

    key: Key | None = None
    bars: int | None = None
    chords: str | None = None
    prime: Score | None = None
    lowest: int | None = None
    highest: int | None = None
    in_scale: float = 0.0
    tonic_end: bool = True
    tempo: Fraction | None = None
    title: str = ""

    @classmethod
    def of(cls, **asked: Unpack[ControlOptions]) -> Self:
        """Controls from text or values; `prime` is ABC text, the bytes of a MIDI file or a
        `Score`, `instrument` sets the range where it is not set itself.

        Raises `UsageError` for values that make no sense, `MidiError` for a damaged prime.
        """
        return cls.of_values(parse_controls(asked, "midi"))

    @classmethod
    def of_values(cls, values: Mapping[str, Any]) -> Self:
        """Controls from parsed values, as `parse_controls` gives them."""
        given = dict(values)
        if "bars" in given:
            numbers = given["bars"]
            if len(numbers) != 1:
                raise UsageError("a MIDI melody has one number of bars, not one for each part")
            given["bars"] = numbers[0]
            if not 1 <= numbers[0] <= MOST_BARS:
                raise UsageError(f"{numbers[0]} bars; choose 1 to {MOST_BARS}")
        if "instrument" in given:
            low, high = instrument_range(given.pop("instrument"))
            given = {"lowest": low, "highest": high} | given
        if "tempo" in given:
            given["tempo"] = given["tempo"].qpm
        if "prime" in given:
            given["prime"] = _score_of(given["prime"])
        return cls(**given)

    def finished(self, score: Score, *, key: Key | None) -> Score:
        """A decoded score with what was asked of it as a whole."""
        changes: dict[str, Any] = {"title": self.title or score.title}
        if key is not None:
            changes["keys"] = (KeyChange(Fraction(0), key),)
        if self.tempo is not None:
            changes["tempos"] = (TempoChange(Fraction(0), self.tempo),)
        return replace(score, **changes)


def _score_of(prime: str | bytes | Score) -> Score:
    """The notes of ABC text or of the bytes of a MIDI file. Raises `UsageError` for mere drums."""
    if isinstance(prime, bytes):
        from musicrnn import midi

        prime = midi.read(prime)
    score = prime if isinstance(prime, Score) else abc.to_score(abc.parse_tune(prime))
    if score.notes and all(score.parts[note.part].drums for note in score.notes):
        raise UsageError("the prime is nothing but percussion, which has no melody")
    return score


# --- the constraint -----------------------------------------------------------------------------


class MelodyConstraint(LineConstraint[LineT]):
    """A `sampling.Constraint` on melodies of one tokenizer.

    A subclass calls `_begin` when it is ready, and says in `_score` which notes the ids are.
    """

    #: The key of what is written, if there is one.
    key: Key | None

    def __init__(self, tokenizer: Tokenizer, controls: EventControls, *, free: bool) -> None:
        self._tokens, self._controls, self._free = tokenizer.vocabulary.tokens, controls, free
        self._end = np.zeros(len(tokenizer.vocabulary), bool)
        self._end[tokenizer.end] = True

    @classmethod
    def of(cls, tokenizer: Any, controls: EventControls, *, free: bool = False) -> Self:
        """The constraint; with `free` only the number of bars is kept.

        Raises `UsageError` when no melody can be written as asked.
        """
        return cls(tokenizer, controls, free=free)

    def _begin(self, first: LineT) -> None:
        """Move `first` over the prefix; every melody starts from there."""
        self._first = first
        for token in self.prefix:
            self._move(first, token)

    @abstractmethod
    def _score(self, ids: Sequence[int], number: int) -> Score:
        """The notes of all ids, the prefix's included."""

    def piece(self, state: LineT, ids: Sequence[int], *, number: int = 1) -> Piece:
        """The melody, the prime before it, with what was asked of it as a whole."""
        score = self._controls.finished(self._score([*self.prefix, *ids], number), key=self.key)
        return Piece(
            "midi",
            score,
            title=score.title,
            key=str(self.key) if self.key else "",
            meter=str(score.meter),
        )


def primed(
    tokenizer: Tokenizer, controls: EventControls, bar: int, lengths: Sequence[int]
) -> tuple[int, ...]:
    """The ids of the prime, cut to whole bars of `bar` units; `lengths` is each id's in units.

    Raises `UsageError` when it leaves no bar to write.
    """
    if controls.prime is None:
        return ()
    ids = tokenizer.encode(Piece("midi", controls.prime))
    kept, at, whole = 0, 0, 0
    for i, token in enumerate(ids, 1):
        at += lengths[token]
        if at % bar == 0:
            kept, whole = i, at // bar
    if controls.bars is not None and whole >= controls.bars:
        raise UsageError(
            f"the prime has {counted(whole, 'bar')} and {controls.bars} are asked for in all; "
            "ask for more"
        )
    return tuple(ids[:kept])
