"""Which of several repairs of a bar is the likeliest, as the rest of the tune and the hand that
wrote it suggest.

Each way to weigh them is asked in turn: it decides where one repair is clearly ahead, and else
leaves those that it puts first to the next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import partial
from itertools import pairwise
from typing import NamedTuple

from musicrnn.abc.checking.diagnostics import Edit
from musicrnn.abc.checking.form import completes_pickup
from musicrnn.abc.checking.repair_candidates import Option, similar_places, squeezed
from musicrnn.abc.checking.repair_view import Reading, View, apply, full_length
from musicrnn.abc.syntax.parser import parse
from musicrnn.abc.timeline.timeline import Measure
from musicrnn.abc.to_score import to_score

__all__ = ["Choice", "only_reading"]

#: what is heard of a note (onset, pitch, duration), and a fifth in semitones
_HEARD, _FIFTH = 3, 7
_HALF = Fraction(1, 2)
#: characters that a longer match with another place of the tune must have, and be ahead by
_MATCH, _AHEAD = 7, 2


class Choice(NamedTuple):
    """The edit that is taken for a fault, and whether another was possible."""

    option: Option
    guessed: bool


#: options that sound alike
_Group = list[Option]


def only_reading(reading: Reading, view: View | None, options: Sequence[Option]) -> Choice | None:
    """The smallest of the options that sound alike, if all do or one is clearly likelier."""
    readings: dict[object, _Group] = {}
    for option in options:
        readings.setdefault(_sound(reading, view, option), []).append(option)
    groups = list(readings.values())
    chosen = groups[0] if len(groups) == 1 else _likeliest(reading, view, groups)
    if chosen is None:
        return None
    option = min(chosen, key=lambda option: _size(option.edits))
    return Choice(option, len(groups) > 1 or option.guess)


def _likeliest(reading: Reading, view: View | None, groups: Sequence[_Group]) -> _Group | None:
    if view is None:
        chosen = _clear_best(groups, partial(_context, reading.text))
        return chosen or _leaping(reading, view, groups) or _likelier_slip(groups)
    start, end = groups[0][0].edits[0].start, groups[0][0].edits[0].end
    others = [m for m in reading.measures() if m.end < start or end < m.start]
    texts = Counter(squeezed(reading.text[m.start : m.end]) for m in others)
    groups = _foremost(groups, partial(_completes, view))
    if len(groups) == 1:
        return groups[0]
    chosen = _clear_best(groups, partial(_twins, view, texts))
    chosen = chosen or _clear_best(groups, partial(_context, reading.text))
    if chosen is not None:
        return chosen
    if any(_makes_a_pickup(view, option) for group in groups for option in group):
        # Whether a first bar is full or a pickup is not for its rhythm to say.
        return _leaping(reading, view, groups) or _likelier_slip(groups)
    groups = _foremost(groups, partial(_common_rhythm, view, Counter(map(_rhythm, others))))
    groups = _foremost(groups, partial(_few_graces, view))
    swapped = [group for group in groups if min(map(_slip, group)) == 0]
    if len(swapped) == 1:
        return swapped[0]
    groups = _foremost(groups, partial(_on_the_beat, view))
    if len(groups) == 1:
        return groups[0]
    return (
        _leaping(reading, view, groups)
        or _longest_match(reading.text, groups)
        or _likeliest_slip(groups)
    )


# what the rest of the tune says


def _twins(view: View, texts: Counter[str], option: Option) -> int:
    """How many other bars of the tune have the same text as the bar that an option makes."""
    bars = _edited_bars(view, option)
    return texts[squeezed(view.changed(option.edits)[bars[0].start : bars[0].end])] if bars else 0


def _completes(view: View, option: Option) -> bool:
    """Whether the bar that an option makes completes the pickup of its section."""
    seen = view.seen(option.edits) if view.holds(option.edits) else None
    bars = _edited_bars(view, option)
    return seen is not None and any(
        completes_pickup(voice, bars[0])
        for voice in seen.timeline.voices
        if bars and any(bars[0] is bar for bar in voice.measures)
    )


def _context(text: str, option: Option) -> int:
    return similar_places(apply(text, option.edits), option.edits[0])


def _rhythm(measure: Measure) -> tuple[tuple[Fraction, bool], ...]:
    """The durations of a bar, and which of them are rests."""
    return tuple((event.duration, bool(event.pitches)) for event in measure.events)


def _common_rhythm(view: View, rhythms: Counter[object], option: Option) -> int:
    """How many other bars of the tune have the rhythm of the bar that an option makes; of two
    bars, where it parts one, the rarer counts."""
    return min((rhythms[_rhythm(bar)] for bar in _edited_bars(view, option)), default=0)


def _on_the_beat(view: View, option: Option) -> int:
    """How few notes of the bar that an option makes are held over a beat, or over half of one, on
    which none begins, and how few groups of notes (those without a space) begin off the beat."""
    text = view.changed(option.edits)
    off = 0
    for bar in _edited_bars(view, option):
        beat = bar.meter.meter.beat if bar.meter and bar.meter.meter else Fraction(1)
        simple = beat.denominator == 1
        beat = min(beat, Fraction(1)) if simple else beat
        for event in bar.events:
            into, within = event.onset % beat, event.onset % _HALF
            off += bool(into) and into + event.duration > beat
            off += bool(within) and within + event.duration > _HALF
            off += bool(into) and text[event.start - 1 : event.start].isspace()
    return -off


def _few_graces(view: View, option: Option) -> int:
    """How few grace notes the bar that an option makes has."""
    return -sum(
        len(event.graces) + len(event.after)
        for bar in _edited_bars(view, option)
        for event in bar.events
    )


def _longest_match(text: str, groups: Sequence[_Group]) -> _Group | None:
    """The group of which what stands around the edit comes again elsewhere at the greatest length,
    by some characters more than of any other."""
    matches = sorted((max(_match(text, option) for option in group), place)
                     for place, group in enumerate(groups))  # fmt: skip
    (second, _), (most, best) = matches[-2:]
    return groups[best] if most >= _MATCH and most - second >= _AHEAD else None


def _match(text: str, option: Option) -> int:
    """The length of the longest text around an edit that comes again in the tune."""
    edit = option.edits[0]
    changed = apply(text, option.edits)
    body = changed.find("\n", changed.find("\nK:") + 1) + 1
    at = len(squeezed(changed[body : edit.start]))
    music = squeezed(changed[body:])
    end = at + len(squeezed(edit.text))
    longest = 0
    for before in range(1, min(at, 2 * _MATCH) + 1):
        after = max(longest - before - (end - at), 0) + 1
        while end + after <= len(music) and after <= 2 * _MATCH:
            if music.count(music[at - before : end + after]) < 2:
                break
            longest = before + (end - at) + after
            after += 1
    return longest


# what the hand that wrote it says


def _leaping(reading: Reading, view: View | None, groups: Sequence[_Group]) -> _Group | None:
    """Of the notes that may be one too many the one without which the line leaps least: by a fifth
    less, at least, than without any other."""
    leaps: list[tuple[int, int]] = []
    for place, group in enumerate(groups):
        edit = group[0].edits[0]
        if edit.text or not reading.text[edit.start : edit.end].isalpha():
            continue
        heard = _sound(reading, view, group[0])
        notes = sorted(heard) if isinstance(heard, tuple) else []
        pitches = [note[1] for note in notes if len(note) == _HEARD]
        leaps.append((sum(abs(b - a) for a, b in pairwise(pitches)), place))
    leaps.sort()
    clear = len(leaps) > 1 and leaps[1][0] - leaps[0][0] >= _FIFTH
    return groups[leaps[0][1]] if clear else None


def _likelier_slip(groups: Sequence[_Group]) -> _Group | None:
    """Of two readings the one of the likelier slip; None where there are more, or none is."""
    return _likeliest_slip(groups) if len(groups) == 2 else None


def _likeliest_slip(groups: Sequence[_Group]) -> _Group | None:
    """The group of the likeliest slip; None where others are as likely."""
    slips = [min(map(_slip, group)) for group in groups]
    least = min(slips)
    return groups[slips.index(least)] if slips.count(least) == 1 else None


def _slip(option: Option) -> int:
    """How unlikely a slip is: two characters swapped, rather than a length mistyped, than a space
    moved, than broken rhythm lost, than a character too many, than a note lost."""
    (edit, *_) = option.edits
    if edit.end - edit.start == 2:
        return 2 if " " in edit.text else 0
    if option.guess:
        return 5
    return 1 if edit.text.isdecimal() else 3 if edit.text else 4


# shared


def _clear_best(groups: Sequence[_Group], weigh: Callable[[Option], int]) -> _Group | None:
    """The group of which one option weighs more than all of the others, None where none does."""
    weights = [max(map(weigh, group)) for group in groups]
    most = max(weights)
    return groups[weights.index(most)] if most > 0 and weights.count(most) == 1 else None


def _foremost(groups: Sequence[_Group], weigh: Callable[[Option], int]) -> Sequence[_Group]:
    """The groups of which an option weighs as much as any."""
    weights = [max(map(weigh, group)) for group in groups]
    return [group for group, weight in zip(groups, weights, strict=True) if weight == max(weights)]


def _edited_bars(view: View, option: Option) -> list[Measure]:
    """The bars that an option makes: that of the edit, and the one after it where a bar line is
    put between them."""
    seen = view.seen(option.edits) if view.holds(option.edits) else None
    if seen is None:
        return []
    edit = option.edits[0]
    at = len(view.before) + edit.start - view.region[0]
    end = at + len(edit.text) if "|" in edit.text else at
    for voice in seen.timeline.voices:
        bars = [bar for bar in voice.measures if bar.start <= end and at <= bar.end]
        if bars:
            return bars if end > at else bars[:1]
    return []


def _makes_a_pickup(view: View, option: Option) -> bool:
    """Whether an option leaves a short bar where a section begins."""
    return any(
        (bar.before.double or not bar.before.bars) and bar.length < (full_length(bar) or 0)
        for bar in _edited_bars(view, option)
    )


def _sound(reading: Reading, view: View | None, option: Option) -> object:
    """What is heard: equal for two options that differ only on paper."""
    if view is not None and view.holds(option.edits):
        return view.sound(option.edits)
    scores = [to_score(tune) for tune in parse(apply(reading.text, option.edits)).tunes]
    return tuple(
        tuple((note.onset, note.pitch, note.duration) for note in score) for score in scores
    )


def _size(edits: Iterable[Edit]) -> int:
    return sum(edit.end - edit.start + len(edit.text) for edit in edits)
