"""What a player gives the speakers, and what its keys do; sounds are a number a quarter."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from musicrnn.errors import RenderError
from musicrnn.live.player import Player
from musicrnn.render.audio import Audio
from musicrnn.score import Note, Score, TempoChange

RATE = 4800
#: four quarters at 60, each a second
SCORE = Score.of(
    [Note(Fraction(i), 60 + i, Fraction(1)) for i in range(4)],
    tempos=[TempoChange(Fraction(0), Fraction(60))],
)


def counted(score: Score) -> Audio:
    """A second of sound a quarter at 60 a minute, as loud as its pitch; half a second rings on."""
    seconds = 60 / float(score.tempos[0].qpm)
    pieces = [np.full(round(seconds * RATE), note.pitch, np.float32) for note in score.notes]
    samples = np.concatenate([*pieces, np.full(RATE // 2, 1, np.float32)])
    return Audio(np.stack([samples, samples], axis=1), RATE)


def player(**options) -> Player:
    return Player(SCORE, make=counted, **options)


def heard(sound: Player, seconds: float) -> list[int]:
    """What sounds at ten places of the next stretch."""
    samples = sound.read(round(seconds * RATE))[:, 0]
    return [int(value) for value in samples[:: len(samples) // 10][:10]]


def test_all_of_it_sounds_and_then_it_is_over() -> None:
    sound = player()
    assert [heard(sound, 1)[5] for _ in range(4)] == [60, 61, 62, 63]
    assert sound.place == 1.0
    assert not sound.finished  # it still rings
    assert heard(sound, 1) == [1] * 5 + [0] * 5
    assert sound.finished


def test_a_pause_fades_and_goes_on_where_it_was() -> None:
    sound = player()
    sound.read(RATE)
    sound.pause()
    stopped = sound.read(RATE)[:, 0]
    assert stopped[0] == 61
    assert (np.diff(stopped) <= 0).all()
    assert stopped[-1] == 0
    sound.pause()
    assert heard(sound, 1)[5] == 61


def test_a_loop_begins_again_while_the_end_still_rings() -> None:
    sound = player(loop=True)
    sound.read(4 * RATE)
    assert heard(sound, 1) == [61] * 5 + [60] * 5  # 60, and 1 that rings on
    assert not sound.finished
    sound.loop = False
    sound.read(10 * RATE)
    assert sound.finished


def test_another_tempo_goes_on_at_the_same_note() -> None:
    sound = player()
    sound.read(2 * RATE)
    sound.faster(Fraction(1))
    sound.wait()
    sound.read(RATE // 4)
    assert [note.pitch for note in sound.sounding()] == [62]
    assert heard(sound, 0.5)[9] == 63  # twice as fast
    assert sound.place == pytest.approx(0.875, abs=0.02)


def test_another_pitch() -> None:
    sound = player()
    sound.read(RATE)
    sound.higher(12)
    sound.wait()
    assert heard(sound, 1)[5] == 73
    assert [note.pitch for note in sound.sounding()] == [62]  # as written
    sound.higher(100)
    assert sound.semitones == 24


def test_notes_that_would_leave_the_range_of_midi_stay_in_it() -> None:
    high = Player(SCORE.transposed(60), make=counted)
    high.higher(24)
    high.wait()
    assert 127 - 12 < heard(high, 1)[5] <= 127


def test_a_bar_back_and_forward() -> None:
    sound = player()
    sound.read(round(2.5 * RATE))
    sound.skip(Fraction(-2))
    assert heard(sound, 1)[2] == 60
    sound.skip(Fraction(-100))
    assert heard(sound, 1)[5] == 60
    sound.skip(Fraction(100))
    assert sound.place == 1.0


def test_a_sound_that_cannot_be_made_is_told_and_the_old_one_goes_on() -> None:
    def once(score: Score) -> Audio:
        if score.tempos[0].qpm != 60:
            raise RenderError("too long")
        return counted(score)

    sound = Player(SCORE, make=once)
    sound.faster(Fraction(-1, 2))
    sound.wait()
    assert isinstance(sound.error, RenderError)
    assert heard(sound, 1)[5] == 60
