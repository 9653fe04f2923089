"""Time on a grid of equal steps: how far the notes lie from it, and whether they swing.

Steps are counted in a quarter note: 4 for sixteenths, 12 for sixteenths and triplets alike.
Swing is not an error of timing: a beat whose second eighth comes late *every time* is straight
eighths played as swing, so it is measured first, and the notes are straightened before they are
set on the grid (and can be swung again after).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from musicrnn.errors import UsageError
from musicrnn.theory.melody import Melody

__all__ = ["STRAIGHT", "Stepped", "find_swing", "on_grid", "quantise", "stepped"]

Ints = NDArray[np.int64]

#: The share of a beat at which straight eighths divide it.
STRAIGHT = Fraction(1, 2)
#: The second eighth of swing lies here: later than a straight one, no later than a dotted one.
_SWING_RANGE = (0.57, 0.73)
#: Fewer off-beat notes than this, or a smaller share of them in the range, is no swing.
_LEAST_OFFBEATS, _LEAST_SHARE = 8, 0.7
#: Notes this near to the beat (in beats) are on it.
_NEAR = 0.12
#: Dotted rhythms and triplets divide the beat unevenly too, but exactly so; played swing
#: wanders. Ratios that name themselves: the triplet swing and the light one.
_NAMED = (Fraction(2, 3), Fraction(3, 5))


@dataclass(frozen=True, slots=True)
class Stepped:
    """A line on a grid of `steps` a quarter: int64 arrays of one length, times in steps.

    `onsets` rise strictly, each of `ends` is after its onset and at most the next onset.
    `mean_error` and `worst_error` say how far the notes were moved, in quarter notes; `lost` how
    many shared a step with another and are gone.
    """

    pitches: Ints
    onsets: Ints
    ends: Ints
    steps: int
    mean_error: float = 0.0
    worst_error: float = 0.0
    lost: int = 0


def on_grid(melody: Melody, steps: int) -> bool:
    """Whether every onset and end of the line lies on the grid of `steps` a quarter."""
    times = np.concatenate([melody.onsets, melody.durations]) * steps
    return not (times % melody.ticks).any()


def quantise(melody: Melody, steps: int, *, swing: Fraction = STRAIGHT) -> Stepped:
    """The line set on the grid: onsets and ends at the nearest step, no note empty.

    Of several notes at one step the longest stays. With `swing`, the second eighth of a beat is
    first moved from there to the middle. Raises `UsageError` for a grid of no steps.
    """
    if swing == STRAIGHT and (unmoved := _unmoved(melody, steps)) is not None:
        return unmoved
    onsets, ends = (
        _straightened(times, melody.ticks, swing)
        for times in (melody.onsets, melody.onsets + melody.durations)
    )
    ticks = melody.ticks * _FINE
    starts, stops = _nearest(onsets, steps, ticks), _nearest(ends, steps, ticks)
    error = np.abs(starts * ticks - onsets * steps) / (ticks * steps)
    end_error = np.abs(stops * ticks - ends * steps) / (ticks * steps)
    worst = max(error.max(initial=0.0), end_error.max(initial=0.0))
    stops = np.maximum(stops, starts + 1)
    if (np.diff(starts) <= 0).any():
        order = np.lexsort((stops - starts, starts))
        kept = order[np.append(np.diff(starts[order]) > 0, True)]
    else:
        kept = np.arange(len(starts))
    starts, stops = starts[kept], stops[kept]
    stops[:-1] = np.minimum(stops[:-1], starts[1:])
    mean = float(error.mean()) if len(error) else 0.0
    lost = len(melody) - len(kept)
    return Stepped(melody.pitches[kept], starts, stops, steps, mean, float(worst), lost)


def stepped(melody: Melody, steps: int) -> Stepped:
    """The line set on the grid: as it is, if it lies there, else straightened if it swings."""
    unmoved = _unmoved(melody, steps)
    return unmoved if unmoved is not None else quantise(melody, steps, swing=find_swing(melody))


def _unmoved(melody: Melody, steps: int) -> Stepped | None:
    """The line if it lies on the grid as it is, else None."""
    if not 1 <= steps <= 960:
        raise UsageError(f"a grid of {steps} steps a quarter; choose 4, or 12 for triplets too")
    times = np.concatenate([melody.onsets, melody.durations]) * steps
    whole, rest = np.divmod(times, melody.ticks)
    if rest.any():
        return None
    # A line has no two notes at one moment.
    onsets, lengths = whole[: len(melody)], whole[len(melody) :]
    return Stepped(melody.pitches, onsets, onsets + lengths, steps)


#: Straightening divides ticks; on a grid this much finer it stays in integers.
_FINE = 2520


def _nearest(times: Ints, steps: int, ticks: int) -> Ints:
    nearest: Ints = (2 * times * steps + ticks) // (2 * ticks)
    return nearest


def _straightened(times: Ints, ticks: int, swing: Fraction) -> Ints:
    """Times in `ticks` a quarter → the same `_FINE` times finer, the beat's middle moved from
    `swing` to the half and all between in proportion."""
    fine: Ints = times * _FINE
    if swing == STRAIGHT:
        return fine
    beat = ticks * _FINE
    into = fine % beat
    late = into * swing.denominator > beat * swing.numerator
    early = into * swing.denominator // (2 * swing.numerator)
    rest = beat - (beat - into) * swing.denominator // (2 * (swing.denominator - swing.numerator))
    straight: Ints = fine - into + np.where(late, rest, early)
    return straight


def find_swing(melody: Melody) -> Fraction:
    """Where the second eighth of the beat is played: 1/2 for straight, about 2/3 for swing.

    Swing is found when enough notes fall between the beats, nearly all of them late, and none
    of the beats is cut in three or four (then the rhythm is written, not swung).
    """
    places = (melody.onsets % melody.ticks) / melody.ticks
    off = places[(places > _NEAR) & (places < 1 - _NEAR)]
    low, high = _SWING_RANGE
    late = off[(off > low) & (off < high)]
    if len(off) < _LEAST_OFFBEATS or len(late) < _LEAST_SHARE * len(off):
        return STRAIGHT
    if ((off > 0.3) & (off < 0.37)).sum() > len(late) / 4:
        return STRAIGHT  # the first of a triplet's inner notes: written triplets
    middle = float(np.median(late))
    named = min(_NAMED, key=lambda ratio: abs(float(ratio) - middle))
    return named if abs(float(named) - middle) < 0.01 else Fraction(middle).limit_denominator(24)
