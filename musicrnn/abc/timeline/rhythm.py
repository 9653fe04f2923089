"""Written lengths to time: unit note length, tuplets, broken rhythm (ABC 2.1, 4.3, 4.4, 4.13).

Time is counted in whole ticks, because adding integers is ten times as fast as adding fractions;
the tick is made finer whenever a length asks for it, so nothing is ever rounded.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import lcm
from typing import Final, TypeAlias

from musicrnn.abc.syntax.fields import MeterField
from musicrnn.abc.syntax.tree import Broken, Tuplet

__all__ = ["Rhythm", "shared"]

#: ticks to a quarter note at first: all lengths down to 1/256 and tuplets of 3, 5 and 7 fit
RESOLUTION: Final = 26_880
#: the finest tick; past it a length is refused (it would take lengths of a dozen odd divisors)
FINEST: Final = 1 << 96
#: p → q of ``(p``; 0 is 3 in compound metre and 2 in others (4.13)
_TUPLET_TIME: Final = {2: 3, 3: 2, 4: 3, 5: 0, 6: 2, 7: 0, 8: 3, 9: 0}
#: ticks → quarter notes, for the first resolution; the few lengths of real music
_QUARTERS: Final[dict[int, Fraction]] = {}
_CACHED: Final = 64 * RESOLUTION


#: by id of a written length: it in ticks and in quarter notes, and the length
_Times: TypeAlias = dict[int, tuple[tuple[int, Fraction], Fraction]]
#: by unit, as a ratio: lengths in ticks of the first resolution, for all tunes
_KNOWN: Final[dict[tuple[int, int], _Times]] = {}
_MOST_KNOWN: Final = 256


def _known(unit: Fraction) -> _Times:
    if len(_KNOWN) >= _MOST_KNOWN:
        _KNOWN.clear()
    return _KNOWN.setdefault(unit.as_integer_ratio(), {})


def shared(quarters: Fraction) -> Fraction:
    """The object that stands for this time in what `Rhythm.quarters` gives, if there is one: what
    is the same object need not be compared as fractions."""
    whole, rest = divmod(RESOLUTION, quarters.denominator)
    return quarters if rest else _QUARTERS.get(quarters.numerator * whole, quarters)


class Rhythm:
    """The rhythmic state of one voice."""

    def __init__(self, unit: Fraction) -> None:
        self.resolution = RESOLUTION
        self.unit = unit
        self.broken: Broken | None = None
        self.tuplet: Tuplet | None = None
        self._tuplet_left = 0
        self._tuplet_factor = 1, 1  # as a ratio
        #: lengths that nothing alters
        self.known = _known(unit)

    def set_unit(self, unit: Fraction) -> None:
        """From here on, lengths count in `unit` (quarter notes)."""
        self.unit = unit
        self.known = _known(unit) if self.resolution == RESOLUTION else {}

    def quarters(self, ticks: int) -> Fraction:
        """A time in quarter notes."""
        if self.resolution != RESOLUTION or ticks > _CACHED:
            return Fraction(ticks, self.resolution)
        length = _QUARTERS.get(ticks)
        if length is None:
            length = _QUARTERS[ticks] = Fraction(ticks, RESOLUTION)
            if len(_QUARTERS) > 10_000:
                _QUARTERS.clear()
        return length

    def ticks(self, quarters: Fraction) -> int:
        """Ticks of a time in quarter notes. Raises ValueError where no sensible tick is fine
        enough.

        This may make `resolution` finer: multiply counts of ticks made before by the ratio.
        """
        below = quarters.denominator
        if self.resolution % below:
            finer = lcm(self.resolution, below)
            if finer > FINEST:
                raise ValueError(f"{quarters} quarter notes want too fine a tick")
            self.resolution = finer
            self.known = {}
        return quarters.numerator * (self.resolution // below)

    def time(self, length: Fraction) -> tuple[int, Fraction]:
        """The next note, chord or rest of a written length, in ticks and in quarter notes; counts
        it in the tuplet. Raises ValueError where no sensible tick is fine enough."""
        above, below = self.unit.as_integer_ratio()
        plain = self.broken is None and self.tuplet is None
        if self.tuplet is not None:
            above, below = above * self._tuplet_factor[0], below * self._tuplet_factor[1]
        if self.broken is not None:
            sign = "<" if self.broken.sign == ">" else ">"
            factor = broken_factor(sign, self.broken.depth)
            above, below = above * factor.numerator, below * factor.denominator
            self.broken = None
        if self.tuplet is not None:
            self._tuplet_left -= 1
            if not self._tuplet_left:
                self.tuplet = None
        ticks = None
        if self.resolution == RESOLUTION:
            ticks = _first_ticks(*length.as_integer_ratio(), above, below)
        if ticks is None:
            ticks = self.ticks(length * Fraction(above, below))
        time = ticks, self.quarters(ticks)
        if plain:
            if len(self.known) >= _MOST_KNOWN:
                self.known.clear()
            # The length is kept as well: an id may be given again once its object is gone.
            self.known[id(length)] = time, length
        return time

    def known_time(self, length: Fraction) -> tuple[int, Fraction] | None:
        """As `time`, of a length that it was asked before and that nothing alters; else None."""
        if self.broken is not None or self.tuplet is not None:
            return None
        known = self.known.get(id(length))
        return known[0] if known is not None else None

    def start_tuplet(self, node: Tuplet, meter: MeterField | None) -> None:
        """The next notes are those of a tuplet."""
        self.tuplet = node
        self._tuplet_left = node.r or node.p
        self._tuplet_factor = tuplet_time(node, meter), node.p

    def end_tuplet(self) -> int:
        """End a tuplet early; how many notes it still wants, 0 where none runs."""
        left = self._tuplet_left if self.tuplet is not None else 0
        self.tuplet, self._tuplet_left = None, 0
        return left


@lru_cache(maxsize=4096)
def _first_ticks(above: int, below: int, times: int, over: int) -> int | None:
    """``above / below * times / over`` quarter notes in ticks of the first resolution; None where
    these are no whole number."""
    ticks, rest = divmod(above * times * RESOLUTION, below * over)
    return None if rest else ticks


def tuplet_time(node: Tuplet, meter: MeterField | None) -> int:
    """How many notes' time the p notes of a tuplet take: its q, or what the metre makes of it."""
    compound = meter is not None and meter.meter is not None and meter.meter.compound
    return node.q or _TUPLET_TIME.get(node.p, 0) or (3 if compound else 2)


@lru_cache(maxsize=64)
def broken_factor(sign: str, depth: int) -> Fraction:
    """What the note before ``>`` (long) or ``<`` (short) is multiplied by: 3/2 and 1/2, 7/4 and
    1/4, …"""
    short = Fraction(1, 1 << depth)
    return 2 - short if sign == ">" else short
