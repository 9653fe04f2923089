"""Chord symbols: ``F#m7b5/C`` as MusicXML's ``<harmony>``, and back."""

from __future__ import annotations

import re
from typing import Final
from xml.etree import ElementTree

__all__ = ["harmony", "plain_symbol_of", "symbol_of"]

Element = ElementTree.Element

_SYMBOL: Final = re.compile(r"([A-G])([#b♯♭]{0,2})([^/\s]*(?:/9)?)(?:/([A-Ga-g])([#b♯♭]?))?")
_ALTERS: Final = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1, "##": 2, "bb": -2}
_SIGNS: Final = {0: "", 1: "#", -1: "b", 2: "##", -2: "bb"}

#: kind in MusicXML → how ABC writes it, the first spelling being ours
_KINDS: Final[dict[str, tuple[str, ...]]] = {
    "major": ("", "maj", "major", "M"),
    "minor": ("m", "min", "minor", "mi", "-"),
    "augmented": ("aug", "+"),
    "diminished": ("dim", "°", "o"),
    "dominant": ("7", "dom7"),
    "major-seventh": ("maj7", "M7", "Maj7", "ma7", "Δ", "^7"),
    "minor-seventh": ("m7", "min7", "mi7", "-7"),
    "diminished-seventh": ("dim7", "°7", "o7"),
    "augmented-seventh": ("aug7", "+7", "7+"),
    "half-diminished": ("m7b5", "ø", "ø7", "-7b5"),
    "major-minor": ("mmaj7", "mM7", "mMaj7", "m(maj7)"),
    "major-sixth": ("6", "maj6", "M6"),
    "minor-sixth": ("m6", "min6"),
    "dominant-ninth": ("9",),
    "major-ninth": ("maj9", "M9"),
    "minor-ninth": ("m9", "min9"),
    "dominant-11th": ("11",),
    "major-11th": ("maj11",),
    "minor-11th": ("m11",),
    "dominant-13th": ("13",),
    "major-13th": ("maj13",),
    "minor-13th": ("m13",),
    "suspended-second": ("sus2",),
    "suspended-fourth": ("sus4", "sus"),
    "power": ("5",),
}
_OF_SPELLING: Final = {spelling: kind for kind, all_ in _KINDS.items() for spelling in all_}
#: a few that take degrees: spelling → kind and what is added
_WITH_DEGREES: Final[dict[str, tuple[str, tuple[tuple[int, int, str], ...]]]] = {
    "7b9": ("dominant", ((9, -1, "add"),)),
    "7#9": ("dominant", ((9, 1, "add"),)),
    "7b5": ("dominant", ((5, -1, "alter"),)),
    "7#5": ("dominant", ((5, 1, "alter"),)),
    "7#11": ("dominant", ((11, 1, "add"),)),
    "7b13": ("dominant", ((13, -1, "add"),)),
    "7sus4": ("suspended-fourth", ((7, -1, "add"),)),
    "7sus": ("suspended-fourth", ((7, -1, "add"),)),
    "add9": ("major", ((9, 0, "add"),)),
    "madd9": ("minor", ((9, 0, "add"),)),
    "69": ("major-sixth", ((9, 0, "add"),)),
    "6/9": ("major-sixth", ((9, 0, "add"),)),
    "m69": ("minor-sixth", ((9, 0, "add"),)),
    "maj7#11": ("major-seventh", ((11, 1, "add"),)),
}


def harmony(text: str) -> Element | None:
    """The ``<harmony>`` of a chord symbol as it is written, None for what is no such symbol."""
    match = _SYMBOL.fullmatch(text.strip())
    if not match or match[2] not in _ALTERS:
        return None
    quality = match[3].replace("(", "").replace(")", "")
    kind, degrees = _WITH_DEGREES.get(quality, (_OF_SPELLING.get(quality, ""), ()))
    if not kind:
        return None
    element = Element("harmony")
    _tone(ElementTree.SubElement(element, "root"), "root", match[1], _ALTERS[match[2]])
    # The text attribute is what is drawn; it keeps the spelling of the source.
    ElementTree.SubElement(element, "kind", {"text": match[3]}).text = kind
    if match[4]:
        bass = ElementTree.SubElement(element, "bass")
        _tone(bass, "bass", match[4].upper(), _ALTERS[match[5]])
    for value, alter, type_ in degrees:
        degree = ElementTree.SubElement(element, "degree", {"print-object": "no"})
        ElementTree.SubElement(degree, "degree-value").text = str(value)
        ElementTree.SubElement(degree, "degree-alter").text = str(alter)
        ElementTree.SubElement(degree, "degree-type").text = type_
    return element


def _tone(parent: Element, name: str, step: str, alter: int) -> None:
    ElementTree.SubElement(parent, f"{name}-step").text = step
    if alter:
        ElementTree.SubElement(parent, f"{name}-alter").text = str(alter)


def plain_symbol_of(element: Element) -> str:
    """As `symbol_of`, in our own spelling; ``""`` for a kind that has none either."""
    kind = (element.findtext("kind") or "").strip()
    root, bass = _name(element, "root"), _name(element, "bass")
    if not root or kind not in _KINDS:
        return ""
    return root + _spelled(_KINDS[kind][0], _degrees(element)) + (f"/{bass}" if bass else "")


def symbol_of(element: Element) -> str:
    """The chord symbol of a ``<harmony>``; ``""`` for one that has no root to name."""
    root = _name(element, "root")
    kind = element.find("kind")
    if kind is not None and (kind.text or "").strip() == "none":
        return "N.C."
    if not root or kind is None:
        return ""
    spelling = _quality(element, kind)
    bass = _name(element, "bass")
    return root + spelling + (f"/{bass}" if bass else "")


def _quality(element: Element, kind: Element) -> str:
    """What stands behind the root: the text that is drawn where it is a symbol, else our own."""
    name = (kind.text or "").strip()
    text = kind.get("text")
    degrees = _degrees(element)
    plain = (text or "").replace("(", "").replace(")", "")
    known = _OF_SPELLING.get(plain) == name or _WITH_DEGREES.get(plain, ("",))[0] == name
    complete = plain in _WITH_DEGREES or not degrees
    if text is not None and known and complete and not re.search(r'[\s"]', text):
        return text
    spelling = _KINDS.get(name, (plain if re.fullmatch(r"[\w#+°ø()-]*", plain) else "",))[0]
    return _spelled(spelling, degrees)


def _degrees(element: Element) -> list[tuple[int, int, str]]:
    return [
        (_whole(degree.findtext("degree-value")), _whole(degree.findtext("degree-alter")),
         (degree.findtext("degree-type") or "").strip())
        for degree in element.iterfind("degree")
    ]  # fmt: skip


def _spelled(spelling: str, degrees: list[tuple[int, int, str]]) -> str:
    """A kind as it is spelled, with the degrees that are added to it or altered."""
    for value, alter, type_ in degrees:
        if type_ == "add" and spelling == "sus4" and (value, alter) == (7, -1):
            spelling = "7sus4"
        elif type_ != "subtract":
            sign = _SIGNS.get(alter, "")
            added = "add" if not sign and spelling in ("", "m") else ""
            spelling += f"{added}{sign}{value}"
    return spelling


def _whole(text: str | None) -> int:
    return int(text) if text and re.fullmatch(r"\s*[+-]?\d{1,2}\s*", text) else 0


def _name(element: Element, which: str) -> str:
    step = (element.findtext(f"{which}/{which}-step") or "").strip()
    alter = _whole(element.findtext(f"{which}/{which}-alter"))
    return step + _SIGNS.get(alter, "") if re.fullmatch("[A-G]", step) else ""
