"""A collection at a glance: what is in it, how long, in which keys, and what is wrong with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from musicrnn.corpus import Corpus
from musicrnn.evaluation import metrics
from musicrnn.evaluation.distributions import Summary, shares, summary
from musicrnn.evaluation.known_tunes import index_of_pieces, scores_of
from musicrnn.evaluation.report.html import (
    document,
    escape,
    figures,
    meaning,
    number,
    percent,
    section,
    table,
)
from musicrnn.novelty.index import Index
from musicrnn.piece import Piece
from musicrnn.render import plots
from musicrnn.score import Score

__all__ = ["corpus_stats", "page"]

#: Tunes that are looked up among all others for near duplicates, spread over the collection.
LOOKED_UP = 300
#: Values shown of a list of names; the rest is "others".
MOST_NAMES = 14

_HISTOGRAMS = ("scale degree", "interval", "note length", "bar rhythm", "contour",
               "phrase-end degree")  # fmt: skip
_NUMBERS = ("length in bars", "notes", "range", "bar against next bar")


def corpus_stats(corpus: Corpus) -> dict[str, Any]:
    """Counts, names, measures and near duplicates of a built corpus, as plain values."""
    pieces = list(corpus.pieces())
    played = list(scores_of(pieces))
    scores = [score for _, score in played]
    stats: dict[str, Any] = {
        "name": corpus.name,
        "format": corpus.format,
        "pieces": len(pieces),
        "parts": dict(corpus.parts),
        "counts": corpus.info.get("counts", {}),
        "sources": corpus.info.get("sources", {}),
        "reasons": corpus.info.get("reasons", {}),
        "names": _names(pieces),
        "characters": summary([float(len(str(p.content))) for p in pieces])
        if corpus.format != "midi"
        else None,
    }
    stats["histograms"] = {
        name: shares({"real": [metrics.HISTOGRAMS[name](score) for score in scores]})
        for name in (_HISTOGRAMS if scores else ())
    }
    stats["numbers"] = {
        name: summary([metrics.NUMBERS[name](score) for score in scores])
        for name in (_NUMBERS if scores else ())
    }
    stats["near_duplicates"] = _near_duplicates([piece for piece, _ in played], scores)
    return stats


def _names(pieces: Sequence[Piece]) -> dict[str, dict[str, int]]:
    """How often each key, metre, rhythm and source occurs, the commonest first."""
    fields = {"key": "key", "metre": "meter", "rhythm": "rhythm", "source": "source"}
    counted = {
        name: Counter(getattr(piece, attribute) or "none" for piece in pieces)
        for name, attribute in fields.items()
    }
    return {name: dict(counter.most_common()) for name, counter in counted.items()
            if set(counter) != {"none"}}  # fmt: skip


def _near_duplicates(pieces: Sequence[Piece], scores: Sequence[Score]) -> dict[str, Any] | None:
    """Of tunes spread over the collection, those that are a variant of another one."""
    if not scores:
        return None
    index: Index = index_of_pieces(pieces)
    step = max(1, len(scores) // LOOKED_UP)
    numbers = range(0, len(scores), step)
    copies = {i: index.novelty(scores[i], nearest=1, without=i).copied for i in numbers}
    pairs = [(index.titles[i], copy.title, copy.share) for i, copy in copies.items() if copy]
    return {"looked_up": len(copies), "share": len(pairs) / len(copies), "pairs": pairs[:20]}


def page(stats: dict[str, Any]) -> str:
    """The statistics as one HTML page."""
    counts, near = stats["counts"], stats["near_duplicates"]
    rows = [
        (f"{stats['pieces']:,}", "pieces kept"),
        *((f"{counts[key]:,}", text) for key, text in _COUNTED.items() if key in counts),
    ]
    if near:
        rows.append((percent(near["share"]), f"of {near['looked_up']} looked up are a variant of "
                                             "another piece that was kept"))  # fmt: skip
    parts = ", ".join(f"{part} {n:,}" for part, n in stats["parts"].items())
    return document(
        f"musicrnn: {stats['name']}",
        [
            f"<h1>{escape(stats['name'])}: what is in this collection</h1>",
            meaning(f"Parts: {parts}."),
            figures(rows),
            _wrong(stats),
            section("Names", *(_counted(name, counts) for name, counts in stats["names"].items())),
            _measured(stats),
            _variants(near),
        ],
    )


_COUNTED = {
    "found": "found",
    "duplicate": "left out as the same tune, in any key and under any title",
    "rejected": "left out because something is wrong with them",
    "unreadable": "files that cannot be read",
}


def _wrong(stats: dict[str, Any]) -> str:
    if not stats["reasons"]:
        return ""
    reasons = sorted(stats["reasons"].items(), key=lambda item: -item[1])
    sources = [
        (name, *(str(row.get(key, 0)) for key in ("found", "kept", "duplicate", "rejected")))
        for name, row in stats["sources"].items()
    ]
    return section(
        "What is wrong with it",
        meaning("Why pieces were left out; each is named in the corpus's report.json."),
        table(("reason", "pieces"), [(reason, str(n)) for reason, n in reasons]),
        table(("source", "found", "kept", "duplicate", "rejected"), sources),
    )


def _counted(name: str, counted: dict[str, int]) -> str:
    top = list(counted.items())[:MOST_NAMES]
    rest = sum(counted.values()) - sum(n for _, n in top)
    if rest:
        top.append(("others", rest))
    values = [float(n) for _, n in top]
    plot = plots.bars([str(value) for value, _ in top], {"real": values}, percent=False,
                    label=f"Pieces by {name}")  # fmt: skip
    return f"<h3>{escape(name)}</h3>{plot}"


def _measured(stats: dict[str, Any]) -> str:
    pictures = []
    for name, histogram in stats["histograms"].items():
        plot = plots.bars(
            histogram.categories, {"real": histogram.sides["real"]}, label=f"{name}: shares"
        )
        pictures.append(f"<div><h3>{escape(name)}</h3>{plot}</div>")
    for name, spread in stats["numbers"].items():
        caption = meaning(f"Mean {number(spread.mean, 2)}, median {number(spread.median, 2)}.")
        pictures.append(f"<div><h3>{escape(name)}</h3>{caption}{_spread(name, spread)}</div>")
    if not pictures:
        return ""
    return section("Measures", '<div class="grid2">', *pictures, "</div>")


def _spread(name: str, summary: Summary) -> str:
    """A histogram of numbers in twelve bins."""
    values = summary.values
    if not values:
        return ""
    low, high = np.percentile(values, [1, 99])
    counts, edges = np.histogram(np.clip(values, low, high), bins=12)
    labels = [f"{(a + b) / 2:.3g}" for a, b in pairwise(edges)]
    total = max(int(counts.sum()), 1)
    return plots.bars(labels, {"real": (counts / total).tolist()}, label=f"{name}: shares")


def _variants(near: dict[str, Any] | None) -> str:
    if not near or not near["pairs"]:
        return ""
    rows = [(one, other, percent(share)) for one, other, share in near["pairs"]]
    return section(
        "Variants of one another",
        meaning("Tunes that share half of their notes or more with another one: not the same, "
                "so they were kept, but what is learned from one helps to predict the other."),
        table(("tune", "is a variant of", "shared notes"), rows),
    )  # fmt: skip
