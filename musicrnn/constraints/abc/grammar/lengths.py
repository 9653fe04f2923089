"""The time table: which spellings of a note's length fit into what is left of a bar.

Time is counted in ticks: the shortest length that the vocabulary can spell, so that all times
are whole numbers and any time left can be filled. While a length is being typed it may still
grow (``3`` → ``3/2``); the table tells, for each beginning of a spelling and each limit, whether
the note may stop there and which characters still lead to a length that fits.

Only lengths that one note head can show are offered: a power of two times 1, 3/2 or 7/4.
"""

from __future__ import annotations

from collections.abc import Container
from fractions import Fraction
from typing import NamedTuple

from musicrnn.errors import VocabularyError

__all__ = ["SPELLINGS", "LengthTable", "Limit"]

#: canonical spelling → length in units (see `musicrnn.abc.syntax.writer`)
SPELLINGS: dict[str, Fraction] = {
    "": Fraction(1),
    **{str(n): Fraction(n) for n in (2, 3, 4, 6, 7, 8, 12, 14, 16, 24)},
    "/": Fraction(1, 2),
    "/4": Fraction(1, 4),
    "3/2": Fraction(3, 2),
    "7/2": Fraction(7, 2),
    "3/4": Fraction(3, 4),
    "7/4": Fraction(7, 4),
}


class Limit(NamedTuple):
    """How long a note may be, in ticks: at most `most`, or exactly `exact`."""

    most: int
    exact: int = 0


class LengthTable:
    """The spellings that `characters` allow, in ticks.

    `bar` is a bar and `finest` the shortest note head, in units; `unit` is the unit in ticks.
    Raises `VocabularyError` when a bar cannot be filled exactly with what can be spelled.
    """

    def __init__(self, characters: Container[str], bar: Fraction, finest: Fraction) -> None:
        spellings = {
            text: length
            for text, length in _spellable(characters).items()
            if (length / finest).denominator == 1 or length == 1
        }
        self.tick = min(length for length in spellings.values() if length)  # in units
        if (bar / self.tick).denominator != 1:
            raise VocabularyError(
                f"the model cannot write notes short enough to fill a bar of {bar} unit lengths; "
                "choose another metre or a shorter unit"
            )
        self.unit = int(1 / self.tick)
        #: spelling → ticks
        self.ticks = {
            text: int(length / self.tick)
            for text, length in spellings.items()
            if length <= bar or length == 1
        }
        #: ticks of the lengths that are a power of two of the unit
        self._plain = frozenset(
            ticks for ticks in self.ticks.values() if _is_power_of_two(Fraction(ticks, self.unit))
        )
        self._cache: dict[tuple[str, Limit, int], tuple[bool, str]] = {}

    def options(self, typed: str, limit: Limit, graces: int = 0) -> tuple[bool, str]:
        """(may the length end here?, the characters that may follow) after `typed`.

        Grace notes take a quarter of a unit each, as players of ABC files have it, and their
        note must be longer than all of them.
        """
        options = self._cache.get((typed, limit, graces))
        if options is None:
            options = self._cache[typed, limit, graces] = self._options(typed, limit, graces)
        return options

    def _options(self, typed: str, limit: Limit, graces: int) -> tuple[bool, str]:
        fitting = {
            text
            for text, ticks in self.ticks.items()
            if (ticks <= limit.most or ticks == limit.exact) and 4 * ticks > graces * self.unit
        }
        longer = (t for t in fitting if len(t) > len(typed) and t.startswith(typed))
        return typed in fitting, "".join(sorted({text[len(typed)] for text in longer}))

    def reachable(self, limit: Limit, graces: int = 0) -> bool:
        """Whether any spelling fits the limit."""
        here, following = self.options("", limit, graces)
        return here or bool(following)

    def plain(self, ticks: int) -> bool:
        """Whether a spelled length is a power of two of the unit: what broken rhythm may dot."""
        return ticks in self._plain


def _is_power_of_two(length: Fraction) -> bool:
    top, bottom = length.as_integer_ratio()
    return top & (top - 1) == 0 and bottom & (bottom - 1) == 0


def _spellable(characters: Container[str]) -> dict[str, Fraction]:
    return {
        text: length
        for text, length in SPELLINGS.items()
        if all(character in characters for character in text)
    }
