"""Piece ↔ sequence of ids: what a model reads and writes.

A tokenizer holds a `Vocabulary` and knows one format. Ids never include the end token at the
edges of a piece; whoever feeds a model puts it there (`Tokenizer.end`).
"""

from musicrnn.tokens.char import CharTokenizer
from musicrnn.tokens.protocol import Tokenizer
from musicrnn.tokens.registry import TOKENIZERS, from_config, learn

__all__ = ["TOKENIZERS", "CharTokenizer", "Tokenizer", "from_config", "learn"]
