"""The grammar of the header lines of model text: ``T: R: M: L: K:``, or others, in their order.

A value is given, or the model chooses among those that fit what stands before (a jig is not in
4/4), or, for a title without a given one, it writes freely. A character that the model does not
know is left out of what the model sees, and stands in the tune all the same: that is how a metre
that it never saw can be asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from musicrnn.tokens.model_text import MODEL_FIELDS

__all__ = ["Header", "Heading"]

_LONGEST_TITLE = 40
_IN_TITLES = " '-,."
UNTITLED = "Untitled"


class Heading(NamedTuple):
    """A place in the header: the fields done, in order, what is typed of the current line, the
    title drawn for the tune, ``""`` where there is none, and for each field a number from 0 to 1
    that decides where its value is drawn and not left to the model; none where all are left."""

    values: tuple[str, ...] = ()
    typed: str = ""
    title: str = ""
    chances: tuple[float, ...] = ()


#: the values of a field, given the fields before it (letter → value); None: the model writes freely
Choices = Callable[[str, Mapping[str, str]], tuple[str, ...] | None]
#: the value of a field, given the fields before it and a number from 0 to 1 that decides; None: the
#: model chooses
Draw = Callable[[str, Mapping[str, str], float], str | None]


class Header:
    """What may follow what in the header `fields`, for a model that knows `characters`.

    `choices` gives the values allowed for a letter; the first is taken where the model cannot
    spell any; ``""`` leaves the line out. It never returns an empty tuple. Where there are several,
    `draw` may take one of them.
    """

    def __init__(
        self,
        characters: frozenset[str],
        choices: Choices,
        fields: Sequence[str] = MODEL_FIELDS,
        draw: Draw = lambda letter, values, chance: None,
    ) -> None:
        self._known = characters
        self._draw = draw
        self._fields = fields
        self._choices = choices
        self._letters = frozenset(c for c in characters if c.isalnum())
        self._in_titles = frozenset(c for c in characters if c.isalnum() or c in _IN_TITLES)
        self._tables: dict[tuple[str, ...], dict[str, str] | None] = {}

    def start(self) -> Heading:
        """The place before the first line that the model is asked to write."""
        return self._settled(Heading())

    def done(self, at: Heading) -> bool:
        """Whether all fields are there."""
        return len(at.values) == len(self._fields)

    def values(self, at: Heading) -> dict[str, str]:
        """Letter → value of the fields done, without those left out."""
        return {
            letter: value for letter, value in zip(self._fields, at.values, strict=False) if value
        }

    def options(self, at: Heading) -> str:
        """The characters that may follow."""
        lead = self._lead(at)
        if len(at.typed) < len(lead):
            return lead[len(at.typed)]
        table = self._table_at(at)
        written = at.typed[len(lead) :]
        if table is None:
            return self._title_options(written)
        following = {text[len(written)] for text in table if _goes_on(text, written)}
        if written in table:
            following.add("\n")
        return "".join(sorted(following))

    def step(self, at: Heading, character: str) -> Heading:
        """The place after an allowed character."""
        if character != "\n":
            return at._replace(typed=at.typed + character)
        written = at.typed[len(self._lead(at)) :]
        table = self._table_at(at)
        value = written if table is None else table[written]
        return self._settled(Heading((*at.values, value), chances=at.chances))

    # --- parts ------------------------------------------------------------------------------

    def _settled(self, at: Heading) -> Heading:
        """`at` moved past the lines that the model does not write."""
        while not self.done(at):
            table = self._table(at.values)
            if table is None or any(table):
                break
            at = Heading((*at.values, table[""]), chances=at.chances)
        return at

    def _lead(self, at: Heading) -> str:
        return f"{self._fields[len(at.values)]}:"

    def _table_at(self, at: Heading) -> dict[str, str] | None:
        """`_table` of a place, with what was drawn alone where something was."""
        table = self._table(at.values)
        if table is None:
            return {self._spelled(at.title): at.title} if at.title else None
        if at.chances and len(table) > 1:
            field = len(at.values)
            drawn = self._draw(self._fields[field], self.values(at), at.chances[field])
            if drawn is not None and table.get(drawn) == drawn:
                return {drawn: drawn}
        return table

    def _table(self, values: tuple[str, ...]) -> dict[str, str] | None:
        """What the model may write → the value meant; None where it writes freely."""
        if values not in self._tables:
            self._tables[values] = self._new_table(values)
        return self._tables[values]

    def _new_table(self, values: tuple[str, ...]) -> dict[str, str] | None:
        letter = self._fields[len(values)]
        choices = self._choices(letter, self.values(Heading(values)))
        can_write = {letter, ":", "\n"} <= self._known
        if choices is None:
            return None if can_write and self._letters else {"": UNTITLED}
        if not can_write:
            return {"": choices[0]}
        if len(choices) == 1:
            return {self._spelled(choices[0]): choices[0]}
        spelled = {value: value for value in choices if value and set(value) <= self._known}
        return spelled or {"": choices[0]}

    def _spelled(self, value: str) -> str:
        """As much of a value as the model can write."""
        return "".join(c for c in value if c in self._known)

    def drawn(self, at: Heading, title: str, generator: np.random.Generator) -> Heading:
        """The place with what is drawn for the tune: a title, where the model would write one
        freely, and the numbers that decide on other values."""
        free = not self.done(at) and self._table(at.values) is None
        chances = tuple(generator.random(len(self._fields)).tolist())
        return at._replace(title=title if free else "", chances=chances)

    def _title_options(self, written: str) -> str:
        if not written:
            return "".join(sorted(self._letters))
        if len(written) >= _LONGEST_TITLE:
            return "\n"
        if written[-1] in _IN_TITLES:
            return "".join(sorted(self._letters))
        if len(written) == _LONGEST_TITLE - 1:
            return "".join([*sorted(self._letters), "\n"])
        return "".join([*sorted(self._in_titles), "\n"])


def _goes_on(text: str, written: str) -> bool:
    return len(text) > len(written) and text.startswith(written)
