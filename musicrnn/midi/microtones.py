"""Bends that stand still are microtones: a quarter tone is a note, no movement of a wheel.

A file has them as notes on a channel whose wheel is set once, before its first note; the other
notes of the same player are on another channel of the same track (as `writer` writes them).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from musicrnn.midi.channels import bend_range
from musicrnn.score import ControlChange, Note, Part, PitchBend

__all__ = ["microtones"]

#: A channel that is out of tune by less than this is a chorus of its sibling, no microtones of it.
_LEAST_CENTS = 20

_Found = tuple[
    tuple[Part, ...], tuple[Note, ...], list[tuple[int, int]],
    tuple[ControlChange, ...], tuple[PitchBend, ...],
]  # fmt: skip


def microtones(
    parts: tuple[Part, ...],
    notes: tuple[Note, ...],
    lines: list[tuple[int, int]],
    controls: tuple[ControlChange, ...],
    bends: tuple[PitchBend, ...],
) -> _Found:
    """The same, the wheel's position put into the notes where it never moves while they sound.

    `lines` are the track and the line of each part. A part of microtones joins the part of the
    same track and instrument that plays in tune, if there is one with the same controllers.
    """
    cents = _still(notes, controls, bends)
    if not cents:
        return parts, notes, lines, controls, bends
    own = {part: _settings(part, controls) for part in range(len(parts))}
    moved = {bend.part for bend in bends} - cents.keys()
    homes = {
        (lines[part][0], parts[part], own[part]): part
        for part in reversed(range(len(parts)))
        if part not in cents and part not in moved
    }
    joins = {}
    for part, amount in cents.items():
        home = homes.get((lines[part][0], parts[part], own[part]))
        if home is not None and abs(amount) >= _LEAST_CENTS:
            joins[part] = home
    kept = [part for part in range(len(parts)) if part not in joins]
    number = {part: kept.index(joins.get(part, part)) for part in range(len(parts))}
    tuned = (
        replace(note, part=number[note.part], cents=cents.get(note.part, note.cents))
        for note in notes
    )
    return (
        tuple(parts[part] for part in kept),
        tuple(sorted(tuned)),
        [lines[part] for part in kept],
        tuple(replace(c, part=number[c.part]) for c in controls if c.part not in joins),
        tuple(replace(b, part=number[b.part]) for b in bends if b.part not in cents),
    )


def _still(
    notes: Sequence[Note], controls: Sequence[ControlChange], bends: Sequence[PitchBend]
) -> dict[int, Fraction]:
    """Part → cents, where its wheel is set once before its notes, to some simple number of them."""
    values: dict[int, set[int]] = {}
    for bend in bends:
        values.setdefault(bend.part, set()).add(bend.value)
    since = {bend.part: bend.onset for bend in reversed(bends)}
    begins = {note.part: note.onset for note in reversed(notes)}
    cents_of = {}
    for part, positions in values.items():
        (value, *more) = positions
        if more or not value or part not in begins or since[part] > begins[part]:
            continue
        width = 100 * bend_range([c for c in controls if c.part == part])
        exact = Fraction(value * width, 8192)
        cents = next(
            (
                c
                for d in (1, 2, 3)
                if round((c := exact.limit_denominator(d)) * 8192 / width) == value
            ),
            None,
        )
        if cents:
            cents_of[part] = cents
    return cents_of


def _settings(part: int, controls: Sequence[ControlChange]) -> tuple[object, ...]:
    return tuple((c.onset, c.number, c.value) for c in controls if c.part == part)
