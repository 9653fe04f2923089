"""Filling in: ``?`` stands for a bar of a tune, ``...`` for the rest of it.

A gap is filled by the grammar of one bar, given what stands before it; how long the bar has to
be (full, a pickup, or what completes one) is what the checker is content with.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Self

import numpy as np
import numpy.typing as npt

from musicrnn import abc
from musicrnn.abc.syntax import tree
from musicrnn.abc.syntax.fields import default_unit, parse_meter, parse_unit
from musicrnn.abc.syntax.keys import plain_key, spell_key
from musicrnn.abc.syntax.writer import spell_length, write_body
from musicrnn.abc.timeline.build_timeline import read_timeline
from musicrnn.constraints.abc.controls import Controls
from musicrnn.constraints.abc.feasible import pitches_in
from musicrnn.constraints.abc.grammar.body import Body
from musicrnn.constraints.abc.grammar.lengths import LengthTable
from musicrnn.constraints.abc.grammar.notation import Notation
from musicrnn.constraints.abc.grammar.state import BarSpec, BarState, Tie
from musicrnn.constraints.abc.prime import spell_music
from musicrnn.errors import UsageError
from musicrnn.piece import Piece
from musicrnn.tokens.abc_form import form_line, without_pickups
from musicrnn.tokens.abc_place import form_of, pickups_of
from musicrnn.tokens.char import CharTokenizer
from musicrnn.tokens.model_text import MODEL_FIELDS, to_model_text
from musicrnn.tokens.tonic import moved_body
from musicrnn.tokens.vocabulary import Vocabulary

__all__ = ["Gap", "GapConstraint", "gap_positions", "next_gap", "rest_position"]

_BARS = ("bar-length", "bar-incomplete")
_FIELD_LINE = re.compile(r"[A-Za-z+]:(?![|:])|%")
#: the end of the music, and what may stand behind it: words after the tune, remarks, notes
_REST = re.compile(
    r"\.\.\.[ \t]*(?=\n|\Z)"
    r"(?P<after>\s*(?:(?:[A-HNORSWZ]:(?![|:])|%).*(?:\n|\Z)\s*)*)\Z"
)


@dataclass(frozen=True)
class Gap:
    """One bar to fill: the tune's text up to it, what follows, its length in quarter notes, the
    note that a tie before it holds, and the tune's form as models read it."""

    before: str
    after: str
    length: Fraction
    tune: tree.ParsedTune
    tie: tree.Note | None
    form: str = ""

    @property
    def following(self) -> str:
        """What follows, up to the end of the next two bars: what a filling must lead to."""
        return "|".join(self.after.split("|")[:3])


def rest_position(text: str) -> tuple[int, int] | None:
    """Where the ``...`` stands that asks for the rest of the tune, and where the lines start that
    are to stand behind it; None where there is none. Three dots of words are none."""
    rest = _REST.search(text)
    while rest is not None:
        line = text[text.rfind("\n", 0, rest.start()) + 1 : rest.start()]
        if not _FIELD_LINE.match(line):
            return rest.start(), rest.start("after")
        rest = _REST.search(text, rest.end())
    return None


def gap_positions(text: str) -> list[int]:
    """The offsets of the ``?`` that stand for bars. Raises `UsageError` for a misplaced one."""
    places = []
    offset = 0
    in_body = False
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        if in_body and not _FIELD_LINE.match(line):
            for match in re.finditer(r"\?", re.sub(r'"[^"]*"', lambda m: " " * len(m[0]), line)):
                places.append(offset + match.start())
                _check_alone(text, places[-1], number, match.start() + 1)
        in_body = in_body or line.startswith("K:")
        offset += len(line)
    return places


def _check_alone(text: str, at: int, line: int, column: int) -> None:
    before, after = text[:at].rstrip(), text[at + 1 :].lstrip(" ")
    first = before.rpartition("\n")[2].startswith("K:")
    fills = first or re.search(r"([|:\]]|[|:\[][1-9])$", before)
    if not fills or not after.startswith(("|", ":")):
        raise UsageError(f"{line}:{column}: a ? stands for a whole bar, between two bar lines: |?|")


