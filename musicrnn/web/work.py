"""What the worker processes do: plain functions from plain values to plain values.

They run in processes of their own, so they load the models once (`warm`) and keep them.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from fractions import Fraction
from typing import Any

from musicrnn import abc, generation, reading, render
from musicrnn.arranging.chords import harmonized, with_symbols
from musicrnn.arranging.ornaments import ornamented
from musicrnn.arranging.practice import bar_times
from musicrnn.arranging.second_voice import second_voice as written
from musicrnn.arranging.sets import Member, encode_set, set_book
from musicrnn.constraints.events.controls import DEFAULT_BARS
from musicrnn.errors import FormatError, RenderError, UsageError
from musicrnn.generation.sets import new_set
from musicrnn.score import DEFAULT_QPM, Score
from musicrnn.theory.chords import parse_progression
from musicrnn.web.queries import OFFERED

__all__ = [
    "CHOICES", "HEADER", "check", "chords", "file", "file_name", "model", "new_set_of", "played_at",
    "read", "second_voice", "set_file", "set_shown", "shown", "tune", "vary", "warm",
]  # fmt: skip

#: what the form offers: for each control its name, help and usual values; others may be asked for
CHOICES: dict[str, Any] = {
    "controls": {
        name: {"help": control.help, "kind": control.kind, "choices": list(control.choices)}
        for name, control in OFFERED.items()
    }
}

#: the page's policy allows no style elements; page.css has their rules
_STYLE = re.compile(r"<style.*?</style>", re.DOTALL)
#: ABC with a header, not bars alone
HEADER = re.compile(r"^K:", re.MULTILINE)
#: engraved and played when a worker starts, so that no visitor waits for the libraries
_WARM_ABC = "X:1\nT:Warm\nM:4/4\nL:1/8\nK:C\nC8|]\n"

#: bars of a progression that is played once if nothing else is asked for: a blues has twelve
_LONG = 12

_LETTERS = "ABCDEFGH"

_models: dict[str, generation.Model] = {}


def warm(models: Mapping[str, str]) -> None:
    """Load every model that may be asked for (name → shipped name or folder), and the rest."""
    for name, folder in models.items():
        _models[name] = generation.load(folder)
        next(_models[name].stream(1, seed=0))
    render.engrave(_WARM_ABC)
    render.encode(_WARM_ABC, ".flac")


def tune(query: Mapping[str, Any], width: int) -> dict[str, Any]:
    """The tune that a query names, with its pictures, the score fitted to `width` pixels: the
    fields of `TuneView`, less the address."""
    writer = model(query["model"])
    names = (*OFFERED, "prime")
    asked = {name: query[name] for name in names if query[name] not in ("", None, False)}
    fitted = _for_abc if writer.format.name == "abc" else _for_events
    how = {name: query[name] for name in ("seed", "temperature", "new")}
    made = writer.generate(**how, **fitted(asked, query))
    music = made.piece.content
    if query["redo"]:
        music = _again(writer, made.text, query["redo"])
    text = music if isinstance(music, str) else made.text
    parsed = abc.parse_tune(text)
    chords = query["chords"] and f"over {query['chords']}"
    about = (parsed.rhythm, parsed.meter, parsed.key, chords)
    title = parsed.title or "Untitled"
    parts = len(abc.part_bars(text)) if isinstance(music, str) else 0
    return {
        "music": music,
        "abc": text,
        "format": writer.format.name,
        "title": title,
        "about": ", ".join(filter(None, about)),
        "seed": query["seed"],
        "file": file_name(title),
        "parts": tuple(_LETTERS[:parts]),
        "bars": _bars(music, played_at(music)),
    } | shown(text, played_at(music), width)


def model(name: str) -> generation.Model:
    """A model that was loaded. Raises `UsageError` for one that is not offered here."""
    if name not in _models:
        raise UsageError(f"there is no model {name!r} here")
    return _models[name]


def _writes_abc() -> generation.Model:
    """The first model here that writes ABC. Raises `UsageError` where there is none."""
    writer = next((one for one in _models.values() if one.format.name == "abc"), None)
    if writer is None:
        raise UsageError("no model here writes ABC")
    return writer


def file_name(title: str) -> str:
    """A title as the name of a file."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60] or "tune"


