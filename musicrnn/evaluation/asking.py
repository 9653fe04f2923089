"""Was a tune what was asked for? Wishes drawn by lot, and a look at the tune that came.

The look is the parser's, not the constraint's: it reads the finished text and plays it out.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np

from musicrnn import abc
from musicrnn.errors import MusicRNNError

__all__ = ["kept", "wishes"]

#: metre → rhythms that go with it
_DANCES = {
    "6/8": ("jig",), "4/4": ("reel", "hornpipe"), "3/4": ("waltz",), "9/8": ("slip jig",),
    "2/4": ("polka",),
}  # fmt: skip
_KEYS = ("D", "G", "A", "C", "F", "Em", "Am", "Bm", "Ador", "Dmix")
_FORMS = ("AABB", "AAB", "AABBCC", "AB")
_BARS = (4, 8)


def wishes(rng: np.random.Generator, n: int) -> list[dict[str, Any]]:
    """`n` sets of options for a generator of ABC tunes: key, metre, rhythm, form and bars."""
    metres = list(_DANCES)
    drawn = []
    for _ in range(n):
        meter = metres[rng.integers(len(metres))]
        drawn.append(
            {
                "key": _KEYS[rng.integers(len(_KEYS))],
                "meter": meter,
                "rhythm": _DANCES[meter][rng.integers(len(_DANCES[meter]))],
                "form": _FORMS[rng.integers(len(_FORMS))],
                "bars": int(_BARS[rng.integers(len(_BARS))]),
            }
        )
    return drawn


def kept(asked: dict[str, Any], text: str) -> dict[str, bool]:
    """Control → whether the tune in `text` keeps it; all False where it cannot be read."""
    try:
        tune = abc.parse_tune(text)
        score = abc.to_score(tune)
        key, meter = abc.parse_key(tune.key), abc.parse_meter(tune.meter)
    except MusicRNNError:
        return dict.fromkeys(asked, False)
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
