"""Chord symbols over a melody: found by the chord model, written into the tune's own text.

Nothing of the text changes but the symbols. A symbol stands before the note or rest that begins on
its beat, before the note's decorations (ABC 2.1, 4.20), at the start of each bar and wherever the
chord changes.

>>> from musicrnn import abc
>>> text = "X:1\\nT:Scale\\nM:4/4\\nL:1/4\\nK:C\\nCEGE|DGBG|c4|]\\n"
>>> print(harmonize(abc.parse_tune(text)).text(text).splitlines()[-1])
"C"CEGE|"G"DGBG|"C"c4|]
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicrnn.abc import (
    Annotation,
    ChordName,
    Decoration,
    ParsedTune,
    from_score,
    parse,
    to_score,
)
from musicrnn.abc.score_voice import spell
from musicrnn.arranging.chord_features import changes
from musicrnn.arranging.chord_network import ChordNetwork, clamped, triad_of
from musicrnn.arranging.chord_theory import TRIADS
from musicrnn.arranging.grid import Grid, grid_of
from musicrnn.errors import AbcError, UsageError
from musicrnn.score import Score
from musicrnn.theory.accompaniment import chord_pitches
from musicrnn.theory.chords import NO_CHORD, is_chord, parse_chord

__all__ = ["PER", "Harmonized", "Spot", "best_triads", "harmonize", "harmonized", "with_symbols"]

Floats = NDArray[np.float32]

#: How often the chord may change.
PER = ("beat", "bar")
#: By how many beats right a change of chord must gain, by kind of place (`chord_features.changes`).
_CHANGES = (0.0, 0.15, 0.4)
#: What stands in quotes and is meant as a chord, in a spelling that is not understood: German H,
#: Fis, Dó, re, Sol-, Lam, la mineur, am and the like; "bis" and "sim" are no chords.
_FOREIGN = re.compile(
    r"(?!sim$)((?-i:[a-g](?=[#b]?(?:m|dim|aug)))|[ac-h]is|[cdfg]es|[ae]s|h"
    r"|d[oóò]|r[eé]|mi|fa|sol|la|si|ut)[#b♯♭]?"
    r" ?(mineur|majeur|minore|maggiore|moll|dur|sus|min|maj|dim|aug|m|-|\+|\d|[b#]\d+|\(|\))*"
    r"(/.*)?",
    re.I,
)
#: one symbol in so many may be misspelled without the tune being in another language
_SLIPS = 8
_NO_CHORDS = frozenset({NO_CHORD, "NC", "N.C", "n.c.", "nc"})


@dataclass(frozen=True, slots=True)
class Spot:
    """A chord symbol to be written: before which character of the tune's text, what it says, and
    what else it might have been, likeliest first, with the odds. `kept` was there before."""

    bar: int
    beat: int
    at: int
    symbol: str
    choices: tuple[tuple[str, float], ...] = ()
    kept: bool = False


@dataclass(frozen=True)
class Harmonized:
    """The chords of one tune. `spots` are in the order of the text; `taken` are the places in the
    text (from, to) of symbols that were there and go."""

    spots: tuple[Spot, ...]
    taken: tuple[tuple[int, int], ...]

    def text(self, source: str) -> str:
        """`source`, the text that the tune was read from, with these symbols."""
        edits = [(start, end, "") for start, end in self.taken]
        edits += [(s.at, s.at, f'"{s.symbol}"') for s in self.spots if not s.kept]
        for start, end, words in sorted(edits, reverse=True):
            source = source[:start] + words + source[end:]
        return source

    def lines(self) -> list[str]:
        """What each bar might have had, as comments of ABC."""
        comments = []
        for spot in self.spots:
            odds = ", ".join(f"{symbol} {share:.0%}" for symbol, share in spot.choices)
            if odds:
                comments.append(f"% bar {spot.bar}, beat {spot.beat}: {odds}")
        return comments


def harmonize(
    tune: ParsedTune,
    *,
    per: str = "beat",
    sevenths: bool = False,
    keep: bool = False,
    alternatives: int = 0,
    voice: str = "",
    model: ChordNetwork | None = None,
    seed: int | None = None,
    temperature: float = 1.0,
) -> Harmonized:
    """Chords for a tune that was read from text.

    `per` is how often they may change (`PER`), `keep` leaves the symbols that are there and takes
    them as known, `alternatives` says how many choices are named at each place. With a `seed` the
    chords are drawn, with `temperature` (1: as likely as they are), in place of the best ones.
    Raises `UsageError` for a tune without a melody or of several voices, and for symbols in a
    language that is not understood.
    """
    if per not in PER:
        raise UsageError(f"chords change by the {' or the '.join(PER)}, not by the {per!r}")
    if not 0 <= alternatives <= TRIADS:
        raise UsageError(f"{alternatives} alternatives: there are {TRIADS} triads to choose from")
    if not 0.05 <= temperature <= 5:
        raise UsageError(f"a temperature of {temperature}: choose 0.05 to 5")
    grid = grid_of(tune, voice=voice)
    if not grid.beats:
        raise UsageError("there is no melody: no bar of the tune is long enough for a chord")
    _refuse_foreign(tune)
    model = model or ChordNetwork.load()
    known = _kept(tune, grid) if keep else [None] * len(grid.beats)
    given = clamped(known)
    odds = model.probabilities(grid, given=given, temperature=temperature)
    if seed is None:
        triads = best_triads(odds, grid, per=per)
    else:
        drawn = model.draw(grid, np.random.default_rng(seed), given=given, temperature=temperature)
        triads = best_triads(np.eye(TRIADS, dtype=np.float32)[drawn], grid, per=per)
    symbols = _symbols(grid, triads, sevenths=sevenths)
    spots = _spots(tune, grid, triads, symbols, odds if alternatives else None, alternatives)
    if keep:
        return Harmonized(_beside_kept(tune, grid, spots), ())
    return Harmonized(spots, tuple(_written(tune)))


def harmonized(text: str, *, alternatives: int = 0, **options: Any) -> str:
    """ABC text with chord symbols over each of its tunes, and not one other character changed.

    The options are those of `harmonize`; with `alternatives` a comment after each tune names them.
    Raises what it raises, and `AbcError` for a text without a tune.
    """
    tunes = parse(text).tunes
    if not tunes:
        raise AbcError("there is no tune in it; a tune starts with an X: line")
    for number in range(len(tunes) - 1, -1, -1):
        tune = tunes[number]
        try:
            harmony = harmonize(tune, alternatives=alternatives, **options)
        except UsageError as error:
            if len(tunes) == 1:
                raise
            raise UsageError(f"tune {tune.number or number + 1}: {error}") from None
        if alternatives and tune.body:
            end = text.find("\n", tune.body[-1].end)
            end = len(text) if end < 0 else end
            text = text[:end] + "".join(f"\n{line}" for line in harmony.lines()) + text[end:]
        text = harmony.text(text)
    return text


def with_symbols(music: str | Score) -> str | Score:
    """ABC (its first tune) or a score with chord symbols: its own, or found ones where it has none.

    Raises what `harmonize` raises.
    """
    if isinstance(music, Score):
        if music.chords:
            return music
        text = harmonized(from_score(music))
        return replace(music, chords=to_score(parse(text).tunes[0]).chords)
    tunes = parse(music).tunes
    has = bool(tunes) and any(
        isinstance(node, ChordName) and chord_pitches(node.text) for node in tunes[0].body
    )
    return music if has else harmonized(music)


def best_triads(odds: Floats, grid: Grid, *, per: str = "beat") -> list[int]:
    """The triad of each beat that makes most beats right (the greatest sum of odds), the same
    wherever no change can be written, and without changes in mid bar for hardly any gain."""
    stretches = list(_stretches(grid, per))
    kinds, _ = changes(grid)
    gains = np.array([odds[start:end].sum(axis=0) for start, end in stretches])
    best = gains[0]
    before = np.zeros((len(stretches), TRIADS), np.int64)
    for number, (start, _) in enumerate(stretches[1:], 1):
        changed = best.max() - _CHANGES[kinds[start]]
        before[number] = np.where(best >= changed, np.arange(TRIADS), best.argmax())
        best = np.maximum(best, changed) + gains[number]
    triads = np.zeros(len(odds), np.int64)
    triad = int(best.argmax())
    for number in range(len(stretches) - 1, -1, -1):
        start, end = stretches[number]
        triads[start:end] = triad
        triad = int(before[number, triad])
    return [int(triad) for triad in triads]


def _stretches(grid: Grid, per: str) -> Iterable[tuple[int, int]]:
    """Rows that must share one chord: up to the next beat at which one may change."""
    start = 0
    for row, beat in enumerate(grid.beats):
        opens = row == 0 or beat.bar != grid.beats[row - 1].bar
        if row and beat.event is not None and (opens or per == "beat"):
            yield start, row
            start = row
    yield start, len(grid.beats)


# --- names -------------------------------------------------------------------------------------


def _symbols(grid: Grid, triads: Sequence[int], *, sevenths: bool) -> list[str]:
    """What each beat's triad is called."""
    nexts = _following(triads)
    names = []
    for beat, triad, after in zip(grid.beats, triads, nexts, strict=True):
        name = _name(grid, beat.tonic, triad)
        names.append(name + _seventh(triad, after, grid) if sevenths else name)
    return names


