"""The constraint that goes with each tokenizer of MIDI."""

from __future__ import annotations

from typing import Any

from musicrnn.constraints.events.controls import EventControls
from musicrnn.constraints.events.jazz import JazzConstraint
from musicrnn.constraints.events.piano import PianoConstraint
from musicrnn.errors import UsageError
from musicrnn.tokens import Tokenizer
from musicrnn.tokens.jazz import JazzTokenizer
from musicrnn.tokens.piano import PianoTokenizer

__all__ = ["EventConstraint"]


class EventConstraint:
    """Makes the constraint that goes with a tokenizer of MIDI."""

    @staticmethod
    def of(tokenizer: Tokenizer, controls: EventControls, *, free: bool = False) -> Any:
        """The constraint; with `free` only the number of bars is kept.

        Raises `UsageError` when no melody can be written as asked.
        """
        if isinstance(tokenizer, PianoTokenizer):
            if controls.chords is not None:
                raise UsageError("this model does not play over chords; choose --model jazz")
            return PianoConstraint(tokenizer, controls, free=free)
        if isinstance(tokenizer, JazzTokenizer):
            if controls.in_scale:
                raise UsageError(
                    "this model plays over chords and knows no scale; choose --model piano"
                )
            return JazzConstraint(tokenizer, controls, free=free)
        raise UsageError(f"the tokenizer {tokenizer.name!r} does not write MIDI")
