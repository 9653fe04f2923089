"""Some bars of a piece, as a piece."""

from __future__ import annotations

from fractions import Fraction

import pytest

from musicrnn.errors import UsageError
from musicrnn.score import (
    ChordSymbol,
    ControlChange,
    Meter,
    MeterChange,
    Note,
    Score,
    TempoChange,
)
from musicrnn.theory.excerpt import bars_of, without_long_rests
from musicrnn.theory.melody import line

F = Fraction

#: Bars of 3/4, a note in each of the first two and the last two of eight.
SPARSE = Score.of(
    [Note(F(3 * bar), 60 + bar, F(3)) for bar in (0, 1, 6, 7)],
    meters=[MeterChange(F(0), Meter(3, 4))],
    tempos=[TempoChange(F(0), F(100)), TempoChange(F(9), F(80))],
    chords=[ChordSymbol(F(3 * bar), name) for bar, name in enumerate("CDEFGABC")],
    controls=[ControlChange(F(0), 7, 90)],
)


def test_bars_of_a_piece() -> None:
    cut = bars_of(SPARSE, 7, 8)
    assert [(note.onset, note.pitch) for note in cut] == [(0, 66), (3, 67)]
    assert [str(change.meter) for change in cut.meters] == ["3/4"]
    assert cut.tempos == (TempoChange(F(0), F(80)),)
    assert [(chord.onset, chord.text) for chord in cut.chords] == [(0, "B"), (3, "C")]
    assert cut.controls == SPARSE.controls
    assert cut.length == 6
    with pytest.raises(UsageError, match="bars 9 to 12 of a piece of 8 bars"):
        bars_of(SPARSE, 9, 12)


def test_long_rests_are_left_out_with_the_chords_over_them() -> None:
    short = without_long_rests(SPARSE, line(SPARSE))
    assert [(note.onset, note.pitch) for note in short] == [(0, 60), (3, 61), (9, 66), (12, 67)]
    assert [chord.text for chord in short.chords] == list("CDEBC")
    full = bars_of(SPARSE, 1, 2)
    assert without_long_rests(full, line(full)) is full
