"""Chord symbols: what they are called, which notes they hold, which scale goes with them.

A symbol is a root, a quality from `QUALITIES`, alterations and perhaps a bass: ``F#m7b5/C``. The
scale over a chord is that of common jazz teaching (M. Levine, *The Jazz Theory Book*, 1995, chapter
3): ionian over major, mixolydian over dominants, dorian over minor, locrian over half-diminished.

>>> sorted(parse_chord("Dm7").tones)
[0, 2, 5, 9]
>>> [chord.text for bar in parse_progression("Dm7 G7 | Cmaj7") for chord in bar]
['Dm7', 'G7', 'Cmaj7']
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from musicrnn.errors import UsageError
from musicrnn.theory.pitch import MAJOR, SEMITONES

__all__ = [
    "NO_CHORD",
    "QUALITIES",
    "Chord",
    "is_chord",
    "parse_chord",
    "parse_progression",
    "pitch_name",
    "transpose_symbol",
]

#: How a bar without a chord is written.
NO_CHORD = "N.C."

_MIXOLYDIAN = (0, 2, 4, 5, 7, 9, 10)
_DORIAN = (0, 2, 3, 5, 7, 9, 10)
_MELODIC_MINOR = (0, 2, 3, 5, 7, 9, 11)
_LOCRIAN = (0, 1, 3, 5, 6, 8, 10)
_DIMINISHED = (0, 2, 3, 5, 6, 8, 9, 11)
_WHOLE_TONE = (0, 2, 4, 6, 8, 10)
_ALTERED = (0, 1, 3, 4, 6, 8, 10)

#: quality → (chord tones in semitones above the root, scale)
QUALITIES: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "": ((0, 4, 7), MAJOR),
    "5": ((0, 7), MAJOR),
    "6": ((0, 4, 7, 9), MAJOR),
    "69": ((0, 2, 4, 7, 9), MAJOR),
    "add9": ((0, 2, 4, 7), MAJOR),
    "maj7": ((0, 4, 7, 11), MAJOR),
    "maj9": ((0, 2, 4, 7, 11), MAJOR),
    "maj13": ((0, 2, 4, 7, 9, 11), MAJOR),
    "sus2": ((0, 2, 7), MAJOR),
    "sus4": ((0, 5, 7), MAJOR),
    "7": ((0, 4, 7, 10), _MIXOLYDIAN),
    "9": ((0, 2, 4, 7, 10), _MIXOLYDIAN),
    "11": ((0, 2, 5, 7, 10), _MIXOLYDIAN),
    "13": ((0, 2, 4, 7, 9, 10), _MIXOLYDIAN),
    "7sus4": ((0, 5, 7, 10), _MIXOLYDIAN),
    "9sus4": ((0, 2, 5, 7, 10), _MIXOLYDIAN),
    "7alt": ((0, 4, 8, 10), _ALTERED),
    "m": ((0, 3, 7), _DORIAN),
    "m6": ((0, 3, 7, 9), _DORIAN),
    "m69": ((0, 2, 3, 7, 9), _DORIAN),
    "madd9": ((0, 2, 3, 7), _DORIAN),
    "m7": ((0, 3, 7, 10), _DORIAN),
    "m9": ((0, 2, 3, 7, 10), _DORIAN),
    "m11": ((0, 2, 3, 5, 7, 10), _DORIAN),
    "m13": ((0, 2, 3, 7, 9, 10), _DORIAN),
    "mmaj7": ((0, 3, 7, 11), _MELODIC_MINOR),
    "mmaj9": ((0, 2, 3, 7, 11), _MELODIC_MINOR),
    "m7b5": ((0, 3, 6, 10), _LOCRIAN),
    "dim": ((0, 3, 6), _DIMINISHED),
    "dim7": ((0, 3, 6, 9), _DIMINISHED),
    "aug": ((0, 4, 8), _WHOLE_TONE),
    "aug7": ((0, 4, 8, 10), _WHOLE_TONE),
    "augmaj7": ((0, 4, 8, 11), (0, 2, 4, 6, 8, 9, 11)),
}

#: Other spellings of the beginning of a quality, longest first; "M" and "m" are not the same.
_SPELLINGS = (
    ("major", "maj"), ("minor", "m"), ("min", "m"), ("mi", "m"), ("-", "m"),
    ("Maj", "maj"), ("ma7", "maj7"), ("ma9", "maj9"), ("M", "maj"), ("Δ", "maj"), ("^", "maj"),
    ("dim7", "dim7"), ("°", "dim"), ("o", "dim"), ("ø", "m7b5"), ("+", "aug"), ("dom", ""),
)  # fmt: skip
#: Whole qualities that are written otherwise, after the spellings above.
_SYNONYMS = {
    "maj": "", "6/9": "69", "m6/9": "69", "2": "add9", "sus": "sus4", "7sus": "7sus4",
    "9sus": "9sus4", "m7b5": "m7b5", "m7b57": "m7b5", "alt": "7alt", "7+": "aug7", "7aug": "aug7",
    "maj6": "6", "maj69": "69", "mmaj": "mmaj7", "dim9": "dim7", "7dim": "dim7", "aug9": "aug7",
}  # fmt: skip
#: Longest first.
_STEMS = sorted({*QUALITIES, *_SYNONYMS}, key=lambda stem: (-len(stem), stem))

_SYMBOL = re.compile(r"([A-G])([#b♯♭]?)([^/\s]*(?:/9)?)(?:/([A-Ga-g])([#b♯♭+]?))?")
_ALTERATION = re.compile(r"(?:add)?([#b+-]?)(4|5|6|9|11|13)")
_DEGREES = {"4": 5, "5": 7, "6": 9, "9": 2, "11": 5, "13": 9}
_SHIFTS = {"#": 1, "+": 1, "♯": 1, "b": -1, "-": -1, "♭": -1, "": 0}
_FLAT_NAMES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
_SHARP_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord symbol understood. `root`, `bass` and the members of `tones` and `scale` are pitch
    classes, 0 (C) … 11 (B); `tones` is a subset of `scale`."""

    text: str
    root: int
    bass: int
    tones: frozenset[int]
    scale: frozenset[int]


