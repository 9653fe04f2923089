"""Playing with a model: it listens to a phrase and answers, goes on, or trades bars.

`Jam` receives messages and the time, and sends messages; it neither waits nor opens devices, so
that the same phrases give the same music in a test. It ends every note that it starts, whatever
happens (`Jam.stop`).
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from musicrnn.errors import MusicRNNError
from musicrnn.live.improviser import Answer, Improviser, echo, failed
from musicrnn.live.phrase import Heard, Listener, Phrase
from musicrnn.score import SUSTAIN, Key, Meter

__all__ = ["CLICKS", "CLICK_CHANNEL", "Jam", "Mode", "Settings"]

#: the channel of drums, and two of its woodblocks: the first beat and the others
CLICK_CHANNEL: Final = 9
CLICKS: Final = (76, 77)
_CLICK_SECONDS, _CLICK_VELOCITY = 0.05, 90
#: the channel that the model plays on
_CHANNEL: Final = 0
#: MIDI clocks to a quarter note
_CLOCKS: Final = 24
#: seconds to wait for the answer to the whole phrase before one to all but its end will do, and
#: for any before the phrase itself comes back as an echo
_GRACE, _LATEST = 0.01, 0.018
#: controllers that silence a channel: pedal up, all sound off, all notes off
_SILENCE: Final = (SUSTAIN, 120, 123)
#: order of what is due at one moment: ends before beginnings
_OFF, _ON = 0, 1


class Mode(StrEnum):
    """Who plays when."""

    ANSWER = "answer"
    CONTINUE = "continue"
    TRADE = "trade"


@dataclass(frozen=True)
class Settings:
    """How to play: quarters a minute, metre and key (None: found in each phrase); silence of `rest`
    quarter notes ends a phrase; in trading each plays `bars` bars."""

    mode: Mode = Mode.ANSWER
    qpm: float = 100.0
    meter: Meter = Meter(4, 4)  # noqa: RUF009 - it cannot be changed
    key: Key | None = None
    rest: float = 1.0
    bars: int = 4
    click: bool = False


@dataclass
class Jam:
    """The state of playing together. `send` plays a message; `heard` is called with (seconds,
    message, whether it is the model's) for each that sounds; seconds are those that are handed in.
    """

    improviser: Improviser
    send: Callable[[Any], None]
    settings: Settings = field(default_factory=Settings)
    heard: Callable[[float, Any, bool], object] = lambda *_: None
    #: plays what the keyboard plays, where the keyboard itself is silent
    echo: Callable[[Any], None] | None = None
    #: of each answer: seconds from the end of the phrase to its first note, and what it answers
    #: (``"whole"``, ``"part"`` of the phrase, ``"echo"``)
    waited: list[tuple[float, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        import mido

        self._message = mido.Message
        self._listener = Listener()
        self._beat = 60 / self.settings.qpm
        self._due: list[tuple[float, int, int, Any]] = []
        self._count = 0
        self._sounding: set[tuple[int, int]] = set()
        #: keys that were passed on, and those that are down, as (channel, pitch)
        self._echoed: set[tuple[int, int]] = set()
        self._pressed: set[tuple[int, int]] = set()
        self._clocks: list[float] = []
        self._phrase: Phrase | None = None
        self._start: float | None = None  # where the bars are counted from
        self._clicked = 0
        self._goes_on: tuple[Phrase, float] | None = None  # from what, and when

    # --- what comes in ----------------------------------------------------------------------

    @property
    def answering(self) -> bool:
        """Whether the model plays."""
        return any(message.channel == _CHANNEL for *_, message in self._due)

    def receive(self, message: Any, now: float) -> None:
        """A message from the keyboard."""
        if self.echo is not None and hasattr(message, "channel"):
            if message.type == "note_on":
                self._echoed.add((message.channel, message.note))
            self.echo(message)
        if message.type == "clock":
            self._follow(now)
        elif message.type == "start":
            self._start, self._clicked = now, 0
        if message.type not in ("note_on", "note_off"):
            return
        self.heard(now, message, False)
        struck = message.type == "note_on" and message.velocity > 0
        key = message.channel, message.note
        (self._pressed.add if struck else self._pressed.discard)(key)
        if self.answering:
            if self.settings.mode is Mode.TRADE or not struck:
                return  # not your turn: it sounds, and is not listened to
            self._silence(now)  # the player takes over
        elif struck:
            self._goes_on = None
        if self._start is None:
            self._start, self._clicked = now, 0
        if self._listener.take(message, now) and self._listener.notes:
            # Also with keys down: what is drawn now will do where there is no time for more.
            self._phrase = self._phrase_now()
            self.improviser.prepare(self._phrase)

    def _phrase_now(self) -> Phrase:
        first = self._listener.notes[0].start if self._listener.notes else 0.0
        start = None
        if self.settings.click or self.settings.mode is Mode.TRADE:
            bar = self._bar
            start = (self._start or 0) + (first - (self._start or 0) + self._beat / 8) // bar * bar
        return Phrase(
            self._listener.notes, self._beat, self.settings.meter, self.settings.key, start
        )

    @property
    def _bar(self) -> float:
        """Seconds of a bar."""
        return float(self.settings.meter.length) * self._beat

    def _follow(self, now: float) -> None:
        """The keyboard's clock says how fast time goes."""
        self._clocks.append(now)
        if len(self._clocks) > _CLOCKS:
            del self._clocks[: -_CLOCKS - 1]
            self._beat = (self._clocks[-1] - self._clocks[0]) * _CLOCKS / (len(self._clocks) - 1)

    # --- what goes out ----------------------------------------------------------------------

    def tick(self, now: float) -> None:
        """Do what is due. Raises what the drawing of answers raised."""
        if self.improviser.error is not None:
            raise failed(self.improviser.error)
        while self._due and self._due[0][0] <= now:
            at, _, _, message = heapq.heappop(self._due)
            self._play(message, at)
        if self.settings.click:
            self._click(now)
        if self.answering:
            return
        if self._goes_on is not None and now >= self._goes_on[1]:
            self._go_on(*self._goes_on, now)
        elif self._phrase is not None:
            ends = self._end_of_phrase()
            if ends is not None and now >= ends:
                self._answer(ends, now)

    def _end_of_phrase(self) -> float | None:
        """When the phrase that is being played is over; None while nobody can say."""
        settings = self.settings
        if settings.mode is Mode.TRADE:
            bars = settings.bars * self._bar
            first = self._listener.notes[0].start
            start = self._start or 0.0
            turns = (first - start + self._beat / 8) // bars
            return start + (turns + 1) * bars
        if self._listener.held:
            return None
        over = self._listener.last + settings.rest * self._beat
        if settings.click and self._start is not None:  # on the next beat
            beats = -(-(over - self._start) // self._beat)
            return self._start + beats * self._beat
        return over

    def _answer(self, ends: float, now: float) -> None:
        phrase = self._phrase
        assert phrase is not None
        trading = self.settings.mode is Mode.TRADE
        answer, kind = self.improviser.answer(phrase), "whole"
        if answer is None and (trading or now - ends > _GRACE):
            answer, kind = self.improviser.answer(phrase, stale=True), "part"
        if answer is None and now - ends > _LATEST:
            answer, kind = echo(phrase), "echo"
        if answer is None:
            return
        self.improviser.forget()
        self._listener.clear()
        self._phrase = None
        if not answer.notes:
            answer, kind = echo(phrase), "echo"
        # On the beat where there is one; else the first note sounds when it is ready, since a
        # rest before it would be heard as hesitation.
        on_time = trading or self.settings.click
        lead = float(answer.notes[0].onset) * self._beat
        begin = ends if on_time else now - lead
        self.waited.append((now - ends, kind))
        self._schedule(answer, begin)
        if self.settings.mode is Mode.CONTINUE:
            self._prepare_to_go_on(answer, begin, phrase.score().keys[0].key)
        self.tick(now)

    def _prepare_to_go_on(self, answer: Answer, begin: float, key: Key) -> None:
        """Have drawn what follows what the model plays now."""
        beat = self._beat
        played = tuple(
            Heard(begin + float(n.onset) * beat, n.pitch, n.velocity, begin + float(n.end) * beat)
            for n in answer.notes
        )
        phrase = Phrase(played, beat, self.settings.meter, key, begin)
        self._goes_on = phrase, begin + answer.bars * self._bar
        self.improviser.prepare(phrase)

    def _go_on(self, phrase: Phrase, begin: float, now: float) -> None:
        answer = self.improviser.answer(phrase)
        if answer is None or not answer.notes or phrase.key is None:
            return
        begin = max(begin, now - self._beat / 8)
        self._schedule(answer, begin)
        self._prepare_to_go_on(answer, begin, phrase.key)
        self.tick(now)

    def _schedule(self, answer: Answer, begin: float) -> None:
        for note in answer.notes:
            on = begin + float(note.onset) * self._beat
            off = begin + float(note.end) * self._beat
            self._put(on, _ON, self._note("note_on", note.pitch, note.velocity))
            self._put(max(off, on + 0.01), _OFF, self._note("note_off", note.pitch, 0))

    def _note(self, kind: str, pitch: int, velocity: int, channel: int = _CHANNEL) -> Any:
        return self._message(kind, note=pitch, velocity=velocity, channel=channel)

    def _put(self, when: float, order: int, message: Any) -> None:
        self._count += 1
        heapq.heappush(self._due, (when, order, self._count, message))

    def _click(self, now: float) -> None:
        """The clicks that are due, where bars are counted from somewhere."""
        if self._start is None:
            self._start = now
        beat = float(self.settings.meter.beat) * self._beat
        beats = round(self._bar / beat)
        while self._start + self._clicked * beat <= now:
            at = self._start + self._clicked * beat
            first = self._clicked % beats == 0
            self._clicked += 1
            if now - at < beat:  # none is caught up with
                pitch = CLICKS[0 if first else 1]
                self._play(self._note("note_on", pitch, _CLICK_VELOCITY, CLICK_CHANNEL), now)
                off = self._note("note_off", pitch, 0, CLICK_CHANNEL)
                self._put(now + _CLICK_SECONDS, _OFF, off)

    def _play(self, message: Any, now: float) -> None:
        key = message.channel, message.note
        if message.type == "note_on":
            if key in self._sounding:  # struck again before it ended
                self.send(self._note("note_off", message.note, 0, message.channel))
            self._sounding.add(key)
            self.send(message)
        else:
            self.send(message)
            self._sounding.discard(key)
        if message.channel != CLICK_CHANNEL:
            self.heard(now, message, True)

    def _silence(self, now: float) -> None:
        """End all that the model plays, and what it was going to play."""
        clicks = [due for due in self._due if due[3].channel == CLICK_CHANNEL]
        self._due = clicks
        heapq.heapify(self._due)
        self._goes_on = None
        for channel, pitch in sorted(self._sounding):
            if channel != CLICK_CHANNEL:
                self._play(self._note("note_off", pitch, 0, channel), now)

    def stop(self, now: float = 0.0) -> None:
        """Nothing sounds any more: each note is ended, then every channel silenced. A device that
        takes no more messages is no error here."""
        self._due.clear()
        self._goes_on = None
        for channel, pitch in sorted(self._sounding):
            off = self._note("note_off", pitch, 0, channel)
            self._try(self.send, off)
            if channel != CLICK_CHANNEL:
                self.heard(now, off, True)
        for channel, pitch in sorted(self._pressed):
            self.heard(now, self._note("note_off", pitch, 0, channel), False)
        self._silence_channels(self.send, {_CHANNEL, CLICK_CHANNEL})
        if self.echo is not None:
            for channel, pitch in sorted(self._echoed):
                self._try(self.echo, self._note("note_off", pitch, 0, channel))
            self._silence_channels(self.echo, {channel for channel, _ in self._echoed})
        for kept in (self._sounding, self._echoed, self._pressed):
            kept.clear()

    def _silence_channels(self, send: Callable[[Any], None], channels: set[int]) -> None:
        for channel in sorted(channels):
            for controller in _SILENCE:
                self._try(
                    send,
                    self._message("control_change", control=controller, value=0, channel=channel),
                )

    def _try(self, send: Callable[[Any], None], message: Any) -> None:
        with suppress(OSError, ValueError, RuntimeError, MusicRNNError):
            send(message)
