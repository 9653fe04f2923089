"""The order of parts that a ``P:`` in the header asks for (ABC 2.1, 3.1.9)."""

from __future__ import annotations

import re
from typing import Final

from musicrnn.abc.syntax import limits
from musicrnn.errors import AbcError

__all__ = ["expand_parts", "order_of_parts"]

_TOKEN: Final = re.compile(r"(?P<part>[A-Z])|(?P<open>\()|(?P<close>\))|(?P<times>\d+)|[\s.,]+")


#: a word that an order of parts may hold
_WORD: Final = re.compile(r"[A-Z\d().,]+")


def order_of_parts(value: str) -> tuple[str, tuple[str, ...]]:
    """The order in the value of a ``P:``, and the words in it that mean nothing (``Play AAB``)."""
    words = value.split()
    named = [word for word in words if _WORD.fullmatch(word)]
    if not any(character.isupper() for word in named for character in word):
        return value, ()
    return " ".join(named), tuple(word for word in words if not _WORD.fullmatch(word))


def expand_parts(text: str) -> str:
    """The parts in the order of play: ``((AB)2.C)2`` is ``ABABCABABC``.

    Raises AbcError for what is not an order of parts, and past `limits.PARTS` (a nested repeat
    grows exponentially).
    """
    levels: list[list[str]] = [[]]
    sizes = [0]  # parts in each open level
    last = ""  # what a number would repeat
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise AbcError(f"{text[at]!r} is neither a part (A, B, …) nor a number")
        at = token.end()
        if token["part"]:
            last = token["part"]
            levels[-1].append(last)
            sizes[-1] += 1
        elif token["open"]:
            levels.append([])
            sizes.append(0)
            last = ""
        elif token["close"]:
            if len(levels) == 1:
                raise AbcError("a ) has no (")
            last = "".join(levels.pop())
            levels[-1].append(last)
            sizes[-2:] = [sum(sizes[-2:])]
        elif token["times"]:
            times = int(token["times"][:6])
            if not last or not times > 0:
                raise AbcError(f"nothing to play {token['times'][:6]} times")
            if times * len(last) > limits.PARTS:
                raise AbcError(f"more than {limits.PARTS} parts")
            levels[-1].append(last * (times - 1))
            sizes[-1] += len(last) * (times - 1)
            last = ""
        if sizes[-1] > limits.PARTS:
            raise AbcError(f"more than {limits.PARTS} parts")
    if len(levels) > 1:
        raise AbcError("a ( has no )")
    return "".join(levels[0])
