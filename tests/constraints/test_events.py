"""Melodies of events keep what was asked, whatever the weights."""

from __future__ import annotations

import io
from dataclasses import replace
from fractions import Fraction

import mido
import numpy as np
import pretty_midi
import pytest
import symusic
from hypothesis import given
from hypothesis import strategies as st

from musicrnn import midi, render, tokens
from musicrnn.constraints.events.controls import EventControls
from musicrnn.constraints.registry import rules_of
from musicrnn.errors import UsageError
from musicrnn.midi.harmony import Harmony
from musicrnn.piece import Piece
from musicrnn.sampling import Sampler, sample
from musicrnn.score import ChordSymbol, Key, Note, Part, Score, TempoChange
from musicrnn.theory.chords import parse_chord
from musicrnn.tokens.jazz import JazzTokenizer
from musicrnn.tokens.piano import PianoTokenizer

F = Fraction


class RandomEngine:
    """A network that likes something else at each step: the worst case for a constraint."""

    def __init__(self, values: int, seed: int, spread: float = 8.0) -> None:
        self.rng, self.values, self.spread = np.random.default_rng(seed), values, spread

    def start(self, batch: int = 1) -> RandomEngine:
        return self

    def keep(self, rows: list[int]) -> RandomEngine:
        return self

    def save(self, rows: list[int]) -> list[None]:
        return [None for _ in rows]

    def restore(self, rows: list[int], saved: list[None]) -> None:
        pass

    def feed(self, state: RandomEngine, ids: list[int]) -> np.ndarray:
        return self.step(state, [0])

    def step(self, state: RandomEngine, ids: list[int]) -> np.ndarray:
        return self.spread * self.rng.normal(size=(len(ids), self.values)).astype(np.float32)


def written(
    tokenizer: PianoTokenizer | JazzTokenizer, seed: int, n: int = 4, **asked: object
) -> list[Score]:
    """`n` melodies from random weights."""
    constraint = rules_of(tokenizer).constraint(tokenizer, EventControls.of(**asked))  # type: ignore[arg-type]
    drawn = sample(
        RandomEngine(len(tokenizer.vocabulary), seed),  # type: ignore[arg-type]
        Sampler(),
        [np.random.default_rng([seed, i]) for i in range(n)],
        end=tokenizer.end,
        constraint=constraint,
    )
    assert all(one.complete for one in drawn)
    scores = [constraint.piece(one.state, one.ids, number=i).content for i, one in enumerate(drawn)]
    return [score for score in scores if isinstance(score, Score)]


# --- piano ----------------------------------------------------------------------------------


@given(
    st.integers(0, 10**6),
    st.integers(1, 5),
    st.sampled_from([Key("D"), Key("Bb"), Key("F#", "minor"), Key("E", "dorian")]),
    st.booleans(),
)
def test_bars_range_scale_and_tonic(seed: int, bars: int, key: Key, normal: bool) -> None:
    tokenizer = PianoTokenizer(normal_key=normal)
    scale = {(key.fifths * 7 + degree) % 12 for degree in (0, 2, 4, 5, 7, 9, 11)}
    for score in written(
        tokenizer, seed, key=key, bars=bars, lowest="G3", highest="D5", in_scale=1.0
    ):
        assert score.length == 4 * bars
        assert all(55 <= note.pitch <= 74 for note in score)
        assert all(note.pitch % 12 in scale for note in score)
        assert score.notes[-1].pitch % 12 == key.pitch_class
        assert score.keys[0].key == key


def test_a_share_of_the_notes_may_leave_the_scale() -> None:
    for score in written(PianoTokenizer(), 5, key="C", bars=32, in_scale=0.8):
        inside = sum(note.pitch % 12 in {0, 2, 4, 5, 7, 9, 11} for note in score)
        assert 0.8 <= inside / len(score.notes) < 1


def test_hold_stands_only_after_a_note() -> None:
    constraint = rules_of(PianoTokenizer()).constraint(PianoTokenizer(), EventControls.of(bars=2))
    state = constraint.start(1)
    hold, rest = 89, 0
    assert not constraint.mask(state)[0, hold]
    constraint.advance(state, [40])
    assert constraint.mask(state)[0, hold]
    constraint.advance(state, [rest])
    with pytest.raises(UsageError, match="'hold' cannot stand here"):
        constraint.advance(state, [hold])


def test_a_prime_is_kept_and_gone_on_from() -> None:
    prime = Score.of(Note(Fraction(i), 62 + 2 * i, Fraction(1)) for i in range(4))
    for score in written(PianoTokenizer(), 1, prime=prime, bars=3):
        assert score.notes[:4] == prime.notes
        assert score.length == 12
    with pytest.raises(UsageError, match="ask for more"):
        written(PianoTokenizer(), 1, prime=prime, bars=1)


# --- jazz -----------------------------------------------------------------------------------

LINE = [(0, 62, 1), (1, 64, 0.5), (1.5, 65, 1.5), (3, 69, 1), (4, 68, 2), (6.5, 67, 3), (10, 72, 2)]
SOLO = Score.of(
    (Note(Fraction(onset), pitch, Fraction(length)) for onset, pitch, length in LINE),
    chords=[ChordSymbol(Fraction(4 * i), c) for i, c in enumerate(("Dm7", "G7", "Cmaj7"))],
)


