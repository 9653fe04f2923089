"""What the worker processes do for the page of chorales."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from musicrnn import abc
from musicrnn.errors import UsageError
from musicrnn.generation.harmonize import MODEL
from musicrnn.web.work import HEADER, file_name, model, shown

__all__ = ["setting"]


def setting(query: Mapping[str, Any], width: int) -> dict[str, Any]:
    """The setting that a query names, its score fitted to `width` pixels: the fields of
    `TuneView`, less the address. Raises `UsageError` where no voice can sing the melody."""
    text = query["melody"]
    if not HEADER.search(text):
        text = f"X:1\nT:Chorale\nM:{query['meter']}\nL:1/4\nK:{query['key']}\n{text}\n"
    melody = abc.to_score(abc.parse_tune(text))
    if len({note.part for note in melody.notes}) > 1:
        raise UsageError("the page sets one melody; there are several parts in this")
    with warnings.catch_warnings(record=True) as remarks:
        warnings.simplefilter("always")
        tune = model(MODEL).harmonize(
            melody, voice=query["voice"], sound=query["sound"], seed=query["seed"]
        )
    about = [query["voice"] + " given", *(str(remark.message) for remark in remarks)]
    title = tune.title or "Chorale"
    return {
        "music": tune.score,
        "abc": tune.text,
        "format": "midi",
        "title": title,
        "about": "; ".join(about),
        "seed": query["seed"],
        "file": file_name(title),
        "parts": (),
    } | shown(tune.text, tune.played, width)