def _name(grid: Grid, tonic: int, triad: int) -> str:
    """The symbol of a triad, its root spelled as the key has it."""
    moved = (tonic - grid.key.pitch_class + 5) % 12 - 5
    fifths = grid.key.transposed(moved).fifths if moved else grid.key.fifths
    letter, altered, _ = spell(60 + (tonic + triad) % 12, fifths)
    return letter + ("#" * altered or "b" * -altered) + ("m" if triad >= 12 else "")


def _following(triads: Sequence[int]) -> list[int]:
    """For each beat the next triad that is another one; the first of all after the last."""
    nexts = [triads[0]] * len(triads)
    for row in range(len(triads) - 2, -1, -1):
        nexts[row] = triads[row + 1] if triads[row + 1] != triads[row] else nexts[row + 1]
    return nexts


def _seventh(triad: int, after: int, grid: Grid) -> str:
    """``"7"`` where the chord leads on a fifth down: the dominant, what leads to it, and the
    minor chord on the second step before it. The tonic and the subdominant stay triads."""
    falls = (triad - after) % 12 == 7
    if triad >= 12:
        return "7" if falls and triad - 12 in (2, 4, 9) else ""
    leads = falls and triad not in (0, 5, 10)
    return "7" if leads or (triad == 7 and 10 not in grid.scale) else ""


