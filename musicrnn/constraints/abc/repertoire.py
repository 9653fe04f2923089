"""What the tunes that a model learned from are like as wholes: forms of each dance, titles.

A network that writes one bar after the other loses count of parts, so a tune that is asked for
without a form is given one, drawn in the proportions in which the learned tunes have them. A
bundle keeps the table beside its weights; a model without one leaves the form to the network.
"""

from __future__ import annotations

import json
import os
from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
from typing import Any, Self

from musicrnn.abc import parse_tune
from musicrnn.abc.syntax.tree import ParsedTune
from musicrnn.abc.timeline.build_timeline import read_timeline
from musicrnn.constraints.abc.prime import plan_after
from musicrnn.constraints.abc.titles import Titles
from musicrnn.errors import ModelError, MusicRNNError, UsageError
from musicrnn.files import read_limited, write_whole
from musicrnn.piece import Piece
from musicrnn.stored import from_json, require
from musicrnn.tokens.abc_form import form_line
from musicrnn.tokens.abc_place import form_of, pickups_of, read_form
from musicrnn.tokens.model_text import header_of, to_model_text

__all__ = ["FILE_NAME", "Repertoire", "Shape", "drawn_by", "shape_of"]

FILE_NAME = "repertoire.json"
#: bytes that it may have
MOST_BYTES = 1 << 26
#: (bars, repeated) of each section
Shape = tuple[tuple[int, bool], ...]

#: what of the learned tunes is usual enough to be written
_MOST_SECTIONS, _MOST_BARS, _LONGEST = 8, 64, 32
#: tunes of a kind from which its proportions can be read
_ENOUGH = 20
#: the finest note of the learned tunes, in quarter notes, with triplets
_TICK = Fraction(1, 96)


@dataclass(frozen=True)
class Repertoire:
    """`shapes`: rhythm and metre (``"jig 6/8"``) → shape (``"8r/2 8r/2"``: two repeated sections of
    eight bars, with pickups of two half unit notes) → number of tunes; `styled`: the same of each
    tradition (``"jig 6/8 irish"``); `styles`: rhythm → tradition → number of tunes; `titles` of
    the tunes, in their order."""

    shapes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    titles: tuple[str, ...] = ()
    styles: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    styled: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @cached_property
    def new_titles(self) -> Titles:
        """Titles made of the words of the known ones."""
        return Titles(self.titles)

    @classmethod
    def learn(cls, pieces: Iterable[Piece], *, others: Iterable[Piece] = ()) -> Self:
        """From the tunes that a model learns from; those that cannot be read count for nothing.
        Of `others` the titles are known too."""
        shapes: dict[str, Counter[str]] = {}
        styled: dict[str, Counter[str]] = {}
        titles: dict[str, None] = {}
        styles: dict[str, Counter[str]] = {}
        for piece in pieces:
            if piece.format != "abc":
                continue
            if piece.title:
                titles[piece.title] = None
            style = header_of(str(piece.content)).get("O", "")
            if style:
                styles.setdefault(piece.rhythm, Counter())[style] += 1
            shape = shape_of(str(piece.content))
            if shape:
                kind = f"{piece.rhythm} {piece.meter}".strip()
                text = to_model_text(str(piece.content))
                pickups = pickups_of(text) if form_of(text) == shape else ()
                line = form_line(shape, pickups)
                shapes.setdefault(kind, Counter())[line] += 1
                if style:
                    styled.setdefault(f"{kind} {style}", Counter())[line] += 1
        titles |= {piece.title: None for piece in others if piece.title}
        return cls(
            _ordered(shapes),
            tuple(titles),
            _ordered({rhythm: counts for rhythm, counts in styles.items() if rhythm}),
            _ordered(styled),
        )

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a file that `save` wrote. Raises `ModelError` when it is damaged."""
        try:
            content = from_json(read_limited(path, MOST_BYTES, regular=True))
            titles = tuple(content["titles"])
            require(all(isinstance(title, str) for title in titles), "a title that is no text")
            styled = content.get("styled", {})  # which older bundles do not say
            tables = _counted(content["shapes"]), _counted(content["styles"]), _counted(styled)
            return cls(tables[0], titles, *tables[1:])
        except (OSError, UsageError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError(f"{os.fspath(path)} is damaged; publish the model again") from error

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the file, whole or not at all."""
        content: dict[str, Any] = {
            "shapes": self.shapes, "styled": self.styled, "styles": self.styles,
            "titles": self.titles,
        }  # fmt: skip
        write_whole(path, json.dumps(content, ensure_ascii=False, indent=1) + "\n")

    def shapes_of(self, rhythm: str, meter: str) -> list[tuple[Shape, int]]:
        """Shapes of tunes of a kind, with their numbers, the most usual first; those of all tunes
        in the metre where the kind is too rare to tell, none where that is rare too.

        What only one tune of many has is left out: it is mostly a slip of the copyist's.
        """
        shapes: Counter[Shape] = Counter()
        for line, n in self.lines_of(rhythm, meter).items():
            shapes[read_form(line)] += n
        return [(shape, n) for shape, n in shapes.most_common() if n > 1]

    def spellings(self, rhythm: str, meter: str) -> dict[Shape, list[str]]:
        """Shape → its lines, with their pickups, in tunes of a kind; the most usual first."""
        lines: dict[Shape, list[str]] = {}
        for line, n in Counter(self.lines_of(rhythm, meter)).most_common():
            if n > 1:
                lines.setdefault(read_form(line), []).append(line)
        return lines

    def lines_of(self, rhythm: str, meter: str, style: str = "") -> Mapping[str, int]:
        """Lines of tunes of a kind, and of a tradition where they are enough, with their numbers;
        those of all tunes in the metre where the kind is too rare to tell."""
        kind = f"{rhythm} {meter}".strip()
        for counts in (self.styled.get(f"{kind} {style}", {}), self.shapes.get(kind, {})):
            if sum(counts.values()) >= _ENOUGH:
                return counts
        of_metre: Counter[str] = Counter()
        for kind, others in self.shapes.items():
            if kind.split()[-1] == meter:
                of_metre.update(others)
        return of_metre if sum(of_metre.values()) >= _ENOUGH else {}

    @cached_property
    def usual(self) -> tuple[Shape, ...]:
        """Shapes of tunes of all kinds, the most usual first, without those of one tune only."""
        counts: Counter[Shape] = Counter()
        for shapes in self.shapes.values():
            for line, n in shapes.items():
                counts[read_form(line)] += n
        return tuple(shape for shape, n in counts.most_common() if n > 1)