@given(
    st.integers(0, 10**6),
    st.integers(1, 5),
    st.sampled_from([None, "Dm7 G7 Cmaj7 Cmaj7", "Bb7 | Eb7 Edim7 | Bb7/F G7b9"]),
)
def test_jazz_fills_bars_and_ends_on_a_chord_tone(seed: int, bars: int, chords: str | None) -> None:
    tokenizer = JazzTokenizer.learn([Piece("midi", SOLO)])
    for score in written(tokenizer, seed, bars=bars, chords=chords, lowest=58, highest=81):
        assert score.length == 4 * bars
        assert all(58 <= note.pitch <= 81 for note in score)
        last = score.notes[-1]
        assert last.pitch % 12 in Harmony.of(score).at(last.onset).tones
        assert all(a.end <= b.onset for a, b in zip(score.notes, score.notes[1:], strict=False))


def test_any_note_may_begin_and_no_rest_lasts_two_bars() -> None:
    """Twenty melodies from weights that like rests: silence never takes over."""
    sparse = Score.of(
        [Note(F(onset), pitch, F(1)) for onset, pitch in ((0, 62), (5, 65), (14, 64), (15, 67))],
        chords=SOLO.chords,
        length=F(16),
    )
    tokenizer = JazzTokenizer.learn([Piece("midi", sparse)])
    firsts = set()
    for seed in range(20):
        (score,) = written(tokenizer, seed, n=1, bars=8)
        ends = [F(0), *(note.end for note in score)]
        starts = [*(note.onset for note in score), score.length]
        assert max(b - a for a, b in zip(ends, starts, strict=True)) < 8
        assert {note.pitch for note in score} <= set(range(62, 68))
        firsts.add(score.notes[0].pitch)
    assert len(firsts) > 1


def test_a_model_of_one_piece_keeps_its_chords_tempo_and_instrument() -> None:
    piece = replace(SOLO, parts=(Part("Guitar", 26),), tempos=(TempoChange(F(0), F(130)),))
    tokenizer = JazzTokenizer.learn([Piece("midi", piece)])
    (score,) = written(tokenizer, 3, n=1, bars=3)
    assert [chord.text for chord in score.chords] == ["Dm7", "G7", "Cmaj7"]
    assert score.length == 12
    assert score.parts == (Part("", 26),)
    assert score.tempos == piece.tempos
    copy = tokens.from_config(tokenizer.to_config(), tokenizer.vocabulary)
    assert copy.to_config() == tokenizer.to_config()


def test_the_chords_follow_the_key_or_are_those_asked_for() -> None:
    tokenizer = JazzTokenizer.learn([Piece("midi", SOLO)])
    (score,) = written(tokenizer, 3, n=1, key="Eb")
    assert [chord.text for chord in score.chords[:3]] == ["Fm7", "Bb7", "Ebmaj7"]
    (score,) = written(tokenizer, 3, n=1, chords="C7 F7")
    assert [chord.text for chord in score.chords] == ["C7", "F7"]
    assert score.length == 8
    assert parse_chord("C7").tones


def test_a_vocabulary_that_fills_no_bar_is_refused() -> None:
    odd = Score.of([Note(Fraction(0), 60, Fraction(3))], chords=[ChordSymbol(Fraction(0), "C")])
    tokenizer = JazzTokenizer.learn([Piece("midi", odd)], meter="3/4")
    config = {**tokenizer.to_config(), "meter": "4/4"}
    four = JazzTokenizer.from_config(config, tokenizer.vocabulary)
    with pytest.raises(UsageError, match="cannot fill a bar of 4/4"):
        rules_of(four).constraint(four, EventControls())


# --- both -----------------------------------------------------------------------------------


def test_five_hundred_files_are_valid_for_all_readers() -> None:
    jazz = JazzTokenizer.learn([Piece("midi", SOLO)])
    scores = written(PianoTokenizer(), 11, n=250, bars=4)
    scores += written(jazz, 12, n=250, bars=4)
    for score in scores:
        data = render.to_midi(score)
        assert midi.check(data) == []
        again = midi.read(data, strict=True)
        assert [(n.onset, n.pitch, n.duration) for n in again] == [
            (n.onset, n.pitch, n.duration) for n in score
        ]
        assert sum(len(track.notes) for track in symusic.Score.from_midi(data).tracks) == len(
            score.notes
        )
        theirs = pretty_midi.PrettyMIDI(io.BytesIO(data))
        assert sum(len(part.notes) for part in theirs.instruments) == len(score.notes)
        assert mido.MidiFile(file=io.BytesIO(data)).length == pytest.approx(
            score.seconds(score.length)
        )


def test_the_sound_is_not_silent() -> None:
    (score,) = written(PianoTokenizer(), 2, n=1, bars=2)
    assert np.abs(render.to_audio(score).samples).max() > 0.1


def test_free_keeps_the_bars_alone() -> None:
    tokenizer = PianoTokenizer()
    constraint = rules_of(tokenizer).constraint(tokenizer, EventControls.of(bars=2), free=True)
    assert constraint.mask(constraint.start(1)).all()


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"bars": 0}, "choose 1 to"),
        ({"bars": (8, 8)}, "one number of bars"),
        ({"in_scale": 2.0}, "in_scale: 2.0 is not a share"),
        ({"chords": "Dm7 Q"}, "no chord symbol"),
        ({"tempo": "fast"}, "tempo: 'fast' is not a tempo"),
        ({"lowest": 90, "highest": 60}, "a range from 90 to 60"),
        ({"key": "D", "lowest": 63, "highest": 65}, "no D to end on"),
    ],
)
def test_what_makes_no_sense(asked: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        rules_of(PianoTokenizer()).constraint(PianoTokenizer(), EventControls.of(**asked))  # type: ignore[arg-type]


def test_tempo_and_title() -> None:
    (score,) = written(PianoTokenizer(), 2, n=1, bars=1, tempo="3/8=60", title="An Air")
    assert (score.tempos[0].qpm, score.title) == (90, "An Air")
