"""The saved, hashed, sorted map token ↔ id.

A model is only meaningful with the vocabulary it was trained with, so both live in one bundle
and the bundle's configuration names the vocabulary's `digest`.

>>> vocabulary = Vocabulary.learn(["DAB", "BAD"], specials=(END,))
>>> vocabulary.tokens
('<end>', 'A', 'B', 'D')
>>> vocabulary.encode("BAD")
[2, 1, 3]
>>> "".join(vocabulary.decode([2, 1, 3]))
'BAD'
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

from musicrnn.errors import ModelError, VocabularyError
from musicrnn.stored import from_json

__all__ = ["END", "UNKNOWN", "Vocabulary"]

#: Stands at both edges of a piece: what a model is started with and what it ends with.
END = "<end>"
#: What an unknown token becomes in vocabularies that have it.
UNKNOWN = "[UNK]"


class Vocabulary:
    """An immutable map between tokens (strings) and ids 0 … n-1.

    Specials stand first, in the order given; all other tokens follow in code point order, so the
    ids do not depend on the order of the data or on the hash seed.
    """

    def __init__(self, tokens: Iterable[str], *, specials: Sequence[str] = ()) -> None:
        self.specials = tuple(specials)
        self.tokens = self.specials + tuple(sorted(set(tokens) - set(self.specials)))
        self._ids = {token: i for i, token in enumerate(self.tokens)}
        if not self.tokens:
            raise VocabularyError("a vocabulary needs at least one token")

    # --- building -------------------------------------------------------------------------

    @classmethod
    def learn(
        cls, sequences: Iterable[Iterable[str]], *, specials: Sequence[str] = ()
    ) -> Vocabulary:
        """The vocabulary of all tokens that occur in `sequences` (a string is its characters)."""
        return cls({token for sequence in sequences for token in sequence}, specials=specials)

    def extended(self, tokens: Iterable[str]) -> tuple[str, ...]:
        """The tokens, sorted, that `tokens` has and this vocabulary lacks."""
        return tuple(sorted(set(tokens) - set(self.tokens)))

    # --- encoding and decoding ------------------------------------------------------------

    def __len__(self) -> int:
        return len(self.tokens)

    def __contains__(self, token: object) -> bool:
        return token in self._ids

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and self.tokens == other.tokens

    def __hash__(self) -> int:
        return hash(self.tokens)

    def id(self, token: str) -> int:
        """The id of one token; the unknown id where there is one, else `VocabularyError`."""
        number = self._ids.get(token, self._ids.get(UNKNOWN))
        if number is None:
            raise VocabularyError(f"the model does not know {token!r}; it knows {len(self)} tokens")
        return number

    def encode(self, tokens: Iterable[str]) -> list[int]:
        """Tokens → ids. Raises `VocabularyError` for a token that is not known."""
        return [self.id(token) for token in tokens]

    def decode(self, ids: Iterable[int]) -> list[str]:
        """Ids → tokens. Raises `VocabularyError` for an id out of range."""
        tokens = []
        for i in ids:
            if not 0 <= i < len(self.tokens):
                raise VocabularyError(f"id {i} is outside the vocabulary of {len(self)} tokens")
            tokens.append(self.tokens[i])
        return tokens

    # --- saving ---------------------------------------------------------------------------

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the tokens in order, as 64 hexadecimal digits."""
        return hashlib.sha256(json.dumps(self.tokens).encode()).hexdigest()

    def to_json(self) -> str:
        """The JSON text that `from_json` reads; the same vocabulary gives the same bytes."""
        content = {
            "digest": self.digest,
            "specials": self.specials,
            "tokens": self.tokens[len(self.specials) :],
        }
        return json.dumps(content, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str, *, file: str | Path = "vocabulary.json") -> Vocabulary:
        """The inverse of `to_json`. Raises `ModelError` for damaged or altered text."""
        try:
            content = from_json(text)
            vocabulary = cls(
                [str(token) for token in content["tokens"]],
                specials=[str(token) for token in content["specials"]],
            )
            digest = content["digest"]
        except (ValueError, KeyError, TypeError, VocabularyError) as error:
            raise ModelError(
                f"{file}: not a vocabulary; install or train the model again"
            ) from error
        if digest != vocabulary.digest:
            raise ModelError(
                f"{file}: altered since it was saved; install or train the model again"
            )
        return vocabulary