def drawn_by(values: Sequence[str], counts: Mapping[str, int], chance: float) -> str | None:
    """One of `values`, as often as it is counted; None where none is. `chance`, from 0 to 1,
    decides."""
    heights = list(accumulate(counts.get(value, 0) for value in values))
    return values[bisect(heights, chance * heights[-1])] if heights and heights[-1] else None


def _ordered(counted: Mapping[str, Counter[str]]) -> dict[str, dict[str, int]]:
    return {name: dict(counts.most_common()) for name, counts in counted.items()}


def _counted(table: Mapping[str, Mapping[str, int]]) -> Mapping[str, Mapping[str, int]]:
    """A table of a file, if it counts things; else `ValueError`."""
    for counts in table.values():
        if not all(type(n) is int and 0 <= n < 1 << 31 for n in counts.values()):
            raise ValueError("a count that is none")
    return table


def shape_of(tune: str | ParsedTune) -> Shape | None:
    """Bars and repetition of each section of a tune; None where it is unusual or cannot be told."""
    try:
        tune = parse_tune(tune) if isinstance(tune, str) else tune
        voices = read_timeline(tune).voices
        measures = voices[0].measures
        meter = measures[0].meter
        if len(voices) > 1 or meter is None or meter.meter is None:
            return None
        bar = meter.meter.length / _TICK
        _, sections = plan_after(measures, bar=int(bar), tick=_TICK)
    except (MusicRNNError, IndexError):
        return None
    sections = [(bars, repeated) for bars, repeated in sections if bars]
    lengths = [bars for bars, _ in sections]
    usual = 0 < len(sections) <= _MOST_SECTIONS and sum(lengths) <= _MOST_BARS
    return tuple(sections) if usual and max(lengths) <= _LONGEST else None
