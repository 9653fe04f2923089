"""``K:`` and what belongs to it: mode, signature, clef, octave, transposition (ABC 2.1, 3.1.14,
4.6)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from musicrnn.errors import UsageError, want
from musicrnn.score import Key

__all__ = [
    "ACCIDENTAL", "ACCIDENTALS", "KeyField", "alteration", "parse_key", "plain_key", "read_key",
    "spell_key",
]  # fmt: skip

SHARPS: Final = "FCGDAEB"

#: an accidental as a pattern, microtones included: ``^``, ``__``, ``_/``, ``^3/2``, ``_3/4``
ACCIDENTAL: Final = r"(?:\^\^|__|[\^_](?:\d{1,3}/\d{0,3}|/\d{0,3}|)|=)"

#: accidental as written → semitones; microtones are fractions (``^/`` is a quarter tone)
ACCIDENTALS: Final[dict[str, Fraction]] = {
    "^^": Fraction(2), "^": Fraction(1), "=": Fraction(0), "_": Fraction(-1), "__": Fraction(-2),
}  # fmt: skip

#: first three letters of a mode, lower case → (name in `Key`, canonical suffix)
_MODES: Final = {
    "": ("major", ""), "maj": ("major", ""), "ion": ("ionian", ""), "m": ("minor", "m"),
    "min": ("minor", "m"), "aeo": ("aeolian", "m"), "mix": ("mixolydian", "mix"),
    "dor": ("dorian", "dor"), "phr": ("phrygian", "phr"), "lyd": ("lydian", "lyd"),
    "loc": ("locrian", "loc"), "dur": ("major", ""), "mol": ("minor", "m"),
}  # fmt: skip
#: modes that are another name for one of the seven
_SAME: Final = {"ionian": "major", "aeolian": "minor"}
SUFFIXES: Final = dict(_MODES.values())

_MODE: Final = (
    r"(?:maj|min|mix|dor|phr|lyd|loc|ion|aeo)[a-z]*|dur\b|moll\b"  # the last two are German
)
_TONIC: Final = re.compile(
    r"(?P<tonic>[A-G])(?P<sharp>[#b♯♭]|[ \t-]*(?:sharp|flat)\b|)"
    rf"(?:[ \t-]*(?P<mode>{_MODE}|m(?![A-Za-z]))|(?![A-Za-z#♯♭]))",
    re.IGNORECASE,
)
#: a mode behind another word: ``A harmonic minor``
_LATER_MODE: Final = re.compile(
    rf"\s+(?!or\b|[A-G]\b)[A-Za-z]+\s+(?P<mode>{_MODE})(?![^\s.,;])", re.IGNORECASE
)
_SIGNS: Final = {"♯": "#", "sharp": "#", "♭": "b", "flat": "b"}
_WORD: Final = re.compile(
    r"(?P<exp>exp(?:licit)?(?![^\s^_=]))"
    rf"|(?P<accidental>{ACCIDENTAL}[a-gA-G](?![a-zA-Z]))"
    r"|(?P<name>clef|middle|m|octave|transpose|t|score|sound|shift|stafflines|staffscale|style"
    r"|cue|name|nm|subname|snm|stem|gchords?|space|brace|bracket|program|instrument)"
    r"\s*=\s*(?P<value>\"[^\"]*\"|\S+)"
    r"|(?P<clef>(?:treble|alto|tenor|bass|perc|none|mezzosoprano|soprano|baritone|G|F|C)"
    r"[0-5]?(?:[+-](?:8|15))?(?=\s|$))",
    re.IGNORECASE,
)
#: hyphens and minus signs of word processors
_HYPHENS: Final = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-"))
_CLEF_OCTAVES: Final = {"+8": 1, "-8": -1, "+15": 2, "-15": -2}
#: sound of the Great Highland bagpipe: F, C sharp and G natural
_PIPES: Final = {"F": Fraction(1), "C": Fraction(1), "G": Fraction(0)}


@dataclass(frozen=True, slots=True)
class KeyField:
    """What a ``K:`` (or the clef part of a ``V:``) says.

    `key` is None for ``none``, for an explicit signature without tonic, for a clef alone and for
    bagpipes; `signature` maps a step (``"F"``) to its alteration in semitones; `octave` and
    `transpose` (semitones) move what sounds. `changes_key` is false where only the clef changes.
    `unknown` are the words that mean nothing here; what stands beside them holds all the same.
    """

    key: Key | None
    signature: Mapping[str, Fraction]
    canonical: str
    clef: str = ""
    octave: int = 0
    transpose: int = 0
    changes_key: bool = True
    unknown: tuple[str, ...] = ()

    @property
    def pipes(self) -> bool:
        """Whether this is ``HP`` or ``Hp``, whose F and C sound sharp; ``HP`` prints no sharps."""
        return self.canonical[:2] in ("HP", "Hp")


@lru_cache(maxsize=256)
def alteration(accidental: str) -> Fraction:
    """Semitones of a written accidental: ``^`` 1, ``__`` −2, ``^/2`` ½, ``_3/4`` −¾ (4.2)."""
    known = ACCIDENTALS.get(accidental)
    if known is not None:
        return known
    sign = 1 if accidental[0] == "^" else -1
    above, _, below = accidental[1:].partition("/")
    return sign * Fraction(int(above or 1), int(below or 2) or 2)


def signature_of(fifths: int) -> dict[str, Fraction]:
    """The altered steps of a signature with so many sharps (flats where negative), −14…14."""
    steps = SHARPS if fifths > 0 else SHARPS[::-1]
    sign = 1 if fifths > 0 else -1
    count = abs(fifths)
    return {
        step: Fraction(sign * ((count + 6 - place) // 7))
        for place, step in enumerate(steps)
        if count > place
    }


@lru_cache(maxsize=4096)
def read_key(value: str) -> KeyField | None:
    """What the value of a ``K:`` field says, or None when it makes no sense.

    All modes in any case, spelled out or cut to three letters; ``exp`` and explicit accidentals;
    ``none`` and the empty value; ``HP`` and ``Hp``; clef, octave and transposition. Words that
    mean nothing are kept in `KeyField.unknown`.
    """
    text = value.strip().translate(_HYPHENS)
    if text[:1] in ('"', "["):
        text = text.strip('"[] ')
    tonic = _TONIC.match(text)
    key: Key | None = None
    signature: dict[str, Fraction] = {}
    canonical, at, changes = "", 0, True
    if tonic:
        named, at = tonic["mode"], tonic.end()
        if not named and (later := _LATER_MODE.match(text, at)):
            named, text = later["mode"], f"{text[: later.start('mode')]}{text[later.end() :]}"
        mode, suffix = _MODES[(named or "")[:3].lower()]
        sharp = tonic["sharp"].strip(" \t-").lower()
        sharp = _SIGNS.get(sharp, sharp)
        key = Key(tonic["tonic"].upper() + sharp, _SAME.get(mode, mode))
        signature = signature_of(key.fifths)
        canonical = f"{key.tonic}{suffix}"
    elif text[:2].upper() == "HP" and not text[2:3].isalnum():
        signature = dict(_PIPES)  # HP only prints no signature
        canonical, at = "HP" if text[:2] == "HP" else "Hp", 2
    elif re.match(r"none\b", text, re.IGNORECASE) or not text:
        canonical, at = "none", 4
    else:
        changes = bool(re.search(r"(?:^|\s)(?:exp\b|[\^_=])", text))
    return _with_rest(text[at:], key, signature, canonical, changes)


def _with_rest(
    rest: str, key: Key | None, signature: dict[str, Fraction], canonical: str, changes: bool
) -> KeyField | None:
    """The words after the tonic: accidentals, clef and properties, in canonical order.

    None where there is no tonic and none of the words means anything.
    """
    accidentals: dict[str, str] = {}
    words: list[str] = []
    unknown: list[str] = []
    clef, octave, transpose = "", 0, 0
    explicit = False
    at = 0
    for word in _WORD.finditer(rest):
        between = rest[at : word.start()]
        if between.strip() and not between[-1:].isspace():
            continue  # the tail of a longer word
        unknown += between.split()
        at = word.end()
        kind = word.lastgroup
        if kind == "exp":
            explicit = True
        elif kind == "accidental":
            accidentals[word["accidental"][-1].upper()] = word["accidental"][:-1]
        elif kind == "clef":
            clef = word["clef"]
            words.append(clef)
        elif word["name"].lower() == "clef":
            clef = word["value"].strip('"')
            words.append(f"clef={clef}")
        else:
            name, said = word["name"].lower(), word["value"]
            octave += _whole(said) if name == "octave" else 0
            transpose += _whole(said) if name in ("transpose", "t") else 0
            words.append(f"{name}={said}")
    unknown += rest[at:].split()
    if unknown and not (canonical or explicit or accidentals or words):
        return None
    if explicit:
        signature = {}
    signature = signature | {step: alteration(sign) for step, sign in accidentals.items()}
    head = f"{canonical} exp".strip() if explicit else canonical
    tail = [sign + step.lower() for step, sign in accidentals.items()]
    octave += _clef_octaves(clef)
    return KeyField(
        None if explicit and not key else key, MappingProxyType(signature),
        " ".join([head, *tail, *words, *unknown]).strip(), clef, octave, transpose,
        changes or explicit or bool(accidentals), tuple(unknown),
    )  # fmt: skip


def _clef_octaves(clef: str) -> int:
    """Octaves that the sign behind a clef (``treble-8``) moves what sounds."""
    sign = re.search(r"[+-]\d+$", clef)
    return _CLEF_OCTAVES.get(sign[0], 0) if sign else 0


def _whole(text: str) -> int:
    return max(-120, min(120, int(text))) if re.fullmatch(r"[+-]?\d{1,3}", text) else 0


def _nearest_key(text: str) -> str:
    """What to say of a text that names no key: the key that was meant, or what keys look like."""
    tonic, _, mode = text.partition(" ")
    if tonic[:1] in ("H", "h") and len(tonic) <= 2:  # as German and Nordic musicians call B
        return f"did you mean {f'B{tonic[1:]} {mode}'.strip()}?"
    near = difflib.get_close_matches(mode.strip().lower(), [*_SAME, *SUFFIXES], n=1)
    if near and read_key(tonic) is not None:
        return f"did you mean {tonic} {near[0]}?"
    return "write for example D, Am, F# minor or D dorian"


def parse_key(text: str) -> Key:
    """The key named by `text`, as a user types it: ``"D"``, ``"Am"``, ``"f# minor"``,
    ``"D dorian"``, ``"Bb"``.

    Raises UsageError for anything that is not a tonic with a mode.
    """
    want(text, str, "parse_key wants text such as 'D dorian'")
    cleaned = text.strip()
    field = read_key(cleaned[:1].upper() + cleaned[1:]) if cleaned else None
    if field is None or field.key is None or field.canonical != spell_key(field.key):
        raise UsageError(f"{text!r} is not a key; {_nearest_key(cleaned)}")
    return field.key


def plain_key(value: str) -> Key:
    """The key in which music under a ``K:`` value is written: that of its tonic and mode, whatever
    clef stands beside them; of no tonic, one of the same signature (bagpipes: A mixolydian, none:
    C).

    Raises UsageError for a signature that no key has, such as ``D exp _b ^c``.
    """
    field = read_key(value)
    signature = {step: by for step, by in field.signature.items() if by} if field else None
    if field and field.key and signature == signature_of(field.key.fifths):
        return field.key
    for fifths in range(-7, 8):
        if signature == signature_of(fifths):
            return Key("A", "mixolydian") if field and field.pipes else Key.of_signature(fifths)
    raise UsageError(f"the signature of K:{value} is that of no key; write it with accidentals")


def spell_key(key: Key) -> str:
    """`key` as it stands after ``K:``: ``G``, ``Am``, ``Dmix``."""
    want(key, Key, "spell_key wants a Key, as abc.parse_key('D') gives it")
    return key.tonic + SUFFIXES[key.mode]
