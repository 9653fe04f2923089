"""Playing together: who plays when, and that nothing ever goes on sounding."""

from __future__ import annotations

import queue
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import mido
import numpy as np
import pytest

from musicrnn.live.improviser import Answer, Improviser
from musicrnn.live.jam import CLICK_CHANNEL, Jam, Mode, Settings
from musicrnn.live.phrase import Phrase
from musicrnn.score import Meter, Note

BEAT = 0.6  # seconds, at 100 a minute
ANSWER = Answer(tuple(Note(Fraction(i), 72 + i, Fraction(1), 90) for i in range(4)), 1)


class AtOnce(Improviser):
    """Answers without a thread, by a function of the phrase."""

    def __init__(self, draw: Callable[[Phrase], Answer] = lambda _: ANSWER) -> None:
        self.phrases: list[Phrase] = []
        self.error = None
        self._answer_to = draw
        self._newest: tuple[Phrase, Answer] | None = None

    def prepare(self, phrase: Phrase) -> None:
        self.phrases.append(phrase)
        self._newest = phrase, self._answer_to(phrase)

    def answer(self, phrase: Phrase, *, stale: bool = False) -> Answer | None:
        ready = self._newest
        return ready[1] if ready and (stale or ready[0] is phrase) else None

    def forget(self) -> None:
        self._newest = None

    def close(self) -> None:
        pass


class Table:
    """A jam with a clock that the test moves."""

    def __init__(self, improviser: Improviser | None = None, **settings: Any) -> None:
        self.sent: list[tuple[float, Any]] = []
        self.now = 5.0
        self.improviser = improviser or AtOnce()
        self.jam = Jam(self.improviser, self._send, Settings(**settings))

    def _send(self, message: Any) -> None:
        self.sent.append((round(self.now, 3), message))

    def wait(self, seconds: float) -> None:
        for _ in range(round(seconds * 1000)):
            self.now += 0.001
            self.jam.tick(self.now)

    def play(self, *pitches: int, quarters: float = 1.0) -> None:
        for pitch in pitches:
            self.jam.receive(mido.Message("note_on", note=pitch, velocity=80), self.now)
            self.wait(quarters * BEAT * 0.9)
            self.jam.receive(mido.Message("note_off", note=pitch), self.now)
            self.wait(quarters * BEAT * 0.1)

    def struck(self) -> list[tuple[float, int]]:
        return [(at, m.note) for at, m in self.sent if m.type == "note_on" and not click(m)]

    def hanging(self) -> Counter[tuple[int, int]]:
        """Notes that were begun more often than ended."""
        count: Counter[tuple[int, int]] = Counter()
        for _, message in self.sent:
            if message.type in ("note_on", "note_off"):
                key = message.channel, message.note
                count[key] = count[key] + 1 if message.type == "note_on" else 0
        return +count


def click(message: Any) -> bool:
    return message.type in ("note_on", "note_off") and message.channel == CLICK_CHANNEL


def test_a_phrase_is_answered_a_beat_after_it_ends() -> None:
    table = Table()
    table.play(60, 62, 64)
    end = table.now - BEAT * 0.1
    assert table.struck() == []
    table.wait(BEAT * 5)
    times = [at for at, _ in table.struck()]
    assert [pitch for _, pitch in table.struck()] == [72, 73, 74, 75]
    assert times[0] == pytest.approx(end + BEAT, abs=0.002)
    assert np.diff(times) == pytest.approx([BEAT] * 3, abs=0.002)
    assert not table.hanging()
    ((seconds, kind),) = table.jam.waited
    assert seconds == pytest.approx(0, abs=0.002)
    assert kind == "whole"
    assert [note.pitch for note in table.improviser.phrases[-1].notes] == [60, 62, 64]


def test_an_answer_that_begins_with_a_rest_does_not_keep_the_player_waiting() -> None:
    late = Answer(tuple(replace(note, onset=note.onset + 2) for note in ANSWER.notes), 2)
    table = Table(AtOnce(lambda _: late))
    table.play(60, 62, 64)
    end = table.now - BEAT * 0.1
    table.wait(BEAT * 5)
    assert table.struck()[0][0] == pytest.approx(end + BEAT, abs=0.002)
    table = Table(AtOnce(lambda _: late), click=True)
    table.play(60, 62, 64)
    end = table.now - BEAT * 0.1
    table.wait(BEAT * 6)
    assert table.struck()[0][0] >= end + 3 * BEAT  # in time, with the rest


def test_an_answer_without_a_note_is_the_phrase() -> None:
    table = Table(AtOnce(lambda _: Answer((), 2)))
    table.play(60, 62, 64)
    table.wait(BEAT * 5)
    assert [pitch for _, pitch in table.struck()] == [60, 62, 64]


def test_while_a_key_is_down_the_phrase_goes_on() -> None:
    table = Table()
    table.jam.receive(mido.Message("note_on", note=60), table.now)
    table.wait(BEAT * 10)
    assert table.struck() == []


