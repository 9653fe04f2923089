"""Which notes to write to a melody: the cheapest path through the places on the staff.

The costs are those of two-part writing as it is taught (thirds and sixths before fifths and
octaves, steps before leaps, no parallel fifths and octaves, contrary motion into a cadence), with
the chord in force, where dissonance off the beat costs little.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicrnn.arranging.melody import Moment

__all__ = ["Bounds", "best_line"]

FloatArray = NDArray[np.float64]

#: semitones between the voices → cost on a strong beat; what is missing is a dissonance
_INTERVALS = {
    0: 3.0, 3: 0.0, 4: 0.0, 5: 2.2, 6: 3.5, 7: 1.2, 8: 0.2, 9: 0.2, 12: 1.8, 15: 0.7, 16: 0.7,
}  # fmt: skip
_DISSONANCE = 5.0
#: places on the staff from the melody to the farthest note: a tenth
_FARTHEST = 9
#: steps of the line → cost; farther leaps cost `_FAR`
_STEPS = {0: 0.15, 1: 0.0, 2: 0.35, 3: 1.0, 4: 1.4, 5: 2.2, 7: 2.0}
_FAR = 4.0
_STEP_COSTS = np.array([_STEPS.get(steps, _FAR) for steps in range(9)])
_PARALLEL, _HIDDEN, _OVERLAP = 8.0, 0.6, 0.4
#: at a cadence
_CONTRARY, _SIMILAR = -0.8, 0.8
#: a note that is not of the chord, on a strong beat
_FOREIGN = 2.4
#: what is paid for silence: more than for any note that can be written
_SILENCE = 40.0
_NEVER = 1e6
#: the places of a moment that has no note: one that may be silent
_REST = -1


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where the line may go: `below` or above the melody, between two MIDI numbers."""

    below: bool
    lowest: int
    highest: int


def best_line(
    moments: Sequence[Moment], bounds: Bounds, *, noise: np.random.Generator | None = None
) -> tuple[list[int | None], float]:
    """A place on the staff for each moment (None: a rest), and what the line costs.

    `noise` moves the costs a little, so that another line of much the same worth is found.
    """
    choices = [_choices(moment, bounds) for moment in moments]
    total = _own_costs(moments[0], choices[0], bounds, noise)
    back: list[NDArray[np.intp]] = []
    for at in range(1, len(moments)):
        costs = total[:, None] + _moving(moments[at - 1 : at + 1], choices[at - 1 : at + 1], bounds)
        back.append(costs.argmin(axis=0))
        total = costs.min(axis=0) + _own_costs(moments[at], choices[at], bounds, noise)
    place = int(total.argmin())
    cost = float(total[place])
    line: list[int | None] = []
    for at in range(len(moments) - 1, -1, -1):
        chosen = choices[at][place]
        line.append(None if chosen == _REST else chosen)
        if at:
            place = int(back[at - 1][place])
    return line[::-1], cost


def _choices(moment: Moment, bounds: Bounds) -> list[int]:
    """The places within a tenth of the melody that are in range, and silence."""
    edge = moment.lowest if bounds.below else moment.highest
    way = -1 if bounds.below else 1
    places = [edge + way * steps for steps in range(_FARTHEST + 1)]
    kept = [p for p in places if bounds.lowest <= moment.number(p) <= bounds.highest]
    return [*kept, _REST]


def _own_costs(
    moment: Moment, places: Sequence[int], bounds: Bounds, noise: np.random.Generator | None
) -> FloatArray:
    """What each place costs against the melody and the chord."""
    edge = moment.number(moment.lowest if bounds.below else moment.highest)
    classes = frozenset(moment.triad)
    costs = []
    for place in places:
        if place == _REST:
            costs.append(_SILENCE)
            continue
        number = moment.number(place)
        cost = _INTERVALS.get(abs(edge - number), _DISSONANCE)
        if (edge - number) * (1 if bounds.below else -1) < 0:
            cost = _NEVER  # altered notes may cross where their places do not
        elif moment.rest and abs(edge - number) % 12 in (5, 6, 7):
            cost += 1.0
        if classes and number % 12 not in classes:
            cost += _FOREIGN
        if moment.cadence and moment.triad:
            # Root or third under the last note: not its fifth.
            cost += 0.0 if number % 12 in moment.triad[:2] else 3.0
            cost -= 2.0 if abs(edge - number) % 12 == 0 and number % 12 == moment.triad[0] else 0.0
        costs.append(cost * moment.weight)
    jitter = noise.normal(0.0, 0.35, len(costs)) if noise is not None else 0.0
    return np.array(costs) + jitter


def _moving(
    moments: Sequence[Moment], choices: Sequence[Sequence[int]], bounds: Bounds
) -> FloatArray:
    """(choices before, choices after): what it costs to go from one to the other."""
    after = moments[1]
    places = [np.array(row) for row in choices]
    numbers = [
        np.array([0 if place == _REST else moment.number(place) for place in row])
        for moment, row in zip(moments, choices, strict=True)
    ]
    silent = (places[0] == _REST)[:, None] | (places[1] == _REST)
    line = numbers[1] - numbers[0][:, None]
    steps = np.minimum(np.abs(places[1] - places[0][:, None]), len(_STEP_COSTS) - 1)
    if after.held:
        stays = (places[1] == places[0][:, None]) & (line == 0)
        return np.where(silent | stays, 0.0, _NEVER)
    costs = _STEP_COSTS[steps]
    heights = [m.number(m.lowest if bounds.below else m.highest) for m in moments]
    melody = heights[1] - heights[0]
    sizes = [np.abs(height - row) % 12 for height, row in zip(heights, numbers, strict=True)]
    perfect = (sizes[1] == 0) | (sizes[1] == 7)
    moved = (line != 0) & (melody != 0)
    parallel = moved & perfect & (sizes[0][:, None] == sizes[1])
    similar = moved & ((line > 0) == (melody > 0))
    costs = costs + _PARALLEL * parallel + _HIDDEN * (similar & perfect & ~parallel)
    if after.approach or after.cadence:
        costs += np.where(similar, _SIMILAR, _CONTRARY) * moved
    crossed = numbers[1] > heights[0] if bounds.below else numbers[1] < heights[0]
    costs += _OVERLAP * crossed
    return np.where(silent, 0.0, costs)
