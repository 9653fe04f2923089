"""The tokens of a line of music, as one regular expression (ABC 2.1, section 4).

Each alternative is a named group; `match.lastgroup` is the kind of the token. The order matters:
what is longer or more special stands first.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from typing import Final

from musicrnn.abc.syntax import limits
from musicrnn.abc.syntax.keys import ACCIDENTAL

__all__ = [
    "INNER",
    "LENGTH",
    "NOTE",
    "NOTE_PARTS",
    "OLD_CHORD",
    "TOKEN",
    "canonical_bar",
    "dots",
    "merged_bars",
    "read_length",
]

_LENGTH = r"\d*/*\d*"
_NOTE = (
    rf"(?P<accidental>{ACCIDENTAL}|)"
    r"(?P<step>[A-Ga-g])(?P<octave>[,']*)"
    rf"(?P<length>{_LENGTH})(?P<tie>\.?-|)"
)

#: what may stand inside a chord or among grace notes
INNER: Final = re.compile(
    rf"(?P<note>{_NOTE})|(?P<skip>[ \t`()<>]+|\"[^\"\n]*\")"
    r"|(?P<mark>![^!\s|\[\]]{1,40}!|\+[a-z]{2,40}\+|[.~H-WYh-w])"
    r"|(?P<close>[\]}|])|(?P<open>\[)|(?P<other>[^\n])"
)
#: what may follow the ] of a chord
LENGTH: Final = re.compile(rf"({_LENGTH})(\.?-|)")

#: the notes of a chord of ABC 1 (``+CEG+``), and its length
OLD_CHORD: Final = re.compile(
    rf"\+(?P<notes>(?:{ACCIDENTAL}?[A-Ga-g][,']*{_LENGTH}\.?-?)+)\+(?P<after>{_LENGTH}\.?-?)"
)

#: a note, which most tokens are, and the space behind it
NOTE: Final = re.compile(
    rf"(?:{ACCIDENTAL}|)[A-Ga-g][,']*{_LENGTH}(?:\.?-|)(?P<space>[ \t\u00a0]*)"
)
#: its parts
NOTE_PARTS: Final = re.compile(_NOTE)

TOKEN: Final = re.compile(
    rf"(?P<note>{_NOTE})"
    r"|(?P<space>[ \t\u00a0]+)"
    # Bar lines have any shape in the wild: dots, thin (|) and thick ([ or ]) lines in a row. A [
    # belongs to the bar line only where a thin line or ] follows; else it opens something.
    r"|(?P<bar>\.?(?::*\[?\|(?:\||\]|\[(?=\|))*:*|::+))"
    r"|(?P<ending>\[[ \t]?(?P<numbers>\d[\d,\-]*)(?:\.(?=[ \t]))?)"
    r"|(?P<inline>\[(?P<letter>[A-Za-z]):(?P<value>[^\[\]]*)\])"
    r"|(?P<chord>\[)"
    rf"|(?P<rest>(?P<kind>[zx])(?P<rest_length>{_LENGTH}))"
    r"|(?P<broken>>+|<+)"
    r"|(?P<tuplet>\((?P<p>\d+)(?::(?P<q>\d*))?(?::(?P<r>\d*))?)"
    r"|(?P<slur>\.?\(|\.?\))"
    r'|(?P<quote>"(?P<quoted>[^"]*)")'
    r"|(?P<grace>\{(?P<slash>/?)(?P<graces>[^{}]*)\})"
    r"|(?P<decoration>!(?P<name>[^!\s|\[\]:\"]{1,40})!)"
    r"|(?P<plus>\+(?P<plus_name>[^+\s|\[\]:\"]{1,40})\+)"
    r"|(?P<staccato>\.)"
    r"|(?P<tie_alone>-)"
    r"|(?P<symbol>[~H-WYh-w])"
    r"|(?P<multirest>[ZX](?P<bars>\d*))"
    r"|(?P<spacer>y(?P<width>\d*))"
    r"|(?P<overlay>&)"
    r"|(?P<backquote>`+)"
    r"|(?P<break>[!$])"
    r"|(?P<number>(?P<ordinal>\d[\d,\-]*)(?:\.(?=[ \t]))?)"
    r"|(?P<reserved>[#*;?@])"
    r"|(?P<open>[\"{])"
    r"|(?P<other>.)",
    re.DOTALL,
)

_ONE = Fraction(1)


@lru_cache(maxsize=4096)
def read_length(text: str) -> Fraction | None:
    """The length that ``3/2``, ``/``, ``//`` or ``2`` after a note means; None past the limits."""
    if not text:
        return _ONE
    above, slashes, below = _parts(text)
    if len(above) > 6 or len(below) > 6 or slashes > 10:
        return None
    top = int(above or 1)
    bottom = int(below) if below else 1
    if slashes:
        # // is a quarter (4.3); abc2midi and others read //3 as /3 after a half
        bottom *= 1 << (slashes if not below else slashes - 1)
    if not 0 < top <= limits.LENGTH or not 0 < bottom <= limits.LENGTH:
        return None
    return Fraction(top, bottom)


def _parts(text: str) -> tuple[str, int, str]:
    above, slash, rest = text.partition("/")
    below = rest.lstrip("/")
    return above, len(slash) + len(rest) - len(below), below


@lru_cache(maxsize=1024)
def canonical_bar(text: str) -> str:
    """The canonical shape of a bar line written in any way (4.8)."""
    dotted = text.startswith(".")
    before = len(text.lstrip(".")) - len(text.lstrip(".").lstrip(":"))
    core = text.lstrip(".").strip(":")
    after = len(text) - len(text.rstrip(":")) if core else 0
    if not core:  # only dots: "::" is ":|" and "|:"
        return "::" if before <= 2 else ":" * (before // 2) + "|" + ":" * (before - before // 2)
    before, after = min(before, limits.ENDING), min(after, limits.ENDING)
    if before and after:
        return "::" if before == after == 1 else ":" * before + "|" + ":" * after
    if before:
        return ":" * before + "|"
    if after:
        return "|" + ":" * after
    if core == "[|]":
        return "[|]"
    if core == "|":
        return ".|" if dotted else "|"
    if core.endswith("]"):
        return "|]"
    return "[|" if core.startswith("[") or core.endswith("[|") else "||"


@lru_cache(maxsize=256)
def merged_bars(first: str, second: str) -> str:
    """The one bar line that two canonical ones with nothing between them are: ``:|`` and ``|:``
    are ``::``."""
    ends = max(dots(first)[0], dots(second)[0])
    starts = max(dots(first)[1], dots(second)[1])
    if ends or starts:
        return canonical_bar(":" * ends + "|" + ":" * starts)
    if "[|]" in (first, second):
        return second if first == "[|]" else first
    return canonical_bar(first.strip(".") + second.strip("."))


@lru_cache(maxsize=256)
def dots(kind: str) -> tuple[int, int]:
    """How many dots stand before and after the lines of a canonical bar line."""
    if kind == "::":
        return 1, 1
    return len(kind) - len(kind.lstrip(":")), len(kind) - len(kind.rstrip(":"))
