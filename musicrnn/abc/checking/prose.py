"""Lines of a text that are no music, set aside so that nobody mends them letter by letter."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from musicrnn.abc.syntax.parser import parse
from musicrnn.abc.syntax.text import strange_words
from musicrnn.abc.syntax.tune_reader import match_field

__all__ = ["mask_prose", "unmask_prose"]

#: findings in a line, and their share of its characters, that make it prose rather than music
_PROSE, _PROSE_SHARE = 4, 0.12
_STRANGE: Final = frozenset(
    {
        "stray-character",
        "unknown-symbol",
        "old-symbol",
        "reserved-character",
        "unknown-decoration",
        "bad-ending",
    }
)
_NOTE: Final = re.compile("[A-Ga-gxzXZ]")
#: a line of prose while the music around it is repaired: a remark
_MASK: Final = "%\x01{}\x01"
_MASKED: Final = re.compile("%\x01(\\d+)\x01")


def mask_prose(text: str) -> tuple[str, list[str]]:
    """The text with the lines that are no music masked as remarks, and those lines."""
    strange: Counter[int] = Counter()
    for fault in parse(text).diagnostics:
        if fault.code in _STRANGE:
            strange[fault.line] += 1
    lines = text.split("\n")
    prose: list[str] = []
    if _MASKED.search(text):
        return text, prose
    ended = after_prose = False  # whether the music ended above, and prose began
    for number, line in enumerate(lines):
        count = strange[number + 1]
        if not line.strip() or line.startswith("%") or match_field(line, 0, len(line)):
            ended = after_prose = False if not line.strip() else ended
            continue
        words, others = strange_words(line)
        alien = count >= _PROSE and count >= _PROSE_SHARE * len(line)
        alien |= count > 0 and "|" not in line and others > 0 and 2 * others >= words
        alien |= ended and not _NOTE.search(line)
        alien |= after_prose and count > 0
        if alien:
            lines[number] = _MASK.format(len(prose))
            prose.append(line)
        ended, after_prose = ended or line.rstrip().endswith("|]"), alien and ended
    return "\n".join(lines), prose


def unmask_prose(text: str, prose: list[str]) -> str:
    """The masked lines put back."""
    return _MASKED.sub(lambda match: prose[int(match[1])], text) if prose else text
