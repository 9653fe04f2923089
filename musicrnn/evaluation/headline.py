"""The figures of a study that one would quote: which they are, what they mean, how they read."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

__all__ = ["FIGURES", "Figure", "headline", "markdown", "told"]


class Figure(NamedTuple):
    """What a figure means, and whether it is a share (0 to 1), shown in per cent."""

    meaning: str
    share: bool = False


FIGURES: dict[str, Figure] = {
    "bits_per_token": Figure("bits per token, held out"),
    "best_ngram_bits_per_token": Figure("the same, best n-gram model"),
    "bits_per_note": Figure("bits per written note"),
    "calibration_error": Figure("calibration error", True),
    "well_formed_free": Figure("well formed, free samples", True),
    "well_formed_constrained": Figure("well formed, constrained samples", True),
    "controls_kept": Figure("wishes kept", True),
    "mean_distance": Figure("mean distance to held-out pieces"),
    "mean_floor": Figure("mean distance of those among themselves"),
    "longest_shared_bars": Figure("longest shared run in bars, samples, median"),
    "longest_shared_bars_held_out": Figure("longest shared run in bars, held-out pieces, median"),
    "longest_shared_characters": Figure("longest shared run of characters, samples, median"),
    "longest_shared_characters_held_out": Figure(
        "longest shared run of characters, held-out pieces, median"
    ),
    "copies": Figure("copies or variants of known pieces, samples", True),
    "copies_held_out": Figure("copies or variants of known pieces, held-out pieces", True),
    "new": Figure("new notes, samples", True),
    "new_held_out": Figure("new notes, held-out pieces", True),
}


def headline(found: Mapping[str, Any]) -> dict[str, float]:
    """The value of each of `FIGURES` in a study; nan where it was not measured."""
    likelihood, formed = found["likelihood"] or {}, found["well_formed"] or {}
    apart, memory = found["distances"] or {}, found["memorisation"] or {}
    verbatim = found["verbatim"] or {}
    values = [row["value"] for row in apart.values() if not math.isnan(row["value"])]
    floors = [row["floor"] for row in apart.values() if not math.isnan(row["floor"])]
    kept = list((found["controls"] or {}).values())
    asked = sum(row["asked"] for row in kept)
    sampled, held = memory.get("samples", {}), memory.get("held_out", {})
    known = {
        "bits_per_token": likelihood.get("bits_per_token"),
        "bits_per_note": likelihood.get("bits_per_note"),
        "best_ngram_bits_per_token": min(likelihood.get("ngrams", [math.nan])),
        "calibration_error": likelihood.get("calibration", {}).get("error"),
        "well_formed_free": formed.get("free", {}).get("share"),
        "well_formed_constrained": formed.get("constrained", {}).get("share"),
        "controls_kept": sum(row["kept"] for row in kept) / asked if asked else None,
        "mean_distance": float(np.mean(values)) if values else None,
        "mean_floor": float(np.mean(floors)) if floors else None,
        "longest_shared_bars": sampled.get("median_bars"),
        "longest_shared_bars_held_out": held.get("median_bars"),
        "longest_shared_characters": verbatim.get("samples", {}).get("median"),
        "longest_shared_characters_held_out": verbatim.get("held_out", {}).get("median"),
        "copies": sampled.get("copies"),
        "copies_held_out": held.get("copies"),
        "new": sampled.get("mean_new"),
        "new_held_out": held.get("mean_new"),
    }
    return {name: math.nan if known[name] is None else float(known[name]) for name in FIGURES}


def told(name: str, value: float | None) -> str:
    """A figure for reading."""
    if value is None or math.isnan(value):
        return "undefined"
    return f"{value:.1%}" if FIGURES[name].share else f"{value:.3f}"


def markdown(columns: Mapping[str, Mapping[str, float]], names: Sequence[str] = ()) -> str:
    """A table of the figures of several models (name → headline); of all that any of them has,
    or of `names`."""
    asked = names or [
        name
        for name in FIGURES
        if not all(math.isnan(each.get(name, math.nan)) for each in columns.values())
    ]
    rows = [
        (FIGURES[name].meaning, *(told(name, each.get(name)) for each in columns.values()))
        for name in asked
    ]
    head = [f"| | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    return "\n".join([*head, *(f"| {' | '.join(row)} |" for row in rows)])
