"""Samples against real pieces, feature by feature."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from musicrnn.evaluation.distances import Distance, binned, compare
from musicrnn.evaluation.metrics import HISTOGRAMS, NUMBERS
from musicrnn.score import Score

__all__ = [
    "Feature", "Features", "Shares", "Summary", "of_scores", "of_texts", "shares", "summary",
]  # fmt: skip

#: Bars that a plot has room for; the rest is drawn as "others".
MOST_CATEGORIES = 16


@dataclass(frozen=True)
class Summary:
    """Mean, median and sorted values of a number over pieces, and for how many it is undefined."""

    mean: float
    median: float
    undefined: int
    values: tuple[float, ...]


@dataclass(frozen=True)
class Shares:
    """The share of each category on each side, the commonest categories in natural order; what a
    plot has no room for is the category ``others``."""

    categories: tuple[str, ...]
    sides: dict[str, tuple[float, ...]]


@dataclass(frozen=True)
class Feature:
    """One feature of a piece, compared between two collections: how far apart they are, and either
    the shares of its categories or a summary of its values on each side (``samples``, ``real``)."""

    distance: Distance
    shares: Shares | None = None
    numbers: dict[str, Summary] | None = None


#: feature → how samples and real pieces compare in it
Features = dict[str, Feature]


def of_scores(
    samples: Sequence[Score], reals: Sequence[Score], rng: np.random.Generator
) -> Features:
    """Every feature of `metrics`; empty where a side is."""
    if not samples or not reals:
        return {}
    features: Features = {}
    for name, histogram in HISTOGRAMS.items():
        features[name] = _histogram(
            [histogram(score) for score in samples], [histogram(score) for score in reals], rng
        )
    for name, number in NUMBERS.items():
        features[name] = _number(
            [number(score) for score in samples], [number(score) for score in reals], rng
        )
    return features


def of_texts(samples: Sequence[str], reals: Sequence[str], rng: np.random.Generator) -> Features:
    """The same for plain text: characters, pairs of characters, length."""
    if not samples or not reals:
        return {}

    def pairs(text: str) -> Counter[str]:
        return Counter(map("".join, pairwise(text)))

    return {
        "character": _histogram([Counter(t) for t in samples], [Counter(t) for t in reals], rng),
        "pair of characters": _histogram(
            [pairs(t) for t in samples], [pairs(t) for t in reals], rng
        ),
        "length": _number([float(len(t)) for t in samples], [float(len(t)) for t in reals], rng),
    }


def _histogram(
    samples: Sequence[Counter[Any]], reals: Sequence[Counter[Any]], rng: np.random.Generator
) -> Feature:
    sides = {"samples": samples, "real": reals}
    return Feature(compare(samples, reals, rng), shares=shares(sides))


def _number(samples: Sequence[float], reals: Sequence[float], rng: np.random.Generator) -> Feature:
    distance = compare(binned(samples, reals), binned(reals, reals), rng)
    return Feature(distance, numbers={"samples": summary(samples), "real": summary(reals)})


def summary(values: Sequence[float]) -> Summary:
    """The summary of one side; nan is undefined."""
    known = sorted(value for value in values if not math.isnan(value))
    return Summary(
        float(np.mean(known)) if known else math.nan,
        float(np.median(known)) if known else math.nan,
        len(values) - len(known),
        tuple(known),
    )


def shares(sides: dict[str, Sequence[Counter[Any]]]) -> Shares:
    """The shares of the categories on each side, one counter a piece."""
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
    categories = [str(category) for category in kept]
    shares = {
        name: [total[category] / sizes[name] for category in kept] for name, total in totals.items()
    }
    if len(every) > MOST_CATEGORIES:
        categories.append("others")
        for row in shares.values():
            row.append(max(0.0, 1 - sum(row)))
    return Shares(tuple(categories), {name: tuple(row) for name, row in shares.items()})


def _natural(category: Any) -> tuple[bool, float, str]:
    """Numbers and scale degrees by value, words by letter after them."""
    text = str(category)
    shift = {"♭": -0.5, "♯": 0.5}.get(text[:1], 0.0)
    numerator, _, denominator = text.lstrip("♭♯").partition("/")
    try:
        return False, float(numerator) / float(denominator or 1) + shift, text
    except ValueError:
        return True, 0.0, text
