"""What a user asks of a tune. Every control that is set is kept exactly, in every tune.

>>> Controls.of(key="D", meter="6/8", rhythm="jig", form="AABB", bars=8).form
(('A', 2), ('B', 2))
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Self, Unpack

from musicrnn.constraints.controls import ControlOptions, parse_controls
from musicrnn.errors import UsageError
from musicrnn.score import Key, Meter
from musicrnn.theory.dances import refused_meter
from musicrnn.theory.instruments import instrument_range, refused_key

__all__ = ["Controls"]

#: G below middle C to the e three octaves above: what a fiddle plays in easy positions
DEFAULT_RANGE = (55, 88)
MOST_BARS = 128
#: length of a tune as written, and of a bar, in whole notes; characters of a prime
MOST_LENGTH, MOST_BAR_LENGTH, MOST_PRIME = 256, 4, 8000
_UNITS = tuple(Fraction(1, n) for n in (1, 2, 4, 8, 16, 32))


@dataclass(frozen=True, slots=True)
class Controls:
    """Everything that can be asked for; None leaves it to the model.

    `style` is a tradition. `unit` and `pickup` are in whole notes (a pickup of 0 is none); `bars`
    are the full bars of each part, one number for all or one a letter; `form` is parts with their
    number of passes, 1 or 2, and a letter that comes back is the same music written out again;
    `lowest` and `highest` are MIDI numbers of written notes; `instrument` is what the tune is to
    be played on, in its keys and range; `in_scale` is the least share of notes
    that belong to the scale (1: all). `prime` is ABC that the tune starts with, and `bars_like` ABC
    whose rhythm, bars and repeats the tune takes over.

    Build one with `Controls.of`, which reads the values as a user types them. Raises
    `UsageError` for values that make no sense, alone or together.
    """

    title: str | None = None
    rhythm: str | None = None
    style: str | None = None
    meter: Meter | None = None
    unit: Fraction | None = None
    key: Key | None = None
    tempo: str | None = None
    bars: tuple[int, ...] | None = None
    form: tuple[tuple[str, int], ...] | None = None
    pickup: Fraction | None = None
    lowest: int = DEFAULT_RANGE[0]
    highest: int = DEFAULT_RANGE[1]
    instrument: str | None = None
    in_scale: float = 0.0
    tonic_end: bool = False
    prime: str | None = None
    bars_like: str | None = None

    def __post_init__(self) -> None:
        for problem in self._problems():
            raise UsageError(problem)

    @classmethod
    def of(cls, **asked: Unpack[ControlOptions]) -> Self:
        """Controls from text or values: ``key="A minor"``, ``meter="C|"``, ``form="AABB"``,
        ``pickup="1/8"`` or ``"none"``, ``lowest="D4"``, ``instrument="whistle-D"``."""
        return cls.of_values(parse_controls(asked, "abc"))

    @classmethod
    def of_values(cls, values: Mapping[str, Any]) -> Self:
        """Controls from parsed values, as `parse_controls` gives them."""
        given = dict(values)
        low, high = DEFAULT_RANGE
        instrument = given.get("instrument")
        if instrument is not None:
            low, high = instrument_range(instrument)
            given["lowest"] = max(low, given.get("lowest", low))
            given["highest"] = min(high, given.get("highest", high))
            refused = refused_key(instrument, given["key"]) if "key" in given else ""
            if refused:
                raise UsageError(refused)
        if "tempo" in given:
            given["tempo"] = given["tempo"].canonical
        return cls(**({"lowest": low, "highest": high} | given))

    def _problems(self) -> list[str]:
        """What is wrong, most telling first."""
        problems: list[str] = []
        meter, parts = self.meter, self.parts
        if self.rhythm is not None and meter is not None:
            problems += filter(None, [refused_meter(self.rhythm, str(meter))])
        if self.key is not None and abs(self.key.fifths) > 7:
            other = _simpler(self.key)
            problems.append(f"{self.key} has more than seven sharps or flats; choose {other}")
        if self.unit is not None and self.unit not in _UNITS:
            problems.append(f"the unit note length is {self.unit}; choose 1/4, 1/8 or 1/16")
        if meter is not None and not (meter.numerator <= 32 and meter.denominator <= 16):
            problems.append(
                f"the metre {meter} is out of bounds; at most 32 beats, of 1/16 at least"
            )
        elif meter is not None and meter.length > 4 * MOST_BAR_LENGTH:
            problems.append(
                f"a bar of {meter} is too long; at most {MOST_BAR_LENGTH} whole notes are written"
            )
        if self.bars is not None and not all(1 <= n <= MOST_BARS for n in self.bars):
            problems.append(f"bars is {_listed(self.bars)}; a part has 1 to {MOST_BARS} bars")
        if self.bars is not None and len(self.bars) > 1 and parts != len(self.bars):
            problems.append(
                f"{len(self.bars)} numbers of bars are given, but the form "
                + (f"has {parts} parts" if parts else "is missing; add one, such as AABB")
            )
        if not problems and self._written > MOST_LENGTH:
            problems.append(
                f"the tune would be {self._written} whole notes long; at most {MOST_LENGTH} are "
                "written, so ask for fewer bars, or shorter ones"
            )
        for name, text in (("prime", self.prime), ("tune of bars-like", self.bars_like)):
            if text is not None and len(text) > MOST_PRIME:
                problems.append(f"the {name} has {len(text):,} characters; at most {MOST_PRIME:,}")
        if self.pickup is not None and (
            self.pickup < 0 or (meter is not None and 4 * self.pickup >= meter.length)
        ):
            problems.append(f"the pickup is {self.pickup}; it must be shorter than a bar")
        if not 0 <= self.lowest <= self.highest <= 127:
            problems.append(
                f"the lowest note, {self.lowest}, is above the highest, {self.highest} "
                "(MIDI numbers, 60 is middle C)"
            )
        if self.bars_like is not None and (self.bars or self.form or self.prime or self.pickup):
            problems.append("bars-like takes bars, form and pickup from its tune; give it alone")
        if self.prime is not None and self.form is not None and parts < len(self.form):
            problems.append("a prime goes with a form in which no part comes back, such as AABB")
        return problems

    @property
    def _written(self) -> Fraction:
        """The length of the tune as written, in whole notes, as far as it is known beforehand."""
        form = self.form or (("A", 1), ("B", 1))
        letters = list(dict.fromkeys(letter for letter, _ in form))
        bars = self.bars or (8,)
        if len(bars) == 1:
            bars *= len(letters)
        of_letter = dict(zip(letters, bars, strict=False))
        total = sum(of_letter.get(letter, 0) for letter, _ in form)
        return total * (self.meter.length / 4 if self.meter else Fraction(1))

    @property
    def units(self) -> int:
        """About how many units of length the tune has as written."""
        text = self.prime or self.bars_like or ""
        return max(int(self._written / (self.unit or Fraction(1, 8))), len(text))

    @property
    def parts(self) -> int:
        """The number of different parts that the form names, 0 without a form."""
        return len({letter for letter, _ in self.form or ()})


def _simpler(key: Key) -> str:
    """The same sounds with fewer signs: G flat for F sharp and so on."""
    for tonic in ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B", "C#", "G#"):
        other = Key(tonic, key.mode)
        if other.pitch_class == key.pitch_class and abs(other.fifths) <= 7:
            return str(other)
    return "another key"


def _listed(numbers: Sequence[int]) -> str:
    return ",".join(map(str, numbers))
