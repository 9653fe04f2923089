"""The notes passing by: the line of ABC, or the bar of MIDI, that sounds now."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from musicrnn.errors import one_line
from musicrnn.live.player import Player
from musicrnn.score import DEFAULT_QPM, Meter, Note, Score

__all__ = ["HELP", "passing", "status"]

HELP = "space pause · + - tempo · ↑ ↓ transpose · ← → bar · l loop · n next · q quit"
_NAMES = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")
_PROGRESS = 24


def passing(text: str | None, notes: Sequence[Note], meter: Meter) -> Text:
    """The line of the ABC `text` in which `notes` are written, with these lit; the bar and the
    names of the notes where there is no text."""
    placed = [note.place for note in notes if note.place is not None]
    if text is None or not placed:
        names = " ".join(f"{_NAMES[note.pitch % 12]}{note.pitch // 12 - 1}" for note in notes)
        bar = (
            f"bar {int(min(note.onset for note in notes) / meter.length) + 1:3}  " if notes else ""
        )
        return Text(bar + names)
    last = max(placed, key=lambda place: place.start)
    start = text.rfind("\n", 0, last.start) + 1
    end = text.find("\n", last.start)
    line = text[start : len(text) if end < 0 else end]
    shown = Text(one_line(line))
    if len(shown) == len(line):  # nothing in it had to be escaped
        for place in placed:
            if start <= place.start:
                shown.stylize("bold reverse", place.start - start, place.end - start)
    return shown


def status(player: Player, score: Score) -> Text:
    """Tempo, transposition and how far the tune has come."""
    meter = meter_of(score)
    qpm = (score.tempos[0].qpm if score.tempos else DEFAULT_QPM) * player.tempo
    beat = "♩." if meter.compound else "♩"
    done = round(player.place * _PROGRESS)
    parts = [
        "❚❚" if player.paused else "▶ ",
        "━" * done + "─" * (_PROGRESS - done),
        f"{beat} = {round(qpm / meter.beat)}",
        f"{player.semitones:+d}" if player.semitones else "",
        "loop" if player.loop else "",
    ]
    return Text("  ".join(filter(None, parts)), style="dim")


def meter_of(score: Score) -> Meter:
    """The metre at the beginning; 4/4 without one."""
    return score.meter or Meter(4, 4)
