"""Where a tune stands after each character of its model text: the features of ABC.

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
`left` knows that the last bar of a repeated section leaves out what the pickup has:

`to_come`
    0 where the header says nothing of the section; else 1 + the bars of it that are not over,
    17 at most
`end`
    0 as above, and 5 after all sections; else 1, and 1 more in the last section, and 2 more where
    it is not repeated; 6 more while a ``|:`` is open

This reads any text, well formed or not, and in as far as it is well formed as
`musicrnn.constraints` and `musicrnn.abc` do; it is no parser, since it must say at every character
what the characters so far mean. A note counts as soon as its letter is there, and counts more or
less as its length is typed. Chords count as one unit note times the length after them, and what
stands in grace groups, quotation marks and inline fields counts nothing.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from musicrnn.stored import fraction
from musicrnn.tokens.vocabulary import Vocabulary

__all__ = ["AbcFeatures", "Form", "Place", "after", "form_of", "read_form"]

#: bars, and whether it is repeated, of each section
Form: TypeAlias = tuple[tuple[int, bool], ...]

#: Ticks of a unit note: its parts down to a 32nd of it and triplets of those are whole.
UNIT: Final = 96
#: A pickup that is not known yet.
OPEN: Final = -1

_MOST_LEFT, _MOST_BARS, _MOST_SECTIONS, _MOST_PICKUP = 48, 17, 6, 8
#: where counting stops
_COUNTED_BARS, _COUNTED_SECTIONS = 64, 16
_AFTER_ALL, _ENDS = 5, 12
_MOST_TYPED, _MOST_OF_FORM = 5, 40
#: places kept before they are thrown away and read anew: some 100 MB
_MOST_NODES = 200_000

_NOTES: Final = frozenset("ABCDEFGabcdefgzx")
_OCTAVES: Final = frozenset(",'")
_LENGTH: Final = frozenset("0123456789/")
_DIGITS: Final = frozenset("123456789")
#: what is skipped up to its end: a bracket that is not known yet, a chord, an inline field, …
_CLOSED_BY: Final = {"{": "}", '"': '"', "!": "!", "[": "]", "c": "]", "f": "]"}
#: notes of a tuplet → notes in whose time they are (ABC 2.1 §4.13, simple metres)
_TUPLETS: Final = {2: 3, 3: 2, 4: 3, 5: 2, 6: 2, 7: 2, 8: 3, 9: 2}


class Place(NamedTuple):
    """What the characters so far say. Times are in ticks (`UNIT`).

    In the header `field` is the letter of the line (empty at its start, ``?`` in one that no field
    starts) and `typed` the value of a metre or unit so far. In the body `size` is the length of a
    full bar (0: free metre) and `time` what closed elements fill of it; `note` is the length that
    an open element has with nothing typed, `typed` what is. `last` is the element closed last,
    `broken` the signs > (above 0) or < since, `left`, `per` and `times` a tuplet's notes to come
    and its ratio, `opened` a bracket that may start one, `inside` what is being skipped, `line` the
    bar line so far. `bars` counts the full bars of the section, `heard` tells whether it has any
    bar at all; `ending` is 0, 1 or 2, and `returns` the bars before the endings; `before` is the
    section's number and pickup that a second ending goes back to. `form` is what the header says,
    and `marked` tells that a ``|:`` is open.
    """

    body: bool = False
    field: str = ""
    typed: str = ""
    meter: str = ""
    unit: str = ""
    size: int = 0
    time: int = 0
    note: int = 0
    last: int = 0
    broken: int = 0
    left: int = 0
    per: int = 1
    times: int = 1
    opened: bool = False
    inside: str = ""
    line: str = ""
    section: int = 1
    bars: int = 0
    heard: bool = False
    pickup: int = OPEN
    first: int = OPEN
    ending: int = 0
    returns: int = 0
    before: tuple[int, int] = (1, OPEN)
    form: Form = ()
    marked: bool = False


# --- the header -----------------------------------------------------------------------------------


def _in_header(at: Place, c: str) -> Place:
    if c == "\n":
        if at.field == "K":
            return Place(body=True, size=_bar(at.meter, at.unit), form=at.form)
        if at.field == "M":
            at = at._replace(meter=at.typed)
        elif at.field == "L":
            at = at._replace(unit=at.typed)
        elif at.field == "P":
            at = at._replace(form=read_form(at.typed))
        return at._replace(field="", typed="")
    if not at.field:
        return at._replace(field=c if c.isalpha() else "?", typed="")
    if at.field in "ML" and c not in ": " and len(at.typed) <= _MOST_TYPED:
        return at._replace(typed=at.typed + c)
    if at.field == "P" and c != ":" and len(at.typed) <= _MOST_OF_FORM:
        return at._replace(typed=at.typed + c)
    return at


@lru_cache(maxsize=1024)
def read_form(text: str) -> Form:
    """The form that a ``P:`` line says (``8r 16``); none where it cannot be read."""
    parts = text.split()
    if not all(part.removesuffix("r").isdecimal() for part in parts):
        return ()
    return tuple((int(part.removesuffix("r")), part.endswith("r")) for part in parts)


@lru_cache(maxsize=1024)
def _bar(meter: str, unit: str) -> int:
    """Ticks of a full bar; 0 for what is no metre."""
    try:
        bar = fraction({"C": "4/4", "C|": "2/2"}.get(meter, meter))
        length = fraction(unit) if unit else Fraction(1, 16 if bar < Fraction(3, 4) else 8)
        return min(int(bar / length * UNIT), 100 * UNIT)
    except (ValueError, ZeroDivisionError):
        return 0


# --- the body -------------------------------------------------------------------------------------


def _in_body(at: Place, c: str) -> Place:
    if at.inside:
        return _skipping(at, c)
    if at.note and (c in _OCTAVES or (c in _LENGTH and len(at.typed) <= _MOST_TYPED)):
        return at if c in _OCTAVES else at._replace(typed=at.typed + c)
    at = _closed(at)
    if c in _NOTES:
        return at._replace(note=UNIT, line="", opened=False)
    if c in "|:]":
        return _bar_line(at, c)
    if c in _DIGITS:
        return _digit(at, int(c))
    at = at._replace(line="", opened=c == "(")
    if c in "<>" and at.last:
        return _broken(at, 1 if c == ">" else -1)
    if c in _CLOSED_BY:
        return at._replace(inside=c)
    return at


def _skipping(at: Place, c: str) -> Place:
    if at.inside == "[" and c in _DIGITS:
        return _ending(at._replace(inside=""), int(c))
    if at.inside == "[" and c == "|":
        return _bar_line(at._replace(inside=""), c)
    if at.inside in "[c" and c == ":":
        return at._replace(inside="f")
    if c == _CLOSED_BY[at.inside]:
        return at._replace(inside="", note=UNIT if at.inside in "[c" else 0)
    return at._replace(inside="c") if at.inside == "[" else at


def _written(at: Place) -> int:
    """Ticks of the open element as it stands; 0 if none is open."""
    if not at.note:
        return 0
    length = at.note
    if at.typed:
        length = _times(length, at.typed)
    if at.broken:
        part = length >> abs(at.broken)
        length = part if at.broken > 0 else 2 * length - part
    return length * at.times // at.per if at.left else length


@lru_cache(maxsize=4096)
def _times(length: int, typed: str) -> int:
    """A length times what is typed after a note: ``3``, ``/``, ``//``, ``3/2``."""
    over, slash, under = typed.partition("/")
    length *= int(over or 1)
    while slash:
        under, slash, more = under.partition("/")
        length //= max(int(under or 2), 1)
        under = more
    return min(length, 100 * UNIT)


