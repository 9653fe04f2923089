"""Where a tune stands after each character of its model text.

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

__all__ = [
    "OPEN",
    "UNIT",
    "Form",
    "Place",
    "after",
    "form_of",
    "pickups_of",
    "read_form",
    "read_pickups",
    "whole",
    "written",
]

#: bars, and whether it is repeated, of each section
Form: TypeAlias = tuple[tuple[int, bool], ...]

#: Ticks of a unit note: its parts down to a 32nd of it and triplets of those are whole.
UNIT: Final = 96
#: A pickup that is not known yet.
OPEN: Final = -1

#: where counting stops
_COUNTED_BARS, _COUNTED_SECTIONS = 64, 16
_MOST_TYPED, _MOST_OF_FORM = 5, 64
_MOST_HELD = 4

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
    `pickups` what it says of them, and `marked` tells that a ``|:`` is open; `held` counts the
    notes inside a bracket.
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
    pickups: tuple[int, ...] = ()
    marked: bool = False
    held: int = 0


# --- the header -----------------------------------------------------------------------------------


def _in_header(at: Place, c: str) -> Place:
    if c == "\n":
        if at.field == "K":
            size = _bar(at.meter, at.unit)
            return Place(body=True, size=size, form=at.form, pickups=at.pickups)
        if at.field == "M":
            at = at._replace(meter=at.typed)
        elif at.field == "L":
            at = at._replace(unit=at.typed)
        elif at.field == "P":
            at = at._replace(form=read_form(at.typed), pickups=read_pickups(at.typed))
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
    """The form that a ``P:`` line says (``8r/2 16``); none where it cannot be read."""
    parts = [part.partition("/")[0] for part in text.split()]
    if not all(part.removesuffix("r").isdecimal() for part in parts):
        return ()
    return tuple((int(part.removesuffix("r")), part.endswith("r")) for part in parts)


@lru_cache(maxsize=1024)
def read_pickups(text: str) -> tuple[int, ...]:
    """The pickup of each section that a ``P:`` line says, in ticks: half unit notes stand after
    the ``/``. None at all where it says not one, for a form may be told without."""
    parts = [part.partition("/")[2] for part in text.split()]
    if not any(parts) or not all(part.isdecimal() for part in parts if part):
        return ()
    return tuple(min(int(part or 0), 200) * UNIT // 2 for part in parts)


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
    at = whole(at)
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
        return at._replace(inside=c, held=0)
    return at


def _skipping(at: Place, c: str) -> Place:
    if c in _NOTES:
        at = at._replace(held=min(at.held + 1, _MOST_HELD))
    if at.inside == "[" and c in _DIGITS:
        return _ending(at._replace(inside=""), int(c))
    if at.inside == "[" and c == "|":
        return _bar_line(at._replace(inside=""), c)
    if at.inside in "[c" and c == ":":
        return at._replace(inside="f")
    if c == _CLOSED_BY[at.inside]:
        return at._replace(inside="", note=UNIT if at.inside in "[c" else 0)
    return at._replace(inside="c") if at.inside == "[" else at


def written(at: Place) -> int:
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


def whole(at: Place) -> Place:
    if not at.note:
        return at
    length = written(at)
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


def after(at: Place, character: str) -> Place:
    """The place after one more character; an empty one changes nothing."""
    if not character:
        return at
    return _in_body(at, character) if at.body else _in_header(at, character)


def form_of(text: str) -> Form:
    """The form of the tune in a model text: the sections that come to an end in it."""
    return tuple((bars, repeated) for bars, repeated, _ in _sections_of(text))


def pickups_of(text: str) -> tuple[int, ...]:
    """The pickup of each of those sections, in half unit notes, rounded up."""
    return tuple(-(-2 * pickup // UNIT) for _, _, pickup in _sections_of(text))


@lru_cache(maxsize=64)
def _sections_of(text: str) -> tuple[tuple[int, bool, int], ...]:
    """Bars, repetition, and ticks of the pickup of each section that comes to an end."""
    place = Place()
    sections: dict[int, tuple[int, int]] = {}
    repeated: set[int] = set()
    for character in text:
        at = after(place, character)
        if at.section > place.section:
            ended = _bar_over(whole(place))
            sections[place.section] = ended.bars, max(ended.pickup, 0)
            if at.line.startswith(":") or place.ending == 2:
                repeated.add(place.section)
        place = at
    return tuple(
        (bars, section in repeated, pickup) for section, (bars, pickup) in sorted(sections.items())
    )