def file(music: str | Score, kind: str, sound: Mapping[str, Any], limit: int) -> bytes:
    """ABC or a melody as a file of `kind`, played as `sound` has it (`queries.Sound`), if it
    lasts no longer than `limit` seconds."""
    played = played_at(music, **sound)
    if played.seconds(played.length) > limit:
        raise UsageError(f"that lasts more than {limit // 60} minutes; send one tune at a time")
    return render.encode(music, f".{kind}", played=played, picture="score")


def check(abc_text: str, repair: bool, width: int) -> dict[str, Any]:
    """Diagnostics with their source lines, the repaired text and its edits, and the score."""
    result: dict[str, Any] = {"abc": abc_text, "edits": [], "svg": (), "notes": ()}
    if repair:
        repaired = abc.fix(abc_text)
        result |= {"abc": repaired.text, "edits": [str(edit) for edit in repaired.edits]}
    lines = abc_text.split("\n")
    result["diagnostics"] = [
        asdict(diagnostic) | _source(lines, diagnostic) for diagnostic in abc.check(abc_text)
    ]
    try:
        return result | _engraved(result["abc"], played_at(result["abc"]), width)
    except (FormatError, RenderError, UsageError):
        return result  # what is wrong with it has been said


def new_set_of(query: Mapping[str, Any]) -> tuple[str, ...]:
    """The tunes of a set, as ABC, by the first model here that writes it."""
    keys = [key.strip() for key in query["keys"].split(",") if key.strip()]
    asked = {"rhythm": query["rhythm"]} if query["rhythm"] else {}
    tunes = new_set(_writes_abc(), query["n"], keys=keys, seed=query["seed"], **asked)
    return tuple(tune.text for tune in tunes)


def set_shown(texts: Sequence[str], width: int) -> dict[str, Any]:
    """The tunes of a set with their scores, and the book of them."""
    parsed = [abc.parse_tune(text) for text in texts]
    tunes = [
        {
            "title": one.title,
            "about": ", ".join(filter(None, (one.rhythm, one.meter, one.key))),
            "abc": text,
            "svg": _engraved(text, played_at(text), width)["svg"],
        }
        for one, text in zip(parsed, texts, strict=True)
    ]
    return {"tunes": tunes, "abc": set_book(texts)}


def set_file(texts: Sequence[str], kind: str, times: int, backing: str | None, limit: int) -> bytes:
    """A set as a file of `kind`, each tune played so many `times`, if it lasts no longer than
    `limit` seconds."""
    members = [Member(text, played_at(text, backing=backing)) for text in texts]
    seconds = sum(member.score.seconds(member.score.length) for member in members) * times
    if kind not in ("abc", "pdf") and seconds > limit:
        raise UsageError(f"that lasts more than {limit // 60} minutes; play each less often")
    return encode_set(members, f".{kind}", times=times)


def chords(abc_text: str, per: str, sevenths: bool, keep: bool) -> str:
    """The text with chord symbols over each of its tunes."""
    return harmonized(abc_text, per=per, sevenths=sevenths, keep=keep)


def second_voice(abc_text: str, place: str, instrument: str, seed: int | None) -> str:
    """The first tune of the text with a second voice."""
    return written(abc_text, place=place, instrument=instrument, seed=seed)


def vary(abc_text: str, closeness: float, keep: str, ornaments: bool, seed: int | None) -> str:
    """The first tune of the text rewritten by the first model here that writes ABC, or with
    ornaments put in."""
    if ornaments:
        return ornamented(abc_text, keep=keep, seed=seed)
    writer = _writes_abc()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the page shows both texts
        return writer.vary(abc_text, closeness, keep=keep, seed=seed).text


def read(data: bytes, name: str) -> str:
    """The ABC text of an uploaded file of any kind; `name` only serves messages."""
    music = reading.read(data, name=name)
    if music.kind == "abc":
        music.book  # noqa: B018 - raises where there is no tune in it
    return music.text