def _closed(at: Place) -> Place:
    if not at.note:
        return at
    length = _written(at)
    left = max(at.left - 1, 0)
    return at._replace(
        note=0, typed="", time=min(at.time + length, 200 * UNIT), last=length, broken=0, left=left
    )


def _broken(at: Place, sign: int) -> Place:
    """After ``>`` or ``<``: the element before is longer or shorter by what the next one is not."""
    broken = max(min(at.broken + sign, 3), -3)
    if at.broken * sign < 0 or broken == at.broken:
        return at
    change = sign * (at.last >> abs(broken))
    return at._replace(broken=broken, time=max(at.time + change, 0))


def _digit(at: Place, digit: int) -> Place:
    if at.opened:
        times = _TUPLETS.get(digit, digit)
        return at._replace(opened=False, left=digit, per=digit, times=times)
    return _ending(at, digit) if at.line else at


def _bar_line(at: Place, c: str) -> Place:
    line, at = at.line, at._replace(opened=False)
    if c == "|":
        if line in ("", ":"):
            at = _bar_over(at)
        if line:  # ||, :|
            at = _section_over(at)
    elif c == ":" and line.endswith((":", "|")):  # ::, |:
        at = _section_over(_bar_over(at))._replace(marked=True)
    elif c == "]" and line.endswith("|"):
        at = _section_over(at)
    return at._replace(line=(line + c)[-3:])


def _bar_over(at: Place) -> Place:
    if not at.time:
        return at
    bars, pickup = min(at.bars + 1, _COUNTED_BARS), at.pickup
    if pickup == OPEN:
        # The first bar of a section is a pickup when it is not full.
        pickup = at.time if at.time < at.size else 0
        bars = 0 if pickup else 1
    return at._replace(
        time=0, last=0, broken=0, left=0, heard=True, bars=bars, pickup=min(pickup, 100 * UNIT)
    )


