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
from musicrnn.tokens.abc_features import AbcFeatures
from musicrnn.tokens.abc_form import with_form, without_form
from musicrnn.tokens.model_text import (
    fields_of,
    from_model_text,
    header_of,
    to_model_text,
)
from musicrnn.tokens.tonic import canonical, sounded
from musicrnn.tokens.vocabulary import END, UNKNOWN, Vocabulary

__all__ = ["CharTokenizer"]

_FORMATS = ("abc", "text")
_OPTIONS = ("place", "one_tonic", "style", "form", "pickups", "brackets", "echoes")


class CharTokenizer:
    """Characters of the model text of a tune (see `abc_text`) or of plain text. With `place` a
    network is told where in its bar and section each stands (see `abc_features`), with `brackets`
    and `echoes` also what is open there and how earlier bars went on, with
    `one_tonic` all bodies are written on C (see `tonic`), with `style` the header names the
    tradition, with `form` it says the bars of each section and whether it is repeated (see
    `model_text`), and with `pickups` the pickup of each.

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
        one_tonic: bool = False,
        style: bool = False,
        form: bool = False,
        pickups: bool = False,
        brackets: bool = False,
        echoes: bool = False,
    ) -> None:
        if format not in _FORMATS:
            raise UsageError(f"characters are no tokens of {format!r}; choose abc or text")
        if END not in vocabulary:
            raise VocabularyError(f"a character vocabulary holds the token {END}; learn it again")
        if format != "abc" and (place or one_tonic or style or form or brackets or echoes):
            raise UsageError(
                "place, one_tonic, style, form, pickups, brackets and echoes are for abc, not for "
                f"{format}"
            )
        if pickups and not form:
            raise UsageError("pickups are told with the form; ask for form too")
        if (brackets or echoes) and not place:
            raise UsageError("brackets and echoes are told beside the place; ask for place too")
        self.vocabulary = vocabulary
        self.format = format
        self.place = place
        self.one_tonic = one_tonic
        self.style = style
        self.form = form
        self.pickups = pickups
        self.brackets = brackets
        self.echoes = echoes

    @property
    def end(self) -> int:
        """The id of the token that stands at both edges of a piece."""
        return self.vocabulary.id(END)

    @cached_property
    def features(self) -> AbcFeatures | None:
        """With `place`, where in its bar and section each character stands."""
        if not self.place:
            return None
        return AbcFeatures(
            self.vocabulary, form=self.form, brackets=self.brackets, echoes=self.echoes
        )

    @classmethod
    def learn(
        cls,
        pieces: Iterable[Piece],
        *,
        format: str = "abc",  # noqa: A002 - the term of the design
        unknown: bool = False,
        place: bool = False,
        one_tonic: bool = False,
        style: bool = False,
        form: bool = False,
        pickups: bool = False,
        brackets: bool = False,
        echoes: bool = False,
    ) -> Self:
        """A tokenizer of all characters in `pieces`; with `unknown`, others map to ``[UNK]``."""
        options: dict[str, Any] = {
            "format": format,
            "place": place,
            "one_tonic": one_tonic,
            "style": style,
            "form": form,
            "pickups": pickups,
            "brackets": brackets,
            "echoes": echoes,
        }
        specials = (END, UNKNOWN) if unknown else (END,)
        reader = cls(Vocabulary([], specials=specials), **options)
        return cls(Vocabulary.learn(map(reader.text, pieces), specials=specials), **options)

    @property
    def fields(self) -> tuple[str, ...]:
        """The letters of the header fields of a model text, in their order."""
        return fields_of(style=self.style, form=self.form)

    def text(self, piece: Piece) -> str:
        """What the ids of a piece spell: the model text of a tune, or the plain text.

        Raises `UsageError` for a piece of another format.
        """
        if piece.format != self.format or not isinstance(piece.content, str):
            raise UsageError(f"a tokenizer of {self.format} cannot read a piece of {piece.format}")
        if self.format == "text":
            return piece.content
        text = to_model_text(piece.content, fields_of(style=self.style, form=False))
        if self.form:
            text = with_form(text, pickups=self.pickups)
        return canonical(text)[0] if self.one_tonic else text

    def encode(self, piece: Piece) -> list[int]:
        """The ids of the characters of the model text."""
        return self.vocabulary.encode(self.text(piece))

    def encode_text(self, text: str) -> list[int]:
        """The ids of the characters of `text` as it stands: a prime, the start of a tune."""
        return self.vocabulary.encode(text)

    def decode(self, ids: Iterable[int]) -> Piece:
        """The piece spelled by `ids`; specials spell nothing."""
        text = self.decode_text(ids)
        if self.format == "text":
            return Piece("text", text)
        if self.one_tonic:
            text = sounded(text)
        if self.form:
            text = without_form(text)
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
        chosen = {option: True for option in _OPTIONS if getattr(self, option)}
        return {"name": self.name, "format": self.format, **chosen}

    @classmethod
    def from_config(cls, config: dict[str, Any], vocabulary: Vocabulary) -> Self:
        """The tokenizer that `to_config` described."""
        options = {name: config.get(name, False) for name in _OPTIONS}
        return cls(vocabulary, format=config.get("format", "abc"), **options)
