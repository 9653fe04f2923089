"""Lines set on a grid, and swing found in them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicrnn.errors import UsageError
from musicrnn.score import Note, Score
from musicrnn.theory.melody import line
from musicrnn.theory.quantise import STRAIGHT, find_swing, on_grid, quantise


def score(*lengths: Fraction | int) -> Score:
    """Notes of these lengths, one after the other, up a scale."""
    notes, at = [], Fraction(0)
    for i, length in enumerate(lengths):
        notes.append(Note(at, 60 + i % 12, Fraction(length)))
        at += Fraction(length)
    return Score.of(notes)


EIGHTH = Fraction(1, 2)
SWUNG = [Fraction(2, 3), Fraction(1, 3)] * 8


def test_triplets_lie_on_twelve_steps_and_not_on_four() -> None:
    triplets = line(score(*[Fraction(1, 3)] * 6))
    assert on_grid(triplets, 12)
    assert not on_grid(triplets, 4)
    assert quantise(triplets, 12).worst_error == 0
    off = quantise(triplets, 4)
    assert off.worst_error == pytest.approx(1 / 12)
    assert off.worst_error > 0


def test_played_notes_go_to_the_nearest_step() -> None:
    played = line(score(Fraction(49, 100), Fraction(52, 100), Fraction(99, 100)))
    stepped = quantise(played, 4)
    assert stepped.onsets.tolist() == [0, 2, 4]
    assert stepped.ends.tolist() == [2, 4, 8]
    assert stepped.mean_error == pytest.approx((0 + 0.01 + 0.01) / 3)


def test_of_two_notes_at_one_step_the_longer_stays() -> None:
    stepped = quantise(line(score(Fraction(1, 32), 1)), 4)
    assert stepped.pitches.tolist() == [61]
    assert stepped.lost == 1


@given(st.lists(st.integers(1, 9), min_size=1), st.sampled_from([1, 2, 4, 12]))
def test_a_line_on_the_grid_is_not_moved(lengths: list[int], steps: int) -> None:
    melody = line(score(*(Fraction(length, steps) for length in lengths)))
    stepped = quantise(melody, steps)
    assert stepped.worst_error == 0
    assert stepped.pitches.tolist() == melody.pitches.tolist()
    assert [Fraction(onset, steps) for onset in stepped.onsets.tolist()] == [
        melody.time(onset) for onset in melody.onsets
    ]


@given(st.lists(st.integers(1, 150), min_size=1))
def test_steps_rise_and_no_note_is_empty(lengths: list[int]) -> None:
    stepped = quantise(line(score(*(Fraction(length, 50) for length in lengths))), 4)
    assert (stepped.ends > stepped.onsets).all()
    assert (stepped.onsets[1:] >= stepped.ends[:-1]).all()
    assert stepped.worst_error <= 1 / 8


def test_swing_is_found_and_straightened() -> None:
    played = score(*SWUNG)
    swing = find_swing(line(played))
    assert swing == Fraction(2, 3)
    stepped = quantise(line(played), 4, swing=swing)
    assert stepped.worst_error == 0
    assert stepped.onsets.tolist() == list(range(0, 32, 2))


@pytest.mark.parametrize(
    "lengths",
    [
        [EIGHTH] * 16,
        [Fraction(1, 3)] * 24,  # written triplets
        [Fraction(3, 4), Fraction(1, 4)] * 8,  # dotted eighths
        [1, 2, 1],
        [],
    ],
)
def test_what_is_no_swing(lengths: list[Fraction]) -> None:
    assert find_swing(line(score(*lengths))) == STRAIGHT


def test_swing_of_a_player_is_measured() -> None:
    played = [Fraction(61, 100), Fraction(39, 100), Fraction(63, 100), Fraction(37, 100)] * 4
    assert Fraction(3, 5) <= find_swing(line(score(*played))) <= Fraction(16, 25)


def test_a_grid_of_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="choose 4"):
        quantise(line(score(1)), 0)
