"""Text to tree and back: characters, tokens, fields, keys, music."""
