"""Was a tune what was asked for? Wishes drawn by lot, and a look at the tune that came.

The look is not the constraint's: the parser reads the finished text and plays it out, and of a
melody of events the notes are looked at.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np

from musicrnn import abc
from musicrnn.errors import MusicRNNError
from musicrnn.score import Score
from musicrnn.theory.melody import BarLines

__all__ = ["kept", "wishes"]

#: metre → rhythms that go with it
_DANCES = {
    "6/8": ("jig",), "4/4": ("reel", "hornpipe"), "3/4": ("waltz",), "9/8": ("slip jig",),
    "2/4": ("polka",),
}  # fmt: skip
_KEYS = ("D", "G", "A", "C", "F", "Em", "Am", "Bm", "Ador", "Dmix")
_FORMS = ("AABB", "AAB", "AABBCC", "AB")
_BARS = (4, 8)
#: of a melody: bars in all, and ranges (MIDI numbers of the lowest and highest note)
_LENGTHS = (4, 8, 12, 16)
_RANGES = ((62, 83), (60, 79), (55, 76))


def wishes(rng: np.random.Generator, n: int, *, tokenizer: str = "char") -> list[dict[str, Any]]:
    """`n` sets of options for a model that writes with `tokenizer` (its name)."""
    draw = {"piano": _of_melody, "jazz": _over_chords}.get(tokenizer, _of_tune)
    return [draw(rng) for _ in range(n)]


def kept(asked: dict[str, Any], content: str | Score) -> dict[str, bool]:
    """Control → whether the tune (ABC) or melody (a score) keeps it; all False where there is
    nothing to be read or heard."""
    if isinstance(content, Score):
        found = _melody_kept(asked, content)
    else:
        found = _tune_kept(asked, content)
    return found or dict.fromkeys(asked, False)


# --- tunes --------------------------------------------------------------------------------------


def _of_tune(rng: np.random.Generator) -> dict[str, Any]:
    """Key, metre, rhythm, form and bars of each part."""
    meter = list(_DANCES)[rng.integers(len(_DANCES))]
    return {
        "key": _KEYS[rng.integers(len(_KEYS))],
        "meter": meter,
        "rhythm": _DANCES[meter][rng.integers(len(_DANCES[meter]))],
        "form": _FORMS[rng.integers(len(_FORMS))],
        "bars": int(_BARS[rng.integers(len(_BARS))]),
    }


def _tune_kept(asked: dict[str, Any], text: str) -> dict[str, bool]:
    try:
        tune = abc.parse_tune(text)
        score = abc.to_score(tune)
        key, meter = abc.parse_key(tune.key), abc.parse_meter(tune.meter)
    except MusicRNNError:
        return {}
    passes = Fraction(len(asked["form"]) * asked["bars"])
    played = score.length / meter.length if meter is not None else None
    return {
        "key": key == abc.parse_key(asked["key"]),
        "meter": meter == abc.parse_meter(asked["meter"]),
        "rhythm": tune.rhythm == asked["rhythm"],
        "form": _marks(text) == _marks_of(asked["form"]),
        "bars": played == passes,
    }


def _marks(text: str) -> int:
    """How many passages are repeated."""
    body = text.partition("\nK:")[2]
    return body.count(":|") + body.count("::")


def _marks_of(form: str) -> int:
    return sum(a == b for a, b in pairwise(form))


# --- melodies of events -------------------------------------------------------------------------


def _of_melody(rng: np.random.Generator) -> dict[str, Any]:
    """Key, bars, range, notes of the scale only."""
    lowest, highest = _RANGES[rng.integers(len(_RANGES))]
    return {
        "key": _KEYS[rng.integers(len(_KEYS))],
        "bars": int(_LENGTHS[rng.integers(len(_LENGTHS))]),
        "lowest": lowest,
        "highest": highest,
        "in_scale": 1.0,
    }


def _over_chords(rng: np.random.Generator) -> dict[str, Any]:
    """The same without the scale: the chords say which notes belong."""
    return {name: wish for name, wish in _of_melody(rng).items() if name != "in_scale"}


def _melody_kept(asked: dict[str, Any], score: Score) -> dict[str, bool]:
    pitches = [note.pitch for note in score.notes]
    if not pitches:
        return {}
    key = abc.parse_key(asked["key"])
    found = {
        "key": [change.key for change in score.keys] == [key],
        "bars": BarLines(score).number(score.length) == asked["bars"],
        "lowest": min(pitches) >= asked["lowest"],
        "highest": max(pitches) <= asked["highest"],
        "in_scale": {pitch % 12 for pitch in pitches} <= key.pitch_classes,
    }
    return {name: found[name] for name in asked}
