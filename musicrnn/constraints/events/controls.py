"""What may come next in a melody of events: bars filled, range, scale, a last note at rest.

Here stand what is asked for and what is the same for every tokenizer of MIDI; `events_piano` and
`events_jazz` say which token may stand where. They are certain for any weights, because a token
is only offered when the piece can still be finished as asked after it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Generic, Protocol, Self, TypeVar

import numpy as np
import numpy.typing as npt

from musicrnn.abc.syntax.keys import parse_key
from musicrnn.constraints.abc.controls import parse_note
from musicrnn.errors import UsageError
from musicrnn.piece import Piece
from musicrnn.score import Key, KeyChange, Score, TempoChange
from musicrnn.theory.chords import parse_progression
from musicrnn.theory.instruments import instrument_range
from musicrnn.tokens import Tokenizer

__all__ = ["DEFAULT_BARS", "MOST_BARS", "EventControls", "MelodyConstraint"]

BoolArray = npt.NDArray[np.bool_]

DEFAULT_BARS, MOST_BARS = 16, 1024


@dataclass(frozen=True, slots=True)
class EventControls:
    """What is asked of a melody; every control that is set is kept exactly.

    `bars` counts all bars, those of `prime` included. `lowest` and `highest` are MIDI numbers.
    `in_scale` is the least share of notes that belong to the key. With `rest_end` the last note
    is the tonic of the key or, over chords, a chord tone. Build one with `EventControls.of`.
    """

    key: Key | None = None
    bars: int | None = None
    chords: str | None = None
    prime: Score | None = None
    lowest: int | None = None
    highest: int | None = None
    in_scale: float = 0.0
    rest_end: bool = True
    tempo: Fraction | None = None
    title: str = ""

    @classmethod
    def of(
        cls,
        *,
        key: str | Key | None = None,
        bars: int | Sequence[int] | None = None,
        chords: str | None = None,
        prime: str | bytes | Score | None = None,
        instrument: str | None = None,
        lowest: str | int | None = None,
        highest: str | int | None = None,
        in_scale: float | bool | None = None,
        tonic_end: bool | None = None,
        tempo: str | int | None = None,
        title: str | None = None,
    ) -> Self:
        """Controls from what a user types; `prime` is a MIDI file, its bytes or a `Score`,
        `instrument` sets the range where it is not set itself.

        Raises `UsageError` for values that make no sense, `MidiError` for a damaged prime.
        """
        if bars is not None and not isinstance(bars, int):
            if len(bars) != 1:
                raise UsageError("a MIDI melody has one number of bars, not one for each part")
            bars = bars[0]
        if bars is not None and not 1 <= bars <= MOST_BARS:
            raise UsageError(f"{bars} bars; choose 1 to {MOST_BARS}")
        if in_scale is not None and not 0 <= in_scale <= 1:
            raise UsageError(f"a share of {in_scale} of the notes; choose 0 to 1")
        if chords is not None:
            parse_progression(chords)
        if instrument is not None:
            usual = instrument_range(instrument)
            lowest = usual[0] if lowest is None else lowest
            highest = usual[1] if highest is None else highest
        return cls(
            key=parse_key(key) if isinstance(key, str) else key,
            bars=bars,
            chords=chords,
            prime=_prime(prime),
            lowest=parse_note(lowest) if isinstance(lowest, str) else lowest,
            highest=parse_note(highest) if isinstance(highest, str) else highest,
            in_scale=float(in_scale or 0.0),
            rest_end=tonic_end is not False,
            tempo=_tempo(tempo),
            title=title or "",
        )

    def finished(self, score: Score, *, key: Key | None) -> Score:
        """A decoded score with what was asked of it as a whole."""
        changes: dict[str, Any] = {"title": self.title or score.title}
        if key is not None:
            changes["keys"] = (KeyChange(Fraction(0), key),)
        if self.tempo is not None:
            changes["tempos"] = (TempoChange(Fraction(0), self.tempo),)
        return replace(score, **changes)


def _prime(prime: str | bytes | Score | None) -> Score | None:
    if prime is None or isinstance(prime, Score):
        return prime
    if isinstance(prime, str) and not Path(prime).is_file():
        raise UsageError(f"--prime {prime}: there is no such MIDI file")
    from musicrnn import midi

    return midi.read(prime)


def _tempo(tempo: str | int | None) -> Fraction | None:
    """Quarter notes a minute from ``120`` or, as in ABC, ``1/4=120``."""
    if tempo is None:
        return None
    beat, equals, rate = str(tempo).partition("=")
    try:
        qpm = Fraction(rate) * Fraction(beat) * 4 if equals else Fraction(beat)
    except (ValueError, ZeroDivisionError):
        qpm = Fraction(0)
    if not 4 <= qpm <= 1000:
        raise UsageError(f"a tempo of {tempo}; write quarters a minute, such as 120 or 1/4=120")
    return qpm


# --- the constraint -----------------------------------------------------------------------------


class Line(Protocol):
    """One melody on its way (see `sampling.Constraint` for what its state tells)."""

    done: bool
    checkpoint: int
    masked: bool


LineT = TypeVar("LineT", bound=Line)


class MelodyConstraint(ABC, Generic[LineT]):
    """A `sampling.Constraint` on melodies of one tokenizer.

    A subclass calls `_begin` when it is ready, and says in `_row` what may come next, in `_move`
    what that changes, and in `_score` which notes the ids are.
    """

    #: What every melody begins with.
    prefix: tuple[int, ...]
    #: The key of what is written, if there is one.
    key: Key | None

    def __init__(self, tokenizer: Tokenizer, controls: EventControls, *, free: bool) -> None:
        self._vocabulary, self._controls, self._free = tokenizer.vocabulary, controls, free
        self._end = np.zeros(len(tokenizer.vocabulary), bool)
        self._end[tokenizer.end] = True

    def _begin(self, first: LineT) -> None:
        """Move `first` over the prefix; every melody starts from there."""
        self._first = first
        for token in self.prefix:
            self._move(first, token)

    @abstractmethod
    def _row(self, line: LineT) -> BoolArray:
        """(V,): what may come next."""

    @abstractmethod
    def _move(self, line: LineT, token: int) -> None:
        """Move `line` over a token that may come next."""

    @abstractmethod
    def _score(self, ids: Sequence[int], number: int) -> Score:
        """The notes of all ids, the prefix's included."""

    def start(self, batch: int) -> list[LineT]:
        """The states after the prime."""
        return [copy(self._first) for _ in range(batch)]

    def mask(self, states: Sequence[LineT]) -> BoolArray:
        """(batch, V): what may come next."""
        return np.stack([self._row(line) for line in states])

    def advance(self, states: Sequence[LineT], ids: Sequence[int]) -> None:
        """Move each state over its token. Raises `UsageError` for one that its mask forbids."""
        for line, token in zip(states, ids, strict=True):
            if not self._row(line)[token]:
                raise UsageError(f"{self._vocabulary.tokens[token]!r} cannot stand here")
            self._move(line, int(token))

    def piece(self, state: LineT, ids: Sequence[int], *, number: int = 1) -> Piece:
        """The melody, the prime before it, with what was asked of it as a whole."""
        score = self._controls.finished(self._score([*self.prefix, *ids], number), key=self.key)
        return Piece(
            "midi",
            score,
            title=score.title,
            key=str(self.key) if self.key else "",
            meter=str(score.meters[0].meter),
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
            f"the prime has {whole} bars and {controls.bars} are asked for in all; ask for more"
        )
    return tuple(ids[:kept])
