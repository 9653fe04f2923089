"""What a user asks of a tune. Every control that is set is kept exactly, in every tune.

>>> Controls.of(key="D", meter="6/8", rhythm="jig", form="AABB", bars=8).form
(('A', 2), ('B', 2))
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from musicrnn.abc.syntax.fields import parse_meter, read_tempo
from musicrnn.abc.syntax.keys import parse_key
from musicrnn.errors import UsageError
from musicrnn.score import Key, Meter
from musicrnn.theory.instruments import instrument_range

__all__ = ["Controls", "parse_form", "parse_note"]

#: G below middle C to the e three octaves above: what a fiddle plays in easy positions
DEFAULT_RANGE = (55, 88)
MOST_BARS = 128
_UNITS = tuple(Fraction(1, n) for n in (1, 2, 4, 8, 16, 32))
_NOTE = re.compile(r"([A-Ga-g])([#b]?)(-?\d)")
_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


@dataclass(frozen=True, slots=True)
class Controls:
    """Everything that can be asked for; None leaves it to the model.

    `unit` and `pickup` are in whole notes (a pickup of 0 is none); `bars` are the full bars of
    each part, one number for all or one a letter; `form` is parts with their number of passes, 1
    or 2, and a letter that comes back is the same music written out again; `lowest` and `highest`
    are MIDI numbers of written notes; `in_scale` is the least share of notes that belong to the
    scale (1: all). `prime` is ABC that the tune starts with, and `bars_like` ABC whose rhythm,
    bars and repeats the tune takes over.

    Build one with `Controls.of`, which reads the values as a user types them. Raises
    `UsageError` for values that make no sense, alone or together.
    """

    title: str | None = None
    rhythm: str | None = None
    meter: Meter | None = None
    unit: Fraction | None = None
    key: Key | None = None
    tempo: str | None = None
    bars: tuple[int, ...] | None = None
    form: tuple[tuple[str, int], ...] | None = None
    pickup: Fraction | None = None
    lowest: int = DEFAULT_RANGE[0]
    highest: int = DEFAULT_RANGE[1]
    in_scale: float = 0.0
    tonic_end: bool = False
    prime: str | None = None
    bars_like: str | None = None

    def __post_init__(self) -> None:
        for problem in self._problems():
            raise UsageError(problem)

    @classmethod
    def of(
        cls,
        *,
        key: str | Key | None = None,
        meter: str | Meter | None = None,
        unit: str | Fraction | None = None,
        tempo: str | int | None = None,
        bars: int | Sequence[int] | None = None,
        form: str | None = None,
        pickup: str | Fraction | int | None = None,
        instrument: str | None = None,
        lowest: str | int | None = None,
        highest: str | int | None = None,
        **others: Any,
    ) -> Controls:
        """Controls from text or values: ``key="A minor"``, ``meter="C|"``, ``form="AABB"``,
        ``pickup="1/8"`` or ``"none"``, ``lowest="D4"``, ``instrument="whistle-D"``."""
        low, high = instrument_range(instrument) if instrument else DEFAULT_RANGE
        return cls(
            key=parse_key(key) if isinstance(key, str) else key,
            meter=parse_meter(meter) if isinstance(meter, str) else meter,
            unit=_fraction(unit, "unit note length") if isinstance(unit, str) else unit,
            tempo=_tempo(tempo),
            bars=(bars,) if isinstance(bars, int) else None if bars is None else tuple(bars),
            form=parse_form(form) if form is not None else None,
            pickup=_pickup(pickup),
            lowest=low if lowest is None else parse_note(lowest),
            highest=high if highest is None else parse_note(highest),
            **others,
        )

    def _problems(self) -> list[str]:
        """What is wrong, most telling first."""
        found = []
        meter, parts = self.meter, self.parts
        for name, value in (("title", self.title), ("rhythm", self.rhythm)):
            if value is not None and (not value.strip() or not value.isprintable()):
                found.append(f"the {name} is {value!r}; it must be one line of text")
        if self.title is not None and ("%" in self.title or "\\" in self.title):
            found.append(f"the title {self.title!r} has a % or \\, which mean something in ABC")
        if self.key is not None and abs(self.key.fifths) > 7:
            other = _simpler(self.key)
            found.append(f"{self.key} has more than seven sharps or flats; choose {other}")
        if self.unit is not None and self.unit not in _UNITS:
            found.append(f"the unit note length is {self.unit}; choose 1/4, 1/8 or 1/16")
        if meter is not None and not (meter.numerator <= 32 and meter.denominator <= 16):
            found.append(f"the metre {meter} is out of bounds; at most 32 beats, of 1/16 at least")
        if self.bars is not None and not all(1 <= n <= MOST_BARS for n in self.bars):
            found.append(f"bars is {_listed(self.bars)}; a part has 1 to {MOST_BARS} bars")
        if self.bars is not None and len(self.bars) > 1 and parts != len(self.bars):
            found.append(
                f"{len(self.bars)} numbers of bars are given, but the form "
                + (f"has {parts} parts" if parts else "is missing; add one, such as AABB")
            )
        if self.pickup is not None and (
            self.pickup < 0
            or (meter is not None and self.pickup >= Fraction(meter.numerator, meter.denominator))
        ):
            found.append(f"the pickup is {self.pickup}; it must be shorter than a bar")
        if not 0 <= self.lowest <= self.highest <= 127:
            found.append(
                f"the range {self.lowest} to {self.highest} makes no sense; "
                "MIDI numbers 0 to 127, lowest first"
            )
        if not 0 <= self.in_scale <= 1:
            found.append(f"in-scale is {self.in_scale}; it is a share, 0 to 1")
        if self.bars_like is not None and (self.bars or self.form or self.prime or self.pickup):
            found.append("bars-like takes bars, form and pickup from its tune; give it alone")
        if self.prime is not None and self.form is not None and parts < len(self.form):
            found.append("a prime goes with a form in which no part comes back, such as AABB")
        return found

    @property
    def parts(self) -> int:
        """The number of different parts that the form names, 0 without a form."""
        return len({letter for letter, _ in self.form or ()})


# --- reading what a user types ------------------------------------------------------------------


def parse_form(text: str) -> tuple[tuple[str, int], ...]:
    """``AABA`` → parts with their passes; ``through`` is one part without repeat.

    Raises `UsageError` for anything but letters, each at most twice in a row.
    """
    plain = text.strip().upper()
    if plain.lower() in ("through", "through-composed"):
        return (("A", 1),)
    if not re.fullmatch(r"[A-Z]{1,32}", plain):
        raise UsageError(f"{text!r} is not a form; write for example AABB, AABA, ABAC or through")
    parts: list[tuple[str, int]] = []
    for letter in plain:
        if parts and parts[-1][0] == letter:
            parts[-1] = (letter, parts[-1][1] + 1)
        else:
            parts.append((letter, 1))
    if any(passes > 2 for _, passes in parts):
        raise UsageError(f"{text!r}: a part is played once or twice in a row")
    return tuple(parts)


def parse_note(value: str | int) -> int:
    """``D4``, ``F#5``, ``Bb3`` or a MIDI number → MIDI number. Raises `UsageError`."""
    text = str(value).strip()
    if text.isdigit():
        return int(text)
    found = _NOTE.fullmatch(text)
    if not found:
        raise UsageError(f"{value!r} is not a note; write for example D4, F#5 or 62")
    sharp = {"#": 1, "b": -1, "": 0}[found[2]]
    return 12 * (int(found[3]) + 1) + _SEMITONES[found[1].upper()] + sharp


def _pickup(value: str | Fraction | int | None) -> Fraction | None:
    if value is None or isinstance(value, Fraction):
        return value
    text = str(value).strip().lower()
    if text == "any":
        return None
    return Fraction(0) if text in ("none", "0") else _fraction(text, "pickup")


def _fraction(text: str, what: str) -> Fraction:
    try:
        return Fraction(text.strip())
    except (ValueError, ZeroDivisionError) as error:
        raise UsageError(f"the {what} is {text!r}; write for example 1/8") from error


def _tempo(value: str | int | None) -> str | None:
    if value is None:
        return None
    text = str(value).strip()
    found = read_tempo(text)
    if found is None or found.qpm is None:
        raise UsageError(f"{value!r} is not a tempo; write for example 1/4=120 or 120")
    return found.canonical


def _simpler(key: Key) -> str:
    """The same sounds with fewer signs: G flat for F sharp and so on."""
    for tonic in ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B", "C#", "G#"):
        other = Key(tonic, key.mode)
        if other.pitch_class == key.pitch_class and abs(other.fifths) <= 7:
            return str(other)
    return "another key"


def _listed(numbers: Sequence[int]) -> str:
    return ",".join(map(str, numbers))