def next_gap(text: str) -> Gap | None:
    """The first gap of a tune's text, None where there is none."""
    places = gap_positions(text)
    if not places:
        return None
    before, after = text[: places[0]], text[places[0] + 1 :]
    tune = abc.parse_tune(before)
    full = _meter(tune)
    unit = _unit(tune)
    others = after.replace("?", f"z{spell_length(full / unit)}")
    lengths = (full, *_pickups(before + others, full))
    fitting = _fitting(lengths, lambda length: f"{before}z{spell_length(length / unit)}{others}")
    filled = f"{before}z{spell_length(fitting / unit)}{others}"
    written = to_model_text(filled)
    form = form_line(form_of(written), pickups_of(written))
    return Gap(before, after, fitting, tune, _held(tune), form)


def _fitting(lengths: Sequence[Fraction], filled: Callable[[Fraction], str]) -> Fraction:
    """The first of the lengths that leaves the fewest bars wrong."""
    best, least = lengths[0], _faults(filled(lengths[0]))
    for length in lengths[1:]:
        if not least:
            break
        faults = _faults(filled(length))
        if faults < least:
            best, least = length, faults
    return best


def _faults(text: str) -> int:
    return sum(finding.code in _BARS for finding in abc.check(text, strict=True))


def _pickups(text: str, full: Fraction) -> list[Fraction]:
    """The lengths that a short bar may need: the tune's own short bars, and what completes them."""
    measures = [
        m for voice in read_timeline(abc.parse(text).tunes[0]).voices for m in voice.measures
    ]
    short = {m.length for m in measures if 0 < m.length < full}
    return sorted(short | {full - length for length in short}, reverse=True)


def _in_force(tune: tree.ParsedTune, letter: str) -> str:
    """The value of a field at the end of the tune's text."""
    values = [
        node.value
        for node in (*tune.header, *tune.body)
        if isinstance(node, tree.Field) and node.letter == letter
    ]
    return values[-1] if values else ""


def _meter(tune: tree.ParsedTune) -> Fraction:
    """The length of a full bar in quarter notes."""
    return parse_meter(_in_force(tune, "M")).length


def _unit(tune: tree.ParsedTune) -> Fraction:
    """The unit note length in quarter notes."""
    value = _in_force(tune, "L")
    return 4 * parse_unit(value) if value else default_unit(parse_meter(_in_force(tune, "M")))


def _held(tune: tree.ParsedTune) -> tree.Note | None:
    sounding = [node for node in tune.body if isinstance(node, tree.Note | tree.Rest | tree.Chord)]
    last = sounding[-1] if sounding else None
    return last if isinstance(last, tree.Note) and last.tie else None


@dataclass
class _Filling:
    """One bar on its way."""

    bar: BarState
    done: bool = False
    checkpoint: int = 1
    masked: bool = False


