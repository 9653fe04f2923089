"""The grammar of well-formed ABC, one token at a time."""
