"""The tokenizers by name; a module is imported when its tokenizer is asked for."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import Any

from musicrnn.errors import ModelError, UsageError
from musicrnn.piece import Piece
from musicrnn.tokens.protocol import Tokenizer
from musicrnn.tokens.vocabulary import Vocabulary

__all__ = ["TOKENIZERS", "from_config", "learn", "tokenizer_class"]

#: name → (module, class)
TOKENIZERS = {
    "char": ("musicrnn.tokens.char", "CharTokenizer"),
    "piano": ("musicrnn.tokens.piano", "PianoTokenizer"),
    "jazz": ("musicrnn.tokens.jazz", "JazzTokenizer"),
    "voices": ("musicrnn.tokens.voices", "VoicesTokenizer"),
    "remi": ("musicrnn.tokens.midi_tokens", "RemiTokenizer"),
    "performance": ("musicrnn.tokens.midi_tokens", "PerformanceTokenizer"),
}


def tokenizer_class(name: str) -> type[Tokenizer]:
    """The class of that name. Raises `UsageError` for a name that is not in the table."""
    if name not in TOKENIZERS:
        raise UsageError(f"no tokenizer {name!r}; there are {', '.join(TOKENIZERS)}")
    module, attribute = TOKENIZERS[name]
    found: type[Tokenizer] = getattr(importlib.import_module(module), attribute)
    return found


def learn(name: str, pieces: Iterable[Piece], **options: Any) -> Tokenizer:
    """The tokenizer `name` with the vocabulary that occurs in `pieces`."""
    return tokenizer_class(name).learn(pieces, **options)


def from_config(config: dict[str, Any], vocabulary: Vocabulary) -> Tokenizer:
    """The tokenizer that a bundle's ``tokenizer`` section and vocabulary describe."""
    if "name" not in config:
        raise ModelError("the tokenizer section has no name; install or train the model again")
    return tokenizer_class(str(config["name"])).from_config(config, vocabulary)
