"""One tune or file as a corpus holds it and as a model writes it, and as a line of JSON.

In JSON the times of a `Score` are integers: ticks of the coarsest grid on which all are exact.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any, TypeVar

from musicrnn.errors import CorpusError, UsageError
from musicrnn.score import (
    ChordSymbol,
    ControlChange,
    Key,
    KeyChange,
    Lyric,
    Meter,
    MeterChange,
    Note,
    Part,
    PitchBend,
    Score,
    TempoChange,
)
from musicrnn.stored import fraction, from_json, require

__all__ = ["Piece", "line_of", "piece_of", "score_from_json", "score_to_json"]

_METADATA = ("title", "key", "meter", "rhythm", "source", "licence")


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of music or text.

    `format` is ``"abc"``, ``"midi"`` or ``"text"``; `content` is the canonical text of one ABC
    tune, plain text, or, for MIDI, a `Score`. The rest is metadata, empty where the source gives
    none.
    """

    format: str
    content: str | Score
    title: str = ""
    key: str = ""
    meter: str = ""
    rhythm: str = ""
    source: str = ""
    licence: str = ""


def line_of(piece: Piece) -> str:
    """One line of JSON, ended by a newline; empty metadata is left out."""
    content = piece.content if isinstance(piece.content, str) else score_to_json(piece.content)
    entry: dict[str, Any] = {"format": piece.format, "content": content}
    entry |= {name: value for name in _METADATA if (value := getattr(piece, name))}
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":")) + "\n"


def piece_of(line: str) -> Piece:
    """The inverse of `line_of`. Raises `CorpusError` for a damaged line."""
    try:
        entry = from_json(line)
        if not isinstance(entry["content"], str):
            entry["content"] = score_from_json(entry["content"])
        require(
            all(isinstance(entry[name], str) for name in entry if name != "content"),
            "metadata that are no text",
        )
        return Piece(**entry)
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
        raise CorpusError("damaged piece in a built corpus; build it again") from error


