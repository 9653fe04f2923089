"""What the worker processes do: plain functions from plain values to plain values.

They run in processes of their own, so they load the models once (`warm`) and keep them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from musicrnn.errors import UsageError

__all__ = ["CHOICES", "check", "file", "read", "tune", "warm"]

#: what the form offers; anything else that makes sense may be asked for as well
CHOICES: dict[str, Any] = {
    "rhythms": ["jig", "slip jig", "reel", "hornpipe", "polka", "waltz", "march", "strathspey", "air"],
    "meters": ["2/4", "3/4", "4/4", "2/2", "3/2", "5/8", "6/8", "7/8", "9/8", "12/8"],
    "keys": ["C", "G", "D", "A", "E", "F", "Bb", "Am", "Em", "Bm", "Dm", "Gm", "Ador", "Edor", "Ddor", "Amix", "Dmix", "Gmix"],
    "forms": ["AABB", "AB", "AABBCC", "AA", "ABAC"],
    "ranges": ["whistle-D", "flute", "fiddle"],
}  # fmt: skip

_models: dict[str, Any] = {}


def warm(models: Mapping[str, str]) -> None:
    """Load every model that may be asked for: name → shipped name or folder."""
    from musicrnn import generation

    for name, folder in models.items():
        _models[name] = generation.load(folder)


def tune(query: Mapping[str, Any]) -> dict[str, Any]:
    """The tune that a query names, with its score: the fields of `TuneView`, less the address."""
    raise NotImplementedError
