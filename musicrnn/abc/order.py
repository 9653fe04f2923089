"""In which order the measures of a voice are played: repeats, variant endings, parts."""

from __future__ import annotations

from collections.abc import Sequence

from musicrnn.abc import limits
from musicrnn.abc.timeline import Boundary, Measure
from musicrnn.errors import AbcError

__all__ = ["played_order"]


def played_order(measures: Sequence[Measure]) -> list[int]:
    """Indices into `measures` in the order of play (ABC 2.1, 4.8 and 4.9).

    A ``:|`` goes back to the ``|:`` before it or, where there is none, to the last place where a
    section ended (``:|``, ``||``, ``|]``), or to the start. A variant ending is played on its own
    passes; two endings in a row share one repeat. Raises AbcError past `limits.PLAYED`.
    """
    order: list[int] = []
    place = start = 0
    turn = 1  # how often the section is being played
    opened = False  # whether it started with |:, so that a double bar within does not end it
    jumped = False
    ending: tuple[int, ...] = ()
    played = 0
    while place < len(measures):
        measure = measures[place]
        before, after = measure.before, measure.after
        if before.starts and not jumped:
            start, turn, ending, opened = place, 1, (), True
        jumped = False
        if before.ending is not None:
            ending = before.ending.numbers
            if turn not in ending:
                place = _after_ending(measures, place)
                continue
        order.append(place)
        played += len(measure.events) + 1
        if played > limits.PLAYED:
            raise AbcError(f"played out, the tune has more than {limits.PLAYED} notes; repeat less")
        if after.ends and _again(after, turn, ending):
            turn += 1
            place, jumped = start, True
            continue
        last_ending = bool(ending) and turn >= max(ending)
        if after.ends or (after.double and (last_ending or not (opened or ending))):
            start, turn, ending, opened = place + 1, 1, (), False
        place += 1
    return order


def _again(after: Boundary, turn: int, ending: tuple[int, ...]) -> bool:
    """Whether the section that ends at `after` is to be played once more."""
    following = after.ending.numbers if after.ending else ()
    if ending:
        return turn < max((*ending, *following))
    return turn <= after.ends or any(number > turn for number in following)


def _after_ending(measures: Sequence[Measure], place: int) -> int:
    """The index of the first measure after the ending that starts at `place`."""
    while place < len(measures):
        after = measures[place].after
        place += 1
        if after.ends or after.ending is not None or after.starts or after.double:
            break
    return place
