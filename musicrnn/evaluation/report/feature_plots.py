"""One feature in which samples and real pieces are compared, as a picture with its meaning."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction

from musicrnn.evaluation.distributions import Features, Shares
from musicrnn.evaluation.report.html import escape, meaning, number
from musicrnn.render import plots

__all__ = ["cumulated", "feature_plot"]

#: parts of a bar that a label has room for
MOST_STEPS = 16


def feature_plot(name: str, apart: Mapping[str, Features]) -> str:
    """One feature of one or two models (by colour class): shares of its categories, or the
    cumulated share of its values."""
    first = next(iter(apart.values()))[name]
    distances = "; ".join(
        f"{number(features[name].distance.value, 2)} apart, "
        f"floor {number(features[name].distance.floor, 2)}"
        for features in apart.values()
    )
    head = f"<div><h3>{escape(name)}</h3>{meaning(_MEANINGS.get(name, '') + f' ({distances})')}"
    if first.shares is not None:
        return head + _shares(name, first.shares, apart) + "</div>"
    lines: dict[str, list[tuple[float, float]]] = {}
    for series, features in apart.items():
        numbers = features[name].numbers or {}
        lines.setdefault("real", cumulated(numbers["real"].values))
        lines[series] = cumulated(numbers["samples"].values)
    picture = plots.lines(
        lines, label=f"{name}: share of tunes up to a value", x_label=name, steps=True, percent=True
    )
    return head + picture + "</div>"


def _shares(name: str, first: Shares, apart: Mapping[str, Features]) -> str:
    values = {"real": list(first.sides["real"])}
    for series, features in apart.items():
        row = features[name].shares
        assert row is not None
        known = dict(zip(row.categories, row.sides["samples"], strict=True))
        values[series] = [known.get(category, 0.0) for category in first.categories]
    labels = [_beaten(text) if name == "bar rhythm" else text for text in first.categories]
    return plots.bars(labels, values, label=f"{name}: shares")


def _beaten(starts: str) -> str:
    """``0 1/2 3/4`` as ``x.xx``: one sign a beat or part of it, an x where a note starts."""
    try:
        places = {Fraction(text) for text in starts.split()}
    except ValueError:
        return starts  # "others"
    steps = math.lcm(*(place.denominator for place in places))
    beats = "".join("x" if Fraction(i, steps) in places else "." for i in range(steps))
    return beats if steps <= MOST_STEPS else beats[:MOST_STEPS] + "…"


_MEANINGS = {
    "scale degree": "Which notes of the scale are used, counted from the tonic.",
    "interval": "Steps and leaps of the melody in semitones; ±13 is wider than an octave.",
    "note length": "Note lengths in quarter notes.",
    "bar rhythm": "Where in a bar its notes start (x), the commonest patterns.",
    "contour": "The shape of each four-bar phrase, in Huron's nine types.",
    "phrase-end degree": "The scale degrees that four-bar phrases come to rest on.",
    "range": "Semitones from the lowest to the highest note; share of tunes up to a value.",
    "tonic ending": "1 where the last note is the tonic.",
    "A against B": "How much the two halves of a tune have in common, bar by bar.",
    "bar against next bar": "How much a bar has in common with the next one.",
    "length in bars": "Bars with repeats played out.",
    "notes": "Notes with repeats played out.",
    "pitch class entropy": "How evenly the twelve pitch classes are used, in bits.",
    "scale consistency": "The share of notes within the best-fitting scale.",
    "groove consistency": "How alike the rhythms of neighbouring bars are.",
    "polyphony": "Notes sounding at once.",
}


def cumulated(values: Sequence[float]) -> list[tuple[float, float]]:
    """The share of values up to each one."""
    n = len(values)
    return [(values[0], 0.0), *((v, (i + 1) / n) for i, v in enumerate(values))] if n else []
