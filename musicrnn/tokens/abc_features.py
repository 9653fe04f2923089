"""What a network is told beside each character of a tune: the features of ABC (`features`).

`left`
    0 outside of bars; else 1 + the quarters of a unit note that are left in the bar, rounded up
    and 48 at most. A bar that holds more than fits counts as full: no tune that a model learns
    from has one, so it would not know what to do but to go on. (The last value is not used.)
`bar`
    full bars of the section that are over, 17 at most
`section`
    0 in the header; then 3 · the number of the section, 6 at most, plus 1 within a first and 2
    within a further ending
`pickup`
    half unit notes of the section's pickup, rounded up and 8 at most, 0 for none; 9 while it is
    not known
`first_pickup`
    the same of the first section, known in those after it

Where the header says the form of the tune (``P:``, see `model_text`), there are two more, and
`left` knows that the last bar of a repeated section leaves out what the pickup has. Where it says
the pickups too, they are known from the start of a section, and `left` in them and before them:

`to_come`
    0 where the header says nothing of the section; else 1 + the bars of it that are not over,
    17 at most
`end`
    0 as above, and 5 after all sections; else 1, and 1 more in the last section, and 2 more where
    it is not repeated; 6 more while a ``|:`` is open

What stands open, where `brackets` is asked for, for what is opened must be closed:

`inside`
    0 where nothing is open; else the kind of bracket (grace notes, a chord, a ``[`` that may become
    anything, quotation marks, exclamation marks, an inline field) and, in the first two, the notes
    so far, 4 at most
`tuplet`
    the notes of a tuplet that are to come, 9 at most

And with `echoes`, for tunes say things again: how earlier bars went on from where this one stands.
That is 0 where there is no such bar, and 1 where nothing in it began at this time; else 2 + the id
of the character that came next, and the size of the vocabulary more where the bars differ so far:

`back_1`, `back_2`, `back_4`, `back_8`
    the bar that many bars before, in the same section
`first_end`, `last_end`
    the bar of the first section, and of the section before, that was as far from its end
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from musicrnn.tokens.abc_place import OPEN, UNIT, Place, after, whole, written
from musicrnn.tokens.vocabulary import Vocabulary

__all__ = ["AbcFeatures"]

_MOST_LEFT, _MOST_BARS, _MOST_SECTIONS, _MOST_PICKUP = 48, 17, 6, 8
_AFTER_ALL, _ENDS = 5, 12
_MOST_TUPLET = 9
#: kinds of brackets → the first value of `inside`
_INSIDE: Final = {"": 0, "{": 1, "c": 6, "[": 11, '"': 12, "!": 13, "f": 14}
#: echo → how many bars before, in the same section
_BACK: Final = {"back_1": 1, "back_2": 2, "back_4": 4, "back_8": 8}
_ENDINGS: Final = ("first_end", "last_end")
#: what is the number of a pickup, and of no bar, in `_Bars`
_PICKUP, _NONE = -1, -9
#: places kept before they are thrown away and read anew: some 100 MB
_MOST_NODES = 200_000

#: What does not begin anything new, but belongs to the note before.
_CONTINUES: Final = frozenset("0123456789/,'<>-)")
#: the time of what continues something, in `_Bar`
_WITHIN: Final = -1


class _Node:
    """A place, the time when what is open ends, its values, the bars that it may echo, and the
    nodes that known tokens lead to."""

    __slots__ = ("after", "echoed", "place", "time", "values")

    def __init__(self, place: Place, values: tuple[int, ...]) -> None:
        self.place = place
        self.time = whole(place).time
        self.values = values
        self.echoed = (
            *((place.section, place.bars - back) for back in _BACK.values()),
            *((section, _as_far(place, section)) for section in (1, place.section - 1)),
        )
        self.after: dict[int, _Node] = {}


class _Bar(NamedTuple):
    """The characters of a bar, the last of them begins the bar line after it; the time at which
    what each begins starts, or `_WITHIN`; and time → the first character there."""

    text: str
    times: tuple[int, ...]
    starts: Mapping[int, int]


#: section and number of a bar → the bar
_Bars: TypeAlias = Mapping[tuple[int, int], _Bar]


class _Walk:
    """A node, what has been written on the way to it, and the values with those of the echoes."""

    __slots__ = ("bar", "bars", "node", "times", "values")

    def __init__(
        self,
        node: _Node,
        bar: str,
        times: tuple[int, ...],
        bars: _Bars,
        values: tuple[int, ...],
    ) -> None:
        self.node = node
        self.bar = bar
        self.times = times
        self.bars = bars
        self.values = values


class AbcFeatures:
    """The features of model texts written in `vocabulary`'s characters, with `form` those whose
    header says the form, with `brackets` and `echoes` those that these words stand for above.

    Places are shared between all that read the same; without echoes most steps are one look-up.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        *,
        form: bool = False,
        brackets: bool = False,
        echoes: bool = False,
    ) -> None:
        self.form = form
        self.brackets = brackets
        self.echoes = echoes
        self.sizes = {
            "left": _MOST_LEFT + 3,
            "bar": _MOST_BARS + 1,
            "section": 3 * _MOST_SECTIONS + 3,
            "pickup": _MOST_PICKUP + 2,
            "first_pickup": _MOST_PICKUP + 2,
        }
        if form:
            self.sizes |= {"to_come": _MOST_BARS + 2, "end": _ENDS}
        if brackets:
            self.sizes |= {"inside": _INSIDE["f"] + 1, "tuplet": _MOST_TUPLET + 1}
        if echoes:
            self.sizes |= dict.fromkeys((*_BACK, *_ENDINGS), 2 * len(vocabulary) + 2)
        self._characters = [t if len(t) == 1 else "" for t in vocabulary.tokens]
        self._echo = {c: 2 + i for i, c in enumerate(self._characters) if c}
        self._nodes: dict[Place, _Node] = {}
        self._start = self._new(Place())
        self._known: dict[tuple[int, ...], npt.NDArray[np.uint16]] = {}

    def start(self) -> _Node | _Walk:
        """The place before the first character."""
        return self._walk(self._start, "", (), {}) if self.echoes else self._start

    def after(self, place: _Node | _Walk, token: int) -> _Node | _Walk:
        """The place after one more character; specials change nothing."""
        if isinstance(place, _Node):
            return self._next(place, token)
        node = self._next(place.node, token)
        character = self._characters[token]
        was, bar, times, bars = place.node.place, place.bar, place.times, place.bars
        if not was.body or not character or (character == "\n" and not was.inside):
            return self._walk(node, bar, times, bars)
        if was.inside or character not in "|:]":
            # What stands between a bar line and the first note numbers an ending.
            if bar or not character.isdigit():
                within = bool(was.inside) or character in _CONTINUES
                bar += character
                times += (_WITHIN if within else place.node.time,)
        elif bar:
            pickup = was.pickup == OPEN and place.node.time < was.size
            number = _PICKUP if pickup else was.bars
            times += (place.node.time,)
            starts = {time: at for at, time in reversed([*enumerate(times)])}
            bars = {**bars, (was.section, number): _Bar(bar + character, times, starts)}
            bar, times = "", ()
        return self._walk(node, bar, times, bars)

    def values(self, place: _Node | _Walk) -> tuple[int, ...]:
        """The values, in the order of `sizes`."""
        return place.values

    def along(self, ids: Iterable[int]) -> npt.NDArray[np.int32]:
        """The values at the start of a piece and after each id, remembered where they are slow to
        read: an epoch of training asks for the pieces of the one before."""
        key = tuple(ids)
        rows = self._known.get(key)
        if rows is None:
            place = self.start()
            values = [place.values]
            for token in key:
                place = self.after(place, token)
                values.append(place.values)
            rows = np.array(values, np.uint16)
            if self.echoes:
                self._known[key] = rows
        return rows.astype(np.int32)

    def _next(self, node: _Node, token: int) -> _Node:
        following = node.after.get(token)
        if following is None:
            place = after(node.place, self._characters[token])
            following = node.after[token] = self._node(place)
        return following

    def _node(self, place: Place) -> _Node:
        node = self._nodes.get(place)
        if node is None:
            if len(self._nodes) >= _MOST_NODES:
                self._nodes.clear()
                self._start = self._new(Place())  # the old graph hangs on it
            node = self._nodes[place] = self._new(place)
        return node

    def _new(self, place: Place) -> _Node:
        values = _values_in_form(place) if self.form else _values(place)
        return _Node(place, values + _open(place) if self.brackets else values)

    def _walk(self, node: _Node, bar: str, times: tuple[int, ...], bars: _Bars) -> _Walk:
        time = node.time
        echoes = [
            self._goes_on(earlier, bar, times, time) if earlier else 0
            for earlier in map(bars.get, node.echoed)
        ]
        return _Walk(node, bar, times, bars, (*node.values, *echoes))

    def _goes_on(self, earlier: _Bar, bar: str, times: tuple[int, ...], time: int) -> int:
        """The value of the echo of `earlier` after `bar`."""
        text = earlier.text
        if text.startswith(bar):
            return self._echo.get(text[len(bar)], 1) if len(text) > len(bar) else 1
        at = earlier.starts.get(time)
        if at is None:
            return 1
        for begun in reversed(times):
            if begun != time:
                break
            at += 1
        if at >= len(text) or earlier.times[at] != time:
            return 1
        return self._echo.get(text[at], 1) + len(self._characters)