class GapConstraint:
    """The grammar of the one bar that fills `gap`; ends with the bar line's first character.

    `begun` is what stands in the bar already, in the tune's key, and not to be drawn. Raises
    `UsageError` where the grammar would not have written it.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        gap: Gap,
        controls: Controls,
        *,
        one_tonic: bool = False,
        fields: Sequence[str] = MODEL_FIELDS,
        begun: str = "",
    ) -> None:
        self._ids = {t: vocabulary.id(t) for t in vocabulary.tokens if len(t) == 1}
        self._named = {i: t for t, i in self._ids.items()}
        self._size = len(vocabulary)
        tune = gap.tune
        self._key, self._one_tonic = spell_key(plain_key(_in_force(tune, "K"))), one_tonic
        meter, unit = parse_meter(_in_force(tune, "M")), _unit(tune)
        lengths = LengthTable(self._ids, gap.length / unit, Fraction(1, 16) / unit)
        pitches = pitches_in(self._key, frozenset(self._ids), controls, one_tonic=one_tonic)
        self._body = Body(
            lengths, pitches, Notation.of(self._ids, meter), scale_only=controls.in_scale == 1
        )
        top = int(gap.length / unit / lengths.tick)
        self._first = BarState(BarSpec(top, plain_end=top), tie=self._tie(gap.tie))
        self._closing = gap.after.lstrip(" ")[0]
        body = spell_music(tune.body)
        body = body if gap.before.endswith("\n") else body.rstrip("\n")
        header = "".join(_header_lines(tune, fields, gap.form))
        self.begun = tuple(self._begin(begun))
        self.prefix = tuple(self.known(header, music=False) + self.known(body)) + self.begun

    def _begin(self, text: str) -> Iterator[int]:
        """The ids of the beginning of the bar, over which its first state moves."""
        for character in moved_body(text, self._key, -1) if self._one_tonic else text:
            if character not in self._body.options(self._first) or character not in self._ids:
                raise UsageError(f"a bar cannot go on from {text!r} here")
            self._first = self._body.transitions.step(self._first, character)
            yield self._ids[character]

    @classmethod
    def of(cls, tokenizer: CharTokenizer, gap: Gap, controls: Controls, *, begun: str = "") -> Self:
        """The constraint for a model with that tokenizer."""
        if not tokenizer.pickups:
            gap = replace(gap, form=without_pickups(gap.form))
        return cls(
            tokenizer.vocabulary,
            gap,
            controls,
            one_tonic=tokenizer.one_tonic,
            fields=tokenizer.fields,
            begun=begun,
        )

    def start(self, batch: int, generators: Sequence[np.random.Generator] = ()) -> list[_Filling]:
        """Fillings at the start of the bar."""
        return [_Filling(self._first) for _ in range(batch)]

    def mask(self, states: Sequence[_Filling]) -> npt.NDArray[np.bool_]:
        """(batch, V): what may come next; the bar line that follows ends it."""
        mask = np.zeros((len(states), self._size), np.bool_)
        for row, state in zip(mask, states, strict=True):
            options = self._body.options(state.bar).replace("|", self._closing)
            row[[self._ids[c] for c in options if c in self._ids]] = True
        return mask

    def advance(self, states: Sequence[_Filling], ids: Sequence[int]) -> None:
        """Move each filling over its token."""
        for state, token in zip(states, ids, strict=True):
            character = self._named[token]
            state.done = character in "|:"
            if not state.done:
                state.bar = self._body.transitions.step(state.bar, character)

    def text(self, ids: Sequence[int]) -> str:
        """The bar that `ids` spell, in the tune's key."""
        text = "".join(self._named[i] for i in ids)
        return moved_body(text, self._key, 1) if self._one_tonic else text

    def piece(self, state: _Filling, ids: Sequence[int], *, number: int = 1) -> Piece:
        """The bar alone, as a piece."""
        return Piece("abc", self.text(ids))

    def known(self, text: str, *, music: bool = True) -> list[int]:
        """The ids of the characters of `text` as far as the model knows them; `music` is written
        in the tune's key."""
        if music and self._one_tonic:
            text = moved_body(text, self._key, -1)
        return [self._ids[c] for c in text if c in self._ids]

    def _tie(self, note: tree.Note | None) -> Tie | None:
        """The tie that holds `note` into the bar, as the model writes it."""
        if note is None:
            return None
        written = replace(note, accidental="", tie="", marks=(), length=Fraction(1))
        text = write_body([written]).strip()
        text = moved_body(text, self._key, -1) if self._one_tonic else text
        return Tie(text[0], len(text) - 1, plain=True)


def _header_lines(tune: tree.ParsedTune, fields: Sequence[str], form: str) -> Iterator[str]:
    for letter in fields:
        value = form if letter == "P" else tune.value(letter)
        if letter == "K":
            value = spell_key(plain_key(value))
        if value:
            yield f"{letter}:{value}\n"
