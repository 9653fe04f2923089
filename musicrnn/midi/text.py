"""The text of MIDI files, whose encoding the standard leaves open (`musicrnn.encodings`)."""

from __future__ import annotations

from musicrnn.encodings import decode_as, is_utf8

__all__ = ["decode", "encode"]

#: Longer texts are cut.
_MOST_BYTES = 400


def decode(text: bytes, encoding: str) -> str:
    """One line without control characters: as UTF-8 or, where it is not, by `encoding`."""
    cut = len(text) > _MOST_BYTES
    text = text[:_MOST_BYTES]
    decoded = decode_as(text, "utf-8" if is_utf8(text, cut=cut) else encoding)
    if decoded.isprintable():
        return decoded
    return "".join(c if c.isprintable() else " " for c in decoded)


def encode(text: str) -> bytes:
    """The bytes of a text event: UTF-8, of which ASCII is a part."""
    return text.encode("utf-8", "replace")
