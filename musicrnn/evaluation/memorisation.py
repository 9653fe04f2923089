"""What samples have in common with the tunes learnt from, beside what real tunes have.

Tunes of one tradition share passages, so a figure for samples says nothing alone: it stands
beside the same figure for held-out tunes, which the model never saw and cannot have copied.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from musicrnn.novelty.index import Index, Novelty
from musicrnn.novelty.passages import shared_bars
from musicrnn.score import Score

__all__ = ["of_scores"]


def of_scores(samples: Sequence[Score], held_out: Sequence[Score], index: Index) -> dict[str, Any]:
    """The longest shared runs of both sides, and the sample that shares most, bar by bar."""
    found = [index.novelty(score, nearest=1) for score in samples]
    return {
        "known": len(index),
        "samples": _side(found),
        "held_out": _side([index.novelty(score, nearest=1) for score in held_out]),
        "closest": _closest(samples, found, index),
    }


def _side(found: Sequence[Novelty]) -> dict[str, Any]:
    bars = sorted(novelty.longest_bars for novelty in found)
    notes = sorted(novelty.longest_notes for novelty in found)
    new = [novelty.new for novelty in found if not math.isnan(novelty.new)]
    return {
        "tunes": len(found),
        "bars": bars,
        "notes": notes,
        "median_bars": float(np.median(bars)) if bars else math.nan,
        "median_notes": float(np.median(notes)) if notes else math.nan,
        "p95_bars": float(np.percentile(bars, 95)) if bars else math.nan,
        "p95_notes": float(np.percentile(notes, 95)) if notes else math.nan,
        "mean_new": float(np.mean(new)) if new else math.nan,
        "copies": sum(novelty.copied is not None for novelty in found) / len(found)
        if found
        else math.nan,
    }


def _closest(
    samples: Sequence[Score], found: Sequence[Novelty], index: Index
) -> dict[str, Any] | None:
    """The sample with the longest shared run, its known tune, and the bars of both."""
    shared = [i for i, novelty in enumerate(found) if novelty.nearest]
    if not shared:
        return None
    at = max(shared, key=lambda i: found[i].longest_notes)
    tune = index.novelty(samples[at], nearest=50)
    known = max(tune.nearest, key=lambda known: known.passages[0].notes)
    bars = shared_bars(index, samples[at], known, known.passages[0])
    return {
        "title": samples[at].title,
        "known": known.title,
        "notes": known.passages[0].notes,
        "bars": known.passages[0].bars,
        "share": known.share,
        "side_by_side": [asdict(bar) for bar in bars],
    }
