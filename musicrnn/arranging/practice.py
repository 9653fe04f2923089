"""Practising a tune: some bars over and over, slow at first, with a metronome that counts in.

>>> from musicrnn.score import Note
>>> bar = Score.of([Note(Fraction(0), 60, Fraction(4))])
>>> ladder = practised(bar, Practice(times=3, from_tempo=Fraction(1, 2)))
>>> [int(change.qpm) for change in ladder.tempos]
[60, 90, 120]
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from musicrnn.abc.syntax.parser import parse
from musicrnn.abc.timeline.build_timeline import read_timeline
from musicrnn.abc.timeline.order import played_order
from musicrnn.abc.timeline.timeline import Timeline
from musicrnn.arranging.bars import bar_numbers, bars_named, parse_bars
from musicrnn.arranging.sequence import in_a_row
from musicrnn.errors import UsageError
from musicrnn.score import Meter, MeterChange, Note, Part, Score, TempoChange
from musicrnn.theory.excerpt import bars_of, joined
from musicrnn.theory.melody import BarLines

__all__ = ["MUTED", "Practice", "bar_times", "practised"]

#: what may be left out of the sound
MUTED = ("", "melody", "backing")
#: percussion of General MIDI: high and low wood block, on the first beat and on the others
_HIGH, _LOW = 76, 77
_LOUD, _SOFT = 110, 80
_CLICK = Part("Click", drums=True)
_CLICK_LENGTH = Fraction(1, 8)
_MOST_TIMES, _MOST_BARS = 200, 8


@dataclass(frozen=True, slots=True)
class Practice:
    """How to practise: the bars ``9-16`` (all where empty), how many `times`, at which share of the
    tune's tempo the first and the last time (those between rise evenly), with how many bars counted
    in, with a metronome through it all or not, and what is left out.

    Raises `UsageError` for what makes no sense.
    """

    loop: str = ""
    times: int = 1
    from_tempo: Fraction = Fraction(1)
    to_tempo: Fraction = Fraction(1)
    count_in: int = 0
    click: bool = False
    mute: str = ""

    def __post_init__(self) -> None:
        if not 1 <= self.times <= _MOST_TIMES:
            raise UsageError(f"{self.times} times makes no sense: choose 1 to {_MOST_TIMES}")
        if not 0 <= self.count_in <= _MOST_BARS:
            raise UsageError(f"{self.count_in} bars to count in: choose 0 to {_MOST_BARS}")
        if self.mute not in MUTED:
            raise UsageError(f"{self.mute!r} cannot be muted: choose melody or backing")
        for tempo in (self.from_tempo, self.to_tempo):
            if not Fraction(1, 10) <= tempo <= 4:
                raise UsageError(
                    f"{float(tempo):.0%} of the tempo cannot be practised: choose 10 % to 400 %"
                )
        if len(parse_bars(self.loop)) > 1:
            raise UsageError(f"a loop is one row of bars, such as 9-16, not {self.loop}")

    @property
    def plain(self) -> bool:
        """Whether the music is played as it is."""
        return self == Practice()

    def tempos(self) -> list[Fraction]:
        """The share of the tune's tempo at each time, rising evenly to the last."""
        if self.times == 1:
            return [self.from_tempo]
        rise = (self.to_tempo - self.from_tempo) / (self.times - 1)
        return [self.from_tempo + rise * time for time in range(self.times)]


def practised(score: Score, how: Practice, *, abc: str = "", melody: int = 0) -> Score:
    """What sounds of a `score` that is practised.

    With the ABC text that it was played from, bars are those of the text (a pickup belongs to the
    bar after it; a repeat is played where the loop holds all of it); else they are those that are
    heard. `melody` is the index of the melody's part; the other parts are backing. A loop that does
    not fill whole bars is filled with silence, so the beat goes on. Raises `UsageError` for a bar
    that is not there, and where nothing would sound.
    """
    score = _muted(score, how.mute, melody)
    if how.loop:
        score = _looped(score, how.loop, abc)
    passes = [_at_tempo(score, share) for share in how.tempos()]
    whole = in_a_row([_squared(one) for one in passes], title=score.title)
    start = Fraction(0)
    if how.count_in:
        start = how.count_in * _meter_at(whole, Fraction(0)).length - whole.pickup
        start = max(start, Fraction(0))
        whole = _later(whole, start)
    if how.click or how.count_in:
        clicks = _clicks(whole, whole.length if how.click else start)
        part = len(whole.parts)
        notes = (*whole.notes, *(replace(note, part=part) for note in clicks))
        whole = replace(whole, parts=(*whole.parts, _CLICK)).with_notes(notes)
    # Chords sound already where they are to sound, and beats are no longer where they were written.
    return replace(whole, chords=(), swing=())


def _muted(score: Score, mute: str, melody: int) -> Score:
    """The score without its melody, or without all else."""
    if not mute:
        return score
    kept = [note for note in score.notes if (note.part == melody) != (mute == "melody")]
    if not kept:
        raise UsageError(
            "nothing is left to hear without the melody: there is no backing, "
            "such as chords or a second voice"
        )
    return replace(score, notes=tuple(kept))


