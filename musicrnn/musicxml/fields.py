"""Keys, metres, clefs and tempo marks of MusicXML as the fields of ABC."""

from __future__ import annotations

from fractions import Fraction
from typing import Final
from xml.etree import ElementTree

from musicrnn.abc.syntax.keys import read_key, spell_key
from musicrnn.abc.syntax.text import spell_quoted
from musicrnn.abc.transform import spell_alteration
from musicrnn.musicxml.durations import TYPES
from musicrnn.musicxml.elements import CLEFS, key_name
from musicrnn.musicxml.package import number, whole
from musicrnn.score import Key

__all__ = ["clef_name", "key_value", "meter_value", "tempo_value", "transposition"]

Element = ElementTree.Element

_MODES: Final = ("major", "minor", "dorian", "phrygian", "lydian", "mixolydian", "locrian")
_SAME: Final = {"ionian": "major", "aeolian": "minor"}
_STEPS: Final = frozenset("ABCDEFG")
_CLEFS: Final = {place: name for name, place in reversed(CLEFS.items()) if len(name) > 1}


def key_value(element: Element) -> str:
    """What stands after ``K:`` for a ``<key>``."""
    steps = [step.text or "" for step in element.iterfind("key-step")]
    alters = [number(alter.text) for alter in element.iterfind("key-alter")]
    signature = {step: by for step, by in zip(steps, alters, strict=False) if step in _STEPS}
    named = _named(key_name(element), signature)
    if named:
        return named
    if steps:  # there must be a tonic, for other readers of ABC
        return " ".join(["C", "exp", *_signs(signature)])
    fifths = whole(element.findtext("fifths"))
    mode = (element.findtext("mode") or "major").strip().lower()
    if mode == "none" and not fifths:
        return "none"
    mode = _SAME.get(mode, mode)
    return spell_key(_key(fifths, mode if mode in _MODES else "major"))


def _named(name: str, signature: dict[str, Fraction]) -> str:
    """The key of that name, with the accidentals that make its signature this one; empty where
    none do."""
    key = read_key(name) if name else None
    if key is None or name == "HP":
        return name if key and not signature else ""
    usual = {} if name.endswith("exp") else key.signature
    signs = _signs({step: by for step, by in signature.items() if usual.get(step) != by})
    value = " ".join([name, *signs])
    said = read_key(value)
    return value if said and dict(said.signature) == signature else ""


def _signs(signature: dict[str, Fraction]) -> list[str]:
    return [f"{spell_alteration(by)}{step.lower()}" for step, by in signature.items()]


def _key(fifths: int, mode: str) -> Key:
    """The key of that mode with so many sharps; the nearest signature where there is none."""
    for letter in "CGDAEBF":
        for accidental in ("", "#", "b"):
            key = Key(letter + accidental, mode)
            if key.fifths == fifths:
                return key
    return Key.of_signature(max(-7, min(7, fifths)))


def meter_value(element: Element) -> str:
    """What stands after ``M:`` for a ``<time>``; ``""`` where it makes no sense."""
    if element.find("senza-misura") is not None:
        return "none"
    symbol = element.get("symbol", "")
    beats = [(beats.text or "").replace(" ", "") for beats in element.iterfind("beats")]
    types = [(type_.text or "").strip() for type_ in element.iterfind("beat-type")]
    if not beats or not types or not all(type_ == types[0] for type_ in types):
        return ""
    above, below = "+".join(beats), types[0]
    if (symbol, above, below) == ("common", "4", "4"):
        return "C"
    if (symbol, above, below) == ("cut", "2", "2"):
        return "C|"
    return f"({above})/{below}" if "+" in above else f"{above}/{below}"


def clef_name(element: Element) -> str:
    """The clef as ABC names it, ``""`` for one that it has not."""
    sign = (element.findtext("sign") or "").strip()
    line = whole(element.findtext("line"), {"G": 2, "F": 4, "C": 3}.get(sign, 0))
    name = _CLEFS.get((sign, line if sign in ("G", "F", "C") else 0), "")
    if not name and sign in ("G", "F", "C") and 0 < line < 6:
        name = {"G": "treble", "F": "bass", "C": "alto"}[sign] + str(line)
    octaves = whole(element.findtext("clef-octave-change"))
    suffix = {1: "+8", -1: "-8", 2: "+15", -2: "-15"}.get(octaves, "")
    return name + suffix if name else ""


def transposition(element: Element) -> int:
    """Semitones from what is written to what sounds."""
    octaves = max(-4, min(4, whole(element.findtext("octave-change"))))
    return max(-11, min(11, whole(element.findtext("chromatic")))) + 12 * octaves


def tempo_value(direction: Element) -> str:
    """What stands after ``Q:`` for a direction with a metronome mark or a tempo that sounds."""
    metronome = direction.find("direction-type/metronome")
    sound = direction if direction.tag == "sound" else direction.find("sound")
    words = " ".join(
        (element.text or "").strip() for element in direction.iterfind("direction-type/words")
    ).strip()
    text = f'"{spell_quoted(words)}"' if words else ""
    mark = _metronome(metronome) if metronome is not None else ""
    if not mark and sound is not None:
        tempo = number(sound.get("tempo"))
        mark = f"1/4={_rate(tempo)}" if 1 <= tempo <= 10_000 else ""
    return f"{text} {mark}".strip() if mark else ""


def _metronome(element: Element) -> str:
    base = TYPES.get((element.findtext("beat-unit") or "").strip())
    rate = number(element.findtext("per-minute"))
    if base is None or not 1 <= rate <= 10_000 or len(element.findall("beat-unit")) > 1:
        return ""
    dots = min(len(element.findall("beat-unit-dot")), 3)
    beat = base / 4 * (2 - Fraction(1, 1 << dots))
    return f"{beat.numerator}/{beat.denominator}={_rate(rate)}"


def _rate(rate: Fraction) -> str:
    return str(rate) if rate.denominator == 1 else f"{float(rate):.3f}".rstrip("0").rstrip(".")
