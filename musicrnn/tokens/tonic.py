"""Tunes as a model learns them where all are written on one tonic.

A tune in D and the same tune in G are one tune. A model that learns both spellings learns the
letters of every key apart, and ends on the wrong one. So the body of the model text is written as
though its tonic were C, in the mode of the tune: C is the tonic, G the fifth, a flat third in minor
is E. The ``K:`` of the header stays what it was. It says in which key the body is to sound, and
with that where it lies: tunes in D climb from their tonic, tunes in G play around it, and a model
that reads ``K:G`` goes below C where it would not for ``K:D``.

The move is always down, by the 0 to 11 semitones from C up to the tonic, so register keeps its
meaning: ``C`` is the tonic between middle C and the B above.

>>> tune = "T:Air\\nM:3/4\\nL:1/8\\nK:Edor\\nE2 G2 ^d2|e4 B2|]\\n"
>>> text, semitones = canonical(tune)
>>> text, semitones
('T:Air\\nM:3/4\\nL:1/8\\nK:Edor\\nC2 E2 =B2|c4 G2|]\\n', -4)
>>> sounded(text) == tune
True
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from musicrnn.abc.syntax.keys import SHARPS, parse_key
from musicrnn.errors import UsageError
from musicrnn.score import Key
from musicrnn.theory.pitch import LETTERS, SEMITONES

__all__ = ["canonical", "moved_body", "shift_of", "sounded"]

_ACCIDENTALS: Final = {"^^": 2, "^": 1, "=": 0, "_": -1, "__": -2}
_SPELLED: Final = {number: sign for sign, number in _ACCIDENTALS.items()}

#: what holds no notes (texts, decorations by name, inline fields), or one note
_TOKENS: Final = re.compile(
    r"\"[^\"\n]*\"|![^!\n]*!|\[[A-Za-z]:[^\]\n]*\]"
    r"|(?P<accidental>\^\^|\^|__|_|=|)(?P<letter>[A-Ga-g])(?P<octave>[,']*)"
)


def canonical(tune: str) -> tuple[str, int]:
    """A tune (a header that ends with ``K:``, and a body) with its body on C; the semitones moved.

    A tune without a tonic (``K:none``, bagpipes) stays as it is, moved by 0.
    """
    head, value, body = _parted(tune)
    semitones = shift_of(value)
    return head + moved_body(body, value, -1), -semitones


def sounded(text: str) -> str:
    """The tune that sounds: the inverse of `canonical`."""
    head, value, body = _parted(text)
    return head + moved_body(body, value, 1)


def shift_of(key: str) -> int:
    """Semitones from C up to the tonic of a ``K:`` value, 0 to 11; 0 where there is no tonic.

    >>> shift_of("D"), shift_of("Bm"), shift_of("none")
    (2, 11, 0)
    """
    parsed = _key(key)
    return parsed.pitch_class if parsed else 0


def moved_body(body: str, key: str, direction: int) -> str:
    """Music (no header) from C to the tonic of a ``K:`` value (`direction` 1), or back (−1).

    Letters keep their place in the scale and accidentals what they mean.
    """
    parsed = _key(key)
    if parsed is None or parsed.tonic == "C":
        return body
    fifths = direction * (parsed.fifths - Key("C", parsed.mode).fifths)
    moves = _moves(fifths, direction * parsed.pitch_class)
    return _TOKENS.sub(lambda match: _moved(match, moves), body)


def _parted(tune: str) -> tuple[str, str, str]:
    """The header with its ``K:`` line, the value of that, and the body."""
    match = re.search(r"^K:([^\n]*)\n?", tune, re.MULTILINE)
    return (tune[: match.end()], match[1].strip(), tune[match.end() :]) if match else ("", "", tune)


@lru_cache(maxsize=256)
def _key(value: str) -> Key | None:
    try:
        return parse_key(value)
    except UsageError:
        return None


@lru_cache(maxsize=64)
def _moves(fifths: int, semitones: int) -> dict[str, tuple[str, int, int]]:
    """Natural letter → the letter it becomes, that one's alteration, and octaves up.

    On the line of fifths (… F C G D A E B F♯ …) a move adds a constant, which carries letters,
    signature and accidentals along together.
    """
    moves = {}
    for step in LETTERS:
        position = SHARPS.index(step) + fifths
        letter, altered = SHARPS[position % 7], position // 7
        height = SEMITONES[step] + semitones
        moves[step] = letter, altered, (height - altered - SEMITONES[letter]) // 12
    return moves


def _moved(match: re.Match[str], moves: dict[str, tuple[str, int, int]]) -> str:
    written = match["letter"]
    if not written:
        return match[0]
    letter, altered, octaves = moves[written.upper()]
    octave = written.islower() + match["octave"].count("'") - match["octave"].count(",") + octaves
    accidental = match["accidental"]
    if accidental:
        letter, alteration, octave = _spellable(letter, _ACCIDENTALS[accidental] + altered, octave)
        accidental = _SPELLED[alteration]
    if octave > 0:
        return accidental + letter.lower() + "'" * (octave - 1)
    return accidental + letter + "," * -octave


def _spellable(letter: str, altered: int, octave: int) -> tuple[str, int, int]:
    """The same pitch with at most two sharps or flats."""
    while abs(altered) > 2:
        sign = 1 if altered > 0 else -1
        place = LETTERS.index(letter) + sign
        other, octave = LETTERS[place % 7], octave + place // 7
        altered -= sign * ((SEMITONES[other] - SEMITONES[letter]) * sign % 12)
        letter = other
    return letter, altered, octave