def _at_tempo(score: Score, share: Fraction) -> Score:
    """The score at a share of its own tempo."""
    tempos = score.tempos or (TempoChange(Fraction(0), Fraction(120)),)
    if tempos[0].onset:
        tempos = (TempoChange(Fraction(0), Fraction(120)), *tempos)
    return replace(
        score, tempos=tuple(replace(change, qpm=change.qpm * share) for change in tempos)
    )


# --- the bars to practise ---------------------------------------------------------------------


def _looped(score: Score, loop: str, abc: str) -> Score:
    """The bars of a loop, the first time that they are played."""
    if not abc:
        ((first, last),) = parse_bars(loop)
        return bars_of(score, first, last)
    timeline = read_timeline(parse(abc).tunes[0])
    if not timeline.voices:
        raise UsageError("there is no melody: the tune has no notes")
    measures = timeline.voices[0].measures
    wanted = bars_named(loop, measures)
    last = max(place for place in wanted)
    start = stop = Fraction(0)
    entered: int | None = None
    for place, begins, ends in _played(timeline):
        if entered is None and place in wanted:
            entered, start = place, begins
        elif entered is not None and place not in wanted:
            break
        if entered is not None:
            stop = ends
            if place == last:
                break
    cut = joined(score, [(start, stop)])
    opening = measures[entered or 0]
    full = opening.meter.length if opening.meter else None
    pickup = opening.length if full and opening.length < full else Fraction(0)
    return replace(cut, pickup=pickup)


def _played(timeline: Timeline) -> Iterator[tuple[int, Fraction, Fraction]]:
    """The measures in the order of play: index, start and end in quarter notes."""
    measures = timeline.voices[0].measures
    time = Fraction(0)
    for place in played_order(measures, timeline.parts):
        yield place, time, time + measures[place].length
        time += measures[place].length


def bar_times(music: str | Score) -> list[tuple[int, Fraction, Fraction]]:
    """The bars of ABC text, or of a score, the first time that each is played: number (as
    `bar_numbers` counts), start and end in quarter notes. A pickup stands by itself, with the
    number of the bar after it."""
    if isinstance(music, Score):
        lines = BarLines(music)
        count = int(-(-lines.number(music.length) // 1))
        times = [(n + 1, lines.start(n), lines.start(n + 1)) for n in range(count)]
        return [(n, start, min(end, music.length)) for n, start, end in times]
    timeline = read_timeline(parse(music).tunes[0])
    if not timeline.voices:
        return []
    numbers = bar_numbers(timeline.voices[0].measures)
    first: dict[int, tuple[int, Fraction, Fraction]] = {}
    for place, start, end in _played(timeline):
        first.setdefault(place, (numbers[place], start, end))
    return list(first.values())


def _squared(score: Score) -> Score:
    """The score as long as its bars are, so that it comes back on the beat.

    The pickup of what comes back is played in the last bar: where that is full already, a bar is
    added for it."""
    meter = _meter_at(score, Fraction(0))
    pickup = score.pickup % meter.length
    if not pickup:
        return score
    over = (score.length - pickup) % meter.length
    if over and over + pickup <= meter.length:
        return score
    bars = -(-(score.length - pickup) // meter.length)
    return replace(score, length=(bars + 1) * meter.length)


# --- the metronome ----------------------------------------------------------------------------


def _meter_at(score: Score, time: Fraction) -> Meter:
    """The metre in force, 4/4 where none is."""
    meters = [change.meter for change in score.meters if change.onset <= time]
    return (meters[-1] if meters else None) or Meter(4, 4)


def _later(score: Score, start: Fraction) -> Score:
    """The score after `start` quarter notes of silence, in the metre and at the tempo of its
    beginning."""
    meter = _meter_at(score, Fraction(0))
    tempo = score.tempos[0].qpm if score.tempos else Fraction(120)
    fields = ("notes", "tempos", "meters", "keys", "controls", "bends", "lyrics")
    moved: dict[str, Any] = {
        name: tuple(replace(event, onset=event.onset + start) for event in getattr(score, name))
        for name in fields
    }
    # Bars are counted from the first click on; the pickup completes one.
    later = tuple(change for change in moved["meters"] if change.onset > start)
    moved["meters"] = (MeterChange(Fraction(0), meter), *later)
    moved["tempos"] = (TempoChange(Fraction(0), tempo), *moved["tempos"])
    pickup = (start + score.pickup) % meter.length
    return replace(score, **moved, length=score.length + start, pickup=pickup)


def _clicks(score: Score, end: Fraction) -> Iterator[Note]:
    """A click on every beat until `end`, the first of each bar higher and louder."""
    changes = [*score.meters] or [MeterChange(Fraction(0), Meter(4, 4))]
    for place, change in enumerate(changes):
        stop = changes[place + 1].onset if place + 1 < len(changes) else end
        meter = change.meter or Meter(4, 4)
        line = change.onset + (score.pickup if not place else 0)
        beat = int(-((line - change.onset) // meter.beat))
        beats = max(int(meter.length / meter.beat), 1)
        while (onset := line + beat * meter.beat) < min(stop, end):
            if onset >= change.onset:
                high = beat % beats == 0
                yield Note(onset, _HIGH if high else _LOW, _CLICK_LENGTH, _LOUD if high else _SOFT)
            beat += 1