def score_to_json(score: Score) -> dict[str, Any]:
    """The score as plain JSON values; `score_from_json` gives back an equal one."""
    times = [score.length]
    for note in score.notes:
        times += (note.onset, note.duration)
    for changes in (
        score.tempos, score.meters, score.keys, score.chords, score.controls, score.bends,
        score.lyrics,
    ):  # fmt: skip
        times += (change.onset for change in changes)
    times += (score.pickup, *score.fermatas)
    ticks = lcm(*{time.denominator for time in times})

    def at(time: Fraction) -> int:
        return time.numerator * (ticks // time.denominator)

    rarer = {  # written only where there is any
        "controls": [[at(c.onset), c.number, c.value, c.part] for c in score.controls],
        "bends": [[at(bend.onset), bend.value, bend.part] for bend in score.bends],
        "lyrics": [[at(lyric.onset), lyric.text, lyric.part] for lyric in score.lyrics],
        "pickup": at(score.pickup),
        "fermatas": [at(onset) for onset in score.fermatas],
    }
    return {
        "ticks": ticks,
        "length": at(score.length),
        "title": score.title,
        "parts": [
            [part.name, part.program, part.drums]
            + [part.bank, part.track, part.channel] * bool(part.bank or part.track)
            for part in score.parts
        ],
        "tempos": [[at(change.onset), str(change.qpm)] for change in score.tempos],
        "meters": [
            [at(change.onset), *(_pair(change.meter) if change.meter else ())]
            for change in score.meters
        ],
        "keys": [[at(change.onset), change.key.tonic, change.key.mode] for change in score.keys],
        "chords": [[at(chord.onset), chord.text] for chord in score.chords],
        "notes": [
            [at(note.onset), note.pitch, at(note.duration), note.velocity, note.part]
            + ([str(note.cents)] if note.cents else [])
            for note in score.notes
        ],
    } | {name: events for name, events in rarer.items() if events}


def _pair(meter: Meter) -> tuple[int, int]:
    return meter.numerator, meter.denominator


MadeT = TypeVar("MadeT", Key, Meter)


def score_from_json(entry: dict[str, Any]) -> Score:
    """The score that `score_to_json` described. Raises `ValueError`, `TypeError`, `KeyError` and
    `ArithmeticError` for what it never writes."""
    ticks = entry["ticks"]
    score = Score(
        notes=tuple(
            Note(
                Fraction(onset, ticks),
                pitch,
                Fraction(duration, ticks),
                velocity,
                part,
                fraction(cents[0]) if cents else Fraction(0),
            )
            for onset, pitch, duration, velocity, part, *cents in entry["notes"]
        ),
        parts=tuple(Part(*part) for part in entry["parts"]),
        tempos=tuple(TempoChange(Fraction(at, ticks), fraction(q)) for at, q in entry["tempos"]),
        meters=tuple(
            MeterChange(Fraction(at, ticks), _made(Meter, *pair) if pair else None)
            for at, *pair in entry["meters"]
        ),
        keys=tuple(KeyChange(Fraction(at, ticks), _made(Key, *key)) for at, *key in entry["keys"]),
        chords=tuple(ChordSymbol(Fraction(at, ticks), text) for at, text in entry["chords"]),
        title=entry["title"],
        length=Fraction(entry["length"], ticks),
        controls=tuple(
            ControlChange(Fraction(at, ticks), *rest) for at, *rest in entry.get("controls", ())
        ),
        bends=tuple(PitchBend(Fraction(at, ticks), *rest) for at, *rest in entry.get("bends", ())),
        lyrics=tuple(Lyric(Fraction(at, ticks), *rest) for at, *rest in entry.get("lyrics", ())),
        pickup=Fraction(entry.get("pickup", 0), ticks),
        fermatas=tuple(Fraction(at, ticks) for at in entry.get("fermatas", ())),
    )
    _check(score)
    return score


def _made(kind: type[MadeT], *values: Any) -> MadeT:
    """A key or metre of such values. Raises `ValueError` where they are none."""
    try:
        return kind(*values)
    except UsageError as error:
        raise ValueError(str(error)) from error


#: quarter notes: a year of music, and far beyond
_LONGEST = 1 << 26


def _is_from(value: object, lowest: int, highest: int) -> bool:
    """Whether it is a whole number in that range."""
    return type(value) is int and lowest <= value <= highest


def _check(score: Score) -> None:
    """Raise `ValueError`, `TypeError` or `KeyError` for what no score has, and no MIDI file could
    be written with."""
    last = len(score.parts) - 1
    for note in score.notes:
        numbers = (note.pitch, note.velocity)
        if not (all(_is_from(n, 0, 127) for n in numbers) and _is_from(note.part, 0, last)):
            raise ValueError(f"a note that is none: {note}")
    for meter in (change.meter for change in score.meters if change.meter):
        if not (_is_from(meter.numerator, 1, 999) and _is_from(meter.denominator, 1, 1 << 20)):
            raise ValueError(f"a metre that is none: {meter}")
    for control in score.controls:
        if not (_is_from(control.number, 0, 127) and _is_from(control.value, 0, 127)):
            raise ValueError(f"a controller that is none: {control}")
    for bend in score.bends:
        require(_is_from(bend.value, -8192, 8191), f"a bend that is none: {bend}")
    texts = (score.title, *(p.name for p in score.parts), *(c.text for c in score.chords))
    if not all(isinstance(text, str) for text in (*texts, *(word.text for word in score.lyrics))):
        raise TypeError("a title, name, chord or syllable that is no text")
    named = [one.part for events in (score.controls, score.bends, score.lyrics) for one in events]
    if not all(_is_from(part, 0, last) for part in named):
        raise ValueError("an event of a part that is none")
    for part in score.parts:
        if not (_is_from(part.program, 0, 127) and _is_from(part.bank, 0, (1 << 14) - 1)):
            raise ValueError(f"a part that is none: {part}")
    events: list[Any] = [*score.notes, *score.tempos, *score.meters, *score.keys, *score.chords]
    events += [*score.controls, *score.bends, *score.lyrics]
    times = [event.onset for event in events] + [note.duration for note in score.notes]
    times += (score.length, score.pickup, *score.fermatas)
    require(all(0 <= time <= _LONGEST for time in times), "a time that is none")