# --- places in the text ------------------------------------------------------------------------


def _spots(
    tune: ParsedTune,
    grid: Grid,
    triads: Sequence[int],
    symbols: Sequence[str],
    odds: Floats | None,
    alternatives: int,
) -> tuple[Spot, ...]:
    """A symbol at the start of each bar and at each change."""
    before = _places(tune)
    first_bar = min(grid.bars)
    spots = []
    rows = [row for row, beat in enumerate(grid.beats) if _shows(grid, row, triads) and beat.event]
    for row, end in zip(rows, [*rows[1:], len(triads)], strict=True):
        beat = grid.beats[row]
        assert beat.event is not None
        choices: tuple[tuple[str, float], ...] = ()
        if odds is not None:
            mean = odds[row:end].mean(axis=0)
            order = np.argsort(-mean, kind="stable")[:alternatives]
            choices = tuple(
                (_name(grid, beat.tonic, int(triad)), float(mean[triad])) for triad in order
            )
        number = beat.bar - first_bar + 1
        at = before.get(beat.event.start, beat.event.start)
        spots.append(Spot(number, beat.place + 1, at, symbols[row], choices))
    return tuple(spots)


def _shows(grid: Grid, row: int, triads: Sequence[int]) -> bool:
    """Whether a symbol is written at a beat: a bar or another chord begins."""
    if row == 0 or grid.beats[row].bar != grid.beats[row - 1].bar:
        return True
    return triads[row] != triads[row - 1]


