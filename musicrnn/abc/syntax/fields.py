"""The information fields: a table of what each is and where it may stand, and the readers of
their values (ABC 2.1, section 3)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Final, NamedTuple

from musicrnn.abc.syntax import limits
from musicrnn.abc.syntax.keys import read_key
from musicrnn.errors import UsageError, want
from musicrnn.score import Meter

__all__ = [
    "FIELDS", "FieldRule", "MeterField", "Tempo", "canonical_value", "default_unit",
    "is_note_value", "parse_meter", "parse_unit", "read_meter", "read_tempo", "read_unit",
    "unknown_of_unit",
]  # fmt: skip


class FieldRule(NamedTuple):
    """A row of the table of fields: its name, where it may stand (`file` header, tune `header`,
    `body` line, `inline`), and whether a header may hold it more than once."""

    name: str
    file: bool
    header: bool
    body: bool
    inline: bool
    repeats: bool


_T, _F = True, False

#: ABC 2.1, section 3, the table of information fields
FIELDS: Final[dict[str, FieldRule]] = {
    "A": FieldRule("area", _T, _T, _F, _F, _T),
    "B": FieldRule("book", _T, _T, _F, _F, _T),
    "C": FieldRule("composer", _T, _T, _F, _F, _T),
    "D": FieldRule("discography", _T, _T, _F, _F, _T),
    "E": FieldRule("elemskip", _T, _T, _F, _F, _T),  # ABC 1.6
    "F": FieldRule("file url", _T, _T, _F, _F, _T),
    "G": FieldRule("group", _T, _T, _F, _F, _T),
    "H": FieldRule("history", _T, _T, _F, _F, _T),
    "I": FieldRule("instruction", _T, _T, _T, _T, _T),
    "K": FieldRule("key", _F, _T, _T, _T, _F),
    "L": FieldRule("unit note length", _T, _T, _T, _T, _F),
    "M": FieldRule("metre", _T, _T, _T, _T, _F),
    "m": FieldRule("macro", _T, _T, _T, _T, _T),
    "N": FieldRule("notes", _T, _T, _T, _T, _T),
    "O": FieldRule("origin", _T, _T, _F, _F, _T),
    "P": FieldRule("parts", _F, _T, _T, _T, _F),
    "Q": FieldRule("tempo", _F, _T, _T, _T, _F),
    "R": FieldRule("rhythm", _T, _T, _T, _T, _T),
    "r": FieldRule("remark", _T, _T, _T, _T, _T),
    "S": FieldRule("source", _T, _T, _F, _F, _T),
    "s": FieldRule("symbol line", _F, _F, _T, _F, _T),
    "T": FieldRule("title", _F, _T, _T, _F, _T),
    "U": FieldRule("user defined", _T, _T, _T, _T, _T),
    "V": FieldRule("voice", _F, _T, _T, _T, _T),
    "W": FieldRule("words after the tune", _F, _T, _T, _F, _T),
    "w": FieldRule("words under the notes", _F, _F, _T, _F, _T),
    "X": FieldRule("number", _F, _T, _F, _F, _F),
    "Z": FieldRule("transcription", _T, _T, _F, _F, _T),
    "+": FieldRule("continuation", _T, _T, _T, _F, _T),
}

#: what may end the part of a value that is understood: space, or a sign that is no number
_END: Final = r"(?![\w/|:+-]|\.\d)"
_METER: Final = re.compile(
    r"\(?\s*(?P<sum>\d{1,3}(?:\s*\+\s*\d{1,3})*)\s*\)?\s*/\s*(?P<below>\d{1,4})" + _END
)
#: a number of beats without their length
_TOP: Final = re.compile(r"\(?\s*(?P<sum>\d{1,3}(?:\s*\+\s*\d{1,3})*)\s*\)?$")
_NAMED_METER: Final = re.compile(r"(C\|?)" + _END, re.IGNORECASE)
_NAMED_METERS: Final = {"C": ("4/4", Meter(4, 4)), "C|": ("2/2", Meter(2, 2))}
_UNIT: Final = re.compile(r"(?P<above>\d{1,4})\s*(?:/\s*(?P<below>\d{1,4}))?" + _END)
_BEAT: Final = re.compile(r"\d{1,4}/\d{1,4}")
_TEMPO: Final = re.compile(
    r"(?<![\d/])(?P<beats>\d{1,4}/\d{1,4}(?:\s+\d{1,4}/\d{1,4}){0,15})\s*=\s*"
    r"(?P<rate>\d{1,5}(?:\.\d{1,3})?)(?![\d.]*\d)(?!\s*/)"
)
_OLD_TEMPO: Final = re.compile(
    r"(?<![\w/.=])(?:(?:[Cc](?P<units>\d{0,3})|♩|M\.?M\.?)\s*=\s*)?(?P<rate>\d{1,5})"
    r"(?![\w/.=])"
)
_TEXT: Final = re.compile(r'"([^"]*)"')
_BELOW: Final = frozenset(1 << power for power in range(10))


@dataclass(frozen=True, slots=True)
class MeterField:
    """What ``M:`` says. `meter` is None for ``none``; `groups` are the terms of a sum; `unknown` is
    what stands behind a metre and means nothing; `incomplete` says that its lower number lacks."""

    meter: Meter | None
    canonical: str
    groups: tuple[int, ...] = ()
    unknown: str = ""
    incomplete: bool = False

    @property
    def length(self) -> Fraction | None:
        """One bar in quarter notes, None without metre."""
        return self.meter.length if self.meter else None


@dataclass(frozen=True, slots=True)
class Tempo:
    """What ``Q:`` says: `qpm` quarter notes a minute (None for a mere text such as "Allegro");
    `unknown` is what stands beside it and means nothing, `odd` a beat that is no note value."""

    qpm: Fraction | None
    canonical: str
    text: str = ""
    old: bool = False
    unknown: str = ""
    odd: str = ""


@lru_cache(maxsize=1024)
def read_meter(value: str) -> MeterField | None:
    """What the value of ``M:`` says, None when it makes no sense (``4/0``).

    A whole number alone counts half notes, as abcm2ps reads it.
    """
    text = value.strip()
    if text.lower() in ("none", ""):
        return MeterField(None, "none")
    named = _NAMED_METER.match(text)
    if named:
        canonical, meter = _NAMED_METERS[named[1].upper()]
        return MeterField(meter, canonical, (meter.numerator,), text[named.end() :].strip())
    match = _METER.match(text) or _TOP.match(text)
    if not match:
        return None
    groups = tuple(int(term) for term in match["sum"].split("+"))
    incomplete = match.re is _TOP
    below = 2 if incomplete else int(match["below"])
    if below not in _BELOW or not sum(groups) or sum(groups) > 255:
        return None
    count = f"({'+'.join(map(str, groups))})" if len(groups) > 1 else str(groups[0])
    unknown = text[match.end() :].strip()
    return MeterField(
        Meter(sum(groups), below), f"{count}/{below}", groups, unknown, incomplete
    )  # fmt: skip


@lru_cache(maxsize=256)
def read_unit(value: str) -> Fraction | None:
    """What the value of ``L:`` says, in quarter notes; None when it makes no sense."""
    match = _UNIT.match(value.strip())
    if not match:
        return None
    above, below = int(match["above"]), int(match["below"] or 1)
    return Fraction(4 * above, below) if above and below and below <= limits.LENGTH else None


def is_note_value(quarters: Fraction) -> bool:
    """Whether it is one of the unit note lengths of the standard: 1, 1/2, 1/4 … 1/512."""
    above, below = quarters.numerator, quarters.denominator
    usual = below <= 128 * above and above <= 4 * below
    return usual and not above & (above - 1) and not below & (below - 1)


@lru_cache(maxsize=256)
def unknown_of_unit(value: str) -> str:
    """What stands behind a unit note length and means nothing."""
    match = _UNIT.match(value.strip())
    return value.strip()[match.end() :].strip() if match else ""


def default_unit(meter: Meter | None) -> Fraction:
    """The unit note length, in quarter notes, of a tune without ``L:`` (3.1.7): a sixteenth where
    the metre is less than three quarters, else an eighth."""
    if meter and Fraction(meter.numerator, meter.denominator) < Fraction(3, 4):
        return Fraction(1, 4)
    return Fraction(1, 2)


@lru_cache(maxsize=1024)
def read_tempo(value: str, unit: Fraction = Fraction(1, 2)) -> Tempo | None:
    """What the value of ``Q:`` says (3.1.8), old forms (``120``, ``C=120``, ``C3=40``) too.

    `unit` is the unit note length in quarter notes: the beat of ``C3=40`` is three of them.
    """
    texts = _TEXT.findall(value)
    rest = _TEXT.sub(" ", value).strip()
    quoted = " ".join(f'"{text}"' for text in texts)
    if not rest:
        return Tempo(None, quoted, " ".join(texts)) if texts else None
    match = _TEMPO.search(rest)
    if match:
        beats = _BEAT.findall(match["beats"])
        if any(not int(part) for beat in beats for part in beat.split("/")):
            return None
        beat = sum((Fraction(beat) for beat in beats), Fraction(0))
        tempo = _tempo(4 * beat, match["rate"], quoted, " ".join(beats), " ".join(texts))
        odd = next((beat for beat in beats if Fraction(beat).denominator not in _BELOW), "")
        tempo = replace(tempo, odd=odd) if tempo and odd else tempo
    else:
        match = _OLD_TEMPO.search(rest)
        if not match:
            return None
        # A bare number counts quarter notes, as abc2midi and abcm2ps read it; C means units.
        beat = unit * int(match["units"] or 1) if match["units"] is not None else Fraction(1)
        length = beat / 4
        tempo = _tempo(
            beat, match["rate"], quoted, f"{length.numerator}/{length.denominator}",
            " ".join(texts), old=True,
        )  # fmt: skip
    unknown = f"{rest[: match.start()]} {rest[match.end() :]}".split()
    return replace(tempo, unknown=" ".join(unknown)) if tempo and unknown else tempo


def _tempo(
    beat: Fraction, rate: str, quoted: str, beats: str, text: str, *, old: bool = False
) -> Tempo | None:
    qpm = beat * Fraction(rate)
    if not Fraction(1, 10) <= qpm <= 60_000:
        return None
    return Tempo(qpm, f"{quoted} {beats}={rate}".strip(), text, old)


def canonical_value(letter: str, value: str) -> str:
    """The value of a field in canonical spelling; as written where there is none."""
    value = value.strip()
    return _canonical(letter, value) if letter in "MKLQ" else value


@lru_cache(maxsize=1024)
def _canonical(letter: str, value: str) -> str:
    if letter == "M":
        meter = read_meter(value)
        return f"{meter.canonical} {meter.unknown}".strip() if meter else value
    if letter == "K":
        key = read_key(value)
        return key.canonical if key else value
    if letter == "L":
        unit = read_unit(value)
        length = unit / 4 if unit else None
        if length is None:
            return value
        return f"{length.numerator}/{length.denominator} {unknown_of_unit(value)}".strip()
    tempo = read_tempo(value)
    return tempo.canonical if tempo and not (tempo.old or tempo.unknown) else value


def parse_meter(text: str) -> Meter:
    """The metre named by `text`, as a user types it: ``6/8``, ``C``, ``C|``, ``(2+3)/8``.

    Raises UsageError for anything else, free metre included.
    """
    want(text, str, "parse_meter wants text such as '6/8'")
    field = read_meter(text)
    if field is None or field.meter is None or field.unknown or field.incomplete:
        raise UsageError(f"{text!r} is not a metre; write for example 4/4, 6/8 or C|")
    return field.meter


def parse_unit(text: str) -> Fraction:
    """The unit note length named by `text` (``1/8``), as a fraction of a whole note.

    Raises UsageError for anything else.
    """
    want(text, str, "parse_unit wants text such as '1/8'")
    quarters = read_unit(text)
    if quarters is None or unknown_of_unit(text):
        raise UsageError(f"{text!r} is not a note length; write for example 1/8")
    return quarters / 4
