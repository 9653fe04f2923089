"""Samples against real pieces, in every respect that is measured."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from itertools import pairwise
from typing import Any

import numpy as np

from musicrnn.evaluation.distances import binned, compare
from musicrnn.evaluation.metrics import HISTOGRAMS, NUMBERS
from musicrnn.score import Score

__all__ = ["of_scores", "of_texts", "shares", "summary"]

#: Bars that a plot has room for; the rest is drawn as "others".
MOST_CATEGORIES = 16


def of_scores(
    samples: Sequence[Score], reals: Sequence[Score], rng: np.random.Generator
) -> dict[str, Any]:
    """Respect → distance, interval, floor, and what to draw; empty where a side is."""
    if not samples or not reals:
        return {}
    found: dict[str, Any] = {}
    for name, histogram in HISTOGRAMS.items():
        found[name] = _histogram(
            [histogram(score) for score in samples], [histogram(score) for score in reals], rng
        )
    for name, number in NUMBERS.items():
        found[name] = _number(
            [number(score) for score in samples], [number(score) for score in reals], rng
        )
    return found


def of_texts(
    samples: Sequence[str], reals: Sequence[str], rng: np.random.Generator
) -> dict[str, Any]:
    """The same for plain text: characters, pairs of characters, length."""
    if not samples or not reals:
        return {}
    sides = (samples, reals)
    characters = [[Counter(text) for text in side] for side in sides]
    pairs = [[Counter(map("".join, pairwise(t))) for t in side] for side in sides]
    lengths = [[float(len(text)) for text in side] for side in sides]
    return {
        "character": _histogram(characters[0], characters[1], rng),
        "pair of characters": _histogram(pairs[0], pairs[1], rng),
        "length": _number(lengths[0], lengths[1], rng),
    }


def _histogram(
    samples: Sequence[Counter[Any]], reals: Sequence[Counter[Any]], rng: np.random.Generator
) -> dict[str, Any]:
    return {
        "kind": "histogram",
        **asdict(compare(samples, reals, rng)),
        **shares({"samples": samples, "real": reals}),
    }


def _number(
    samples: Sequence[float], reals: Sequence[float], rng: np.random.Generator
) -> dict[str, Any]:
    distance = compare(binned(samples, reals), binned(reals, reals), rng)
    return {
        "kind": "number",
        **asdict(distance),
        "samples": summary(samples),
        "real": summary(reals),
    }


def summary(values: Sequence[float]) -> dict[str, Any]:
    """Mean, median and the sorted values (nan left out, and counted)."""
    known = sorted(value for value in values if not math.isnan(value))
    return {
        "mean": float(np.mean(known)) if known else math.nan,
        "median": float(np.median(known)) if known else math.nan,
        "undefined": len(values) - len(known),
        "values": known,
    }


def shares(sides: dict[str, Sequence[Counter[Any]]]) -> dict[str, Any]:
    """The share of each category on each side, the commonest categories first in natural order."""
    totals = {name: sum(counters, Counter[Any]()) for name, counters in sides.items()}
    sizes = {name: max(sum(total.values()), 1) for name, total in totals.items()}
    every = sorted(
        {category for total in totals.values() for category in total},
        key=lambda category: (
            -sum(total[category] / sizes[n] for n, total in totals.items()),
            str(category),
        ),
    )
    kept = sorted(every[:MOST_CATEGORIES], key=_natural)
    found: dict[str, Any] = {"categories": [str(category) for category in kept]}
    for name, total in totals.items():
        found[name] = [total[category] / sizes[name] for category in kept]
    if len(every) > MOST_CATEGORIES:
        found["categories"].append("others")
        for name in totals:
            found[name].append(max(0.0, 1 - sum(found[name])))
    return found


def _natural(category: Any) -> tuple[bool, float, str]:
    """Numbers and scale degrees by value, words by letter after them."""
    text = str(category)
    shift = {"♭": -0.5, "♯": 0.5}.get(text[:1], 0.0)
    numerator, _, denominator = text.lstrip("♭♯").partition("/")
    try:
        return False, float(numerator) / float(denominator or 1) + shift, text
    except ValueError:
        return True, 0.0, text
