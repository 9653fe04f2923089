"""What the worker processes do: plain functions from plain values to plain values.

They run in processes of their own, so they load the models once (`warm`) and keep them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from musicrnn import abc, generation, midi, render
from musicrnn.errors import FormatError, RenderError, UsageError
from musicrnn.sampling.instruments import INSTRUMENTS
from musicrnn.sampling.wishes import KEYS, RHYTHMS
from musicrnn.score import Score

__all__ = ["CHOICES", "check", "file", "read", "tune", "warm"]

#: what the form offers; anything else that makes sense may be asked for as well
CHOICES: dict[str, Any] = {
    "rhythms": list(RHYTHMS),
    "meters": ["2/4", "3/4", "4/4", "2/2", "3/2", "5/8", "6/8", "7/8", "9/8", "12/8"],
    "keys": list(KEYS),
    "forms": ["AABB", "AB", "AABBCC", "AA", "A"],
    "ranges": list(INSTRUMENTS),
}

#: the page's policy allows no style elements; page.css has their rules
_STYLE = re.compile(r"<style.*?</style>", re.DOTALL)
#: engraved and played when a worker starts, so that no visitor waits for the libraries
_WARM_ABC = "X:1\nT:Warm\nM:4/4\nL:1/8\nK:C\nC8|]\n"

_LETTERS = "ABCDEFGH"

_models: dict[str, generation.Model] = {}


def warm(models: Mapping[str, str]) -> None:
    """Load every model that may be asked for (name → shipped name or folder), and the rest."""
    for name, folder in models.items():
        _models[name] = generation.load(folder)
        next(_models[name].stream(1, seed=0))
    render.engrave(_WARM_ABC)
    render.encode(_WARM_ABC, ".mp3")


def tune(query: Mapping[str, Any], width: int) -> dict[str, Any]:
    """The tune that a query names, with its score fitted to `width` pixels: the fields of
    `TuneView`, less the address."""
    model = _models[query["model"]]
    asked = {
        "key": query["key"],
        "meter": query["meter"],
        "rhythm": query["rhythm"],
        "title": query["title"],
        "form": query["form"],
        "instrument": query["range"],
        "bars": query["bars"],
        "prime": query["prime"],
    }
    made = model.generate(
        seed=query["seed"],
        temperature=query["temperature"],
        new=query["new"],
        **{name: value for name, value in asked.items() if value not in ("", None)},
    )
    text = made.text
    for part, _, seed in (redo.partition(".") for redo in query["redo"].split(",") if redo):
        text = model.complete(_with_gaps(text, part), seed=int(seed)).text
    parsed = abc.parse(text).tunes[0]
    title = parsed.title or "Untitled"
    return {
        "abc": text,
        "title": title,
        "about": ", ".join(each for each in (parsed.rhythm, parsed.meter, parsed.key) if each),
        "seed": query["seed"],
        "file": re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60] or "tune",
        "parts": tuple(_LETTERS[: len(abc.part_bars(text))]),
    } | _engraved(text, width)


def file(abc_text: str, kind: str, tempo: int | None, program: int | None, limit: int) -> bytes:
    """ABC as a file of `kind`, played at `tempo` beats a minute with `program`."""
    score = _played(abc_text)
    if score.seconds(score.length) > limit:
        raise UsageError(f"that lasts more than {limit // 60} minutes; send one tune at a time")
    # The tempo of a person counts beats: dotted quarters in 6/8.
    meter = score.meters[0].meter if score.meters else None
    qpm = tempo * (meter.beat if meter else 1) if tempo else None
    played = render.restyled(score, qpm=qpm, program=program)
    return render.encode(abc_text, f".{kind}", played=played)


def check(abc_text: str, repair: bool, width: int) -> dict[str, Any]:
    """Diagnostics with their source lines, the repaired text and its edits, and the score."""
    result: dict[str, Any] = {"abc": abc_text, "edits": [], "svg": (), "notes": ()}
    if repair:
        repaired = abc.fix(abc_text)
        result |= {"abc": repaired.text, "edits": [str(edit) for edit in repaired.edits]}
    lines = abc_text.split("\n")
    found = abc.check(abc_text)
    result["diagnostics"] = [asdict(each) | _source(lines, each) for each in found]
    try:
        return result | _engraved(result["abc"], width)
    except (RenderError, UsageError):
        return result  # what is wrong with it has been said


def read(data: bytes, name: str) -> str:
    """The ABC text of an uploaded file, ABC or MIDI; `name` only serves messages."""
    if data[:4] in (b"MThd", b"RIFF"):
        return abc.from_score(midi.read(data))
    text = abc.decode(data, file=name)
    if not abc.parse(text).tunes:
        raise FormatError("there is neither ABC nor MIDI in it", file=name)
    return text


def _played(abc_text: str) -> Score:
    tunes = abc.parse(abc_text).tunes
    if not tunes:
        raise UsageError("there is no tune in that text; a tune begins with X: and K: lines")
    return abc.to_score(tunes[0])


def _engraved(text: str, width: int) -> dict[str, Any]:
    """The score picture, and when each of its note heads sounds."""
    score = _played(text)
    engraving = render.engrave(text, width=width)
    notes = engraving.follow(score)
    return {
        "svg": tuple(_STYLE.sub("", page) for page in engraving.pages),
        "notes": tuple((round(start, 3), round(end, 3), name) for start, end, name in notes),
    }


def _with_gaps(text: str, part: str) -> str:
    """The tune with each bar of the part called `part` (A, B, …) left open."""
    parts = abc.part_bars(text)
    place = _LETTERS.index(part)
    if place >= len(parts):
        raise UsageError(f"the tune has no part {part}; it has {_LETTERS[: len(parts)]}")
    for start, end in reversed(parts[place]):
        text = text[:start] + "?" + text[end:]
    return text


def _source(lines: list[str], found: abc.Diagnostic) -> dict[str, str]:
    """The line of a diagnostic, cut into what is before, at and after its place."""
    line = lines[found.line - 1] if found.line <= len(lines) else ""
    start = found.column - 1
    end = min(start + found.length, len(line))
    return {"before": line[:start], "marked": line[start:end], "after": line[end:]}
