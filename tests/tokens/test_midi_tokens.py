"""Polyphony as MidiTok's tokens, and pieces out of them under any weights."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from musicrnn import midi, tokens
from musicrnn.constraints.events.controls import EventControls
from musicrnn.constraints.registry import rules_of
from musicrnn.errors import UsageError
from musicrnn.midi.writer import to_midi
from musicrnn.piece import Piece
from musicrnn.score import (
    SUSTAIN,
    ControlChange,
    Meter,
    MeterChange,
    Note,
    Part,
    Score,
    TempoChange,
)

pytestmark = pytest.mark.needs("miditok")

F = Fraction

#: A piano with its pedal, a violin in triplets, drums, in 3/4.
TRIO = Score.of(
    [
        *(Note(F(i), pitch, F(2), 80) for i in range(6) for pitch in (48, 55, 64)),
        *(Note(F(i, 3), 70 + i % 5, F(1, 3), 100, 1) for i in range(18)),
        *(Note(F(i, 2), 42, F(1, 4), 60, 2) for i in range(12)),
    ],
    parts=[Part("", 0), Part("", 40), Part("", 0, drums=True)],
    meters=[MeterChange(F(0), Meter(3, 4))],
    tempos=[TempoChange(F(0), F(100))],
    controls=[ControlChange(F(0), SUSTAIN, 127), ControlChange(F(3), SUSTAIN, 0)],
)

KINDS = ("remi", "performance")


def played(score: Score) -> list[tuple[object, ...]]:
    parts = [-1 if part.drums else part.program for part in score.parts]
    return sorted((n.onset, n.duration, n.pitch, parts[n.part]) for n in score.notes)


@pytest.mark.parametrize("kind", KINDS)
def test_every_voice_comes_back_exactly(kind: str) -> None:
    tokenizer = tokens.learn(kind, [Piece("midi", TRIO)])
    again = tokenizer.decode(tokenizer.encode(Piece("midi", TRIO))).content
    assert played(again) == played(TRIO)
    assert str(again.meters[0].meter) == "3/4"
    assert [change.qpm for change in again.tempos] == [100]
    pedal = [(c.onset, c.value) for c in again.controls if c.number == SUSTAIN]
    assert pedal == [(0, 127), (3, 0)]
    assert {abs(n.velocity - 80) for n in again.notes if n.pitch == 48} <= {0, 1, 2}
    copy = tokens.from_config(tokenizer.to_config(), tokenizer.vocabulary)
    assert copy.vocabulary.digest == tokenizer.vocabulary.digest


#: Notes longer than the longest token in bars of many units, two metres beside the bar lines,
#: voices of one instrument that cross and overlap.
LONG = Score.of(
    [
        Note(F(0), 60, F(16), 80),
        Note(F(0), 62, F(50) + F(1, 12), 80),
        Note(F(16), 60, F(33), 80),
        Note(F(1, 12), 127, F(1, 4), 80),
        Note(F(3), 60, F(20), 80, 1),
        Note(F(5, 12), 64, F(7, 12), 80, 1),
        Note(F(9), 64, F(17, 3), 80, 1),
        Note(F(20), 36, F(40), 80, 2),
        *(Note(F(i), 72, F(9), 80, 1) for i in range(20, 60)),
    ],
    parts=[Part("", 19), Part("", 19), Part("", 0, drums=True)],
    meters=[
        MeterChange(F(0), Meter(2, 2)),
        MeterChange(F(7), Meter(4, 4)),
        MeterChange(F(8), Meter(3, 2)),
        MeterChange(F(20), Meter(7, 8)),
        MeterChange(F(55, 2), Meter(5, 16)),
        MeterChange(F(30), Meter(17, 8)),
    ],
)


@pytest.mark.parametrize("kind", KINDS)
def test_long_notes_and_rare_metres_come_back_exactly(kind: str) -> None:
    tokenizer = tokens.learn(kind, (), meter="4/4")
    again = tokenizer.decode(tokenizer.encode(Piece("midi", LONG))).content
    assert played(again) == played(LONG)
    if kind == "remi":
        meters = [(change.onset, str(change.meter)) for change in again.meters]
        assert meters == [(0, "2/2"), (8, "3/2"), (20, "7/8"), (F(61, 2), "5/16")]


@pytest.mark.parametrize("kind", KINDS)
def test_voices_in_unison_all_come_back(kind: str) -> None:
    """Also as a MIDI file, where two equal notes of one channel could not be told apart."""
    notes = [Note(F(i), 60, F(length), 80, part) for i in range(4) for part, length in
             ((0, 1), (1, 1), (2, 20))]  # fmt: skip
    choir = Score.of(notes, parts=[Part("", 52)] * 3)
    tokenizer = tokens.learn(kind, (), meter="4/4")
    again = tokenizer.decode(tokenizer.encode(Piece("midi", choir))).content
    assert played(again) == played(choir)
    assert len({(n.onset, n.pitch, n.part) for n in again.notes}) == len(notes)
    assert len(midi.read(to_midi(again)).notes) == len(notes)


@pytest.mark.parametrize("kind", KINDS)
def test_any_ids_are_music(kind: str) -> None:
    tokenizer = tokens.learn(kind, (), meter="4/4")
    rng = np.random.default_rng(0)
    for _ in range(20):
        ids = rng.integers(len(tokenizer.vocabulary), size=200).tolist()
        midi.read(to_midi(tokenizer.decode(ids).content), strict=True)


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_is_drawn_has_its_bars_and_range(kind: str) -> None:
    tokenizer = tokens.learn(kind, (), meter="4/4")
    rules = rules_of(tokenizer)
    asked = EventControls(bars=2, lowest=60, highest=72, prime=None)
    constraint = rules.constraint(tokenizer, asked)
    for seed in range(4):
        rng = np.random.default_rng(seed)
        weights = np.exp(rng.normal(0, 3, len(tokenizer.vocabulary)))
        (state,) = states = constraint.start(1)
        ids: list[int] = []
        while not state.done:
            chances = constraint.mask(states)[0] * weights
            ids.append(int(rng.choice(len(chances), p=chances / chances.sum())))
            constraint.advance(states, ids[-1:])
        score = constraint.piece(state, ids).content
        assert [finding.code for finding in rules.check(score, strict=True)] in ([], ["no-notes"])
        pitches = {n.pitch for n in score.notes if not score.parts[n.part].drums}
        assert pitches <= set(range(60, 73))
        if kind == "remi":
            assert sum(tokenizer.vocabulary.tokens[i] == "Bar_None" for i in ids) == 2
        else:
            assert max((n.onset for n in score.notes), default=0) < 8


def test_a_prime_is_kept_and_what_cannot_be_asked_is_refused() -> None:
    tokenizer = tokens.learn("remi", [Piece("midi", TRIO)])
    rules = rules_of(tokenizer)
    constraint = rules.constraint(tokenizer, EventControls(bars=3, prime=TRIO))
    assert played(constraint.piece(constraint.start(1)[0], ()).content) == played(TRIO)
    with pytest.raises(UsageError, match="the prime has 2 bars"):
        rules.constraint(tokenizer, EventControls(bars=2, prime=TRIO))
    with pytest.raises(UsageError, match="chooses keys and chords by itself"):
        rules.constraint(tokenizer, EventControls(chords="Dm7 G7"))
