"""What every tokenizer offers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, Self, runtime_checkable

from musicrnn.piece import Piece
from musicrnn.tokens.features import Features
from musicrnn.tokens.vocabulary import Vocabulary

__all__ = ["Tokenizer"]


@runtime_checkable
class Tokenizer(Protocol):
    """A two-way map between pieces of one format and ids of one vocabulary.

    `encode` is total on the pieces of its own domain and `decode` on every sequence of ids;
    `decode(encode(piece))` has the content of `piece` in its canonical form.
    """

    @property
    def name(self) -> str:
        """The name in the registry: ``"char"``, ``"piano"``, ``"jazz"``."""
        ...

    @property
    def format(self) -> str:
        """The format of the pieces: ``"abc"``, ``"midi"`` or ``"text"``."""
        ...

    @property
    def vocabulary(self) -> Vocabulary:
        """The map token ↔ id."""
        ...

    @property
    def end(self) -> int:
        """The id that a model is started with and that ends a piece."""
        ...

    @property
    def features(self) -> Features | None:
        """What a network is told beside each token (`tokens.features`); None: nothing."""
        ...

    @classmethod
    def learn(cls, pieces: Iterable[Piece], **options: Any) -> Self:
        """The tokenizer whose vocabulary holds what occurs in `pieces`; reads them once."""
        ...

    def encode(self, piece: Piece) -> list[int]:
        """The ids of one piece, without the end token at its edges.

        Raises `VocabularyError` for a token that the vocabulary lacks and `UsageError` for a
        piece of another format.
        """
        ...

    def decode(self, ids: Iterable[int]) -> Piece:
        """The piece that `ids` spell; end tokens at the edges are ignored."""
        ...

    def to_config(self) -> dict[str, Any]:
        """What `registry.from_config` needs beside the vocabulary; plain JSON values."""
        ...

    @classmethod
    def from_config(cls, config: dict[str, Any], vocabulary: Vocabulary) -> Self:
        """The inverse of `to_config`."""
        ...