@lru_cache(maxsize=4096)
def parse_chord(text: str) -> Chord:
    """The chord that a symbol names. Raises `UsageError` for what is no chord symbol."""
    match = _SYMBOL.fullmatch(text.strip())
    quality = _quality(match[3]) if match else None
    if not match or quality is None:
        raise UsageError(f"{text!r} is no chord symbol; write it like C, Dm7, G7b9, F#m7b5, Bb/D")
    root = (SEMITONES[match[1]] + _SHIFTS[match[2]]) % 12
    bass = (SEMITONES[match[4].upper()] + _SHIFTS[match[5]]) % 12 if match[4] else root
    tones, scale = quality
    sounding = frozenset((root + tone) % 12 for tone in tones) | {bass}
    return Chord(
        text.strip(), root, bass, sounding, sounding | {(root + tone) % 12 for tone in scale}
    )


def is_chord(text: str) -> bool:
    """Whether `text` is a chord symbol."""
    try:
        parse_chord(text)
    except UsageError:
        return False
    return True


def _quality(body: str) -> tuple[set[int], set[int]] | None:
    """Chord tones and scale, in semitones above the root, of what follows the root."""
    body = body.replace("♯", "#").replace("♭", "b").replace("(", "").replace(")", "")
    body = body.replace(",", "")
    for spelling, plain in _SPELLINGS:
        if body.startswith(spelling):
            body = plain + body.removeprefix(spelling)
            break
    body = body.replace("mMaj", "mmaj").replace("mM", "mmaj").replace("mΔ", "mmaj")
    for stem in _STEMS:
        if body.startswith(stem):
            altered = _altered(stem, body.removeprefix(stem))
            if altered is not None:
                return altered
    return None


def _altered(stem: str, rest: str) -> tuple[set[int], set[int]] | None:
    """The stem's tones and scale with the alterations `rest`; None when that is no such list."""
    tones, scale = (set(part) for part in QUALITIES[_SYNONYMS.get(stem, stem)])
    while rest:
        match = _ALTERATION.match(rest)
        if not match:
            return None
        rest = rest[match.end() :]
        natural = _DEGREES[match[2]]
        tone = natural + _SHIFTS[match[1]]
        if match[2] == "5":
            tones.discard(natural)
        if match[1]:
            scale.discard(natural)
        tones.add(tone % 12)
    return tones, scale | tones


def parse_progression(text: str) -> list[tuple[Chord, ...]]:
    """The chords of each bar.

    With bar lines, ``Dm7 G7 | Cmaj7``, the chords between two of them share a bar; without any,
    each chord has a bar of its own. ``%`` repeats the bar before. Raises `UsageError`.
    """
    cells = text.strip().strip("|").split("|") if "|" in text else text.split()
    bars: list[tuple[Chord, ...]] = []
    for cell in cells:
        symbols = cell.split()
        if symbols == ["%"] and bars:
            bars.append(bars[-1])
        elif symbols:
            bars.append(tuple(parse_chord(symbol) for symbol in symbols))
        else:
            raise UsageError("a bar without a chord; write % to repeat the bar before")
    if not bars:
        raise UsageError("no chords; write them like 'Dm7 G7 | Cmaj7'")
    return bars


def pitch_name(pitch_class: int, *, flats: bool = True) -> str:
    """The usual name of a pitch class, with a flat or a sharp where it needs one."""
    return (_FLAT_NAMES if flats else _SHARP_NAMES)[pitch_class % 12]


def transpose_symbol(text: str, semitones: int, *, flats: bool = True) -> str:
    """The chord symbol moved by `semitones`; what is no symbol (``N.C.``) stays as it is."""
    match = _SYMBOL.fullmatch(text.strip())
    if not match or not is_chord(text):
        return text
    root = SEMITONES[match[1]] + _SHIFTS[match[2]] + semitones
    moved = pitch_name(root, flats=flats) + match[3]
    if match[4]:
        bass = SEMITONES[match[4].upper()] + _SHIFTS[match[5]] + semitones
        moved += "/" + pitch_name(bass, flats=flats)
    return moved