def _section_over(at: Place) -> Place:
    if not at.bars:  # at most a pickup, which belongs to what follows
        return at
    return at._replace(
        section=min(at.section + 1, _COUNTED_SECTIONS),
        before=(at.section, at.pickup),
        first=max(at.pickup, 0) if at.section == 1 else at.first,
        bars=0,
        heard=False,
        pickup=OPEN,
        ending=0,
        marked=False,
    )


def _ending(at: Place, number: int) -> Place:
    if number == 1:
        return at._replace(ending=1, returns=at.bars, line="")
    if not at.heard:  # the end of the first time was taken for that of the section
        section, pickup = at.before
        at = at._replace(section=section, pickup=pickup, bars=at.returns, heard=True)
    return at._replace(ending=2, line="")


# --- what the network is told ---------------------------------------------------------------------


class _Node:
    """A place, its values, and the nodes that known tokens lead to."""

    __slots__ = ("after", "place", "values")

    def __init__(self, place: Place, values: tuple[int, ...]) -> None:
        self.place = place
        self.values = values
        self.after: dict[int, _Node] = {}


class AbcFeatures:
    """The features (see `tokens.features`) of model texts written in `vocabulary`'s characters,
    with `form` those whose header says the form.

    Places are shared between all that read the same; most steps are one look-up.
    """

    def __init__(self, vocabulary: Vocabulary, *, form: bool = False) -> None:
        self.form = form
        self.sizes = {
            "left": _MOST_LEFT + 3,
            "bar": _MOST_BARS + 1,
            "section": 3 * _MOST_SECTIONS + 3,
            "pickup": _MOST_PICKUP + 2,
            "first_pickup": _MOST_PICKUP + 2,
        }
        if form:
            self.sizes |= {"to_come": _MOST_BARS + 2, "end": _ENDS}
        self._characters = [t if len(t) == 1 else "" for t in vocabulary.tokens]
        self._nodes: dict[Place, _Node] = {}
        self._start = self._new(Place())

    def start(self) -> _Node:
        """The place before the first character."""
        return self._start

    def after(self, place: _Node, token: int) -> _Node:
        """The place after one more character; specials change nothing."""
        node = place.after.get(token)
        if node is None:
            node = place.after[token] = self._node(after(place.place, self._characters[token]))
        return node

    def values(self, place: _Node) -> tuple[int, ...]:
        """The values, in the order of `sizes`."""
        return place.values

    def _node(self, place: Place) -> _Node:
        node = self._nodes.get(place)
        if node is None:
            if len(self._nodes) >= _MOST_NODES:
                self._nodes.clear()
                self._start = self._new(Place())  # the old graph hangs on it
            node = self._nodes[place] = self._new(place)
        return node

    def _new(self, place: Place) -> _Node:
        return _Node(place, _values_in_form(place) if self.form else _values(place))


def after(at: Place, character: str) -> Place:
    """The place after one more character; an empty one changes nothing."""
    if not character:
        return at
    return _in_body(at, character) if at.body else _in_header(at, character)


def form_of(text: str) -> Form:
    """The form of the tune in a model text: the sections that come to an end in it."""
    place = Place()
    bars: dict[int, int] = {}
    repeated: set[int] = set()
    for character in text:
        at = after(place, character)
        if at.section > place.section:
            bars[place.section] = _bar_over(_closed(place)).bars
            if at.line.startswith(":") or place.ending == 2:
                repeated.add(place.section)
        place = at
    return tuple((n, section in repeated) for section, n in sorted(bars.items()))


def _values(at: Place, size: int | None = None) -> tuple[int, ...]:
    if not at.body:
        return 0, 0, 0, 0, 0
    left = (at.size if size is None else size) - at.time - _written(at)
    quarters = -(-left * 4 // UNIT)
    if not at.size:
        quarters = -1
    elif left < 0:
        quarters = 0
    return (
        1 + min(quarters, _MOST_LEFT + 1),
        min(at.bars, _MOST_BARS),
        3 * min(at.section, _MOST_SECTIONS) + at.ending,
        _pickup(at.pickup),
        _pickup(at.first),
    )


def _values_in_form(at: Place) -> tuple[int, ...]:
    size, to_come, end = at.size, 0, 0
    if at.section <= len(at.form):
        bars, repeated = at.form[at.section - 1]
        to_come = max(bars - at.bars, 0)
        end = 1 + (at.section == len(at.form)) + 2 * (not repeated)
        if repeated and to_come == 1 and at.size:
            size -= max(at.pickup, 0)
        to_come = 1 + min(to_come, _MOST_BARS)
    elif at.form:
        end = _AFTER_ALL
    return (*_values(at, size), to_come if at.body else 0, end + 6 * at.marked if at.body else 0)


def _pickup(ticks: int) -> int:
    return _MOST_PICKUP + 1 if ticks == OPEN else min(-(-2 * ticks // UNIT), _MOST_PICKUP)
