"""The slurs of one voice of MusicXML, which have numbers, as those of ABC, which nest (4.11)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from xml.etree import ElementTree

from musicrnn.abc.syntax.tree import Node, Slur

__all__ = ["SlurReader"]

Element = ElementTree.Element


class SlurReader:
    """Turns the ``<slur>`` of note after note into signs; what is lost is counted in `lost`.

    In ABC a ``)`` ends the last slur that began before its note: ``(c d (e) f g)`` are two slurs
    that meet in e.
    """

    def __init__(self, lost: Counter[str]) -> None:
        self.lost = lost
        self._open: dict[str, tuple[int, Slur]] = {}  # number → at which note it began, its sign
        self._begun: dict[str, Slur] = {}  # at this note
        self._loose: list[Slur] = []  # signs of slurs that nothing ends
        self._place = 0

    def starts(self, slurs: Sequence[Element], *, alone: bool = True) -> Iterable[Slur]:
        """The signs before a note (`alone`), or before several grace notes.

        A slur may begin where another of its number ends; one that begins and ends at the same note
        is none.
        """
        ends = _numbers(slurs, "stop") if alone else {}
        for slur in slurs:
            number = _number(slur)
            if slur.get("type") != "start" or (number in ends and number not in self._open):
                continue
            if number in self._open and number not in ends:
                self._lose(number)
            dotted = slur.get("line-type") == "dotted"
            self._begun.setdefault(number, Slur(".(" if dotted else "("))
        return self._begun.values()

    def ends(self, slurs: Sequence[Element], *, alone: bool = True) -> Iterator[Slur]:
        """The signs behind it."""
        if not alone:
            self._begin()
        self._place += 1
        starts = _numbers(slurs, "start")
        for number in _numbers(slurs, "stop"):
            place, _ = self._open.pop(number, (-1, None))
            if place >= 0:
                self.lost["slurs that cross another"] += any(
                    later > place for later, _ in self._open.values()
                )
                yield Slur(")")
            elif number not in starts:
                self.lost["slurs without a beginning"] += 1
        self._begin()

    def _begin(self) -> None:
        self._open |= {number: (self._place, sign) for number, sign in self._begun.items()}
        self._begun = {}

    def _lose(self, number: str) -> None:
        self._loose.append(self._open.pop(number)[1])
        self.lost["slurs without an end"] += 1

    def finish(self, nodes: Iterable[Node]) -> list[Node]:
        """The nodes of the voice without the signs of slurs that nothing ends."""
        for number in list(self._open):
            self._lose(number)
        loose = set(map(id, self._loose))
        return [node for node in nodes if id(node) not in loose]


def _number(slur: Element) -> str:
    return slur.get("number", "1")


def _numbers(slurs: Sequence[Element], kind: str) -> dict[str, None]:
    return {_number(slur): None for slur in slurs if slur.get("type") == kind}
