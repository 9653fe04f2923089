"""In which order the measures of a voice are played: parts, repeats, endings, D.C. and D.S."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from musicrnn.abc.syntax import limits
from musicrnn.abc.syntax.tree import Field
from musicrnn.abc.timeline.parts import expand_parts
from musicrnn.abc.timeline.timeline import Boundary, Measure, Voice
from musicrnn.errors import AbcError

__all__ = ["Turn", "played_order", "share_parts", "turns"]

_DA_CAPO: Final = frozenset({"D.C.", "dacapo", "D.C.alfine", "D.C.alcoda"})
_DAL_SEGNO: Final = frozenset({"D.S.", "D.S.alfine", "D.S.alcoda"})
#: the letter that a label of a part starts with, not that of a word: ``A``, ``"A"``, ``Part A``
_LABEL: Final = re.compile(r"[\"'(\[]?(?:[Pp]art\s+)?(?P<letter>[A-Z])(?![A-Za-z])")
_TO_CODA: Final = frozenset({"tocoda", "dacoda"})


def played_order(measures: Sequence[Measure], parts: str = "") -> list[int]:
    """Indices into `measures` in the order of play (ABC 2.1, 3.1.9, 4.8 and 4.9).

    A ``:|`` goes back to the ``|:`` before it or, where there is none, to the last ``:|``, or to a
    double bar since then; the first one of a tune goes back to the start. A variant ending is
    played on its own passes; two endings in a row share one repeat. After D.C. or D.S. nothing is
    repeated, the last endings count, and ``!fine!`` ends the tune. `parts` is the ``P:`` of the
    header; one that makes no sense is passed over. Raises AbcError past `limits.PLAYED`.
    """
    spans = _part_spans(measures, parts) if parts else [(0, len(measures))]
    order: list[int] = []
    played = 0
    known: dict[tuple[int, int], list[int]] = {}
    for span in spans:
        if span not in known:
            known[span] = _Walk(measures, *span).walk()
        order += known[span]
        played += sum(len(measures[index].events) + 1 for index in known[span])
        if played > limits.PLAYED:
            raise AbcError(f"played out, the tune has more than {limits.PLAYED} notes; repeat less")
    return order


class Turn(NamedTuple):
    """One playing of a measure: how often its section was played before, which is the verse that
    is sung (from 0), how often it is played in all, and whether the measure is in an ending."""

    number: int
    of: int
    ending: bool

    def words(self, verses: Sequence[str]) -> str:
        """Of a note's syllable in each verse the one that is sung: the last where there are too
        few. In an ending, whose words may stand in the first line, it is the only one."""
        text = verses[min(self.number, len(verses) - 1)] if verses else ""
        if self.ending and text in ("", "*"):
            text = next((other for other in verses if other not in ("", "*")), text)
        return text


def turns(measures: Sequence[Measure], order: Sequence[int]) -> list[Turn]:
    """The turn of each measure that is played, in the order of play."""
    total = Counter(order)
    played: Counter[int] = Counter()
    result = []
    ending, number, of, last = False, 0, 1, -1
    for index in order:
        if measures[index].before.ending is not None:
            ending = True
        elif index <= last or (last >= 0 and measures[last].after.double):
            ending = False
        if not ending:  # an ending has the turn of what stands before it
            number, of = played[index], total[index]
        played[index] += 1
        result.append(Turn(number, of, ending))
        last = index
    return result


def share_parts(voices: Sequence[Voice]) -> None:
    """Give the parts of the voice that names them to the voices that name none, bar by bar: in
    many tunes ``P:`` stands in the first voice alone."""
    starts: dict[int, Field] = {}
    for voice in voices:
        for measure in voice.measures:
            if measure.before.part is not None:
                starts.setdefault(measure.number, measure.before.part)
        if starts:
            break
    for voice in voices:
        if not any(measure.before.part for measure in voice.measures):
            seen: set[int] = set()
            for measure in voice.measures:
                if measure.number in starts and measure.number not in seen:
                    measure.before.part = starts[measure.number]
                seen.add(measure.number)


def _part_spans(measures: Sequence[Measure], parts: str) -> list[tuple[int, int]]:
    """The stretches of measures that the order of parts names.

    A label that the order does not name (``P:segno``) belongs to the part it stands in, and so
    does a second label of the same part (``P:A1``, ``P:A2``). Where one label stands at several
    places, the order takes them in turn, and the last one from then on.
    """
    try:
        order = expand_parts(parts)
    except AbcError:
        order = ""
    starts: list[tuple[int, str, str]] = []
    for place, measure in enumerate(measures):
        label = measure.before.part.value.strip() if measure.before.part else ""
        match = _LABEL.match(label)
        letter = match["letter"] if match else ""
        if not letter or letter not in order:
            continue
        if starts and starts[-1][1] == letter and starts[-1][2] != label:
            continue
        starts.append((place, letter, label))
    if not starts:
        return [(0, len(measures))]
    ends = [*(place for place, _, _ in starts[1:]), len(measures)]
    spans: dict[str, list[tuple[int, int]]] = {}
    for (place, name, _), end in zip(starts, ends, strict=True):
        spans.setdefault(name, []).append((place, end))
    opening = [(0, starts[0][0])] if starts[0][0] else []
    played: Counter[str] = Counter()
    named = []
    for name in order:
        if name in spans:
            named.append(spans[name][min(played[name], len(spans[name]) - 1)])
            played[name] += 1
    return opening + named


class _Walk:
    """Walks through a stretch of measures as a player does."""

    def __init__(self, measures: Sequence[Measure], first: int, end: int) -> None:
        self.measures = measures
        self.first = first
        self.end = end
        self.order: list[int] = []
        self.start = first  # where the section that is being played starts
        self.turn = 1  # how often it is being played
        self.opened = False  # whether it started with |:, so that || within does not end it
        self.ending: tuple[int, ...] = ()  # the numbers of the ending that is being played
        self.highest = 0  # of the endings that are being played
        self.closes = 0  # where the last of them ends
        self.fresh = True  # whether nothing was repeated yet
        self.again = False  # after D.C. or D.S.
        self._jumped = False
        self._played = 0

    def walk(self) -> list[int]:
        """The indices in the order of play."""
        place = self.first
        while place < self.end:
            place = self._step(place)
        return self.order

    def _step(self, place: int) -> int:
        """Play the measure at `place`, or pass it over; the index of the next."""
        measure = self.measures[place]
        before = measure.before
        if before.starts and not self._jumped:
            self._begin(place, opened=True)
        self._jumped = False
        if before.ending is not None:
            self.ending = before.ending.numbers
            if place >= self.closes:
                self.highest, self.closes = self._group(place)
            if (self.highest if self.again else self.turn) not in self.ending:
                return self._after_ending(place)
        self.order.append(place)
        self._played += len(measure.events) + 1
        if self._played > limits.PLAYED:
            raise AbcError(f"played out, the tune has more than {limits.PLAYED} notes; repeat less")
        return self._next(place, measure)

    def _next(self, place: int, measure: Measure) -> int:
        after = measure.after
        if self.again:
            if "fine" in measure.marks:
                return self.end
            if _TO_CODA & measure.marks:
                return self._find("coda", place + 1)
        elif after.ends and self._repeats(after):
            self.turn += 1
            self.ending = ()
            self._jumped = True
            return self.start
        elif (_DA_CAPO | _DAL_SEGNO) & measure.marks:
            self.again = True
            self._begin(self.first, opened=False)
            return self._find("segno", self.first) if _DAL_SEGNO & measure.marks else self.first
        last_ending = bool(self.ending) and self.turn >= self.highest
        within = self.opened or self.ending or self.fresh
        following = place + 1
        if after.ends or (after.double and (last_ending or not within)):
            if self.ending and (last_ending or self.again):  # of others that stand behind it
                following = max(following, self.closes)
            self._begin(following, opened=False)
        return following

    def _begin(self, place: int, *, opened: bool) -> None:
        self.start, self.turn, self.ending, self.opened = place, 1, (), opened
        self.highest = self.closes = 0
        self.fresh = False

    def _repeats(self, after: Boundary) -> bool:
        """Whether the section that ends at `after` is to be played once more."""
        following = after.ending.numbers if after.ending else ()
        if self.ending:
            return self.turn < max((self.highest, *following))
        return self.turn <= after.ends or any(number > self.turn for number in following)

    def _group(self, place: int) -> tuple[int, int]:
        """The highest number of the ending at `place` and of those that follow directly, and
        where the last of them ends: the endings of a repeat stand in any order (4.10)."""
        seen: set[int] = set()
        while place < self.end:
            ending = self.measures[place].before.ending
            if ending is None or (1 in seen and 1 in ending.numbers):
                break
            seen.update(ending.numbers)
            place = self._after_ending(place)
        return max(seen), place

    def _after_ending(self, place: int) -> int:
        """The index of the first measure after the ending that starts at `place`."""
        while place < self.end:
            after = self.measures[place].after
            place += 1
            if after.ends or after.ending is not None or after.starts or after.double:
                break
        return place

    def _find(self, mark: str, default: int) -> int:
        """The last measure that carries a mark."""
        places: Iterable[int] = (
            place
            for place in range(self.end - 1, self.first - 1, -1)
            if mark in self.measures[place].marks
        )
        return next(iter(places), default)
