"""What besides plain notes may be written in a bar: by what the model knows, metre and rhythm."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Self

from musicrnn.score import Meter

__all__ = ["Notation"]

#: tuplets offered: notes → time, in notes; those of compound metres besides (ABC 2.1 §4.13)
_TUPLETS = {3: 2}
_COMPOUND_TUPLETS = {2: 3, 3: 2, 4: 3}
#: decorations that the default corpus keeps: roll and trill (ABC 2.1 §4.14)
_DECORATIONS = "~T"


@dataclass(frozen=True, slots=True)
class Notation:
    """The signs of a bar; those that may not be used are empty or false.

    `tuplets` are their digit → (notes, time in notes); `broken` are the signs of broken rhythm,
    which divides notes of `divisible` ticks or more. `swung` is for hornpipes, which players
    swing whatever is written: their dotted pairs stand on the beat, and chords and ornaments,
    which a swung note may have no time for, are left out.
    """

    tuplets: dict[str, tuple[int, int]]
    slurs: bool
    graces: bool
    chords: bool
    tie: str
    broken: str
    rest: str
    space: str
    decorations: str
    swung: bool = False
    divisible: int = 1

    @classmethod
    def of(
        cls,
        characters: Container[str],
        meter: Meter,
        *,
        swung: bool = False,
        divisible: int = 1,
    ) -> Self:
        """The signs that a model which knows `characters` may use in `meter`."""
        tuplets = _COMPOUND_TUPLETS if meter.compound else _TUPLETS
        known = {c for c in "(){}[]-><z ~T" if c in characters}
        return cls(
            tuplets={
                str(p): (p, q) for p, q in tuplets.items() if "(" in known and str(p) in characters
            },
            slurs={"(", ")"} <= known,
            graces={"{", "}"} <= known and not swung,
            chords={"[", "]"} <= known and not swung,
            tie="-" if "-" in known else "",
            broken="".join(c for c in "<>" if c in known),
            rest="z" if "z" in known else "",
            space=" " if " " in known else "",
            decorations="".join(c for c in _DECORATIONS if c in known and not swung),
            swung=swung,
            divisible=divisible,
        )
