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

__all__ = ["LINE_SHIFT", "set_programs"]

Ints = NDArray[np.int64]

#: A voice is ``line << LINE_SHIFT | bank << 7 | program``.
LINE_SHIFT = 21


def set_programs(
    onsets: Sequence[Ints], voices: Sequence[Ints], cut: Segments, owner: Ints, ports: Ints,
    places: Ints, edges: Sequence[int],
) -> None:  # fmt: skip
    """Add bank and program, in place, to the voices of all tracks, which so far are lines.

    `onsets` and `voices` are the columns of each track, `owner` is the track of each message of
    two data bytes, `places` each note's event in `cut`, and `edges` where each track's notes begin
    among them.
    """
    changes = _changes(cut, owner, ports)
    if not changes:
        return
    for i, (starts, sounds) in enumerate(zip(onsets, voices, strict=True)):
        lines = sounds >> LINE_SHIFT
        for line in np.unique(lines).tolist():
            if line not in changes:
                continue
            rows = lines == line
            of_line = changes[line]
            own = of_line[of_line[:, 1] == i]
            others = of_line[of_line[:, 1] != i]
            mine = places[edges[i] : edges[i + 1]][rows]
            at = np.searchsorted(own[:, 2], mine) - 1
            sound, since = _taken(own, at)
            if len(others):
                at = np.searchsorted(others[:, 0], starts[rows], side="right") - 1
                other_sound, other_since = _taken(others, at)
                sound = np.where(other_since > since, other_sound, sound)
            sounds[rows] |= sound


def _taken(changes: Ints, at: Ints) -> tuple[Ints, Ints]:
    """Bank and program of the changes at rows `at` (−1: none yet), and when they were made."""
    if not len(changes):
        return np.zeros(len(at), np.int64), np.full(len(at), -1)
    latest = changes[np.maximum(at, 0)]
    return np.where(at < 0, 0, latest[:, 3]), np.where(at < 0, -1, latest[:, 0])


def _changes(cut: Segments, owner: Ints, ports: Ints) -> dict[int, Ints]:
    """By line, the program changes in time order: (n, 4) of tick, track, place in `cut` and
    ``bank << 7 | program``."""
    programs = [
        (first + index, track, channel, program)
        for track, (walk, first) in enumerate(zip(cut.walks, cut.bounds.tolist(), strict=False))
        for index, channel, program in walk.programs
    ]
    if not programs:
        return {}
    places, owners, channels, numbers = np.array(programs, np.int64).T
    lines = ports[owners] << 4 | channels
    banks = _banks(cut, owner, ports, places, lines)
    table = np.stack([cut.ticks[places], owners, places, banks << 7 | numbers], axis=1)
    by_line = {}
    for line in np.unique(lines).tolist():
        rows = table[lines == line]
        by_line[line] = rows[np.argsort(rows[:, 0], kind="stable")]
    return by_line


def _banks(cut: Segments, owner: Ints, ports: Ints, places: Ints, lines: Ints) -> Ints:
    """The bank that is selected at each program change."""
    (rows,) = ((cut.status & 0xF0 == 0xB0) & ((cut.first == 0) | (cut.first == 32))).nonzero()
    banks = np.zeros(len(places), np.int64)
    if not len(rows):
        return banks
    at, now = cut.pairs[rows], cut.ticks[places]
    of = ports[owner[rows]] << 4 | cut.status[rows] & 15
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