def _places(tune: ParsedTune) -> dict[int, int]:
    """Where a symbol goes for what starts at a place in the text: before the decorations and
    remarks that stand before it."""
    places: dict[int, int] = {}
    start: int | None = None
    for node in tune.body:
        if isinstance(node, Decoration | Annotation | ChordName):
            start = node.start if start is None else start
            continue
        if start is not None:
            places[node.start] = start
            start = None
    return places


def _written(tune: ParsedTune) -> list[tuple[int, int]]:
    """Where the chord symbols of a tune stand; fingerings and other words in quotes stay."""
    return [
        (node.start, node.end)
        for node in tune.body
        if isinstance(node, ChordName)
        and (
            chord_pitches(node.text) is not None
            or node.text.strip() in _NO_CHORDS
            or (_is_foreign(node) and node.text.strip() != "H")
        )
    ]


def _refuse_foreign(tune: ParsedTune) -> None:
    """Raise `UsageError` for a tune whose chord symbols are not English: whether kept or not,
    others beside them would be wrong. A single one among many is a slip of the pen."""
    symbols = [node for node in tune.body if isinstance(node, ChordName)]
    unread = [node for node in symbols if chord_pitches(node.text) is None]
    foreign = [node for node in unread if _is_foreign(node)]
    if _SLIPS * len(foreign) <= len(symbols):
        return
    if len(unread) == len(symbols) and all(node.text.strip() == "H" for node in foreign):
        return  # in old collections an H is a hold, where there are no chords
    for node in foreign[:1]:
        line, column = tune.place(node)
        raise UsageError(
            f"line {line}, column {column}: {node.text!r} is no chord symbol; chords are read in "
            "English: C, F#m, Bb7"
        )


def _is_foreign(node: ChordName) -> bool:
    return chord_pitches(node.text) is None and bool(_FOREIGN.fullmatch(node.text.strip()))


def _kept(tune: ParsedTune, grid: Grid) -> list[int | None]:
    """The triad of each beat over which a symbol of the same bar stands."""
    bars = _bars_with_symbols(tune, grid)
    known: list[int | None] = []
    for beat in grid.beats:
        holds = beat.bar in bars and beat.chord and is_chord(beat.chord)
        known.append(triad_of(parse_chord(beat.chord), beat.tonic) if holds else None)
    return known


def _bars_with_symbols(tune: ParsedTune, grid: Grid) -> set[int]:
    """The bars in which a chord symbol stands."""
    starts = [(beat.bar, beat.event.start) for beat in grid.beats if beat.event is not None]
    first: dict[int, int] = {}
    for bar, start in starts:
        first.setdefault(bar, start)
    before = _places(tune)
    ordered = sorted((before.get(start, start), bar) for bar, start in first.items())
    marked = set()
    for place, _ in _written(tune):
        earlier = [bar for start, bar in ordered if start <= place]
        if earlier:
            marked.add(earlier[-1])
    return marked


def _beside_kept(tune: ParsedTune, grid: Grid, spots: Sequence[Spot]) -> tuple[Spot, ...]:
    """The symbols for bars that have none; those that are there, as kept."""
    bars = _bars_with_symbols(tune, grid)
    first = min(grid.bars)
    return tuple(
        Spot(s.bar, s.beat, s.at, s.symbol, s.choices, s.bar - 1 + first in bars) for s in spots
    )
