"""What accompanies a tune: instruments, and the patterns in which they play its chords.

A pattern is written as ``%%MIDI gchord`` has it (abcMIDI's guide): ``f`` is the bass, ``c`` the
chord, ``b`` both, ``z`` silence, ``g h i j`` the notes of the chord from its root up and those in
capitals the same an octave lower, each with a length after it; the whole fills a bar. In our own
patterns ``F`` is the bass on the chord's fifth, with which players alternate.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from musicrnn.errors import UsageError
from musicrnn.score import Meter
from musicrnn.theory.dances import spell_rhythm

__all__ = ["BACKINGS", "SILENT", "Backing", "Slot", "backing_of", "pattern_of", "slots"]

#: What asks for no accompaniment.
SILENT: Final = "none"


@dataclass(frozen=True, slots=True)
class Backing:
    """One accompanist: General MIDI programs of chords and bass, how loud they are, the lowest
    note of the octave in which chords lie, and whether the third is left out, as players of open
    tunings do. `dances` says whether the pattern is the dance's."""

    name: str
    program: int
    bass_program: int
    velocity: int
    bass_velocity: int
    low: int = 48
    open: bool = False
    dances: bool = True


#: name → accompanist
BACKINGS: Final[dict[str, Backing]] = {
    row.name: row
    for row in (
        Backing("guitar", 25, 25, 52, 66, low=50),
        Backing("piano", 0, 0, 50, 62, low=52),
        # General MIDI has no bouzouki; steel strings without the third come nearest.
        Backing("bouzouki", 25, 25, 54, 60, low=55, open=True),
    )
}

#: dance → metre ("" for any other) → pattern of one bar
_DANCES: Final[dict[str, dict[str, str]]] = {
    "reel": {"4/4": "fzczFzcz", "2/2": "fzczFzcz", "2/4": "fcFc"},
    "jig": {"6/8": "f2cF2c", "12/8": "f2cF2cf2cF2c"},
    "slip jig": {"9/8": "f2cF2cf2c"},
    "slide": {"12/8": "f2cF2cf2cF2c", "6/8": "f2cF2c"},
    "polka": {"2/4": "fcFc"},
    "hornpipe": {"4/4": "f2zc2zF2zc2z", "2/2": "f2zc2zF2zc2z", "2/4": "f2cF2c"},
    "waltz": {"3/4": "f2c2c2", "3/8": "f2c2c2"},
    "march": {"4/4": "f2c2F2c2", "2/2": "f2c2F2c2", "2/4": "f2c2", "6/8": "f2cF2c"},
    "air": {"4/4": "f2g2h2i2", "2/2": "f2g2h2i2", "3/4": "fghihg", "6/8": "fghihg", "2/4": "fghi"},
    "strathspey": {"4/4": "f2c2F2c2", "2/2": "f2c2F2c2"},
    "mazurka": {"3/4": "f2c2c2"},
    "minuet": {"3/4": "f2c2c2", "3/8": "f2c2c2"},
    # Four to the bar, the bass on one and three.
    "swing": {"4/4": "b3zc3zb3zc3z", "2/2": "b3zc3zb3zc3z"},
}
#: dances that are accompanied as another one is
_ALIKE: Final = {
    "fling": "strathspey", "schottische": "march", "clog": "hornpipe", "barndance": "hornpipe",
    "quick step": "march", "walkaround": "polka", "lament": "air", "slow air": "air",
    "foxtrot": "swing", "jazz": "swing",
}  # fmt: skip
#: metre → what abc2midi plays where nothing is said
_PLAIN: Final[dict[str, str]] = {
    "2/4": "fzczfzcz", "4/4": "fzczfzcz", "2/2": "fzczfzcz", "3/4": "fzczcz", "3/8": "fzczcz",
    "6/8": "fzcfzc", "9/8": "fzcfzcfzc", "12/8": "fzcfzcfzcfzc",
}  # fmt: skip
_SLOT: Final = re.compile(r"([fFcbzghijGHIJ])(\d{0,3})")


@dataclass(frozen=True, slots=True)
class Slot:
    """One sign of a pattern: where in the bar it begins and how long it lasts, in shares of it."""

    sign: str
    start: Fraction
    length: Fraction


def backing_of(name: str) -> Backing | None:
    """The accompanist of that name; None for ``none``. Raises `UsageError` for another name."""
    plain = name.strip().lower()
    if plain == SILENT:
        return None
    if plain not in BACKINGS:
        raise UsageError(
            f"{name!r} is no backing; there are {', '.join(BACKINGS)}, and {SILENT} for none"
        )
    return BACKINGS[plain]


def pattern_of(meter: Meter, rhythm: str = "") -> str:
    """The pattern of a dance in a metre; that of the metre where the dance is not known."""
    name = spell_rhythm(rhythm)
    name = _ALIKE.get(name, name)
    known = _DANCES.get(name) or _word_of(name)
    if known and str(meter) in known:
        return known[str(meter)]
    if str(meter) in _PLAIN:
        return _PLAIN[str(meter)]
    beats = max(1, int(meter.length / meter.beat))
    return "f2c" * beats if meter.compound else "f" + "c" * (beats - 1)


def _word_of(name: str) -> dict[str, str] | None:
    """The patterns of the dance that a name of several words ends with: ``Scotch reel``."""
    words = name.split()
    return next((_DANCES[word] for word in reversed(words) if word in _DANCES), None)


def slots(pattern: str) -> tuple[Slot, ...]:
    """The signs of a pattern in time; what is no sign is passed over, as abc2midi does."""
    read = [(sign, int(length or 1)) for sign, length in _SLOT.findall(pattern)]
    total = sum(length for _, length in read)
    parsed = []
    at = 0
    for sign, length in read:
        if length:
            parsed.append(Slot(sign, Fraction(at, total), Fraction(length, total)))
        at += length
    return tuple(parsed)