def _for_abc(asked: dict[str, Any], query: Mapping[str, Any]) -> dict[str, Any]:
    """What a model of ABC is asked for. Raises `UsageError`, in the words of the page, for a
    beginning of which nobody knows the key."""
    bare = "prime" in asked and not HEADER.search(asked["prime"])
    if bare and not (query["key"] and query["meter"]):
        raise UsageError("choose a key and a metre for this beginning, or write K: and M: above it")
    return asked


def _for_events(asked: dict[str, Any], query: Mapping[str, Any]) -> dict[str, Any]:
    """What a model of MIDI is asked for: the beginning as notes, a title to know it by, and
    chords often enough to be heard."""
    asked.setdefault("title", f"{query['model'].capitalize()} {query['seed']}")
    if "chords" in asked:
        once = len(parse_progression(asked["chords"]))
        asked.setdefault("bars", once if once >= _LONG else once * -(-DEFAULT_BARS // once))
    if "prime" in asked:
        text = asked["prime"]
        if not HEADER.search(text):
            text = f"X:1\nM:4/4\nL:1/8\nK:{query['key'] or 'C'}\n{text}"
        asked["prime"] = abc.to_score(abc.parse_tune(text))
    return asked


def _again(model: generation.Model, text: str, redo: str) -> str:
    """The tune with some of its sections written again: ``B.12,A.3`` says which, by which seed."""
    for section, _, seed in (item.partition(".") for item in redo.split(",")):
        text = model.rewrite(text, section, seed=int(seed)).text
    return text


def played_at(
    music: str | Score,
    tempo: int | None = None,
    program: int | None = None,
    backing: str | None = None,
    instrument: str | None = None,
) -> Score:
    """What sounds: ABC with its ornaments, a melody of events over its chords, or over `backing`,
    at `tempo` beats a minute, the melody on `program`, of ABC in the octave of `instrument`."""
    if backing:
        music = with_symbols(music)
    score = render.performed(music)
    qpm = tempo * _beat(score) if tempo else None
    octaves_of = instrument if isinstance(music, str) else None
    score = render.restyled(score, qpm=qpm, program=program, instrument=octaves_of)
    if backing:
        return render.backed(score, music, backing)
    return score if isinstance(music, str) else render.accompany(score)


def _beat(score: Score) -> Fraction:
    """The beat in quarter notes: a tempo that a person names counts dotted quarters in 6/8."""
    return score.meter.beat if score.meter else Fraction(1)


def shown(text: str, played: Score, width: int) -> dict[str, Any]:
    """Score and piano roll, when each of their notes sounds, and the tempo in beats a minute."""
    shown = _engraved(text, played, width)
    rolled = _rounded(render.piano_roll_spans(played, width=width))
    qpm = played.tempos[0].qpm if played.tempos else DEFAULT_QPM
    return {
        "svg": shown["svg"],
        "roll": render.piano_roll(played, width=width),
        "notes": tuple(sorted((*shown["notes"], *rolled))),
        "tempo": round(qpm / _beat(played)),
    }


def _engraved(text: str, played: Score, width: int) -> dict[str, Any]:
    """The score picture, and when each of its note heads sounds."""
    engraving = render.engrave(text, width=width)
    return {
        "svg": tuple(_STYLE.sub("", page) for page in engraving.pages),
        "notes": _rounded(engraving.follow(played)),
    }


def _bars(music: str | Score, played: Score) -> tuple[tuple[int, float, float], ...]:
    """The number of each bar, and when it starts and ends the first time, in seconds."""
    clock = played.clock()
    return tuple(
        (number, round(clock(start), 3), round(clock(end), 3))
        for number, start, end in bar_times(music)
    )


def _rounded(spans: list[tuple[float, float, str]]) -> tuple[tuple[float, float, str], ...]:
    return tuple((round(start, 3), round(end, 3), name) for start, end, name in spans)


def _source(lines: list[str], diagnostic: abc.Diagnostic) -> dict[str, str]:
    """The line of a diagnostic, cut into what is before, at and after its place."""
    line = lines[diagnostic.line - 1] if diagnostic.line <= len(lines) else ""
    start = diagnostic.column - 1
    end = min(start + diagnostic.length, len(line))
    return {"before": line[:start], "marked": line[start:end], "after": line[end:]}
