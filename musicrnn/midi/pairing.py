"""Which note-off ends which note-on: first in, first out at each key of each channel.

Source: MIDI 1.0 leaves overlapping equal pitches open; first in first out is what most
sequencers and symusic do.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["HANGING", "OFF", "ON", "RELEASE", "pair", "pair_in_turn", "released_stops"]

Ints = NDArray[np.int64]

#: What stands for the partner of a note that is never released.
HANGING = -1
#: The kinds of event that `pair_in_turn` knows.
ON, OFF, RELEASE = 1, -1, 0


def pair(keys: Ints, on: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """The partner of each note-on, and the note-offs that release nothing.

    `keys` (n,) tells channel and pitch of each event in time order, `on` (n,) whether it starts
    a note. Returns for each note-on, in order, the index of its note-off or `HANGING`.

    Sorted by key, the k-th note-on of a key meets its k-th note-off, once the stray ones are
    gone: those at which more notes have ended than begun.
    """
    few = keys.max(initial=0) < 1 << 16  # which sorts in time that grows with the length alone
    order = (keys.astype(np.uint16) if few else keys).argsort(kind="stable")
    key, starts = keys[order], on[order]
    if not len(key):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    if _alternate(key, starts):
        partners = np.empty(len(keys), np.int64)
        partners[order[::2]] = order[1::2]
        return partners[on], order[:0]
    new = np.concatenate([[True], key[1:] != key[:-1]])
    group = np.cumsum(new) - 1
    depth = np.cumsum(np.where(starts, 1, -1))
    first = np.flatnonzero(new)
    before = np.concatenate([[0], depth[first[1:] - 1]])
    depth -= before[group]
    stray = _stray(depth, group, len(key))
    ons, offs = order[starts], order[~starts & ~stray]
    on_group, off_group = group[starts], group[~starts & ~stray]
    rank = np.arange(len(ons)) - np.searchsorted(on_group, on_group)
    place = np.searchsorted(off_group, on_group) + rank
    released = place < np.searchsorted(off_group, on_group, side="right")
    partners = np.full(len(keys), HANGING)
    partners[ons[released]] = offs[place[released]]
    return partners[on], np.sort(order[stray])


def _alternate(key: Ints, starts: NDArray[np.bool_]) -> bool:
    """Whether each key goes on, off, on, off: nothing overlaps, strays or hangs."""
    return bool(
        len(key) % 2 == 0
        and starts[::2].all()
        and not starts[1::2].any()
        and (key[::2] == key[1::2]).all()
    )


def _stray(depth: Ints, group: Ints, size: int) -> NDArray[np.bool_]:
    """Where the depth of a group falls to a new low below 0: a note-off with nothing to end."""
    if depth.min() >= 0:
        return np.zeros(size, bool)
    floor = -group * (size + 1)  # each group lies below all earlier ones
    low = np.minimum.accumulate(np.minimum(depth, 0) + floor)
    previous = np.minimum(np.concatenate([[0], low[:-1]]), floor)
    stray: NDArray[np.bool_] = low < previous
    return stray


def pair_in_turn(keys: Sequence[int], kinds: Sequence[int]) -> tuple[list[int], list[int]]:
    """`pair`, one event after the other, which can also release whole channels.

    `kinds` is `ON`, `OFF` or `RELEASE`; a release ends all notes of the channel ``key >> 7``.
    """
    partners: list[int] = []
    sounding: dict[int, dict[int, deque[int]]] = {}
    strays: list[int] = []
    for i, (key, kind) in enumerate(zip(keys, kinds, strict=True)):
        channel = sounding.setdefault(key >> 7, {})
        if kind == ON:
            channel.setdefault(key, deque()).append(len(partners))
            partners.append(HANGING)
        elif kind == RELEASE:
            for note in (note for queue in channel.values() for note in queue):
                partners[note] = i
            channel.clear()
        elif channel.get(key):
            partners[channel[key].popleft()] = i
        else:
            strays.append(i)
    return partners, strays


def released_stops(
    keys: Ints, ticks: Ints, starts: Ints, sounding: NDArray[np.bool_], hanging: NDArray[np.bool_],
    stops: Ints, ends: Ints, longest: int,
) -> Ints:  # fmt: skip
    """Where each note stops, the hanging ones ended as a player would.

    A note that is never released ends at the next note-on or note-off of its key; where there is
    none for `longest` ticks, at the next note of its channel, but it lasts at least as long as
    half of the notes do. It never lasts longer than `longest` and than those, nor past the end of
    its track, unless it begins there.

    `keys` and `ticks` are those of all events, `starts` the note-ons among them and `sounding`
    whether an event is a note-on or a note-off. The others have a row for each note: `hanging`,
    `stops` as they are so far, and `ends` of the tracks.
    """
    (rows,) = sounding.nonzero()
    (lost,) = hanging.nonzero()
    onsets = ticks[starts]
    usual = int(np.median((stops - onsets)[~hanging])) if not hanging.all() else 0
    by_key = _next_moment(keys[rows], ticks[rows], keys[starts[lost]], onsets[lost])
    by_channel = _next_moment(keys[starts] >> 7, onsets, keys[starts[lost]] >> 7, onsets[lost])
    most = onsets[lost] + max(usual, longest)
    by_channel = np.where(by_channel < 0, most, np.maximum(by_channel, onsets[lost] + usual))
    ended = stops.copy()
    stop = np.where((by_key < 0) | (by_key > most), np.minimum(by_channel, most), by_key)
    last = onsets[lost] >= ends[lost]
    at_the_end = onsets[lost] + (min(usual, longest) or longest // 4)
    ended[lost] = np.where(last, at_the_end, np.minimum(stop, ends[lost]))
    # The release of a later note of the key went to an earlier one that had none of its own.
    struck = keys[starts]
    again = _next_moment(struck, onsets, struck, onsets)
    taken = ~hanging & np.isin(struck, struck[lost]) & (again >= 0) & (again < stops)
    taken &= stops - onsets > longest
    ended[taken] = np.minimum(again, onsets + longest)[taken]
    return ended


def _next_moment(keys: Ints, ticks: Ints, wanted: Ints, after: Ints) -> Ints:
    """The first of `ticks` with a key of `wanted` that is later than `after`; −1 for none."""
    order = np.lexsort((ticks, keys))
    keys, ticks = keys[order], ticks[order]
    span = int(ticks.max(initial=0)) + 2
    names, numbers = np.unique(keys, return_inverse=True)
    place = np.searchsorted(
        numbers * span + ticks, np.searchsorted(names, wanted) * span + after, side="right"
    )
    inside = np.minimum(place, len(keys) - 1)
    return np.where((place < len(keys)) & (keys[inside] == wanted), ticks[inside], -1)
