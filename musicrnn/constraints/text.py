"""Plain text: anything may come next, after a prime and up to a length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, Unpack

import numpy as np

from musicrnn.constraints.controls import ControlOptions, parse_controls
from musicrnn.constraints.lines import BoolArray, Line, LineConstraint
from musicrnn.errors import UsageError
from musicrnn.piece import Piece
from musicrnn.tokens.char import CharTokenizer
from musicrnn.tokens.vocabulary import UNKNOWN

__all__ = ["PlainConstraint", "PlainControls"]


@dataclass(frozen=True, slots=True)
class PlainControls:
    """`prime` is what the text starts with, `length` the most characters after it."""

    prime: str | None = None
    length: int = 1000

    def __post_init__(self) -> None:
        if self.length < 1:
            raise UsageError(f"the length is {self.length}; it must be 1 or more")

    @classmethod
    def of(cls, **asked: Unpack[ControlOptions]) -> Self:
        """Controls from what a user asked for; None is the default."""
        return cls.of_values(parse_controls(asked, "text"))

    @classmethod
    def of_values(cls, values: Mapping[str, Any]) -> Self:
        """Controls from parsed values, as `parse_controls` gives them."""
        return cls(**values)


@dataclass
class _Written(Line):
    """One text on its way: the number of characters so far."""

    characters: int = 0


class PlainConstraint(LineConstraint[_Written]):
    """Every token but the unknown one, until the text ends itself or is long enough."""

    def __init__(self, tokenizer: CharTokenizer, controls: PlainControls) -> None:
        self._tokenizer = tokenizer
        self._controls = controls
        self._end, self._tokens, self._first = (
            tokenizer.end,
            tokenizer.vocabulary.tokens,
            _Written(),
        )
        self.prefix = tuple(tokenizer.encode_text(controls.prime or ""))
        self._any = np.ones(len(tokenizer.vocabulary), np.bool_)
        if UNKNOWN in tokenizer.vocabulary:
            self._any[tokenizer.vocabulary.id(UNKNOWN)] = False
        self._last = np.zeros(len(tokenizer.vocabulary), np.bool_)
        self._last[self._end] = True

    @classmethod
    def of(
        cls,
        tokenizer: CharTokenizer,
        controls: PlainControls,
        *,
        free: bool = False,  # text is always free
    ) -> Self:
        """The constraint for a model with that tokenizer."""
        return cls(tokenizer, controls)

    def _row(self, line: _Written) -> BoolArray:
        """All but the unknown token; the end alone once the text is long enough."""
        return self._last if line.characters >= self._controls.length else self._any

    def _move(self, line: _Written, token: int) -> None:
        line.done = token == self._end
        line.characters += 1

    def piece(self, state: _Written, ids: Sequence[int], *, number: int = 1) -> Piece:
        """The text, the prime before it."""
        return self._tokenizer.decode([*self.prefix, *ids])
