"""What players do with the time of written notes: swing, a held fermata, a little air between."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Final

from musicrnn.score import DEFAULT_QPM, Meter, Score, TempoChange

__all__ = ["as_danced", "danced", "held", "separated"]

#: where the second of a swung pair is struck, in parts of the beat
_SWUNG: Final = Fraction(2, 3)
#: where it is written → where it is played: even, dotted, and the snap
_PAIRS: Final = {
    Fraction(1, 2): _SWUNG, Fraction(3, 4): _SWUNG, Fraction(1, 4): 1 - _SWUNG,
}  # fmt: skip
#: under a fermata time runs at this share of its speed
_HELD: Final = Fraction(1, 2)
#: the silence before the next note, in quarter notes, and at most this share of a note: too little
#: for the grid (of a twelfth) to which played music is moved to be written
_AIR, _AIR_SHARE = Fraction(1, 30), Fraction(1, 10)
#: it is a multiple of this part of a quarter note, as times of MIDI files are
_TICKS: Final = 480


def danced(score: Score) -> Score:
    """The score with its pairs of eighths (in 2/4 of sixteenths) long and short, as two to one:
    even pairs, dotted ones and snaps alike. Triplets and compound metres stay as they are.

    abc2midi plays hornpipes so.
    """
    score = replace(score, swing=tuple(sorted(_divided(score))))
    moved = as_danced(score)
    notes = (
        replace(note, onset=moved(note.onset), duration=moved(note.end) - moved(note.onset))
        for note in score.notes
    )
    return replace(
        score,
        lyrics=tuple(replace(lyric, onset=moved(lyric.onset)) for lyric in score.lyrics),
        fermatas=tuple(map(moved, score.fermatas)),
    ).with_notes(notes)


def as_danced(score: Score) -> Callable[[Fraction], Fraction]:
    """Time as it is written → time as `score` has it: the same unless it is `danced`. All parts
    move together, beat by beat."""
    starts = [onset for onset, *_ in score.swing]

    def moved(time: Fraction) -> Fraction:
        at = bisect_right(starts, time) - 1
        if at < 0:
            return time
        start, beat, middle = score.swing[at]
        share = (time - start) / beat
        if share >= 1:
            return time
        target = _PAIRS[middle]
        if share <= middle:
            return start + beat * target * share / middle
        return start + beat * (1 - (1 - target) * (1 - share) / (1 - middle))

    return moved


def _divided(score: Score) -> Iterator[tuple[Fraction, Fraction, Fraction]]:
    """The beats that are divided in two: onset, length, and the share at which the second begins
    as it is written."""
    changes = [(c.onset + (0 if c.onset else score.pickup), c.meter) for c in score.meters]
    starts = [onset for onset, _ in changes]
    written: dict[tuple[Fraction, Fraction], set[Fraction]] = defaultdict(set)
    for note in score.notes:
        at = max(bisect_right(starts, note.onset) - 1, 0)
        start, meter = changes[at] if changes else (score.pickup, Meter(4, 4))
        beat = _pair(meter)
        if beat:
            into = (note.onset - start) % beat
            written[note.onset - into, beat].add(into / beat)
    for (start, beat), places in written.items():
        pivot = _pivot(places)
        if pivot is not None:
            yield start, beat, pivot


def _pair(meter: Meter | None) -> Fraction:
    """The length of what is divided into long and short; 0 where nothing is."""
    if meter is None or meter.compound:
        return Fraction(0)
    return Fraction(1, 2) if meter == Meter(2, 4) else Fraction(1)


def _pivot(places: Collection[Fraction]) -> Fraction | None:
    """The middle of a beat by where its notes begin; None for triplets and single notes."""
    if any(place.denominator in (3, 6) for place in places):
        return None
    inner = [pivot for pivot in _PAIRS if pivot in places]
    return next((pivot for pivot in inner if pivot == Fraction(1, 2) or len(inner) == 1), None)


def held(score: Score) -> Score:
    """The score with time at half its speed while what stands under a fermata sounds; one at the
    very beginning, or over a change of tempo, is not held."""
    tempos = list(score.tempos)
    for fermata in score.fermatas:
        end = _sounding_until(score, fermata)
        inside = any(fermata <= change.onset < end for change in tempos if change.onset)
        if end > fermata > 0 and not inside:
            qpm = next((c.qpm for c in reversed(tempos) if c.onset <= fermata), DEFAULT_QPM)
            lasting = end >= score.length or any(change.onset == end for change in tempos)
            after = [] if lasting else [TempoChange(end, qpm)]
            tempos = sorted(
                [*tempos, TempoChange(fermata, qpm * _HELD), *after], key=lambda c: c.onset
            )
    return replace(score, tempos=tuple(tempos))


def _sounding_until(score: Score, onset: Fraction) -> Fraction:
    """Where what begins at `onset` ends: at the next note, if only air is between them."""
    end = max((note.end for note in score.notes if note.onset == onset), default=onset)
    following = min((n.onset for n in score.notes if n.onset >= end), default=score.length)
    return following if following - end <= _AIR else end


def separated(score: Score, legato: Collection[int] = ()) -> Score:
    """The score with a little air after each note, but for those written at `legato` (offsets into
    the text: notes that are slurred to the next)."""

    def spaced(duration: Fraction) -> Fraction:
        return duration - Fraction(int(min(_AIR, duration * _AIR_SHARE) * _TICKS), _TICKS)

    return score.with_notes(
        note if note.place is not None and note.place.start in legato
        else replace(note, duration=spaced(note.duration))
        for note in score.notes
    )  # fmt: skip
