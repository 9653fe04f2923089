"""One character, one token: ABC tunes and plain text.

>>> piece = Piece("abc", "X:1\\nT:A Tune\\nM:6/8\\nL:1/8\\nK:D\\nDFA dAF|]\\n")
>>> tokenizer = CharTokenizer.learn([piece], format="abc")
>>> ids = tokenizer.encode(piece)
>>> tokenizer.decode(ids).content == piece.content
True
>>> tokenizer.end  # what stands before and after a piece
0
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any, Self

from musicrnn.errors import UsageError, VocabularyError
from musicrnn.piece import Piece
from musicrnn.tokens.abc_place import AbcFeatures
from musicrnn.tokens.model_text import from_model_text, header_of, to_model_text
from musicrnn.tokens.vocabulary import END, UNKNOWN, Vocabulary

__all__ = ["CharTokenizer"]

_FORMATS = ("abc", "text")


class CharTokenizer:
    """Characters of the model text of a tune (see `abc_text`) or of plain text. With `place` a
    network is told where in its bar and section each stands (see `abc_place`).

    The vocabulary is `END` (id 0), `UNKNOWN` where asked for (id 1), then the characters that
    the corpus holds, in code point order.
    """

    name = "char"

    def __init__(
        self,
        vocabulary: Vocabulary,
        *,
        format: str = "abc",  # noqa: A002 - the term of the design
        place: bool = False,
    ) -> None:
        if format not in _FORMATS:
            raise UsageError(f"characters are no tokens of {format!r}; choose abc or text")
        if END not in vocabulary:
            raise VocabularyError(f"a character vocabulary holds the token {END}; learn it again")
        if place and format != "abc":
            raise UsageError(f"the place in a piece is read from abc, not from {format}")
        self.vocabulary = vocabulary
        self.format = format
        self.place = place

    @property
    def end(self) -> int:
        """The id of the token that stands at both edges of a piece."""
        return self.vocabulary.id(END)

    @cached_property
    def features(self) -> AbcFeatures | None:
        """With `place`, where in its bar and section each character stands."""
        return AbcFeatures(self.vocabulary) if self.place else None

    @classmethod
    def learn(
        cls,
        pieces: Iterable[Piece],
        *,
        format: str = "abc",  # noqa: A002 - the term of the design
        unknown: bool = False,
        place: bool = False,
    ) -> Self:
        """A tokenizer of all characters in `pieces`; with `unknown`, others map to ``[UNK]``."""
        specials = (END, UNKNOWN) if unknown else (END,)
        texts = (_text(piece, format) for piece in pieces)
        return cls(Vocabulary.learn(texts, specials=specials), format=format, place=place)

    def encode(self, piece: Piece) -> list[int]:
        """The ids of the characters of the model text."""
        return self.vocabulary.encode(_text(piece, self.format))

    def encode_text(self, text: str) -> list[int]:
        """The ids of the characters of `text` as it stands: a prime, the start of a tune."""
        return self.vocabulary.encode(text)

    def decode(self, ids: Iterable[int]) -> Piece:
        """The piece spelled by `ids`; specials spell nothing."""
        text = self.decode_text(ids)
        if self.format == "text":
            return Piece("text", text)
        fields = header_of(text)
        return Piece(
            "abc",
            from_model_text(text),
            title=fields.get("T", ""),
            key=fields.get("K", ""),
            meter=fields.get("M", ""),
            rhythm=fields.get("R", ""),
        )

    def decode_text(self, ids: Iterable[int]) -> str:
        """The characters of `ids`, joined; specials spell nothing."""
        specials = self.vocabulary.specials
        return "".join(token for token in self.vocabulary.decode(ids) if token not in specials)

    def to_config(self) -> dict[str, Any]:
        """The tokenizer without its vocabulary, as JSON values."""
        config: dict[str, Any] = {"name": self.name, "format": self.format}
        return config | ({"place": True} if self.place else {})

    @classmethod
    def from_config(cls, config: dict[str, Any], vocabulary: Vocabulary) -> Self:
        """The tokenizer that `to_config` described."""
        return cls(vocabulary, format=config.get("format", "abc"), place=config.get("place", False))


def _text(piece: Piece, format: str) -> str:  # noqa: A002 - the term of the design
    if piece.format != format or not isinstance(piece.content, str):
        raise UsageError(f"a tokenizer of {format} cannot read a piece of {piece.format}")
    return to_model_text(piece.content) if format == "abc" else piece.content
