"""Variations: a tune of one's own rewritten by a model, as near to it as is asked.

>>> tune = load("folk").vary("X:1\\nL:1/8\\nM:6/8\\nK:D\\n…", 0.8, keep="1-4")   # doctest: +SKIP

The tune is gone through bar by bar. Which share of its notes a bar is to keep is drawn at first, so
that some bars stay and others change much, and then steered so that all bars together keep the
share that is asked for. For a bar that changes the model drafts bars from where it stands, whole
ones and ones that begin as the old bar does; the heads of drafts are joined to the tail of the old
bar, too. Of those that keep the wanted number of notes one is taken that leads well to the bars
that follow: any such, since the likeliest of several is plainer than tunes are. Bar lines, repeats,
the last bars of sections, and what the user wants kept stay; bars that are alike stay alike and the
others differ, so the form is kept.

A note is kept where a note of the same pitch stands at the same place of the same bar.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from musicrnn.abc import parse_tune
from musicrnn.abc.syntax import tree
from musicrnn.abc.syntax.keys import plain_key, read_key, spell_key
from musicrnn.arranging.bars import BarText, Spelled, share_kept
from musicrnn.constraints.abc.controls import Controls
from musicrnn.constraints.abc.infill import Gap, GapConstraint
from musicrnn.errors import UsageError, want
from musicrnn.generation.note_budget import NoteBudget
from musicrnn.generation.options import SamplingOptions
from musicrnn.generation.original import MOST_BARS, Original
from musicrnn.generation.protocol import WritingModel
from musicrnn.sampling import Sampler, one_thread, sample
from musicrnn.sampling.engine import State
from musicrnn.sampling.samplers import log_softmax
from musicrnn.tokens.char import CharTokenizer
from musicrnn.tokens.tonic import moved_body

__all__ = ["TOLERANCE", "Varied", "vary"]

#: how far the share of notes kept may be from what is asked
TOLERANCE = 0.05
#: how often a tune that is not near enough is drawn again; then the nearest is taken
_MOST_TRIES = 3
#: drafts of a whole bar, and of the rest of a bar that begins as the old one does
_WHOLE, _REST = 6, 4
#: the candidates of a bar that are weighed by the model, and by how much less likely than the best
#: (natural logarithm) one may be
_WEIGHED, _WORSE = 6, 5.0
#: joined bars that are looked at: those that keep nearest to what is wanted
_MOST_JOINED = 8
#: bars after a draft that tell how well it leads on
_AHEAD = 2
#: semitones that a rewritten tune may go beyond the range of the old one
_WIDER = 2

FloatArray = npt.NDArray[np.floating[Any]]

#: lines and inline fields between bars, which a model does not read
_FIELDS = re.compile(r"^(?:[A-Za-z+]:(?![|:])|%).*\n?|\[[A-Za-z]:[^\]]*\]", re.MULTILINE)


@dataclass(frozen=True)
class Varied:
    """A variation: its ABC `text`, the `share` of the notes that it keeps, and the `logprob` that
    the free model gives to the bars that changed; `remarks` say what was left out."""

    text: str
    share: float
    logprob: float
    remarks: tuple[str, ...] = ()


def vary(
    model: WritingModel, text: str, closeness: float, *, keep: str, how: SamplingOptions, seed: int
) -> Varied:
    """The first tune of ABC `text` rewritten so that it keeps `closeness` (0…1) of its notes.

    `keep` names bars that stay as they are (``1-4,8``). Raises `UsageError` for a closeness that
    makes no sense, or that the bars to keep leave no room for, for a bar that is not there, and for
    a tune without a melody, with several voices, or of more than `MOST_BARS` bars.
    """
    want(closeness, (int, float), "closeness is a share from 0 to 1")
    if isinstance(closeness, bool) or not 0 <= closeness <= 1:
        raise UsageError(f"a closeness of {closeness} makes no sense: choose 0 to 1")
    original = Original.of(text, keep)
    kept = sum(bar.notes.total() for n, bar in enumerate(original.bars) if n in original.kept)
    if kept / original.notes > closeness + TOLERANCE:
        share = -(-100 * kept // original.notes) / 100
        raise UsageError(
            f"the bars to keep hold {share:.0%} of the notes already: ask for a closeness of "
            f"{share:g} or more, or keep fewer bars"
        )
    best: tuple[tuple[bool, float, bool], Varied] | None = None
    for attempt in range(_MOST_TRIES):
        rng = np.random.default_rng([seed, attempt])
        writer = _Writer(model, original, how.sampler(), rng)
        made = writer.written(closeness)
        rank = original.rank(made.text, made.share, closeness)
        if best is None or rank < best[0]:
            best = rank, made
        # A long tune is gone through once or twice.
        if best[0] == (False, 0.0, False) or (attempt + 2) * len(original.bars) > MOST_BARS:
            break
    assert best is not None  # there is a first attempt
    made = best[1]
    if abs(made.share - closeness) > max(TOLERANCE, 1 / original.notes):
        said = f"{made.share:.0%} of the notes are kept, not {closeness:.0%}: no bars came nearer"
        made = replace(made, remarks=(*made.remarks, said))
    return made


@dataclass
class _Candidate:
    """A bar that may stand in the place of the old one."""

    text: str
    kept: int
    ids: list[int]
    logprob: float = 0.0


@dataclass
class _Writer:
    """One go through the tune. `state` and `logits` are where the model stands."""

    model: WritingModel
    original: Original
    sampler: Sampler
    rng: np.random.Generator
    out: str = ""
    state: State | None = None
    logits: FloatArray = field(default_factory=lambda: np.zeros((1, 0)))
    logprob: float = 0.0

    def __post_init__(self) -> None:
        text = self.original.text
        #: the bars that another one may not become
        self._taken = {text[bar.start : bar.end] for bar in self.original.bars}
        self.tokenizer = cast(CharTokenizer, self.model.tokenizer)
        self._ids = {t: i for i, t in enumerate(self.tokenizer.vocabulary.tokens) if len(t) == 1}
        pitches = [pitch - _shift(bar) for bar in self.original.bars for _, pitch in bar.notes]
        accidentals = any(sign in bar.music for bar in self.original.bars for sign in "^_=")
        self.controls = Controls(
            lowest=max(min(pitches) - _WIDER, 0),
            highest=min(max(pitches) + _WIDER, 127),
            in_scale=0.0 if accidentals else 1.0,
        )

    @one_thread()
    def written(self, closeness: float) -> Varied:
        """The tune with its bars rewritten."""
        bars, text = self.original.bars, self.original.text
        self._start(text[: bars[0].start])
        budget = NoteBudget(self.original, closeness, self.rng)
        chosen: dict[int, _Candidate] = {}
        for number, bar in enumerate(bars):
            if number:
                self._go_on(text[bars[number - 1].end : bar.start])
            group = budget.group_of(number)
            if group is None:
                made = self._as_it_is(bar)
            elif group in chosen:
                made = chosen[group]
            else:
                made = self._chosen(number, budget.wanted(group), loose=budget.loose)
                chosen[group] = made
                budget.settle(group, made.kept)
            self.out += made.text
            self._feed(made.ids)
        whole = self.out + text[bars[-1].end :]
        share = share_kept(text, whole)
        return Varied(whole, share, self.logprob, self.original.remarks)

    # the model

    def _start(self, before: str) -> None:
        """The model reads the header and what stands before the first bar."""
        tune = self.original.tune
        values = {letter: tune.value(letter) for letter in self.tokenizer.fields}
        values["K"] = spell_key(plain_key(tune.value("K")))
        header = "".join(f"{letter}:{value}\n" for letter, value in values.items() if value)
        body = before.partition("\nK:")[2].partition("\n")[2]
        ids = [self.tokenizer.end, *(self._ids[c] for c in header if c in self._ids)]
        self.state = self.model.engine.start(1)
        self.logits = self.model.engine.feed(self.state, ids)
        self.out = before
        self._feed(self._known(_FIELDS.sub("", body), self.original.bars[0].key))

    def _go_on(self, between: str) -> None:
        self.out += between
        self._feed(self._known(_FIELDS.sub("", between), "C"))

    def _feed(self, ids: Sequence[int]) -> None:
        assert self.state is not None  # `_start` comes first
        if ids:
            self.logits = self.model.engine.feed(self.state, ids)

    def _known(self, music: str, key: str) -> list[int]:
        """The ids of music as the model reads it."""
        moved = music
        if self.tokenizer.one_tonic:
            moved = moved_body(music, spell_key(plain_key(key)), -1)
        return [self._ids[c] for c in moved if c in self._ids]

    def _as_it_is(self, bar: BarText) -> _Candidate:
        text = self.original.text[bar.start : bar.end]
        return _Candidate(text, bar.notes.total(), self._known(bar.music, bar.key))

    # one bar

    def _chosen(self, number: int, wanted: float, *, loose: bool) -> _Candidate:
        """The best bar that keeps about as many notes as are wanted."""
        bar = self.original.bars[number]
        same = self._as_it_is(bar)
        if wanted > same.kept - 0.5:
            return same
        drafted = self._candidates(number, bar, wanted, loose=loose)
        candidates = {one.text: one for one in drafted}
        new = [one for text, one in candidates.items() if text not in self._taken]
        ranked = sorted([*new, same], key=lambda one: abs(one.kept - wanted))
        nearest = abs(ranked[0].kept - wanted)
        fitting = [one for one in ranked if abs(one.kept - wanted) <= nearest + 0.5][:_WEIGHED]
        self._weigh(fitting, self._following(number), len(same.ids))
        most = max(one.logprob for one in fitting)
        good = [one for one in fitting if one.logprob >= most - _WORSE]
        chosen = good[int(self.rng.integers(len(good)))]
        self.logprob += chosen.logprob if chosen is not same else 0.0
        self._taken.add(chosen.text)
        return chosen

    def _candidates(
        self, number: int, bar: BarText, wanted: float, *, loose: bool
    ) -> Iterator[_Candidate]:
        """Bars from drafts of the model, and from drafts that lead into the old bar's tail."""
        old = Spelled.of(bar.music, bar)
        drafts = self._drafts(number, bar, "", _WHOLE)
        if old.cuts:
            cut = old.cuts[int(self.rng.integers(len(old.cuts)))]
            head = old.head(cut) + _gap_at(old.onsets[cut], bar)
            drafts += [head + tail for tail in self._drafts(number, bar, head, _REST)]
        texts = dict.fromkeys(drafts)
        spelt = {text: Spelled.of(text, bar) for text in texts}
        joined = {text: kept for new in spelt.values() for text, kept in _joined(new, old, bar)}
        nearest = sorted(joined, key=lambda text: abs(joined[text] - wanted))[:_MOST_JOINED]
        spelt |= {text: Spelled.of(text, bar) for text in nearest}
        for text, made in spelt.items():
            closing = bar.closes and loose and made.last != old.last
            if made.length != bar.measure.length or made.tied or closing:
                continue
            spelled = made.with_symbols(bar.symbols)
            if spelled is not None:
                kept = (made.notes & bar.notes).total()
                yield _Candidate(spelled, kept, self._known(text, bar.key))

    def _drafts(self, number: int, bar: BarText, begun: str, count: int) -> list[str]:
        """Bars, or the rests of bars, that the model writes next."""
        assert self.state is not None  # `_start` comes first
        closing = self.original.text[bar.end :].lstrip(" \n")[:1]
        before = parse_tune(self.out)
        tie = _held(self.original.bars, number, self.out)
        gap = Gap(self.out, closing if closing in ("|", ":") else "|", bar.measure.length, before,
                  tie)  # fmt: skip
        try:
            constraint = GapConstraint.of(self.tokenizer, gap, self.controls, begun=begun)
        except UsageError:
            return []  # the old bar begins as the model never would
        state, logits = self.state, self.logits
        if constraint.begun:
            state = state.keep([0])
            logits = self.model.engine.feed(state, constraint.begun)
        generators = [np.random.default_rng(int(self.rng.integers(2**63))) for _ in range(count)]
        drawn = sample(
            self.model.engine, self.sampler, generators, end=self.tokenizer.end,
            constraint=constraint, start=(state, logits),
        )  # fmt: skip
        texts = [constraint.text(one.ids) for one in drawn]
        return list(dict.fromkeys(text.rstrip() if begun else text.strip() for text in texts))

    def _following(self, number: int) -> list[int]:
        """The ids of the next bars as they were."""
        bars = self.original.bars[number + 1 : number + 1 + _AHEAD]
        ids: list[int] = []
        for bar in bars:
            ids += [self._ids["|"], *self._known(bar.music, bar.key)]
        return ids or [self._ids["|"]]

    def _weigh(self, candidates: Sequence[_Candidate], ahead: Sequence[int], usual: int) -> None:
        """Give each candidate its log-probability, as though it had `usual` characters, and that
        of what follows; all at once."""
        assert self.state is not None  # `_start` comes first
        rows = len(candidates)
        texts = [[*one.ids, *ahead] for one in candidates]
        state = self.state.keep([0] * rows)
        logits = np.repeat(self.logits, rows, axis=0)
        own, after = np.zeros(rows), np.zeros(rows)
        for at in range(max(map(len, texts))):
            ids = [text[at] if at < len(text) else text[-1] for text in texts]
            logprobs = log_softmax(logits)[np.arange(rows), ids]
            for row, one in enumerate(candidates):
                if at < len(one.ids):
                    own[row] += logprobs[row]
                elif at < len(texts[row]):
                    after[row] += logprobs[row]
            logits = self.model.engine.step(state, ids)
        for row, one in enumerate(candidates):
            one.logprob = float(own[row] * usual / max(len(one.ids), 1) + after[row])


