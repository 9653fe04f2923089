"""Which program, of which bank, each note is played with.

A program change holds for a channel, whichever track it stands in (MIDI 1.0): many sequencers
write them all into the first track. So the latest one before a note counts; of several at one
moment the one in the note's own track, since there are files whose tracks share a channel and
mean their own instruments all the same. A bank that was selected before takes effect with the
program change (controllers 0 and 32).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from musicrnn.midi.segments import Segments
from musicrnn.midi.tracks import LINE_SHIFT

__all__ = ["set_programs"]

Ints = NDArray[np.int64]


def set_programs(
    onsets: Sequence[Ints], voices: Sequence[Ints], cut: Segments, ports: Ints, places: Ints,
    edges: Sequence[int],
) -> None:  # fmt: skip
    """Add bank and program, in place, to the voices of all tracks, which so far are lines.

    `onsets` and `voices` are the columns of each track, `places` is each note's event in `cut`, and
    `edges` where each track's notes begin among them.
    """
    changes = _changes(cut, ports)
    if not changes:
        return
    for i, (starts, sounds) in enumerate(zip(onsets, voices, strict=True)):
        if not len(sounds):
            continue
        mine = places[edges[i] : edges[i + 1]]
        if (sounds == sounds[0]).all():
            line = sounds.item(0) >> LINE_SHIFT
            if line in changes:
                sounds[:] |= _sounding(changes[line], i, starts, mine)
            continue
        lines = sounds >> LINE_SHIFT
        for line in np.unique(lines).tolist():
            if line in changes:
                rows = lines == line
                sounds[rows] |= _sounding(changes[line], i, starts[rows], mine[rows])


def _sounding(changes: Ints, track: int, starts: Ints, places: Ints) -> Ints | int:
    """Bank and program of a line at each of its notes in `track`, or at all of them; `starts` are
    the notes' ticks, `places` their events, both rising."""
    is_own = changes[:, 1] == track
    count = np.count_nonzero(is_own)
    tick, _, place, last = changes[-1].tolist()
    if (count == len(changes) and place < places[0]) or (not count and tick <= starts[0]):
        return int(last)  # all is said before the first note
    own, others = changes[is_own], changes[~is_own]
    sound, since = _taken(own, own[:, 2].searchsorted(places) - 1)
    if len(others):
        at = others[:, 0].searchsorted(starts, side="right") - 1
        other_sound, other_since = _taken(others, at)
        sound = np.where(other_since > since, other_sound, sound)
    return sound


def _taken(changes: Ints, at: Ints) -> tuple[Ints, Ints]:
    """Bank and program of the changes at rows `at` (−1: none yet), and when they were made."""
    if not len(changes):
        return np.zeros(len(at), np.int64), np.full(len(at), -1)
    latest = changes[np.maximum(at, 0)]
    return np.where(at < 0, 0, latest[:, 3]), np.where(at < 0, -1, latest[:, 0])


def _changes(cut: Segments, ports: Ints) -> dict[int, Ints]:
    """By line, the program changes in time order: (n, 4) of tick, track, place in `cut` and
    ``bank << 7 | program``."""
    programs = [
        (first + index, track, channel, program)
        for track, (walk, first) in enumerate(zip(cut.walks, cut.bounds, strict=False))
        for index, channel, program in walk.programs
    ]
    if not programs:
        return {}
    places, owners, channels, numbers = np.array(programs, np.int64).T
    lines = ports[owners] << 4 | channels
    sounds = _banks(cut, ports, places, lines) << 7 | numbers if cut.counts[0xB] else numbers
    table = np.stack([cut.ticks[places], owners, places, sounds], axis=1)
    by_line = {}
    for line in set(lines.tolist()):
        rows = table[lines == line]
        by_line[line] = rows[np.argsort(rows[:, 0], kind="stable")]
    return by_line


def _banks(cut: Segments, ports: Ints, places: Ints, lines: Ints) -> Ints:
    """The bank that is selected at each program change."""
    (rows,) = ((cut.kind == 0xB) & ((cut.first == 0) | (cut.first == 32))).nonzero()
    banks = np.zeros(len(places), np.int64)
    if not len(rows):
        return banks
    at, now = cut.pairs[rows], cut.ticks[places]
    of = ports[cut.owner[rows]] << 4 | cut.status[rows] & 15
    for controller, shift in ((0, 7), (32, 0)):
        for line in np.unique(lines).tolist():
            mine = (cut.first[rows] == controller) & (of == line)
            if not mine.any():
                continue
            order = np.lexsort((at[mine], cut.ticks[at[mine]]))
            ticks, events = cut.ticks[at[mine]][order], at[mine][order]
            values = cut.second[rows][mine][order]
            # Of one moment, those that stand before the program change in the file.
            keys = ticks * (len(cut.ticks) + 1) + events
            wanted = now[lines == line] * (len(cut.ticks) + 1) + places[lines == line]
            last = np.searchsorted(keys, wanted) - 1
            banks[lines == line] |= np.where(last < 0, 0, values[np.maximum(last, 0)]) << shift
    return banks
