"""A score made ready to be written: its times on a grid, its bars, its voices.

Everything that ABC cannot say as it stands is settled here, and counted, so that a conversion can
tell what it changed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm

from musicrnn.errors import UsageError
from musicrnn.score import Meter, Note, Score

__all__ = [
    "Bar", "Event", "bars_of", "on_grid", "power_of_two", "split_at_beats", "tuplets", "voices_of",
]  # fmt: skip

#: played music is moved to this grid (per quarter note): sixteenths and triplet eighths lie on it
GRID = 12
#: the finest part of a quarter note that is written as it stands
_FINEST = 96
#: voices of one tune, a few fewer than the reader takes (`syntax.limits.VOICES`)
MOST_VOICES = 48
#: bars of silence at the end that are written; more is a recording that nobody stopped
_CLOSING_BARS = 2
#: more bars than this are no tune that anyone reads
_MOST_BARS = 200_000
_COMMON = Meter(4, 4)
#: parts of a quarter note: the finest rest that is written where notes begin farther apart
_FINEST_REST = 4


@dataclass(frozen=True, slots=True)
class Event:
    """A rest (no pitches), a note or a chord within one voice.

    A pitch is a MIDI number, with a fraction where it is a microtone.
    """

    onset: Fraction
    duration: Fraction
    pitches: tuple[Fraction | int, ...]
    velocity: int = 80
    tied: bool = False  # into the next event
    resumed: bool = False  # the rest of a note that was cut

    @property
    def end(self) -> Fraction:
        """The time at which it stops, in quarter notes."""
        return self.onset + self.duration

    def cut(self, time: Fraction) -> tuple[Event, Event]:
        """The event before and after a time inside it, tied together."""
        sounds = bool(self.pitches)
        first = replace(self, duration=time - self.onset, tied=sounds)
        return first, replace(self, onset=time, duration=self.end - time, resumed=sounds)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, in quarter notes; `meter` is what it is written in, which it fills but for the
    first bar and the last."""

    start: Fraction
    end: Fraction
    meter: Meter


def power_of_two(number: int) -> bool:
    """Whether a positive number is one."""
    return number & (number - 1) == 0


# --- time -------------------------------------------------------------------------------------