def _shift(bar: BarText) -> int:
    """Semitones that the clef and the transposition beside the key add to what is written."""
    field = read_key(bar.key)
    return 12 * field.octave + field.transpose if field else 0


def _joined(new: Spelled, old: Spelled, bar: BarText) -> Iterator[tuple[str, int]]:
    """The heads of a draft with the tails of the old bar, where both may be cut, and how many notes
    each keeps. With accidentals, which hold on, nothing is joined."""
    starts = {new.onsets[cut]: cut for cut in new.cuts}
    for cut in old.cuts:
        onset = old.onsets[cut]
        if onset in starts:
            text = f"{new.head(starts[onset])}{_gap_at(onset, bar)}{old.tail(cut)}"
            if not any(sign in text for sign in "^_="):
                same = new.notes & old.notes
                kept = sum(n for (at, _), n in same.items() if at < onset)
                yield text, kept + sum(n for (at, _), n in old.notes.items() if at >= onset)


def _gap_at(onset: Fraction, bar: BarText) -> str:
    """The space that ends a beam where a beat begins."""
    meter = bar.measure.meter.meter if bar.measure.meter else None
    return " " if meter is None or onset % meter.beat == 0 else ""


def _held(bars: Sequence[BarText], number: int, before: str) -> tree.Note | None:
    """The note that a tie before the bar holds into it, as it now stands in the text."""
    if not number or not before.rstrip("|: \n").endswith("-"):
        return None
    notes = [node for node in bars[number - 1].nodes if isinstance(node, tree.Note)]
    return notes[-1] if notes and notes[-1].tie else None
