"""The value of a ``V:`` field: the voice that it names, and its properties (2.1, section 7.1)."""

from __future__ import annotations

import re
from typing import Final

from musicrnn.abc.syntax.keys import read_key
from musicrnn.abc.syntax.text import decode_escapes

__all__ = ["clef_words", "split_voice", "voice_name"]

_VOICE: Final = re.compile(r"\s*(\S+)\s*(.*)", re.DOTALL)
_PROPERTY: Final = re.compile(r"([A-Za-z]+)\s*=\s*(\"[^\"]*\"|\S+)")


def split_voice(value: str) -> tuple[str, str]:
    """The id of the voice and its properties as they are written; both "" where it names none."""
    match = _VOICE.match(value)
    return (match[1], match[2]) if match else ("", "")


def voice_name(properties: str) -> str:
    """What stands before the staff of a voice, "" where its properties do not say."""
    names = [
        decode_escapes(value.strip('"'))
        for name, value in _PROPERTY.findall(properties)
        if name in ("name", "nm")
    ]
    return names[-1] if names else ""


def clef_words(properties: str) -> str:
    """The part of a ``V:`` that a ``K:`` may hold too: clef, octave, transposition."""
    words = [
        f"{name}={value}"
        for name, value in _PROPERTY.findall(properties)
        if name in ("clef", "octave", "transpose", "t", "middle", "m")
    ]
    bare = [word for word in _PROPERTY.sub(" ", properties).split() if _is_clef(word)]
    return " ".join([*bare, *words])


def _is_clef(word: str) -> bool:
    field = read_key(f"none {word}")
    return field is not None and not field.unknown
