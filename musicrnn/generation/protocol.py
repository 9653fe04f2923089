"""What the ways of using a model ask of it, so that they need not know `Model`, which uses them."""

from __future__ import annotations

from typing import Protocol

from musicrnn.constraints.registry import Rules
from musicrnn.sampling import Engine
from musicrnn.tokens import Tokenizer

__all__ = ["WritingModel"]


class WritingModel(Protocol):
    """A model that tunes can be drawn from."""

    @property
    def name(self) -> str:
        """The model's name."""
        ...

    @property
    def tokenizer(self) -> Tokenizer:
        """How it spells pieces as ids."""
        ...

    @property
    def rules(self) -> Rules:
        """What its pieces are held to."""
        ...

    @property
    def engine(self) -> Engine:
        """The network, ready to step."""
        ...