def _as_far(at: Place, section: int) -> int:
    """The number of the bar of an earlier section that is as far from its end, as the form says."""
    if section >= at.section or at.section > len(at.form):
        return _NONE
    return at.bars + at.form[section - 1][0] - at.form[at.section - 1][0]


def _values(at: Place, size: int | None = None) -> tuple[int, ...]:
    if not at.body:
        return 0, 0, 0, 0, 0
    pickup = at.pickup
    if pickup == OPEN and at.section <= len(at.pickups):
        pickup = at.pickups[at.section - 1]
        size = pickup or size
    left = (at.size if size is None else size) - at.time - written(at)
    quarters = -(-left * 4 // UNIT)
    if not at.size:
        quarters = -1
    elif left < 0:
        quarters = 0
    return (
        1 + min(quarters, _MOST_LEFT + 1),
        min(at.bars, _MOST_BARS),
        3 * min(at.section, _MOST_SECTIONS) + at.ending,
        _pickup(pickup),
        _pickup(at.first),
    )


def _values_in_form(at: Place) -> tuple[int, ...]:
    size, to_come, end = at.size, 0, 0
    if at.section <= len(at.form):
        bars, repeated = at.form[at.section - 1]
        to_come = max(bars - at.bars, 0)
        end = 1 + (at.section == len(at.form)) + 2 * (not repeated)
        if to_come == 1 and at.size:
            size -= _left_out(at, repeated)
        to_come = 1 + min(to_come, _MOST_BARS)
    elif at.form:
        end = _AFTER_ALL
    return (*_values(at, size), to_come if at.body else 0, end + 6 * at.marked if at.body else 0)


def _left_out(at: Place, repeated: bool) -> int:
    """Ticks that the last bar of a section leaves out: for its own pickup where it is repeated,
    else for that of the next section; the last one of all mostly for that of the first."""
    if repeated:
        return max(at.pickup, 0)
    return (*at.pickups, *at.pickups[:1])[at.section] if at.section <= len(at.pickups) else 0


def _pickup(ticks: int) -> int:
    return _MOST_PICKUP + 1 if ticks == OPEN else min(-(-2 * ticks // UNIT), _MOST_PICKUP)


def _open(at: Place) -> tuple[int, int]:
    held = at.held if at.inside in ("{", "c") else 0
    return _INSIDE[at.inside] + held, min(at.left, _MOST_TUPLET)
