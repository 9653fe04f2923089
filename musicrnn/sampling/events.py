"""What may come next in a melody of events: bars filled, range, scale, a last note at rest.

Two constraints behind one table, one for each tokenizer of MIDI. Both are certain for any
weights, because a token is only offered when the piece can still be finished as asked after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from musicrnn.abc.keys import parse_key
from musicrnn.errors import UsageError
from musicrnn.midi.chords import parse_progression
from musicrnn.piece import Piece
from musicrnn.sampling.controls import parse_note
from musicrnn.sampling.instruments import instrument_range
from musicrnn.score import Key, KeyChange, Score, TempoChange
from musicrnn.tokens import Tokenizer

__all__ = ["DEFAULT_BARS", "MOST_BARS", "EventControls"]

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
