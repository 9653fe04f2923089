"""The tokenizers by name; a module is imported when its tokenizer is asked for."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from typing import Any, get_args, get_type_hints

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
    chosen: type[Tokenizer] = getattr(importlib.import_module(module), attribute)
    return chosen


def learn(name: str, pieces: Iterable[Piece], **options: Any) -> Tokenizer:
    """The tokenizer `name` with the vocabulary that occurs in `pieces`."""
    kind = tokenizer_class(name)
    _check(kind, options)
    return kind.learn(pieces, **options)


def from_config(config: dict[str, Any], vocabulary: Vocabulary) -> Tokenizer:
    """The tokenizer that a bundle's ``tokenizer`` section and vocabulary describe."""
    if "name" not in config:
        raise ModelError("the tokenizer section has no name; install or train the model again")
    kind = tokenizer_class(str(config["name"]))
    try:
        _check(kind, {name: value for name, value in config.items() if name != "name"})
        return kind.from_config(config, vocabulary)
    except (UsageError, ArithmeticError) as error:
        raise ModelError(f"the tokenizer of the model: {error}; train it again") from error


def _check(kind: type[Tokenizer], options: Mapping[str, Any]) -> None:
    """Raise `UsageError` for an option that a tokenizer has not, or of another type."""
    known: dict[str, Any] = {}
    for function in (kind.__init__, kind.learn):
        known |= get_type_hints(function)
    for name, value in options.items():
        if name in ("self", "vocabulary", "pieces", "options", "return") or name not in known:
            raise UsageError(f"[tokenizer] knows no {name!r}")
        allowed = get_args(known[name]) or (known[name],)
        number = float in allowed and type(value) is int
        if type(value) not in allowed and not number:
            raise UsageError(f"tokenizer.{name} cannot be {value!r}")
