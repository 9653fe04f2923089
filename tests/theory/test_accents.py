"""Accents of the metre: given to notes, and taken away again."""

from dataclasses import replace
from fractions import Fraction

import pytest

from musicrnn.score import Meter, MeterChange, Note, Score
from musicrnn.theory.accents import accented, strength, unaccented

EIGHTH = Fraction(1, 2)


@pytest.mark.parametrize(
    ("meter", "velocities"),
    [
        (Meter(4, 4), [105, 80, 85, 80, 95, 80, 85, 80]),
        (Meter(6, 8), [105, 80, 80, 95, 80, 80]),
        (Meter(9, 8), [105, 80, 80, 95, 80, 80, 95, 80, 80]),
        (Meter(3, 4), [105, 80, 85, 80, 85, 80]),
        (None, [80, 80, 80]),
    ],
)
def test_as_abc2midi_and_abcjs_have_it(meter: Meter | None, velocities: list[int]) -> None:
    places = [EIGHTH * i for i in range(len(velocities))]
    assert [accented(80, strength(place, meter)) for place in places] == velocities


def test_soft_music_has_softer_accents_and_the_loudest_none() -> None:
    assert accented(44, Fraction(1)) - 44 < 25
    assert accented(106, Fraction(1)) < 127
    assert accented(127, Fraction(1)) == 127


def played(levels: list[int], pickup: Fraction = Fraction(0)) -> Score:
    """Eighths in 4/4 with accents; the score does not say how long the pickup is."""
    meter = Meter(4, 4)
    notes = [
        Note(EIGHTH * i, 60 + i % 5, EIGHTH, accented(v, strength(EIGHTH * i - pickup, meter)))
        for i, v in enumerate(levels)
    ]
    return Score.of(notes, meters=[MeterChange(Fraction(0), meter)])


@pytest.mark.parametrize("pickup", [Fraction(0), EIGHTH, Fraction(1)])
def test_what_was_accented_is_flat_again(pickup: Fraction) -> None:
    levels = [80] * 16 + [56] * 16 + [106] * 16
    found = [note.velocity for note in unaccented(played(levels, pickup))]
    assert found == pytest.approx(levels, abs=1)


def test_loudness_that_is_no_accent_stays() -> None:
    score = played([80] * 16)
    echo = score.with_notes(
        replace(note, velocity=44 if note.onset % 8 >= 4 else 106) for note in score.notes
    )
    assert unaccented(echo) == echo
