"""A tune that is to be varied: its bars, which of them stay, and how far a variation is from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from musicrnn.abc import check, parse_tune, standalone, write
from musicrnn.abc.syntax import tree
from musicrnn.abc.timeline.timeline import Measure
from musicrnn.arranging.bars import BarText, bars_named, written_bars
from musicrnn.arranging.melody import one_voice
from musicrnn.errors import UsageError
from musicrnn.score import Score
from musicrnn.theory.keyfinding import find_key

__all__ = ["MOST_BARS", "Original"]

#: a variation whose share of notes kept is this near to what is asked is near enough
_NEAR = 0.03
#: bars that a tune may have: rewriting one takes about a tenth of a second
MOST_BARS = 300


@dataclass(frozen=True)
class Original:
    """The tune as it is: its text, its bars, and the indices of those that stay (`kept` by the
    user, `fixed` for all reasons)."""

    text: str
    tune: tree.ParsedTune
    bars: list[BarText]
    kept: frozenset[int]
    fixed: frozenset[int]
    remarks: tuple[str, ...]
    faults: Counter[str]

    @classmethod
    def of(cls, text: str, keep: str) -> Original:
        """The first tune of `text`; `keep` names bars that stay (``1-4,8``)."""
        tune, measures = one_voice(text)
        if len(measures) > MOST_BARS:
            raise UsageError(
                f"the tune has {len(measures)} bars; {MOST_BARS} are the most that are rewritten"
            )
        tune, remarks = _without_words(tune)
        text = write(tune)
        tune, measures = one_voice(text)
        bars = written_bars(tune, measures)
        named = bars_named(keep, measures)
        kept = frozenset(n for n, bar in enumerate(bars) if _place(bar, measures) in named)
        unfit = {n for n, bar in enumerate(bars) if not bar.plain} | set(_slurred(bars))
        if len(unfit) == len(bars):
            raise UsageError(_why_unfit(measures))
        fixed = kept | unfit
        return cls(text, tune, bars, kept, frozenset(fixed), remarks, _faults(text))

    @property
    def notes(self) -> int:
        """The number of its notes."""
        return sum(bar.notes.total() for bar in self.bars)

    def rank(self, text: str, share: float, closeness: float) -> tuple[bool, float, bool]:
        """How far a variation that keeps `share` of the notes is from what is wanted: faults of its
        own, the distance from the `closeness` kept for, another key; less is better."""
        new_faults = bool(_faults(text) - self.faults)
        away = abs(share - closeness)
        return new_faults, 0.0 if away <= _NEAR else away, self._heard(text) != self.key

    @property
    def key(self) -> str:
        """The key that is heard."""
        return self._heard(self.text)

    @staticmethod
    def _heard(text: str) -> str:
        from musicrnn.abc import to_score

        score: Score = to_score(parse_tune(text))
        return str(find_key(score))

    def alike(self) -> list[list[int]]:
        """The bars that may change, those with the same music together, in the order in which they
        come."""
        groups: dict[tuple[object, ...], list[int]] = {}
        for number, bar in enumerate(self.bars):
            if number not in self.fixed:
                kind = (bar.music, bar.key, bar.meter, bar.unit, bar.symbols, bar.closes)
                tied = number > 0 and self.bars[number - 1].music.endswith("-")
                groups.setdefault((*kind, number) if tied else kind, []).append(number)
        return list(groups.values())


def _why_unfit(measures: Sequence[Measure]) -> str:
    """Why no bar of a tune can be rewritten."""
    if any(measure.layers for measure in measures):
        return "two voices at once (&) in one bar; take out all but the melody"
    if not any(measure.meter and measure.meter.length for measure in measures):
        return "a tune without a metre has no bars to rewrite; give it an M:"
    return (
        "no bar can be rewritten: each holds fields, directives, spacers, or a slur from the next"
    )


def _slurred(bars: Sequence[BarText]) -> Iterator[int]:
    """The bars into which or out of which a slur goes: without its other end it would be wrong."""
    depth = 0
    for number, bar in enumerate(bars):
        signs = [node.sign for node in bar.nodes if isinstance(node, tree.Slur)]
        before, depth = depth, max(depth + sum(1 if "(" in sign else -1 for sign in signs), 0)
        if before or depth:
            yield number


def _place(bar: BarText, measures: Sequence[Measure]) -> int:
    return next(place for place, measure in enumerate(measures) if measure is bar.measure)


def _faults(text: str) -> Counter[str]:
    findings = check(text, strict=True)
    return Counter(one.code for one in findings if one.severity in ("error", "warning"))


def _without_words(tune: tree.ParsedTune) -> tuple[tree.ParsedTune, tuple[str, ...]]:
    """The tune without the lines that go with its notes one by one, and what to say of it."""
    lines = [n for n in tune.body if isinstance(n, tree.Field) and n.letter in "ws"]
    if not lines:
        return standalone(tune), ()
    body = tuple(node for node in tune.body if not any(node is line for line in lines))
    remark = "the words under the notes are left out, since they fit the old notes"
    return standalone(replace(tune, body=body)), (remark,)