def test_the_player_may_take_over_at_any_time() -> None:
    table = Table()
    table.play(60, 62)
    table.wait(BEAT * 1.5)
    assert table.hanging()
    table.jam.receive(mido.Message("note_on", note=65), table.now)
    assert not table.hanging()
    sent = len(table.sent)
    table.wait(BEAT * 3)
    assert len(table.sent) == sent
    table.jam.receive(mido.Message("note_off", note=65), table.now)
    table.wait(BEAT * 2)
    assert len(table.struck()) == 2  # and is answered again


def test_the_model_goes_on_until_the_player_plays() -> None:
    table = Table(mode=Mode.CONTINUE)
    table.play(60, 64)
    table.wait(BEAT * 14)
    times = [at for at, _ in table.struck()]
    assert len(times) > 12
    assert np.diff(times) == pytest.approx([BEAT] * (len(times) - 1), abs=0.003)
    table.play(60)
    table.jam.stop(table.now)
    assert not table.hanging()


def test_trading_keeps_to_the_click() -> None:
    table = Table(mode=Mode.TRADE, bars=1, click=True)
    start = table.now
    table.play(60, 62, 64, 65)  # one bar of 4/4
    table.wait(BEAT * 4.5)
    bar = 4 * BEAT
    assert table.struck()[0][0] == pytest.approx(start + bar, abs=0.002)
    clicks = [(at, m.note) for at, m in table.sent if m.type == "note_on" and click(m)]
    assert [note for _, note in clicks[:8]] == [76, 77, 77, 77] * 2
    assert np.diff([at for at, _ in clicks]) == pytest.approx([BEAT] * (len(clicks) - 1), abs=0.002)
    count = len(table.struck())
    table.play(67, 69, 71, 72)  # the next turn, in the next but one bar
    table.wait(BEAT * 4)
    assert len(table.struck()) > count
    table.jam.stop(table.now)
    assert not table.hanging()


def test_a_drawing_that_is_late_is_not_waited_for_where_an_older_one_will_do() -> None:
    class Slow(AtOnce):
        def prepare(self, phrase: Phrase) -> None:
            if not self.phrases:
                super().prepare(phrase)
            self.phrases.append(phrase)

    table = Table(Slow())
    table.play(60, 62, 64)
    table.wait(BEAT * 2)
    assert table.struck()
    ((seconds, kind),) = table.jam.waited
    assert 0.01 <= seconds <= 0.03
    assert kind == "part"


def test_where_nothing_is_drawn_in_time_the_phrase_comes_back() -> None:
    class Never(AtOnce):
        def prepare(self, phrase: Phrase) -> None:
            self.phrases.append(phrase)

    table = Table(Never())
    table.play(60, 62, 64)
    table.wait(BEAT * 6)
    assert [pitch for _, pitch in table.struck()] == [60, 62, 64]
    ((seconds, kind),) = table.jam.waited
    assert 0.018 <= seconds <= 0.03
    assert kind == "echo"


def test_the_clock_of_the_keyboard_sets_the_tempo() -> None:
    table = Table()
    for _ in range(49):
        table.jam.receive(mido.Message("clock"), table.now)
        table.now += 0.3 / 24  # 200 quarters a minute
    table.play(60, 62)
    assert table.improviser.phrases[-1].beat == pytest.approx(0.3)


def test_what_was_being_drawn_for_a_phrase_that_is_answered_is_thrown_away() -> None:
    drawn: queue.Queue[Phrase] = queue.Queue()

    def draw(phrase: Phrase) -> Answer:
        improviser.forget()  # as if the phrase were answered in the meantime
        drawn.put(phrase)
        return ANSWER

    improviser = Improviser(draw)
    for beat in (0.5, 0.6):
        phrase = Phrase((), beat, Meter(4, 4))
        improviser.prepare(phrase)
        assert drawn.get(timeout=10) is phrase
    improviser.close()
    assert improviser.answer(phrase, stale=True) is None


def test_what_went_wrong_in_drawing_is_told() -> None:
    table = Table()
    table.improviser.error = ValueError("no weights")
    with pytest.raises(Exception, match="no weights"):
        table.jam.tick(table.now)


def test_stopping_silences_every_channel_even_where_a_device_is_gone() -> None:
    table = Table()
    table.jam.echo = table._send
    table.jam.receive(mido.Message("note_on", note=50, channel=3), table.now)
    table.jam.stop(table.now)
    assert not table.hanging()
    silenced = {(m.channel, m.control) for _, m in table.sent if m.type == "control_change"}
    assert {(channel, number) for channel in (0, 3, 9) for number in (64, 120, 123)} == silenced
    table.jam.send = lambda _: (_ for _ in ()).throw(OSError("gone"))
    table.jam.stop(table.now)


def test_no_note_hangs_wherever_it_ends() -> None:
    rng = np.random.default_rng(7)
    for _ in range(60):
        mode = list(Mode)[rng.integers(3)]
        table = Table(mode=mode, bars=1, click=bool(rng.integers(2)))
        table.jam.echo = table._send if rng.integers(2) else None
        for _ in range(rng.integers(1, 5)):
            table.play(*rng.integers(40, 90, rng.integers(1, 4)).tolist(), quarters=0.5)
            table.wait(float(rng.uniform(0, 3)))
        table.jam.receive(mido.Message("note_on", note=60), table.now)
        table.jam.stop(table.now)
        assert not table.hanging()
