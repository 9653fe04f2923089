"""Faults a hundred chords, and the section of the report that shows them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from musicrnn import abc
from musicrnn.evaluation.report.sections_music import voice_leading
from musicrnn.evaluation.study import Study
from musicrnn.evaluation.voice_leading import measure, soprano_of
from musicrnn.score import Score

VOICES = """X:1
M:4/4
L:1/4
K:C
V:1 name=Soprano
{}|]
V:2 name=Alto
G2G2|]
V:3 name=Tenor
E2E2|]
V:4 name=Bass
{}|]
"""


def _piece(soprano: str, bass: str) -> Score:
    return abc.to_score(abc.parse_tune(VOICES.format(soprano, bass)))


def test_a_parallel_octave_among_four_chords_is_fifty_a_hundred() -> None:
    parallel, contrary = _piece("c2d2", "C,2D,2"), _piece("c2d2", "D,2C,2")
    found = measure([parallel], [parallel, contrary], [contrary], np.random.default_rng(1)).faults
    octaves = found["parallel-octaves"]
    assert octaves.drawn.value == 50  # one of two chords
    assert octaves.harmonized.value == 25
    assert (octaves.harmonized.low, octaves.harmonized.high) == (0, 50)
    assert octaves.real.value == 0
    assert found["parallels"].drawn == octaves.drawn


def test_what_has_no_four_voices_does_not_count() -> None:
    alone = soprano_of(_piece("c2d2", "C,2D,2"))
    assert [note.pitch for note in alone.notes] == [72, 74]
    found = measure([alone], [], [_piece("c2d2", "D,2C,2")], np.random.default_rng(1)).faults
    assert found["crossing"].drawn.tunes == 0
    assert found["crossing"].real.tunes == 1


@pytest.mark.parametrize("harmonized", [True, False])
def test_the_report_has_the_counts_where_there_are_any(found: Study, harmonized: bool) -> None:
    piece = _piece("c2d2", "C,2D,2")
    counts = measure([], [piece], [piece], np.random.default_rng(1)) if harmonized else None
    section = voice_leading([replace(found, voice_leading=counts)])
    assert ("<td>50.00 [50.00–50.00]</td>" in section) == harmonized
    assert bool(section) == harmonized