def _writable(time: Fraction) -> bool:
    rest = time.denominator
    return rest <= _FINEST and power_of_two(rest // 3 if rest % 3 == 0 else rest)


def _near(time: Fraction) -> Fraction:
    return Fraction(round(time * GRID), GRID)


def on_grid(score: Score, lost: Counter[str]) -> Score:
    """The score when its notes can be written as they stand, else moved to the grid; what else
    happens (metre, key, tempo, chord symbols) in any case, and the end at a bar line."""
    if all(_writable(note.onset) for note in score.notes):
        score = _filled(score)
    else:
        score, moved = _moved(score)
        lost["note{s} moved to the nearest twelfth of a quarter note"] += moved
    end = max((note.end for note in score.notes), default=Fraction(0))

    def settled(changes: tuple) -> tuple:  # type: ignore[type-arg]
        near = {
            _near(change.onset): replace(change, onset=_near(change.onset)) for change in changes
        }
        return tuple(near[onset] for onset in sorted(near) if onset < end or not onset)

    return replace(
        score,
        tempos=settled(score.tempos),
        meters=settled(score.meters),
        keys=settled(score.keys),
        chords=settled(score.chords),
        length=score.length if _writable(score.length) else max(_near(score.length), end),
    )


def _filled(score: Score) -> Score:
    """Notes whose ends cannot be written last until the nearest place of the grid on which notes
    begin: players leave some air after a note that notation does not show."""
    if all(_writable(note.duration) for note in score.notes):
        return score
    grid = lcm(_FINEST_REST, *(note.onset.denominator for note in score.notes))
    notes = []
    for note in score.notes:
        duration = note.duration
        if not _writable(duration):
            steps = round((note.end - note.onset) * grid)
            duration = Fraction(max(steps, 1), grid)
        notes.append(replace(note, duration=duration))
    return score.with_notes(notes)


def _moved(score: Score) -> tuple[Score, int]:
    """All notes at their nearest places, and how many of them were elsewhere."""
    notes, moved = [], 0
    for note in score.notes:
        onset, end = _near(note.onset), _near(note.end)
        moved += onset != note.onset
        notes.append(replace(note, onset=onset, duration=max(end - onset, Fraction(1, GRID))))
    lyrics = tuple(replace(lyric, onset=_near(lyric.onset)) for lyric in score.lyrics)
    return replace(score.with_notes(notes), lyrics=lyrics), moved


def bars_of(score: Score, pickup: Fraction, lost: Counter[str]) -> list[Bar]:
    """The bars up to the end of the music and a little silence after it.

    A metre that changes within a bar makes a bar of an odd length, which is written in a metre
    of its own. Raises `UsageError` when there are too many.
    """
    changes = [(c.onset, c.meter) for c in score.meters if c.meter is not None]
    onsets = [onset for onset, _ in changes]
    meter = changes[0][1] if changes and changes[0][0] == 0 else _COMMON
    sounding = max((note.end for note in score.notes), default=Fraction(0))
    measures: list[Bar] = []
    start, end = Fraction(0), pickup or meter.length
    while True:
        at = bisect_right(onsets, start)
        following = onsets[at] if at < len(onsets) else None
        if following is not None and following < end:
            end = following
            if measures or not pickup:
                measures.append(Bar(start, end, _odd_meter(end - start)))
            else:
                measures.append(Bar(start, end, meter))
        else:
            measures.append(Bar(start, end, meter))
        if end >= score.length or (
            end >= sounding
            and len(measures) > 1
            and (end - sounding >= _CLOSING_BARS * meter.length)
        ):
            break
        if len(measures) >= _MOST_BARS:
            raise UsageError(f"more than {_MOST_BARS:,} bars; convert a part of it")
        at = bisect_right(onsets, end)
        meter = changes[at - 1][1] if at else meter
        start, end = end, end + meter.length
    if measures[-1].end < score.length:
        lost["quarter note{s} of silence at the end"] += int(score.length - measures[-1].end)
    return measures


def _odd_meter(length: Fraction) -> Meter:
    """The metre that a bar of this length fills."""
    return Meter(length.numerator, 4 * length.denominator)


# --- voices -----------------------------------------------------------------------------------


def voices_of(score: Score, length: Fraction, lost: Counter[str]) -> list[tuple[int, list[Event]]]:
    """(part, events that follow one another without overlap), at least one; all of `length`.

    Raises nothing: where there would be more voices than ABC programs read, notes are shortened.
    """
    parts: dict[int, list[Event]] = {}
    for part in sorted({note.part for note in score.notes}) or [0]:
        parts[part] = _chords([note for note in score.notes if note.part == part])
    lines = {part: _lines(events, None, lost) for part, events in parts.items()}
    if sum(map(len, lines.values())) > MOST_VOICES:
        while len(parts) > MOST_VOICES:
            _join_two(score, parts, lost)
        most = MOST_VOICES // len(parts)
        lines = {part: _lines(events, most, lost) for part, events in parts.items()}
    return [
        (part, _with_rests(line, length))
        for part, lines_of_part in lines.items()
        for line in lines_of_part or [[]]
    ]


def _join_two(score: Score, parts: dict[int, list[Event]], lost: Counter[str]) -> None:
    """Two parts become one: of the same instrument if there are such, else the last ones."""
    homes: dict[object, int] = {}
    for part in parts:
        key = score.parts[part].drums, score.parts[part].program
        if key in homes:
            first, second = homes[key], part
            break
        homes[key] = part
    else:
        first, second = sorted(parts)[-2:]
    parts[first] = sorted([*parts[first], *parts.pop(second)], key=lambda event: event.onset)
    lost["part{s} joined with another"] += 1


def _chords(notes: Sequence[Note]) -> list[Event]:
    """Notes that start and stop together, as one event each, in order."""
    together: dict[tuple[Fraction, Fraction], list[Note]] = {}
    for note in notes:
        together.setdefault((note.onset, note.duration), []).append(note)
    return [
        Event(
            onset, duration,
            tuple(sorted({note.pitch + note.cents / 100 if note.cents else note.pitch
                          for note in struck})),
            max(note.velocity for note in struck),
        )
        for (onset, duration), struck in sorted(together.items(), key=lambda item: item[0])
    ]  # fmt: skip


def _lines(events: Sequence[Event], most: int | None, lost: Counter[str]) -> list[list[Event]]:
    """Events shared out over as few lines as they need; over `most`, a note gives way to the
    next one on the line that has sounded longest, or joins its chord."""
    lines: list[list[Event]] = []
    for event in events:
        free = next((line for line in lines if line[-1].end <= event.onset), None)
        if free is not None:
            free.append(event)
        elif most is None or len(lines) < most:
            lines.append([event])
        else:
            lost["note{s} shortened, for want of voices"] += 1
            line = min(lines, key=lambda line: line[-1].onset)
            before = line[-1]
            if before.onset < event.onset:
                line[-1] = replace(before, duration=event.onset - before.onset)
                line.append(event)
            else:
                pitches = tuple(sorted({*before.pitches, *event.pitches}))
                line[-1] = replace(before, pitches=pitches)
    return lines


def _with_rests(events: Sequence[Event], length: Fraction) -> list[Event]:
    filled: list[Event] = []
    time = Fraction(0)
    for event in events:
        if event.onset > time:
            filled.append(Event(time, event.onset - time, ()))
        filled.append(event)
        time = event.end
    if time < length:
        filled.append(Event(time, length - time, ()))
    return filled


def split_at_beats(events: Sequence[Event], start: Fraction, beat: Fraction) -> list[Event]:
    """Cut what begins or ends off the binary grid at the beats, so that triplets close there."""
    out = []
    for event in events:
        at = event
        while True:
            next_beat = start + ((at.onset - start) // beat + 1) * beat
            binary = power_of_two((at.onset - start).denominator) and power_of_two(
                at.duration.denominator
            )
            if binary or at.end <= next_beat:
                out.append(at)
                break
            first, at = at.cut(next_beat)
            out.append(first)
    return out


def tuplets(events: Sequence[Event]) -> Iterator[list[Event]]:
    """Single events, or runs of events that make up one triplet bracket.

    A bracket holds events whose lengths have a third in them until together they do not: after
    `split_at_beats` that is at the beat at the latest. A binary length inside (a triplet quarter
    beside two triplet eighths has none) ends up in the bracket too.
    """
    run: list[Event] = []
    for event in events:
        run.append(event)
        if power_of_two(sum((member.duration for member in run), Fraction(0)).denominator):
            yield run
            run = []
    if run:
        yield run
