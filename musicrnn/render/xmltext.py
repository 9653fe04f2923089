"""Text of strangers inside XML: a title may hold characters that no XML document can."""

from __future__ import annotations

import html
import re

__all__ = ["escaped", "legal"]

#: what is not a Char of XML 1.0, section 2.2: control characters, lone surrogates, noncharacters
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def legal(text: str) -> str:
    """The text without the characters that XML cannot hold."""
    return _ILLEGAL.sub("", text)


def escaped(text: str) -> str:
    """The text as it stands in an element or a quoted attribute."""
    return html.escape(legal(text))
