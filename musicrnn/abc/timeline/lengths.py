"""A voice read for its check alone: how long everything is, which ties lead nowhere.

Of a tune that is only checked nobody asks for the events, which are most of what a timeline is made
of. So one event stands for all single notes of a voice, each in its turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any, ClassVar

from musicrnn.abc.syntax.tree import Node, Note
from musicrnn.abc.timeline.timeline import Event, Pitch
from musicrnn.abc.timeline.voices import VoiceReader

__all__ = ["LengthReader"]


class LengthReader(VoiceReader):
    """As `VoiceReader`, but the events of its measures are only good to be counted."""

    def __init__(self, *properties: Any) -> None:
        super().__init__(*properties)
        self._pitch = Pitch(0, Fraction(1))
        self._event_of_all = Event(Fraction(0), Fraction(1), [self._pitch], 0, 0)

    def read(self, nodes: Iterable[Node]) -> None:
        """The next nodes of this voice. Most are notes that nothing alters, of a known length and
        pitch. All others go the way of `VoiceReader`."""
        pitches, rhythm, reader_of = self._pitches, self._rhythm, self.readers.get
        event, sound = self._event_of_all, self._pitch
        for node in nodes:
            if (
                type(node) is Note
                and not (node.accidental or node.tie or self._ties or self._graces or self._marks)
                and not (pitches.in_bar or pitches.carried or rhythm.broken or rhythm.tuplet)
                and (pitch := pitches.known.get((node.step, node.octave)))
                and 0 <= pitch[0] <= 127
                and (known := rhythm.known.get(id(node.length)))
            ):
                measure = self._measure or self._open(node.start)
                ticks, event.duration = known[0]
                sound.duration = event.duration
                measure.events.append(event)
                measure.end = node.end
                self._ticks += ticks
                self._last = event
            elif (reader := reader_of(type(node))) is not None:
                reader(self, node)

    def _end_event(self) -> None:
        if self._last is not None:
            self._graces, self._marks = [], []

    def _note(self, node: Note) -> None:
        number = self._pitches.of_note(node)[0]
        if not 0 <= number <= 127:
            number = self._in_range(number, node)
        ticks, duration = self._rhythm.known_time(node.length) or self._time(node.length, node)
        measure = self._measure or self._open(node.start)
        event = self._last = self._event_of_all
        event.duration = self._pitch.duration = duration
        measure.events.append(event)
        measure.end = node.end
        self._ticks += ticks
        self._graces, self._marks = [], []
        if self._ties or node.tie:
            self._end_ties((number,))
            self._ties = {number: node} if node.tie else {}

    readers: ClassVar[dict[type, Callable[[Any, Any], None]]] = VoiceReader.readers | {Note: _note}
