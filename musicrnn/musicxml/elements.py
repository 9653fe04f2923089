"""Small elements of MusicXML that writer and notes share: keys, metres, clefs, accidentals."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final
from xml.etree import ElementTree

from musicrnn.abc.syntax.fields import MeterField
from musicrnn.abc.syntax.keys import SHARPS, KeyField, signature_of
from musicrnn.abc.syntax.tree import Field

__all__ = ["ACCIDENTALS", "CLEFS", "add", "clef", "decimal", "key", "key_name", "time"]

Element = ElementTree.Element

#: alteration in semitones → the sign that is drawn
ACCIDENTALS: Final[dict[Fraction, str]] = {
    Fraction(0): "natural",
    Fraction(1): "sharp",
    Fraction(-1): "flat",
    Fraction(2): "double-sharp",
    Fraction(-2): "flat-flat",
    Fraction(1, 2): "quarter-sharp",
    Fraction(-1, 2): "quarter-flat",
    Fraction(3, 2): "three-quarters-sharp",
    Fraction(-3, 2): "three-quarters-flat",
}
#: clef of ABC → sign and line
CLEFS: Final[dict[str, tuple[str, int]]] = {
    "treble": ("G", 2),
    "bass": ("F", 4),
    "alto": ("C", 3),
    "tenor": ("C", 4),
    "soprano": ("C", 1),
    "mezzosoprano": ("C", 2),
    "baritone": ("C", 5),
    "perc": ("percussion", 0),
    "none": ("none", 0),
    "G": ("G", 2),
    "F": ("F", 4),
    "C": ("C", 3),
}
_CLEF: Final = re.compile(r"([A-Za-z]+?)([1-5]?)(?:([+-])(8|15))?")

#: the id of a ``<key>`` and its number
_KEY_ID: Final = re.compile(r"K-((?:[A-G][sb]?[a-z]{0,3}|H[Pp]|none)(?:-exp)?|exp)-\d+")


def add(parent: Element, tag: str, text: object = None, **attributes: str) -> Element:
    """A child of an element; an underscore in an attribute's name is a hyphen."""
    named = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
    child = ElementTree.SubElement(parent, tag, named)
    if text is not None:
        child.text = str(text)
    return child


def decimal(value: Fraction) -> str:
    """A number as XML Schema's decimal: no exponent, no fraction bar."""
    if value.denominator == 1:
        return str(value.numerator)
    return f"{float(value):.6f}".rstrip("0").rstrip(".")


def key(attributes: Element, field: KeyField, staff: int = 0) -> None:
    """``<key>``: a number of sharps where the signature is one, else each altered step.

    MusicXML has no tonic for such a key; its id says what ABC calls it.
    """
    element = add(attributes, "key", **({"number": str(staff)} if staff else {}))
    plain = signature_of(field.key.fifths) if field.key else {}
    if dict(field.signature) == plain:
        add(element, "fifths", field.key.fifths if field.key else 0)
        add(element, "mode", field.key.mode if field.key else "none")
        return
    element.set("id", _key_id(field.canonical))
    if field.canonical.startswith("HP") or not field.signature:
        # the pipes sound F and C sharp, and show nothing
        add(element, "fifths", 0)
        add(element, "mode", "none")
        return
    signs = sorted(field.signature.items(), key=lambda item: (item[1] < 0, _place(*item)))
    for step, value in signs:
        add(element, "key-step", step)
        add(element, "key-alter", decimal(value))
        if value in ACCIDENTALS:
            add(element, "key-accidental", ACCIDENTALS[value])


def _key_id(canonical: str) -> str:
    """The id of a ``<key>``: the key without its accidentals, ``K:F# exp _b`` as ``K-Fs-exp``."""
    words = canonical.split()
    return "-".join(["K", words[0].replace("#", "s"), *(["exp"] if "exp" in words[1:2] else [])])


def key_name(element: Element) -> str:
    """What the id of a ``<key>`` says that ABC calls it: ``F# exp``; empty where it says none."""
    match = _KEY_ID.fullmatch(element.get("id", ""))
    return match[1].replace("s", "#").replace("-", " ") if match else ""


def _place(step: str, value: Fraction) -> int:
    order = SHARPS if value >= 0 else SHARPS[::-1]
    return order.index(step)


def time(attributes: Element, meter: MeterField | None, field: Field | None) -> None:
    """``<time>``: C and cut time keep their sign, a sum its terms."""
    written = (field.written or field.value).strip() if field else ""
    symbol = {"C": "common", "c": "common", "C|": "cut", "c|": "cut"}.get(written)
    element = add(attributes, "time", **({"symbol": symbol} if symbol else {}))
    if meter is None or meter.meter is None:
        add(element, "senza-misura")
        return
    add(element, "beats", "+".join(map(str, meter.groups)) or meter.meter.numerator)
    add(element, "beat-type", meter.meter.denominator)


def clef(attributes: Element, name: str, staff: int = 0) -> None:
    """``<clef>`` of a clef as ABC names it: ``treble-8``, ``alto4``, ``F``."""
    match = _CLEF.fullmatch(name.strip().strip('"')) if name else None
    sign, line = CLEFS.get(match[1], ("G", 2)) if match else ("G", 2)
    if match and match[2]:
        line = int(match[2])
    element = add(attributes, "clef", **({"number": str(staff)} if staff else {}))
    add(element, "sign", sign)
    if line:
        add(element, "line", line)
    if match and match[3]:
        octaves = {"8": 1, "15": 2}[match[4]]
        add(element, "clef-octave-change", octaves if match[3] == "+" else -octaves)
