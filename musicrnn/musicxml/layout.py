"""A parsed tune laid out as a sheet: what stands at each note, in each measure, of each voice.

The nodes of the tree are read beside the timeline, event by event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import accumulate
from typing import Any, Final

from musicrnn.abc.checking.lyrics import syllables
from musicrnn.abc.syntax.decorations import BEHIND, FERMATAS
from musicrnn.abc.syntax.tree import (
    Annotation,
    Bar,
    Chord,
    ChordName,
    Decoration,
    Directive,
    Field,
    Grace,
    LineBreak,
    MultiRest,
    Node,
    Note,
    Overlay,
    ParsedTune,
    Rest,
    Slur,
    Space,
    Tuplet,
)  # fmt: skip
from musicrnn.abc.syntax.voice_field import split_voice
from musicrnn.abc.timeline.build_timeline import read_timeline
from musicrnn.abc.timeline.rhythm import tuplet_time
from musicrnn.abc.timeline.symbols import with_symbols
from musicrnn.abc.timeline.timeline import Event, Measure, Pitch, Voice
from musicrnn.musicxml.sheet import Graces, Lyric, Placed, Sheet, SheetMeasure, Struck, VoiceSheet
from musicrnn.musicxml.signs import DIRECTIONS, STEERING

__all__ = ["lay_out"]

ZERO: Final = Fraction(0)


def lay_out(tune: ParsedTune) -> Sheet:
    """The sheet of a tune. Raises AbcError where a limit of ABC is passed."""
    tune = with_symbols(tune)
    timeline = read_timeline(tune)
    nodes, properties = _voices(tune)
    sheets = {}
    for voice in timeline.voices:
        sheet = VoiceSheet(voice, properties.get(voice.id, ""))
        _VoiceLayout(sheet).read(nodes[voice.id])
        sheets[voice.id] = sheet
    return Sheet(tune, timeline, sheets)


def _voices(tune: ParsedTune) -> tuple[dict[str, list[Node]], dict[str, str]]:
    """The nodes of each voice in order, and what its ``V:`` fields say."""
    properties: dict[str, str] = {}

    def declared(value: str) -> str:
        name, rest = split_voice(value)
        if name:
            properties[name] = f"{properties.get(name, '')} {rest}".strip()
        return name

    for item in tune.header:
        if isinstance(item, Field) and item.letter == "V":
            declared(item.value)
    nodes: dict[str, list[Node]] = {}
    current: list[Node] | None = None
    for node in tune.body:
        if isinstance(node, Field) and node.letter == "V":
            current = nodes.setdefault(declared(node.value), [])
        elif current is not None:
            current.append(node)
        elif not isinstance(node, Directive):
            # What stands before the first V: belongs to the first voice.
            current = nodes.setdefault(next(iter(properties), ""), [])
            current.append(node)
    return nodes, properties


class _VoiceLayout:
    """Reads the nodes of one voice beside its timeline."""

    def __init__(self, sheet: VoiceSheet) -> None:
        self.sheet = sheet
        self._events = _events(sheet.voice)
        self._source: Measure | None = None  # of the timeline
        self._measure: SheetMeasure | None = None
        self._offset = ZERO  # of the timeline's measure within ours, where a part cuts it in two
        self._layer = 0
        self._last: Struck | None = None
        self._pending: list[Field | ChordName | Annotation | Decoration] = []
        self._marks: list[str] = []
        self._graces: list[Graces] = []  # for the next event, or the end of the one before
        self._slurs: list[int] = []  # open ones, by number
        self._opening: list[int] = []  # slurs that start at the next note
        self._dotted: list[int] = []  # those of them that are dotted
        self._space = True
        self._break = False
        self._tuplet: tuple[int, int] = (1, 1)
        self._tuplet_left = 0
        self._tuplet_begins = False
        self._sung: list[list[Struck]] = [[]]  # notes by bar, since the last words
        self._notes: list[Struck] = []  # those that the words stand under
        self._ends: list[int] = []  # how many of them end with each bar
        self._verse = 0
        self._readers: dict[type, Callable[[Any], None]] = {
            Note: self._event, Chord: self._event, Rest: self._event, MultiRest: self._event,
            Bar: self._bar, Overlay: self._overlay, Tuplet: self._start_tuplet, Slur: self._slur,
            Grace: self._grace, Decoration: self._decoration, ChordName: self._place,
            Annotation: self._place, Space: self._spaced, LineBreak: self._line_break,
            Field: self._field,
        }  # fmt: skip

    def read(self, nodes: list[Node]) -> None:
        """Fill the sheet with all nodes of the voice."""
        for node in nodes:
            reader = self._readers.get(type(node))
            if reader is not None:
                reader(node)
        self._end_graces()
        self._end_marks(at_bar=False)
        self._put_pending(self._now())
        for slur in self._slurs:
            _forget_slur(self.sheet, slur)

    # what lasts

    def _event(self, node: Note | Chord | Rest | MultiRest) -> None:
        source, event = next(self._events)
        if source is not self._source:
            self._enter(source)
        measure = self._measure
        assert measure is not None
        onset = self._offset + event.onset
        struck = Struck(event, node, self._layer, onset, event.duration)
        self._put_pending(onset)
        self._end_graces()
        self._take(struck)
        if isinstance(node, MultiRest):
            struck.bars = node.bars
        measure.items.append(struck)
        measure.length = max(measure.length, onset + event.duration)
        self._last = struck
        self._space = False

    def _take(self, struck: Struck) -> None:
        """Give an event what was read before it."""
        struck.marks, self._marks = self._marks, []
        struck.graces, self._graces = self._graces, []
        _share(struck.event.graces, struck.graces)
        struck.slur_starts, self._opening = self._opening, []
        struck.dotted, self._dotted = self._dotted, []
        last = self._last
        struck.joined = not self._space and last is not None and last.layer == self._layer
        if last is not None and struck.event.pitches:
            ties = {pitch.number for pitch in last.event.pitches if pitch.tie}
            struck.tied = frozenset(
                pitch.number for pitch in struck.event.pitches if pitch.number in ties
            )
        if self._tuplet_left:
            self._tuplet_left -= 1
            struck.ratio = self._tuplet
            struck.tuplet_starts, self._tuplet_begins = self._tuplet_begins, False
            struck.tuplet_stops = not self._tuplet_left
        if isinstance(struck.node, (Note, Chord)):
            if self._verse:
                self._sung, self._verse = [[]], 0
            self._sung[-1].append(struck)

    def _end_graces(self) -> None:
        """Give the event before what a bar line parts from the next one."""
        last = self._last
        if last is None:
            return
        left = len(last.event.after) - sum(group.count for group in last.after)
        while left > 0 and self._graces:
            last.after.append(self._graces.pop(0))
            left -= last.after[-1].count
        _share(last.event.after, last.after)

    def _end_marks(self, *, at_bar: bool) -> None:
        """Give the bar line, and the note before it, the marks that are not the next note's: at the
        end of the voice all that are left."""
        if self._last is None or self._measure is None:
            return
        kept = []
        for mark in self._marks:
            if at_bar and mark in FERMATAS:
                self._measure.fermatas.append(mark)
            elif not at_bar or mark in BEHIND:
                self._last.marks.append(mark)
            else:
                kept.append(mark)
        self._marks = kept

    def _enter(self, source: Measure) -> None:
        """The next event stands in another measure of the timeline."""
        before = source.before
        merges = self._measure is not None and not before.bars and before.ending is None
        self._source = source
        if merges:
            assert self._measure is not None
            self._offset = self._measure.length
            self._measure.after = source.after
            return
        self._offset = ZERO
        self._measure = SheetMeasure(before, source.after, source.meter, source.number)
        self._measure.new_line, self._break = self._break, False
        self.sheet.measures.append(self._measure)

    def _bar(self, node: Bar) -> None:
        waiting = [n for n in self._pending if not isinstance(n, Field)]
        if waiting and self._last is not None and self._measure is not None:
            self._pending = [n for n in self._pending if isinstance(n, Field)]
            self._measure.items += [Placed(self._now(), self._layer, n) for n in waiting]
        self._end_marks(at_bar=True)
        self._layer = 0
        self._space = True
        if self._sung[-1] and not self._verse:
            self._sung.append([])

    def _overlay(self, _: Overlay) -> None:
        self._layer += 1
        self._space = True

    def _now(self) -> Fraction:
        return self._last.onset + self._last.length if self._last else ZERO

    # what stands at a note

    def _place(self, node: Field | ChordName | Annotation | Decoration) -> None:
        self._pending.append(node)

    def _put_pending(self, onset: Fraction) -> None:
        if self._measure is not None:
            items = [Placed(onset, self._layer, node) for node in self._pending]
            self._measure.items += items
            self._pending = []

    def _decoration(self, node: Decoration) -> None:
        if node.name in DIRECTIONS or node.name in STEERING:
            ends = node.name.endswith(")") or node.name in STEERING or node.name == "ped-up"
            if ends and self._measure is not None and self._last is not None:
                # !fine! often stands behind the bar line: it belongs to the bar before.
                self._measure.items.append(Placed(self._now(), self._last.layer, node))
            else:
                self._pending.append(node)
        else:
            self._marks.append(node.name)

    def _grace(self, node: Grace) -> None:
        self._graces.append(Graces(node, slur_starts=self._opening))
        self._opening = []

    def _slur(self, node: Slur) -> None:
        if node.sign != ")":
            number = next(n for n in range(1, len(self._slurs) + 2) if n not in self._slurs)
            self._slurs.append(number)
            self._opening.append(number)
            if node.sign.startswith("."):
                self._dotted.append(number)
        elif self._slurs and (self._last is not None or self._graces):
            number = self._ending()
            self._slurs.remove(number)
            if number in self._opening:  # (), around nothing
                self._opening.remove(number)
            elif self._graces:
                self._slur_to_grace(number)
            elif self._last is None:
                return
            elif number in self._last.slur_starts:  # around one note
                self._last.slur_starts.remove(number)
            else:
                self._last.slur_stops.append(number)

    def _ending(self) -> int:
        """Which slur a ) ends: the last one that began before its note, so that one may end where
        another begins (4.11: ``(c d (e) f g)``); else the one that began there."""
        here: list[int] = []
        if self._graces:
            here = self._graces[-1].slur_starts if len(self._graces[-1].node.notes) < 2 else []
        elif not self._opening and self._last is not None:
            here = self._last.slur_starts
        return next((n for n in reversed(self._slurs) if n not in here), self._slurs[-1])

    def _slur_to_grace(self, number: int) -> None:
        """End a slur at the last of the grace notes that no note follows yet."""
        group = next((one for one in self._graces if number in one.slur_starts), None)
        last = self._graces[-1]
        if group is last and len(group.node.notes) < 2:  # around one note
            group.slur_starts.remove(number)
        else:
            last.slur_stops.append(number)

    def _start_tuplet(self, node: Tuplet) -> None:
        if self._tuplet_left and self._last is not None:
            self._last.tuplet_stops = True
        meter = self._source.meter if self._source else self.sheet.voice.measures[0].meter
        normal = tuplet_time(node, meter)
        self._tuplet = (node.p, normal)
        self._tuplet_left = node.r or node.p
        self._tuplet_begins = True

    def _spaced(self, _: Space) -> None:
        self._space = True

    def _line_break(self, _: LineBreak) -> None:
        self._space = True
        self._break = self._last is not None

    def _field(self, node: Field) -> None:
        if node.letter == "w":
            self._verse += 1
            self._sing(node)
        elif node.letter in "KMQPTV":
            self._pending.append(node)

    def _sing(self, node: Field) -> None:
        """Put the syllables of a line of words under the notes above it."""
        if self._verse == 1:
            self._ends = list(accumulate(map(len, self._sung)))
            self._notes = [struck for bar in self._sung for struck in bar]
        notes, ends = self._notes, self._ends
        at, bar_number, open_word = 0, 0, False
        last: tuple[int, Lyric] | None = None
        for token in syllables(node.value):
            if token == "|":
                at = max(at, ends[min(bar_number, len(ends) - 1)])
                bar_number += 1
                continue
            if at >= len(notes):
                break
            if token == "_":
                if last is not None and not last[1].hyphen:
                    index, lyric = last
                    held = Lyric(lyric.verse, lyric.text, lyric.follows, False, True)
                    notes[index].lyrics[-1] = held
                    last = index, held
            elif token != "*":
                hyphen = token.endswith("-") and token != "-"
                text = token.removesuffix("-") if hyphen else token
                lyric = Lyric(self._verse, text, open_word, hyphen, False)
                notes[at].lyrics.append(lyric)
                last, open_word = (at, lyric), hyphen
            at += 1


def _share(pitches: Sequence[Pitch], groups: Sequence[Graces]) -> None:
    """Give each group of grace notes its pitches."""
    left = list(pitches)
    for group in groups:
        group.pitches, left = left[: group.count], left[group.count :]


def _events(voice: Voice) -> Iterator[tuple[Measure, Event]]:
    for measure in voice.measures:
        for event in measure.events:
            yield measure, event


def _forget_slur(sheet: VoiceSheet, number: int) -> None:
    """Take out the start of a slur that nothing ends: the last one of that number."""
    for measure in reversed(sheet.measures):
        for item in reversed(measure.items):
            if isinstance(item, Struck):
                groups = [*item.graces, *item.after]
                for starts in (item.slur_starts, *(group.slur_starts for group in groups)):
                    if number in starts:
                        starts.remove(number)
                        return
