"""Ornaments put into a tune as players put them: rolls, cuts and triplets.

What goes where follows the handbooks of Irish music (G. Larsen, *The Essential Guide to Irish
Flute and Tin Whistle*, 2003, chapters 6 to 14): a long roll on a dotted quarter and a short one on
a quarter, on the beat; a cut between two notes of one pitch, and on a beat that wants weight; a
triplet that fills a third in reels, hornpipes and their kin, and none in jigs. The last note of a
section is left alone, and no two notes in a row are ornamented.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from musicrnn.abc.syntax.tree import (
    Broken,
    Decoration,
    Field,
    Grace,
    Node,
    Note,
    Slur,
    Tuplet,
)  # fmt: skip
from musicrnn.abc.syntax.writer import write, write_body
from musicrnn.arranging.bars import BarText, Spelled, bars_named, written_bars
from musicrnn.arranging.melody import one_voice
from musicrnn.errors import UsageError
from musicrnn.score import Meter
from musicrnn.theory.pitch import LETTERS

__all__ = ["ornamented"]

#: how often an ornament that may stand somewhere does
_ODDS = {"roll": 0.7, "short roll": 0.35, "cut between": 0.8, "cut": 0.12, "triplet": 0.35}
#: in hornpipes triplets are the rule
_HORNPIPE_TRIPLETS = 0.6
#: ornaments in a bar at most
_MOST = 2
#: how often ornaments are drawn where by chance there came none
_MOST_TRIES = 20


@dataclass(frozen=True, slots=True)
class _Place:
    """A note of a bar that may be ornamented: its segment's number, and what players do there."""

    number: int
    kind: str


def ornamented(text: str, *, keep: str = "", seed: int | None = None) -> str:
    """The first tune of ABC `text` with ornaments; notes that sound stay, but where a triplet fills
    a third. Bars that `keep` names (``1-4,8``) stay as they are.

    Raises `UsageError` for a tune without a melody or with several voices, for a bar that is not
    there, and where nothing can be ornamented.
    """
    rng = np.random.default_rng(seed)
    tune, _ = one_voice(text)
    whole = write(tune)
    tune, measures = one_voice(whole)
    named = bars_named(keep, measures)
    stays = {id(measures[place]) for place in named}
    words = any(isinstance(node, Field) and node.letter in "ws" for node in tune.body)
    hornpipe = "hornpipe" in tune.rhythm.lower()
    bars = written_bars(tune, measures)
    for _ in range(_MOST_TRIES):
        out, at = "", 0
        for bar in bars:
            old = new = whole[bar.start : bar.end]
            if bar.plain and id(bar.measure) not in stays:
                new = _ornamented(bar, rng, hornpipe=hornpipe, words=words) or old
            out += whole[at : bar.start] + new
            at = bar.end
        if out + whole[at:] != whole:
            return out + whole[at:]
    raise UsageError("there is no note in these bars for an ornament to stand on")


def _ornamented(bar: BarText, rng: np.random.Generator, *, hornpipe: bool, words: bool) -> str:
    """The text of a bar with ornaments; empty where there are none."""
    music = Spelled.of(bar.music, bar)
    meter = bar.measure.meter.meter if bar.measure.meter else None
    if (
        meter is None
        or bar.measure.length < meter.length
        or len(music.onsets) != len(music.segments)
    ):
        return ""
    odds = _ODDS | ({"triplet": _HORNPIPE_TRIPLETS} if hornpipe else {})
    segments = [list(segment) for segment in music.segments]
    last, count = -2, 0
    for place in _places(music, bar, meter):
        if place.number <= last + 1 or count == _MOST or (words and place.kind == "triplet"):
            continue
        if rng.random() < odds[place.kind]:
            _put(segments, place)
            last = place.number + (place.kind == "triplet")
            count += 1
    if not count:
        return ""
    ornamented = Spelled.of(write_body(node for s in segments for node in s).strip(), bar)
    if ornamented.length != bar.measure.length:
        return ""
    return ornamented.with_symbols(bar.symbols) or ""


def _places(music: Spelled, bar: BarText, meter: Meter) -> Iterator[_Place]:
    """Where ornaments may stand in a bar, in order."""
    free = {0, *music.cuts}
    count = len(music.segments)
    ends = [*music.onsets[1:], music.length]
    for number, segment in enumerate(music.segments):
        note = _lone_note(segment)
        if note is None or number not in free or (bar.closes and number == count - 1):
            continue
        onset = music.onsets[number]
        length = ends[number] - onset
        on_beat = onset % meter.beat == 0
        before = _note_of(music.segments[number - 1]) if number else None
        following = music.segments[number + 1] if number + 1 < count else ()
        if length >= Fraction(3, 2) and on_beat:
            yield _Place(number, "roll")
        elif length == 1 and on_beat and not meter.compound:
            yield _Place(number, "short roll")
        elif _fills_a_third(segment, following, length, ends, number, onset, meter):
            yield _Place(number, "triplet")
        elif before is not None and _same_pitch(before, note) and length <= 1:
            yield _Place(number, "cut between")
        elif on_beat and number and length <= 1:
            yield _Place(number, "cut")


def _lone_note(segment: Sequence[Node]) -> Note | None:
    """The note of a segment that has no ornament and no accidental yet."""
    marks = (Decoration, Grace, Tuplet, Broken, Slur)
    if any(isinstance(node, marks) for node in segment):
        return None
    note = _note_of(segment)
    return note if note is not None and not note.tie and not note.accidental else None


def _note_of(segment: Sequence[Node]) -> Note | None:
    return next((node for node in segment if isinstance(node, Note)), None)


def _same_pitch(one: Note, other: Note) -> bool:
    return (one.step, one.octave, one.tie) == (other.step, other.octave, "")


def _step(note: Note) -> int:
    return 7 * note.octave + LETTERS.index(note.step)


def _fills_a_third(
    segment: Sequence[Node], following: Sequence[Node], length: Fraction,
    ends: Sequence[Fraction], number: int, onset: Fraction, meter: Meter,
) -> bool:  # fmt: skip
    """Whether a note and the next are equal halves of a beat in simple time, a third apart."""
    first, second = _lone_note(segment), _lone_note(following)
    if first is None or second is None or meter.compound or first.length != second.length:
        return False
    even = onset % (2 * length) == 0 and length <= Fraction(1, 2)
    lasts = ends[number + 1] - ends[number] == length
    return even and lasts and abs(_step(first) - _step(second)) == 2


def _put(segments: list[list[Node]], place: _Place) -> None:
    """Put an ornament into the segments."""
    segment = segments[place.number]
    note = _note_of(segment)
    assert note is not None  # `_places` gave it
    if "roll" in place.kind:
        segment.insert(segment.index(note), Decoration("roll"))
    elif place.kind == "triplet":
        second = _note_of(segments[place.number + 1])
        assert second is not None  # the same
        octave, letter = divmod((_step(note) + _step(second)) // 2, 7)
        middle = replace(note, step=LETTERS[letter], octave=octave)
        segment[:] = [Tuplet(3), note, middle]
    else:
        octave, letter = divmod(_step(note) + 2, 7)
        cut = Note(LETTERS[letter], octave)
        segment.insert(segment.index(note), Grace((cut,)))
